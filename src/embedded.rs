//! A private PostgreSQL for a machine where nobody runs one: made of the machine's own PostgreSQL programs, in the data
//! folder, reached by a Unix socket in a folder that nobody else can open.
//!
//! It runs in a process group of its own, so that Ctrl-C reaches the server first. After a `kill -9` of the server it is
//! still there; the next start adopts it.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use sha2::{Digest, Sha256};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// The oldest PostgreSQL that will do.
const OLDEST: u32 = 15;
/// The longest path that fits into a socket's address, with the socket's own name.
const LONGEST_FOLDER: usize = 107 - "/.s.PGSQL.5432".len();

/// Why there is no private PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Its programs are not there.
    #[error(
        "PostgreSQL {OLDEST} or newer is not installed: try `apt-get install postgresql` or `brew install postgresql@16`, or set DATABASE_URL"
    )]
    NotInstalled,
    /// An account that it can run under is not there.
    #[error("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` to run it")]
    NoAccount,
    /// The account can't get at the folder.
    #[error("the user {user} that runs PostgreSQL can't reach {}: choose another --data-dir", folder.display())]
    OutOfReach {
        /// The account.
        user: String,
        /// The folder.
        folder: PathBuf,
    },
    /// Somebody else made the folder for the socket.
    #[error("{} is not a folder of ours alone: remove it", .0.display())]
    NotOurs(PathBuf),
    /// One of its programs failed.
    #[error("{program} failed: {message}")]
    Failed {
        /// Which.
        program: &'static str,
        /// What it said.
        message: String,
    },
    /// The file system refused.
    #[error("{}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It runs, but can't be used.
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
    /// Stops a throwaway one when this process is gone, however it went.
    watchdog: Option<Child>,
    /// Locked, shared, by each program that uses the data folder: the last one stops it.
    in_use: Option<File>,
}

/// An unprivileged account: PostgreSQL refuses to run as root.
#[derive(Debug, Clone)]
struct Account {
    name: String,
    uid: u32,
    gid: u32,
}

impl Embedded {
    /// Starts the PostgreSQL of a data folder, or adopts it when it runs already. Without a folder: `./data`, or
    /// `/var/lib/tidepool` when the account that has to run PostgreSQL can't reach that.
    pub async fn start(data_dir: Option<&Path>) -> Result<Self, EmbeddedError> {
        let account = Account::needed()?;
        let folder = match data_dir {
            Some(folder) => prepared(folder, account.as_ref())?,
            None => match prepared(Path::new("data"), account.as_ref()) {
                Err(EmbeddedError::OutOfReach { user, folder }) => {
                    let other = Path::new("/var/lib/tidepool");
                    tracing::warn!("{user} can't reach {}: the data is in {}", folder.display(), other.display());
                    prepared(other, account.as_ref())?
                }
                prepared => prepared?,
            },
        };
        // Two servers that start at once on one folder: the second finds the first one's PostgreSQL running.
        let _starting = lock(&folder.join("lock"), File::lock)?;
        let in_use = lock(&folder.join("in-use"), File::lock_shared)?;
        let settings =
            "-c shared_buffers=256MB -c max_connections=100 -c jit=off -c random_page_cost=1.1 -c timezone=UTC";
        let embedded = Self { in_use: Some(in_use), ..Self::new(account, &folder, settings)? };
        embedded.start_again()?;
        embedded.create_database().await?;
        Ok(embedded)
    }

    /// Starts an empty PostgreSQL for tests, quick rather than safe. It is stopped and removed when this process is gone.
    pub async fn start_throwaway() -> Result<Self, EmbeddedError> {
        Self::start_temporary("quick", "-c fsync=off -c synchronous_commit=off -c full_page_writes=off").await
    }

    /// Starts an empty PostgreSQL that keeps its word as a real one does, for benchmarks and for tests that kill it. It is
    /// stopped and removed when this process is gone.
    pub async fn start_durable_throwaway() -> Result<Self, EmbeddedError> {
        Self::start_temporary("durable", "").await
    }

    async fn start_temporary(name: &str, more: &str) -> Result<Self, EmbeddedError> {
        let account = Account::needed()?;
        // One process may want several.
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

    /// How to connect to it.
    pub fn connect_options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass().socket(&self.socket).port(5432);
        options.username("tidepool").database("tidepool").log_statements(tracing::log::LevelFilter::Trace)
    }

