//! Looks for inputs that break `gomod_fuzz::user_auth`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::user_auth(data);
});
