# SPDX-License-Identifier: MIT

docs: ## check the pages: their links, and the make words they name
	@mk/lint/docs
