/* SPDX-License-Identifier: MIT */
/* The settings of a server and its nginx.conf; see pdn_server.h. */

#include "pdn_server.h"

#include "cmd.h"
#include "pdn_services.h"
#include "pdn_tpl.h"

#include <ctype.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything that the templates of nginx.conf may use. */
typedef struct {
    pdn_server_t *s;
    pdn_str_t modules;
    pdn_str_t envs;
    pdn_str_t root_lua;
    pdn_str_t path;
    pdn_str_t cpath;
    pdn_str_t listen;
    pdn_str_t args;
    pdn_str_t status;
    pdn_str_t log;
    pdn_services_t services;
    char user[64];
    char files[16];
    char connections[16];
} pdn_conf_t;

/* Names that every app may read, whatever its configuration asks for. */
static const char *const pdn_conf_envs[] = {
    "PANDAN_ENV", "PANDAN_HOME",  "PATH",          "HOME",
    "TZ",         "LANG",         "DATABASE_URL",  "APP_KEY",
    "LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
};

#define pdn_conf_count(a) (sizeof(a) / sizeof((a)[0]))


int
pdn_env_check(const char *env)
{
    static const char *const names[] = { "development", "test", "production" };
    const char *near;
    size_t i;

    for (i = 0; i < 3; i++) {
        if (strcmp(env, names[i]) == 0) {
            return 0;
        }
    }

    near = pdn_nearest(env, names, 3);
    pdn_say_error("there is no environment '%s'%s%s%s", env,
                  near ? "; did you mean '" : "", near ? near : "",
                  near ? "'?" : "; there are development, test, production");

    return -1;
}


void
pdn_quote_nginx(pdn_str_t *out, const char *text)
{
    pdn_str_puts(out, "\"");

    for (/* void */; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            pdn_str_puts(out, "\\");
        }
        pdn_str_add(out, text, 1);
    }

    pdn_str_puts(out, "\"");
}


void
pdn_quote_lua(pdn_str_t *out, const char *text)
{
    pdn_str_puts(out, "\"");

    for (/* void */; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\' || iscntrl((unsigned char) *text)) {
            pdn_str_printf(out, "\\%03d", (unsigned char) *text);
        } else {
            pdn_str_add(out, text, 1);
        }
    }

    pdn_str_puts(out, "\"");
}


static int
pdn_server_port(pdn_server_t *s, const char *port, pdn_problem_t *problem)
{
    char *end;
    long n;

    n = strtol(port, &end, 10);

    if (end == port || *end != '\0' || n < 1 || n > 65535) {
        return pdn_problem(problem, "'%s' is not a port: 1 to 65535", port);
    }

    snprintf(s->port, sizeof(s->port), "%ld", n);

    return 0;
}


static int
pdn_server_check(const pdn_server_t *s, pdn_problem_t *problem)
{
    const char *const *name;
    char path[PATH_MAX + 64];

    /* what Lua's package.path and nginx's include would take for patterns */
    if (strpbrk(s->cli->root, ";?*[$\n\r") != NULL) {
        return pdn_problem(problem,
                           "cannot serve from '%s': a folder name "
                           "with one of ; ? * [ $ in it",
                           s->cli->root);
    }

    if (strpbrk(s->host, " \t\n;{}\"'\\$") != NULL) {
        return pdn_problem(problem, "'%s' is not an address", s->host);
    }

    for (name = pdn_modules; *name != NULL; name++) {
        snprintf(path, sizeof(path), "%s/modules/%s", s->cli->build, *name);
        if (!pdn_fs_exists(path)) {
            return pdn_problem(problem,
                               "'%s' is missing; build it with "
                               "'make build'",
                               path);
        }
    }

    return 0;
}


