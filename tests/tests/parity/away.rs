//! Steps on another machine: a folder with program and data is copied there, and copied back with the
//! results.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use crate::case::Case;
use crate::compare::Results;
use crate::program::{Program, read_results, write_data};

/// Script that takes the steps of all cases, several at a time. A failed case leaves a file `error` instead
/// of results.
const RUN: &str = "\
# Takes the step of every case, whose folder in `cases` then has its results: sh run [PROCESSES]
cd \"$(dirname \"$0\")\" || exit
ls cases | xargs -P \"${1:-4}\" -I {} sh -c \\
    'rm -f cases/{}/error; ./parity {} cases/{} 2> cases/{}/said || mv cases/{}/said cases/{}/error'
echo \"failed: $(ls cases/*/error 2> /dev/null | wc -l) of $(ls cases | wc -l)\"
";

/// Folder with the program and the data of all cases.
pub(crate) struct Away(PathBuf);

impl Away {
    /// Returns the folder in an environment variable, if it is set.
    pub(crate) fn named_by(variable: &str) -> Option<Self> {
        std::env::var_os(variable).filter(|folder| folder != OsStr::new("")).map(|folder| Self(folder.into()))
    }

    /// Folder of a case.
    fn case(&self, at: usize) -> PathBuf {
        self.0.join("cases").join(at.to_string())
    }

    /// Writes the program, the data of all cases, and the script `run`.
    pub(crate) fn pack<'a>(&self, program: &Program, cases: impl Iterator<Item = &'a Case<'a>>) {
        for (at, case) in cases.enumerate() {
            let folder = self.case(at);
            fs::create_dir_all(&folder).expect("the folder of a case can be made");
            write_data(&folder, case);
        }
        fs::copy(program.executable(), self.0.join("parity")).expect("the program can be copied");
        fs::write(self.0.join("run"), RUN).expect("the script can be written");
    }

    /// Reads the results of a case.
    pub(crate) fn results(&self, at: usize) -> Result<Results, String> {
        match fs::read_to_string(self.case(at).join("error")) {
            Ok(error) => Err(format!("the program fails there\n{error}")),
            Err(_) => read_results(&self.case(at)),
        }
    }
}
