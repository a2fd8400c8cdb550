/* SPDX-License-Identifier: MIT */
/* What the runtime is and carries; see pdn_runtime.h. */

#include "pdn_runtime.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
const char *const pdn_runtime_names[] = {
    "lua", "luajit", "nginx", "ngx_lua", "openresty", "pandan", NULL
};

/*
 * In the order above. nginx and LuaJIT are those that this was built with, as
 * the runtime's modules were; openresty is none, so nothing that needs it
 * fits.
 */
static const char *const pdn_runtime_versions[] = {
    "5.1", PDN_RUNTIME_LUAJIT, PDN_RUNTIME_NGINX, "0.10.23", NULL,
    "0.1.0",
};

/* Packages whose modules `require` finds in the runtime itself. */
static const struct {
    const char *source;
    const char *name;
    const char *version;
} pdn_runtime_packages[] = {
    { "rocks", "lua-resty-core",           "0.1.25" },
    { "opm",   "openresty/lua-resty-core", "0.1.25" },
};
/* clang-format on */

static const char *pdn_runtime_assumed;


int
pdn_runtime_is_name(const char *name)
{
    size_t i;

    for (i = 0; pdn_runtime_names[i] != NULL; i++) {
        if (strcmp(pdn_runtime_names[i], name) == 0) {
            return 1;
        }
    }

    return 0;
}


void
pdn_runtime_assume(const char *text)
{
    pdn_runtime_assumed = text;
}


/* "name=version" between commas, copied into a place of its own. */
static const char *
pdn_runtime_find_assumed(const char *name)
{
    static char found[64];
    const char *p;
    size_t n, len;

    n = strlen(name);

    for (p = pdn_runtime_assumed; p != NULL && *p != '\0';
         p += p[len] == ',' ? len + 1 : len)
    {
        len = strcspn(p, ",");

        if (len > n && strncmp(p, name, n) == 0 && p[n] == '='
            && len - n - 1 < sizeof(found))
        {
            snprintf(found, sizeof(found), "%.*s", (int) (len - n - 1),
                     p + n + 1);
            return found;
        }
    }

    return NULL;
}


const char *
pdn_runtime_version(const char *name)
{
    const char *assumed;
    size_t i;

    assumed = pdn_runtime_find_assumed(name);
    if (assumed != NULL) {
        return assumed;
    }

    for (i = 0; pdn_runtime_names[i] != NULL; i++) {
        if (strcmp(pdn_runtime_names[i], name) == 0) {
            return pdn_runtime_versions[i];
        }
    }

    return NULL;
}


const char *
pdn_runtime_provides(const pdn_id_t *id)
{
    size_t i, n;

    n = sizeof(pdn_runtime_packages) / sizeof(pdn_runtime_packages[0]);

    for (i = 0; i < n; i++) {
        if (strcmp(pdn_runtime_packages[i].source, id->source) == 0
            && strcmp(pdn_runtime_packages[i].name, id->name) == 0)
        {
            return pdn_runtime_packages[i].version;
        }
    }

    return NULL;
}
