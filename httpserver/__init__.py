"""The Nginx layer."""
