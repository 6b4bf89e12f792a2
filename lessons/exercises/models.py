"""Progress, in the site's database: which exercises are begun, tried, and done.

The commands write it (through `store`), the reader shows it. There is one learner to a
database.
"""

from typing import Any

from miniframework.utils import timezone
from miniorm import models


class ProgressManager(models.Manager):
    """What the commands and the reader ask for, by its name."""

    def done(self) -> Any:
        return self.filter(done_at__isnull=False)

    def open(self) -> Any:
        """Begun and not done."""
        return self.filter(done_at__isnull=True)

    def since(self, moment: Any) -> Any:
        """What changed after that moment, the oldest change first."""
        return self.filter(changed_at__gt=moment).order_by("changed_at", "pk")

    def done_slugs(self) -> set[str]:
        return set(self.done().values_list("exercise", flat=True))


class Progress(models.Model):
    """How far one exercise is. `passed` and `total` count the tests of the last check."""

    exercise: Any = models.CharField(max_length=100, unique=True)
    chapter: Any = models.CharField(max_length=100)
    passed: Any = models.IntegerField(default=0)
    total: Any = models.IntegerField(default=0)
    attempts: Any = models.IntegerField(default=0)
    hints: Any = models.IntegerField(default=0)
    started_at: Any = models.DateTimeField()
    changed_at: Any = models.DateTimeField()
    done_at: Any = models.DateTimeField(null=True)

    objects = ProgressManager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "progress"

    def __str__(self) -> str:
        return f"{self.exercise}: {self.passed} of {self.total}"

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


class Attempt(models.Model):
    """One check of one exercise, and how it ended ("green", "red", "broken")."""

    progress: Any = models.ForeignKey(Progress, on_delete=models.CASCADE)
    at: Any = models.DateTimeField(default=timezone.now)
    mood: Any = models.CharField(max_length=10)
    passed: Any = models.IntegerField(default=0)
    total: Any = models.IntegerField(default=0)
    seconds: Any = models.FloatField(default=0.0)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.progress.exercise} {self.mood}: {self.passed} of {self.total}"
