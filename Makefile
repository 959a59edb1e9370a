# One word per chore; each works from a fresh clone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_ARGS ?= -q
# The tests of what reads and writes arrays in kernels.
KERNEL_TESTS := tests/capture tests/metering tests/hosts tests/context tests/fuzz
# The tests and the demo share a machine with others; torch's threads would fight over it.
export OMP_NUM_THREADS ?= 1

.PHONY: help install demo test check-bounds lint bench fuzz docs models lab lab-dataset

help:
	@echo "make demo    analyze a sample capture and show where the reports lie"
	@echo "make test    all tests"
	@echo "make check-bounds  the tests of the kernels, with numba's bounds checking on"
	@echo "make lint    ruff, mypy --strict, import-linter"
	@echo "make bench   ratios and memory, written to out/bench"
	@echo "make fuzz    millions of hostile packets, and the property tests with many more examples"
	@echo "make docs    the pages that commands make: help, columns, parity"
	@echo "make models  train the shipped bundles again (NETAD_PCAP_DATA, and what lab-dataset made)"
	@echo "make lab     record SCENARIO='smoke office-break-in' in namespaces, to out/lab (root, Debian)"
	@echo "make lab-dataset  an hour of labelled traffic of several networks, split into train and test"

install: $(STAMP)

# torch first and by name: where an index offers the CPU build (+cpu) pip takes that, and
# what is installed later does not replace it by the build with CUDA libraries.
$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt torch==2.13.0
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[dev]"
	touch $@

demo: $(STAMP)
	@mkdir -p out
	$(BIN)/netad-pcap analyze sample_pcaps/$(or $(SAMPLE),port_scan.pcap) \
		-o out/demo.json -o out/demo.csv --force
	@echo
	@echo "The reports lie in out/demo.json and out/demo.csv."

test: $(STAMP)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# numba's cache does not tell checked code from unchecked: this needs a folder of its own, or
# it would check nothing.
check-bounds: $(STAMP)
	@rm -rf out/checked-kernels && mkdir -p out/checked-kernels
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(CURDIR)/out/checked-kernels \
		$(BIN)/python -m pytest $(PYTEST_ARGS) $(KERNEL_TESTS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p netad_pcap -p netad_detectors -p tests -p benchmarks -p sample_pcaps
	$(BIN)/lint-imports

bench: $(STAMP)
	@mkdir -p out/bench
	$(BIN)/python -m benchmarks --output out/bench

# FUZZ_ARGS="--seed N" repeats a run.
fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest $(PYTEST_ARGS) tests

docs: $(STAMP)
	$(BIN)/python -m netad_pcap.cli.help_pages > docs/help.md
	$(BIN)/python -m netad_pcap.schema > docs/columns.md
	$(BIN)/python -m netad_pcap.report.columns_page > docs/report-columns.md
	$(BIN)/python docs/readme_example.py
	test ! -d "$${NETAD_PCAP_DATA:-../shared}" || $(BIN)/python -m benchmarks.parity > docs/parity.md

models: $(STAMP)
	LAB=$(LAB_OUTPUT) $(BIN)/python -m netad_pcap.training.shipped

# `python -m sample_pcaps.lab list` names the others.
SCENARIO ?= smoke office-break-in
LAB_OUTPUT ?= out/lab
lab: $(STAMP)
	$(BIN)/python -m sample_pcaps.lab install
	$(BIN)/python -m sample_pcaps.lab run --force -o $(LAB_OUTPUT) $(SCENARIO)
	$(BIN)/python -m sample_pcaps.lab check $(LAB_OUTPUT)

lab-dataset: $(STAMP)
	$(BIN)/python -m sample_pcaps.lab install
	$(BIN)/python -m sample_pcaps.lab dataset -o $(LAB_OUTPUT)
	$(BIN)/python -m sample_pcaps.lab check $(LAB_OUTPUT)
