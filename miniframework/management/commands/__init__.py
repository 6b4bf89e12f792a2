"""The framework's own commands, a module each."""
