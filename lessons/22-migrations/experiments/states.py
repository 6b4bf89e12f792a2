"""Two states, one step apart, and what they share: python experiments/states.py"""

import miniorm
from miniorm import migrations, models
from miniorm.migrations.state import ProjectState

miniorm.connect("sqlite:///:memory:")
key = ("id", models.BigAutoField(primary_key=True))
to_question = models.ForeignKey("polls.question", models.CASCADE)
votes = models.IntegerField(default=0)

old = ProjectState()
for made in (
    migrations.CreateModel("Question", [key, ("text", models.CharField(max_length=200))]),
    migrations.CreateModel("Choice", [key, ("question", to_question), ("votes", votes)]),
    migrations.CreateModel("Voter", [key, ("name", models.CharField(max_length=50))]),
):
    old = made.state_forwards("polls", old)
new = migrations.RenameField("choice", "votes", "score").state_forwards("polls", old)

for name, field in old.get("polls", "Choice").fields.items():
    print(f"{name}: {field}")
print("old:", *old.get("polls", "Choice").fields)
print("new:", *new.get("polls", "Choice").fields)
for model in ("Question", "Choice", "Voter"):
    states = [state.get("polls", model) for state in (old, new)]
    classes = [state.model_class("polls", model) for state in (old, new)]
    print(model, "shares its state:", states[0] is states[1], end="; ")
    print("its class:", classes[0] is classes[1])
print(old.model_class("polls", "Choice").__module__)
