# `make run` serves the whole product on this machine; `make test` checks all of it. Both do their own set-up.
PORT ?= 5000
PYTHON ?= python3
BIN := .venv/bin
export PORT

# Dozens of processes are started by the tests alone: each would compile the program anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test lint types content unit bench simulate lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

.venv/ready: requirements-dev.txt
	@dev/set_up.sh $(PYTHON)

run: .venv/ready ## serve the site, its worker, the Stripe sandbox and the mail viewer
	@$(BIN)/python -m dev.run

test: .venv/ready ## lint, types, content and every test
	@dev/set_up_browser.sh
	@$(MAKE) --no-print-directory lint types content
	$(BIN)/python -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder

lint: .venv/ready ## style, import order, complexity, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint app/templates dev --lint --quiet

types: .venv/ready ## static types
	$(BIN)/mypy

content: .venv/ready ## every Markdown and YAML file in content/
	$(BIN)/flask --app wsgi content check

bench: .venv/ready ## speed of pages, free times and publishing, as ratios measured in one run
	$(BIN)/python -m dev.bench

simulate: .venv/ready ## many random days of payments with faults (SEEDS=100000)
	$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),2000)

lock: .venv/ready ## write the requirement locks anew
	for name in requirements requirements-production requirements-dev; do \
	  $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $$name.in -o $$name.txt; \
	done

clean: ## remove the virtual environment and local data
	rm -rf .venv instance artefacts