    /// The path of another of PostgreSQL's programs, of the version that runs: `pg_dump`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// Stops it: what is under way is rolled back, the rest is on the disk. Where another program uses it, it goes on;
    /// whether it was stopped.
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
        Ok(true)
    }

    /// Kills it, as a power cut would.
    pub fn kill(&self) -> Result<(), EmbeddedError> {
        self.pg_ctl(&["stop", "-m", "immediate", "-w"])
    }

    /// Starts it, unless it runs.
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

    /// Makes the cluster beside its place and moves it there, so that half a one is never taken for a whole.
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
        match sqlx::query("create database tidepool").execute(&mut connection).await {
            // 42P04: it is there.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P04") => Ok(()),
            created => created.map(|_| ()).map_err(EmbeddedError::from),
        }
    }

    /// A shell that waits for the end of our pipe to it, and then clears up.
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
        // What PostgreSQL inherits stays open as long as it runs: files, not pipes, which we would wait for.
        let told = self.cluster.with_file_name("programs.log");
        let open =
            |path: &Path| File::create(path).map_err(|source| EmbeddedError::Io { path: path.to_owned(), source });
        let output = open(&told)?;
        let errors = output.try_clone().map_err(|error| failed(error.to_string()))?;
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
        command.current_dir("/").env_remove("PGDATA").env("LC_ALL", "C");
        self.as_account(&mut command);
        let status = command.status().map_err(|error| failed(error.to_string()))?;
        if status.success() {
            return Ok(());
        }
        let told = fs::read_to_string(&told).unwrap_or_default();
        Err(failed(format!("{status}: {}", told.trim())))
    }

    fn as_account(&self, command: &mut Command) {
        if let Some(account) = &self.account {
            command.uid(account.uid).gid(account.gid);
        }
    }
}

/// A file, locked in some way for as long as it is kept.
fn lock(path: &Path, how: impl Fn(&File) -> io::Result<()>) -> Result<File, EmbeddedError> {
    let io = |source| EmbeddedError::Io { path: path.to_owned(), source };
    let file = File::create(path).map_err(io)?;
    how(&file).map_err(io)?;
    Ok(file)
}

impl Account {
    /// The account to run PostgreSQL under; `None`: our own.
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

/// The folder, made and given to the account.
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

/// A short folder for the socket, the same at each start, which nobody but the account can open.
fn socket_folder(data: &Path, account: Option<&Account>) -> Result<PathBuf, EmbeddedError> {
    let name = Sha256::digest(data.as_os_str().as_encoded_bytes());
    let name: String = name.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let folder = Path::new("/tmp").join(format!("tidepool-{name}"));
    debug_assert!(folder.as_os_str().len() <= LONGEST_FOLDER);
    let io = |source| EmbeddedError::Io { path: folder.clone(), source };
    match DirBuilder::new().mode(0o700).create(&folder) {
        Ok(()) => {
            if let Some(account) = account {
                chown(&folder, Some(account.uid), Some(account.gid)).map_err(io)?;
            }
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(io(error)),
    }
    // Not a link, and not somebody else's: they could stand between us and the database.
    let about = fs::symlink_metadata(&folder).map_err(io)?;
    let owner = match account {
        Some(account) => account.uid,
        None => fs::metadata(data).map_err(io)?.uid(),
    };
    if about.is_dir() && about.uid() == owner && about.permissions().mode() & 0o077 == 0 {
        Ok(folder)
    } else {
        Err(EmbeddedError::NotOurs(folder))
    }
}

/// Where PostgreSQL's programs are: in the path, where `pg_config` says, or where distributions put them.
fn programs() -> Result<PathBuf, EmbeddedError> {
    let mut places: Vec<PathBuf> = Vec::new();
    if let Ok(told) = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output() {
        places.push(PathBuf::from(String::from_utf8_lossy(&told.stdout).trim()));
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
        // The newest first.
        found.sort_by_key(|path| std::cmp::Reverse(version_in(path)));
        places.extend(found);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = places.into_iter().chain(std::env::split_paths(&path));
    // A link in the path leads to where the other programs are.
    let real = all.filter_map(|place| place.join("postgres").canonicalize().ok()?.parent().map(Path::to_owned));
    let whole = real.filter(|place| ["initdb", "pg_ctl"].iter().all(|program| place.join(program).exists()));
    whole.into_iter().find(|place| version_of(place) >= OLDEST).ok_or(EmbeddedError::NotInstalled)
}

/// The first number in a path: `/usr/lib/postgresql/15/bin` is 15.
fn version_in(path: &Path) -> u32 {
    let text = path.to_string_lossy().into_owned();
    let digits: String =
        text.chars().skip_while(|letter| !letter.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}

fn version_of(place: &Path) -> u32 {
    let told = Command::new(place.join("postgres")).arg("--version").output();
    told.map(|told| version_in(Path::new(&*String::from_utf8_lossy(&told.stdout)))).unwrap_or_default()
}
