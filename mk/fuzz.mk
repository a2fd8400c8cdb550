# SPDX-License-Identifier: MIT
# Fuzzers: spec/fuzz/NAME_fuzz.c is one program, its seeds lie in NAME/.
#
#   make fuzz FUZZ_TIME=60              all of them, a minute each
#   make fuzz FUZZ='block args'         those only

FUZZ      ?= $(patsubst spec/fuzz/%_fuzz.c,%,$(sort $(wildcard spec/fuzz/*_fuzz.c)))
FUZZ_TIME ?= 20
FUZZ_DIR   = $(BUILD)/fuzz

FUZZ_CORE   = $(abspath $(NGX_COPY))
FUZZ_FLAGS := -std=gnu11 -Wall -Wextra -Wno-unused-parameter \
              -Wno-unused-function -Wno-unknown-warning-option -O1 -g \
              -fsanitize=fuzzer,address,undefined \
              -fno-sanitize-recover=undefined
FUZZ_INC    = $(LUAJIT_CFLAGS) -Iruntime/engine -Iruntime/codec \
              -Idb-drivers/rows -isystem /usr/include/mariadb \
              $(addprefix -isystem $(FUZZ_CORE)/,objs src/core src/event \
                src/event/modules src/os/unix)

# The package manager's fuzzers link a library of its sources; those that
# include a source for what is private in it have that one instead.
FUZZ_PM_SRCS := $(wildcard pm/*/*.c) $(CLI_NATIVE) scaffold/pdn_fs.c \
                scaffold/pdn_str.c
FUZZ_PM_OBJS  = $(FUZZ_PM_SRCS:%.c=$(FUZZ_DIR)/obj/%.o)
FUZZ_PM_INC   = $(LUAJIT_CFLAGS) $(CLI_PM:%=-I%) -Iscaffold \
                -Iframework/native $(CLI_RUNTIME)
FUZZ_PM_LIB   = $(FUZZ_DIR)/libpm.a

.PHONY: fuzz fuzz-setup

define fuzz-run
$(FUZZ_DIR)/$1_fuzz -max_total_time=$(FUZZ_TIME) -max_len=4096 \
    -artifact_prefix=$(FUZZ_DIR)/$1- -print_final_stats=1 -verbosity=0 \
    $(FUZZ_DIR)/$1 spec/fuzz/$1
endef

fuzz: fuzz-setup $(FUZZ:%=fuzz-%) ## fuzz parsers, FUZZ='block args' FUZZ_TIME=20

fuzz-setup: modules
	@mk/setup mk/packages-fuzz.txt

$(FUZZ_DIR)/obj/%.o: %.c
	@mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -D_GNU_SOURCE $(FUZZ_PM_INC) -MMD -MP -c -o $@ $<

-include $(FUZZ_PM_OBJS:.o=.d)

$(FUZZ_PM_LIB): $(FUZZ_PM_OBJS)
	ar rcs $@ $^

fuzz-pm_%: fuzz-setup $(FUZZ_PM_LIB)
	@mkdir -p $(FUZZ_DIR)/pm_$*
	clang $(FUZZ_FLAGS) -D_GNU_SOURCE $(FUZZ_PM_INC) \
	    -o $(FUZZ_DIR)/pm_$*_fuzz spec/fuzz/pm_$*_fuzz.c $(FUZZ_PM_LIB) \
	    -lluajit-5.1 -lm
	$(call fuzz-run,pm_$*)

fuzz-%: fuzz-setup
	@mkdir -p $(FUZZ_DIR)/$*
	clang $(FUZZ_FLAGS) $(FUZZ_INC) -o $(FUZZ_DIR)/$*_fuzz \
	    spec/fuzz/$*_fuzz.c -rdynamic -lluajit-5.1 -lmariadb -lm
	$(call fuzz-run,$*)
