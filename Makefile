# Which commands are there? `make` alone lists them. Each sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
LINKS := $(if $(PIP_FIND_LINKS),--find-links $(PIP_FIND_LINKS))
READY := .venv/ready
# Tests write thousands of small databases and wait until each is on the disk: in memory nobody waits.
IN_MEMORY := $(shell test -w /dev/shm && \
	test "$$(df -Pk /dev/shm 2>/dev/null | awk 'NR==2 {print $$4}')" -gt 8000000 2>/dev/null && \
	echo TMPDIR=/dev/shm)
# Compiled code is kept even where the environment says otherwise: tests start hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup assets demo banking77 real serve quick test check prove fix docs lock sbom changelog package typescript browser screenshots

help: ## List these commands
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## Make .venv with everything, torch included

$(READY): lock/core.txt lock/train.txt pyproject.toml scripts/assets/package-lock.json
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r lock/core.txt
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python $(LINKS) torch==2.13.0
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r lock/train.txt
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@sh scripts/assets.sh || echo "npm cannot fetch the console's htmx and uPlot; its pages work without them."
	@touch $(READY)

assets: ## Fetch what the console takes from npm; every page works without it
	sh scripts/assets.sh

demo: setup ## Live three days and nights of a small shop (about 5 minutes)
	$(BIN)/upspiral demo

banking77: setup ## A day and a night on real questions: make banking77 FILE=banking77.jsonl
	@test -n "$(FILE)" || { echo "Say where the questions are: make banking77 FILE=banking77.jsonl"; exit 2; }
	$(BIN)/python examples/banking77/bank.py $(FILE)

real: setup ## A night on a real pre-trained model and real questions: make real FILE=banking77.jsonl
	@test -n "$(FILE)" || { echo "Say where the questions are: make real FILE=banking77.jsonl"; exit 2; }
	$(BIN)/python examples/real_model/real.py $(FILE)

serve: setup ## Serve from ./upspiral-data at port 8080
	$(BIN)/upspiral serve

quick: setup ## The loop while you change code: tests of less than half a second, in one process, on SQLite
	$(IN_MEMORY) $(BIN)/python -m pytest -m "not long and not slow and not postgres and not process and not sdk and not train" -n 2 --timeout 300

ifdef FILE
test: setup ## Style, types, architecture and all tests but the slow; one file or test: make test FILE=tests/...
	$(IN_MEMORY) $(BIN)/python -m pytest '$(FILE)' --timeout 300
else
test: check
	$(IN_MEMORY) $(BIN)/python -m pytest -m "not slow" -n 2 --timeout 600
endif

check: setup ## Style, types, architecture and budgets
	$(BIN)/ruff format --check --quiet src tests examples benchmarks scripts packages
	$(BIN)/ruff check --quiet src tests examples benchmarks scripts packages
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	$(BIN)/python scripts/budgets.py
	$(BIN)/python scripts/mirrored_tests.py
	$(BIN)/python scripts/import_budget.py
	$(BIN)/python scripts/names.py

ifdef GOAL
prove: setup ## The long proofs at full size; one attack of docs/security.md: make prove GOAL=12 [ROUNDS=50] [MINUTES=5]
	GOAL_ROUNDS=$(or $(ROUNDS),full) GOAL_MINUTES=$(MINUTES) $(IN_MEMORY) $(BIN)/python -m pytest \
		tests/goals/test_$(shell printf %02d $(GOAL))_*.py --timeout 36000
else
prove: test
	$(IN_MEMORY) $(BIN)/python -m pytest -m slow -rs --timeout 3600
	$(BIN)/python -O -m pytest -m "not long and not slow and not process and not train" -n 2 --timeout 600 \
		-W ignore::pytest.PytestConfigWarning tests
	sh scripts/core_alone.sh
	sh scripts/package_alone.sh
endif

fix: setup ## Mend style
	$(BIN)/ruff check --fix --quiet src tests examples benchmarks scripts packages || true
	$(BIN)/ruff format --quiet src tests examples benchmarks scripts packages

docs: setup ## Build the documentation into site/
	$(BIN)/zensical build

typescript: ## Install what checks a TypeScript client (needs Node.js)
	npm ci --silent --prefix tests/server/openapi/typescript

browser: ## Install what shows and checks pages: Chromium (Debian's) and axe-core (needs Node.js)
	@command -v chromium >/dev/null || apt-get install --yes --quiet --no-install-recommends chromium
	npm ci --silent --prefix tests/browser

sbom: setup ## Write what is in an installation: a bill of materials with hashes (CycloneDX)
	mkdir -p dist
	$(BIN)/python scripts/sbom.py > dist/upspiral.cdx.json

screenshots: setup browser ## Take the pictures of the console's pages for the documentation again
	CONSOLE_SCREENSHOTS=docs/images/console $(BIN)/python -m pytest -q tests/browser/test_walks.py tests/browser/test_console.py

lock: setup ## Write the locks anew
	sh scripts/lock.sh

changelog: setup ## Write the next version's section of CHANGELOG.md from changelog.d/
	sh scripts/changelog.sh

package: setup ## Build the wheel, install it alone with its dependencies, and run it
	sh scripts/package_alone.sh
