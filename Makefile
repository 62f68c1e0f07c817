# Two commands: `make demo` shows what dayhand does, `make test` shows that it works.
# Both need Python 3.11 or newer and nothing else; they set up .venv by themselves.

PYTHON ?= python3
BIN := .venv/bin

# Python keeps what it compiled, whatever the shell says: each worker of the tests would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test soak lint types contracts bench lock clean

help:  ## What can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

demo: .venv/runtime  ## Make the sample practice, run its four routines, show what they made
	@$(BIN)/python tests/demo.py

test: .venv/development  ## Run every test but the long ones
	$(BIN)/python -m pytest -n auto --dist worksteal

soak: .venv/development  ## Run the long tests
	$(BIN)/python -m pytest -m soak -n auto --dist worksteal

lint: .venv/development  ## Check style and spelling of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/development  ## Check types, strictly
	$(BIN)/mypy

contracts: .venv/development  ## Check who imports whom
	$(BIN)/lint-imports

bench: .venv/development  ## Print the benchmarks' ratios
	$(BIN)/python tests/benchmarks/all.py

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "dayhand needs Python 3.11 or newer; name it: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade pip

.venv/runtime: requirements.lock pyproject.toml | .venv/bin/python
	@echo "installing what dayhand needs, once"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

.venv/development: requirements-dev.lock pyproject.toml | .venv/bin/python
	@echo "installing what the tests need, once"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@ .venv/runtime

lock: .venv/bin/python  ## Write the lock files anew
	@$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra all --group demo --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra all --extra postgres --group dev --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements-dev.lock

clean:  ## Remove what these made
	rm -rf .venv demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
