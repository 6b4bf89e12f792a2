# Every command sets itself up: a virtual environment in .venv, packages at locked versions.
#
#   make run     PORT=9000, DATABASE=postgres, DATABASE=postgresql://user:password@host/name

PYTHON   ?= python3
PORT     ?= 8000
DATABASE ?= sqlite

VENV := .venv/bin/python
# Three processes with a file of tests each, as many wait for something, unless all of them would use one database.
SIDE_BY_SIDE := $(if $(TEST_POSTGRES_URL),,-n 3 --dist loadfile)
export DATABASE

.PHONY: help run test check format bench bench-http bench-wsgi bench-templating bench-orm lock clean environment-run environment-dev \
	environment-bench

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: environment-run  ## the site with all the lessons, on http://127.0.0.1:8000/
	@$(VENV) -m lessons serve --port $(PORT)

test: environment-dev  ## all tests: units, properties, sockets, both databases, a browser
	@echo "Running the tests (a few minutes) ..."
	@# Hundreds of tests start a Python: each would compile what it imports for itself.
	@PYTHONDONTWRITEBYTECODE= $(VENV) -m compileall -q httpserver wsgi miniframework miniorm templating lessons tests
	@$(VENV) -m pytest $(SIDE_BY_SIDE) $(ARGS)

check: environment-dev  ## format, lint, types, import rules
	$(VENV) -m ruff format --check .
	$(VENV) -m ruff check .
	$(VENV) -m mypy
	@for folder in lessons/[0-9][0-9]-*/first/ lessons/[0-9][0-9]-*/experiments/; do ls $$folder*.py 2>/dev/null | tr '\n' ' '; echo; done | grep . \
		| xargs -P 2 -d '\n' -n 1 sh -c '$(VENV) -m mypy --no-error-summary $$0'
	$(VENV) -m pytest -q tests/test_house.py

format: environment-dev  ## put the code into the project's format
	$(VENV) -m ruff format .
	$(VENV) -m ruff check --fix .

bench: bench-http bench-wsgi bench-templating bench-orm  ## all benchmarks

bench-http: environment-bench  ## the server beside waitress, granian, Nginx ...; ARGS=--quick
	@$(VENV) -m tests.benchmarks.httpserver $(ARGS)

bench-wsgi: environment-bench  ## the gateway beside Gunicorn, with Django; ARGS=--quick
	@$(VENV) -m tests.benchmarks.wsgi $(ARGS)

bench-templating: environment-bench  ## templates beside Django, Jinja2, Mako; ARGS=--quick
	@$(VENV) -m tests.benchmarks.templating $(ARGS)

bench-orm: environment-bench  ## miniorm beside Django, Peewee, SQLAlchemy; ARGS=--quick
	@$(VENV) -m tests.benchmarks.orm $(ARGS)

lock: environment-dev  ## write requirements/*.txt anew from pyproject.toml
	$(VENV) -m pip install --quiet --disable-pip-version-check uv
	$(VENV) scripts/lock.py

clean:  ## remove the environment and what the tools made; var/ with your data stays
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

environment-run:
	@$(PYTHON) scripts/environment.py $(if $(filter postgres%,$(DATABASE)),postgres,run)

environment-dev:
	@$(PYTHON) scripts/environment.py dev

environment-bench: environment-dev
	@$(VENV) -m tests.benchmarks.peers
