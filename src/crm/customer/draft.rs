//! What users edit of a customer: the fields, a change of some of them, and which values are valid.

use serde::{Deserialize, Serialize};

use super::name_key;
use crate::crm::extra::ExtraEdit;
use crate::crm::setting::check_choice;
use crate::kernel::directory::{ChoiceKind, Directory};
use crate::kernel::error::UserError;
use crate::kernel::text;

/// The fields of a customer that users edit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub name: String,
    pub name_key: String,
    pub credit_code: Option<String>,
    pub source: String,
    pub source_detail: Option<String>,
    pub industry: Option<String>,
    pub size: Option<String>,
    pub level: Option<String>,
    pub region: Option<String>,
}

/// What a user changes: `None` keeps the value, `Some(None)` clears it.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub name: Option<String>,
    pub credit_code: Option<Option<String>>,
    pub source: Option<String>,
    pub source_detail: Option<Option<String>>,
    pub industry: Option<Option<String>>,
    pub size: Option<Option<String>>,
    pub level: Option<Option<String>>,
    pub region: Option<Option<String>>,
    pub extras: Vec<ExtraEdit>,
}

/// Validates every value of an edit and puts it into the draft. The error lists all values that are refused.
pub fn check(directory: &Directory, mut draft: Draft, edit: Edit) -> Result<Draft, Vec<UserError>> {
    let mut refusals = Vec::new();
    let mut check = |result: Result<(), UserError>| refusals.extend(result.err());
    if let Some(name) = edit.name {
        check(text::name(&["name"], &name, 1, 200).and_then(|name| {
            draft.name_key = name_key(&name);
            draft.name = name;
            if draft.name_key.is_empty() {
                return Err(UserError::invalid(
                    &["name"],
                    "The name must contain a letter or a digit.",
                    "客户名称至少包含一个文字或数字。",
                ));
            }
            Ok(())
        }));
    }
    if let Some(code) = edit.credit_code {
        check(text::optional(&["creditCode"], code, 20).and_then(|code| {
            let code = code.map(|code| code.to_ascii_uppercase());
            if code
                .as_ref()
                .is_some_and(|code| code.len() < 8 || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            {
                return Err(UserError::invalid(
                    &["creditCode"],
                    "The credit code must have 8 to 20 letters and digits.",
                    "统一社会信用代码应为 8 到 20 位字母或数字。",
                ));
            }
            draft.credit_code = code;
            Ok(())
        }));
    }
    if let Some(detail) = edit.source_detail {
        check(text::optional_block(&["sourceDetail"], detail, 200).map(|detail| draft.source_detail = detail));
    }
    // A code that the customer has already may stay, although it was switched off.
    if let Some(source) = edit.source.filter(|source| source.is_empty() || *source != draft.source) {
        check(check_choice(directory, "source", ChoiceKind::Source, Some(&source)).map(|()| draft.source = source));
    }
    for (path, kind, edited, value) in [
        ("industry", ChoiceKind::Industry, edit.industry, &mut draft.industry),
        ("size", ChoiceKind::Size, edit.size, &mut draft.size),
        ("level", ChoiceKind::Level, edit.level, &mut draft.level),
        ("region", ChoiceKind::Region, edit.region, &mut draft.region),
    ] {
        if let Some(code) = edited.filter(|code| code != value) {
            check(check_choice(directory, path, kind, code.as_deref()).map(|()| *value = code));
        }
    }
    if refusals.is_empty() { Ok(draft) } else { Err(refusals) }
}
