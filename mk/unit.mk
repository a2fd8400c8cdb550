# SPDX-License-Identifier: MIT
# Unit tests in C: spec/unit/NAME_test.c is one program, which takes the
# sources that it tests in by #include.  Always under sanitizers, leaks too.

UNIT       ?= $(sort $(wildcard spec/unit/*_test.c))
UNIT_BUILD := $(BUILD)/unit
UNIT_BIN    = $(patsubst spec/unit/%.c,$(UNIT_BUILD)/%,$(UNIT))
UNIT_FLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-function -O1 -g \
              -fsanitize=address,undefined -fno-sanitize-recover=undefined
UNIT_LIBS  := -lcrypto -lsqlite3 -lpq -lmariadb -lluajit-5.1 -lsolv -lm
UNIT_INC   := $(shell pkg-config --cflags luajit libpq libmariadb 2>/dev/null) \
              $(addprefix -I,$(wildcard pm/*) scaffold framework/native \
              db-drivers/rows)

unit: $(UNIT_BIN) ## run the unit tests in C
	@spec/unit/run $(UNIT_BIN)

$(UNIT_BUILD)/%_test: spec/unit/%_test.c mk/unit.mk
	@mkdir -p $(@D)
	$(call said,cc)
	$(Q)$(CC) $(UNIT_FLAGS) $(UNIT_INC) -MMD -MP -o $@ $< \
	    -Wl,--as-needed $(UNIT_LIBS)

-include $(wildcard $(UNIT_BUILD)/*.d)
