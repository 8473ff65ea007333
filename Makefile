# The commands of this repository. `make help` lists them; `make demo` and `make test` are the two to know.
#
# PYTHON=python3.12 (any Python of 3.10 or newer) chooses the interpreter that .venv is made with.
# PYTEST_ARGS="-k replica -x" goes to pytest.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# One thing after the other, so that output can be read; but `static` starts those that need one core side by side.
ifndef SIDE_BY_SIDE
.NOTPARALLEL:
endif
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

PYTHONS := python3 python3.13 python3.12 python3.11 python3.10 $(PYTHON)
BIN := .venv/bin
PY := $(BIN)/python
PYTEST := $(PY) -m pytest $(PYTEST_ARGS)
FUZZ_SECONDS := 10
SECONDS := 60
COPY := build/ansible_collections/backupops/veeam
SETUP_INPUTS := scripts/setup.py $(wildcard emulator/pyproject.toml)

# Tools call each other by name (molecule calls ansible-playbook), and must get the ones of .venv.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# A log of CI is read and searched as plain text.
ifdef CI
export ANSIBLE_NOCOLOR := 1
export NO_COLOR := 1
endif

heading = @printf '\n== %s\n' '$(1)'

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## "; print "make ..." } /^[a-z-]+:.*## / { printf "  %-22s %s\n", $$1, $$2 } \
	  END { print "\nStart with `make demo`. CI runs `make test` and then `make test-rest`." }' $(MAKEFILE_LIST)

# ---------------------------------------------------------------------------------------------------- set up

.PHONY: setup
setup: .venv/.stamp ## .venv/ with ansible-core, every tool, the emulator, and this collection under its name
	@$(if $(filter setup,$(MAKECMDGOALS)),echo "Set up: .venv/bin has ansible-playbook and the rest.",:)

# Made anew where the checkout was moved (an environment knows its own path) or another PYTHON is asked for.
ifneq ($(shell cat .venv/.location 2>/dev/null),$(CURDIR)/.venv)
.venv/.stamp: FORCE
endif
ifdef PYTHON
ifneq ($(shell cat .venv/.stamp 2>/dev/null),$(PYTHON))
.venv/.stamp: FORCE
endif
endif

.venv/.stamp: requirements.txt requirements/dev.txt $(SETUP_INPUTS)
	@for python in $(PYTHONS); do \
	  if "$$python" -c "" 2>/dev/null; then "$$python" scripts/setup.py --python "$(PYTHON)" && echo "$(PYTHON)" > $@; exit; fi; \
	done; \
	printf '%s\n' "" "Setup failed: no Python was found on PATH." \
	  "What to do: install one of 3.10 or newer (apt install python3 python3-venv), or name it: make setup PYTHON=/path/to/python3" >&2; exit 1

.venv-importer/.stamp: requirements/importer.txt scripts/setup.py .venv/.stamp
	@$(PY) scripts/setup.py --venv .venv-importer --requirements requirements/importer.txt --python .venv/bin/python --tools-only
	@touch $@

# awx.awx, which the package ansible of PyPI carries: its documentation is all that is needed.
.venv-awx/.stamp: requirements/awx.txt scripts/awx.py .venv/.stamp
	@$(PY) scripts/awx.py
	@touch $@

.PHONY: FORCE
FORCE:

# ---------------------------------------------------------------------------------------------------- use

.PHONY: demo
demo: setup ## from a template to a job that protects three machines, and its first backup, on the emulator; twice
	@$(PY) scripts/demo.py

.PHONY: run-emulator
run-emulator: setup ## the emulator on port 9398 until Ctrl-C; EMULATOR_ARGS="--product 12" goes to it
	$(BIN)/veeam-em-emulator $(EMULATOR_ARGS)

# ---------------------------------------------------------------------------------------------------- check

STATIC := sanity-part molecule lint docs
TEST := static unit tools-test property fuzz emulator-test security integration signals-part simulation faults-part
REST := sanity importer integration-rest integration-as-module security-rest browser signals-rest faults-rest

.PHONY: test
test: $(TEST) ## every kind of check
	$(call heading,Every check passed; `make test-rest` has what is exhaustive)

.PHONY: test-rest
test-rest: $(REST) ## what is exhaustive: what depends on running as a module, every signal, every request of every flow. CI runs it after `make test`
	$(call heading,Every check of the rest passed)

# What only reads the sources needs one core for each. The output of each comes when it has ended.
.PHONY: static
static: setup copy
	@$(MAKE) --no-print-directory SIDE_BY_SIDE=yes -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) $(STATIC)

