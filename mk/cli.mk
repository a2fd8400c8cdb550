# SPDX-License-Identifier: MIT
# The command line: build/pandan, from bin/, scaffold/ and pm/, with JSON and
# base64 of the framework.  Libraries that few commands need are opened when
# they are needed, so that all the others start at once.

CLI_PM     := $(wildcard pm/*)
CLI_NATIVE := $(addprefix framework/native/pdn_,json_read.c json_write.c \
                buf.c number.c base64.c)
CLI_SRCS   := $(wildcard bin/*.c scaffold/*.c pm/*/*.c) $(CLI_NATIVE)
CLI_OBJS   := $(CLI_SRCS:%.c=$(BUILD)/cli/%.o)
CLI_CFLAGS  = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -g \
              -Ibin -Iscaffold $(CLI_PM:%=-I%) -Iframework/native \
              $(LUAJIT_CFLAGS) $(SAN_CFLAGS)
CLI_LIBS    = $(shell pkg-config --libs luajit) -ledit -lpthread -ldl -lm

# What packages may ask of the runtime: the versions that it is built with.
CLI_RUNTIME = -DPDN_RUNTIME_NGINX='"$(shell sed -n \
                's/^.define NGINX_VERSION *"\(.*\)".*/\1/p' \
                $(NGX_SRC)/src/core/nginx.h)"' \
              -DPDN_RUNTIME_LUAJIT='"$(shell pkg-config --modversion luajit | sed 's|-.*||')"'

.PHONY: cli

build: cli

cli: $(BUILD)/pandan ## build the command, bin/pandan

$(BUILD)/pandan: $(CLI_OBJS)
	$(call said,link)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@.tmp $^ $(CLI_LIBS)
	@mv $@.tmp $@
ifndef SANITIZE
	@ln -sfn ../$(BUILD)/pandan bin/pandan
endif

$(BUILD)/cli/%.o: %.c mk/cli.mk
	@mkdir -p $(@D)
	$(call said,cc)
	$(Q)$(CC) $(CLI_CFLAGS) -MMD -MP -c -o $@ $<

-include $(CLI_OBJS:.o=.d)

$(BUILD)/cli/pm/base/pdn_runtime.o: CLI_CFLAGS += $(CLI_RUNTIME)
