fn main(){ let p=std::env::args().nth(1).unwrap(); let t=std::fs::read_to_string(&p).unwrap();
 let mut c=turret_dsl::Compiler::new(&p,&t); let mut a=std::env::args().skip(2); while let Some(n)=a.next(){let v=a.next().unwrap(); c=c.set(&n,&v);}
 let t0=std::time::Instant::now();
 match c.compile(&turret_dsl::expand::Options{main:true,..Default::default()}){Ok(s)=>print!("{s}"),Err(f)=>{ let texts:Vec<(&str,&str)>=f.texts.iter().map(|(a,b)|(a.as_str(),b.as_str())).collect(); eprintln!("{}",turret_dsl::render::render(&f.diagnostics,&f.spans,&texts,false))}} eprintln!("{:?}",t0.elapsed()); }
