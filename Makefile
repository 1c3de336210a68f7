# Everything runs in a private environment; PYTHON chooses the interpreter it is made with.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ENGINE ?= docker

.PHONY: help setup demo test lint bench bench-load bench-day bench-hosts bench-copies image test-image audit docs lock clean
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(READY)  ## make the environment, for a contributor's first minute

$(READY): pyproject.toml requirements/dev.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY)  ## a pull request on a fake GitHub, from the webhook to the closed comments
	@$(BIN)/python -m tests.demo

lint: $(READY)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint  ## lint, types, our own walls, tests
	$(BIN)/partywall check
	$(BIN)/pytest -n auto

bench: $(READY)  ## speed, side by side with other tools, and the bot under load; REPOS names checkouts or git directories
	$(BIN)/python -m tests.bench $(REPOS)
	$(BIN)/python -m tests.bench.walls
	$(BIN)/python -m tests.bench.load $(firstword $(REPOS))

bench-load: $(READY)  ## the whole bot under load, on a fake GitHub
	$(BIN)/python -m tests.bench.load $(firstword $(REPOS))

bench-day: $(READY)  ## a day of an organization in compressed time, with things going wrong all along
	$(BIN)/python -m tests.bench.day

bench-hosts: $(READY)  ## workers on two machines (namespaces of Linux) while these are restarted, lost and cut off
	@$(BIN)/python -m tests.bench.hosts

bench-copies: $(READY)  ## which mutated copies are found, side by side with other tools; PACKAGES names installed ones
	$(BIN)/python -m tests.bench.mutations $(if $(PACKAGES),--package $(PACKAGES))

image:  ## the container image, with ENGINE (docker)
	$(ENGINE) build --tag partywall .

test-image: $(READY)  ## the containers of compose.yaml review pull requests on the fake GitHub; COMPOSE is the command to use
	$(BIN)/python -m tests.containers

audit: $(READY)  ## known vulnerabilities of what the bot depends on, as the registry tells them
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/pip-audit --requirement requirements/bot.txt --require-hashes --disable-pip

docs: $(READY)  ## write docs/rules from the rules, and draw our components
	$(BIN)/python docs/generate.py
	$(BIN)/partywall graph --reviewed --format svg > docs/components.svg

lock: $(READY)  ## renew requirements/ from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv lock --quiet --upgrade
	$(BIN)/uv export --quiet --frozen --no-header --no-annotate --no-emit-project --no-dev -o requirements/base.txt
	$(BIN)/uv export --quiet --frozen --no-header --no-annotate --no-emit-project --no-dev --all-extras -o requirements/bot.txt
	$(BIN)/uv export --quiet --frozen --no-header --no-annotate --no-emit-project --only-group build -o requirements/build.txt
	$(BIN)/uv export --quiet --frozen --no-header --no-annotate --no-emit-project --all-extras -o requirements/dev.txt
	rm -f uv.lock

clean:  ## remove what was made here
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
