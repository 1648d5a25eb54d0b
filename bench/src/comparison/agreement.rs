//! Agreement of the results of two sides, without which their figures mean nothing.

use crate::Failure;
use crate::cases::Case;
use crate::process::Fields;

/// Compares the results that both sides must have. Each side is a name and what it printed.
///
/// # Errors
/// A result is not a number, which JSON has as null, or differs by more than its case allows.
pub(super) fn agree(case: &Case, ours: (&str, &Fields), theirs: (&str, &Fields)) -> Result<(), Failure> {
    for &(name, most) in case.agreed {
        let (our, their) = (ours.1.number(name)?, theirs.1.number(name)?);
        if (our - their).abs() > most {
            let (case, ours, theirs) = (case.name, ours.0, theirs.0);
            return Err(format!(
                "{case}: `{name}` is {our} by {ours} and {their} by {theirs}; at most {most} apart, they would \
                 have done the same work"
            )
            .into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases;

    fn compared(ours: &str, theirs: &str) -> Result<(), String> {
        let case = cases::all().find(|case| case.name == "auc").unwrap();
        let fields = |text: &str| Fields::parse(text).unwrap();
        agree(case, ("Turret", &fields(ours)), ("peer", &fields(theirs))).map_err(|error| error.to_string())
    }

    #[test]
    fn results_agree_within_the_difference_of_their_case() {
        let ours = r#"{"auc": 0.75, "auc_low": 0.74, "auc_high": 0.76, "seconds": 1.0}"#;
        assert_eq!(compared(ours, ours), Ok(()));
        let near = r#"{"auc": 0.75, "auc_low": 0.7403, "auc_high": 0.76, "seconds": 9.0}"#;
        assert_eq!(compared(ours, near), Ok(()));
    }

    #[test]
    fn results_that_differ_or_lack_end_the_comparison() {
        let ours = r#"{"auc": 0.75, "auc_low": 0.74, "auc_high": 0.76}"#;
        let far = compared(ours, r#"{"auc": 0.7501, "auc_low": 0.74, "auc_high": 0.76}"#).unwrap_err();
        assert!(far.contains("auc: `auc` is 0.75 by Turret and 0.7501 by peer"), "{far}");
        let absent = compared(ours, r#"{"auc": 0.75, "auc_low": 0.74}"#).unwrap_err();
        assert!(absent.contains("no number `auc_high`"), "{absent}");
    }
}
