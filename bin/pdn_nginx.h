/* SPDX-License-Identifier: MIT */
/*
 * The nginx that Debian ships, as a child: where it is, how it is started,
 * what it says on standard error made readable, who sits on our port.
 */

#ifndef PDN_NGINX_H
#define PDN_NGINX_H

#include "pdn_server.h"

#include <stdio.h>
#include <sys/types.h>

/* Finds nginx: $PANDAN_NGINX, then $PATH and the folders of system programs. */
int pdn_nginx_find(char out[PATH_MAX], pdn_problem_t *problem);

/*
 * Starts nginx in the app's folder with the given configuration (from there)
 * and more words, NULL at the end of none. Its standard error comes out of
 * *err. When we die it gets a SIGTERM, unless `survives`.
 */
pid_t pdn_nginx_start(const pdn_server_t *s, const char *conf,
                      const char *const *more, int survives, int *err,
                      pdn_problem_t *problem);

/*
 * Tests the rendered configuration, in which all of the application is
 * loaded. What nginx says goes to standard error when it fails.
 */
int pdn_nginx_test(const pdn_server_t *s, pdn_problem_t *problem);

/* Is the address free? Else who has it, and what to do. */
int pdn_nginx_port_free(const pdn_server_t *s, pdn_problem_t *problem);

/* The pid of the running server of this environment, 0 when there is none. */
pid_t pdn_nginx_pid(const pdn_server_t *s);

/* Lines of a log as they come in pieces; printed when they are complete. */
typedef struct {
    pdn_str_t rest;
    FILE *out;
    int colour;
} pdn_log_t;

/* Reads what there is; 0 at the end, -1 when there is nothing now. */
int pdn_log_read(pdn_log_t *log, int fd);

#endif /* PDN_NGINX_H */
