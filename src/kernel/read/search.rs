//! Texts that people search for.

use serde_json::Value as Json;

use super::filter::text_of;
use super::writer::FilterScope;
use crate::kernel::error::Error;
use crate::kernel::sql::Arg;
use crate::kernel::text::visible;

/// The text that an argument searches for, and whether it is a single character.
pub fn search_text(argument: &str, value: &Json) -> Result<(String, bool), Error> {
    let text = visible(value.as_str().unwrap_or_default()).trim().to_owned();
    let length = text.chars().count();
    if !(1..=100).contains(&length) {
        return Err(Error::bad_input(
            format!("`{argument}` must have 1 to 100 characters"),
            "搜索内容必须为 1 到 100 个字符",
        ));
    }
    Ok((text_of(&text)?, length == 1))
}

/// The condition that a name contains a text; a single character must be the first of the name. `folded` is the folded name, and `bigrams`
/// are its pairs of characters, both as templates.
pub fn name_contains(
    scope: &mut FilterScope<'_, '_>,
    folded: &'static str,
    bigrams: &'static str,
    value: &Json,
) -> Result<String, Error> {
    let (text, is_one) = search_text("search", value)?;
    let text = scope.bind(Arg::Text(text));
    let (folded, bigrams) = (scope.render(folded), scope.render(bigrams));
    Ok(match is_one {
        true => format!("{folded} ^@ fold({text})"),
        false => format!("({bigrams} @> bigrams(fold({text})) and position(fold({text}) in {folded}) > 0)"),
    })
}
