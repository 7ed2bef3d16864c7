# Everything below needs only make and a Python from 3.10 to 3.13. Some tests also need Chromium or docker-registry. PYTHON=... selects another interpreter.
PYTHON ?= $(or $(shell for python in python3 python3.13 python3.12 python3.11 python3.10; do \
	$$python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$python && break; done),python3)
RUN = $(PYTHON) dev
A3 = .venv/airflow-3/bin
PYTEST_ARGS ?=

# What `make unit` runs: a file, a folder or pytest's ``path::test``. Without T and SLOW, the tests marked slow are left out.
T ?=
SLOW ?=
QUICK = -m "not slow" --hypothesis-profile quick

.PHONY: help demo ui unit test coverage test-all check docs format constraints bench screenshots build package clean

help:  ## Show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -e 's/:.*## /\t/' | expand -t 14

demo:  ## Run the ephemeral Deployment example in a real Airflow, against the emulator
	@$(RUN)/environments.py airflow-3
	@$(A3)/python -m dev.demo

ui:  ## Run the demo, then keep Airflow and the emulator running so that you can explore the UI
	@$(RUN)/environments.py airflow-3
	@$(A3)/python -m dev.demo --keep

unit:  ## Run the quick unit tests on the latest Airflow 3; SLOW=1: all; T=tests/unit/waits: all there
	@$(RUN)/environments.py airflow-3
	@$(A3)/python -m pytest -q --no-header -n logical --dist worksteal \
		$(if $(T)$(SLOW),,$(QUICK)) $(or $(T),tests/unit) $(PYTEST_ARGS)

test:  ## Run all tests on the latest Airflow 2.11 and the latest 3.x
	@$(RUN)/environments.py airflow-3 airflow-2
	@$(RUN)/programs.py
	@$(A3)/python -m dev.run_tests airflow-3 airflow-2 -- $(PYTEST_ARGS)

coverage:  ## Run all tests on both lines, as make test does, and report which lines of the package they reach
	@$(RUN)/environments.py airflow-3 airflow-2
	@$(RUN)/programs.py
	@$(A3)/python -m dev.run_tests --coverage airflow-3 airflow-2 -- $(PYTEST_ARGS)

test-all: export ASTRO_TEST_EVERY_FAULT = 1
test-all:  ## Run all tests with every fault at every call, and a smoke test on Airflow 3.0, 3.1 and 3.2
	@$(RUN)/environments.py airflow-3 airflow-2 airflow-3.0 airflow-3.1 airflow-3.2
	@$(A3)/python -m dev.run_tests airflow-3 airflow-2 -- $(PYTEST_ARGS)
	@$(A3)/python -m dev.run_tests airflow-3.0 airflow-3.1 airflow-3.2 -- tests/integration/test_smoke.py

check:  ## Run ruff, mypy and the import checks, and build the docs
	@$(RUN)/environments.py airflow-3
	$(A3)/ruff check .
	$(A3)/ruff format --check .
	$(A3)/mypy
	PYTHONPATH=. $(A3)/lint-imports
	@$(MAKE) --no-print-directory docs

docs:  ## Build the documentation site in docs/_build/html
	@$(RUN)/environments.py airflow-3
	@$(A3)/python -m dev.docs

format:  ## Format the code with ruff
	@$(RUN)/environments.py airflow-3
	$(A3)/ruff check --fix .
	$(A3)/ruff format .

constraints:  ## Update the pinned versions in tests/constraints
	@$(RUN)/environments.py --compile

bench:  ## Run the benchmarks and print their results
	@$(RUN)/environments.py airflow-3 airflow-2
	@$(A3)/python -m tests.benchmarks.import_time
	@$(A3)/python -W ignore -m tests.benchmarks.waiting
	@$(A3)/python -W ignore -m tests.benchmarks.api_calls
	@$(A3)/python -W ignore -m tests.benchmarks.audit_logs
	@$(RUN)/programs.py
	@$(A3)/python -W ignore -m tests.benchmarks.deploys
	@$(A3)/python -W ignore -m tests.benchmarks.images
	@$(A3)/python -W ignore -m tests.benchmarks.access_report

screenshots:  ## Retake the pictures of the docs; needs Chromium
	@$(RUN)/environments.py airflow-3 airflow-2
	@$(RUN)/programs.py
	$(A3)/python -W ignore -m dev.pictures
	ASTRO_SCREENSHOTS=1 $(A3)/python -m pytest -q tests/integration/browser
	ASTRO_SCREENSHOTS=1 .venv/airflow-2/bin/python -m pytest -q tests/integration/browser

build:  ## Build the wheel and the sdist in dist/
	@$(RUN)/environments.py airflow-3
	@$(A3)/python -m dev.package --build-only

package:  ## Build, then install the wheel with each Airflow line on each installed Python
	@$(RUN)/environments.py airflow-3
	@$(A3)/python -m dev.package

clean:  ## Remove all generated files and environments
	rm -rf .venv .work dist docs/_build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*
