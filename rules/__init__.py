"""The rules: bytes and values in, findings out. No files, no network, no clock, no printing."""
