/* SPDX-License-Identifier: MIT */
/* The application's services; see pdn_services.h. */

#include "pdn_services.h"

#include "cmd.h"
#include "pdn_tpl.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where Debian keeps nginx's own modules; stream is one of them there. */
#define PDN_SERVICES_STREAM "/usr/lib/nginx/modules/ngx_stream_module.so"

#define PDN_SERVICES_MAX  64
#define PDN_SERVICES_VARS 8

typedef struct {
    char name[64];
    char listen[320];
    char certificate[PATH_MAX];
    char key[PATH_MAX];
    char timeout[32];
    pdn_var_t vars[PDN_SERVICES_VARS];
} pdn_service_t;

typedef struct {
    const pdn_server_t *s;
    pdn_services_t *out;
    pdn_problem_t *problem;
    pdn_service_t *all;
    size_t n;
    int test;
    int failed;
} pdn_serving_t;


/* A port that nobody has at the moment, 0 if there is none. */
static unsigned
pdn_services_port(int type)
{
    struct sockaddr_in sin = { .sin_family = AF_INET };
    socklen_t len;
    unsigned port;
    int fd;

    fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (fd == -1) {
        return 0;
    }

    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    len = sizeof(sin);
    port = 0;

    if (bind(fd, (struct sockaddr *) &sin, len) == 0
        && getsockname(fd, (struct sockaddr *) &sin, &len) == 0)
    {
        port = ntohs(sin.sin_port);
    }

    close(fd);

    return port;
}


static const char *
pdn_service_text(const pdn_serving_t *w, const char *name, const char *key)
{
    return pdn_config_section_text(w->s->config, "services", name, key);
}


/* "7000", "0.0.0.0:7000", "unix:tmp/x.sock" -> what `listen` takes. */
static int
pdn_service_listen(pdn_serving_t *w, pdn_service_t *service)
{
    const char *listen, *protocol;
    char address[256];
    int udp;

    listen = pdn_service_text(w, service->name, "listen");
    protocol = pdn_service_text(w, service->name, "protocol");

    if (protocol == NULL) {
        protocol = "tcp";
    }

    udp = strcmp(protocol, "udp") == 0;

    if (!udp && strcmp(protocol, "tcp") != 0) {
        return pdn_problem(w->problem,
                           "config/services.lua: the protocol of '%s' is "
                           "'%s'; there are tcp and udp",
                           service->name, protocol);
    }

    if (listen == NULL || strpbrk(listen, " \t\r\n;{}\"'\\$") != NULL) {
        return pdn_problem(w->problem,
                           "config/services.lua: '%s' needs listen = PORT or "
                           "\"ADDRESS:PORT\"",
                           service->name);
    }

    if (w->test) {
        snprintf(address, sizeof(address), "127.0.0.1:%u",
                 pdn_services_port(udp ? SOCK_DGRAM : SOCK_STREAM));
        pdn_str_printf(&w->out->places, "[\"%s\"] = \"%s\", ", service->name,
                       address);

    } else if (strspn(listen, "0123456789") == strlen(listen)) {
        snprintf(address, sizeof(address),
                 strchr(w->s->host, ':') ? "[%s]:%s" : "%s:%s", w->s->host,
                 listen);

    } else {
        snprintf(address, sizeof(address), "%s", listen);
    }

    snprintf(service->listen, sizeof(service->listen), "%s%s%s", address,
             udp ? " udp" : " backlog=4096",
             service->certificate[0] != '\0' ? " ssl" : "");

    return 0;
}


/* A file of the application, from its folder. */
static void
pdn_service_path(pdn_serving_t *w, const char *name, const char *key,
                 char out[PATH_MAX])
{
    const char *path;

    path = pdn_service_text(w, name, key);

    if (path == NULL) {
        out[0] = '\0';
    } else if (path[0] == '/') {
        snprintf(out, PATH_MAX, "%s", path);
    } else if (pdn_fs_join(out, w->s->cli->root, path) != 0) {
        out[0] = '\0';
    }
}


