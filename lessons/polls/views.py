"""The views of the polls, two as classes and two as functions: step 5 of the trip."""

from lessons.polls.models import Choice, Question
from miniframework.http import HttpResponseRedirect
from miniframework.shortcuts import get_object_or_404, render
from miniframework.urls import reverse
from miniframework.views.decorators.http import require_POST
from miniframework.views.generic import DetailView, ListView
from miniorm.models import F


class IndexView(ListView):
    """The newest questions."""

    template_name = "polls/index.html"
    context_object_name = "questions"

    def get_queryset(self):
        return Question.objects.published()[:20]


class ResultsView(DetailView):
    """How the votes stand."""

    template_name = "polls/results.html"

    def get_queryset(self):
        return Question.objects.published()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        choices = list(self.object.choice_set.all())
        total = sum(choice.votes for choice in choices)
        for choice in choices:
            choice.percent = round(100 * choice.votes / total) if total else 0
        return {**context, "choices": choices, "total": total}


def detail(request, question_id):
    """One question and the form to vote on it."""
    question = get_object_or_404(Question.objects.published(), pk=question_id)
    return render(request, "polls/detail.html", {"question": question, "error_message": ""})


@require_POST
def vote(request, question_id):
    """Count one vote, then send the browser to the results.

    The redirect is what keeps a reload of the results from voting again.
    """
    question = get_object_or_404(Question.objects.published(), pk=question_id)
    try:
        choice = question.choice_set.get(pk=request.POST["choice"])
    except (KeyError, ValueError, Choice.DoesNotExist):
        context = {"question": question, "error_message": "Please choose one of the answers."}
        return render(request, "polls/detail.html", context, status=400)
    # F: the database adds one to what is there *then*. `choice.votes += 1` would add it
    # to what was there when we read, and two voters at once would count as one.
    choice.votes = F("votes") + 1
    choice.save(update_fields=["votes"])
    return HttpResponseRedirect(reverse("polls:results", args=[question.pk]))
