# Joey's tasks; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8090
DATA_DIR ?= pb_data
SHARED ?= ../shared
# They start servers of their own, and mostly wait for them: three files at a time, whatever the processors.
SERVER_TESTS := tests/process tests/attacks tests/sdk tests/browser tests/examples tests/realtime_app/bus
# The others run on all processors, each file on one.
AT_ONCE := -n auto --maxprocesses 8 --dist loadfile $(SERVER_TESTS:%=--ignore=%)
DATABASE_TESTS := tests/hooks tests/platform_app tests/collections_app tests/auth_app tests/files_app tests/realtime_app tests/system_app tests/admin_ui tests/contract tests/reference

.DEFAULT_GOAL := help
.PHONY: help setup serve example run test lint fmt docs messages bench fuzz check superuser

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.done ## create .venv from the lock file (once)

$(VENV)/.done: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Joey needs Python 3.11 or newer.'; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || sh .ci/install-venv $(PYTHON) $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@# Python compiles what it imports, unless it is told not to; a server should not start slowly then.
	@$(BIN)/python -m compileall -q config platform_app collections_app auth_app files_app realtime_app system_app admin_ui joey
	@touch $@

serve: setup ## serve on HOST:PORT (127.0.0.1:8090) from DATA_DIR (pb_data)
	@exec env DATA_DIR=$(DATA_DIR) HOST=$(HOST) PORT=$(PORT) $(BIN)/python manage.py serve

example: setup ## serve one of examples/: NAME=blog, chat, comments or webhooks
	@test -d examples/$(NAME)/pb_migrations || { echo 'NAME=blog, chat, comments or webhooks'; exit 1; }
	@# The SDK, for pages that use it; with npm it comes once.
	@test ! -f examples/$(NAME)/pb_public/package.json || test -d examples/$(NAME)/pb_public/node_modules \
	    || npm ci --prefix examples/$(NAME)/pb_public --no-audit --no-fund --no-progress --silent
	@exec env DATA_DIR=examples/$(NAME)/pb_data HOST=$(HOST) PORT=$(PORT) $(BIN)/python manage.py serve

run: setup ## the development server, restarting when the code changes
	@exec env DATA_DIR=$(DATA_DIR) $(BIN)/python manage.py runserver $(HOST):$(PORT)

test: setup ## run the tests (PostgreSQL too when TEST_DATABASE_URL is set)
	@.ci/pytest $(AT_ONCE)
	@.ci/pytest -n 3 --dist loadfile $(SERVER_TESTS)
	@if [ -n "$$TEST_DATABASE_URL" ]; then \
	    echo 'once more, the tests that use the database, on PostgreSQL'; \
	    DATABASE_URL=$$TEST_DATABASE_URL .ci/pytest $(AT_ONCE) $(DATABASE_TESTS); fi

lint: setup ## format check, ruff, types, import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

fmt: setup ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup ## check that the documentation covers the code
	$(BIN)/python -m pytest -q tests/docs

messages: setup ## find the texts of the pages for their translations, and compile those (needs gettext)
	cd admin_ui && ../$(BIN)/python -m django makemessages --all --no-location
	cd admin_ui && ../$(BIN)/python -m django compilemessages

bench: setup ## measure us against bare ASGI apps: requests, files, streams; schema changes, views beside sign-ins
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.schema
	$(BIN)/python -m benchmarks.beside
	$(BIN)/python -m benchmarks.files
	$(BIN)/python -m benchmarks.realtime
	$(BIN)/python -m benchmarks.log
	$(BIN)/python -m benchmarks.hooks

fuzz: setup ## send a server random and hostile requests for SECONDS (60), from SEED (1)
	$(BIN)/python -m tests.attacks.fuzz --seconds $(or $(SECONDS),60) --seed $(or $(SEED),1)

check: lint test ## what CI runs
