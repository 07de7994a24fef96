//! A private PostgreSQL for a machine without a database server. It uses the PostgreSQL programs that are installed on
//! the machine, keeps its data in the data folder, and listens only on a Unix socket in a folder that no other user can
//! open.
//!
//! It runs in a process group of its own, so that Ctrl-C stops only the server, which then stops PostgreSQL. After a
//! `kill -9` of the server PostgreSQL keeps running, and the next start uses it.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Read, Seek};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// The oldest supported major version of PostgreSQL.
const MIN_VERSION: u32 = 15;
/// The role of the servers. It can log in without a password, as every role: nobody else can open the socket's folder.
pub const SERVER_ROLE: &str = "tidepool_server";
/// The longest path of the socket's folder: the address of a Unix socket has at most 107 bytes.
const MAX_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.5432".len();

/// Why the private PostgreSQL can't be used.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The PostgreSQL programs are not installed, or too old.
    #[error(
        "PostgreSQL {MIN_VERSION} or newer is not installed: try `apt-get install postgresql` or `brew install postgresql@16`, or set DATABASE_URL"
    )]
    NotInstalled,
    /// There is no account under which it can run.
    #[error(
        "PostgreSQL refuses to run as root, and neither the user `postgres` nor the user `nobody` exists to run it"
    )]
    NoAccount,
    /// The account can't access the data folder.
    #[error("the user {user}, who runs PostgreSQL, can't access {}: choose another --data-dir", folder.display())]
    OutOfReach {
        /// The account.
        user: String,
        /// The folder.
        folder: PathBuf,
    },
    /// The folder of the socket belongs to another user, or other users can open it.
    #[error("{} belongs to another user or is open to other users: remove it and start again", .0.display())]
    NotOurs(PathBuf),
    /// A PostgreSQL program failed.
    #[error("{program} failed: {message}")]
    Failed {
        /// The name of the program.
        program: &'static str,
        /// Its exit status and output.
        message: String,
    },
    /// A file can't be read or written.
    #[error("{}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// It runs, but a connection or a statement failed.
    #[error("the private PostgreSQL can't be used")]
    Database(#[from] sqlx::Error),
}

/// A running private PostgreSQL.
pub struct Embedded {
    programs: PathBuf,
    account: Option<Account>,
    cluster: PathBuf,
    socket: PathBuf,
    settings: String,
    /// Stops a throwaway PostgreSQL when this process has ended in any way.
    watchdog: Option<Child>,
    /// Each program that uses the data folder holds a shared lock on this file. The last program stops PostgreSQL.
    in_use: Option<File>,
}

/// An unprivileged account, because PostgreSQL refuses to run as root.
#[derive(Debug, Clone)]
struct Account {
    name: String,
    uid: u32,
    gid: u32,
}

impl Embedded {
    /// Starts the PostgreSQL of a data folder, or uses it if it already runs. Without a folder, it is `./data`, or
    /// `/var/lib/tidepool` if the account that must run PostgreSQL can't access `./data`.
    pub async fn start(data_dir: Option<&Path>) -> Result<Self, EmbeddedError> {
        let account = Account::needed()?;
        let folder = match data_dir {
            Some(folder) => prepared(folder, account.as_ref())?,
            None => match prepared(Path::new("data"), account.as_ref()) {
                Err(EmbeddedError::OutOfReach { user, folder }) => {
                    let other = Path::new("/var/lib/tidepool");
                    tracing::warn!(
                        "the user {user} can't access {}; the data is in {}",
                        folder.display(),
                        other.display()
                    );
                    prepared(other, account.as_ref())?
                }
                prepared => prepared?,
            },
        };
        // If two servers start on the same folder at once, the second waits here and then finds PostgreSQL running.
        let _starting = lock(&folder.join("lock"), File::lock)?;
        let in_use = lock(&folder.join("in-use"), File::lock_shared)?;
        let settings =
            "-c shared_buffers=256MB -c max_connections=100 -c jit=off -c random_page_cost=1.1 -c timezone=UTC";
        let embedded = Self { in_use: Some(in_use), ..Self::new(account, &folder, settings)? };
        embedded.start_again()?;
        embedded.create_database().await?;
        Ok(embedded)
    }

