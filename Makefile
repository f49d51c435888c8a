# make run · test · lint · bench · screenshots: each sets up what it needs first.
# The environment is .venv, built from the locked requirements by uv where there is one, else by venv and pip.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-$(shell cat requirements-dev.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

.PHONY: run demo test lint bench screenshots lock clean

run: $(READY)
	@$(BIN)/clearq

demo: $(READY)
	@$(BIN)/clearq demo

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.agent_is_portable

bench: $(READY)
	$(BIN)/python -m tests.bench

screenshots: $(READY)
	$(BIN)/python -m tests.screenshots

$(READY):
	@PYTHON=$(PYTHON) VENV=$(VENV) sh .ci/make-environment
	@touch $@

# Versions and hashes, but no addresses: any index that serves the same bytes will do.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock:
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis
