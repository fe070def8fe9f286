# packledger's workshop. `make` alone tells what there is to do.
#
# Everything is installed into .venv/ from files that pin each package by its hash; nothing outside
# this folder changes, but for what `make system` speaks of.
# What goes well is silent; what goes wrong says what to do.

PYTHON       ?= python3
VENV         := .venv
BIN          := $(VENV)/bin
REQUIREMENTS := .requirements
PIP          := $(BIN)/python -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.PHONY: help install demo test lint docs bench lock system clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

install: $(VENV)/run.stamp  ## install packledger into .venv/

demo: install  ## make a ledger, record, trace and verify, and show how
	@$(BIN)/packledger demo

test: $(VENV)/test.stamp system lint  ## check the source, then run all tests on SQLite and PostgreSQL
	@$(BIN)/pytest -n 2 $(PYTEST_ARGUMENTS)

lint: $(VENV)/test.stamp  ## ruff, mypy, and the direction of imports
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }

docs: $(VENV)/test.stamp  ## write docs/reference/ anew from the source
	@$(BIN)/python docs/generate.py

bench: $(VENV)/test.stamp  ## measure packledger beside what people would use instead
	@$(BIN)/packledger bench

lock:  ## pin the newest releases anew (needs uv)
	@$(REQUIREMENTS)/lock

system:  ## see to Java for Spark, Chromium for the page's tests, and the library that reads bar codes
	@$(REQUIREMENTS)/system

clean:  ## remove what was installed and what was cached
	rm -rf $(VENV) .demo .detect .*_cache .hypothesis

# Each stamp says: what these files name is installed. Both share one environment; the test set includes the run set.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'packledger needs Python 3.11 or newer; name one: make PYTHON=python3.11'; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2> /dev/null || $(REQUIREMENTS)/system venv
	@$(PYTHON) -m venv $(VENV)

$(VENV)/%.stamp: $(REQUIREMENTS)/%.txt pyproject.toml | $(BIN)/python
	@echo 'installing what packledger needs to $*, into $(VENV)/'
	@$(PIP) install --require-hashes --requirement $<
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
