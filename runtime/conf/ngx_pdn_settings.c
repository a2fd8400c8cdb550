/*
 * SPDX-License-Identifier: MIT
 *
 * How the configurations of http { } and stream { } are made and merged, as
 * far as they are alike.
 */

#include "ngx_pdn_settings.h"
#include "ngx_pdn_errlog.h"


ngx_int_t
ngx_pdn_main_init(ngx_conf_t *cf, ngx_pdn_main_t *main,
                  ngx_pdn_subsystem_e subsystem, ngx_pdn_opener_pt opener,
                  const char *module)
{
    ngx_pdn_main_t **slot;

    main->core = ngx_pdn_conf(cf->cycle);

    if (main->core == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ngx_pandan_module.so must be loaded before %s",
                           module);
        return NGX_ERROR;
    }

    main->subsystem = subsystem;
    main->own_dicts = NGX_CONF_UNSET;
    main->core->init = ngx_pdn_main_run_init;

    ngx_pdn_conf_unset(&main->own);

    slot = ngx_array_push(&main->core->mains);

    if (slot == NULL || ngx_pdn_add_opener(cf->cycle, opener) != NGX_OK) {
        return NGX_ERROR;
    }

    *slot = main;

    return NGX_OK;
}


void
ngx_pdn_place_init(ngx_pdn_place_t *place, ngx_pdn_subsystem_e subsystem)
{
    place->subsystem = subsystem;
    place->code_cache = NGX_CONF_UNSET;
    place->check_client_abort = NGX_CONF_UNSET;

    place->socket.connect_timeout = NGX_CONF_UNSET_MSEC;
    place->socket.send_timeout = NGX_CONF_UNSET_MSEC;
    place->socket.read_timeout = NGX_CONF_UNSET_MSEC;
    place->socket.keepalive_timeout = NGX_CONF_UNSET_MSEC;
    place->socket.send_lowat = NGX_CONF_UNSET_SIZE;
    place->socket.buffer_size = NGX_CONF_UNSET_SIZE;
    place->socket.pool_size = NGX_CONF_UNSET_UINT;
    place->socket.log_errors = NGX_CONF_UNSET;

    ngx_pdn_tls_conf_init(&place->tls);
}


ngx_int_t
ngx_pdn_place_merge(ngx_conf_t *cf, ngx_pdn_place_t *prev,
                    ngx_pdn_place_t *place, ngx_flag_t tcp_nodelay,
                    ngx_log_t *log)
{
    ngx_pdn_socket_conf_t *from, *to;

    if (log != NULL
        && ngx_pdn_errlog_add(ngx_pdn_conf(cf->cycle), log) != NGX_OK) {
        return NGX_ERROR;
    }

    from = &prev->socket;
    to = &place->socket;

    ngx_conf_merge_value(place->code_cache, prev->code_cache, 1);
    ngx_conf_merge_value(place->check_client_abort, prev->check_client_abort,
                         0);
    ngx_conf_merge_msec_value(to->connect_timeout, from->connect_timeout,
                              60000);
    ngx_conf_merge_msec_value(to->send_timeout, from->send_timeout, 60000);
    ngx_conf_merge_msec_value(to->read_timeout, from->read_timeout, 60000);
    ngx_conf_merge_msec_value(to->keepalive_timeout, from->keepalive_timeout,
                              60000);
    ngx_conf_merge_size_value(to->send_lowat, from->send_lowat, 0);
    ngx_conf_merge_size_value(to->buffer_size, from->buffer_size, ngx_pagesize);
    ngx_conf_merge_uint_value(to->pool_size, from->pool_size, 30);
    ngx_conf_merge_value(to->log_errors, from->log_errors, 1);

    to->tcp_nodelay = tcp_nodelay;

    if (ngx_pdn_tls_conf_merge(cf, &prev->tls, &place->tls) != NGX_OK) {
        return NGX_ERROR;
    }

    to->ssl = place->tls.ssl;

    return NGX_OK;
}


ngx_resolver_t *
ngx_pdn_place_resolver(ngx_resolver_t *resolver)
{
    return resolver != NULL && resolver->connections.nelts != 0 ? resolver
                                                                : NULL;
}


void
ngx_pdn_place_like(const ngx_pdn_main_t *main, const ngx_pdn_place_t *place,
                   ngx_resolver_t *resolver, ngx_msec_t resolver_timeout,
                   ngx_log_t *log, ngx_pdn_like_t *like)
{
    ngx_memzero(like, sizeof(ngx_pdn_like_t));

    like->log = log;
    like->socket_conf = &place->socket;
    like->resolver = ngx_pdn_place_resolver(resolver);
    like->resolver_timeout = resolver_timeout;
    like->subsystem = main->subsystem;
}


void
ngx_pdn_tls_chunks_merge(ngx_pdn_chunk_t **prev, ngx_pdn_chunk_t **chunks)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_PDN_TLS_NCHUNKS; i++) {
        if (chunks[i] == NULL) {
            chunks[i] = prev[i];
        }
    }
}


ngx_pdn_vm_t *
ngx_pdn_main_vm(ngx_pdn_main_t *main, ngx_uint_t fresh, ngx_log_t *log)
{
    ngx_pdn_vm_t *vm;

    if (!fresh) {
        return main->core->vm;
    }

    vm = ngx_pdn_vm_create((ngx_cycle_t *) ngx_cycle, main->core, log);

    if (vm != NULL) {
        vm->subsystem = main->subsystem;
    }

    if (vm != NULL
        && ngx_pdn_main_run_init((ngx_cycle_t *) ngx_cycle, vm) != NGX_OK)
    {
        ngx_pdn_vm_release(vm);
        return NULL;
    }

    return vm;
}
