/*
 * SPDX-License-Identifier: MIT
 *
 * Lua code named by the configuration: a block in nginx.conf or a file.
 */

#ifndef NGX_PDN_CHUNK_H
#define NGX_PDN_CHUNK_H


#include "ngx_pdn_vm.h"


typedef struct {
    ngx_str_t text;        /* of a block */
    ngx_str_t path;        /* of a file, absolute */
    ngx_str_t name;        /* "=content_by_lua(nginx.conf:7)" */
    ngx_uint_t generation; /* of the VM that `ref` belongs to */
    int ref;
    void *script;     /* of a path with variables */
    const char *what; /* that cannot be loaded, in the log; or NULL */
} ngx_pdn_chunk_t;


/* Reads `{ ... }` after a *_by_lua_block; the brace has been read. */
char *ngx_pdn_block_read(ngx_conf_t *cf, ngx_str_t *text);

/* Made while reading the configuration. */
ngx_pdn_chunk_t *ngx_pdn_chunk_block(ngx_conf_t *cf, ngx_str_t *text,
                                     const char *label);
ngx_pdn_chunk_t *ngx_pdn_chunk_file(ngx_conf_t *cf, ngx_str_t *path);

/*
 * Pushes the chunk's function on the VM's stack, compiling it at the first
 * time.  NGX_OK [+1]; after logging why, NGX_DECLINED [+0] if there is no
 * such file, NGX_ABORT [+0] if it cannot be read, NGX_ERROR [+0] for the rest.
 */
ngx_int_t ngx_pdn_chunk_push(ngx_pdn_chunk_t *chunk, ngx_pdn_vm_t *vm,
                             ngx_log_t *log);

/*
 * The same for a path that is known only now; cached by path unless !cache.
 * `what` as in a chunk.
 */
ngx_int_t ngx_pdn_chunk_push_file(ngx_str_t *path, ngx_pdn_vm_t *vm,
                                  ngx_uint_t cache, const char *what,
                                  ngx_log_t *log);


#endif /* NGX_PDN_CHUNK_H */
