//! Looks for inputs that break `gomod_fuzz::tree`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::tree(data);
});
