/* SPDX-License-Identifier: MIT */
/* The functions behind the rows of the table of commands, and their options. */

#ifndef CMD_H
#define CMD_H

#include "pdn_cli.h"

/* nginx's modules in the order in which they are loaded; ends with NULL. */
extern const char *const pdn_modules[];

/* The one for services, which wants nginx's own stream module before it. */
extern const char pdn_stream_module[];

/* Rows of the option tables, as indexes into cli->opts. */
enum {
    PDN_NEW_DB,
    PDN_NEW_API,
    PDN_NEW_REGISTRY,
    PDN_NEW_DRY_RUN,
    PDN_NEW_FORCE
};
enum {
    PDN_SETUP_DRY_RUN
};
enum {
    PDN_GEN_API,
    PDN_GEN_DRY_RUN,
    PDN_GEN_FORCE
};
enum {
    PDN_SERVE_ENV,
    PDN_SERVE_HOST,
    PDN_SERVE_PORT,
    PDN_SERVE_TIMEOUT
};
enum {
    PDN_ENV_ENV,
    PDN_ENV_JSON
};

pdn_exit_t pdn_cmd_new(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_setup(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_generate(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_dev(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_start(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_stop(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_restart(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_reload(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_status(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_routes(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_db(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_console(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_run(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_test(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_config_nginx(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_modules(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_version(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_help(pdn_cli_t *cli);

pdn_exit_t pdn_cmd_init(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_install(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_update(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_rollback(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_verify(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_files(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_which(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_search(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_info(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_fetch(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_vendor(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_cache_dir(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_cache_size(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_cache_prune(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_cache_clean(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_path(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_env(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_exec(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_audit(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_licenses(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_sbom(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_doctor(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_add(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_remove(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_lock(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_outdated(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_registry_init(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_registry_add(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_registry_yank(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_registry_sign(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_registry_rotate(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_registry_verify(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_registry_serve(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_pack(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_publish(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_yank(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_trust(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_mirror(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_login(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_logout(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_list(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_tree(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_why(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_explain(pdn_cli_t *cli);
pdn_exit_t pdn_cmd_completions(pdn_cli_t *cli);

#endif /* CMD_H */
