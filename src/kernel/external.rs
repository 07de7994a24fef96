//! The services of others that a server uses: one that sends e-mail, and those that identify people. Secrets may stand in
//! files, because other users of the machine can read a command line.

use std::fs;

use clap::Args;

/// The settings of these services.
#[derive(Debug, Clone, Args)]
pub struct ExternalServices {
    /// The SMTP server that sends e-mail, such as smtps://user:password@mail.example.com.
    ///
    /// smtps:// uses TLS from the start, smtp://…?tls=required uses STARTTLS. Without this flag no e-mail is sent.
    #[arg(long, env = "TIDEPOOL_SMTP_URL", value_name = "URL", group = "smtp", hide_env_values = true, requires_all = ["mail_from", "public_url"])]
    pub smtp_url: Option<String>,
    /// A file whose first line is the URL of the SMTP server, instead of --smtp-url.
    #[arg(long, env = "TIDEPOOL_SMTP_URL_FILE", value_name = "FILE", group = "smtp", value_parser = first_line, requires_all = ["mail_from", "public_url"])]
    smtp_url_file: Option<String>,
    /// The sender of e-mail, such as "Tidepool <crm@example.com>".
    #[arg(long, env = "TIDEPOOL_MAIL_FROM", value_name = "ADDRESS", requires = "smtp")]
    pub mail_from: Option<String>,
    /// The issuer of OpenID Connect that people sign in with, such as https://login.example.com/realms/company.
    ///
    /// Browsers begin at /sign-in/oidc. Register {public-url}/sign-in/oidc/callback there.
    #[arg(long, env = "TIDEPOOL_OIDC_ISSUER", value_name = "URL", value_parser = url, requires_all = ["oidc_client_id", "public_url"])]
    pub oidc_issuer: Option<String>,
    /// The id of Tidepool as a client of the issuer.
    #[arg(long, env = "TIDEPOOL_OIDC_CLIENT_ID", value_name = "ID", requires = "oidc_issuer")]
    pub oidc_client_id: Option<String>,
    /// The secret of Tidepool as a client of the issuer. A public client has none.
    #[arg(long, env = "TIDEPOOL_OIDC_CLIENT_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub oidc_client_secret: Option<String>,
    /// A file whose first line is that secret, instead of --oidc-client-secret.
    #[arg(long, env = "TIDEPOOL_OIDC_CLIENT_SECRET_FILE", value_name = "FILE", value_parser = first_line)]
    oidc_client_secret_file: Option<String>,
    /// Accept tokens of the issuer with this audience as access tokens of the API.
    #[arg(long, env = "TIDEPOOL_OIDC_AUDIENCE", value_name = "AUDIENCE", requires = "oidc_issuer")]
    pub oidc_audience: Option<String>,
    /// The id of the company at WeCom (企业微信), whose members sign in at /sign-in/wecom.
    #[arg(long, env = "TIDEPOOL_WECOM_CORP_ID", value_name = "ID", requires_all = ["wecom_agent_id", "wecom_app_secret", "public_url"])]
    pub wecom_corp_id: Option<String>,
    /// The id of the app at WeCom.
    #[arg(long, env = "TIDEPOOL_WECOM_AGENT_ID", value_name = "ID", requires = "wecom_corp_id")]
    pub wecom_agent_id: Option<String>,
    /// The secret of the app at WeCom.
    #[arg(
        long,
        env = "TIDEPOOL_WECOM_SECRET",
        group = "wecom_app_secret",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub wecom_secret: Option<String>,
    /// A file whose first line is that secret, instead of --wecom-secret.
    #[arg(long, env = "TIDEPOOL_WECOM_SECRET_FILE", group = "wecom_app_secret", value_name = "FILE", value_parser = first_line)]
    wecom_secret_file: Option<String>,
    /// The address of WeCom's API, if it is reached through a proxy.
    #[arg(long, env = "TIDEPOOL_WECOM_API", value_name = "URL", value_parser = url, default_value = "https://qyapi.weixin.qq.com")]
    pub wecom_api: String,
}

impl ExternalServices {
    /// The URL of the SMTP server, which may contain a password.
    pub fn smtp_url(&self) -> Option<&str> {
        self.smtp_url.as_deref().or(self.smtp_url_file.as_deref())
    }

    /// The secret of Tidepool at the issuer.
    pub fn oidc_client_secret(&self) -> Option<&str> {
        self.oidc_client_secret.as_deref().or(self.oidc_client_secret_file.as_deref())
    }

    /// The secret of the app at WeCom.
    pub fn wecom_secret(&self) -> Option<&str> {
        self.wecom_secret.as_deref().or(self.wecom_secret_file.as_deref())
    }
}

/// Checks that an address is one, and keeps its text.
fn url(text: &str) -> Result<String, url::ParseError> {
    url::Url::parse(text).map(|_| text.to_owned())
}

/// Reads the first line of a file: a secret.
pub fn first_line(path: &str) -> Result<String, std::io::Error> {
    Ok(fs::read_to_string(path)?.lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Alone {
        #[arg(long)]
        public_url: Option<String>,
        #[command(flatten)]
        external: ExternalServices,
    }

    #[test]
    fn secrets_may_stand_in_files_and_must_not_be_missing() {
        let path = std::env::temp_dir().join(format!("tidepool-secret-{}", std::process::id()));
        fs::write(&path, "s3cret\n").unwrap();
        let file = path.to_str().unwrap();
        let wecom = ["tidepool", "--public-url", "https://a", "--wecom-corp-id", "c", "--wecom-agent-id", "7"];
        let parsed = |more: &[&str]| Alone::try_parse_from(wecom.iter().chain(more));
        assert_eq!(parsed(&["--wecom-secret-file", file]).unwrap().external.wecom_secret(), Some("s3cret"));
        assert_eq!(parsed(&["--wecom-secret", "given"]).unwrap().external.wecom_secret(), Some("given"));
        assert!(parsed(&[]).unwrap_err().to_string().contains("--wecom-secret"));
        fs::remove_file(&path).unwrap();
        let missing = parsed(&["--wecom-secret-file", file]).unwrap_err().to_string();
        assert!(missing.contains(file) && missing.contains("No such file"), "{missing}");
    }

    #[test]
    fn settings_that_need_others_or_are_no_addresses_are_refused() {
        for (given, complaint) in [
            (&["--mail-from", "crm@example.com"][..], "--smtp-url"),
            (&["--wecom-agent-id", "7"], "--wecom-corp-id"),
            (&["--oidc-client-id", "tidepool"], "--oidc-issuer"),
            (&["--wecom-api", "qyapi.weixin.qq.com"], "--wecom-api"),
        ] {
            let message = Alone::try_parse_from(["tidepool"].iter().chain(given)).unwrap_err().to_string();
            assert!(message.contains(complaint), "{message}");
        }
    }
}
