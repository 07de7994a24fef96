//! Processor time.

use sqlx::PgPool;

/// Processor time, in ms: of this process, and of PostgreSQL.
#[derive(Clone, Copy, Default)]
pub struct Cpu {
    pub server: f64,
    pub postgres: f64,
}

impl Cpu {
    /// The processor time used until now.
    pub async fn now(db: &PgPool) -> Self {
        let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(db).await.expect("PostgreSQL runs");
        let postmaster = Process::read(&backend.to_string()).map_or(0, |backend| backend.parent);
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = processes.filter_map(|entry| Process::read(entry.file_name().to_str()?));
        let of_postgres = processes.filter(|process| process.id == postmaster || process.parent == postmaster);
        let postgres = of_postgres.map(|process| process.used).sum();
        Self { server: Process::read("self").map_or(0.0, |process| process.used), postgres }
    }

    /// The processor time used since then, divided by the number of operations.
    pub async fn for_each(&self, db: &PgPool, things: usize) -> Self {
        let (now, things) = (Self::now(db).await, things as f64);
        Self { server: (now.server - self.server) / things, postgres: (now.postgres - self.postgres) / things }
    }
}

struct Process {
    id: u32,
    parent: u32,
    /// With its children that have ended, in ms.
    used: f64,
}

impl Process {
    fn read(name: &str) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
        let (before, behind) = stat.rsplit_once(')')?;
        let fields: Vec<_> = behind.split_whitespace().collect();
        // Hundredths of a second: utime, stime, cutime, cstime.
        let used: f64 = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
        Some(Self { id: before.split(' ').next()?.parse().ok()?, parent: fields[1].parse().ok()?, used: used * 10.0 })
    }
}
