"""What may be put around a view."""
