/*
 * SPDX-License-Identifier: MIT
 *
 * The directives that http { } and stream { } both have, as rows for their
 * modules' tables, and the configurations that they fill in.  A module embeds
 * ngx_pdn_main_t and ngx_pdn_place_t at the head of its own.
 */

#ifndef NGX_PDN_SETTINGS_H
#define NGX_PDN_SETTINGS_H


#include "ngx_pdn_vm.h"
#include "ngx_pdn_chunk.h"
#include "ngx_pdn_tls.h"
#include "ngx_pdn_handshake.h"


/* How a directive gives its code. */

typedef enum {
    NGX_PDN_FORM_BLOCK = 0,
    NGX_PDN_FORM_FILE,
    NGX_PDN_FORM_STRING
} ngx_pdn_form_e;


/* The `post` of a directive that gives code. */

typedef struct {
    ngx_pdn_form_e form;
    const char *label; /* in chunk names and messages */
    ngx_uint_t slot;   /* of the chunks that it fills in */
} ngx_pdn_directive_t;


/* Of http { } or stream { } as a whole. */

typedef struct {
    ngx_pdn_conf_t *core; /* the one of the cycle */
    ngx_pdn_conf_t own;   /* what this block says, before it is merged */
    ngx_pdn_subsystem_e subsystem;
    ngx_flag_t own_dicts; /* its dictionaries are not the others' */

    /* Compiles a path that holds variables; NULL after logging why. */
    void *(*compile)(ngx_conf_t *cf, ngx_str_t *path);

    ngx_pdn_chunk_t *init;
    ngx_pdn_chunk_t *init_worker;
    ngx_pdn_chunk_t *exit_worker;
} ngx_pdn_main_t;


/* Of a location, or a server of stream. */

typedef struct {
    ngx_pdn_socket_conf_t socket;
    ngx_pdn_tls_conf_t tls; /* makes socket.ssl */
    ngx_flag_t code_cache;
    ngx_flag_t check_client_abort;
    ngx_pdn_subsystem_e subsystem;
} ngx_pdn_place_t;


/* Rows */

#define NGX_PDN_ROW(name, where, args, set, conf, offset, post)                \
    {                                                                          \
        ngx_string(name), (where) | (args), set, conf, offset, post            \
    }

#define NGX_PDN_FORMS(id, word, n)                                             \
    static ngx_pdn_directive_t ngx_pdn_##id##_forms[] = {                      \
        { NGX_PDN_FORM_BLOCK, word, n },                                       \
        { NGX_PDN_FORM_FILE, word, n },                                        \
        { NGX_PDN_FORM_STRING, word, n },                                      \
    }

/* A code directive without the quoted form, and with it. */

