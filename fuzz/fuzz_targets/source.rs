//! Looks for inputs that break `gomod_fuzz::source`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::source(data);
});
