//! The command line program.

mod console;

use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use futures_util::TryStreamExt;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tidepool::crm::{analysis, backup, doctor, import, people};
use tidepool::kernel::app::{App, Setup};
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::{
    Adopt, Backup, Cli, Command, CreateAdmin, Doctor, Import, Limits, LogFormat, ResetPassword, RunJob, Seed, Serve,
};
use tidepool::kernel::database::{self, Database};
use tidepool::kernel::error::{Error, Language};
use tidepool::kernel::limits::LEAST_CONNECTIONS;
use tidepool::kernel::{installation, metrics, scalar};
use tidepool::server::{http, listener};
use tidepool::{api, jobs, seed};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// How long running requests have to finish after a signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How many rows of a file are printed at most.
const MAX_PRINTED_ROWS: i64 = 50;

/// Why the program ends with an error.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::Schema = cli.command {
        say(&api::sdl());
        return ExitCode::SUCCESS;
    }
    start_logging(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(run(cli)) {
        Ok(status) => status,
        Err(error) => failed(&error),
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    // The handler is installed before PostgreSQL is started, so that Ctrl-C always stops PostgreSQL, too.
    let stop = stop_signal();
    if let Command::VerifyBackup(options) = &cli.command {
        return verify_backup(&options.file).await.map(|()| ExitCode::SUCCESS);
    }
    let database = match (Database::of(&cli).await, &cli.command) {
        (Ok(database), _) => database,
        (Err(error), Command::Doctor(options)) => {
            return Ok(tell(&doctor::Report::unreachable(&error.to_string()), options));
        }
        (Err(error), _) => return Err(error.into()),
    };
    let done = match cli.command {
        // It examines what is, so it changes no schema first.
        Command::Doctor(options) => {
            Ok(tell(&doctor::examine(&database.server, database.pooler.as_ref()).await, &options))
        }
        // The database is empty, and must be.
        Command::Restore(options) => restore(&database, &options.file).await.map(|()| ExitCode::SUCCESS),
        other => command(other, &database, cli.no_migrate, stop).await.map(|()| ExitCode::SUCCESS),
    };
    if let Some(embedded) = database.embedded {
        match embedded.stop()? {
            true => tracing::info!("the private PostgreSQL has stopped"),
            false => tracing::info!("the private PostgreSQL keeps running, because another program uses it"),
        }
    }
    done
}

async fn command(
    command: Command,
    database: &Database,
    no_migrate: bool,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    if let Command::Serve(serve) = &command {
        check_demo(serve)?;
    }
    if !no_migrate || matches!(command, Command::Migrate) {
        tokio::select! {
            migrated = people::installation::migrate(&database.owner, &database.server) => migrated?,
            // A migration that is not complete changes nothing.
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        }
    }
    let server = database.server.clone();
    match command {
        Command::Serve(serve) => {
            let drain = serve.drain;
            tokio::select! {
                served = self::serve(*serve, database, stop.clone()) => served,
                // A signal may come before the server begins to serve, for example while it creates demo data.
                () = stopped_without_serving(&mut stop, drain) => Ok(()),
            }
        }
        Command::Migrate => {
            say("The schema of the database is up to date.");
            Ok(())
        }
        Command::Seed(options) => fill(database, &options).await,
        Command::CreateAdmin(options) => create_admin(server, options).await,
        Command::ResetPassword(options) => reset_password(server, options).await,
        Command::Import(options) => import_file(server, *options).await,
        Command::RunJob(options) => run_job(server, options).await,
        Command::Hold => hold(server).await,
        Command::Adopt(options) => adopt(server, &options).await,
        Command::BiUser(options) => make_reader(database, &options.name).await,
        Command::Backup(options) => back_up(database, &options).await,
        Command::Schema | Command::Doctor(_) | Command::VerifyBackup(_) | Command::Restore(_) => Ok(()),
    }
}

/// Prints what was found, and returns the status to end with.
fn tell(report: &doctor::Report, options: &Doctor) -> ExitCode {
    let text = if options.json { report.json() } else { report.to_string() };
    say(text.trim_end());
    ExitCode::from(report.status())
}

fn check_demo(serve: &Serve) -> Result<(), Failure> {
    if serve.demo && !serve.demo_anywhere && !serve.listen.ip().is_loopback() {
        return Err(public_demo_refused(serve.listen));
    }
    Ok(())
}

fn public_demo_refused(address: SocketAddr) -> Failure {
    let why = "the password of the demo accounts is public, and other machines can reach";
    format!("{why} {address}: listen on 127.0.0.1, or allow this with --demo-anywhere").into()
}

async fn serve(serve: Serve, database: &Database, stop: watch::Receiver<bool>) -> Result<(), Failure> {
    metrics::start();
    // The port is bound first, so that a port in use is reported before demo data is created.
    let listener =
        TcpListener::bind(serve.listen).await.map_err(|error| format!("can't listen on {}: {error}", serve.listen))?;
    let address = listener.local_addr()?;
    let replicas = database::replicas(&serve)?;
    let mut limits = serve.limits;
    // Who tries the demo finds the manual in GraphiQL before they sign in.
    limits.public_introspection |= serve.demo && !limits.no_introspection;
    limits.is_demo = serve.demo;
    if database.owner.get_username() == database.server.get_username() {
        tracing::warn!(
            "the role of this server owns the tables, so it could change the logs: see --migrate-database-url"
        );
    }
    let setup = Setup {
        database: database.server.clone(),
        pooler: database.pooler.clone(),
        places: database.places.clone(),
        replicas,
        replica_lag: serve.replica_lag,
        connections: serve.database_connections,
        limits,
        clock: Clock::database(),
    };
    let app = App::open(setup).await?;
    if !serve.demo_anywhere && !address.ip().is_loopback() && seed::has_demo_accounts(app.pool()).await? {
        return Err(public_demo_refused(address));
    }
    if serve.demo {
        if seed::is_empty(app.pool()).await? {
            say("Creating demo data …");
            seed_as_owner(database, &seed::Plan::demo(app.clock().now())).await?;
            app.follow().await?;
            seed::run_scenario(&app).await.map_err(failure)?;
        }
        say(&format!("Demo accounts, password `{}`:", seed::PASSWORD));
        for (email, role) in seed::accounts() {
            say(&format!("  {email:<30} {role}"));
        }
    }
    // Not while demo data is loaded, which locks the tables: jobs would fail.
    jobs::start(&app).await?;
    if let Some(metrics_address) = serve.metrics_listen {
        let listener = TcpListener::bind(metrics_address).await;
        let listener = listener.map_err(|error| format!("can't listen on {metrics_address}: {error}"))?;
        say(&format!("The metrics are at http://{}/metrics", listener.local_addr()?));
        tokio::spawn(axum::serve(listener, http::metrics_router(app.clone())).into_future());
    }
    say(&format!("Tidepool is at http://{address}"));
    if !console::is_built() {
        say(&format!("  The web console is not in this program: {}", console::HOW_TO_BUILD));
    }
    say(&format!("  http://{address}/graphiql   to try the API in a browser"));
    say(&format!("  http://{address}/graphql    the API (POST, GET)"));
    say(&format!("  http://{address}/healthz    whether it runs; /readyz: whether it can serve"));
    let (mut stop_requested, server) = (stop.clone(), app.clone());
    let stopping = async move {
        let _ = stop_requested.wait_for(|stop| *stop).await;
        server.drain();
        tokio::time::sleep(serve.drain).await;
        tracing::info!("stopping: waiting for running requests");
        server.feed().close();
    };
    let serving = listener::serve(listener, http::router_with(app.clone(), console::router()), app.limits(), stopping);
    let (mut grace, feed) = (stop, app.feed().clone());
    let served = async {
        serving.await;
        // Connections that became WebSockets are no longer requests, so they are awaited here.
        feed.ended().await;
    };
    tokio::select! {
        () = served => {}
        () = async { let _ = grace.wait_for(|stop| *stop).await; tokio::time::sleep(serve.drain + GRACE).await } => {
            tracing::warn!("some requests did not finish within {} seconds", GRACE.as_secs());
        }
    }
    app.close().await;
    Ok(())
}

async fn stopped_without_serving(stop: &mut watch::Receiver<bool>, drain: Duration) {
    let _ = stop.wait_for(|stop| *stop).await;
    tokio::time::sleep(drain + GRACE + Duration::from_secs(5)).await;
}

/// A server for one command, which opens few of its connections.
async fn open(database: PgConnectOptions, limits: Limits) -> Result<Arc<App>, Failure> {
    Ok(App::open(Setup::of(database, LEAST_CONNECTIONS, limits, Clock::database())).await?)
}

/// Creates demo data. Only the owner of the tables may take keys and triggers away for the time of a large load.
async fn seed_as_owner(database: &Database, plan: &seed::Plan) -> Result<seed::Report, Failure> {
    // The large statements are slow, so slow statements are not logged; the progress is logged instead.
    let owner = database.owner.clone().log_slow_statements(tracing::log::LevelFilter::Debug, Duration::from_secs(1));
    let pool = PgPoolOptions::new().max_connections(2).connect_with(owner.options([("TimeZone", "UTC")])).await?;
    let report = seed::seed(&pool, plan).await?;
    pool.close().await;
    Ok(report)
}

async fn fill(database: &Database, options: &Seed) -> Result<(), Failure> {
    let app = open(database.server.clone(), Limits::default()).await?;
    let plan = seed::Plan { customers: options.customers, seed: options.seed, now: app.clock().now() };
    let report = seed_as_owner(database, &plan).await?;
    app.follow().await?;
    seed::run_scenario(&app).await.map_err(failure)?;
    say(&report.to_string());
    app.close().await;
    Ok(())
}

async fn create_admin(database: PgConnectOptions, options: CreateAdmin) -> Result<(), Failure> {
    let password = match options.password_stdin {
        false => None,
        true => {
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line)?;
            Some(line.trim_end_matches(['\r', '\n']).to_owned())
        }
    };
    let app = open(database, Limits::default()).await?;
    match people::installation::create_admin(&app, options.email, options.name, password).await {
        Ok(None) => say("The user was created."),
        Ok(Some(password)) => say(&format!("The user was created. Its password: {password}")),
        Err(error) => return Err(failure(error)),
    }
    app.close().await;
    Ok(())
}

