"""Tags that need the framework: `url` (always there), and the libraries `static` and `cache`."""
