# SPDX-License-Identifier: MIT
# The words of the project; `make help` lists them.  The rules that build
# lie in mk/*.mk, one file a part.

.DEFAULT_GOAL := help
SHELL         := /bin/bash
MAKEFLAGS     += --no-print-directory

CC     ?= cc
PREFIX ?= /usr/local

ifdef SANITIZE
BUILD      ?= build/san
SAN_CFLAGS ?= -fsanitize=address,undefined -fno-omit-frame-pointer
else
BUILD      ?= build
endif

.PHONY: help setup setup-check build run demo check unit spec lint format \
        bench debug docs install uninstall clean

help: ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' \
	    $(MAKEFILE_LIST)

setup: ## install the Debian packages that building and running need
	@mk/setup mk/packages-build.txt

setup-check:
	@mk/setup mk/packages-build.txt mk/packages-check.txt

build: modules ## build everything

clean: ## remove what was built
	rm -rf build
	rm -f bin/pandan

include $(sort $(wildcard mk/*.mk))
