//! PostgreSQL's programs that dump and restore.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tokio::process::Command;

use super::error::BackupError;
use crate::kernel::embedded::programs;

/// Dumps a database into a file, compressed, in PostgreSQL's own format.
pub async fn dump(database: &PgConnectOptions, file: File) -> Result<(), BackupError> {
    let mut command = to_database("pg_dump", database)?;
    run("pg_dump", command.arg("--format=custom"), file.into()).await?;
    Ok(())
}

/// Restores a dump, all of it or nothing. Rights by default of objects to come are left out, because they name the former owner.
pub async fn restore(database: &PgConnectOptions, file: &Path) -> Result<(), BackupError> {
    let listed = run("pg_restore", program("pg_restore")?.arg("--list").arg(file), Stdio::piped()).await?;
    let io = |source| BackupError::Io { path: std::env::temp_dir(), source };
    let mut list = tempfile::NamedTempFile::new().map_err(io)?;
    for line in listed.lines().filter(|line| !line.contains(" DEFAULT ACL ")) {
        writeln!(list, "{line}").map_err(io)?;
    }
    let mut command = to_database("pg_restore", database)?;
    command.args(["--no-owner", "--exit-on-error", "--single-transaction", "--use-list"]).arg(list.path()).arg(file);
    run("pg_restore", &mut command, Stdio::null()).await?;
    Ok(())
}

/// The names of the roles that a dump gives rights to.
pub async fn roles(file: &Path) -> Result<Vec<String>, BackupError> {
    let mut command = program("pg_restore")?;
    command.args(["--schema-only", "--no-owner", "--file=-"]).arg(file);
    let schema = run("pg_restore", &mut command, Stdio::piped()).await?;
    let names: BTreeSet<_> = schema.lines().filter_map(grantee).collect();
    Ok(names.into_iter().collect())
}

/// The role of `GRANT … TO role;`, as `pg_dump` writes it.
fn grantee(line: &str) -> Option<String> {
    let (_, role) = line.strip_prefix("GRANT ")?.strip_suffix(';')?.rsplit_once(" TO ")?;
    let role = match role.strip_prefix('"').and_then(|role| role.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => role.to_owned(),
    };
    (role != "PUBLIC").then_some(role)
}

fn program(name: &'static str) -> Result<Command, BackupError> {
    let mut command = Command::new(programs()?.join(name));
    // Its messages are ours, too.
    command.env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

/// A program that connects to a database. The password is not on its command line, which every user of the machine can read.
fn to_database(name: &'static str, database: &PgConnectOptions) -> Result<Command, BackupError> {
    let mut url = database.to_url_lossy();
    let parameters = url.query_pairs().filter(|(name, _)| name.starts_with("ssl"));
    let mut parameters: Vec<(String, String)> = parameters.map(|(name, value)| (name.into(), value.into())).collect();
    // libpq has no authorities of its own, but knows those of the system from version 16 on.
    if parameters.iter().any(|(_, mode)| mode.starts_with("verify-")) && parameters.len() == 1 {
        parameters.push(("sslrootcert".to_owned(), "system".to_owned()));
    }
    url.query_pairs_mut().clear().extend_pairs(parameters);
    let mut command = program(name)?;
    if let Some(password) = url.password() {
        // Every letter that means something in a form is encoded in a URL of sqlx.
        let decoded = url::form_urlencoded::parse(password.as_bytes()).next();
        command.env("PGPASSWORD", decoded.map(|(password, _)| password.into_owned()).unwrap_or_default());
    }
    // Only a URL without a host can't have a password, and none of these is without.
    let _ = url.set_password(None);
    command.arg("--dbname").arg(url.as_str());
    Ok(command)
}

/// Runs a program to its end, and returns what it printed, if that is piped.
async fn run(program: &'static str, command: &mut Command, stdout: Stdio) -> Result<String, BackupError> {
    let failed = |message: String| BackupError::Failed { program, message };
    let io = |error: std::io::Error| failed(error.to_string());
    let output =
        command.stdout(stdout).stderr(Stdio::piped()).spawn().map_err(io)?.wait_with_output().await.map_err(io)?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_those_that_something_is_granted_to() {
        for (line, role) in [
            ("GRANT SELECT,INSERT ON TABLE public.customer TO tidepool_server;", Some("tidepool_server")),
            ("GRANT USAGE ON SCHEMA bi TO \"Power BI\";", Some("Power BI")),
            ("GRANT USAGE ON SCHEMA bi TO PUBLIC;", None),
            ("REVOKE ALL ON FUNCTION public.f() FROM PUBLIC;", None),
            ("    raise 'GRANT x TO y;'", None),
        ] {
            assert_eq!(grantee(line).as_deref(), role, "{line}");
        }
    }
}
