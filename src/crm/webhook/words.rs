//! Events in words, for the groups that read the messages of robots. They have names, and neither phone numbers nor e-mail addresses,
//! because a group may have members who may not see these.

use serde_json::Value as Json;

use super::store::LoggedEvent;
use crate::kernel::directory::Stage;
use crate::kernel::error::Language;

/// How many letters of a name a message has.
const MOST_LETTERS: usize = 60;
/// From how many digits on a number may be that of a phone.
const PHONE_DIGITS: usize = 7;

/// What a robot says when it is tested.
pub fn test(name: &str, language: Language) -> String {
    fill(
        choose(("Tidepool: this is a test of the webhook “{}”.", "Tidepool：这是 Webhook“{}”的测试消息。"), language),
        |_| plain(name),
    )
}

/// A text that tells of events in at most `most` bytes: as many as there is room for, and how many more there are.
pub fn message(events: &[LoggedEvent], stages: &[Stage], language: Language, most: usize) -> String {
    let count = |pair: (&'static str, &'static str), n: usize| fill(choose(pair, language), |_| n.to_string());
    let one = if events.len() == 1 {
        ("Tidepool: one event", "Tidepool：1 条动态")
    } else {
        ("Tidepool: {} events", "Tidepool：{} 条动态")
    };
    let mut text = count(one, events.len());
    let rest = |left: usize| format!("\n{}", count(("… and {} more", "……还有 {} 条"), left));
    // What is left is said, too, so there is always room for it.
    let room = most - rest(events.len()).len();
    for (index, event) in events.iter().enumerate() {
        let line = line(&event.what, stages, language);
        if text.len() + 1 + line.len() > room {
            text.push_str(&rest(events.len() - index));
            break;
        }
        text.push('\n');
        text.push_str(&line);
    }
    text
}

/// An event in one line.
fn line(event: &Json, stages: &[Stage], language: Language) -> String {
    let data = &event["data"];
    let named = |thing: &Json| plain(thing["name"].as_str().or(thing.as_str()).unwrap_or_default());
    let code = event["type"].as_str().unwrap_or_default();
    let of_nobody = choose(("the system", "系统"), language);
    fill(choose(sentence(code, data), language), |name| match name {
        "stage" | "previousStage" => {
            let stage = data[name].as_str().unwrap_or_default();
            let known = stages.iter().find(|known| known.code == stage);
            known.map_or(stage, |known| choose((known.names[0].as_str(), known.names[1].as_str()), language)).to_owned()
        }
        // Our own number, which is never that of a phone.
        "order" => data["order"]["name"].as_str().unwrap_or_default().to_owned(),
        "step" => choose(step(data["action"].as_str().unwrap_or_default()), language).to_owned(),
        "actor" if data["actor"].is_null() => of_nobody.to_owned(),
        "released" | "waiting" | "customers" | "records" => data[name].as_i64().unwrap_or_default().to_string(),
        "opportunity" if data["opportunity"]["name"].is_null() => named(&data["customer"]),
        name => named(&data[name]),
    })
}

fn choose<'a>((en, zh): (&'a str, &'a str), language: Language) -> &'a str {
    match language {
        Language::English => en,
        Language::Chinese => zh,
    }
}

/// Puts values into the places of a sentence.
fn fill(sentence: &str, value: impl Fn(&str) -> String) -> String {
    let mut parts = sentence.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        text.push_str(&value(name));
        text.push_str(rest);
    }
    text
}

/// A name as a message has it: in one line, without the signs by which robots mention people, and without what may be a phone number or an
/// e-mail address.
fn plain(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    letters.truncate(MOST_LETTERS);
    // Digits with spaces and signs between them are one number.
    let joins = |letter: char| matches!(letter, ' ' | '-' | '.' | '(' | ')' | '（' | '）' | '+');
    let mut start = 0;
    while start < letters.len() {
        let end = (start..letters.len())
            .find(|&at| !letters[at].is_numeric() && !joins(letters[at]))
            .unwrap_or(letters.len());
        if letters[start..end].iter().filter(|letter| letter.is_numeric()).count() >= PHONE_DIGITS {
            letters[start..end].iter_mut().filter(|letter| letter.is_numeric()).for_each(|letter| *letter = '*');
        }
        start = end + 1;
    }
    let text: String = letters.into_iter().collect();
    let words = text.split(' ').map(|word| if word.contains(['@', '＠']) { "****" } else { word });
    words.collect::<Vec<_>>().join(" ").replace('<', "＜").replace('>', "＞")
}

