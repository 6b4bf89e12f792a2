"""Polls: the application that Django's tutorial builds, on glasstack."""
