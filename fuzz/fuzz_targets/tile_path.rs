//! Looks for inputs that break `gomod_fuzz::tile_path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::tile_path(data);
});
