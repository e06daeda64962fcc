# Every target that needs .venv makes it, or makes it anew when it is stale.

# The first of these that is Python 3.11 or newer and can make a venv is used.
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11

BIN := .venv/bin
# Written last, so a killed install leaves none. Holds the folder, so a moved .venv shows.
READY := .venv/ready
PEERS := .venv/peers
# The tests start the program hundreds of times, so its bytecode is kept. Their files are in memory
# where it has room, if nobody says otherwise: each flush to a disk takes milliseconds. Those of
# tests that pass are removed at once.
ROOM := $(shell df -Pk /dev/shm 2>/dev/null | awk 'END { exit $$4 < 2000000 }' \
                && ! grep -qs ' /dev/shm .*noexec' /proc/mounts && echo /dev/shm || echo /tmp)
PYTEST := PYTHONDONTWRITEBYTECODE= TMPDIR="$${TMPDIR:-$(ROOM)}" \
          $(BIN)/python -m pytest -n 2 --dist worksteal -o tmp_path_retention_policy=failed
QUICK := not slow and not cluster
# Empty, or `stale` when .venv was moved or its Python no longer runs.
STALE := $(shell test "$$(cat $(READY) 2>/dev/null)" = "$$(pwd -P)" \
                 && $(BIN)/python -Ic 'import pip' >/dev/null 2>&1 || echo stale)

.PHONY: help demo test slow readers browser lint types manual bench stress clean stale

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

demo: $(READY)  ## a short tour on a small corpus
	@$(BIN)/w2vcli demo

test: $(PEERS)  ## the tests, in some minutes: compiled, then as plain Python
	$(PYTEST) -m "$(QUICK)"
	NUMBA_DISABLE_JIT=1 $(PYTEST) -m "$(QUICK)"

slow: $(PEERS)  ## the tests that take long, or start a Dask cluster
	$(PYTEST) -m "not ($(QUICK))"
	NUMBA_DISABLE_JIT=1 $(PYTEST) -m "not ($(QUICK))"

readers: $(PEERS)  ## add gensim, spaCy, ... to .venv, for the tests of what they read
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --only-binary :all: torch==2.13.0 \
	    && $(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[readers]' \
	    || echo 'Not all readers can be had here: the tests that need the others are skipped.' >&2

# As root only: others are told what to install. Playwright's own browser would come from outside.
browser: $(PEERS)  ## add Chromium and what drives it, for the tests of the pages
	@command -v chromium chromium-browser google-chrome >/dev/null \
	    || { apt-get update -qq && apt-get install -y -qq chromium; } >/dev/null 2>&1 \
	    || echo 'Chromium cannot be installed here: the tests that open pages in it are skipped.' >&2
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --only-binary :all: \
	    -e '.[browser]' \
	    || echo 'Playwright cannot be had here: the tests that open pages are skipped.' >&2

lint: $(READY)  ## check the style
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/oxlint --config .oxlintrc.json --deny-warnings w2vcli/pictures/assets

types: $(READY)  ## check the types
	$(BIN)/mypy

manual: $(READY)  ## bring the option tables and sessions of README and manual up to date
	@PYTHONPATH=tests $(BIN)/python -m docs.update $(ARGS)

bench: $(READY)  ## run the benchmarks: make bench ARGS="..."
	@PYTHONPATH=tests $(BIN)/python -m bench.run $(ARGS)

stress: $(READY)  ## kill and fuzz: make stress ARGS="..."
	@PYTHONPATH=tests $(BIN)/python -m stress.run $(ARGS)

clean:  ## remove .venv and all caches
	@rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Only ready-made: where a peer would have to be built, its tests are skipped instead.
$(PEERS): $(READY)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --only-binary \
	    fasttext-wheel,gensim,scipy -e '.[peers]' \
	    || echo 'gensim and fastText cannot be had here: tests against them are skipped.' >&2
	@touch $@

$(READY): pyproject.toml $(STALE)
	@fail() { echo "$$1" >&2; exit 1; }; \
	found=; \
	for python in $(PYTHON); do \
	    new=$$($$python -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null); \
	    test "$$new" = True || continue; \
	    found=$$python; \
	    $$python -c 'import ensurepip, venv' 2>/dev/null && break; \
	done; \
	test "$$found" || fail \
	    'w2vcli needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3.'; \
	$$found -c 'import ensurepip, venv' 2>/dev/null || fail \
	    "$$found cannot make a virtual environment: install its venv module (Debian: apt install python3-venv)."; \
	echo "Setting up .venv with $$found; this takes a minute, once." >&2; \
	rm -rf .venv \
	&& $$found -m venv .venv \
	&& $(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[dev]' \
	&& pwd -P > $@ \
	|| fail 'Setting up .venv failed, for the reason above: put it right (is the network there?) and run make again.'
