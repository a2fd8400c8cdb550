/* SPDX-License-Identifier: MIT */
/*
 * The application's services, of config/services.lua, as nginx is to serve
 * them: a stream { } of TCP and UDP servers, or nothing when there are none.
 */

#ifndef PDN_SERVICES_H
#define PDN_SERVICES_H

#include "pdn_server.h"

typedef struct {
    pdn_str_t conf;    /* stream { ... }, or empty */
    pdn_str_t modules; /* load_module lines that it wants */
    pdn_str_t places;  /* of tests: a table of Lua, name = "address" */
} pdn_services_t;

/*
 * Renders them. With `test` each listens on a port of its own that is free
 * now, whatever the configuration says. Release it in any case.
 */
int pdn_services_render(pdn_services_t *services, const pdn_server_t *s,
                        int test, pdn_problem_t *problem);
void pdn_services_release(pdn_services_t *services);

#endif /* PDN_SERVICES_H */
