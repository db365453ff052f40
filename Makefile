# make run   index CONTENT and serve it on http://127.0.0.1:PORT
# make test  the same set-up with the test extras, then the tests
# make crash  reindex dies at POINTS points, and nothing is lost
# make bench-search, bench-indexing, bench-http, bench-load, bench-relevance, bench-hands, bench-worst, bench-growth, bench-scale, bench-capacity   what it costs, and gives; BENCH="--documents 100000 --write"
# make fuzz   made-up requests for SECONDS seconds
# make audit  known weaknesses of what is installed
# make test-browser   the tests that need Chromium (apt-get install chromium fonts-noto-cjk)
# make test-opensearch   the tests that need a cluster (apt-get install maven openjdk-17-jdk-headless)
# make bench-smoke   all of them, small; make test-benchmarks looks at what they print
CONTENT ?= examples/content
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RELOADED := .venv-reloaded
# An index belongs to one content folder: another CONTENT gets an index of its own.
INDEX ?= .index/$(shell $(PYTHON) -c 'import hashlib,os,sys; p=os.path.realpath(sys.argv[1]); print(os.path.basename(os.path.dirname(p))+"-"+hashlib.sha256(p.encode()).hexdigest()[:8])' "$(CONTENT)")
UV_COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: run test test-benchmarks crash fuzz audit test-whoosh-reloaded lint lock bench-search bench-indexing bench-http bench-load bench-relevance bench-smoke bench-hands bench-worst bench-growth bench-scale bench-capacity test-browser test-opensearch

run: $(VENV)/.runtime
	$(BIN)/reindex "$(CONTENT)" --index "$(INDEX)"
	GEULSAEM_CONTENT_DIR="$(CONTENT)" GEULSAEM_INDEX_DIR="$(INDEX)" $(BIN)/geulsaem serve --port $(PORT)

test: $(VENV)/.test
	$(BIN)/python -m pytest

test-benchmarks: $(VENV)/.test $(VENV)/.bench
	$(BIN)/python -m pytest tests/benchmarks

# reindex is killed, refused and starved at so many points.
POINTS ?= 300
crash: $(VENV)/.test
	POINTS=$(POINTS) $(BIN)/python -m pytest tests/crash

# Made-up and mangled requests for so many seconds; nothing may bring a traceback or a 500.
SECONDS ?= 60
fuzz: $(VENV)/.safety
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

# Known weaknesses of what is locked. Without the database of them nothing can be said: that is no failure.
audit: $(VENV)/.safety
	$(BIN)/python .ci/audit requirements.lock

test-browser: $(VENV)/.browser
	$(BIN)/python -m pytest tests/browser

# CLUSTER_URL is the address of a running cluster for tests; without one its own is started.
test-opensearch: $(VENV)/.opensearch
	$(BIN)/python -m pytest tests/opensearch

# The contract of index/whoosh_api.py, on the other distribution of Whoosh.
test-whoosh-reloaded: $(RELOADED)/.test
	$(RELOADED)/bin/python -m pytest tests/index/test_whoosh_api.py

lint: $(VENV)/.test $(VENV)/.opensearch
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench-search bench-indexing bench-http bench-load bench-relevance bench-hands bench-worst bench-growth bench-scale bench-capacity: bench-%: $(VENV)/.bench
	$(BIN)/python -m benchmarks.$* $(BENCH)

bench-smoke: $(VENV)/.bench
	for part in search growth indexing http load relevance hands worst; do $(BIN)/python -m benchmarks.$$part --smoke || exit 1; done

lock: $(VENV)/.runtime
	$(BIN)/pip install --quiet uv
	echo 'setuptools>=80' | $(UV_COMPILE) --upgrade pyproject.toml - -o requirements.lock
	echo 'setuptools>=80' | $(UV_COMPILE) --extra test -c requirements.lock pyproject.toml - -o requirements-test.lock
	echo 'setuptools>=80' | $(UV_COMPILE) --extra bench --extra opensearch -c requirements.lock pyproject.toml - -o requirements-bench.lock
	echo 'setuptools>=80' | $(UV_COMPILE) --extra audit --extra fuzz --extra test -c requirements.lock pyproject.toml - -o requirements-safety.lock
	echo 'setuptools>=80' | $(UV_COMPILE) --extra browser --extra test -c requirements.lock pyproject.toml - -o requirements-browser.lock
	echo 'setuptools>=80' | $(UV_COMPILE) --extra opensearch --extra test -c requirements-test.lock pyproject.toml - -o requirements-opensearch.lock

# The marks are files, so that a second run does only what changed.
$(VENV)/.runtime: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("geulsaem needs Python 3.11 or later, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.test: $(VENV)/.runtime requirements-test.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	touch $@

$(VENV)/.browser: $(VENV)/.runtime requirements-browser.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-browser.lock
	touch $@

$(VENV)/.opensearch: $(VENV)/.runtime requirements-opensearch.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-opensearch.lock
	touch $@

$(VENV)/.safety: $(VENV)/.runtime requirements-safety.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-safety.lock
	touch $@

$(VENV)/.bench: $(VENV)/.runtime requirements-bench.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	touch $@

$(RELOADED)/.test: requirements-test.lock
	test -x $(RELOADED)/bin/python || $(PYTHON) -m venv $(RELOADED)
	sed '/^whoosh3==/,/[^\]$$/d' requirements-test.lock > $(RELOADED)/requirements.lock
	$(RELOADED)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $(RELOADED)/requirements.lock
	$(RELOADED)/bin/pip install --quiet --disable-pip-version-check whoosh-reloaded==2.7.5
	touch $@
