# Every target sets up what it needs by itself: see packaging/setup.sh.
# More arguments for the program behind a target:  make demo ARGS="--minutes 2",  make test ARGS=tests/unit

BIN := .venv/bin
PYTHON_RUN := $(BIN)/python
ARGS ?=
# The end-to-end tests share one worker: they never run two at a time (tests/conftest.py).
PYTEST := $(PYTHON_RUN) -m pytest -n 2

.PHONY: help run demo test check bench kill pictures docs lock wheel clean setup-run setup-demo setup-dev

help:
	@echo 'make run       tray, overlay and recording'
	@echo 'make demo      a simulated game and bot, watched by the real thing'
	@echo 'make test      all tests'
	@echo 'make check     format, lint, types, imports and all tests'
	@echo 'make bench     start-up, memory, CPU, events a second, OCR: measured and printed'
	@echo 'make kill      the writer of each store is killed 200 times under load: nothing acknowledged may be missing'
	@echo 'make pictures  the pictures of README.md and docs/, made by the demo'
	@echo 'make docs      docs/commands.md, from the help of the program'
	@echo 'make lock      bring packaging/requirements-*.lock up to date with pyproject.toml'
	@echo 'make wheel     the installable package, in dist/'
	@echo 'make clean     remove all that these targets made'

setup-run setup-demo setup-dev:
	@sh packaging/setup.sh $(@:setup-%=%)

run: setup-run
	@$(PYTHON_RUN) -m combatlens run $(ARGS)

demo: setup-demo
	@$(PYTHON_RUN) -m combatlens demo $(ARGS)

test: setup-dev
	$(PYTEST) $(ARGS)

check: setup-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) $(ARGS)

bench: setup-dev
	@$(PYTHON_RUN) -m tests.benchmarks $(ARGS)

kill: setup-dev
	COMBATLENS_KILLS=200 $(PYTHON_RUN) -m pytest tests/contract/test_store_kill.py $(ARGS)

pictures: setup-demo
	$(PYTHON_RUN) -m combatlens demo --minutes 4 --screenshots docs/pictures $(ARGS)

docs: setup-run
	$(PYTHON_RUN) packaging/command_page.py

# uv is asked for here alone. It writes names, versions and hashes, for every system and Python version at once.
UV_COMPILE := $(PYTHON_RUN) -m uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --only-binary :all: --no-annotate --no-header --no-emit-index-url --no-emit-find-links
lock: setup-run
	$(PYTHON_RUN) -m pip --disable-pip-version-check install --quiet uv
	$(UV_COMPILE) pyproject.toml -o packaging/requirements-run.lock
	$(UV_COMPILE) pyproject.toml --group dev -c packaging/requirements-run.lock -o packaging/requirements-dev.lock

wheel: setup-dev
	$(PYTHON_RUN) -m build --no-isolation --outdir dist $(ARGS)

clean:
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench-results
	find app tests logs packaging -name __pycache__ -type d -exec rm -rf {} +
