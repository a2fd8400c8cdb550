/* SPDX-License-Identifier: MIT */
/* Libraries loaded on demand; see pdn_lazy.h. */

#include "pdn_lazy.h"

#include <dlfcn.h>
#include <string.h>


int
pdn_lazy_load(const char *soname, const char *package,
              const pdn_lazy_symbol_t *symbols, void *into, pdn_error_t *err)
{
    void *library, *symbol;

    library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        return pdn_error(err, 901, "cannot load %s (install Debian's %s): %s",
                         soname, package, dlerror());
    }

    for (/* void */; symbols->name != NULL; symbols++) {
        symbol = dlsym(library, symbols->name);
        if (symbol == NULL) {
            return pdn_error(err, 901, "%s is too old: no %s", soname,
                             symbols->name);
        }

        memcpy((char *) into + symbols->offset, &symbol, sizeof(symbol));
    }

    return 0;
}
