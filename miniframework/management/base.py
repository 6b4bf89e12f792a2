"""What a management command is.

Django: https://docs.djangoproject.com/en/5.2/howto/custom-management-commands/
"""

import sys
from argparse import ArgumentParser
from typing import Any, TextIO


class CommandError(Exception):
    """What went wrong, as a sentence for the person at the terminal: exit status 1."""

    def __init__(self, *args: Any, returncode: int = 1) -> None:
        super().__init__(*args)
        self.returncode = returncode


class Output:
    """A stream on which every `write` is a line."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, message: str = "", ending: str = "\n") -> None:
        self.stream.write(message if message.endswith(ending) else message + ending)
        self.stream.flush()

    def isatty(self) -> bool:
        return self.stream.isatty()


class Style:
    """`style.SUCCESS("done")`: colours, where somebody sees them."""

    COLOURS = {"SUCCESS": "32", "WARNING": "33", "ERROR": "31", "NOTICE": "36", "HEADING": "1"}

    def __init__(self, colours: bool) -> None:
        self.colours = colours

    def __getattr__(self, name: str) -> Any:
        code = self.COLOURS.get(name)
        if code is None:
            raise AttributeError(f"There is no style {name!r}: {', '.join(self.COLOURS)}.")
        return lambda text: f"\x1b[{code}m{text}\x1b[0m" if self.colours else str(text)


class BaseCommand:
    """Subclass it as `Command`, describe it in `help`, do the work in `handle`."""

    help = ""
    requires_project = True  # whether settings must be loaded first

    def __init__(self, stdout: TextIO | None = None, stderr: TextIO | None = None) -> None:
        self.stdout = Output(stdout or sys.stdout)
        self.stderr = Output(stderr or sys.stderr)
        self.style = Style(self.stdout.isatty())

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's own arguments, in the manner of argparse."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Do it. A returned string is printed; CommandError ends with its sentence."""
        raise NotImplementedError(f"{type(self).__module__}.Command has no handle().")

    def create_parser(self, prog_name: str, subcommand: str) -> ArgumentParser:
        parser = ArgumentParser(prog=f"{prog_name} {subcommand}", description=self.help or None)
        parser.add_argument("--settings", help="the settings module, dotted: mysite.settings")
        parser.add_argument("--pythonpath", help="a folder to import from, before all others")
        parser.add_argument(
            "--traceback", action="store_true", help="show where an error came from"
        )
        parser.add_argument("-v", "--verbosity", type=int, choices=range(4), default=1)
        self.add_arguments(parser)
        return parser

    def execute(self, **options: Any) -> str | None:
        output = self.handle(*options.pop("args", ()), **options)
        if output:
            self.stdout.write(output)
        return output
