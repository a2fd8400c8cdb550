# SPDX-License-Identifier: MIT
# `make bench BENCH='plain json' ROUNDS=5 SECONDS_EACH=1` measures some pages.
# `idle` and `suspended` are rows of memory, not of requests; `rocks`,
# `resolve` and `start` are the package manager's; `echo`, `datagram`,
# `session`, `proxy`, `proxied`, `chosen` and `relay` are stream's. These want
#   STREAM_LUA=../stream-lua-nginx-module RESTY_CORE=../lua-resty-core/lib
# a checkout and the lib of the core that goes with it, to have a peer.

BENCH        ?=
ROUNDS       ?= 5
SECONDS_EACH ?= 1

bench: build $(BUILD)/bench/resolve ## requests per CPU-second against peers, BENCH='plain json'
	@mk/setup mk/packages-build.txt mk/packages-check.txt mk/packages-bench.txt
	@bench/peers $(BUILD)/bench
	@PANDAN_ROOT=$(CURDIR) PANDAN_BUILD=$(abspath $(BUILD)) ROUNDS=$(ROUNDS) \
	    SECONDS_EACH=$(SECONDS_EACH) luajit bench/main.lua $(BENCH)

$(BUILD)/bench/resolve: bench/resolve.c mk/bench.mk
	@mkdir -p $(@D)
	$(call said,cc)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror \
	    -Wno-unused-function -O2 -g -MMD -MP $(CLI_PM:%=-I%) -Iscaffold \
	    -Iframework/native -o $@ $<

-include $(BUILD)/bench/resolve.d

bench-jshop: build ## a shop whose Redis stops amid 200 readers
	@mk/setup mk/packages-build.txt mk/packages-check.txt
	@PANDAN_JSHOP=full VERBOSE=1 $(MAKE) --no-print-directory spec \
	    SPEC=spec/cache/jshop_spec.lua
