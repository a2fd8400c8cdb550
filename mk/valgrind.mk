# SPDX-License-Identifier: MIT
# `make valgrind SPEC='spec/area/*_spec.lua'` runs specs with each nginx under
# valgrind's memcheck: what it finds fails the spec.  Slow, so all the limits
# of time are longer.

VALGRIND_SPEC  ?= $(sort $(wildcard spec/engine/*_spec.lua \
                      spec/socket/*_spec.lua spec/shm/*_spec.lua))
VALGRIND_LIMIT ?= 600

.PHONY: valgrind
valgrind: build ## run specs with nginx under valgrind, SPEC='...' those only
	@mk/setup mk/packages-build.txt mk/packages-check.txt \
	    mk/packages-valgrind.txt
	@$(SPEC_ENV) PANDAN_VALGRIND=1 spec/run -j $(SPEC_JOBS) \
	    -t $(VALGRIND_LIMIT) \
	    $(if $(filter command line,$(origin SPEC)),$(SPEC),$(VALGRIND_SPEC))
