#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| tidepool::server::fuzz::cursor(text));