/// What an event is, in English and Chinese.
fn sentence(code: &str, data: &Json) -> (&'static str, &'static str) {
    match code {
        "customer.create" => ("{actor} entered the customer {customer}", "{actor}录入了客户 {customer}"),
        "customer.claim" => ("{newOwner} claimed {customer}", "{newOwner}领取了 {customer}"),
        "customer.release" => ("{previousOwner} released {customer}", "{previousOwner}释放了 {customer}"),
        "customer.reclaim" => {
            ("{customer} of {previousOwner} went back into the pool", "{previousOwner}的 {customer} 退回公海")
        }
        "customer.assign" => ("{customer} was assigned to {newOwner}", "{customer} 分配给了{newOwner}"),
        "customer.transfer" => (
            "{customer} of {previousOwner} was transferred to {newOwner}",
            "{previousOwner}的 {customer} 转移给了{newOwner}",
        ),
        "customer.merge" => ("{customer} was merged into another customer", "{customer} 合并到了别的客户"),
        "customer.blacklist" => ("{customer} was put on the blacklist", "{customer} 加入黑名单"),
        "customer.unblacklist" => ("{customer} is no longer on the blacklist", "{customer} 移出黑名单"),
        "customer.archive" => ("{customer} was archived", "{customer} 已归档"),
        "customer.restore" => ("{customer} was restored", "{customer} 已恢复"),
        "opportunity.created" => (
            "{owner} has a new opportunity with {customer}: {opportunity} ({stage})",
            "{owner}新建商机：{customer}，{opportunity}（{stage}）",
        ),
        "opportunity.moved" => (
            "The opportunity {opportunity} of {customer} moved from {previousStage} to {stage}",
            "商机 {opportunity}（{customer}）从“{previousStage}”到“{stage}”",
        ),
        "follow_up.recorded" => ("{author} followed up {customer}", "{author}跟进了 {customer}"),
        "import.ready" => ("The file {fileName} was read", "文件 {fileName} 已读取，可以导入"),
        "import.done" => ("The import of {fileName} is done", "{fileName} 导入完成"),
        "import.undone" => ("The import of {fileName} was undone", "{fileName} 的导入已撤销"),
        code if code.starts_with("import.") => ("The import of {fileName} has failed", "{fileName} 导入失败"),
        "pool_rule_run.done" => {
            ("The rule “{poolRule}” took {released} customers", "规则“{poolRule}”执行完成，共 {released} 家")
        }
        code if code.starts_with("pool_rule_run.") => {
            ("A run of the rule “{poolRule}” stopped", "规则“{poolRule}”的执行中止")
        }
        "approval.awaiting_approval" => (
            "The rule “{poolRule}” would take {waiting} customers; it waits for approval",
            "规则“{poolRule}”要回收 {waiting} 家，等待审批",
        ),
        "approval.approved" => ("{actor} approved the run of “{poolRule}”", "{actor}批准了规则“{poolRule}”的执行"),
        code if code.starts_with("approval.") => {
            ("Nobody approved the run of “{poolRule}” in time", "规则“{poolRule}”的执行没有及时批准")
        }
        code if code.starts_with("order.") => {
            ("The order {order} of {customer}: {step}", "订单 {order}（{customer}）：{step}")
        }
        code if code.starts_with("notification.") => notification(data["kind"].as_str().unwrap_or_default()),
        _ => ("Something happened", "有新动态"),
    }
}

/// What happened to an order.
fn step(action: &str) -> (&'static str, &'static str) {
    match action {
        "CREATE" => ("ordered", "下单"),
        "CHANGE_LINES" => ("lines changed", "修改明细"),
        "PAY" => ("paid", "收款"),
        "REVERSE" => ("payment reversed", "冲销收款"),
        "SCHEDULE" => ("instalments set", "设置分期"),
        "SHIP" => ("shipped", "发货"),
        "DELIVER" => ("delivered", "签收"),
        "CANCEL" => ("cancelled", "取消"),
        "REFUND" => ("refunded", "退款"),
        "ADOPT" => ("adopted", "接手"),
        _ => ("changed", "有变动"),
    }
}

/// What a user was notified of.
fn notification(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "ASSIGNED" => ("For {user}: {customer} was assigned", "{user}：{customer} 分配给了你"),
        "TAKEN" => ("For {user}: {customer} went back into the pool", "{user}：{customer} 退回公海"),
        "TRANSFERRED" => ("For {user}: {customer} was transferred to somebody else", "{user}：{customer} 转移给了别人"),
        "MERGED" => ("For {user}: {customer} was merged into another customer", "{user}：{customer} 合并到了别的客户"),
        "SIMILAR_ENTERED" => (
            "For {user}: somebody entered a customer similar to {customer}",
            "{user}：有人录入了与 {customer} 相似的客户",
        ),
        "RELEASE_DUE" => ("For {user}: {customer} will soon go back into the pool", "{user}：{customer} 即将退回公海"),
        "APPROVAL_DUE" => (
            "For {user}: the rule “{poolRule}” would take {customers} customers; it waits for approval",
            "{user}：规则“{poolRule}”要回收 {customers} 家，等待审批",
        ),
        "LONG_ABSENCE" => (
            "For {user}: {aboutUser} is away for long: transfer the customers",
            "{user}：{aboutUser} 长期请假，客户需要交接",
        ),
        "QUICK_RELEASES" => (
            "For {user}: {aboutUser} released many customers right after claiming them",
            "{user}：{aboutUser} 今天多次领取后马上释放",
        ),
        "SUPERIOR_CHANGED" => ("For {user}: {aboutUser} has another superior now", "{user}：{aboutUser} 换了上级"),
        "IMPORTED" => ("For {user}: {records} records were imported", "{user}：导入了 {records} 条归你负责的记录"),
        "TASK_GIVEN" => ("For {user}: there is a new task about {customer}", "{user}：你有一个新任务（{customer}）"),
        "TASK_DUE" => ("For {user}: a task about {customer} is due", "{user}：任务到期（{customer}）"),
        "WEBHOOK_PAUSED" => ("For {user}: the webhook “{webhook}” is paused", "{user}：Webhook“{webhook}”已暂停"),
        _ => ("For {user}: there is a new notification", "{user}：有新通知"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use serde_json::json;

    use super::*;

    fn claimed(customer: &str) -> LoggedEvent {
        let what =
            json!({"type": "customer.claim", "data": {"customer": {"name": customer}, "newOwner": {"name": "Ann"}}});
        LoggedEvent { position: 1, at: chrono::DateTime::<Utc>::UNIX_EPOCH, what }
    }

    #[test]
    fn a_name_has_no_phone_number_no_address_and_no_mention() {
        for (name, written) in [
            ("Acme", "Acme"),
            ("3M 2026", "3M 2026"),
            ("王总 13812345678", "王总 ***********"),
            ("Acme +86 (138) 1234-5678", "Acme +** (***) ****-****"),
            ("１３８１２３４５６７８", "***********"),
            ("ann@example.com Acme", "**** Acme"),
            ("<at user_id=\"all\"></at>", "＜at user_id=\"all\"＞＜/at＞"),
            ("two\nlines", "two lines"),
        ] {
            assert_eq!(plain(name), written);
        }
        assert_eq!(plain(&"长".repeat(200)).chars().count(), MOST_LETTERS);
    }

    #[test]
    fn a_message_fits_and_says_how_much_it_leaves_out() {
        let most = 2_000;
        for count in [1, 3, 1_000] {
            for language in [Language::English, Language::Chinese] {
                let events: Vec<_> = (0..count).map(|index| claimed(&format!("某某有限公司 {index}"))).collect();
                let text = message(&events, &[], language, most);
                assert!(text.len() <= most, "{} bytes", text.len());
                let listed = text.lines().filter(|line| line.contains("某某有限公司")).count();
                let more = format!("{}", count - listed);
                assert_eq!(
                    listed < count,
                    text.contains(&more) && text.lines().last().unwrap().starts_with('…'),
                    "{text}"
                );
            }
        }
        assert_eq!(message(&[claimed("Acme")], &[], Language::Chinese, most), "Tidepool：1 条动态\nAnn领取了 Acme");
        assert_eq!(
            message(&[claimed("Acme"), claimed("Blue")], &[], Language::English, most),
            "Tidepool: 2 events\nAnn claimed Acme\nAnn claimed Blue"
        );
    }
}
