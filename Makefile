# The targets that carry a comment are listed by `make help`.
PYTHON ?= python3
PY := .venv/bin/python
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test fast lint lock pictures publications bench drill run-packages dev-packages

# Every process would compile every module again: there are hundreds of both in a run of the tests.
export PYTHONDONTWRITEBYTECODE :=

# Nothing is read from, or left in, the var/ of whoever works here.
ON_SQLITE := DATABASE_URL=sqlite://:memory: REDIS_URL=
# Tests that share what they set up stay together.
PYTEST := $(PY) -m pytest -n 2 --dist worksteal

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: run-packages ## start the whole site here: http://127.0.0.1:8000, or PORT=…
	@exec $(PY) -m config.embedded

test: lint ## check everything: on SQLite, then on PostgreSQL with Redis and a real worker
	@$(PY) -m tests.prepare
	$(ON_SQLITE) $(PYTEST)
	$(PY) -m tests.servers $(PYTEST)

fast: dev-packages ## the tests without browser, servers, sample and whole journeys: two minutes
	$(ON_SQLITE) $(PYTEST) --no-migrations --ignore=tests/features --ignore=tests/faults --ignore=tests/checks --ignore=tests/upgrades --ignore=tests/newsletter/sample

lint: export DATABASE_URL = sqlite://:memory:
lint: export SECRET_KEY = lint
lint: export LINK_KEY = lint
lint: dev-packages ## style, types, who imports whom, migrations, templates, compose file
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) manage.py check
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) -m djlint --lint --quiet templates
	$(PY) -m check_jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: dev-packages ## measure speed and memory; ONLY=freeze N=100000 for one of them at one size
	@$(PY) -m tests.prepare
	@$(PY) -m bench

drill: dev-packages ## break things during a mailing, and count: ONLY=sigkill N=20000 SEED=1 for one of them
	@$(PY) -m tests.prepare
	@$(PY) -m tests.faults

pictures: dev-packages ## take the README's pictures anew
	@$(PY) -m tests.prepare
	$(PY) -m docs.pictures.take

publications: dev-packages ## make two publications at the desk, as an editor would, and take pictures
	@$(PY) -m tests.prepare
	$(PY) -m docs.pictures.publications

lock: dev-packages ## write requirements/*.txt anew from pyproject.toml
	requirements/lock.sh

# A lock file is copied into .venv once its packages are installed: what is the same is there.
run-packages: $(PY)
	@cmp -s requirements/run.txt .venv/run.txt || { \
	  echo "Installing the packages of requirements/run.txt …"; \
	  $(INSTALL) -r requirements/run.txt && cp requirements/run.txt .venv/; }

# These are the packages of run.txt and more.
dev-packages: $(PY)
	@cmp -s requirements/dev.txt .venv/dev.txt || { \
	  echo "Installing the packages of requirements/dev.txt …"; \
	  $(INSTALL) -r requirements/dev.txt && cp requirements/run.txt requirements/dev.txt .venv/; }

INSTALL = $(PY) -m pip --disable-pip-version-check --no-input install --quiet --require-hashes

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "This needs Python 3.11 or newer. Is there one? Say where: make PYTHON=python3.12 run"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) comes without venv. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Making .venv …"
	@$(PYTHON) -m venv --clear .venv
