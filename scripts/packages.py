"""Print the packages for pyproject.toml: every folder of ours with an __init__.py.

tests/test_house.py compares them; this saves the typing.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ("httpserver", "wsgi", "miniframework", "miniorm", "templating", "lessons")

for name in HOUSE:
    for path in sorted(path.parent for path in (ROOT / name).rglob("__init__.py")):
        print(f'    "{".".join(path.relative_to(ROOT).parts)}",')
