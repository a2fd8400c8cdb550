/* SPDX-License-Identifier: MIT */
/*
 * An application as nginx is to serve it in one environment: its settings
 * from config/application.lua and the command line, and the nginx.conf that
 * follows from them. Paths in it are relative to the application's folder,
 * which nginx is given as its prefix, so any name of that folder will do.
 */

#ifndef PDN_SERVER_H
#define PDN_SERVER_H

#include "pdn_cli.h"
#include "pdn_config.h"

typedef struct {
    const pdn_cli_t *cli;
    pdn_config_t *config;
    char env[32];
    char host[256];
    char port[8];
    char folder[64]; /* .pandan/ENV */
    unsigned daemon : 1;
} pdn_server_t;

/* A command that runs inside the application, once. */
typedef struct {
    const char *name; /* "db.migrate" */
    char *const *args;
    int n;
    char id[16];
    char status[96];    /* from the root: where the exit code goes */
    const char *socket; /* for the console, else NULL */
} pdn_job_t;

/*
 * Reads the configuration; `host` and `port` win over it unless NULL. Checks
 * that nginx can be run in this folder. Release it in any case.
 */
int pdn_server_init(pdn_server_t *s, const pdn_cli_t *cli, const char *env,
                    const char *host, const char *port, pdn_problem_t *problem);
void pdn_server_release(pdn_server_t *s);

/* Adds the nginx.conf to `out`. */
int pdn_server_render(pdn_server_t *s, pdn_str_t *out, pdn_problem_t *problem);
int pdn_job_render(pdn_server_t *s, const pdn_job_t *job, pdn_str_t *out,
                   pdn_problem_t *problem);

/* Renders into .pandan/ENV/nginx.conf. */
int pdn_server_write(pdn_server_t *s, pdn_problem_t *problem);

/* "http://127.0.0.1:8080"; in a static buffer of `s`'s caller. */
void pdn_server_url(const pdn_server_t *s, char out[300]);

/* A text as one word of nginx.conf, or as a string of Lua. */
void pdn_quote_nginx(pdn_str_t *out, const char *text);
void pdn_quote_lua(pdn_str_t *out, const char *text);

/* Is `env` development, test or production? Says so if it is not. */
int pdn_env_check(const char *env);

#endif /* PDN_SERVER_H */
