# `make` alone lists the targets. Each sets up what it needs: the environment in VENV is rebuilt when the pins change.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000

# A path may hold spaces, apostrophes, umlauts or `$`, be relative, or begin with `~`. Make splits words at spaces, so
# no path from outside is a target or a prerequisite, and recipes quote it.
quote = '$(subst ','\'',$(1))'
ABSOLUTE = import os, sys; print(os.path.abspath(os.path.expanduser(sys.argv[1])))
python := $(call quote,$(value PYTHON))
venv := $(shell $(python) -c "$(ABSOLUTE)" $(call quote,$(value VENV)))
RUN := $(call quote,$(venv)/bin/python) -m

SPHINX = $(RUN) sphinx -c . -d _build/doctrees -n -W --keep-going
# One process a processor, each with one thread.
PYTEST = OMP_NUM_THREADS=1 $(RUN) pytest -n logical --maxprocesses 8
# In the order given, later chapters first: they run longest, and none is left to run alone at the end.
NBVAL = $(PYTEST) --dist loadfile --no-loadscope-reorder --nbval-lax
NPM := labs/node_modules/.package-lock.json

.PHONY: environment help book html formats serve edit test test-unit test-notebooks test-slow lint notebooks labs claims clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

book: notebooks html ## run the chapters, write the notebooks and the site
	@echo
	@echo "The book is ready: open _build/html/index.html in a browser, or run 'make serve'."

html: environment # the site alone; its download buttons offer the notebooks as they are
	$(SPHINX) -b html book _build/html

formats: book ## write EPUB, PDF and ZIP into the site, and link them (minutes; needs Chromium)
	$(SPHINX) -b epub book _build/epub
	$(call quote,$(venv)/bin/python) scripts/formats.py

serve: book ## build the book and show it at http://localhost:8000 (PORT=…)
	$(RUN) http.server $(call quote,$(value PORT)) --bind 127.0.0.1 --directory _build/html

# A page of book/ opens as a notebook when it is clicked; the setting is kept in the environment alone.
viewers := $(call quote,$(venv)/etc/jupyter/labconfig/default_setting_overrides.json)

edit: environment ## open the pages as notebooks in JupyterLab; saving writes back only what changed
	mkdir -p $(call quote,$(venv)/etc/jupyter/labconfig)
	$(call quote,$(venv)/bin/jupytext-config) --settings-file $(viewers) set-default-viewer markdown
	$(RUN) jupyterlab --LabApp.default_url=/lab/tree/book

notebooks: environment ## write notebooks/*.ipynb from the chapters
	$(SPHINX) -b notebooks book _build/notebooks
	$(call quote,$(venv)/bin/python) scripts/assignments.py

labs: $(NPM) ## bundle the demos of labs/ for the page and for notebooks
	cd labs && npm run build

# The build has run what the notebooks share with their pages; nbval runs those that hold more.
test: lint html $(NPM) ## check everything, as CI does (minutes)
	$(PYTEST) -p no:nbval --dist worksteal
	notebooks=$$($(call quote,$(venv)/bin/python) scripts/notebooks_to_run.py) && \
	{ [ -z "$$notebooks" ] || $(NBVAL) $$notebooks; }

test-slow: html $(NPM) ## what `make test` leaves out: each page and lab in the browser, Firefox, training, changed references
	$(PYTEST) -p no:nbval -m slow --dist worksteal tests/book tests/browser tests/labs tests/exercises tests/course tests/unit/test_digits.py tests/unit/test_label_benchmark.py tests/unit/test_scaling.py

test-notebooks: environment ## run every notebook from top to bottom, also where its page has run
	$(NBVAL) $$(ls -r notebooks/*.ipynb)

test-unit: lint ## check the package alone (under a minute)
	OMP_NUM_THREADS=1 $(RUN) pytest tests/unit tests/architecture src/ganlab

lint: environment
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) codespell_lib

claims: environment ## try every claim under 20 other seeds (an hour or two; goes on where it was; PAGE=06-first-gan)
	$(call quote,$(venv)/bin/python) scripts/claims.py $(if $(PAGE),--page $(call quote,$(value PAGE)))

clean: ## remove what was built; the environment stays
	rm -rf _build build .pytest_cache .ruff_cache
	find src tests book -name __pycache__ -type d -prune -exec rm -rf {} +

environment: # seconds when it is up to date
	@$(python) scripts/environment.py $(call quote,$(venv))

$(NPM): labs/package-lock.json
	cd labs && npm ci --no-fund --no-audit
	touch $@
