# Two commands: `make run` and `make test`. Needs Python 3.11 or later, nothing else.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
PY := .venv/bin/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check install --require-hashes

.PHONY: run manage test simulate lint format lock messages client guide

run: .venv/base
	@$(PY) manage.py run --host $(HOST) --port $(PORT)

# The same as `./manage.py …`: make manage ARGS="pull_orders --dry-run"
manage: .venv/base
	@$(PY) manage.py $(ARGS)

test: .venv/dev
	@$(PY) -m pytest -n auto --dist worksteal $(ARGS)

# Months of a merchant, each from a seed: make simulate SEEDS=1-200 (tests/simulation/README.md)
SEEDS ?= 1-20
simulate: .venv/dev
	@$(PY) -m tests.simulation --seeds $(SEEDS) --story $(ARGS)

lint: .venv/dev
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy config sandbox walkthrough books scenes aftersales orders qualifications catalog console wechat \
	  clients docs/examples
	@.venv/bin/lint-imports
	@DEBUG=on WECHAT_SANDBOX=on $(PY) manage.py makemigrations --check --dry-run
	@$(PY) -m pytest -q -p no:cacheprovider tests/test_translations.py

format: .venv/dev
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

# The lock names no registry: only packages, versions and hashes. Needs `uv`.
lock:
	@for name in base dev; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	  --no-header --no-emit-index-url --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt; \
	  uv pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-strip-extras --no-header --no-emit-index-url \
	  --no-emit-find-links --override requirements/django-6.in requirements/$$name.in -o requirements/$$name-3.13.txt; done

# Gather strings, then compile; write the Chinese in between. Needs gettext.
messages: .venv/dev
	@$(PY) manage.py makemessages --locale zh_Hans --no-location --no-wrap --ignore '.venv/*' --ignore 'tests/*'
	@$(PY) manage.py compilemessages --locale zh_Hans --ignore '.venv*'

# The Python client and the Postman collection, from the API's document.
client: .venv/dev
	@document=$$(mktemp) && trap 'rm -f "$$document"' EXIT && \
	  DEBUG=on WECHAT_SANDBOX=on $(PY) manage.py spectacular --lang en --format openapi-json --file "$$document" && \
	  $(PY) clients/python/generate.py "$$document" clients/python/trading_console && \
	  $(PY) clients/postman.py "$$document" clients/postman.json

# docs/export.md, from the models, in both languages.
guide: .venv/base
	@$(PY) manage.py export_all --describe en > docs/export.md
	@$(PY) manage.py export_all --describe zh-hans > docs/zh-hans/export.md

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make run PYTHON=python3.11")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

.venv/base: requirements/base.txt | .venv/bin/python
	@echo "Installing what the console needs (once) ..."
	@$(PIP) -r $< && touch $@

.venv/dev: requirements/dev.txt | .venv/bin/python
	@echo "Installing what the tests need (once) ..."
	@$(PIP) -r $< && touch $@ .venv/base
