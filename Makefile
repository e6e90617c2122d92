# Two commands: `make run` and `make test`. Needs Python 3.11 or later, nothing else.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
PY := .venv/bin/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check install --require-hashes

.PHONY: run test lint format lock messages

run: .venv/base
	@$(PY) manage.py run --host $(HOST) --port $(PORT)

test: .venv/dev
	@$(PY) -m pytest -n auto --dist worksteal $(ARGS)

lint: .venv/dev
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy config sandbox walkthrough scenes aftersales orders qualifications catalog console wechat
	@.venv/bin/lint-imports
	@DEBUG=on WECHAT_SANDBOX=on $(PY) manage.py makemigrations --check --dry-run
	@$(PY) -m pytest -q -p no:cacheprovider tests/test_translations.py

format: .venv/dev
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

# The lock names no registry: only packages, versions and hashes. Needs `uv`.
lock:
	@for name in base dev; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	  --no-header --no-emit-index-url --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt; done

# Gather strings, then compile; write the Chinese in between. Needs gettext.
messages: .venv/dev
	@$(PY) manage.py makemessages --locale zh_Hans --no-location --no-wrap --ignore '.venv/*' --ignore 'tests/*'
	@$(PY) manage.py compilemessages --locale zh_Hans --ignore '.venv*'

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make run PYTHON=python3.11")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

.venv/base: requirements/base.txt | .venv/bin/python
	@echo "Installing what the console needs (once) ..."
	@$(PIP) -r $< && touch $@

.venv/dev: requirements/dev.txt | .venv/bin/python
	@echo "Installing what the tests need (once) ..."
	@$(PIP) -r $< && touch $@ .venv/base
