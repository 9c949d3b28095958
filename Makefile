# Everything runs in .venv, which these targets create with plain Python and pip (uv is used where it is installed).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
.DEFAULT_GOAL := help

ifneq ($(shell command -v uv 2>/dev/null),)
INSTALL := uv pip install --quiet --python $(BIN)/python
else
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

.PHONY: help install report validate coverage seeds test test-slow test-long test-all check lint types layers bench bench-parts records docs docs-site lower-bounds clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "make: Python >= 3.11 is needed: install python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: Python >= 3.11 is needed, $(PYTHON) is $$($(PYTHON) -V | cut -d' ' -f2): try make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ v=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		  echo "make: this Python lacks venv or ensurepip: install python$$v-venv (Debian, Ubuntu: apt-get install python$$v-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(BIN)/python pyproject.toml src/nudipole/version.py
	$(INSTALL) -e .
	@touch $@

$(VENV)/tested: $(VENV)/installed
	$(INSTALL) -e ".[test]"
	@touch $@

install: $(VENV)/installed  ## the package and its command in .venv

report: $(VENV)/installed  ## limits of every experiment beside the published ones, in report/index.html
	$(BIN)/nudipole report --output report/index.html

validate: $(VENV)/installed  ## every published number derived again, ours beside it
	$(BIN)/nudipole validate

test: check  ## style, types, layers and all fast tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not slow"

test-slow: $(VENV)/tested  ## the slow tests alone: a wheel in a clean environment, long validations
	$(BIN)/python -m pytest -n $(WORKERS) --dist load -m "slow and not long"

test-long: $(VENV)/tested  ## the longest tests: a thousand neutrinos, twenty starts, every folded array again
	$(BIN)/python -m pytest -n $(WORKERS) --dist load -m long

test-all: test test-slow test-long  ## all of them; CI runs the first two

check: lint types layers  ## style, types and layers alone

lint: $(VENV)/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/tested
	$(BIN)/mypy

layers: $(VENV)/tested
	$(BIN)/lint-imports

bench: $(VENV)/tested  ## the table of speed beside peers, in docs/reference/benchmarks.md (minutes)
	$(BIN)/python benchmarks/table.py

bench-parts: $(VENV)/tested  ## speed of single parts
	$(BIN)/python -m pytest benchmarks -n 0 --benchmark-only --benchmark-columns=min,median,max,rounds -s

coverage: $(VENV)/installed  ## how often intervals contain the truth, for the docs (some minutes)
	$(BIN)/python benchmarks/coverage.py

seeds: $(VENV)/installed  ## whether the stated errors of toys are those from seed to seed (half an hour)
	$(BIN)/python benchmarks/seeds.py

records: $(VENV)/installed  ## limits/library/records.json, from the YAML files beside it
	$(BIN)/python -m nudipole.limits

docs: $(VENV)/installed records  ## rebuild the generated pages and figures of README and docs
	$(BIN)/nudipole plot limits --force --most 3 --plot docs/images/world.png
	$(BIN)/nudipole spectrum --force xenonnt-2022 --mu-nu 2e-11 --plot docs/images/xenonnt-2022-spectrum.png --csv -  > /dev/null
	$(BIN)/nudipole limit --force xenonnt-2022 --plot docs/images/xenonnt-2022-mu_nu.png
	$(BIN)/nudipole check --force example-sns-csi --plot docs/images/example-sns-csi-check.png
	$(BIN)/nudipole sensitivity --force example-reactor-ge --vary detector.threshold=0.16..2keV --vary exposure=100,1000,10000kg*d \
		--plot docs/images/example-reactor-ge-sensitivity.png --csv - > /dev/null
	$(BIN)/nudipole experiments --force --markdown docs/reference/experiments.md
	$(BIN)/python -m nudipole.experiments.schema > src/nudipole/data/experiment.schema.json
	$(BIN)/python -m nudipole.experiments.schema neutrino > src/nudipole/data/neutrino.schema.json
	$(BIN)/python -m nudipole.validation > docs/reference/to-verify.md
	$(BIN)/nudipole validate --force --markdown docs/reference/validation.md --plot docs/reference/validation.png --json validation.json
	$(BIN)/python -m nudipole.limits validation.json && rm validation.json

# The site has an environment of its own. -W: a warning is an error; -n is not asked for, the names of types are words too.
DOCS := .venv-docs
SITE ?= docs-site/html

$(DOCS)/bin/python: $(BIN)/python
	$(PYTHON) -m venv $(DOCS)

$(DOCS)/installed: $(DOCS)/bin/python pyproject.toml src/nudipole/version.py
	$(subst $(BIN),$(DOCS)/bin,$(INSTALL)) -e ".[docs]"
	@touch $@

# Formulas are drawn by MathJax from a copy in the site, so that it can be read without network; where npm is missing, from the web.
.cache/mathjax/tex-svg.js:
	@mkdir -p $(@D)
	@if command -v npm >/dev/null && cd $(@D) && npm pack --silent mathjax@3.2.2 >/dev/null; \
	then tar xzf mathjax-3.2.2.tgz --strip-components 2 package/es5/tex-svg.js && rm mathjax-3.2.2.tgz && touch tex-svg.js; \
	else echo "make: no npm, or no network: formulas of the site will need the network"; fi

docs-site: $(DOCS)/installed .cache/mathjax/tex-svg.js  ## the documentation as a site, in docs-site/html/index.html
	$(DOCS)/bin/python -m sphinx -W --keep-going -q -j auto -d .cache/doctrees docs $(SITE)
	$(DOCS)/bin/python docs/_site/check.py $(SITE)

# With the oldest versions that pyproject.toml allows; warnings of theirs are theirs. Needs uv, which can resolve downwards.
LOWEST := .venv-lowest
OLD_TESTS := tests/contract/test_registries.py tests/io tests/test_rates.py tests/test_units.py tests/test_tables.py \
	tests/cli/test_limit.py tests/cli/test_startup.py tests/cli/test_commands.py tests/cli/test_quick.py tests/test_kept_kernels.py \
	tests/sampling tests/scans tests/plots/test_profiles.py

lower-bounds:  ## a few hundred tests with the oldest versions allowed (some minutes)
	uv venv --quiet --clear --python 3.11 $(LOWEST)
	uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct -e ".[bayesian,cluster,root]"
	uv pip install --quiet --python $(LOWEST)/bin/python pytest hypothesis pint
	$(LOWEST)/bin/python -m pytest -q -W default -m "not slow" $(OLD_TESTS)

clean:  ## remove what the other targets made
	rm -rf $(VENV) $(DOCS) $(LOWEST) docs-site docs/generated report build dist .cache .pytest_cache .mypy_cache .ruff_cache .benchmarks .hypothesis
