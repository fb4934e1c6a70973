# Two commands: `make demo` plays the main job on embedded defaults, `make test` runs everything.
# Each does its own set-up in .venv; neither needs root.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys, ensurepip, sqlite3; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint deploy/constraints.txt

# Bytecode is kept even where the environment says otherwise: each of the many processes would compile everything anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check format sandbox mutants soak bench clean

demo: $(VENV)/.run
	$(BIN)/holdfast demo

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

mutants: $(VENV)/.test
	$(BIN)/python -m tests.faults.mutants

soak: $(VENV)/.test
	$(BIN)/python -m tests.faults --kills 10000 --replies 20000 --flips 20000 --chaos 4000 --sends 2000 --seed 1 --minutes 240 --resume .soak-faults
	$(BIN)/python -m tests.model --steps 1000000 --seed 1 --database both
	HOLDFAST_LANGUAGES=both $(BIN)/python -m pytest -n auto --dist worksteal tests/flows

bench: $(VENV)/.test
	$(BIN)/python -m tests.bench

sandbox: $(VENV)/.run
	$(BIN)/holdfast sandbox

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .wire

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Holdfast needs Python 3.11 or newer with venv and sqlite3 (set PYTHON=/path/to/python)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml deploy/constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml deploy/constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.run