async fn reset_password(database: PgConnectOptions, options: ResetPassword) -> Result<(), Failure> {
    let app = open(database, Limits { public_url: options.public_url, ..Limits::default() }).await?;
    let link = people::link::create_for(&app, &options.email).await.map_err(failure)?;
    say(&app.limits().link_to(&people::link::path(&link.token)));
    app.close().await;
    Ok(())
}

async fn run_job(database: PgConnectOptions, options: RunJob) -> Result<(), Failure> {
    let names = || jobs::Job::ALL.map(jobs::Job::name).join(", ");
    let job = jobs::Job::named(&options.name);
    let job = job.ok_or_else(|| format!("the job {:?} does not exist: the jobs are {}", options.name, names()))?;
    let app = open(database, Limits::default()).await?;
    if job == jobs::Job::PoolRules && app.is_held() {
        return Err(installation::ADVICE.into());
    }
    jobs::run(&app, job).await.map_err(failure)?;
    say(&format!("Done: {}", job.name()));
    app.close().await;
    Ok(())
}

async fn hold(database: PgConnectOptions) -> Result<(), Failure> {
    let app = open(database, Limits::default()).await?;
    people::installation::hold(&app).await.map_err(failure)?;
    say("Webhooks, e-mail and pool rules are held until `tidepool adopt`.");
    app.close().await;
    Ok(())
}

