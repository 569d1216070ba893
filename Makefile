# Two commands: `make demo` and `make test`. Each creates .venv and installs what it needs first.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt

.PHONY: demo test check bench clean

demo: .venv/installed
	$(BIN)/python -m routesql.app.demo

test: .venv/installed-dev
	$(BIN)/python -m pytest

check: .venv/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: .venv/installed
	$(BIN)/python -m routesql.app.bench

clean:
	rm -rf .venv

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "routesql needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	@echo "installing routesql, PyTorch and the default model's weights into .venv (about 1.2 GB, a few minutes)"
	$(INSTALL) --editable '.[all]'
	@touch $@

.venv/installed-dev: .venv/installed
	$(INSTALL) --editable '.[all,dev]'
	@touch $@
