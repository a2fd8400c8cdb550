# SPDX-License-Identifier: MIT
# `make bench BENCH='plain json' ROUNDS=5 SECONDS_EACH=1` measures some pages.
# `idle` and `suspended` are rows of memory, not of requests.

BENCH        ?=
ROUNDS       ?= 5
SECONDS_EACH ?= 1

bench: build ## requests per CPU-second against peers, BENCH='plain json'
	@mk/setup mk/packages-build.txt mk/packages-check.txt mk/packages-bench.txt
	@bench/peers $(BUILD)/bench
	@PANDAN_ROOT=$(CURDIR) PANDAN_BUILD=$(abspath $(BUILD)) ROUNDS=$(ROUNDS) \
	    SECONDS_EACH=$(SECONDS_EACH) luajit bench/main.lua $(BENCH)
