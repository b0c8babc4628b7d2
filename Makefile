# `make demo` and `make test` do everything, from a fresh clone on, with no more than Python >= 3.11, git and make.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo up test check test-sqlite test-postgresql slow coverage-study simulate-campaign environment format messages lock clean

BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 $(UPGRADE)
UV := 0.13.8

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.base  ## show Jurybox with a sample project on http://127.0.0.1:8000
	@$(BIN)/jurybox demo

up: .venv/.base  ## serve Jurybox for real use; docs/deploy.md names its settings
	@$(BIN)/jurybox up

test: environment check test-sqlite test-postgresql  ## check the code and run all tests on SQLite and PostgreSQL

check: .venv/.dev  ## lint, format, types, migrations, deployment settings, locked requirements
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	scripts/check-django
	! grep -nE '(https?|file)://|^ *--(extra-)?index|^ *--find-links' requirements/*.txt

test-sqlite: .venv/.dev  ## run the tests, those in Chromium included, on SQLite
	env -u JURYBOX_TEST_DATABASE_URL $(BIN)/pytest -m "not slow" $(PYTEST)

test-postgresql: .venv/.dev  ## run the tests that use a database on PostgreSQL
	$(BIN)/python -m tests.environment.postgresql $(BIN)/pytest -m "not slow" --database-only $(PYTEST)

slow: .venv/.dev  ## run the long simulations
	$(BIN)/pytest -m slow $(PYTEST)

coverage-study: .venv/.dev  ## measure how often intervals hold the truth, for the table in docs/methods.md
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.coverage

simulate-campaign: .venv/.dev  ## play campaigns with spammers in them, for the figures in docs/quality-control.md
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.simulation $(or $(SEEDS),5) $(or $(PEOPLE),5000) $(FIRST)

environment: .venv/.dev  ## find or install PostgreSQL, Redis and Chromium for the tests
	@$(BIN)/python -m tests.environment

format: .venv/.dev  ## put the code into the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: .venv/.dev  ## bring the translations in locale/ up to date with what is marked
	$(BIN)/python scripts/messages.py

lock: .venv/.made  ## lock every requirement by version and hash; UPGRADE=--upgrade takes the newest
	$(PIP) install uv==$(UV)
	$(LOCK) pyproject.toml --extra dev -o requirements/dev.txt
	$(LOCK) pyproject.toml -c requirements/dev.txt -o requirements/base.txt
	$(LOCK) requirements/build.in -c requirements/dev.txt -o requirements/build.txt
	sed -i.old '/# .*-c requirements/d' requirements/*.txt && rm requirements/*.old

clean:  ## remove what can be made again; the data in var/ stays
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results

.venv/.made:
	@scripts/make-venv .venv
	@touch $@

.venv/.base: .venv/.made pyproject.toml requirements/base.txt requirements/build.txt
	@echo "installing Jurybox into .venv"
	@$(PIP) install --require-hashes -r requirements/base.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.base requirements/dev.txt
	@echo "installing the tests' requirements into .venv"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
