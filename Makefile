# The recipes that people, pre-commit and CI share. `make demo` and `make test` set up
# everything they need from Python 3.11 or newer with venv, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

HOST := build/host
JUNIT_SCHEMA := build/junit-10.xsd

.PHONY: demo test check format lint types imports corpus devices findings junit zoo-full bench reports report-host \
	report-guidelines report-devices profiles wheel clean help

help:  ## list the recipes
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/'

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "costscope needs Python 3.11 or newer; try make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)

demo: $(STAMP)  ## the main job on a real network
	$(BIN)/costscope analyze zoo:mobilenet_v2 --hw pixel6 --as-dtype int8

test: $(STAMP)  ## all tests that need nothing but this checkout
	$(BIN)/python -m pytest -n auto --ignore=tests/corpus

corpus: $(STAMP)  ## compare with the corpus of real graphs, where it stands beside the checkout
	$(BIN)/python -m pytest -n auto tests/corpus -rs
	$(BIN)/python benchmarks/reports.py --check
	$(BIN)/python benchmarks/host_accuracy.py --check

devices: $(STAMP)  ## whether the shipped profiles and their report are what the tables give
	$(BIN)/python benchmarks/device_profiles.py --check
	$(BIN)/python benchmarks/device_accuracy.py --check

# The schema that Jenkins reads JUnit files with, as the sources of pytest hold it.
$(JUNIT_SCHEMA): $(STAMP)
	mkdir -p build
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps \
		--no-binary pytest --dest build 'pytest==9.0.1'
	tar -xzf build/pytest-9.0.1.tar.gz -C build --strip-components=3 \
		pytest-9.0.1/testing/example_scripts/junit-10.xsd
	@touch $@

junit: $(STAMP)  ## whether JUnit reports are valid by the published schema, if it can be had
	@$(MAKE) $(JUNIT_SCHEMA) || echo "junit: the schema cannot be downloaded, its tests are skipped"
	COSTSCOPE_JUNIT_XSD="$$(ls $(abspath $(JUNIT_SCHEMA)))" $(BIN)/python -m pytest -rs \
		tests/gate/reports/test_gate_junit.py

findings: $(STAMP)  ## whether the reports on rules and guidelines are what this checkout gives
	$(BIN)/python benchmarks/guideline_order.py --check
	$(BIN)/python benchmarks/findings_report.py --check

zoo-full: $(STAMP)  ## run every network of the zoo of up to 400 MB of weights in onnxruntime
	COSTSCOPE_ZOO_FULL=1 $(BIN)/python -m pytest tests/zoo/test_every_network.py -k run -rs

lint: $(STAMP)  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)  ## rewrite the style that can be rewritten
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP)  ## mypy, strict
	$(BIN)/mypy

imports: $(STAMP)  ## who may import whom
	$(BIN)/lint-imports

check: lint types imports test junit corpus devices findings wheel  ## everything that CI checks

wheel: $(STAMP)  ## build the wheel and run the README's main command from it, elsewhere
	bash .ci/wheel_check $(BIN)/python

bench: $(STAMP)  ## speed, as ratios in one run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	$(BIN)/python benchmarks/speed.py

reports: $(STAMP)  ## write the tracked evidence in reports/ anew
	$(BIN)/python benchmarks/reports.py
	$(BIN)/python benchmarks/guideline_order.py
	$(BIN)/python benchmarks/findings_report.py

report-host: $(STAMP)  ## calibrate this machine, measure some 160 networks: 50 quiet minutes
	mkdir -p build
	$(BIN)/costscope calibrate --threads 1 --no-save -o $(HOST).yaml
	$(BIN)/python benchmarks/host_accuracy.py --hw $(HOST).yaml --time-limit 2 \
		--regime one_thread --regime extended
	$(BIN)/costscope calibrate --threads 2 --no-save -o $(HOST)_2_threads.yaml
	$(BIN)/python benchmarks/host_accuracy.py --hw $(HOST)_2_threads.yaml --time-limit 2 \
		--regime two_threads
	$(BIN)/costscope calibrate --thorough --threads 1 --no-save -o $(HOST)_int8.yaml
	$(BIN)/python benchmarks/host_accuracy.py --hw $(HOST)_int8.yaml --time-limit 2 --regime int8

profiles: $(STAMP)  ## fit every shipped profile to hardware_profiles/measurements anew
	$(BIN)/python benchmarks/device_profiles.py

report-devices: $(STAMP)  ## how good the shipped profiles are on networks and machines held out
	$(BIN)/python benchmarks/device_accuracy.py

report-guidelines: $(STAMP)  ## ShuffleNet-v2's Tables 1-4 on this machine, after report-host
	$(BIN)/python benchmarks/guidelines_report.py --hw $(HOST).yaml

clean:  ## remove what the recipes made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
