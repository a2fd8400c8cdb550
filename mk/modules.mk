# nginx's dynamic modules, built against a copy of nginx's own tree.

NGX_SRC   ?= $(or $(NGINX_SRC),/usr/share/nginx/src)
NGX_COPY  := $(BUILD)/nginx
MODULES   := ngx_pandan_module ngx_pandan_db_module ngx_http_pandan_module \
             ngx_stream_pandan_module
LUA_HALF  := $(sort $(shell find runtime/lua -name '*.lua'))
MOD_SRCS  := $(sort $(wildcard runtime/*/*.[ch] db-drivers/*/*.[ch]))
MOD_FLAGS := -O2 -g -Werror $(SAN_CFLAGS)
LUAJIT_CFLAGS := $(shell pkg-config --cflags luajit 2>/dev/null)

.PHONY: modules
modules: $(BUILD)/modules/.built ## build nginx's dynamic modules

# The Lua half, as bytecode in C arrays.
$(BUILD)/embed: runtime/embed.c
	@mkdir -p $(BUILD)
	$(call said,cc)
	$(Q)$(CC) -O1 -Wall -Wextra -Werror $(LUAJIT_CFLAGS) -o $@ $< -lluajit-5.1

$(BUILD)/embedded.c: $(BUILD)/embed $(LUA_HALF)
	$(BUILD)/embed runtime/lua $(LUA_HALF) > $@.new
	mv $@.new $@

# A new or vanished source means another Makefile of nginx.
$(BUILD)/sources: FORCE
	@mkdir -p $(BUILD)
	@printf '%s\n' $(filter %.c,$(MOD_SRCS)) $(NGX_SRC) '$(MOD_FLAGS)' \
	    > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(NGX_COPY)/objs/Makefile: $(BUILD)/sources runtime/config \
                           $(wildcard db-drivers/config)
	@rm -rf $(NGX_COPY) && mkdir -p $(NGX_COPY)
	@cp -a $(NGX_SRC)/. $(NGX_COPY)/
	@test -e $(BUILD)/embedded.c || touch $(BUILD)/embedded.c
	cd $(NGX_COPY) && PDN_BUILD=$(abspath $(BUILD)) \
	    bash $(abspath mk/configure-nginx) '$(MOD_FLAGS)' \
	    $(abspath runtime) $(abspath $(dir $(wildcard db-drivers/config))) \
	    > $(abspath $(BUILD))/configure.log 2>&1 \
	    || { tail -n 20 $(abspath $(BUILD))/configure.log; exit 1; }

$(BUILD)/modules/.built: $(NGX_COPY)/objs/Makefile $(BUILD)/embedded.c \
                         $(MOD_SRCS)
	+$(MAKE) --no-print-directory -s -C $(NGX_COPY) -f objs/Makefile modules
	@mkdir -p $(BUILD)/modules
	@for m in $(MODULES); do \
	    f=$(NGX_COPY)/objs/$$m.so; \
	    test ! -e $$f || { cp $$f $(BUILD)/modules/$$m.new \
	        && mv $(BUILD)/modules/$$m.new $(BUILD)/modules/$$m.so; }; \
	done
	@touch $@

.PHONY: FORCE
FORCE:
