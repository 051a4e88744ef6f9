//! Says who may run an image.

use super::RegisterError;
use crate::aws::ec2::{
    DescribeImageAttribute, Ec2, ImageAttribute, ImageChange, LaunchPermission,
    ModifyImageAttribute,
};

/// Digits of an account's number in groups, as Amazon's web pages show it.
const GROUPS: [usize; 3] = [4, 4, 4];

/// Reads who is meant: `all`, an account, or the ARN of an organisation or of a part of one.
///
/// # Errors
/// When the text is empty or has characters that no account has.
pub fn parse_permission(text: &str) -> Result<LaunchPermission, RegisterError> {
    if text == "all" {
        return Ok(LaunchPermission::all());
    }
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(RegisterError::Nobody {
            text: text.to_owned(),
        });
    }
    if text.starts_with("arn:") {
        return match text.rsplit(':').next() {
            Some(name) if name.starts_with("organization/") => {
                Ok(LaunchPermission::OrganizationArn(text.to_owned()))
            }
            Some(name) if name.starts_with("ou/") => {
                Ok(LaunchPermission::OrganizationalUnitArn(text.to_owned()))
            }
            _ => Err(RegisterError::Nobody {
                text: text.to_owned(),
            }),
        };
    }
    // Eucalyptus 2 has names for users, so not every account is a number.
    let groups = text.split('-').map(|group| {
        let digits = group.bytes().all(|byte| byte.is_ascii_digit());
        if digits { group.len() } else { 0 }
    });
    let id = if groups.eq(GROUPS) {
        text.replace('-', "")
    } else {
        text.to_owned()
    };
    Ok(LaunchPermission::UserId(id))
}

/// The change that lets these run an image and those no longer; none if it is so already.
///
/// # Errors
/// When somebody is to be added and removed.
pub fn plan_sharing(
    now: &[LaunchPermission],
    add: &[LaunchPermission],
    remove: &[LaunchPermission],
) -> Result<Option<ImageChange>, RegisterError> {
    if let Some(both) = add.iter().find(|who| remove.contains(who)) {
        return Err(RegisterError::AddedAndRemoved {
            who: both.to_string(),
        });
    }
    let chosen = |wanted: &[LaunchPermission], if_there: bool| {
        let mut chosen: Vec<_> = wanted.to_vec();
        chosen.retain(|who| now.contains(who) == if_there);
        chosen.sort();
        chosen.dedup();
        chosen
    };
    let (add, remove) = (chosen(add, false), chosen(remove, true));
    if add.is_empty() && remove.is_empty() {
        return Ok(None);
    }
    Ok(Some(ImageChange::LaunchPermission { add, remove }))
}

/// Lets these run an image and those no longer. Returns the change that was needed, which is none
/// if it was so already.
///
/// # Errors
/// When somebody is to be added and removed; when the service says no, or cannot be reached.
pub fn share(
    ec2: &Ec2,
    image_id: &str,
    add: &[LaunchPermission],
    remove: &[LaunchPermission],
) -> Result<Option<ImageChange>, RegisterError> {
    let now = ec2.call(&DescribeImageAttribute {
        image_id: image_id.to_owned(),
        attribute: ImageAttribute::LaunchPermission,
    })?;
    let Some(change) = plan_sharing(&now.launch_permissions, add, remove)? else {
        return Ok(None);
    };
    let request = ModifyImageAttribute {
        image_id: image_id.to_owned(),
        change,
    };
    if !ec2.call(&request)?.0 {
        return Err(RegisterError::Refused {
            operation: "ModifyImageAttribute",
            image_id: request.image_id,
        });
    }
    Ok(Some(request.change))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> LaunchPermission {
        LaunchPermission::UserId(id.to_owned())
    }

    #[test]
    fn who_is_meant_shows_in_the_text() {
        let organisation = "arn:aws:organizations::1:organization/o-1";
        let unit = "arn:aws:organizations::1:ou/o-1/ou-2";
        for (text, want) in [
            ("all", LaunchPermission::all()),
            ("123456789012", user("123456789012")),
            ("1234-5678-9012", user("123456789012")),
            ("1234-5678", user("1234-5678")),
            ("admin", user("admin")),
            (
                organisation,
                LaunchPermission::OrganizationArn(organisation.to_owned()),
            ),
            (
                unit,
                LaunchPermission::OrganizationalUnitArn(unit.to_owned()),
            ),
        ] {
            assert_eq!(parse_permission(text).unwrap(), want);
        }
        for text in ["", "a b", "arn:aws:iam::1:user/x", "1\n2"] {
            let error = parse_permission(text).unwrap_err();
            assert!(error.to_string().contains("is nobody"), "{error}");
        }
    }

    #[test]
    fn only_what_differs_is_changed() {
        let now = [user("1"), LaunchPermission::all()];

        let change = plan_sharing(
            &now,
            &[user("2"), user("1"), user("2")],
            &[LaunchPermission::all(), user("3")],
        );

        let want = ImageChange::LaunchPermission {
            add: vec![user("2")],
            remove: vec![LaunchPermission::all()],
        };
        assert_eq!(change.unwrap(), Some(want));
    }

    #[test]
    fn what_is_so_already_is_no_change() {
        let change = plan_sharing(&[user("1")], &[user("1")], &[user("2")]);

        assert_eq!(change.unwrap(), None);
    }

    #[test]
    fn nobody_is_added_and_removed() {
        let error = plan_sharing(&[], &[user("1")], &[user("1")]).unwrap_err();

        assert_eq!(error.to_string(), "1 is to be both added and removed");
    }
}
