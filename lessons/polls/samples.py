"""A few questions to vote on, for a database that is still empty."""

from datetime import timedelta

from lessons.polls.models import Question
from miniframework.utils import timezone
from miniorm import transaction

SAMPLES = {
    "What did you have for breakfast?": ["Bread", "Porridge", "Just coffee", "Nothing yet"],
    "Which step of the trip is the most mysterious?": [
        "Bytes on a socket",
        "environ and start_response",
        "The middleware onion",
        "From a queryset to SQL",
        "From a template to a page",
    ],
    "Tabs or spaces?": ["Tabs", "Spaces", "Whatever the formatter says"],
}


def add_samples() -> int:
    """Put the sample questions in, unless there are questions already. How many were added."""
    with transaction.atomic():
        if Question.objects.exists():
            return 0
        now = timezone.now()
        for age, (text, answers) in enumerate(SAMPLES.items()):
            question = Question.objects.create(
                question_text=text, pub_date=now - timedelta(minutes=age)
            )
            for answer in answers:
                question.choice_set.create(choice_text=answer)
        return len(SAMPLES)
