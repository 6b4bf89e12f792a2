"""The six kinds of request of the TechEmpower benchmarks, with Django on SQLite.

The settings are those of its Django entry: no middleware, connections that stay open.
`python six_kinds.py` makes the database in the folder BENCHMARK_FOLDER.
"""

import os
import random
from pathlib import Path

import django
from django.conf import settings

FOLDER = Path(os.environ["BENCHMARK_FOLDER"])
ROWS = 10_000
MOST = 500

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="for benchmarks only",
    MIDDLEWARE=[],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FOLDER / "six_kinds.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # A writer waits for its turn; the disk is not what is measured.
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
            },
        }
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402


class World(models.Model):
    randomnumber = models.IntegerField()

    class Meta:
        app_label = "six_kinds"


class Fortune(models.Model):
    message = models.CharField(max_length=2048)

    class Meta:
        app_label = "six_kinds"


PAGE = engines["django"].from_string(
    "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
    "<tr><th>id</th><th>message</th></tr>"
    "{% for fortune in fortunes %}"
    "<tr><td>{{ fortune.id }}</td><td>{{ fortune.message }}</td></tr>"
    "{% endfor %}</table></body></html>"
)


def plaintext(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello, World!", content_type="text/plain")


def json(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"message": "Hello, World!"})


def db(request: HttpRequest) -> HttpResponse:
    return JsonResponse(told(some_world()))


def queries(request: HttpRequest) -> HttpResponse:
    return JsonResponse([told(some_world()) for _ in range(how_many(request))], safe=False)


def updates(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        worlds = [some_world() for _ in range(how_many(request))]
        for world in worlds:
            world.randomnumber = some_number()
        World.objects.bulk_update(worlds, ["randomnumber"])
    return JsonResponse([told(world) for world in worlds], safe=False)


def fortunes(request: HttpRequest) -> HttpResponse:
    them = list(Fortune.objects.all())
    them.append(Fortune(id=0, message="Additional fortune added at request time."))
    them.sort(key=lambda fortune: fortune.message)
    return HttpResponse(PAGE.render({"fortunes": them}))


def some_number() -> int:
    return random.randint(1, ROWS)


def some_world() -> World:
    return World.objects.get(id=some_number())


def told(world: World) -> dict[str, int]:
    return {"id": world.pk, "randomNumber": world.randomnumber}


def how_many(request: HttpRequest) -> int:
    asked = request.GET.get("queries", "1")
    return min(max(int(asked), 1), MOST) if asked.isdecimal() else 1


urlpatterns = [
    path("", plaintext),
    path("plaintext", plaintext),
    path("json", json),
    path("db", db),
    path("queries", queries),
    path("fortunes", fortunes),
    path("updates", updates),
]
application = get_wsgi_application()


def make_database() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(World)
        editor.create_model(Fortune)
    World.objects.bulk_create(World(id=n, randomnumber=some_number()) for n in range(1, ROWS + 1))
    messages = [f"A computer scientist is someone who fixes things, part {n}" for n in range(11)]
    messages.append("<script>alert('This should not be run.')</script> フレームワーク")
    Fortune.objects.bulk_create(Fortune(message=message) for message in messages)


if __name__ == "__main__":
    make_database()
