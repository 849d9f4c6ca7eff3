# make demo            try the product, at http://127.0.0.1:8000      (PORT=8001 and HOST=::1 choose another address)
# make test            everything that must hold                      (ARGS="src/lumicert/lumi -k mask" chooses tests)
# make setup           only the environment, in .venv
# make lint            ruff, mypy, import-linter
# make bench           the benchmarks                                 (ARGS goes to each)
# make soak            fifty workers killed while they fetch a week   (KILLS=500 for more)
# make lock            compile the hashed requirements again          (ARGS=--upgrade for newer versions)
# make test-newest     the tests on the newest Django, in an environment of their own
# make clean           remove the environment, caches and test data; the demo's data stay

SHELL := /bin/sh
VENV := .venv
PYTHON := $(VENV)/bin/python
CHROMIUMS := chromium chromium-browser google-chrome
COMPILE := $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes
# mypy and the tests read Django's settings, which want a data folder
TEST_DATA := LUMICERT_DATA="$(CURDIR)/.data/test"

# the certificates of the machine, as pip uses them: an institute may have its own authority
export UV_SYSTEM_CERTS := 1

.PHONY: demo test setup browser lint bench fuzz soak lock test-newest clean
.DEFAULT_GOAL := demo

demo: setup
	@LUMICERT_DATA="$${LUMICERT_DATA:-$(CURDIR)/.data/demo}" exec $(PYTHON) -m lumicert.site.cli demo \
	    $(if $(PORT),--port "$(PORT)") $(if $(filter command,$(origin HOST)),--host "$(HOST)") $(ARGS)

test: setup browser lint
	@$(PYTHON) -m pytest -n 2 --dist worksteal --cov --cov-report=term $(ARGS)

lint: setup
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(TEST_DATA) $(PYTHON) -m mypy
	@$(PYTHON) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

# Two stamps: `made` says for which place and Python the environment was made (a moved clone gets a new one),
# `holds` what was installed into it.
setup:
	@holds="$$(cat Makefile pyproject.toml requirements/test.txt | cksum)"; \
	made="$(CURDIR) $$($(PYTHON) -c 'import sys, pip; print(sys.version)' 2>/dev/null)"; \
	if [ "$$(cat $(VENV)/made 2>/dev/null)" != "$$made" ]; then \
	    for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	        if $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	        then found=$$name; break; fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo "Lumicert needs Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv)." >&2; \
	        echo "Here, python3 is: $$(python3 --version 2>&1)" >&2; exit 1; \
	    fi; \
	    echo "Making the environment in $(VENV) with $$($$found --version) ..."; \
	    rm -rf $(VENV) && $$found -m venv $(VENV) || exit 1; \
	    $(PYTHON) -m pip install --quiet --disable-pip-version-check uv || exit 1; \
	    echo "$(CURDIR) $$($(PYTHON) -c 'import sys, pip; print(sys.version)')" > $(VENV)/made; \
	fi; \
	if [ "$$(cat $(VENV)/holds 2>/dev/null)" != "$$holds" ]; then \
	    echo "Installing the packages of requirements/test.txt ..."; \
	    $(PYTHON) -m uv pip sync --quiet --compile-bytecode --python $(PYTHON) --require-hashes requirements/test.txt || exit 1; \
	    $(PYTHON) -m uv pip install --quiet --compile-bytecode --python $(PYTHON) --no-deps --no-build-isolation -e . || exit 1; \
	    $(PYTHON) -m compileall -q src; \
	    echo "$$holds" > $(VENV)/holds; \
	fi

# A missing browser does not end this: the browser tests fail and say so.
browser: setup
	@for name in $(CHROMIUMS); do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "Installing Debian's chromium for the browser tests ..."; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null && exit 0; \
	fi; \
	$(PYTHON) -m playwright install chromium || \
	    echo "No Chromium could be installed: put one on the PATH ($(CHROMIUMS)), or the browser tests fail." >&2

bench: setup
	@for script in benchmarks/*.py; do echo "== $$script"; $(PYTHON) "$$script" $(ARGS) || exit 1; done

fuzz: setup
	@FUZZ_CASES=$(or $(CASES),10000) $(PYTHON) -m pytest -s src/lumicert/api/tests/test_no_request_breaks_the_api.py

soak: setup
	@LUMICERT_KILLS=$(or $(KILLS),50) $(PYTHON) -m pytest tests/ingestion/test_a_worker_is_killed.py

lock: setup
	@$(COMPILE) -c requirements/constraints.txt $(ARGS) pyproject.toml -o requirements/base.txt
	@$(COMPILE) -c requirements/constraints.txt --extra test -c requirements/base.txt $(ARGS) pyproject.toml \
	    -o requirements/test.txt

test-newest: setup
	@mkdir -p .data && $(PYTHON) -m venv --clear .data/newest
	@$(PYTHON) -m uv pip install --quiet --python .data/newest/bin/python --upgrade -e '.[test]'
	@.data/newest/bin/python -m pytest -n 2 --dist worksteal $(ARGS)

clean:
	@rm -rf $(VENV) .data/newest .data/test .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache \
	    .coverage .coverage.* htmlcov
