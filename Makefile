# What a developer types. `make run` needs Python 3.11 or newer and make, nothing else; the mini
# program, which it serves when it is built, needs Node 18 besides.

VENV := .venv
PYTHON_IN_VENV := $(VENV)/bin/python
# How many test processes, more than the two cores of most machines, because many tests wait; each
# starts a service of its own and takes whole modules, the longest first (tests/conftest.py).
TEST_PROCESSES ?= 4
TESTS ?= tests

# The first Python of this machine that is new enough; PYTHON=… overrides.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$name"; break; }; done)

BUILD_PROGRAM := $(PYTHON_IN_VENV) miniprogram/scripts/build.py

.PHONY: help run app test test-unit test-browser test-slow lint style types check fmt migrate bench \
	audit sbom bundle deploy-check lock hooks install install-dev system-packages pytest

help:
	@echo "make run        start the service with everything it needs (PORT=8000, SANDBOX_PORT=8001)"
	@echo "make app        build the mini program for browsers and WeChat (needs Node)"
	@echo "make test       install what the tests need and run them, but for the slow ones"
	@echo "make test-unit, make test-browser   the two halves of make test: without and with a browser"
	@echo "make test-slow  run the slow tests: load, chaos and the long forms"
	@echo "make lint       make style (format, lint, import rules, declared packages) and make types"
	@echo "make check      lint and test: all that must hold before a commit"
	@echo "make fmt        bring the code into its form"
	@echo "make migrate    bring the database to the present form"
	@echo "make bench      measure what requests cost"
	@echo "make audit      compare the locked packages with the published vulnerabilities (OSV_URL=… a mirror)"
	@echo "make sbom       write bills of materials (CycloneDX) and the licences into var/sbom"
	@echo "make bundle     write the bundle that is installed without a network into var/bundle"
	@echo "make deploy-check  check deploy/ with the tools that read it (deploy/check names the packages)"
	@echo "make lock       lock the packages of pyproject.toml anew, with their hashes (needs uv)"
	@echo "make hooks      check every commit before it is made"

run: install
	@echo "Starting the service …"
	@exec $(PYTHON_IN_VENV) manage.py serve --parent $$PPID

app: $(PYTHON_IN_VENV)
	@$(BUILD_PROGRAM)

test: system-packages
	@$(MAKE) --no-print-directory pytest

test-unit: WITHOUT_BROWSER := yes
test-unit: system-packages
	@$(MAKE) --no-print-directory pytest MARKED="not browser and not slow"

test-browser: system-packages
	@$(MAKE) --no-print-directory pytest MARKED="browser and not slow"

test-slow: system-packages
	@$(MAKE) --no-print-directory pytest MARKED=slow

lint: style types

style: install-dev
	$(PYTHON_IN_VENV) -m ruff format --check .
	$(PYTHON_IN_VENV) -m ruff check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/deptry .
	@$(BUILD_PROGRAM) packages
	npm --prefix miniprogram run --silent lint

types: install-dev
	$(PYTHON_IN_VENV) -m mypy
	@$(BUILD_PROGRAM) packages
	npm --prefix miniprogram run --silent check

check: system-packages lint test

fmt: install-dev
	$(PYTHON_IN_VENV) -m ruff check --fix .
	$(PYTHON_IN_VENV) -m ruff format .
	@$(BUILD_PROGRAM) packages
	npm --prefix miniprogram run --silent format

migrate: install
	@$(PYTHON_IN_VENV) manage.py migrate

bench: install-dev
	$(PYTHON_IN_VENV) -m benchmarks

audit: install-dev
	@$(PYTHON_IN_VENV) -m tools.audit $(if $(OSV_URL),--osv-url $(OSV_URL))

# nginx, promtool, amtool, shellcheck and systemd-analyze read what deploy/ holds for them.
deploy-check:
	@deploy/check

sbom: install-dev
	@$(PYTHON_IN_VENV) -m tools.sbom

bundle: install-dev
	@$(PYTHON_IN_VENV) -m tools.bundle $(if $(PYTHON_ARCHIVES),--python $(PYTHON_ARCHIVES))

# Pins that the new requirements allow stay as they are. The oldest Python that is served decides.
LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock:
	@command -v uv >/dev/null || { echo "make lock needs uv."; exit 1; }
	$(LOCK) --extra photo --output-file requirements.txt
	$(LOCK) --extra photo --extra dev --output-file requirements-dev.txt

hooks: install-dev
	@$(VENV)/bin/pre-commit install

# Builds the mini program beside the first tests; those that need it wait for it. The first time one
# process compiles the modules for all.
MARKED ?= not slow
PYTEST_OPTIONS ?=
pytest: install-dev
	@$(BUILD_PROGRAM) >/dev/null 2>&1 & \
	test -d tests/__pycache__ || $(PYTHON_IN_VENV) -m pytest --collect-only -qq $(TESTS) >/dev/null; \
	$(PYTHON_IN_VENV) -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder \
		-m "$(MARKED)" $(PYTEST_OPTIONS) $(TESTS)

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

# Each package must have a hash of the lock files. A virtual environment that uv made has no pip.
define install-packages
@if $(PYTHON_IN_VENV) -m pip --version >/dev/null 2>&1; then :; \
elif command -v uv >/dev/null; then exec uv pip install --quiet --require-hashes --python $(PYTHON_IN_VENV) --requirement $<; \
else $(PYTHON_IN_VENV) -m ensurepip >/dev/null; fi && \
$(PYTHON_IN_VENV) -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes --requirement $<
endef

$(VENV)/.installed: requirements.txt | $(PYTHON_IN_VENV)
	@echo "Installing the packages (a minute or two the first time) …"
	$(install-packages)
	@touch $@

# They contain all that is served, in the same versions.
$(VENV)/.installed-dev: requirements-dev.txt | $(PYTHON_IN_VENV)
	@echo "Installing the packages for development (a minute or two the first time) …"
	$(install-packages)
	@touch $(VENV)/.installed $@

$(PYTHON_IN_VENV):
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or newer is needed. On Debian: sudo apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment. On Debian: sudo apt-get install python3-venv"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv $(VENV)

# The browser tests draw pages with Chinese text and look through them with axe-core; Node builds the
# mini program and plays WeChat's part in tests of pushes (their packages go into .npm/). Root gets
# what is missing; others are told.
system-packages:
	@missing=""; \
	$(if $(wildcard $(PYTHON_IN_VENV)),,test -n "$(PYTHON)" && $(PYTHON) -c 'import ensurepip' 2>/dev/null || missing="$$missing python3-venv";) \
	test -n "$(WITHOUT_BROWSER)" || command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || missing="$$missing chromium-headless-shell"; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	find /usr/share/fonts /usr/local/share/fonts -iname '*cjk*' -o -iname 'wqy*' 2>/dev/null \
		| grep -q . || missing="$$missing fonts-wqy-microhei"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "The tests need more packages. Type: sudo apt-get install$$missing"; exit 1; fi; \
	echo "Installing$$missing …"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq --yes --no-install-recommends $$missing >/dev/null
