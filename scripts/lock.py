"""Write requirements/*.txt: the exact versions of everything that an extra of pyproject.toml needs.

Used by `make lock`. One file serves all supported Pythons (markers say where they differ).
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = {"run": ["lessons"], "postgres": ["lessons", "postgres"], "dev": ["dev"]}

for name, extras in EXTRAS.items():
    command = [
        sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--upgrade",
        "--python-version", "3.11", "--no-header", "--no-annotate", "pyproject.toml",
        "--output-file", f"requirements/{name}.txt",
    ]  # fmt: skip
    # Where a PostgreSQL is started for the site, its programs may have to come along.
    if name == "postgres":
        command.insert(command.index("pyproject.toml"), "requirements/postgres.in")
    for extra in extras:
        command += ["--extra", extra]
    print(f"requirements/{name}.txt")
    subprocess.run(command, cwd=ROOT, check=True)