int
pdn_server_init(pdn_server_t *s, const pdn_cli_t *cli, const char *env,
                const char *host, const char *port, pdn_problem_t *problem)
{
    char folder[PATH_MAX];

    memset(s, 0, sizeof(pdn_server_t));
    s->cli = cli;
    snprintf(s->env, sizeof(s->env), "%s", env);
    snprintf(s->folder, sizeof(s->folder), ".pandan/%s", env);

    /* config files and nginx alike see which environment it is */
    setenv("PANDAN_ENV", env, 1);
    setenv("PANDAN_HOME", cli->home, 1);

    s->config = pdn_config_open(cli->root, env, problem);
    if (s->config == NULL
        || pdn_config_load(s->config, "application", problem) != 0
        || pdn_config_load(s->config, "database", problem) != 0
        || pdn_config_load(s->config, "session", problem) != 0)
    {
        return -1;
    }

    if (host == NULL) {
        host = pdn_config_text(s->config, "application", "host", "127.0.0.1");
    }

    if (port == NULL) {
        port = pdn_config_text(s->config, "application", "port", "8080");
    }

    snprintf(s->host, sizeof(s->host), "%s", host);

    if (pdn_server_port(s, port, problem) != 0
        || pdn_server_check(s, problem) != 0) {
        return -1;
    }

    if (pdn_fs_join(folder, cli->root, s->folder) != 0
        || pdn_fs_mkdir(folder, problem) != 0
        || pdn_fs_join(folder, cli->root, "logs") != 0
        || pdn_fs_mkdir(folder, problem) != 0
        || pdn_fs_join(folder, cli->root, "pub") != 0)
    {
        return -1;
    }

    return pdn_fs_mkdir(folder, problem);
}


void
pdn_server_release(pdn_server_t *s)
{
    pdn_config_close(s->config);
    s->config = NULL;
}


void
pdn_server_url(const pdn_server_t *s, char out[300])
{
    const char *host;

    host = strcmp(s->host, "0.0.0.0") == 0 || strcmp(s->host, "*") == 0
               ? "127.0.0.1"
               : s->host;

    snprintf(out, 300, strchr(host, ':') ? "http://[%s]:%s" : "http://%s:%s",
             host, s->port);
}


static void
pdn_conf_env(void *ctx, const char *name)
{
    pdn_str_t *out = ctx;
    size_t i;

    for (i = 0; i < pdn_conf_count(pdn_conf_envs); i++) {
        if (strcmp(name, pdn_conf_envs[i]) == 0) {
            return;
        }
    }

    if (name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                          "uvwxyz0123456789_")]
        == '\0')
    {
        pdn_str_printf(out, "env %s;\n", name);
    }
}


/* As root, workers become the user that the app's folder belongs to. */
static void
pdn_conf_user(pdn_conf_t *c)
{
    const char *user;
    struct passwd *pw;
    struct stat st;

    if (geteuid() != 0) {
        return;
    }

    user = pdn_config_text(c->s->config, "application", "user", NULL);

    if (user == NULL) {
        pw = stat(c->s->cli->root, &st) == 0 ? getpwuid(st.st_uid) : NULL;
        user = pw != NULL ? pw->pw_name : "nobody";
    }

    snprintf(c->user, sizeof(c->user), "%s", user);
}


static void
pdn_conf_limits(pdn_conf_t *c)
{
    struct rlimit limit;
    unsigned long files;

    files = 16384;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < files) {
        files = limit.rlim_max;
    }

    /* a request may have a file and a connection to elsewhere of its own */
    snprintf(c->files, sizeof(c->files), "%lu", files);
    snprintf(c->connections, sizeof(c->connections), "%lu", files / 2);
}


static void
pdn_conf_paths(pdn_conf_t *c)
{
    const pdn_cli_t *cli;
    pdn_str_t text = { 0 };

    cli = c->s->cli;

    /* our own modules in the place of those of OpenResty */
    if (pdn_config_true(c->s->config, "application", "native_resty")) {
        pdn_str_printf(&text, "%s/framework/migration/?.lua;", cli->home);
    }

    pdn_str_printf(&text,
                   "%s/?.lua;%s/application/library/?.lua;%s/lib/?.lua;"
                   "%s/framework/?.lua;%s/framework/?/init.lua;"
                   "%s/lua_modules/share/lua/5.1/?.lua;"
                   "%s/lua_modules/share/lua/5.1/?/init.lua;;",
                   cli->root, cli->root, cli->root, cli->home, cli->home,
                   cli->root, cli->root);
    pdn_quote_nginx(&c->path, pdn_str_z(&text));

    text.len = 0;
    pdn_str_printf(&text, "%s/lib/?.so;%s/lua_modules/lib/lua/5.1/?.so;;",
                   cli->build, cli->root);
    pdn_quote_nginx(&c->cpath, pdn_str_z(&text));
    pdn_str_release(&text);

    pdn_quote_lua(&c->root_lua, cli->root);
}


