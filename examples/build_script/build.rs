//! Compiles the spec into `OUT_DIR`.

fn main() -> Result<(), turret_dsl::ConfigError> {
    turret_dsl::Config::new().set("train.epochs", "2").compile(&["../../specs/dssm_multivalue.dm"])
}
