# On a fresh machine with python3 (its venv module), make and git:
#   make verify     check every shipped spec and its history; a table at the end
#   make test       the fast tests
#   make test-all   all tests
#   make lint       ruff and mypy
#   make counterexamples   write every stored trace anew, after a change of a spec
#   make history    measure the table of bugs and proposals anew (spec/uapi/history/README.md)
# Each sets up .venv first, from the pinned set in requirements/dev.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 2

export PYTHONHASHSEED := 0

.PHONY: verify test test-all lint counterexamples history setup clean

verify: $(READY)
	$(BIN)/uapicheck check --all

test: $(READY)
	$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow"

test-all: $(READY)
	$(BIN)/python -m pytest -q -n $(JOBS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy

counterexamples: $(READY)
	$(BIN)/python -m tests.counterexamples

history: $(READY)
	$(BIN)/python -m tests.history_table

setup: $(READY)

$(READY): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
