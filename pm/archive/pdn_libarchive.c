/* SPDX-License-Identifier: MIT */
/* libarchive on demand; see pdn_libarchive.h. */

#include "pdn_libarchive.h"
#include "pdn_lazy.h"

#define PDN_LIBARCHIVE_ROW(name) pdn_lazy_row(pdn_libarchive_t, name),

static const pdn_lazy_symbol_t pdn_libarchive_symbols[] = {
    PDN_LIBARCHIVE_MAP(PDN_LIBARCHIVE_ROW){ NULL, 0 },
};


const pdn_libarchive_t *
pdn_libarchive_load(pdn_error_t *err)
{
    static pdn_libarchive_t lib;

    if (lib.loaded) {
        return &lib;
    }

    if (pdn_lazy_load("libarchive.so.13", "libarchive13",
                      pdn_libarchive_symbols, &lib, err)
        != 0)
    {
        return NULL;
    }

    lib.loaded = 1;

    return &lib;
}
