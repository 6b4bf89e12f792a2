"""makemigrations for the polls, with the answers already given: python ask.py [y|n|...]..."""

import sys
from importlib import import_module

from miniorm import connect
from miniorm.migrations.commands import makemigrations
from miniorm.migrations.questioner import InteractiveQuestioner

answers = iter(sys.argv[1:])


def ask(question: str) -> str:
    answer = next(answers)
    print(question + answer)
    return answer


connect("sqlite:///polls.db", apps={"polls": "polls"})
import_module("polls.models")
makemigrations(["polls"], asking=InteractiveQuestioner(ask))