#define NGX_PDN_CODE(id, word, where, set, conf)                               \
    NGX_PDN_ROW(word "_block", where, NGX_CONF_BLOCK | NGX_CONF_NOARGS, set,   \
                conf, 0, &ngx_pdn_##id##_forms[0]),                            \
        NGX_PDN_ROW(word "_file", where, NGX_CONF_TAKE1, set, conf, 0,         \
                    &ngx_pdn_##id##_forms[1])

#define NGX_PDN_CODE_STRING(id, word, where, set, conf)                        \
    NGX_PDN_CODE(id, word, where, set, conf),                                  \
        NGX_PDN_ROW(word, where, NGX_CONF_TAKE1, set, conf, 0,                 \
                    &ngx_pdn_##id##_forms[2])

/* A field of the place, set by one of nginx's functions or of ours. */

#define NGX_PDN_PLACE(name, where, args, set, conf, field, post)               \
    NGX_PDN_ROW(name, where, args, set, conf,                                  \
                offsetof(ngx_pdn_place_t, field), post)

/* A field of the cycle's configuration. */

#define NGX_PDN_CORE(name, where, args, set, conf, field)                      \
    NGX_PDN_ROW(name, where, args, set, conf, offsetof(ngx_pdn_conf_t, field), \
                NULL)

/* clang-format off */

/* `every`: wherever there is a place; `conf`: the offset of its kind. */

#define NGX_PDN_PLACE_ROWS(every, conf)                                        \
    NGX_PDN_PLACE("lua_code_cache", every, NGX_CONF_FLAG,                      \
        ngx_pdn_set_code_cache, conf, code_cache, NULL),                       \
    NGX_PDN_PLACE("lua_check_client_abort", every, NGX_CONF_FLAG,              \
        ngx_conf_set_flag_slot, conf, check_client_abort, NULL),               \
    NGX_PDN_PLACE("lua_socket_log_errors", every, NGX_CONF_FLAG,               \
        ngx_conf_set_flag_slot, conf, socket.log_errors, NULL),                \
    NGX_PDN_PLACE("lua_socket_connect_timeout", every, NGX_CONF_TAKE1,         \
        ngx_conf_set_msec_slot, conf, socket.connect_timeout, NULL),           \
    NGX_PDN_PLACE("lua_socket_send_timeout", every, NGX_CONF_TAKE1,            \
        ngx_conf_set_msec_slot, conf, socket.send_timeout, NULL),              \
    NGX_PDN_PLACE("lua_socket_read_timeout", every, NGX_CONF_TAKE1,            \
        ngx_conf_set_msec_slot, conf, socket.read_timeout, NULL),              \
    NGX_PDN_PLACE("lua_socket_keepalive_timeout", every, NGX_CONF_TAKE1,       \
        ngx_conf_set_msec_slot, conf, socket.keepalive_timeout, NULL),         \
    NGX_PDN_PLACE("lua_socket_buffer_size", every, NGX_CONF_TAKE1,             \
        ngx_conf_set_size_slot, conf, socket.buffer_size, NULL),               \
    NGX_PDN_PLACE("lua_socket_send_lowat", every, NGX_CONF_TAKE1,              \
        ngx_conf_set_size_slot, conf, socket.send_lowat, NULL),                \
    NGX_PDN_PLACE("lua_socket_pool_size", every, NGX_CONF_TAKE1,               \
        ngx_conf_set_num_slot, conf, socket.pool_size, NULL),                  \
    NGX_PDN_PLACE("lua_ssl_protocols", every, NGX_CONF_1MORE,                  \
        ngx_conf_set_bitmask_slot, conf, tls.protocols,                        \
        &ngx_pdn_tls_protocols),                                               \
    NGX_PDN_PLACE("lua_ssl_ciphers", every, NGX_CONF_TAKE1,                    \
        ngx_conf_set_str_slot, conf, tls.ciphers, NULL),                       \
    NGX_PDN_PLACE("lua_ssl_verify_depth", every, NGX_CONF_TAKE1,               \
        ngx_conf_set_num_slot, conf, tls.verify_depth, NULL),                  \
    NGX_PDN_PLACE("lua_ssl_trusted_certificate", every, NGX_CONF_TAKE1,        \
        ngx_conf_set_str_slot, conf, tls.trusted_certificate, NULL),           \
    NGX_PDN_PLACE("lua_ssl_crl", every, NGX_CONF_TAKE1,                        \
        ngx_conf_set_str_slot, conf, tls.crl, NULL),                           \
    NGX_PDN_PLACE("lua_ssl_certificate", every, NGX_CONF_TAKE1,                \
        ngx_conf_set_str_slot, conf, tls.certificate, NULL),                   \
    NGX_PDN_PLACE("lua_ssl_certificate_key", every, NGX_CONF_TAKE1,            \
        ngx_conf_set_str_slot, conf, tls.certificate_key, NULL),               \
    NGX_PDN_PLACE("lua_ssl_conf_command", every, NGX_CONF_TAKE2,               \
        ngx_conf_set_keyval_slot, conf, tls.commands, NULL)

/* `where`: in http { } or stream { } itself. */

#define NGX_PDN_MAIN_ROWS(where, conf)                                         \
    NGX_PDN_CODE_STRING(init, "init_by_lua", where, ngx_pdn_set_main_chunk,    \
        conf),                                                                 \
    NGX_PDN_CODE_STRING(init_worker, "init_worker_by_lua", where,              \
        ngx_pdn_set_main_chunk, conf),                                         \
    NGX_PDN_CODE_STRING(exit_worker, "exit_worker_by_lua", where,              \
        ngx_pdn_set_main_chunk, conf),                                         \
    NGX_PDN_CORE("lua_package_path", where, NGX_CONF_TAKE1,                    \
        ngx_pdn_set_path, conf, package_path),                                 \
    NGX_PDN_CORE("lua_package_cpath", where, NGX_CONF_TAKE1,                   \
        ngx_pdn_set_path, conf, package_cpath),                                \
    NGX_PDN_ROW("lua_shared_dict", where, NGX_CONF_TAKE2,                      \
        ngx_pdn_set_shared_dict, conf, 0, NULL),                               \
    NGX_PDN_ROW("lua_capture_error_log", where, NGX_CONF_TAKE1,                \
        ngx_pdn_set_capture_error_log, conf, 0, NULL),                         \
    NGX_PDN_ROW("lua_load_resty_core", where, NGX_CONF_FLAG,                   \
        ngx_pdn_set_load_resty_core, conf, 0, NULL),                           \
    NGX_PDN_CORE("lua_thread_cache_max_entries", where, NGX_CONF_TAKE1,        \
        ngx_pdn_set_number, conf, thread_cache_max_entries),                   \
    NGX_PDN_CORE("lua_max_pending_timers", where, NGX_CONF_TAKE1,              \
        ngx_pdn_set_number, conf, max_pending_timers),                         \
    NGX_PDN_CORE("lua_max_running_timers", where, NGX_CONF_TAKE1,              \
        ngx_pdn_set_number, conf, max_running_timers),                         \
    NGX_PDN_CORE("lua_regex_cache_max_entries", where, NGX_CONF_TAKE1,         \
        ngx_pdn_set_number, conf, regex_cache_max_entries),                    \
    NGX_PDN_CORE("lua_regex_match_limit", where, NGX_CONF_TAKE1,               \
        ngx_pdn_set_number, conf, regex_match_limit),                          \
    NGX_PDN_CORE("lua_worker_thread_vm_pool_size", where, NGX_CONF_TAKE1,      \
        ngx_pdn_set_number, conf, max_thread_vms),                             \
    NGX_PDN_CORE("lua_sa_restart", where, NGX_CONF_FLAG,                       \
        ngx_pdn_set_flag, conf, sa_restart),                                   \
    NGX_PDN_CORE("lua_watch", where, NGX_CONF_TAKE1,                           \
        ngx_pdn_set_watch, conf, watch)

/* clang-format on */

/* To stand in the file of the table: what NGX_PDN_MAIN_ROWS points to. */

#define NGX_PDN_MAIN_FORMS                                                     \
    NGX_PDN_FORMS(init, "init_by_lua", 0);                                     \
    NGX_PDN_FORMS(init_worker, "init_worker_by_lua", 1);                       \
    NGX_PDN_FORMS(exit_worker, "exit_worker_by_lua", 2)


/* ngx_pdn_directive.c: how directives are read */

char *ngx_pdn_set_main_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_pdn_set_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_pdn_set_number(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_pdn_set_flag(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_pdn_set_watch(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_pdn_set_code_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_pdn_set_load_resty_core(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf);
char *ngx_pdn_set_shared_dict(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_pdn_set_capture_error_log(ngx_conf_t *cf, ngx_command_t *cmd,
                                    void *conf);

/* The directive's first word is "$name": the name.  NGX_ERROR with a log. */
ngx_int_t ngx_pdn_read_variable(ngx_conf_t *cf, ngx_str_t *name);

/* The code of a `*_block` whose brace was read; NULL after logging why. */
ngx_pdn_chunk_t *ngx_pdn_read_block(ngx_conf_t *cf, const char *label);

/* A file's code, by a path that may hold variables. */
ngx_pdn_chunk_t *ngx_pdn_read_file(ngx_conf_t *cf, ngx_pdn_main_t *main,
                                   ngx_str_t *path);

/*
 * Fills in `chunks[slot]` as the directive says, whose `post` is an
 * ngx_pdn_directive_t.  `main` compiles variables; NULL: a path has none.
 */
char *ngx_pdn_set_chunk(ngx_conf_t *cf, ngx_command_t *cmd,
                        ngx_pdn_main_t *main, ngx_pdn_chunk_t **chunks);


/* ngx_pdn_settings.c: how configurations are made and merged */

/* NGX_ERROR after logging why, `module` being the file that was loaded. */
ngx_int_t ngx_pdn_main_init(ngx_conf_t *cf, ngx_pdn_main_t *main,
                            ngx_pdn_subsystem_e subsystem,
                            ngx_pdn_opener_pt opener, const char *module);

/* To be called when the block has been read. */
ngx_int_t ngx_pdn_main_done(ngx_pdn_main_t *main);

void ngx_pdn_place_init(ngx_pdn_place_t *place, ngx_pdn_subsystem_e subsystem);

/* `log` is the place's error_log, or NULL. */
ngx_int_t ngx_pdn_place_merge(ngx_conf_t *cf, ngx_pdn_place_t *prev,
                              ngx_pdn_place_t *place, ngx_flag_t tcp_nodelay,
                              ngx_log_t *log);

/* What code without a request lives by: the settings of a place. */
void ngx_pdn_place_like(const ngx_pdn_main_t *main,
                        const ngx_pdn_place_t *place, ngx_resolver_t *resolver,
                        ngx_msec_t resolver_timeout, ngx_log_t *log,
                        ngx_pdn_like_t *like);

/* A resolver that was configured, or NULL: nginx makes one of no names. */
ngx_resolver_t *ngx_pdn_place_resolver(ngx_resolver_t *resolver);

/* The code of a server's handshakes, where it has none of its own. */
void ngx_pdn_tls_chunks_merge(ngx_pdn_chunk_t **prev, ngx_pdn_chunk_t **chunks);

/*
 * The VM for a host: that of the worker with one reference more, or with
 * `lua_code_cache off` (`fresh`) one of its own; NULL after logging why.
 */
ngx_pdn_vm_t *ngx_pdn_main_vm(ngx_pdn_main_t *main, ngx_uint_t fresh,
                              ngx_log_t *log);


/* ngx_pdn_worker.c: code of the configuration and of the worker */

/* For init_process and exit_process. */
void ngx_pdn_main_start(ngx_cycle_t *cycle, ngx_pdn_main_t *main,
                        ngx_pdn_like_t *like);
void ngx_pdn_main_exit(ngx_cycle_t *cycle, ngx_pdn_main_t *main,
                       ngx_pdn_like_t *like);

/* Runs init_by_lua of each block, in the order of the configuration. */
ngx_int_t ngx_pdn_main_run_init(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm);


#endif /* NGX_PDN_SETTINGS_H */