static void
pdn_conf_fill(pdn_conf_t *c, pdn_server_t *s)
{
    const char *const *name;
    char path[PATH_MAX + 64];
    size_t i;

    memset(c, 0, sizeof(pdn_conf_t));
    c->s = s;

    for (name = pdn_modules; *name != NULL; name++) {
        snprintf(path, sizeof(path), "%s/modules/%s", s->cli->build, *name);
        pdn_str_puts(&c->modules, "load_module ");
        pdn_quote_nginx(&c->modules, path);
        pdn_str_puts(&c->modules, ";\n");
    }

    for (i = 0; i < pdn_conf_count(pdn_conf_envs); i++) {
        pdn_str_printf(&c->envs, "env %s;\n", pdn_conf_envs[i]);
    }

    pdn_config_names(s->config, pdn_conf_env, &c->envs);
    pdn_conf_paths(c);
    pdn_conf_user(c);
    pdn_conf_limits(c);

    pdn_str_printf(&c->listen, strchr(s->host, ':') ? "[%s]:%s" : "%s:%s",
                   s->host, s->port);

    if (s->daemon) {
        pdn_str_printf(&c->log, "logs/%s.log", s->env);
    } else {
        pdn_str_puts(&c->log, "stderr");
    }
}


/* The size of a zone that all workers share. */
static const char *
pdn_conf_memory(pdn_conf_t *c, const char *key, const char *otherwise)
{
    return pdn_config_text(c->s->config, "application", key, otherwise);
}


static void
pdn_conf_release(pdn_conf_t *c)
{
    pdn_str_release(&c->modules);
    pdn_str_release(&c->envs);
    pdn_str_release(&c->root_lua);
    pdn_str_release(&c->path);
    pdn_str_release(&c->cpath);
    pdn_str_release(&c->listen);
    pdn_str_release(&c->args);
    pdn_str_release(&c->status);
    pdn_str_release(&c->log);
    pdn_services_release(&c->services);
}


static int
pdn_conf_template(const pdn_server_t *s, const char *name,
                  const pdn_var_t *vars, pdn_str_t *out, pdn_problem_t *problem)
{
    pdn_scope_t scope = { vars, NULL };
    pdn_str_t text = { 0 };
    char path[PATH_MAX + 64];
    int rc;

    snprintf(path, sizeof(path), "%s/templates/nginx/%s", s->cli->home, name);

    rc = pdn_fs_read(path, &text, problem);
    if (rc == 0) {
        rc = pdn_tpl_render(path, pdn_str_z(&text), text.len, &scope, out,
                            problem);
    }

    pdn_str_release(&text);

    return rc;
}


/* "1" when the app has snippets of this kind. */
static const char *
pdn_conf_has(const pdn_server_t *s, const char *kind)
{
    char path[PATH_MAX + 64];

    snprintf(path, sizeof(path), "%s/config/nginx/%s", s->cli->root, kind);

    return pdn_fs_is_folder(path) ? "1" : "";
}


/* Adds the services; releases all on a problem. */
static int
pdn_conf_services(pdn_conf_t *c, int test, pdn_problem_t *problem)
{
    if (pdn_services_render(&c->services, c->s, test, problem) != 0) {
        pdn_conf_release(c);
        return -1;
    }

    pdn_str_puts(&c->modules, pdn_str_z(&c->services.modules));

    return 0;
}


