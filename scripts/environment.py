"""Make the project's own virtual environment, .venv, and fill it; at once where it is there.

Used by the Makefile:  python3 scripts/environment.py run|postgres|dev

This file must be readable to any Python, however old, because the first thing it does
is to say in a sentence when the one at hand is too old.
"""

from __future__ import print_function

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
OLDEST = (3, 11)
PURPOSES = {
    "run": "the lessons",
    "postgres": "the lessons on PostgreSQL",
    "dev": "the tests and checks",
}
# A set contains those before it, so that `make run` after `make test` has nothing to do.
CONTAINS = {"run": ["run", "postgres", "dev"], "postgres": ["postgres", "dev"], "dev": ["dev"]}


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in PURPOSES:
        return "usage: environment.py " + "|".join(sorted(PURPOSES))
    if sys.platform == "win32":
        return "glasstack runs on Linux and macOS. On Windows, use WSL: https://aka.ms/wsl"
    if sys.version_info < OLDEST:
        return hand_over_to_newer(arguments)
    name = arguments[0]
    if any(is_filled(each) for each in CONTAINS[name]):
        return None
    return make_venv() or fill(name)


def hand_over_to_newer(arguments):
    """Go on under a newer Python where the machine has one beside this."""
    for minor in (13, 12, 11):
        command = ["python3.%d" % minor, os.path.abspath(__file__)] + arguments
        try:
            works = subprocess.call([command[0], "-c", ""], stderr=subprocess.PIPE) == 0
        except OSError:
            continue
        if works:
            return subprocess.call(command) or None
    return (
        "glasstack needs Python 3.11 or later, and `%s` is %d.%d. Install a newer one (Debian and"
        " Ubuntu: apt install python3 on a current release; macOS: brew install python), or say"
        " which to use: make run PYTHON=/path/to/python3.12"
        % ((sys.executable,) + tuple(sys.version_info[:2]))
    )


def make_venv():
    # A folder that was moved, or half made, has a python that does not start.
    if os.path.exists(PYTHON) and subprocess.call([PYTHON, "-c", "import pip"]) == 0:
        return None
    try:
        import ensurepip  # noqa: F401  (Debian ships venv without it, in a package of its own)
        import venv  # noqa: F401
    except ImportError:
        return (
            "this Python has no working venv module, so no environment of the project's own can"
            " be made. Debian and Ubuntu: apt install python%d.%d-venv. The five layers need"
            " nothing installed, so meanwhile this works: python3 -m httpserver ."
            % tuple(sys.version_info[:2])
        )
    say("Making a virtual environment in .venv (once) ...")
    if subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
        return "the virtual environment could not be made; the reason stands above"
    return None


def fill(name):
    say("Installing what %s need, at the versions in requirements/%s.txt (once) ..."
        % (PURPOSES[name], name))  # fmt: skip
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call(command + ["-r", requirements(name)]) != 0:
        return (
            "pip could not install them; its reason stands above. Without a network the five"
            " layers still run on Python alone: python3 -m httpserver ."
        )
    point_to_sources()
    with open(stamp(name), "w") as file:
        file.write(fingerprint(name))
    say("Done.")
    return None


def point_to_sources():
    """Let `python -m lessons` work in every folder, by a path file (docs.python.org: site)."""
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    folder = subprocess.check_output([PYTHON, "-c", where]).decode().strip()
    with open(os.path.join(folder, "glasstack.pth"), "w") as file:
        file.write(ROOT + "\n")


def is_filled(name):
    try:
        with open(stamp(name)) as file:
            return file.read() == fingerprint(name) and os.access(PYTHON, os.X_OK)
    except (OSError, IOError):
        return False


def requirements(name):
    return os.path.join(ROOT, "requirements", name + ".txt")


def stamp(name):
    return os.path.join(VENV, "filled-" + name)


def fingerprint(name):
    # The path is part of it: a virtual environment does not survive being moved.
    with open(requirements(name), "rb") as file:
        return hashlib.sha256(file.read() + VENV.encode()).hexdigest()


def say(text):
    print(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
