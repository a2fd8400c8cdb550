# SPDX-License-Identifier: MIT
# What is installed mirrors this tree, so that the command finds its parts at
# the same places: PREFIX/lib/pandan/{build,framework,templates}.

PREFIX  ?= /usr/local
DESTDIR ?=
HOME_DIR := $(DESTDIR)$(PREFIX)/lib/pandan

install: ## install into PREFIX=/usr/local, under DESTDIR=
	@test -x $(BUILD)/pandan || $(MAKE) build
	install -d $(HOME_DIR)/build/modules $(HOME_DIR)/build/lib/pandan \
	    $(HOME_DIR)/bin $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/pandan $(HOME_DIR)/build/pandan
	install -m 644 $(BUILD)/modules/*.so $(HOME_DIR)/build/modules/
	install -m 644 $(BUILD)/lib/pandan/*.so $(HOME_DIR)/build/lib/pandan/
	rm -rf $(HOME_DIR)/framework $(HOME_DIR)/templates
	mkdir -p $(HOME_DIR)/framework
	cp -R framework/pandan framework/migration $(HOME_DIR)/framework/
	cp -R templates $(HOME_DIR)/
	chmod -R go+rX $(HOME_DIR)
	ln -sfn ../build/pandan $(HOME_DIR)/bin/pandan
	ln -sfn ../lib/pandan/build/pandan $(DESTDIR)$(PREFIX)/bin/pandan

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/pandan
	rm -rf $(HOME_DIR)
