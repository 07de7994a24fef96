//! WeCom (企业微信): the sign-in of web pages by the app of a company. WeCom tells the id of a member and no verified e-mail
//! address, so an administrator connects members with users.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::http;
use super::provider::{Answer, Attempt, Identity, IdentityProvider, Provider, ProviderError};

/// Where people sign in at WeCom.
const PAGES: &str = "https://login.work.weixin.qq.com";
/// How long before its end the app's token is no longer used.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

/// The errors of WeCom for a token of the app that is void, for example because the company changed the secret.
const VOID_TOKEN: [i64; 2] = [40014, 42001];

/// The app of a company at WeCom.
pub struct WeCom {
    /// The id of the company.
    pub corp_id: String,
    /// The id of the app.
    pub agent_id: String,
    /// The secret of the app.
    pub secret: String,
    /// Where its API is.
    pub api: String,
    /// The app's token, and when it ends. WeCom wants it to be kept, and slows down those who ask for one again and again.
    pub token: Mutex<Option<(String, DateTime<Utc>)>>,
}

#[derive(Deserialize)]
struct Said {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
    #[serde(default)]
    access_token: Option<String>,
    /// How long the app's token is valid, in seconds.
    #[serde(default)]
    expires_in: i64,
    /// Missing for people who are no members of the company.
    #[serde(default)]
    userid: Option<String>,
}

impl Said {
    /// The answer, if it is no refusal.
    fn accepted(self) -> Result<Self, ProviderError> {
        match self.errcode {
            0 => Ok(self),
            code => Err(ProviderError::Refused(format!("error {code}: {}", self.errmsg))),
        }
    }
}

impl WeCom {
    async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Result<Said, ProviderError> {
        let mut url = http::url(&format!("{}{path}", self.api))?;
        url.query_pairs_mut().extend_pairs(query);
        Ok(http::get(&url).await?)
    }

    /// The token of the app.
    async fn token(&self, now: DateTime<Utc>) -> Result<String, ProviderError> {
        let mut kept = self.token.lock().await;
        if let Some((token, _)) = kept.as_ref().filter(|(_, ends)| *ends > now) {
            return Ok(token.clone());
        }
        let secret = [("corpid", self.corp_id.as_str()), ("corpsecret", self.secret.as_str())];
        let said = self.ask("/cgi-bin/gettoken", &secret).await?.accepted()?;
        let token = said.access_token.unwrap_or_default();
        *kept = Some((token.clone(), now + TimeDelta::seconds(said.expires_in) - MARGIN));
        Ok(token)
    }

    /// What WeCom says of the person with a code.
    async fn person(&self, code: &str, now: DateTime<Utc>) -> Result<Said, ProviderError> {
        let token = self.token(now).await?;
        self.ask("/cgi-bin/auth/getuserinfo", &[("access_token", token.as_str()), ("code", code)]).await
    }
}

impl Provider for WeCom {
    fn which(&self) -> IdentityProvider {
        IdentityProvider::Wecom
    }

    fn begin<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Url> {
        Box::pin(async move {
            let mut url = http::url(&format!("{PAGES}/wwlogin/sso/login"))?;
            url.query_pairs_mut().extend_pairs([
                ("login_type", "CorpApp"),
                ("appid", self.corp_id.as_str()),
                ("agentid", self.agent_id.as_str()),
                ("redirect_uri", attempt.redirect.as_str()),
                ("state", attempt.secrets.state.as_str()),
            ]);
            Ok(url)
        })
    }

    fn identify<'a>(&'a self, _: &'a Attempt, code: &'a str, now: DateTime<Utc>) -> Answer<'a, Identity> {
        Box::pin(async move {
            let mut said = self.person(code, now).await?;
            if VOID_TOKEN.contains(&said.errcode) {
                *self.token.lock().await = None;
                said = self.person(code, now).await?;
            }
            let subject =
                said.accepted()?.userid.ok_or_else(|| ProviderError::Refused("this is no member".to_owned()))?;
            Ok(Identity { subject, email: None })
        })
    }
}
