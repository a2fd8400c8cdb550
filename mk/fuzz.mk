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
              $(addprefix -isystem $(FUZZ_CORE)/,objs src/core src/event \
                src/event/modules src/os/unix)

.PHONY: fuzz fuzz-setup

fuzz: fuzz-setup $(FUZZ:%=fuzz-%) ## fuzz parsers, FUZZ='block args' FUZZ_TIME=20

fuzz-setup: modules
	@mk/setup mk/packages-fuzz.txt

fuzz-%: fuzz-setup
	@mkdir -p $(FUZZ_DIR)/$*
	clang $(FUZZ_FLAGS) $(FUZZ_INC) -o $(FUZZ_DIR)/$*_fuzz \
	    spec/fuzz/$*_fuzz.c -rdynamic -lluajit-5.1 -lm
	$(FUZZ_DIR)/$*_fuzz -max_total_time=$(FUZZ_TIME) -max_len=4096 \
	    -artifact_prefix=$(FUZZ_DIR)/$*- -print_final_stats=1 -verbosity=0 \
	    $(FUZZ_DIR)/$* spec/fuzz/$*
