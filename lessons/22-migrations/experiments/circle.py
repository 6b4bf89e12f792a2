"""Two apps that point at each other: python experiments/circle.py"""

import miniorm
from miniorm import models
from miniorm.migrations.autodetector import MigrationAutodetector
from miniorm.migrations.graph import MigrationGraph
from miniorm.migrations.state import ProjectState


class Poll(models.Model):
    best = models.ForeignKey("people.Voter", models.SET_NULL, null=True)

    class Meta:
        app_label = "polls"


class Voter(models.Model):
    poll = models.ForeignKey(Poll, models.CASCADE)

    class Meta:
        app_label = "people"


miniorm.connect("sqlite:///:memory:")
detector = MigrationAutodetector(ProjectState(), ProjectState.from_models([Poll, Voter]))
found = [each for some in detector.changes(MigrationGraph()).values() for each in some]
for migration in found:
    needs = ", ".join(".".join(key) for key in migration.dependencies) or "nothing"
    print(f"{migration} needs {needs}:")
    print(*(f"    {operation.describe()}" for operation in migration.operations), sep="\n")
graph = MigrationGraph(found)
print("forward:", " ".join(".".join(key) for key in graph.order()))
print("back:", " ".join(".".join(key) for key in graph.backwards_order(found[0].key)))
