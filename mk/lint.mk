# SPDX-License-Identifier: MIT
# What can be said about the sources without running them.

C_FOLDERS := runtime db-drivers framework scaffold pm bin spec bench
C_FILES    = $(sort $(shell find $(wildcard $(C_FOLDERS)) -name '*.[ch]'))

lint: ## look at the sources: format, luacheck, layers, banned functions
	@mk/lint/all $(C_FILES)

format: ## format the C sources
	clang-format -i $(C_FILES)
