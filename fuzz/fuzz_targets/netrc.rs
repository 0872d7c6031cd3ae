//! Looks for inputs that break `gomod_fuzz::netrc`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::netrc(data);
});
