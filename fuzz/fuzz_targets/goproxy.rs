//! Looks for inputs that break `gomod_fuzz::goproxy`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gomod_fuzz::goproxy(data);
});
