#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tidepool::server::fuzz::file(bytes));