    /// Starts an empty PostgreSQL for tests, also of backups, that is fast but loses data in a crash. It is stopped and removed when this
    /// process has ended.
    pub async fn start_throwaway() -> Result<Self, EmbeddedError> {
        Self::start_temporary("quick", "-c fsync=off -c synchronous_commit=off -c full_page_writes=off").await
    }

    /// Starts an empty PostgreSQL with PostgreSQL's durable settings, for benchmarks and for tests that kill it. It is
    /// stopped and removed when this process has ended.
    pub async fn start_durable_throwaway() -> Result<Self, EmbeddedError> {
        Self::start_temporary("durable", "").await
    }

    async fn start_temporary(name: &str, more: &str) -> Result<Self, EmbeddedError> {
        let account = Account::needed()?;
        // One process may start several.
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Relaxed);
        let folder = std::env::temp_dir().join(format!("tidepool-{name}-{}-{number}", std::process::id()));
        let folder = prepared(&folder, account.as_ref())?;
        let settings = &format!(
            "-c shared_buffers=256MB -c max_connections=400 -c jit=off -c random_page_cost=1.1 -c timezone=UTC {more}"
        );
        let mut embedded = Self::new(account, &folder, settings)?;
        embedded.watch(&folder)?;
        embedded.start_again()?;
        embedded.create_database().await?;
        Ok(embedded)
    }

    fn new(account: Option<Account>, folder: &Path, settings: &str) -> Result<Self, EmbeddedError> {
        let programs = programs()?;
        let socket = socket_folder(folder, account.as_ref())?;
        let settings = format!("-k {} -c listen_addresses= {settings}", socket.display());
        Ok(Self { programs, account, cluster: folder.join("postgres"), socket, settings, watchdog: None, in_use: None })
    }

    /// The options to connect to it as the role of the servers, which owns nothing.
    pub fn server_options(&self) -> PgConnectOptions {
        self.connect_options().username(SERVER_ROLE)
    }

    /// The options to connect to it as the owner of everything.
    pub fn connect_options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass().socket(&self.socket).port(5432);
        options.username("tidepool").database("tidepool").log_statements(tracing::log::LevelFilter::Trace)
    }

    /// The path of another of PostgreSQL's programs, of the version that runs: `pg_dump`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// Stops it: open transactions are rolled back, committed data is on the disk. If another program uses it, it keeps
    /// running. Returns whether it was stopped.
    pub fn stop(self) -> Result<bool, EmbeddedError> {
        let folder = self.cluster.with_file_name("");
        let _stopping = lock(&folder.join("lock"), File::lock)?;
        if let Some(in_use) = &self.in_use {
            let io = |source| EmbeddedError::Io { path: folder.join("in-use"), source };
            in_use.unlock().map_err(io)?;
            match in_use.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(false),
                Err(TryLockError::Error(source)) => return Err(io(source)),
            }
        }
        self.pg_ctl(&["stop", "-m", "fast", "-w"])?;
        // The next start makes another one.
        let _ = fs::remove_dir(&self.socket);
        Ok(true)
    }

    /// Stops it without a checkpoint, as a power failure would.
    pub fn kill(&self) -> Result<(), EmbeddedError> {
        self.pg_ctl(&["stop", "-m", "immediate", "-w"])
    }

    /// Starts it, unless it already runs.
    pub fn start_again(&self) -> Result<(), EmbeddedError> {
        if !self.cluster.exists() {
            self.init()?;
        }
        if self.pg_ctl(&["status"]).is_ok() {
            return Ok(());
        }
        let log = self.cluster.with_file_name("postgres.log");
        self.pg_ctl(&["start", "-w", "-l", &log.display().to_string(), "-o", &self.settings])
    }

    /// Creates the cluster under a temporary name and renames it, so that an incomplete cluster is never used.
    fn init(&self) -> Result<(), EmbeddedError> {
        let unfinished = self.cluster.with_file_name("postgres.new");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(|source| EmbeddedError::Io { path: unfinished.clone(), source })?;
        }
        let init = |locale: &str| {
            let path = unfinished.display().to_string();
            self.run(
                "initdb",
                &["-D", &path, "-U", "tidepool", "-A", "trust", "-E", "UTF8", locale, "--no-instructions"],
            )
        };
        // Not every system has the locale C.UTF-8.
        init("--locale=C.UTF-8").or_else(|_| init("--locale=C"))?;
        fs::rename(&unfinished, &self.cluster)
            .map_err(|source| EmbeddedError::Io { path: self.cluster.clone(), source })
    }

    async fn create_database(&self) -> Result<(), EmbeddedError> {
        let mut connection = self.connect_options().database("postgres").connect().await?;
        for create in ["create database tidepool", "create role tidepool_server login"] {
            match sqlx::query(create).execute(&mut connection).await {
                // 42P04, 42710: it already exists.
                Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("42P04" | "42710")) => {}
                created => {
                    created?;
                }
            }
        }
        Ok(())
    }

    /// Starts a shell that waits until its input is closed, which happens when this process ends, and then stops
    /// PostgreSQL and removes its folders.
    fn watch(&mut self, folder: &Path) -> Result<(), EmbeddedError> {
        let script = r#"read -r _; "$1" -D "$2/postgres" stop -m immediate >/dev/null 2>&1; rm -rf "$2" "$3""#;
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "watchdog"]).arg(self.programs.join("pg_ctl")).arg(folder).arg(&self.socket);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        self.as_account(&mut shell);
        let spawned =
            shell.spawn().map_err(|error| EmbeddedError::Failed { program: "sh", message: error.to_string() })?;
        self.watchdog = Some(spawned);
        Ok(())
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<(), EmbeddedError> {
        let cluster = self.cluster.display().to_string();
        self.run("pg_ctl", &[&["-D", &cluster], arguments].concat())
    }

    fn run(&self, program: &'static str, arguments: &[&str]) -> Result<(), EmbeddedError> {
        let failed = |message: String| EmbeddedError::Failed { program, message };
        // PostgreSQL inherits these and keeps them open while it runs, so they are files: we would wait for the end of
        // a pipe. The file has no name, because the account could replace a named one in its folder by a link.
        let io = |error: io::Error| failed(error.to_string());
        let mut output = tempfile::tempfile().map_err(io)?;
        let (out, errors) = (output.try_clone().map_err(io)?, output.try_clone().map_err(io)?);
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).stdin(Stdio::null()).stdout(out).stderr(errors).process_group(0);
        command.current_dir("/").env_remove("PGDATA").env("LC_ALL", "C");
        self.as_account(&mut command);
        let status = command.status().map_err(io)?;
        if status.success() {
            return Ok(());
        }
        let mut printed = Vec::new();
        output.rewind().and_then(|()| output.read_to_end(&mut printed)).map_err(io)?;
        Err(failed(format!("{status}: {}", String::from_utf8_lossy(&printed).trim())))
    }

    fn as_account(&self, command: &mut Command) {
        if let Some(account) = &self.account {
            command.uid(account.uid).gid(account.gid);
        }
    }
}

