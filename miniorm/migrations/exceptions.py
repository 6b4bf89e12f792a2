"""What can go wrong with migrations, by name. In Django: `django.db.migrations.exceptions`."""


class MigrationError(Exception):
    """A sentence for whoever runs the command."""


class AmbiguityError(MigrationError):
    """More than one migration begins like that."""


class BadMigrationError(MigrationError):
    """A file among the migrations is none."""


class CircularDependencyError(MigrationError):
    """Migrations wait for each other."""


class InconsistentMigrationHistory(MigrationError):
    """A migration is applied, and one that it needs is not."""


class NodeNotFoundError(MigrationError):
    """A migration needs one that there is not."""


class IrreversibleError(MigrationError):
    """A migration cannot be undone: a step of it knows no way back."""
