//! Layer 1: trust without I/O.
