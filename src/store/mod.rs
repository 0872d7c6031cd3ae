//! Layer 2: the disk.

pub mod unzip;
