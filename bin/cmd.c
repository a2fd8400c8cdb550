/* SPDX-License-Identifier: MIT */
/* The tables of commands and options. */

#include "cmd.h"

/* clang-format off */
const char *const pdn_modules[] = {
    "ngx_pandan_module.so",
    "ngx_pandan_db_module.so",
    "ngx_http_pandan_module.so",
    NULL,
};

const char pdn_stream_module[] = "ngx_stream_pandan_module.so";

#define PDN_OPT_ENV                                                           \
    { 'e', "env", "NAME", "development, test or production" }
#define PDN_OPT_DRY_RUN                                                       \
    { 'n', "dry-run", NULL, "only print what would be done" }
#define PDN_OPT_FORCE(what) { 'f', "force", NULL, what }
#define PDN_OPT_END         { 0, NULL, NULL, NULL }

static const pdn_opt_t pdn_opts_new[] = {
    [PDN_NEW_DB]      = { 0, "db", "KIND", "sqlite (as it is), postgres or mysql" },
    [PDN_NEW_API]     = { 0, "api", NULL, "JSON only: no views, no pages" },
    [PDN_NEW_REGISTRY] = { 0, "registry", NULL,
                           "a registry that takes packages" },
    [PDN_NEW_DRY_RUN] = PDN_OPT_DRY_RUN,
    [PDN_NEW_FORCE]   = PDN_OPT_FORCE("overwrite files that are there"),
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_setup[] = {
    [PDN_SETUP_DRY_RUN] = PDN_OPT_DRY_RUN,
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_generate[] = {
    [PDN_GEN_API]     = { 0, "api", NULL, "JSON only: no views" },
    [PDN_GEN_DRY_RUN] = PDN_OPT_DRY_RUN,
    [PDN_GEN_FORCE]   = PDN_OPT_FORCE("overwrite files that are there"),
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_destroy[] = {
    [PDN_GEN_API]     = { 0, "api", NULL, "as given to generate" },
    [PDN_GEN_DRY_RUN] = PDN_OPT_DRY_RUN,
    [PDN_GEN_FORCE]   = PDN_OPT_FORCE("remove files that were edited too"),
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_serve[] = {
    [PDN_SERVE_ENV]  = PDN_OPT_ENV,
    [PDN_SERVE_HOST] = { 'H', "host", "ADDRESS", "where to listen" },
    [PDN_SERVE_PORT] = { 'p', "port", "PORT", "where to listen" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_stop[] = {
    [PDN_SERVE_ENV]     = PDN_OPT_ENV,
    [PDN_SERVE_HOST]    = { 'H', "host", "ADDRESS", "where to listen" },
    [PDN_SERVE_PORT]    = { 'p', "port", "PORT", "where to listen" },
    [PDN_SERVE_TIMEOUT] = { 't', "timeout", "SECONDS",
                            "how long requests may take to end (30)" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_env[] = {
    [PDN_ENV_ENV] = PDN_OPT_ENV,
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_json[] = {
    [PDN_ENV_ENV] = PDN_OPT_ENV,
    [PDN_ENV_JSON] = { 0, "json", NULL, "print JSON" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_rollback[] = {
    [PDN_ENV_ENV] = PDN_OPT_ENV,
    { 's', "steps", "N", "how many (1)" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_migrate[] = {
    [PDN_ENV_ENV] = PDN_OPT_ENV,
    { 0, "to", "VERSION", "not further than this one" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_reset[] = {
    [PDN_ENV_ENV] = PDN_OPT_ENV,
    PDN_OPT_FORCE("in production too"),
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_test[] = {
    [PDN_ENV_ENV] = { 'e', "env", "NAME", "instead of test" },
    { 0, "filter", "PATTERN", "only tests whose name matches" },
    { 0, "tags", "A,B", "only tests tagged so" },
    { 0, "format", "NAME", "plain, dots, tap, junit or json" },
    { 0, "seed", "N", "decides the order, with --shuffle" },
    { 0, "shuffle", NULL, "run in another order" },
    { 0, "fail-fast", NULL, "stop at the first failure" },
    { 0, "list", NULL, "print the names, run nothing" },
    PDN_OPT_END,
};

/* What all commands of the package manager take, asked for by name. */
#define PDN_OPTS_PM                                                           \
    { 'C', "directory", "DIR", "the project there, not the one here" },       \
    { 0, "json", NULL, "print JSON lines" },                                  \
    { 'q', "quiet", NULL, "print errors only" }

/* And those that may speak with a source. */
#define PDN_OPTS_PM_NET                                                       \
    PDN_OPTS_PM,                                                              \
    { 0, "offline", NULL, "take only what is cached" },                       \
    { 'j', "jobs", "N", "how much at a time" },                               \
    { 0, "timeout", "SECONDS", "of one request (30)" },                       \
    { 0, "no-progress", NULL, "draw no progress bars" }

static const pdn_opt_t pdn_opts_pm[] = { PDN_OPTS_PM, PDN_OPT_END };

static const pdn_opt_t pdn_opts_init[] = {
    PDN_OPTS_PM,
    { 0, "name", "OWNER/NAME", "what the package is called" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_add[] = {
    PDN_OPTS_PM_NET,
    { 0, "dev", NULL, "needed by development only" },
    { 0, "git", "URL", "the package lies in this repository" },
    { 0, "rev", "REV", "at this branch, tag or commit" },
    { 0, "path", "DIR", "the package lies in this folder" },
    { 0, "url", "URL", "the package is this archive" },
    { 0, "sha256", "HEX", "whose hash is this" },
    PDN_OPT_DRY_RUN,
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_remove[] = {
    PDN_OPTS_PM_NET,
    PDN_OPT_DRY_RUN,
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_lock[] = {
    PDN_OPTS_PM_NET,
    { 0, "check", NULL, "only tell whether the lock fits the manifest" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_outdated[] = {
    PDN_OPTS_PM_NET,
    { 'a', "all", NULL, "those that the manifest does not name, too" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_list[] = {
    PDN_OPTS_PM,
    { 0, "no-dev", NULL, "without what only development needs" },
    { 0, "direct", NULL, "only what the manifest names" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_tree[] = {
    PDN_OPTS_PM,
    { 0, "invert", "PACKAGE", "who needs it, up to the project" },
    { 0, "no-dev", NULL, "without what only development needs" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_install[] = {
    PDN_OPTS_PM_NET,
    { 0, "locked", NULL, "fail when the lock does not fit" },
    { 0, "frozen", NULL, "take the lock as it is" },
    { 0, "no-dev", NULL, "without what only development needs" },
    { 'n', "dry-run", NULL, "only print what would be done" },
    PDN_OPT_FORCE("build the tree anew"),
    { 0, "copy", NULL, "copy files, link none" },
    { 0, "no-sandbox", NULL, "let builds see the whole machine" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_search[] = {
    PDN_OPTS_PM_NET,
    { 's', "source", "NAME", "only this one: rocks, opm, default ..." },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_net[] = { PDN_OPTS_PM_NET, PDN_OPT_END };

static const pdn_cmd_t pdn_parts_cache[] = {
    { .name = "dir", .words = "", .options = pdn_opts_pm,
      .summary = "where the store and the cache are",
      .run = pdn_cmd_cache_dir },
    { .name = "size", .words = "", .options = pdn_opts_pm,
      .summary = "how large they are", .run = pdn_cmd_cache_size },
    { .name = "prune", .words = "", .options = pdn_opts_pm,
      .summary = "remove from the store what no project has",
      .run = pdn_cmd_cache_prune },
    { .name = "clean", .words = "", .options = pdn_opts_pm,
      .summary = "remove what was fetched, keep the store",
      .run = pdn_cmd_cache_clean },
    { .name = NULL },
};

#define PDN_OPT_KEYS                                                          \
    { 0, "keys", "DIR", "where its secret keys are (beside it)" }

#define PDN_OPT_AUTHOR                                                        \
    { 0, "author", "FILE", "a secret key that signs it; made when missing" }

#define PDN_OPT_REGISTRY                                                      \
    { 0, "registry", "NAME", "the one of the manifest that is called so" }

static const pdn_opt_t pdn_opts_publish[] = {
    PDN_OPTS_PM_NET,
    PDN_OPT_REGISTRY,
    PDN_OPT_AUTHOR,
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_trust[] = {
    PDN_OPTS_PM_NET,
    PDN_OPT_REGISTRY,
    PDN_OPT_END,
};

#define PDN_OPT_UNDO { 0, "undo", NULL, "let it be chosen again" }

static const pdn_opt_t pdn_opts_yank[] = {
    PDN_OPTS_PM_NET,
    PDN_OPT_REGISTRY,
    PDN_OPT_UNDO,
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_registry[] = {
    PDN_OPTS_PM,
    PDN_OPT_KEYS,
    { 0, "days", "N", "how long the signed lists are good (14)" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_registry_serve[] = {
    PDN_OPTS_PM,
    { 0, "host", "HOST", "the address to listen at (127.0.0.1)" },
    { 'p', "port", "PORT", "and the port (8081)" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_registry_add[] = {
    PDN_OPTS_PM,
    PDN_OPT_KEYS,
    PDN_OPT_AUTHOR,
    { 0, "owner", "NAME", "refuse packages of others" },
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_registry_yank[] = {
    PDN_OPTS_PM,
    PDN_OPT_KEYS,
    PDN_OPT_UNDO,
    PDN_OPT_END,
};

static const pdn_cmd_t pdn_parts_registry[] = {
    { .name = "init", .words = "DIR", .options = pdn_opts_registry, .min = 1,
      .max = 1, .summary = "make keys and an empty registry",
      .run = pdn_cmd_registry_init },
    { .name = "add", .words = "DIR PACKAGE ...",
      .options = pdn_opts_registry_add, .min = 2, .max = -1,
      .summary = "add packages and sign", .run = pdn_cmd_registry_add },
    { .name = "yank", .words = "DIR OWNER/NAME VERSION",
      .options = pdn_opts_registry_yank, .min = 3, .max = 3,
      .summary = "let a version not be chosen any more",
      .run = pdn_cmd_registry_yank },
    { .name = "sign", .words = "DIR", .options = pdn_opts_registry, .min = 1,
      .max = 1, .summary = "sign anew, before it expires",
      .run = pdn_cmd_registry_sign },
    { .name = "rotate", .words = "DIR", .options = pdn_opts_registry,
      .min = 1, .max = 1, .summary = "change to new keys",
      .run = pdn_cmd_registry_rotate },
    { .name = "verify", .words = "DIR", .options = pdn_opts_registry,
      .min = 1, .max = 1, .summary = "check every signature and package",
      .run = pdn_cmd_registry_verify },
    { .name = "serve", .words = "DIR", .options = pdn_opts_registry_serve,
      .min = 1, .max = 1, .summary = "serve it by nginx, as files",
      .run = pdn_cmd_registry_serve },
    { .name = NULL },
};

static const pdn_cmd_t pdn_parts_db[] = {
    { .name = "create", .words = "", .options = pdn_opts_env, .in_app = 1,
      .summary = "make the database", .run = pdn_cmd_db },
    { .name = "migrate", .words = "", .options = pdn_opts_migrate,
      .in_app = 1, .run = pdn_cmd_db,
      .summary = "run the migrations that wait" },
    { .name = "rollback", .words = "", .options = pdn_opts_rollback,
      .in_app = 1, .run = pdn_cmd_db,
      .summary = "take the last migration back" },
    { .name = "status", .words = "", .options = pdn_opts_env, .in_app = 1,
      .summary = "which migrations have run", .run = pdn_cmd_db },
    { .name = "seed", .words = "", .options = pdn_opts_env, .in_app = 1,
      .summary = "run db/seeds.lua", .run = pdn_cmd_db },
    { .name = "reset", .words = "", .options = pdn_opts_reset, .in_app = 1,
      .summary = "take all back, migrate and seed", .run = pdn_cmd_db },
    { .name = NULL },
};

static const pdn_cmd_t pdn_parts_config[] = {
    { .name = "nginx", .words = "", .options = pdn_opts_serve, .in_app = 1,
      .summary = "print the nginx.conf that is rendered",
      .run = pdn_cmd_config_nginx },
    { .name = NULL },
};

const pdn_cmd_t pdn_commands[] = {
    { .name = "new", .words = "NAME", .summary = "make a new application",
      .options = pdn_opts_new, .min = 1, .max = 1, .run = pdn_cmd_new },

    { .name = "setup", .words = "", .options = pdn_opts_setup, .in_app = 1,
      .summary = "write .env with a key, for an application from git",
      .run = pdn_cmd_setup,
      .more = "It is made of .env.example. One that is there keeps all that\n"
              "it says, but for an APP_KEY that is none.\n" },

    { .name = "generate", .alias = "g", .words = "WHAT NAME [COLUMN:TYPE ...]",
      .summary = "write a part of an application", .in_app = 1,
      .options = pdn_opts_generate, .min = 2, .max = -1,
      .run = pdn_cmd_generate,
      .more =
          "WHAT is one of\n"
          "  resource NAME COLUMN:TYPE ...    model, migration, controller,\n"
          "                                   views, spec and route\n"
          "  model NAME COLUMN:TYPE ...       a model and its migration\n"
          "  migration NAME [COLUMN:TYPE ...] create_posts, "
          "add_author_to_posts,\n"
          "                                   remove_author_from_posts\n"
          "  controller NAME [ACTION ...]     a controller, views and routes\n"
          "  service NAME [udp]               a TCP or UDP service, its spec\n"
          "  view FOLDER/NAME, plugin NAME, spec NAME\n"
          "\n"
          "A column is name:type[:required][:unique][:index]; types are\n"
          "string text integer bigint float decimal boolean date datetime\n"
          "json binary uuid references.\n" },

    { .name = "destroy", .alias = "d", .words = "WHAT NAME [COLUMN:TYPE ...]",
      .summary = "remove what generate wrote", .in_app = 1,
      .options = pdn_opts_destroy, .min = 2, .max = -1,
      .run = pdn_cmd_generate,
      .more = "Files that were edited since are left alone without --force.\n"
              "Columns need not be given: they stand in the migration.\n" },

    { .name = "dev", .words = "", .options = pdn_opts_serve, .in_app = 1,
      .summary = "serve in the foreground, reload on change",
      .run = pdn_cmd_dev },

    { .name = "start", .words = "", .options = pdn_opts_serve, .in_app = 1,
      .summary = "start the server", .run = pdn_cmd_start },
    { .name = "stop", .words = "", .options = pdn_opts_stop, .in_app = 1,
      .summary = "let requests end, then stop the server",
      .run = pdn_cmd_stop },
    { .name = "restart", .words = "", .options = pdn_opts_stop, .in_app = 1,
      .summary = "stop and start the server", .run = pdn_cmd_restart },
    { .name = "reload", .words = "", .options = pdn_opts_serve, .in_app = 1,
      .summary = "take new code and configuration, dropping no request",
      .run = pdn_cmd_reload },
    { .name = "status", .words = "", .options = pdn_opts_json, .in_app = 1,
      .summary = "tell whether the server runs", .run = pdn_cmd_status },

    { .name = "routes", .words = "", .options = pdn_opts_json, .in_app = 1,
      .summary = "list the routes", .run = pdn_cmd_routes },
    { .name = "db", .words = "", .parts = pdn_parts_db, .in_app = 1,
      .summary = "create, migrate and fill the database" },
    { .name = "console", .alias = "c", .words = "", .options = pdn_opts_env,
      .in_app = 1, .summary = "type Lua inside the application",
      .run = pdn_cmd_console },
    { .name = "run", .words = "FILE [WORDS]", .options = pdn_opts_env,
      .min = 1, .max = -1, .passes = 1, .in_app = 1,
      .summary = "run a Lua file inside the application",
      .run = pdn_cmd_run },
    { .name = "test", .alias = "t", .words = "[FILES]",
      .options = pdn_opts_test, .max = -1, .in_app = 1,
      .summary = "run the specs", .run = pdn_cmd_test },

    { .name = "init", .words = "", .options = pdn_opts_init,
      .summary = "write the manifest of a project",
      .run = pdn_cmd_init },
    { .name = "add", .alias = "get", .words = "PACKAGE[@REQUIREMENT] ...",
      .options = pdn_opts_add, .min = 1, .max = -1,
      .summary = "put packages into the manifest, and install",
      .run = pdn_cmd_add,
      .more = "A package is owner/name, rocks:name, opm:account/name or\n"
              "registry:owner/name. Without a requirement it is one around\n"
              "the version that is chosen.\n" },
    { .name = "remove", .alias = "uninstall rm", .words = "PACKAGE ...", .options = pdn_opts_remove,
      .min = 1, .max = -1,
      .summary = "take packages out of the manifest, and install",
      .run = pdn_cmd_remove },
    { .name = "lock", .words = "", .options = pdn_opts_lock,
      .summary = "choose versions and write the lock, install nothing",
      .run = pdn_cmd_lock },
    { .name = "outdated", .words = "", .options = pdn_opts_outdated,
      .summary = "tell which packages have newer versions",
      .run = pdn_cmd_outdated },
    { .name = "install", .alias = "i make", .words = "[PACKAGE ...]",
      .options = pdn_opts_install, .max = -1,
      .more = "With packages it does what `pandan add` does.\n",
      .summary = "put what the lock says into lua_modules/",
      .run = pdn_cmd_install },
    { .name = "update", .alias = "upgrade", .words = "[PACKAGE ...]", .options = pdn_opts_install,
      .max = -1, .summary = "take newer versions, of all or of these",
      .run = pdn_cmd_update },
    { .name = "rollback", .words = "", .options = pdn_opts_pm,
      .summary = "take back the last change of lua_modules/",
      .run = pdn_cmd_rollback },
    { .name = "verify", .words = "", .options = pdn_opts_pm,
      .summary = "compare lua_modules/ with what was installed",
      .run = pdn_cmd_verify },
    { .name = "search", .words = "WORD ...", .options = pdn_opts_search,
      .min = 1, .max = -1, .summary = "look for packages at the sources",
      .run = pdn_cmd_search },
    { .name = "info", .alias = "show", .words = "PACKAGE[@VERSION]",
      .options = pdn_opts_net, .min = 1, .max = 1,
      .summary = "tell what a source says of a package",
      .run = pdn_cmd_info },
    { .name = "files", .words = "PACKAGE", .options = pdn_opts_pm,
      .min = 1, .max = 1, .summary = "list the files of a package",
      .run = pdn_cmd_files },
    { .name = "which", .words = "MODULE", .options = pdn_opts_pm,
      .min = 1, .max = 1, .summary = "tell whose module that is",
      .run = pdn_cmd_which },
    { .name = "fetch", .alias = "download", .words = "", .options = pdn_opts_net,
      .summary = "get all that the lock names into the cache",
      .run = pdn_cmd_fetch },
    { .name = "vendor", .words = "", .options = pdn_opts_net,
      .summary = "put all that the lock names into the project",
      .run = pdn_cmd_vendor },
    { .name = "cache", .words = "", .parts = pdn_parts_cache,
      .summary = "look at the store and the cache, and clean them" },
    { .name = "path", .words = "", .options = pdn_opts_pm,
      .summary = "print where lua_modules/ is", .run = pdn_cmd_path },
    { .name = "env", .words = "", .options = pdn_opts_pm,
      .summary = "print what a shell needs to use lua_modules/",
      .run = pdn_cmd_env },
    { .name = "exec", .words = "PROGRAM [WORDS]", .options = pdn_opts_pm,
      .min = 1, .max = -1, .passes = 1,
      .summary = "run a program that finds lua_modules/",
      .run = pdn_cmd_exec },
    { .name = "audit", .words = "", .options = pdn_opts_net,
      .summary = "ask the sources about what is locked",
      .run = pdn_cmd_audit },
    { .name = "licenses", .words = "", .options = pdn_opts_net,
      .summary = "list the licenses of what is locked",
      .run = pdn_cmd_licenses },
    { .name = "sbom", .words = "", .options = pdn_opts_pm,
      .summary = "print what is locked as CycloneDX",
      .run = pdn_cmd_sbom },
    { .name = "doctor", .words = "", .options = pdn_opts_pm,
      .summary = "look whether all is here that packages need",
      .run = pdn_cmd_doctor },
    { .name = "pack", .words = "", .options = pdn_opts_pm,
      .summary = "make a package of the project", .run = pdn_cmd_pack },
    { .name = "publish", .words = "", .options = pdn_opts_publish,
      .summary = "sign a package of the project and send it to a registry",
      .run = pdn_cmd_publish },
    { .name = "yank", .words = "OWNER/NAME VERSION",
      .options = pdn_opts_yank, .min = 2, .max = 2,
      .summary = "let a published version not be chosen any more",
      .run = pdn_cmd_yank },
    { .name = "trust", .words = "[PACKAGE ...]", .options = pdn_opts_trust,
      .max = -1, .summary = "take the new key of an author or a registry",
      .run = pdn_cmd_trust },
    { .name = "registry", .words = "", .parts = pdn_parts_registry,
      .summary = "make and keep a registry of packages" },
    { .name = "mirror", .words = "DIR [PACKAGE ...]",
      .options = pdn_opts_net, .min = 1, .max = -1,
      .summary = "copy packages of LuaRocks and opm, to be served",
      .run = pdn_cmd_mirror },
    { .name = "login", .words = "URL", .options = pdn_opts_pm, .min = 1,
      .max = 1, .summary = "keep a token, from standard input, for a server",
      .run = pdn_cmd_login },
    { .name = "logout", .words = "URL", .options = pdn_opts_pm, .min = 1,
      .max = 1, .summary = "forget the token for a server",
      .run = pdn_cmd_logout },
    { .name = "list", .alias = "ls", .words = "", .options = pdn_opts_list,
      .summary = "list the packages of the project",
      .run = pdn_cmd_list },
    { .name = "tree", .words = "", .options = pdn_opts_tree,
      .summary = "draw which package needs which",
      .run = pdn_cmd_tree },
    { .name = "why", .words = "PACKAGE", .options = pdn_opts_pm,
      .min = 1, .max = 1, .summary = "tell what leads to a package",
      .run = pdn_cmd_why },
    { .name = "explain", .words = "[CODE]", .options = pdn_opts_pm, .max = 1,
      .summary = "tell more about an error such as P0301",
      .run = pdn_cmd_explain },
    { .name = "completions", .alias = "completion", .words = "SHELL", .min = 1, .max = 1,
      .summary = "print what completes words in a shell",
      .run = pdn_cmd_completions,
      .more = "SHELL is bash, zsh or fish. For this session:\n"
              "  source <(pandan completions bash)\n" },

    { .name = "config", .words = "", .parts = pdn_parts_config, .in_app = 1,
      .summary = "show the configuration" },
    { .name = "modules", .words = "",
      .summary = "list nginx's modules in load order",
      .run = pdn_cmd_modules },
    { .name = "version", .words = "", .summary = "print the version",
      .run = pdn_cmd_version },
    { .name = "help", .words = "[COMMAND]", .max = 2,
      .summary = "tell what there is", .run = pdn_cmd_help },
    { .name = NULL },
};
/* clang-format on */
