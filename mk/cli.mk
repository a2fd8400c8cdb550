# SPDX-License-Identifier: MIT
# The command line: build/pandan, from bin/ and scaffold/.

CLI_SRCS   := $(wildcard bin/*.c scaffold/*.c)
CLI_HDRS   := $(wildcard bin/*.h scaffold/*.h)
CLI_OBJS   := $(CLI_SRCS:%.c=$(BUILD)/cli/%.o)
CLI_CFLAGS  = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -g \
              -Ibin -Iscaffold $(LUAJIT_CFLAGS) $(SAN_CFLAGS)
CLI_LIBS    = $(shell pkg-config --libs luajit) -ledit -lpthread

.PHONY: cli

build: cli

cli: $(BUILD)/pandan ## build the command, bin/pandan

$(BUILD)/pandan: $(CLI_OBJS)
	$(CC) $(SAN_CFLAGS) -o $@.tmp $^ $(CLI_LIBS)
	@mv $@.tmp $@
ifndef SANITIZE
	@ln -sfn ../$(BUILD)/pandan bin/pandan
endif

$(BUILD)/cli/%.o: %.c $(CLI_HDRS)
	@mkdir -p $(@D)
	$(CC) $(CLI_CFLAGS) -c -o $@ $<
