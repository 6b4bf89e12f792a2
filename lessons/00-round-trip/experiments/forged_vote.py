"""A vote that another site sends in your name, with the guard of step 3 and without it."""

import os
import tempfile

os.environ["MINIFRAMEWORK_SETTINGS_MODULE"] = "lessons.settings"
os.environ["GLASSTACK_VAR"] = tempfile.mkdtemp()
os.environ["DATABASE"] = "sqlite"

from lessons.site import prepare_database, set_up

set_up()
prepare_database()

from lessons.polls.models import Choice
from miniframework.conf import settings
from miniframework.http import HttpResponseBase
from miniframework.test import Client
from miniframework.test.settings import override_settings

GUARD = "miniframework.middleware.csrf.CsrfViewMiddleware"


def forged_vote() -> HttpResponseBase:
    """What your browser sends when a page elsewhere has a form that points here."""
    client = Client(enforce_csrf_checks=True, HTTP_HOST="localhost")
    answer: HttpResponseBase = client.post(
        "/polls/1/vote/", {"choice": "1"}, HTTP_ORIGIN="https://evil.example"
    )
    return answer


def votes() -> int:
    return int(Choice.objects.get(pk=1).votes)


print("guard on: ", forged_vote().status_code, "votes:", votes())
without = [name for name in settings.MIDDLEWARE if name != GUARD]
with override_settings(MIDDLEWARE=without):
    print("guard off:", forged_vote().status_code, "votes:", votes())
