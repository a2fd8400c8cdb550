# SPDX-License-Identifier: MIT
# The words of the project; `make help` lists them.  The rules that build
# lie in mk/*.mk, one file a part.

.DEFAULT_GOAL := help
SHELL         := /bin/bash
MAKEFLAGS     += --no-print-directory

CC     := $(if $(filter default,$(origin CC)),gcc,$(CC))
PREFIX ?= /usr/local

# What is built is named by a line; V=1 shows the commands, -s nothing.
Q    := $(if $(V),,@)
said  = $(if $(V)$(filter s%,$(MAKEFLAGS)),,@printf '  %-5s %s\n' $(1) $@)

# SANITIZE=1 builds and tests under ASan and UBSan, in a folder of its own.
ifdef SANITIZE
export SANITIZE
BUILD      ?= build/san
SAN_CFLAGS ?= -fsanitize=address,undefined -fno-omit-frame-pointer
else
BUILD      ?= build
endif

.PHONY: help setup setup-check build run demo check unit spec lint format \
        bench debug docs install uninstall clean

help: ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' \
	    $(MAKEFILE_LIST)

setup: ## install the Debian packages that building and running need
	@mk/setup mk/packages-build.txt

setup-check:
	@mk/setup mk/packages-build.txt mk/packages-check.txt

build: modules ## build everything

run: build ## serve the demo app on PORT=8080, without installing packages
	@BUILD=$(BUILD) mk/demo

# A make of its own builds, for it must see the packages just installed.
demo: setup ## from nothing to an app in the browser, on PORT=8080
	@+$(MAKE) -s -j$$(nproc) build
	@BUILD=$(BUILD) mk/demo

check: setup-check ## install what tests need, build, run all of them
	@+$(MAKE) -s -j$$(nproc) build
	@mk/check lint unit spec

debug: ## build under sanitizers, into build/san
	@+$(MAKE) SANITIZE=1 build

clean: ## remove what was built
	rm -rf build
	rm -f bin/pandan

include $(sort $(wildcard mk/*.mk))
