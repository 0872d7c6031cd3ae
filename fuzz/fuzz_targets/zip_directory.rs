//! Looks for inputs that break `gomod_fuzz::zip_directory`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::zip_directory(data);
});
