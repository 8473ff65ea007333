# The commands of this repository. `make help` lists those to know, `make help-all` the others.
#
# PYTHON=python3.12 (any Python of 3.10 or newer) chooses the interpreter that .venv is made with.
# PYTEST_ARGS="-k replica -x" goes to pytest.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# One thing after the other, so that output can be read; but side_by_side starts two that need one core each.
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
SECONDS := 30
# Where it is said with what to begin, so many instead of so long: the same ones on every machine.
FUZZ_CASES := 30000
HISTORIES := 400
SOURCE_HISTORIES := 80
COPY := build/ansible_collections/backupops/veeam
SETUP_INPUTS := scripts/setup.py $(wildcard emulator/pyproject.toml)

# Tools call each other by name (molecule calls ansible-playbook), and must get the ones of .venv.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Where nobody writes bytecode, every start of Ansible and every worker of pytest compiles all of it again.
unexport PYTHONDONTWRITEBYTECODE
# A log of CI is read and searched as plain text.
ifdef CI
export ANSIBLE_NOCOLOR := 1
export NO_COLOR := 1
endif

heading = @printf '\n== %s\n' '$(1)'
# Each of these needs one core, so two run at a time; the output of each comes when it has ended.
side_by_side = @$(MAKE) --no-print-directory SIDE_BY_SIDE=yes -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) $(1)
list = @awk 'BEGIN { FS = ":.*$(1) "; print "make ..." } /^[a-z-]+:.*$(1) / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: help
help:
	$(call list,##)

.PHONY: help-all
help-all: ## every other command
	$(call list,#:)

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
# The tests' bytecode, once, as pip writes that of packages: else each worker of the first `make test` writes all of it.
# What is wrong with a test is said there.
	@echo "Compiling the tests ..."; $(PY) -m pytest --collect-only --quiet $(DOOR) > /dev/null 2>&1 || :

.venv-importer/.stamp: requirements/importer.txt scripts/setup.py .venv/.stamp
	@$(PY) scripts/setup.py --venv .venv-importer --requirements requirements/importer.txt --python .venv/bin/python --tools-only
	@touch $@

# awx.awx and community.general.mail, which the package ansible of PyPI carries.
.venv-awx/.stamp: requirements/awx.txt scripts/awx.py .venv/.stamp
	@$(PY) scripts/awx.py
	@touch $@

.PHONY: FORCE
FORCE:

# ---------------------------------------------------------------------------------------------------- use

.PHONY: demo
demo: setup ## from a template to a job, its first backup, and a broken machine brought back, on the emulator; twice
	@$(PY) scripts/demo.py

.PHONY: run-emulator
run-emulator: setup ## the emulator on port 9398 until Ctrl-C; EMULATOR_ARGS="--product 12" goes to it
	$(BIN)/veeam-em-emulator $(EMULATOR_ARGS)

.PHONY: pictures
pictures: setup #: the pictures in README: a run in a terminal, and the page of the report (needs Chromium)
	$(PY) scripts/run_picture.py
	$(PY) scripts/screenshot.py

# ---------------------------------------------------------------------------------------------------- check

DOOR := tests/unit tests/property tests/simulation tests/door emulator/tests

.PHONY: test
test: setup ## what is quick, in two minutes: unit tests, the emulator, generated inputs, histories, every module in one play
	$(call heading,Tests)
	@HYPOTHESIS_PROFILE=quick $(PYTEST) $(DOOR) -n 3 --dist worksteal
	@printf '%s\n' 'Not run: style, types and documentation (`make lint`); whatever is slow, in tests/slow, on more generated inputs, and by tools of others (`make test-all`). CI runs both.'

.PHONY: lint
lint: setup copy ## style, types, documentation: ruff, mypy, yamllint, shellcheck, ansible-lint, antsibull, reuse, the web site
	$(call side_by_side,$(LINT))

.PHONY: test-all
test-all: test lint slow ## everything: `make test`, `make lint`, and what takes long
	$(call heading,Everything passed)

# Two, so that with --keep-going a finding of the one does not keep the other from being run.
.PHONY: slow
slow: slow-tools slow-tests #: of `make test-all` what neither `make test` nor `make lint` has

# The same histories and damages every time: a change that has nothing to do with it does not turn red. By themselves,
# `make simulate` and `make fuzz` look for new ones.
.PHONY: slow-tools
slow-tools: export SIMULATE_FIRST := 20000500
slow-tools: export FUZZ_SEED := 20000500
slow-tools: setup copy #: ansible-test, molecule and galaxy-importer; generated inputs, damaged documents and histories
	$(call side_by_side,sanity molecule importer thorough)

.PHONY: slow-tests
slow-tests: setup copy .venv-awx/.stamp #: tests/slow
	$(call heading,Tests that take long)
	$(PYTEST) tests/slow -n 4 --dist worksteal

.PHONY: thorough
thorough: property fuzz simulate #: generated inputs, damaged documents and histories, more of them than `make test` has

LINT := lint-ansible lint-types docs lint-docs lint-python lint-yaml lint-shell lint-changelog lint-licenses

.PHONY: lint-python
lint-python: setup #: ruff
	$(call heading,ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: lint-types
lint-types: setup #: mypy
	$(call heading,mypy)
	$(BIN)/mypy $(addprefix -p ansible_collections.backupops.veeam.plugins.,module_utils plugin_utils action lookup filter)
	$(BIN)/mypy -p veeam_em_emulator
	$(BIN)/mypy extensions/eda/plugins/event_source/sessions.py

.PHONY: lint-yaml
lint-yaml: setup #: yamllint
	$(call heading,yamllint)
	$(BIN)/yamllint --strict .

.PHONY: lint-shell
lint-shell: setup #: shellcheck
	$(call heading,shellcheck)
	$(BIN)/shellcheck .ci/run .ci/install

.PHONY: lint-docs
lint-docs: setup copy #: antsibull-docs: documentation of plugins and roles
	$(call heading,antsibull-docs lint-collection-docs)
	cd $(COPY) && antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all --disallow-unknown-collection-refs .

.PHONY: lint-changelog
lint-changelog: setup #: antsibull-changelog: fragments
	$(call heading,antsibull-changelog lint)
	$(BIN)/antsibull-changelog lint

.PHONY: lint-ansible
lint-ansible: setup #: ansible-lint: roles, playbooks, scenarios
	$(call heading,ansible-lint)
	$(BIN)/ansible-lint

.PHONY: lint-licenses
lint-licenses: setup #: reuse: every file says under which license it is
	$(call heading,reuse)
	$(BIN)/reuse lint --quiet || $(BIN)/reuse lint

.PHONY: format
format: setup ## put the Python code into the house style
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(PY) scripts/file_table.py

.PHONY: docs
docs: setup copy ## the documentation as a web site, in build/docs/html
	$(call heading,Documentation)
	$(PY) scripts/collection.py docs

# The copy in build/ that ansible-test and others take: brought up to date before they come to it side by side.
.PHONY: copy
copy: setup
	@$(PY) scripts/collection.py copy

.PHONY: sanity
sanity: setup copy #: ansible-test sanity on what is handed out
	$(call heading,ansible-test sanity)
	$(PY) scripts/collection.py sanity

.PHONY: importer
importer: setup copy .venv-importer/.stamp #: Galaxy's importer on the built collection: no error, no warning
	$(call heading,Galaxy importer)
	$(PY) scripts/collection.py importer

.PHONY: molecule
molecule: setup #: the roles: converge, idempotence, verify; for jobs also change and absent
	$(call heading,molecule)
	cd extensions && molecule test --all

.PHONY: unit
unit: setup #: the tests of the collection's Python code
	$(PYTEST) tests/unit -n 2

.PHONY: property
property: setup #: any name, any bytes from the server: generated inputs
	$(call heading,Property tests)
	$(PYTEST) tests/property -n 2

.PHONY: door
door: setup #: the few starts of Ansible of `make test`: every module, every role, the demo
	$(PYTEST) tests/door -n 2

.PHONY: emulator-test
emulator-test: setup #: the emulator's own tests
	$(PYTEST) emulator/tests -n 2

.PHONY: simulation
simulation: setup #: all histories that ever failed, and a few seconds of new ones
	$(call heading,Simulation)
	$(PYTEST) tests/simulation tests/slow/simulation -n 2

# Each folder of tests/slow by its name.
SLOW := integration action faults security signals playbooks tools browser events sites
.PHONY: $(SLOW)
$(SLOW): setup
	$(PYTEST) tests/slow/$@ -n 4
playbooks: .venv-awx/.stamp
integration: #: real ansible-playbook against the emulator, over HTTPS
action: #: in the worker and as a module, compared key by key
faults: #: every fault at every request of every module; prints a table
security: #: hostile servers and options
signals: #: runs that are stopped, at every stage
browser: #: the page of the protection report in Chromium: searched, sorted, hostile names, accessibility, phone, paper
playbooks: #: the playbooks for job templates as AWX runs them, and those that set up AWX
events: #: the event source from an installed archive, and ansible-rulebook on the rulebooks
sites: #: one play over twelve Enterprise Managers
tools: #: these commands, and what the guides say of the repository

.PHONY: fuzz
fuzz: setup #: damaged documents for the two parsers; FUZZ_SECONDS=600 for longer, FUZZ_SEED=7 for FUZZ_CASES of one seed
	$(call heading,Fuzzing)
	$(PY) scripts/fuzz.py $(if $(FUZZ_SEED),--seed $(FUZZ_SEED) --count $(FUZZ_CASES),--seconds $(FUZZ_SECONDS))

SIMULATE_ARGS = $(if $(SEED),--seed $(SEED),$(if $(SIMULATE_FIRST),--first $(SIMULATE_FIRST) --histories $(1),--seconds $(SECONDS)))
.PHONY: simulate
simulate: setup #: whole histories in virtual time, a new seed each; SECONDS=600 for longer, SEED=7 for one and its table, SOURCES=yes
	$(call heading,Simulation)
	$(if $(SOURCES),,$(PY) tests/simulation/simulate.py $(call SIMULATE_ARGS,$(HISTORIES)))
	$(if $(SOURCES)$(if $(SEED),,yes),$(PY) tests/simulation/simulate.py $(call SIMULATE_ARGS,$(SOURCE_HISTORIES)) --sources)

.PHONY: mutations
mutations: setup #: put mistakes into the client, one at a time, and see that the simulation finds each
	$(call heading,Mutations)
	$(PY) tests/simulation/mutations.py

.PHONY: matrix
matrix: setup #: every ansible-core from 2.16 on, each on a Python it supports; ONLY=2.16 for one of them
	$(PY) scripts/matrix.py --only "$(ONLY)"

.PHONY: bench
bench: setup #: measure against uri tasks and a hand-written script
	$(PY) tests/benchmark/bench.py $(BENCH_ARGS)

# ---------------------------------------------------------------------------------------------------- hand out

.PHONY: build
build: setup #: the collection as Galaxy takes it, in dist/
	$(PY) scripts/collection.py build

.PHONY: changelog
changelog: setup #: for a release: the fragments go into CHANGELOG.rst, under the version that galaxy.yml has
	$(BIN)/antsibull-changelog release

.PHONY: release
release: setup #: build, bill of materials, checksums in dist/; KEY=... signs, KEYRING=file verifies the signature
	$(PY) scripts/release.py --key "$(KEY)" --keyring "$(KEYRING)"

.PHONY: ee
ee: setup #: an execution environment from the archive, with the demo run in it; BASE=image, PACKAGE_MANAGER=/usr/bin/apt-get
	$(PY) scripts/ee.py --base "$(BASE)" --package-manager "$(PACKAGE_MANAGER)"

# ---------------------------------------------------------------------------------------------------- clean

.PHONY: clean
clean: #: remove what make made, the environments too
	rm -rf .venv .venv-awx .venv-importer .venv-matrix build dist tests/output .mypy_cache .ruff_cache .pytest_cache .hypothesis .ansible
