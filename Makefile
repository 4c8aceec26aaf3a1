# `make demo` and `make test` need Python >= 3.11, git and make, and set up the rest themselves.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
VIEWER_SOURCES := $(shell find api/viewer -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: help demo test check format bench soak national reports-national docs licences audit sbom test-lowest lock fuzz fuzz-api faults clean

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

$(VENV)/.runtime: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; give one with make PYTHON=..." >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	touch $@

api/viewer/dist/index.html: $(VENV)/.runtime $(VIEWER_SOURCES)
	PATH="$(abspath $(BIN)):$$PATH" npm --prefix api/viewer ci --no-audit --no-fund --loglevel=error
	PATH="$(abspath $(BIN)):$$PATH" npm --prefix api/viewer run build
	touch $@

demo: api/viewer/dist/index.html ## build the embedded demo city and serve its map on 127.0.0.1
	$(BIN)/cuidados demo

test: $(VENV)/.dev api/viewer/dist/index.html ## set up and run every test and check
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(VENV)/.dev ## lint, types, layers; advisories where they can be asked
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if curl -sfm 5 -o /dev/null https://pypi.org/pypi/uvicorn/0.34.0/json; then $(MAKE) --no-print-directory audit; \
	else echo "Advisories not asked: pypi.org does not answer for them from here (make audit)." >&2; fi

format: $(VENV)/.dev ## rewrite the sources in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

national: $(VENV)/.dev ## build a made-up country of Mexico's size in parts, and measure it (FRACTION=0.05 of it)
	$(BIN)/python -m benchmarks.national --real $${CUIDADOS_REAL_DATA:-../shared/data} \
		--work .artifacts/national --fraction $(or $(FRACTION),1) --update --out .artifacts/national.json \
		--plot .artifacts/national.svg

bench: $(VENV)/.dev ## time whole builds, step by step, and their memory
	$(BIN)/python benchmarks/build.py

reports-national: $(VENV)/.runtime ## make the reports of every municipality of an atlas (ATLAS=atlas OUT=reportes JOBS=2)
	time $(BIN)/cuidados report --all --format html,xlsx --atlas $(or $(ATLAS),atlas) --out $(or $(OUT),reportes) --jobs $(or $(JOBS),2)

soak: $(VENV)/.dev ## keep the service of ATLAS (default: atlas) under steady load: MINUTES (30) at RATE (500) a second
	$(BIN)/python benchmarks/soak.py $(or $(ATLAS),atlas) --minutes $(or $(MINUTES),30) --rate $(or $(RATE),500)

docs: $(VENV)/.dev ## write the generated documents again
	$(BIN)/cuidados --quiet demo --no-serve --atlas .artifacts/docs
	$(BIN)/cuidados dictionary --lang en --atlas .artifacts/docs --out docs/data-dictionary.md
	$(BIN)/cuidados codebooks --out docs/codebooks.md

licences: $(VENV)/.dev ## write docs/licences.md again
	$(BIN)/python tests/supply_chain/licences.py docs/licences.md

audit: $(VENV)/.dev ## look the locked packages up in the advisories of PyPI and npm (needs the network)
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.lock
	npm --prefix api/viewer audit

sbom: $(VENV)/.dev ## write what the product is made of, in CycloneDX, to dist/
	mkdir -p dist
	$(BIN)/cyclonedx-py requirements --output-reproducible --of JSON -o dist/python.cdx.json requirements.lock
	npm --prefix api/viewer sbom --package-lock-only --omit dev --sbom-format cyclonedx > dist/page.cdx.json

test-lowest: api/viewer/dist/index.html ## run the tests with the oldest versions pyproject.toml admits (needs uv)
	$(PYTHON) -m venv --clear .venv-lowest
	uv pip compile --quiet --resolution lowest-direct --extra build --extra dev pyproject.toml -o .venv-lowest/lock
	uv pip install --quiet --python .venv-lowest -r .venv-lowest/lock
	uv pip install --quiet --python .venv-lowest --no-deps --no-build-isolation --editable .
	.venv-lowest/bin/python -m pytest -n 2 --dist loadgroup

fuzz: $(VENV)/.dev ## feed every reader and parser broken bytes, FUZZ_SECONDS (300) each
	$(BIN)/python tests/fuzz/fuzz.py --seconds $(or $(FUZZ_SECONDS),300)

faults: $(VENV)/.dev ## kill builds and publications at random, 200 times
	$(BIN)/python tests/faults/kills.py --builds 50 --publications 150

fuzz-api: $(VENV)/.dev ## try random requests against a service on 127.0.0.1:8000 (cuidados serve)
	$(BIN)/schemathesis --config-file tests/api/schemathesis.toml run http://127.0.0.1:8000/openapi.json \
		--checks all --exclude-checks positive_data_acceptance --max-examples 300 --phases examples,coverage,fuzzing

lock: ## resolve the lock files again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra build --extra dev pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra build pyproject.toml -c requirements-dev.lock -o requirements.lock

clean: ## remove what was built, keep what was fetched
	rm -rf $(VENV) api/viewer/dist api/viewer/node_modules geo/leaflet atlas dist .artifacts
