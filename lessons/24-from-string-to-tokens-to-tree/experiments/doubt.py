"""Templates that are a little unusual: what the first version makes of them, and what the real
engine says."""

import runpy
from pathlib import Path

from templating import Engine, TemplateSyntaxError

FIRST = Path(__file__).parent.parent / "first" / "render.py"
render = runpy.run_path(str(FIRST))["render"]
CONTEXT = {"question": {"text": "Tea?", "votes": 7, "note": "", "open": False}}

DOUBTFUL = [
    '{{ question.note|default:"yes | no" }}',
    "{{ question.text | upper }}",
    '{{ "Tea?"|upper }}',
    "{{ question.text|uper }}",
    "{% if question.open %}Vote now!{% endif %}",
    "{% if question.open %}Vote now!",
    "{% verbatim %}{{ question.text }}{% endverbatim %}",
]


def first_version(text: str) -> str:
    try:
        return repr(render(text, CONTEXT))
    except Exception as error:
        return f"crashes: {type(error).__name__}: {error}"


def real_engine(text: str) -> str:
    try:
        return repr(str(Engine().from_string(text).render(CONTEXT)))
    except TemplateSyntaxError as error:
        return error.message


for text in DOUBTFUL:
    print(text)
    print("   first version  ", first_version(text))
    print("   real engine    ", real_engine(text))
