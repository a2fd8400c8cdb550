# SPDX-License-Identifier: MIT
# What can be said about the sources without running them.

C_FOLDERS := runtime db-drivers framework scaffold bin spec bench
C_FILES    = $(sort $(shell find $(wildcard $(C_FOLDERS)) -name '*.[ch]'))

lint: ## look at the sources: format, luacheck, layers, banned functions
	@mk/lint/format $(C_FILES)
	@luacheck -q --no-color . | tail -n 40; exit $${PIPESTATUS[0]}
	@mk/lint/layers
	@mk/lint/banned

format: ## format the C sources
	clang-format -i $(C_FILES)
