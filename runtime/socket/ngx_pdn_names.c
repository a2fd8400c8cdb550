/*
 * SPDX-License-Identifier: MIT
 *
 * Names that a worker asked for: lookups of the same name are shared, and
 * answers are kept as long as their TTL says.
 */

#include "ngx_pdn_names.h"
#include "ngx_pdn_ares.h"


#define NGX_PDN_NAMES_MAX       1024
#define NGX_PDN_NAMES_TTL_MAX   300 /* seconds */
#define NGX_PDN_NAMES_TTL_LOCAL 1   /* of names from /etc/hosts */


/* A name: being looked up while `ares` is set, else cached. */

typedef struct {
    ngx_str_node_t node;
    ngx_queue_t lru;
    ngx_queue_t waiting; /* ngx_pdn_resolve_t */
    ngx_pdn_ares_t *ares;
    time_t expires;
    ngx_uint_t naddrs;
    ngx_pdn_addr_t addrs[NGX_PDN_RESOLVE_MAX];
    u_char text[1];
} ngx_pdn_name_t;


/* What a worker process has one of. */

typedef struct {
    ngx_pid_t pid; /* whose state this is */
    ngx_rbtree_t tree;
    ngx_rbtree_node_t sentinel;
    ngx_queue_t lru; /* the latest first */
    ngx_uint_t count;
} ngx_pdn_names_t;


static ngx_pdn_names_t *ngx_pdn_names_get(void);
static ngx_pdn_name_t *ngx_pdn_names_find(ngx_pdn_names_t *names,
                                          ngx_str_t *text);
static void ngx_pdn_names_forget(ngx_pdn_names_t *names, ngx_pdn_name_t *name);
static void ngx_pdn_names_answer(void *data, int status, int timeouts,
                                 struct ares_addrinfo *info);
static void ngx_pdn_names_take(ngx_pdn_name_t *name,
                               struct ares_addrinfo *info);
static void ngx_pdn_names_take_family(ngx_pdn_name_t *name,
                                      struct ares_addrinfo *info, int family,
                                      int *ttl);
static ngx_int_t ngx_pdn_names_error(int status);


static ngx_pdn_names_t ngx_pdn_the_names;


void
ngx_pdn_names_lookup(ngx_pdn_resolve_t *rs)
{
    ngx_pdn_ares_t *ares;
    ngx_pdn_name_t *name;
    ngx_pdn_names_t *names;
    struct ares_addrinfo_hints hints;

    names = ngx_pdn_names_get();
    ares = ngx_pdn_ares_current();
    name = ngx_pdn_names_find(names, &rs->name);

    if (name == NULL || ares == NULL) {
        ngx_pdn_resolve_done(rs, NULL, 0, NGX_RESOLVE_SERVFAIL);
        return;
    }

    if (name->ares == NULL && name->naddrs > 0 && name->expires > ngx_time()) {
        ngx_pdn_resolve_done(rs, name->addrs, name->naddrs, 0);
        return;
    }

    ngx_queue_insert_tail(&name->waiting, &rs->link);

    if (name->ares != NULL) {
        return;
    }

    name->ares = ares;
    ares->pending++;

    ngx_memzero(&hints, sizeof(hints));
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;

    /* may answer before it returns: from /etc/hosts */
    ares_getaddrinfo(ares->channel, (char *) name->text, NULL, &hints,
                     ngx_pdn_names_answer, name);

    ngx_pdn_ares_set_timer(ares);
}


static ngx_pdn_names_t *
ngx_pdn_names_get(void)
{
    ngx_pdn_names_t *names;

    names = &ngx_pdn_the_names;

    if (names->pid != ngx_pid) {
        ngx_memzero(names, sizeof(ngx_pdn_names_t));
        names->pid = ngx_pid;

        ngx_rbtree_init(&names->tree, &names->sentinel,
                        ngx_str_rbtree_insert_value);
        ngx_queue_init(&names->lru);
    }

    return names;
}


static ngx_pdn_name_t *
ngx_pdn_names_find(ngx_pdn_names_t *names, ngx_str_t *text)
{
    uint32_t hash;
    ngx_queue_t *q;
    ngx_pdn_name_t *name, *old;

    hash = ngx_crc32_short(text->data, text->len);
    name = (ngx_pdn_name_t *) ngx_str_rbtree_lookup(&names->tree, text, hash);

    if (name != NULL) {
        ngx_queue_remove(&name->lru);
        ngx_queue_insert_head(&names->lru, &name->lru);
        return name;
    }

    if (names->count >= NGX_PDN_NAMES_MAX) {
        q = ngx_queue_last(&names->lru);
        old = ngx_queue_data(q, ngx_pdn_name_t, lru);

        if (old->ares == NULL) {
            ngx_pdn_names_forget(names, old);
        }
    }

    name = calloc(1, sizeof(ngx_pdn_name_t) + text->len);

    if (name == NULL) {
        return NULL;
    }

    ngx_memcpy(name->text, text->data, text->len);

    name->node.str.data = name->text;
    name->node.str.len = text->len;
    name->node.node.key = hash;

    ngx_queue_init(&name->waiting);
    ngx_queue_insert_head(&names->lru, &name->lru);
    ngx_rbtree_insert(&names->tree, &name->node.node);
    names->count++;

    return name;
}


