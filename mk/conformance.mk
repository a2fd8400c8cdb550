# SPDX-License-Identifier: MIT
# lua-nginx-module's own test suite, run by a program beside this project:
#
#   make conformance SUITE=../lua-nginx-module TEST_NGINX=../test-nginx \
#       FILES='020* 027*'
#
# SUITE and TEST_NGINX are checkouts; see docs/conformance.md.

SHARED     ?= ../shared
SUITE      ?= $(wildcard ../lua-nginx-module)
TEST_NGINX ?= $(wildcard ../test-nginx)
FILES      ?=
JOBS       ?= 2
LIST       ?= $(SHARED)/conformance/open.txt
BASELINE   ?= $(SHARED)/conformance/baseline-open.tsv

CONFORMANCE := $(BUILD)/conformance

# The same of stream-lua-nginx-module, v0.0.16.
STREAM_SUITE    ?= $(wildcard ../stream-lua-nginx-module)
STREAM_LIST     ?= $(SHARED)/conformance/open-stream.txt
STREAM_BASELINE ?= $(SHARED)/conformance/baseline-open-stream.tsv

.PHONY: conformance conformance-stream

conformance-stream: ## run stream_lua's test suite, STREAM_SUITE=DIR
	@+$(MAKE) conformance SUITE=$(STREAM_SUITE) LIST=$(STREAM_LIST) \
	    BASELINE=$(STREAM_BASELINE)

conformance: build ## run ngx_lua's test suite, SUITE=DIR TEST_NGINX=DIR
	@test -x $(SHARED)/conformance/run || { echo "conformance: no program" \
	    "$(SHARED)/conformance/run; SHARED=DIR names its folder"; exit 2; }
	@test -d "$(SUITE)" -a -d "$(TEST_NGINX)" || { echo "conformance:" \
	    "SUITE=DIR and TEST_NGINX=DIR name the checkouts"; exit 2; }
	@mkdir -p $(CONFORMANCE)/logs
	$(SHARED)/conformance/run --suite $(SUITE) --test-nginx $(TEST_NGINX) \
	    --jobs $(JOBS) \
	    $(if $(SANITIZE),--nginx $(CURDIR)/mk/nginx-sanitized) \
	    --modules "$$($(BUILD)/pandan modules | tr '\n' ' ')" \
	    $(if $(FILES),--files '$(FILES)',--list $(LIST)) \
	    --logs $(CONFORMANCE)/logs --out $(CONFORMANCE)/new.tsv
	$(SHARED)/conformance/run --compare $(BASELINE) $(CONFORMANCE)/new.tsv \
	    $(if $(FILES),--common)
