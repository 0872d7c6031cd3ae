//! Looks for inputs that break `gomod_fuzz::modfile`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::modfile(data);
});
