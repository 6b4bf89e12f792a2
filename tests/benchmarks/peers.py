"""Install what the benchmarks compare with: the extra `bench` of pyproject.toml.

Used by the Makefile:  .venv/bin/python -m tests.benchmarks.peers

They are no part of the locked environment: nothing but a benchmark needs them. What is there
already stays as it is; what cannot be had only costs its rows.
"""

import importlib.metadata
import re
import subprocess
import sys
import tomllib

from tests.processes import ROOT


def main() -> int:
    missing = [requirement for requirement in extra("bench") if not is_installed(requirement)]
    if not missing:
        return 0
    print(f"Installing what to compare with, once: {', '.join(missing)} ...", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # The locked versions are constraints, so that the tests' own packages stay what they are.
    locked = str(ROOT / "requirements" / "dev.txt")
    if subprocess.call([*command, "--constraint", locked, *missing]) != 0:
        print("pip could not install them; its reason stands above. Their rows are left out.")
    return 0


def extra(name: str) -> list[str]:
    """What the extra asks for, beyond our own other extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    requirements: list[str] = project["optional-dependencies"][name]
    return [each for each in requirements if not each.startswith("glasstack[")]


def is_installed(requirement: str) -> bool:
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None, requirement
    try:
        importlib.metadata.version(found[0])
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
