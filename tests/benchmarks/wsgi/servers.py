"""The servers that are measured: how each is started, with the applications in programs/."""

from pathlib import Path

from tests.benchmarks.servers import Setting

PROGRAMS = Path(__file__).parent / "programs"

OURS = "{{python}} -m wsgi {} --bind {{address}} --log-level error"
DJANGO = "six_kinds:application"
COMMANDS = {
    "ours": OURS.format("hello:app"),
    "in process": "{python} in_process.py {port}",
    "ours, Django": OURS.format(DJANGO),
    "ours, Django, threads": OURS.format(f"{DJANGO} --threads 4"),
    "gunicorn, Django": (
        "{python} -m gunicorn --worker-class gthread --threads 4 --keep-alive 15"
        f" --log-level error --bind {{address}} {DJANGO}"
    ),
    "one worker": OURS.format(f"{DJANGO} --workers 1"),
    "two workers": OURS.format(f"{DJANGO} --workers 2"),
}
SETTING = Setting(PROGRAMS, COMMANDS, cores={"one worker": None, "two workers": None})