/// Opens and locks a file, whose content does not matter. The lock is held until the file is dropped. The file is not
/// truncated, and a symbolic link is an error, because this process may be root in a folder of another account, which
/// could put a link to any file there.
fn lock(path: &Path, how: impl Fn(&File) -> io::Result<()>) -> Result<File, EmbeddedError> {
    let io = |source| EmbeddedError::Io { path: path.to_owned(), source };
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false).custom_flags(libc::O_NOFOLLOW);
    let file = options.open(path).map_err(io)?;
    how(&file).map_err(io)?;
    Ok(file)
}

impl Account {
    /// The account to run PostgreSQL under; `None`: the account of this process.
    fn needed() -> Result<Option<Self>, EmbeddedError> {
        let is_root = fs::metadata("/proc/self").map(|about| about.uid() == 0).unwrap_or(false);
        if !is_root {
            return Ok(None);
        }
        let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let of = |name: &str| {
            let line = known.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2);
            Some(Self { name: name.to_owned(), uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
        };
        ["postgres", "nobody"].into_iter().find_map(of).map(Some).ok_or(EmbeddedError::NoAccount)
    }
}

/// Creates the folder and gives it to the account.
fn prepared(folder: &Path, account: Option<&Account>) -> Result<PathBuf, EmbeddedError> {
    let io = |source| EmbeddedError::Io { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(io)?;
    let folder = folder.canonicalize().map_err(io)?;
    let Some(account) = account else { return Ok(folder) };
    let blocked = folder.ancestors().skip(1).any(|above| {
        fs::metadata(above).is_ok_and(|about| {
            let bits = if about.uid() == account.uid {
                0o100
            } else if about.gid() == account.gid {
                0o010
            } else {
                0o001
            };
            about.permissions().mode() & bits == 0
        })
    });
    if blocked {
        return Err(EmbeddedError::OutOfReach { user: account.name.clone(), folder });
    }
    chown(&folder, Some(account.uid), Some(account.gid))
        .map_err(|source| EmbeddedError::Io { path: folder.clone(), source })?;
    Ok(folder)
}

/// The folder of the socket, which only the account can open: that of the PostgreSQL that runs on this data, or a new one
/// with a short path. Its name is random, so that nobody can create it first.
fn socket_folder(data: &Path, account: Option<&Account>) -> Result<PathBuf, EmbeddedError> {
    let owner = match account {
        Some(account) => account.uid,
        None => fs::metadata(data).map_err(|source| EmbeddedError::Io { path: data.to_owned(), source })?.uid(),
    };
    // PostgreSQL writes the folder into the fifth line.
    let running = fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap_or_default();
    if let Some(folder) = running.lines().nth(4).map(PathBuf::from).filter(|folder| folder.symlink_metadata().is_ok()) {
        return check_owner(folder, owner);
    }
    let mut random = [0; 6];
    getrandom::fill(&mut random).map_err(|error| EmbeddedError::Io { path: "/tmp".into(), source: error.into() })?;
    let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = Path::new("/tmp").join(format!("tidepool-{name}"));
    debug_assert!(folder.as_os_str().len() <= MAX_SOCKET_FOLDER);
    let io = |source| EmbeddedError::Io { path: folder.clone(), source };
    DirBuilder::new().mode(0o700).create(&folder).map_err(io)?;
    if let Some(account) = account {
        chown(&folder, Some(account.uid), Some(account.gid)).map_err(io)?;
    }
    check_owner(folder, owner)
}

/// Refuses a folder that is a link, or belongs to another user, who could intercept the connections to the database.
fn check_owner(folder: PathBuf, owner: u32) -> Result<PathBuf, EmbeddedError> {
    let about = fs::symlink_metadata(&folder).map_err(|source| EmbeddedError::Io { path: folder.clone(), source })?;
    if about.is_dir() && about.uid() == owner && about.permissions().mode() & 0o077 == 0 {
        Ok(folder)
    } else {
        Err(EmbeddedError::NotOurs(folder))
    }
}

/// The folder of the programs of the newest PostgreSQL of this machine: where `pg_config` says, where distributions install them, or in the `PATH`.
pub fn programs() -> Result<PathBuf, EmbeddedError> {
    let mut places: Vec<PathBuf> = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output() {
        places.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    for (above, below) in
        [("/usr/lib/postgresql", "bin"), ("/usr", "bin"), ("/opt/homebrew/opt", "bin"), ("/usr/local/opt", "bin")]
    {
        let entries = fs::read_dir(above).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries
            .filter(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                above == "/usr/lib/postgresql" || name.starts_with("pgsql-") || name.starts_with("postgresql@")
            })
            .map(|entry| entry.path().join(below))
            .collect();
        // The newest version comes first.
        found.sort_by_key(|path| std::cmp::Reverse(version_in(path)));
        places.extend(found);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = places.into_iter().chain(std::env::split_paths(&path));
    // A link in the `PATH` leads to the folder that has the other programs.
    let real = all.filter_map(|place| place.join("postgres").canonicalize().ok()?.parent().map(Path::to_owned));
    let whole = real.filter(|place| ["initdb", "pg_ctl"].iter().all(|program| place.join(program).exists()));
    whole.into_iter().find(|place| version_of(place) >= MIN_VERSION).ok_or(EmbeddedError::NotInstalled)
}

/// The first number in a path: 15 for `/usr/lib/postgresql/15/bin`.
fn version_in(path: &Path) -> u32 {
    let text = path.to_string_lossy().into_owned();
    let digits: String =
        text.chars().skip_while(|letter| !letter.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}

fn version_of(place: &Path) -> u32 {
    let output = Command::new(place.join("postgres")).arg("--version").output();
    output.map(|output| version_in(Path::new(&*String::from_utf8_lossy(&output.stdout)))).unwrap_or_default()
}
