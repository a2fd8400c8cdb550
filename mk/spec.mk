# SPDX-License-Identifier: MIT
# Tests: `make spec SPEC='spec/area/*_spec.lua'` runs some of the specs.

SPEC      ?= $(sort $(shell find spec -name '*_spec.lua'))
SPEC_JOBS ?= 2
SPEC_ENV   = PANDAN_BUILD=$(abspath $(BUILD)) $(if $(SANITIZE),PANDAN_SANITIZE=1)

spec: build ## run the specs, SPEC='spec/area/*_spec.lua' those only
	@$(SPEC_ENV) spec/run -j $(SPEC_JOBS) $(SPEC)
