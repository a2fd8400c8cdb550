# SPDX-License-Identifier: MIT
# framework/native: the plain Lua C module pandan.native.

NATIVE_DIR    := framework/native
BUILD         ?= build
NATIVE_OUT    := $(BUILD)/native
NATIVE_SO     := $(BUILD)/lib/pandan/native.so
NATIVE_HDRS   := $(wildcard $(NATIVE_DIR)/*.h)
NATIVE_SRCS   := $(wildcard $(NATIVE_DIR)/*.c)
NATIVE_OBJS   := $(NATIVE_SRCS:$(NATIVE_DIR)/%.c=$(NATIVE_OUT)/%.o)
NATIVE_WARN   := -std=gnu11 -Wall -Wextra -Werror
NATIVE_LUA    := $(shell pkg-config --cflags luajit 2>/dev/null)

# hidden symbols: the modules of nginx share one global name space
NATIVE_CFLAGS := $(NATIVE_WARN) -O2 -g -fPIC -fvisibility=hidden $(SAN_CFLAGS)
NATIVE_LDFLAGS := -shared -Wl,-z,relro,-z,now $(SAN_CFLAGS)

.PHONY: native

build: native

native: $(NATIVE_SO) ## build the framework's C helpers

$(NATIVE_SO): $(NATIVE_OBJS)
	@mkdir -p $(@D)
	$(call said,link)
	$(Q)$(CC) $(NATIVE_LDFLAGS) -o $@.tmp $^ -lcrypto -lm
	@mv $@.tmp $@

$(NATIVE_OUT)/%.o: $(NATIVE_DIR)/%.c $(NATIVE_HDRS)
	@mkdir -p $(@D)
	$(call said,cc)
	$(Q)$(CC) $(NATIVE_CFLAGS) $(NATIVE_LUA) -c -o $@ $<
