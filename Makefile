# `make` alone lists the targets. Each sets up what it needs: the environment in $(VENV) is rebuilt when the pins change.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BIN := $(VENV)/bin

# Chapters run in throw-away folders, so the path to the data must not depend on where one stands.
ifdef GANLAB_DATA
export GANLAB_DATA := $(abspath $(GANLAB_DATA))
endif

# The stamp's name holds what the environment was made from; it is written last, so an interrupted install leaves none.
SOURCES := requirements.txt pyproject.toml
KEY := $(shell $(PYTHON) -c "import hashlib, pathlib, sys; print(hashlib.sha256(b''.join(pathlib.Path(p).read_bytes() \
	for p in '$(SOURCES)'.split()) + repr((sys.version_info[:2], '$(CURDIR)')).encode()).hexdigest()[:16])")
READY := $(VENV)/.ready-$(KEY)
NPM := labs/node_modules/.package-lock.json

SPHINX = $(BIN)/sphinx-build -c . -d _build/doctrees -n -W --keep-going

# A page of book/ opens as a notebook when it is clicked in JupyterLab; the setting is kept in the environment alone.
VIEWERS := $(VENV)/etc/jupyter/labconfig/default_setting_overrides.json

.PHONY: help book html serve edit test test-unit lint notebooks labs clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

book: notebooks html ## run the chapters, write the notebooks and the site
	@echo
	@echo "The book is ready: open _build/html/index.html in a browser, or run 'make serve'."

html: $(READY) # the site alone; its download buttons offer the notebooks as they are
	$(SPHINX) -b html book _build/html

serve: book ## build the book and show it at http://localhost:8000 (PORT=…)
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

edit: $(READY) ## open the pages as notebooks in JupyterLab; saving writes back only what changed
	mkdir -p "$(dir $(VIEWERS))"
	$(BIN)/jupytext-config --settings-file "$(VIEWERS)" set-default-viewer markdown
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/book

notebooks: $(READY) ## write notebooks/*.ipynb from the chapters
	$(SPHINX) -b notebooks book _build/notebooks

labs: $(NPM) ## bundle the demos of labs/ for the page and for notebooks
	cd labs && npm run build

test: lint html $(NPM) ## check everything, as CI does (minutes)
	OMP_NUM_THREADS=1 $(BIN)/pytest
	OMP_NUM_THREADS=1 $(BIN)/pytest --nbval-lax notebooks

test-unit: lint ## check the package alone (under a minute)
	OMP_NUM_THREADS=1 $(BIN)/pytest tests/unit tests/architecture src/ganlab

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

clean: ## remove what was built; the environment stays
	rm -rf _build build .pytest_cache .ruff_cache
	find src tests book -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY):
	rm -f $(VENV)/.ready-*
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt -e .
	touch $@

$(NPM): labs/package-lock.json
	cd labs && npm ci --no-fund --no-audit
	touch $@
