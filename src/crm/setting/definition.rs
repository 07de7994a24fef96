//! Definitions that administrators keep: choices, extra fields, and stages of opportunities.

use super::{FieldDraft, StageDraft, WRITE, store};
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::directory::{ChoiceKind, Directory, check_probability};
use crate::kernel::error::{Error, UserError};
use crate::kernel::op::Op;
use crate::kernel::scalar::name_of;
use crate::kernel::text;

/// The most choices that a message lists.
const MOST_CHOICES: usize = 20;

/// The codes of the active choices of a kind as a text for messages. If there are more than 20, the rest is left out.
pub fn choice_codes(directory: &Directory, kind: ChoiceKind) -> String {
    let codes = directory.choices.iter().filter(|choice| choice.kind == kind && choice.active);
    let mut codes: Vec<_> = codes.map(|choice| choice.code.as_str()).take(MOST_CHOICES + 1).collect();
    if codes.len() > MOST_CHOICES {
        codes[MOST_CHOICES] = "…";
    }
    codes.join(", ")
}

/// Refuses a code that is no active choice of a kind. `None` is no choice, and is fine.
pub fn check_choice(directory: &Directory, path: &str, kind: ChoiceKind, code: Option<&str>) -> Result<(), UserError> {
    if code.is_none_or(|code| directory.is_choice(kind, code)) {
        return Ok(());
    }
    let code: String = code.unwrap_or_default().chars().take(40).collect();
    let choices = choice_codes(directory, kind);
    if choices.is_empty() {
        return Err(UserError::invalid(
            &[path],
            format!("{code:?} is not one of the choices: there are none yet. An administrator adds them."),
            format!("“{code}”不是可选项，目前还没有可选值，请联系管理员添加。"),
        ));
    }
    Err(UserError::invalid(
        &[path],
        format!("{code:?} is not one of the choices: {choices}."),
        format!("“{code}”不是可选项，可选值为：{choices}。"),
    ))
}

/// Creates a choice, or updates the one with this code.
pub async fn save_choice(
    op: &mut Op<'_>,
    kind: ChoiceKind,
    code: &str,
    names: [&str; 2],
    active: bool,
) -> Result<(), Error> {
    op.authorize(WRITE)?;
    check_code(code)?;
    let name_en = text::line(&["nameEn"], names[0], 1, 100)?;
    let name_zh = text::line(&["nameZh"], names[1], 1, 100)?;
    store::save_choice(op.db(), kind, code, &name_en, &name_zh, active).await?;
    let entry = Entry::of(Kind::ChoiceSaved).detail(format!("choice: {} {code}", name_of(kind)));
    op.audit(entry.detail(format!("active: {active}"))).await
}

fn check_code(code: &str) -> Result<(), UserError> {
    let is_code = (1..=32).contains(&code.len())
        && !code.starts_with('_')
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if is_code {
        return Ok(());
    }
    let (en, zh) = (
        "The code must have 1 to 32 capital letters, digits and underscores, and must not begin with an underscore.",
        "代码由 1 到 32 个大写字母、数字和下划线组成，且不能以下划线开头。",
    );
    Err(UserError::invalid(&["code"], en, zh))
}

/// Creates an extra field, or updates the one with this key. The type can't be changed, because there may be values of
/// it.
pub async fn save_extra_field(op: &mut Op<'_>, draft: FieldDraft) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let is_key = (1..=40).contains(&draft.key.len())
        && draft.key.starts_with(|first: char| first.is_ascii_lowercase())
        && draft.key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_key {
        return Err(UserError::invalid(
            &["key"],
            "The key must have 1 to 40 lower-case letters, digits and underscores, and must begin with a letter.",
            "字段标识由 1 到 40 个小写字母、数字和下划线组成，且以字母开头。",
        )
        .into());
    }
    if op.directory().extra_field(&draft.key).is_some_and(|field| field.kind != draft.kind) {
        return Err(UserError::invalid(
            &["type"],
            "The type can't be changed, because there may be values of the field.",
            "字段类型不能修改，因为可能已有数据。",
        )
        .into());
    }
    let label_en = text::line(&["labelEn"], &draft.label_en, 1, 100)?;
    let label_zh = text::line(&["labelZh"], &draft.label_zh, 1, 100)?;
    let draft = FieldDraft { label_en, label_zh, ..draft };
    store::save_extra_field(op.db(), &draft).await?;
    let entry = Entry::of(Kind::ExtraFieldSaved).detail(format!("key: {}", draft.key));
    op.audit(entry.detail(format!("personal: {}", draft.personal)).detail(format!("active: {}", draft.active))).await
}

/// Creates a stage, or updates the one with this code. The kind can't be changed, because the opportunities in the
/// stage would otherwise have another outcome.
pub async fn save_stage(op: &mut Op<'_>, draft: StageDraft) -> Result<(), Error> {
    op.authorize(WRITE)?;
    check_code(&draft.code)?;
    let name_en = text::line(&["nameEn"], &draft.name_en, 1, 100)?;
    let name_zh = text::line(&["nameZh"], &draft.name_zh, 1, 100)?;
    check_probability(draft.probability)?;
    let others = || op.directory().stages.iter().filter(|stage| stage.code != draft.code);
    if op.directory().stages.iter().any(|stage| stage.code == draft.code && stage.kind != draft.kind) {
        let en = "The kind can't be changed, because there may be opportunities in the stage.";
        let zh = "阶段类型不能修改，因为可能已有商机处于该阶段。";
        return Err(UserError::invalid(&["kind"], en, zh).into());
    }
    if !draft.active && !others().any(|stage| stage.kind == draft.kind && stage.active) {
        let en = "The last active stage of a kind can't be switched off.";
        let zh = "这是该类型最后一个启用的阶段，不能停用。";
        return Err(UserError::invalid(&["isActive"], en, zh).into());
    }
    let last = i32::try_from(others().count()).unwrap_or(i32::MAX) + 1;
    if draft.position.is_some_and(|position| !(1..=last).contains(&position)) {
        let (en, zh) = (format!("The position must be from 1 to {last}."), format!("位置必须在 1 到 {last} 之间。"));
        return Err(UserError::invalid(&["position"], en, zh).into());
    }
    let draft = StageDraft { name_en, name_zh, ..draft };
    store::save_stage(op.db(), &draft).await?;
    let entry = Entry::of(Kind::StageSaved).detail(format!("code: {}", draft.code));
    let probability = format!("probability: {}", draft.probability);
    op.audit(entry.detail(probability).detail(format!("active: {}", draft.active))).await
}
