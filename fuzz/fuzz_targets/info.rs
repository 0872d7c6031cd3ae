//! Looks for inputs that break `gomod_fuzz::info`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::info(data);
});