static void
ngx_pdn_names_forget(ngx_pdn_names_t *names, ngx_pdn_name_t *name)
{
    ngx_queue_remove(&name->lru);
    ngx_rbtree_delete(&names->tree, &name->node.node);
    names->count--;
    free(name);
}


static void
ngx_pdn_names_answer(void *data, int status, int timeouts,
                     struct ares_addrinfo *info)
{
    ngx_int_t error;
    ngx_uint_t naddrs;
    ngx_queue_t *q, waiting;
    ngx_pdn_addr_t addrs[NGX_PDN_RESOLVE_MAX];
    ngx_pdn_name_t *name;
    ngx_pdn_ares_t *ares;
    ngx_pdn_resolve_t *rs;

    (void) timeouts;

    name = data;
    ares = name->ares;
    name->ares = NULL;
    name->naddrs = 0;

    if (status == ARES_SUCCESS) {
        ngx_pdn_names_take(name, info);
        ares_freeaddrinfo(info);

        if (name->naddrs == 0) {
            status = ARES_ENODATA;
        }
    }

    error = ngx_pdn_names_error(status);
    naddrs = name->naddrs;
    ngx_memcpy(addrs, name->addrs, naddrs * sizeof(ngx_pdn_addr_t));

    ngx_queue_init(&waiting);

    if (!ngx_queue_empty(&name->waiting)) {
        ngx_queue_add(&waiting, &name->waiting);
        ngx_queue_init(&name->waiting);
    }

    if (naddrs == 0) {
        ngx_pdn_names_forget(&ngx_pdn_the_names, name);
    }

    /* from here on whoever is woken may have the name looked up again */

    while (!ngx_queue_empty(&waiting)) {
        q = ngx_queue_head(&waiting);
        rs = ngx_queue_data(q, ngx_pdn_resolve_t, link);
        ngx_pdn_resolve_done(rs, addrs, naddrs, error);
    }

    ngx_pdn_ares_release(ares);
}


/* IPv4 first: a host without IPv6 would wait for addresses it cannot reach. */
static void
ngx_pdn_names_take(ngx_pdn_name_t *name, struct ares_addrinfo *info)
{
    int ttl;

    ttl = NGX_PDN_NAMES_TTL_MAX;

    ngx_pdn_names_take_family(name, info, AF_INET, &ttl);
    ngx_pdn_names_take_family(name, info, AF_INET6, &ttl);

    name->expires = ngx_time() + ngx_max(ttl, NGX_PDN_NAMES_TTL_LOCAL);
}


static void
ngx_pdn_names_take_family(ngx_pdn_name_t *name, struct ares_addrinfo *info,
                          int family, int *ttl)
{
    ngx_pdn_addr_t *addr;
    struct ares_addrinfo_node *node;

    for (node = info->nodes; node != NULL; node = node->ai_next) {

        if (node->ai_family != family
            || node->ai_addrlen > sizeof(ngx_sockaddr_t)) {
            continue;
        }

        if (name->naddrs == NGX_PDN_RESOLVE_MAX) {
            break;
        }

        addr = &name->addrs[name->naddrs++];
        ngx_memzero(addr, sizeof(ngx_pdn_addr_t));
        ngx_memcpy(&addr->sockaddr, node->ai_addr, node->ai_addrlen);
        addr->socklen = node->ai_addrlen;

        *ttl = ngx_min(*ttl, node->ai_ttl);
    }
}


static ngx_int_t
ngx_pdn_names_error(int status)
{
    switch (status) {

    case ARES_SUCCESS:
        return 0;

    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
    case ARES_ENONAME:
        return NGX_RESOLVE_NXDOMAIN;

    case ARES_EFORMERR:
    case ARES_EBADQUERY:
    case ARES_EBADRESP:
        return NGX_RESOLVE_FORMERR;

    case ARES_ENOTIMP:
        return NGX_RESOLVE_NOTIMP;

    case ARES_EREFUSED:
    case ARES_ECONNREFUSED:
        return NGX_RESOLVE_REFUSED;

    case ARES_ETIMEOUT:
        return NGX_RESOLVE_TIMEDOUT;

    default:
        return NGX_RESOLVE_SERVFAIL;
    }
}
