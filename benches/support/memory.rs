//! The memory of this process.

/// In KB: the memory in use (`VmRSS`), or the peak (`VmHWM`).
pub fn memory(called: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let figure = status.lines().find_map(|line| line.strip_prefix(called)?.strip_prefix(':')).unwrap_or("0");
    figure.trim().split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
