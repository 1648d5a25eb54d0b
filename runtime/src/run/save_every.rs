//! Interval between saves.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Interval between saves within an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveEvery {
    /// A number of steps of the run.
    Steps(u64),
    /// A time.
    Time(Duration),
}

/// Units of time and their seconds.
const UNITS: [(&str, u64); 4] = [("min", 60), ("s", 1), ("m", 60), ("h", 3600)];

impl FromStr for SaveEvery {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let positive = |number: &str| number.trim_end().parse().ok().filter(|&number: &u64| number > 0);
        let steps = positive(text).map(Self::Steps);
        let time = || {
            let (number, seconds) =
                UNITS.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
            let seconds = positive(number)?.checked_mul(*seconds)?;
            Some(Self::Time(Duration::from_secs(seconds)))
        };
        steps.or_else(time).ok_or_else(|| "write a number of steps, `1000`, or a time, `10min`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_times_are_read() {
        let seconds = |seconds| Ok(SaveEvery::Time(Duration::from_secs(seconds)));
        let read = str::parse::<SaveEvery>;
        assert_eq!(read("1000"), Ok(SaveEvery::Steps(1000)));
        assert_eq!(["10min", "30s", "2h", "5m", "5 min"].map(read), [600, 30, 7200, 300, 300].map(seconds));
        for wrong in ["", "0", "-1", "0s", "min", "10x", "1.5h", "99999999999999999999h"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
