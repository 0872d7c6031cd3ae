//! Looks for inputs that break `gomod_fuzz::go_import`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::go_import(data);
});
