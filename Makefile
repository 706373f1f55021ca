# The newcomer's commands. `make` alone lists them.

HOST ?= 127.0.0.1
PORT ?= 8000
export PYTHONUTF8 = 1

panel := .venv/bin/billing-panel
code := billing_panel invoices permissions plugins templates
catalogues := billing_panel/translations

# one more than there are cores: some tests wait for a database, a browser or a server of theirs
cores := --numprocesses $(shell echo $$(( $$(nproc) < 4 ? $$(nproc) + 1 : 4 )))
# Long tests first, and whoever is done takes from who is not: both ends of a run are busy.
spread := $(cores) --dist worksteal
# Where nothing is measured. Named as paths, the others would load their conftest before it begins.
unmeasured := $(patsubst %,--ignore=tests/%,architecture browser cli faults http property)
main_actions := $(patsubst %,tests/actions/test_%.py,advance_order change_balance deliver_lines \
	exceptions payments place_order rights)

.PHONY: help setup setup-test run test test-fast check types rest-of-check checked-and-measured \
	update bench bench-peers fuzz contract translations clean

help:  ## list these commands
	@echo "usage: make COMMAND [PORT=$(PORT)] [HOST=$(HOST)] [BILLING_PANEL_HOME=instance]"
	@echo
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/\1 \2/p' Makefile | while read -r name does; do \
		printf '  make %-14s %s\n' "$$name" "$$does"; done

setup:  ## install what running needs: system libraries, and .venv
	@scripts/setup run

setup-test:
	@scripts/setup test

run: export BILLING_PANEL_HOME ?= $(CURDIR)/instance
run: export BILLING_PANEL_SANDBOX ?= 1
run: export BILLING_PANEL_PUBLIC_URL ?= http://$(HOST):$(PORT)
run: setup  ## start the panel with the demo data, and its worker
	@$(panel) init
	@$(panel) demo
	@$(panel) serve --with-worker --host "$(HOST)" --port "$(PORT)"

test: setup-test  ## install what testing needs; then check, and run every test
	@$(MAKE) --no-print-directory --jobs 2 types checked-and-measured
	.venv/bin/python -m pytest $(spread) -m "not measured" tests

# beside the types, which take one core for a minute
checked-and-measured: rest-of-check
	.venv/bin/python -m pytest $(spread) -m measured --cov --cov-report=term $(unmeasured) tests

test-fast: setup-test  ## lint, rules, architecture and the main actions on SQLite: within two minutes
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/python -m pytest $(spread) -m "not slow" -k "not postgresql" tests/unit \
		tests/architecture $(main_actions)

check: setup-test  ## formatting, lint, types, the direction of imports, known vulnerabilities
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target types rest-of-check

types:
	.venv/bin/mypy

rest-of-check:
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	.venv/bin/python scripts/audit.py

update: setup-test  ## write constraints.txt anew by setup.cfg, and install what it says
	.venv/bin/python scripts/constraints.py
	@scripts/setup test

bench: setup-test  ## measure the speed of what matters (benchmarks/README.md)
	.venv/bin/python -m benchmarks

bench-peers: setup-test  ## measure the panel beside django-oscar and pretix [ORDERS=10000]
	.venv/bin/python -m benchmarks.peers --orders $(or $(ORDERS),10000)

fuzz: setup-test  ## attack the API by its description at length, on both engines
	FUZZ_EXAMPLES=$(or $(EXAMPLES),20) .venv/bin/python -m pytest $(cores) tests/http/test_api_fuzz.py

contract: setup-test  ## lint the API's description, try its TypeScript types, webhooks, MCP (needs Node 20)
	@scripts/contract/run

translations: setup-test  ## bring the .po files up to date with the sentences in the code
	mkdir -p .cache
	.venv/bin/pybabel --quiet extract -F babel.cfg -k text --no-location --sort-output \
		-o .cache/messages.pot $(code)
	for language in ru bg; do \
		.venv/bin/pybabel --quiet update --init-missing --no-fuzzy-matching --ignore-pot-creation-date \
			--ignore-obsolete --width 100 \
			-i .cache/messages.pot -l $$language -o $(catalogues)/$$language.po || exit; done

clean:  ## remove .venv and everything made from the sources; the data stays
	rm -rf .venv .cache build dist ./*.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