int
pdn_server_render(pdn_server_t *s, pdn_str_t *out, pdn_problem_t *problem)
{
    pdn_config_t *config;
    pdn_conf_t c;
    int dev, rc;

    config = s->config;
    dev = strcmp(s->env, "production") != 0;
    pdn_conf_fill(&c, s);

    if (pdn_conf_services(&c, 0, problem) != 0) {
        return -1;
    }

    const pdn_var_t vars[] = {
        { "env", s->env },
        { "folder", s->folder },
        { "load_modules", pdn_str_z(&c.modules) },
        { "user", c.user },
        { "daemon", s->daemon ? "on" : "off" },
        { "workers",
          dev ? "1"
              : pdn_config_text(config, "application", "workers", "auto") },
        { "files", c.files },
        { "connections", c.connections },
        { "shutdown", dev ? "1s" : "30s" },
        { "error_log", pdn_str_z(&c.log) },
        { "log_level",
          pdn_config_text(config, "application", "log_level", "warn") },
        { "envs", pdn_str_z(&c.envs) },
        { "mime_types", "/etc/nginx/mime.types" },
        { "body_limit",
          pdn_config_text(config, "application", "body_limit", "8m") },
        { "watch", pdn_config_text(
                       config, "application", "watch",
                       strcmp(s->env, "development") == 0 ? "100ms" : "off") },
        { "shared_memory", pdn_conf_memory(&c, "shared_memory", "10m") },
        { "cache_memory", pdn_conf_memory(&c, "cache_memory", "32m") },
        { "package_path", pdn_str_z(&c.path) },
        { "package_cpath", pdn_str_z(&c.cpath) },
        { "root_lua", pdn_str_z(&c.root_lua) },
        { "listen", pdn_str_z(&c.listen) },
        { "production", dev ? "" : "1" },
        { "include_main", pdn_conf_has(s, "main") },
        { "include_http", pdn_conf_has(s, "http") },
        { "include_server", pdn_conf_has(s, "server") },
        { "stream", pdn_str_z(&c.services.conf) },
        { NULL, NULL },
    };

    rc = pdn_conf_template(s, "nginx.conf.tpl", vars, out, problem);
    pdn_conf_release(&c);

    return rc;
}


int
pdn_job_render(pdn_server_t *s, const pdn_job_t *job, pdn_str_t *out,
               pdn_problem_t *problem)
{
    pdn_conf_t c;
    int i, rc;

    pdn_conf_fill(&c, s);
    pdn_quote_lua(&c.status, job->status);

    for (i = 0; i < job->n; i++) {
        pdn_quote_lua(&c.args, job->args[i]);
        pdn_str_puts(&c.args, ", ");
    }

    /* only specs are clients of services */

    if (strcmp(job->name, "test") == 0
        && pdn_conf_services(&c, 1, problem) != 0) {
        return -1;
    }

    const pdn_var_t vars[] = {
        { "env", s->env },
        { "folder", s->folder },
        { "job", job->id },
        { "user", c.user },
        { "name", job->name },
        { "args", pdn_str_z(&c.args) },
        { "status", pdn_str_z(&c.status) },
        { "socket", job->socket != NULL ? job->socket : "" },
        { "stream", pdn_str_z(&c.services.conf) },
        { "places", pdn_str_z(&c.services.places) },
        { "load_modules", pdn_str_z(&c.modules) },
        { "log_level",
          pdn_config_text(s->config, "application", "log_level", "warn") },
        { "envs", pdn_str_z(&c.envs) },
        { "shared_memory", pdn_conf_memory(&c, "shared_memory", "10m") },
        { "cache_memory", pdn_conf_memory(&c, "cache_memory", "32m") },
        { "package_path", pdn_str_z(&c.path) },
        { "package_cpath", pdn_str_z(&c.cpath) },
        { "root_lua", pdn_str_z(&c.root_lua) },
        { NULL, NULL },
    };

    rc = pdn_conf_template(s, "job.conf.tpl", vars, out, problem);
    pdn_conf_release(&c);

    return rc;
}


int
pdn_server_write(pdn_server_t *s, pdn_problem_t *problem)
{
    char path[PATH_MAX + 96];
    pdn_str_t text = { 0 };
    int rc;

    snprintf(path, sizeof(path), "%s/%s/nginx.conf", s->cli->root, s->folder);

    rc = pdn_server_render(s, &text, problem);
    if (rc == 0) {
        rc = pdn_fs_write(path, pdn_str_z(&text), text.len, 0644, problem);
    }

    pdn_str_release(&text);

    return rc;
}
