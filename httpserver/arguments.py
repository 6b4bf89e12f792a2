"""A command line that helps whoever mistypes it.

Before the trip: `python -m httpserver --help`. For all commands that serve.
"""

import argparse
from collections.abc import Mapping
from typing import NoReturn

from httpserver.suggest import did_you_mean


class ArgumentParser(argparse.ArgumentParser):
    """Names the option that was likely meant, or what there is instead of those in `not_here`."""

    not_here: Mapping[str, str] = {}

    def error(self, message: str) -> NoReturn:
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message:
            word = unknown.split()[0].partition("=")[0]
            why = [self.not_here[each] for each in self.not_here if word.startswith(each)]
            hint = f" {why[0]}" if why else did_you_mean(word, self._option_string_actions)
            message = f"there is no {word}.{hint}"
            if not word.startswith("-"):
                message = f"{word!r} is a word too many"
        super().error(message)
