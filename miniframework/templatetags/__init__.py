"""The tags that need the framework: `url` (always there), and the library `static`."""
