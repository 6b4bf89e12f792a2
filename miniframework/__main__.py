"""`python -m miniframework startproject NAME`: the framework's command line.

It takes every command that manage.py does; those that need a project are told which by
--settings or by the variable MINIFRAMEWORK_SETTINGS_MODULE.
"""

import sys

if sys.version_info < (3, 11):  # said here, before the imports below fail on it
    sys.exit(f"glasstack needs Python 3.11 or later; this is {sys.version.split()[0]}.")

from collections.abc import Sequence

from miniframework.management.run import run


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return run(["miniframework", *arguments], prog="python -m miniframework")
    except SystemExit as left:
        # argparse leaves this way: with 0 after --help, with 2 and a usage line otherwise.
        if left.code is None or isinstance(left.code, int):
            return left.code or 0
        print(left.code, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
