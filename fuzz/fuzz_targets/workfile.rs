//! Looks for inputs that break `gomod_fuzz::workfile`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::workfile(data);
});