async fn adopt(database: PgConnectOptions, options: &Adopt) -> Result<(), Failure> {
    let app = open(database, Limits::default()).await?;
    people::installation::adopt(&app, options.same_installation).await.map_err(failure)?;
    say(match options.same_installation {
        true => "This is the same installation: it goes on with webhooks, e-mail and pool rules.",
        false => "This is an installation of its own: its webhooks are deleted, and all users have to sign in again.",
    });
    app.close().await;
    Ok(())
}

async fn make_reader(database: &Database, name: &str) -> Result<(), Failure> {
    let password = people::token::new().map_err(failure)?;
    analysis::export::make_reader(&database.owner, name, &password).await.map_err(failure)?;
    say(&format!("The role {name} reads the schema `bi`. Its password: {password}"));
    Ok(())
}

async fn back_up(database: &Database, options: &Backup) -> Result<(), Failure> {
    let keep = options.keep.map(|keep| keep as usize);
    let made = backup::make(&database.owner, &options.folder, keep).await?;
    say(&format!("{} has {} KB; {} older ones were removed.", made.file.display(), made.bytes >> 10, made.removed));
    Ok(())
}

async fn verify_backup(file: &Path) -> Result<(), Failure> {
    let backup::Content { users, customers, orders, last_change } = backup::verify(file).await?;
    let last = last_change.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string());
    say(&format!(
        "The backup can be restored: {users} users, {customers} customers, {orders} orders. A customer changed last: {last}."
    ));
    Ok(())
}

