# Two commands for newcomers: `make demo` and `make test`. Needs Python 3.11+ and make, nothing else.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
EXPORT := --quiet --frozen --no-emit-project --no-header --no-annotate

.PHONY: demo test test-full lint types words lock clean

demo: .venv/.app
	@$(BIN)/deskcue demo $(ARGS)

test: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not full" -n auto

test-full: .venv/.dev
	sh scripts/browser.sh
	sh scripts/checks.sh
	$(BIN)/python -m pytest

.venv/.app: pyproject.toml scripts/requirements-dev.txt scripts/install.sh
	@sh scripts/install.sh app "$(PYTHON)"

.venv/.dev: pyproject.toml scripts/requirements-dev.txt scripts/install.sh
	@sh scripts/install.sh dev "$(PYTHON)"

words: .venv/.dev
	$(BIN)/python scripts/words.py

lock:
	uv lock
	uv export $(EXPORT) --no-dev --group build --output-file scripts/requirements-app.txt
	uv export $(EXPORT) --all-groups --output-file scripts/requirements-dev.txt

clean:
	rm -rf .venv dist var