static void
pdn_service_add(void *ctx, const char *name)
{
    pdn_serving_t *w = ctx;
    pdn_service_t *service;
    const char *timeout, *p;

    if (w->failed) {
        return;
    }

    for (p = name; isalnum((unsigned char) *p) || *p == '_'; p++) {
        /* void */
    }

    if (*p != '\0' || p == name || p - name >= 64 || w->n == PDN_SERVICES_MAX) {
        pdn_problem(w->problem,
                    *p != '\0' ? "config/services.lua: '%s' is not a name"
                               : "config/services.lua: '%s' is one too many",
                    name);
        w->failed = 1;
        return;
    }

    service = &w->all[w->n];
    snprintf(service->name, sizeof(service->name), "%s", name);
    pdn_service_path(w, name, "certificate", service->certificate);
    pdn_service_path(w, name, "key", service->key);

    timeout = pdn_service_text(w, name, "timeout");
    snprintf(service->timeout, sizeof(service->timeout), "%s",
             timeout != NULL ? timeout : "60");

    if (strspn(service->timeout, "0123456789") != strlen(service->timeout)) {
        pdn_problem(w->problem,
                    "config/services.lua: the timeout of '%s' is not a number "
                    "of seconds",
                    name);
        w->failed = 1;
        return;
    }

    if (pdn_service_listen(w, service) != 0) {
        w->failed = 1;
        return;
    }

    const pdn_var_t vars[PDN_SERVICES_VARS] = {
        { "name", service->name },
        { "listen", service->listen },
        { "certificate", service->certificate },
        { "key", service->key },
        { "timeout", service->timeout },
        { NULL, NULL },
    };

    memcpy(service->vars, vars, sizeof(vars));
    w->n++;
}


static int
pdn_services_conf(pdn_serving_t *w)
{
    pdn_vars_t rows[PDN_SERVICES_MAX];
    pdn_list_t list = { "services", rows, w->n };
    pdn_str_t text = { 0 };
    char path[PATH_MAX + 64], folder[PATH_MAX + 64];
    size_t i;
    int rc;

    for (i = 0; i < w->n; i++) {
        rows[i] = w->all[i].vars;
    }

    snprintf(folder, sizeof(folder), "%s/config/nginx/stream", w->s->cli->root);

    const pdn_var_t vars[] = {
        { "include_stream", pdn_fs_is_folder(folder) ? "1" : "" },
        { NULL, NULL },
    };
    pdn_scope_t scope = { vars, &list };

    snprintf(path, sizeof(path), "%s/templates/nginx/stream.conf.tpl",
             w->s->cli->home);

    rc = pdn_fs_read(path, &text, w->problem);
    if (rc == 0) {
        rc = pdn_tpl_render(path, pdn_str_z(&text), text.len, &scope,
                            &w->out->conf, w->problem);
    }

    pdn_str_release(&text);

    return rc;
}


static int
pdn_services_modules(pdn_serving_t *w)
{
    char path[PATH_MAX + 64];

    snprintf(path, sizeof(path), "%s/modules/%s", w->s->cli->build,
             pdn_stream_module);

    if (!pdn_fs_exists(path)) {
        return pdn_problem(w->problem,
                           "'%s' is missing; build it with 'make build'", path);
    }

    /* an nginx that was built otherwise has stream within */

    if (pdn_fs_exists(PDN_SERVICES_STREAM)) {
        pdn_str_puts(&w->out->modules,
                     "load_module " PDN_SERVICES_STREAM ";\n");
    }

    pdn_str_puts(&w->out->modules, "load_module ");
    pdn_quote_nginx(&w->out->modules, path);
    pdn_str_puts(&w->out->modules, ";\n");

    return 0;
}


int
pdn_services_render(pdn_services_t *services, const pdn_server_t *s, int test,
                    pdn_problem_t *problem)
{
    pdn_serving_t w = {
        .s = s, .out = services, .problem = problem, .test = test
    };
    int rc;

    memset(services, 0, sizeof(pdn_services_t));

    if (pdn_config_load(s->config, "services", problem) != 0) {
        return -1;
    }

    w.all = calloc(PDN_SERVICES_MAX, sizeof(pdn_service_t));
    if (w.all == NULL) {
        return pdn_problem(problem, "no memory");
    }

    pdn_config_sections(s->config, "services", pdn_service_add, &w);

    rc = w.failed ? -1 : 0;

    if (rc == 0 && w.n > 0) {
        rc = pdn_services_modules(&w) != 0 || pdn_services_conf(&w) != 0 ? -1
                                                                         : 0;
    }

    free(w.all);

    return rc;
}


void
pdn_services_release(pdn_services_t *services)
{
    pdn_str_release(&services->conf);
    pdn_str_release(&services->modules);
    pdn_str_release(&services->places);
}
