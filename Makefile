# Two commands are all that a new machine needs: `make demo` and `make test`. Both set up what is missing first.
#
# Variables, on the command line or in the environment:
#   URL=…           the page that `make demo` looks at, instead of the demo site
#   PYTHON=…        the Python to make .venv with (3.11 or newer)
#   TORCH_INDEX=…   another package index for PyTorch alone, such as the one with its CPU builds
#   INSTALL=no      never install Debian packages; say what is missing instead

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python

export URL PYTHON TORCH_INDEX INSTALL

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: ## Set up: .venv, pinned packages, browsers and fonts, LPIPS weights; tries again what failed before
	@scripts/setup

.PHONY: ready
ready:
	@scripts/setup --once

.PHONY: demo
demo: ready ## Run the main job on the demo site, or on URL=…, and say where the report lies
	@$(PY) -m compatcheck demo $${URL:+--url "$$URL"}

.PHONY: test
test: check unit browser appium ## Every check and every test, in real browsers and through a real Appium too

.PHONY: check
check: ready ## Formatting, lint and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

.PHONY: ui
ui: ## Check, test and build the report's interface (needs npm)
	@scripts/ui-parts
	cd compatcheck/report/ui && npm run --silent check && npm run --silent test && npm run --silent build

.PHONY: ui-parts
ui-parts:
	@scripts/ui-parts --try

.PHONY: unit
unit: ready ui-parts ## The tests that need no browser
	$(PY) -m pytest -q -n auto -m "not browser and not appium"

# A real browser on a busy machine may miss a moment; which tests took more than one try is told at the end.
SECOND_TRY = --reruns 2 -raR

.PHONY: browser
browser: ready ui-parts ## The tests in real browsers
	$(PY) -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder $(SECOND_TRY) -m browser

.PHONY: lock
lock: ready ## Pin every package anew in constraints.txt (torch and torchvision stay)
	@scripts/setup lock

.PHONY: clean
clean: ## Remove the environment and all caches; reports stay
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path './reports/*' -prune -exec rm -rf {} +

.PHONY: appium-parts
appium-parts: ready ## Get what the Appium tests need: Appium and its drivers, Selenium Grid, a Qt webview, adb
	@scripts/appium-parts

.PHONY: appium
appium: appium-parts ## The tests with Appium, webviews, a Grid and an Android double
	PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) -m pytest -q -n 2 --dist loadfile $(SECOND_TRY) -m appium --ignore=tests/appium/test_device.py

.PHONY: test-device
test-device: appium-parts ## The tests on a real phone: UDID=… (PLATFORM=iOS, SERVER=…, PAGE=…)
	@test -n "$(UDID)" || { echo "Say which phone: make test-device UDID=… (adb devices lists them)."; exit 2; }
	COMPATCHECK_APPIUM="$${COMPATCHECK_APPIUM:-$(CURDIR)/tests/appium/node_modules/appium/index.js}" APPIUM_HOME="$${APPIUM_HOME:-$(CURDIR)/tests/appium}" UDID="$(UDID)" \
	PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) -m pytest -q -m appium tests/appium/test_device.py
