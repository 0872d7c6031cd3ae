//! Layer 2: the disk.