# The copy in build/ that ansible-test and others take: brought up to date before they come to it side by side.
.PHONY: copy
copy: setup
	@$(PY) scripts/collection.py copy

.PHONY: check
check: lint unit emulator-test ## the fast half of the checks, for before a commit

.PHONY: lint
lint: lint-python lint-yaml lint-shell lint-docs lint-changelog lint-ansible lint-licenses ## ruff, mypy, yamllint, shellcheck, ansible-lint, documentation, changelog

.PHONY: lint-python
lint-python: setup
	$(call heading,ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(call heading,mypy)
	$(BIN)/mypy $(addprefix -p ansible_collections.backupops.veeam.plugins.,module_utils plugin_utils action lookup filter)
	$(BIN)/mypy -p veeam_em_emulator

.PHONY: lint-yaml
lint-yaml: setup
	$(call heading,yamllint)
	$(BIN)/yamllint --strict .

.PHONY: lint-shell
lint-shell: setup
	$(call heading,shellcheck)
	$(BIN)/shellcheck .ci/run

.PHONY: lint-docs
lint-docs: setup
	$(call heading,antsibull-docs lint-collection-docs)
	$(PY) scripts/collection.py copy
	cd $(COPY) && antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all --disallow-unknown-collection-refs .

.PHONY: lint-changelog
lint-changelog: setup
	$(call heading,antsibull-changelog lint)
	$(BIN)/antsibull-changelog lint

.PHONY: lint-ansible
lint-ansible: setup
	$(call heading,ansible-lint)
	$(BIN)/ansible-lint

.PHONY: lint-licenses
lint-licenses: setup
	$(call heading,reuse)
	$(BIN)/reuse lint --quiet || $(BIN)/reuse lint

.PHONY: format
format: setup ## put the Python code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: sanity
sanity: setup ## ansible-test sanity, on a copy in build/
	$(call heading,ansible-test sanity)
	$(PY) scripts/collection.py sanity

# What is handed out; pylint takes longer over the tests than all of sanity over this.
.PHONY: sanity-part
sanity-part: setup
	$(call heading,ansible-test sanity: the plugins)
	$(PY) scripts/collection.py sanity -- plugins/

.PHONY: build
build: setup ## the collection as Galaxy takes it, in dist/
	$(PY) scripts/collection.py build

.PHONY: changelog
changelog: setup ## for a release: the fragments go into CHANGELOG.rst, under the version that galaxy.yml has
	$(BIN)/antsibull-changelog release

.PHONY: release
release: setup ## build, bill of materials, checksums in dist/; KEY=... signs, KEYRING=file verifies the signature
	$(PY) scripts/release.py --key "$(KEY)" --keyring "$(KEYRING)"

.PHONY: ee
ee: setup ## an execution environment from the archive, with the demo run in it; BASE=image, PACKAGE_MANAGER=/usr/bin/apt-get
	$(PY) scripts/ee.py --base "$(BASE)" --package-manager "$(PACKAGE_MANAGER)"

.PHONY: importer
importer: setup .venv-importer/.stamp ## Galaxy's importer on the built collection: no error, no warning
	$(call heading,Galaxy importer)
	$(PY) scripts/collection.py importer

.PHONY: unit
unit: setup ## tests of the collection's Python code
	$(call heading,Unit tests)
	$(PYTEST) tests/unit -n 2

.PHONY: tools-test
tools-test: setup .venv-awx/.stamp ## tests of these commands, the guides, and the playbook for job templates
	$(call heading,Tools tests)
	$(PYTEST) tests/slow/tools -n 2

.PHONY: property
property: setup ## any name, any bytes from the server: generated inputs
	$(call heading,Property tests)
	$(PYTEST) tests/property -n 2

.PHONY: fuzz
fuzz: setup ## damaged documents for the two parsers; FUZZ_SECONDS=600 for longer, FUZZ_SEED=7 for one seed
	$(call heading,Fuzzing)
	$(PY) scripts/fuzz.py --seconds $(FUZZ_SECONDS) $(if $(FUZZ_SEED),--seed $(FUZZ_SEED))

.PHONY: emulator-test
emulator-test: setup ## the emulator's own tests
	$(call heading,Emulator tests)
	$(PYTEST) emulator/tests -n 2

.PHONY: integration
integration: setup ## real ansible-playbook against the emulator, over HTTPS; results in the worker and as a module compared
	$(call heading,Integration tests)
	$(PYTEST) tests/slow/action tests/slow/integration -n 3 -m "not exhaustive"

.PHONY: integration-rest
integration-rest: setup ## the same on every product, in every format, both ways
	$(call heading,Integration tests: the rest)
	$(PYTEST) tests/slow/action tests/slow/integration -n 3 -m exhaustive

# What depends on the way. That each module does, predicts, shows and fails the same both ways is in tests/slow/action.
.PHONY: integration-as-module
integration-as-module: setup ## where options come from and where secrets do not go, with every task as a module
	$(call heading,Integration tests as a module)
	VEEAM_TEST_PATH=module $(PYTEST) tests/slow/integration -n 3 -k "options_sources and not uid_or_href or secret"

.PHONY: security
security: setup ## hostile servers and options: entities, bombs, redirects, certificates, injection, the process list
	$(call heading,Security tests)
	$(PYTEST) tests/slow/security -n 6 -m "not exhaustive"

.PHONY: security-rest
security-rest: setup
	$(call heading,Security tests: the rest)
	$(PYTEST) tests/slow/security -n 6 -m exhaustive

.PHONY: browser
browser: setup ## the page of the protection report in Chromium: searched, sorted, hostile names, accessibility, phone, paper
	$(call heading,Browser)
	$(PYTEST) tests/slow/browser

.PHONY: signals
signals: setup ## real ansible-playbook, stopped by SIGTERM, SIGINT and timeout: at every stage, and canceled by ansible-runner
	$(call heading,Signals)
	$(PYTEST) tests/slow/signals -n 6

# Every stage of a single clone in the worker, stopped the ways that a terminal and AWX have, and one signal for a job
# and for the run of one.
SIGNALS_PART := worker and not 3 and not main and not everything and not (stopped_jobs and SIGINT)

.PHONY: signals-part
signals-part: setup
	$(call heading,Signals: one clone, one job and one run in the worker)
	$(PYTEST) tests/slow/signals -n 6 -k "$(SIGNALS_PART)"

.PHONY: signals-rest
signals-rest: setup
	$(call heading,Signals: the rest)
	$(PYTEST) tests/slow/signals -n 6 -k "not ($(SIGNALS_PART))"

.PHONY: faults
faults: setup ## every fault at every request of every module; prints a table
	$(call heading,Fault matrix)
	$(PYTEST) tests/slow/faults -n 4

# The whole matrix of the clone in virtual time, and a sample of the rest of it.
.PHONY: faults-part
faults-part: setup
	$(call heading,Fault matrix)
	$(PYTEST) tests/slow/faults -n 4 -m "not exhaustive"

.PHONY: faults-rest
faults-rest: setup
	$(call heading,Fault matrix: the rest)
	$(PYTEST) tests/slow/faults -n 4 -m exhaustive

.PHONY: simulate
simulate: setup ## whole histories in virtual time, a new seed each; SECONDS=600 for longer, SEED=7 for one and its table
	$(call heading,Simulation)
	$(PY) tests/simulation/simulate.py $(if $(SEED),--seed $(SEED),--seconds $(SECONDS))

# Part of `make test`: half a minute of new seeds, and all that ever failed.
.PHONY: simulation
simulation: setup
	$(call heading,Simulation)
	$(PYTEST) tests/simulation -n 3

.PHONY: mutations
mutations: setup ## put mistakes into the client, one at a time, and see that the simulation finds each
	$(call heading,Mutations)
	$(PY) tests/simulation/mutations.py

.PHONY: molecule
molecule: setup ## the roles: converge, idempotence, verify; for jobs also change and absent
	$(call heading,molecule)
	cd extensions && molecule test --all

.PHONY: matrix
matrix: setup ## every ansible-core from 2.16 on, each on a Python it supports; ONLY=2.16 for one of them
	$(PY) scripts/matrix.py --only "$(ONLY)"

.PHONY: bench
bench: setup ## measure against uri tasks and a hand-written script
	$(PY) tests/benchmark/bench.py $(BENCH_ARGS)

.PHONY: docs
docs: setup ## the documentation as a web site, in build/docs/html
	$(call heading,Documentation)
	$(PY) scripts/emulator_requests.py
	$(PY) scripts/collection.py docs

# ---------------------------------------------------------------------------------------------------- clean

.PHONY: clean
clean: ## remove what make made, the environments too
	rm -rf .venv .venv-awx .venv-importer .venv-matrix build dist tests/output .mypy_cache .ruff_cache .pytest_cache .hypothesis .ansible