async fn restore(database: &Database, file: &Path) -> Result<(), Failure> {
    backup::restore(&database.owner, &database.server, file).await?;
    say(
        "The backup is restored. Webhooks, e-mail and pool rules are held until `tidepool adopt --same-installation`, or `tidepool adopt` for a copy.",
    );
    Ok(())
}

async fn import_file(database: PgConnectOptions, options: Import) -> Result<(), Failure> {
    let file = std::fs::File::open(&options.file).map_err(|error| format!("{}: {error}", options.file.display()))?;
    let file_name = options.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let app = open(database, Limits::default()).await?;
    let user = app.directory().await?.user_with_email(&options.user);
    let user = user.ok_or_else(|| format!("there is no active user with the e-mail address {}", options.user))?;
    let kind = scalar::named(&options.kind).map_err(failure)?;
    let reading = import::options::Options {
        source: options.source,
        pool: None,
        contact_name: options.contact_name,
        phone_country: options.phone_country.map(|code| code.to_ascii_uppercase()),
        decimal_mark: options.decimal_mark.as_deref().map(scalar::named).transpose().map_err(failure)?,
        date_order: options.date_order.as_deref().map(scalar::named).transpose().map_err(failure)?,
        skip_wrong_values: options.skip_wrong_values,
        replacements: Vec::new(),
        has_typed_numbers: false,
    };
    import::dry_run::check(&app.begin_for(user).await?, kind, &reading).map_err(failure)?;
    let request = import::dry_run::ImportRequest {
        kind,
        file,
        file_name,
        columns: options.columns.iter().map(|column| column.parse()).collect::<Result<_, String>>()?,
        sheet: options.sheet,
        encoding: options.encoding,
        options: reading,
        protect_for: options.protect_for,
        not_duplicate: options.not_duplicate,
        run: false,
    };
    let reading = import::dry_run::start(&app, user, request).await.map_err(failure)?;
    let id = reading.import;
    reading.wait(&app).await.map_err(failure)?;
    let result = import::run::counts(&app, id).await?;
    say(&format!("{id}: {result}"));
    if options.run {
        let mut op = app.begin_for(user).await?;
        import::run::start(&mut op, id).await.map_err(failure)?;
        op.commit().await?;
        let outcome = import::run::run_to_end(&app, id).await?;
        say(&format!("Done: {outcome}"));
    } else {
        for result in import::run::results(&app, id, MAX_PRINTED_ROWS, Language::English).await? {
            say(&result);
        }
        say("Nothing was created or changed. To run the import, call `runImport` or repeat this with --run.");
    }
    if let Some(path) = &options.failed {
        let unwritable = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut file = std::fs::File::create(path).map_err(unwritable)?;
        let mut rows = pin!(import::failed::rows(app.clone(), user, id, Language::English).await.map_err(failure)?);
        while let Some(rows) = rows.try_next().await? {
            file.write_all(&rows).map_err(unwritable)?;
        }
        say(&format!("The failed rows were written to {}.", path.display()));
    }
    app.close().await;
    Ok(())
}

/// The message of an error for the terminal.
fn failure(error: Error) -> Failure {
    let Error::Refused(refusals) = error else { return error.into() };
    let all = refusals
        .iter()
        .map(|refusal| format!("{}: {}", refusal.path.join("."), refusal.message.in_language(Language::English)));
    all.collect::<Vec<_>>().join("; ").into()
}

/// Becomes `true` at Ctrl-C or SIGTERM. A second signal ends the program at once.
fn stop_signal() -> watch::Receiver<bool> {
    let (sender, stop) = watch::channel(false);
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            tracing::error!("signals can't be handled, so the program can only be stopped by SIGKILL");
            return;
        };
        for _ in 0..2 {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if sender.send_replace(true) {
                std::process::exit(130);
            }
        }
    });
    stop
}

fn start_logging(cli: &Cli) {
    let filter = EnvFilter::try_new(&cli.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match cli.log_format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
}

fn failed(error: &Failure) -> ExitCode {
    let mut text = format!("tidepool: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    print_error(&text);
    ExitCode::FAILURE
}

/// Prints a line to standard output. An error is ignored, so that a server keeps running if its output is closed.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a line to standard error, independent of the settings of the log.
fn print_error(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
