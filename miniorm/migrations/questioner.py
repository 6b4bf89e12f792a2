"""What cannot be known and must be asked: was this renamed, and what do old rows get?

In Django: `django.db.migrations.questioner`.
"""

import datetime
import sys
from collections.abc import Callable
from typing import Any

from miniorm.fields import NOT_PROVIDED
from miniorm.migrations.exceptions import MigrationError


class MigrationQuestioner:
    """Answers by itself: nothing is renamed, no default is made up."""

    def ask_rename_model(self, old: Any, new: Any) -> bool:
        return False

    def ask_rename(self, model_name: str, old_name: str, new_name: str, field: Any) -> bool:
        return False

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        """A value for the rows that are there, or NOT_PROVIDED."""
        return NOT_PROVIDED

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        return NOT_PROVIDED

    def refused(self, why: str) -> None:
        """The value that was answered will not do; after this it is asked for again."""
        raise MigrationError(f"Nothing was written: {why}")

    def ask_merge(self, app_label: str) -> bool:
        return False


class NonInteractiveQuestioner(MigrationQuestioner):
    """Nobody is there to ask: what only a person can say ends it with a sentence."""

    def __init__(self, tell: Callable[[str], Any] = print) -> None:
        self.tell = tell

    def ask_rename_model(self, old: Any, new: Any) -> bool:
        raise MigrationError(_looks_like_a_rename(f"the model {old.label}", new.name))

    def ask_rename(self, model_name: str, old_name: str, new_name: str, field: Any) -> bool:
        raise MigrationError(_looks_like_a_rename(f"{model_name}.{old_name}", new_name))

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        raise MigrationError(
            f"{model_name}.{field_name} is new and may not be NULL, so the rows that are there "
            "need a value: give the field a default or null=True, or run makemigrations where it "
            "can ask."
        )

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        # There may be no such rows, or a step written by hand fills them: as in Django it goes on.
        self.tell(
            f"{model_name}.{field_name} may not be NULL any more, and this gives the rows where it "
            "is no value: migrate fails while there are any. Fill them by a step before it, or run "
            "makemigrations where it can ask."
        )
        return NOT_PROVIDED

    def ask_merge(self, app_label: str) -> bool:
        return True


def _looks_like_a_rename(old: str, new: str) -> str:
    return (
        f"{old[0].upper()}{old[1:]} is gone and {new}, which is the same, is new: that looks like "
        "a rename. Run makemigrations at a terminal, where it can ask. (If what is in the database "
        "may go, take the old one out first, and make the new one by a second makemigrations.)"
    )


class InteractiveQuestioner(MigrationQuestioner):
    """Asks at the terminal."""

    def __init__(
        self, ask: Callable[[str], str] = input, tell: Callable[[str], Any] = print
    ) -> None:
        self.ask = ask
        self.tell = tell

    def ask_rename_model(self, old: Any, new: Any) -> bool:
        return self._yes(f"Was the model {old.label} renamed to {new.name}? [y/N] ")

    def ask_rename(self, model_name: str, old_name: str, new_name: str, field: Any) -> bool:
        kind = field.path.rpartition(".")[2]
        names = f"{model_name}.{old_name} renamed to {model_name}.{new_name}"
        return self._yes(f"Was {names} (a {kind})? [y/N] ")

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        self.tell(
            f"{model_name}.{field_name} is new and may not be NULL. What do the rows get that are "
            "there?\n 1) a value that I type now, for them only\n 2) quit, to give the field a "
            "default in models.py"
        )
        if self._choice(2) == 2:
            raise MigrationError("Nothing was written.")
        return self._value()

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        self.tell(
            f"{model_name}.{field_name} may not be NULL any more. What do the rows get where it "
            "is?\n 1) a value that I type now, for them only\n 2) none: there are no such rows, "
            "or a step of my own fills them\n 3) quit, to give the field a default in models.py"
        )
        choice = self._choice(3)
        if choice == 3:
            raise MigrationError("Nothing was written.")
        return NOT_PROVIDED if choice == 2 else self._value()

    def refused(self, why: str) -> None:
        self.tell(why)

    def ask_merge(self, app_label: str) -> bool:
        return self._yes(
            f"Merge these migrations of {app_label}? Their steps must not collide. [y/N] "
        )

    def _yes(self, question: str) -> bool:
        return self.ask(question).strip().lower().startswith("y")

    def _choice(self, count: int) -> int:
        while True:
            answer = self.ask(f"Which (1 to {count})? ").strip()
            if answer.isdigit() and 1 <= int(answer) <= count:
                return int(answer)

    def _value(self) -> Any:
        """A Python expression that the person types; `datetime` and `timezone` are at hand."""
        self.tell('Type it as Python, as "text", 0 or datetime.date(2024, 5, 1); "exit" quits.')
        names = {"datetime": datetime, "timezone": _Timezone}
        while True:
            typed = self.ask(">>> ").strip()
            if typed == "exit":
                raise MigrationError("Nothing was written.")
            try:
                return eval(typed, {}, names)  # noqa: S307 (typed by whoever owns the code)
            except Exception as error:
                self.tell(f"That is no value: {error}")


class _Timezone:
    @staticmethod
    def now() -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)


def questioner(interactive: bool, tell: Callable[[str], Any] = print) -> MigrationQuestioner:
    """The one that asks, where somebody is at the terminal."""
    if interactive and sys.stdin is not None and sys.stdin.isatty():
        return InteractiveQuestioner()
    return NonInteractiveQuestioner(tell)
