//! E-mail by SMTP, if the operator has configured it.

use std::sync::Arc;

use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::kernel::config::Limits;

/// A message of plain text.
#[derive(Debug)]
pub struct Mail {
    /// The address of the recipient.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address is not one that mail can be sent to.
    #[error("the address is not valid")]
    Address(#[from] lettre::address::AddressError),
    /// The message can't be written.
    #[error("the message can't be written")]
    Message(#[from] lettre::error::Error),
    /// The server can't be reached, or does not accept the message; or its URL is wrong.
    #[error("the SMTP server does not take it")]
    Smtp(#[from] lettre::transport::smtp::Error),
}

/// Sends e-mail.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// The mailer of the settings; `None` without an SMTP server.
    pub fn of(limits: &Limits) -> Result<Option<Arc<Self>>, MailError> {
        let external = &limits.external;
        let (Some(url), Some(from)) = (external.smtp_url(), &external.mail_from) else { return Ok(None) };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.build();
        Ok(Some(Arc::new(Self { transport, from: from.parse()? })))
    }

    /// Sends a message.
    pub async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let message = Message::builder().from(self.from.clone()).to(mail.to.parse()?).subject(mail.subject);
        self.transport.send(message.body(mail.body)?).await?;
        Ok(())
    }
}
