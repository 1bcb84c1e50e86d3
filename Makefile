# Two commands: `make demo` runs the main job on real data, `make test` proves the parts.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help demo deepdr test lint bench site clean
help:
	@echo "make demo            set up, fetch the real study, train both modes, evaluate, attribute"
	@echo "make deepdr RAW=DIR  DeepDR from pre-training on TCGA's files in DIR to enrichment"
	@echo "make test            set up; lint, types, import contracts, tests, coverage"
	@echo "make lint            the first three of those"
	@echo "make bench           list the benchmarks; make bench NAME=x runs one"
	@echo "make site            build the documentation's site into build/site; warnings are errors"
	@echo "make clean           remove the environment, caches and demo runs (data stay)"

# A stamp per set of packages: running a target twice installs nothing twice.
$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run
	$(PIP) -e ".[test,wandb]"
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/python docs/examples/demo.py

deepdr: $(VENV)/.run
	@$(BIN)/python docs/examples/deepdr_chain.py $(RAW)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint
	$(BIN)/python -m pytest -n 2 --cov=mmdrp --cov-report=term

bench: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks $(NAME)

site: $(VENV)/.test
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet -f docs/site/mkdocs.yml

clean:
	rm -rf $(VENV) runs/demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage build dist
