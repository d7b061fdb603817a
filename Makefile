# What a person needs: make run, make test. The rest is for who works on it.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: run test coverage lint bench screenshots schema lineage settings migrations requirements

run: .venv/installed
	@$(BIN)/piccolo project serve

# make test ORDER=random: the files in random order, with a number that repeats it.
PYTEST = pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --durations=20 \
	$(if $(ORDER),--order=$(ORDER))

test: .venv/installed-dev
	@$(BIN)/python -m $(PYTEST)

# The same tests, which fail below 95 % of the lines; measuring makes them slower.
coverage: .venv/installed-dev
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m $(PYTEST)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report

lint: .venv/installed-bench
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/installed-bench
	@$(BIN)/python -m tests.benchmarks

# The pictures in docs; needs chromium-headless-shell.
screenshots: .venv/installed-dev
	@$(BIN)/python -m tests.acceptance.screenshots

# docs/schema.svg; needs Graphviz.
schema: .venv/installed-dev
	@$(BIN)/python -m tests.schema

# docs/lineage.md, from docs/lineage.csv.
lineage: .venv/installed-dev
	@$(BIN)/python -m tests.lineage

# docs/configuration.md, from the registry of settings.
settings: .venv/installed-dev
	@$(BIN)/python -m tests.configuration

# make migrations APP=catalog NAME="add publications": then read what it wrote.
migrations: .venv/installed-dev
	@$(BIN)/python -m piccolo_project.new_migration "$(APP)" "$(NAME)"

# No --index-url is written, so that no registry's address lands in the files.
requirements: .venv/installed-dev
	@$(BIN)/pip install -q uv
	@$(BIN)/uv pip compile -q --upgrade --no-emit-index-url --python-version 3.11 requirements.in -o requirements.txt --custom-compile-command "make requirements"
	@$(BIN)/uv pip compile -q --upgrade --no-emit-index-url --python-version 3.11 -c requirements.txt requirements-dev.in -o requirements-dev.txt --custom-compile-command "make requirements"
	@$(BIN)/uv pip compile -q --upgrade --no-emit-index-url --python-version 3.11 -c requirements-dev.txt requirements-bench.in -o requirements-bench.txt --custom-compile-command "make requirements"

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Reelbase needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python cannot make a virtual environment: apt-get install python3-venv" >&2; exit 1; }

.venv/installed: .venv/bin/pip requirements.txt
	@echo "Installing requirements.txt into .venv"
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/installed-bench: .venv/installed-dev requirements-bench.txt
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements-bench.txt
	@touch $@
