/*
 * SPDX-License-Identifier: MIT
 *
 * Names by c-ares.  Lookups of a name are shared and their answers cached as
 * long as their TTL says; the channel is made at the first lookup, and again
 * when resolv.conf changed.  Its sockets stay c-ares' own: nginx only tells
 * when they are readable or writable.
 */

#include "ngx_pdn_ares.h"

#include <ares.h>


#define NGX_PDN_ARES_CACHE_MAX   1024     /* names */
#define NGX_PDN_ARES_TTL_MAX     300      /* seconds */
#define NGX_PDN_ARES_TTL_LOCAL   1        /* of names from /etc/hosts */

#define NGX_PDN_ARES_CONF        "/etc/resolv.conf"
#define NGX_PDN_ARES_CONF_ENV    "PANDAN_RESOLV_CONF"


typedef struct {
    ares_channel              channel;
    ngx_event_t               timer;
    ngx_event_t               end;        /* frees a channel gone out of use */
    ngx_uint_t                pending;    /* lookups under way */
    ngx_queue_t               sockets;    /* ngx_pdn_ares_socket_t */
    unsigned                  stale:1;
} ngx_pdn_ares_t;


typedef struct {
    ngx_queue_t               link;
    ngx_connection_t         *connection;
    ngx_pdn_ares_t           *ares;
} ngx_pdn_ares_socket_t;


/* A name: being looked up while `ares` is set, else cached. */

typedef struct {
    ngx_str_node_t            node;
    ngx_queue_t               lru;
    ngx_queue_t               waiting;    /* ngx_pdn_resolve_t */
    ngx_pdn_ares_t           *ares;
    time_t                    expires;
    ngx_uint_t                naddrs;
    ngx_pdn_addr_t            addrs[NGX_PDN_RESOLVE_MAX];
    u_char                    name[1];
} ngx_pdn_ares_name_t;


/* What a worker process has one of. */

typedef struct {
    ngx_pdn_ares_t           *current;
    const char               *conf;
    time_t                    checked;
    time_t                    mtime;
    ino_t                     inode;
    ngx_rbtree_t              names;
    ngx_rbtree_node_t         sentinel;
    ngx_queue_t               lru;        /* the latest first */
    ngx_uint_t                nnames;
    ngx_pid_t                 pid;        /* whose state this is */
} ngx_pdn_ares_worker_t;


static ngx_pdn_ares_worker_t *ngx_pdn_ares_worker(void);
static ngx_pdn_ares_t *ngx_pdn_ares_current(ngx_pdn_ares_worker_t *worker);
static ngx_uint_t ngx_pdn_ares_conf_changed(ngx_pdn_ares_worker_t *worker);
static ngx_pdn_ares_t *ngx_pdn_ares_create(const char *conf);
static void ngx_pdn_ares_end(ngx_event_t *ev);
static ngx_pdn_ares_name_t *ngx_pdn_ares_name(ngx_pdn_ares_worker_t *worker,
    ngx_str_t *text);
static void ngx_pdn_ares_forget(ngx_pdn_ares_worker_t *worker,
    ngx_pdn_ares_name_t *name);
static void ngx_pdn_ares_answer(void *data, int status, int timeouts,
    struct ares_addrinfo *info);
static void ngx_pdn_ares_take(ngx_pdn_ares_name_t *name,
    struct ares_addrinfo *info);
static void ngx_pdn_ares_take_family(ngx_pdn_ares_name_t *name,
    struct ares_addrinfo *info, int family, int *ttl);
static ngx_int_t ngx_pdn_ares_error(int status);
static void ngx_pdn_ares_watch(void *data, ares_socket_t fd, int readable,
    int writable);
static ngx_pdn_ares_socket_t *ngx_pdn_ares_socket(ngx_pdn_ares_t *ares,
    ares_socket_t fd, ngx_uint_t create);
static void ngx_pdn_ares_watch_event(ngx_event_t *ev, ngx_int_t event,
    int wanted);
static void ngx_pdn_ares_unwatch(ngx_pdn_ares_socket_t *sock);
static void ngx_pdn_ares_event(ngx_event_t *ev);
static void ngx_pdn_ares_timer(ngx_event_t *ev);
static void ngx_pdn_ares_set_timer(ngx_pdn_ares_t *ares);


static ngx_pdn_ares_worker_t  ngx_pdn_ares_the_worker;


void
ngx_pdn_ares_lookup(ngx_pdn_resolve_t *rs)
{
    ngx_pdn_ares_t              *ares;
    ngx_pdn_ares_name_t         *name;
    ngx_pdn_ares_worker_t       *worker;
    struct ares_addrinfo_hints   hints;

    worker = ngx_pdn_ares_worker();
    ares = ngx_pdn_ares_current(worker);
    name = ngx_pdn_ares_name(worker, &rs->name);

    if (name == NULL || ares == NULL) {
        ngx_pdn_resolve_done(rs, NULL, 0, NGX_RESOLVE_SERVFAIL);
        return;
    }

    if (name->ares == NULL && name->naddrs > 0
        && name->expires > ngx_time())
    {
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
    ares_getaddrinfo(ares->channel, (char *) name->name, NULL, &hints,
                     ngx_pdn_ares_answer, name);

    ngx_pdn_ares_set_timer(ares);
}


/*
 * The master's state is no use to a forked worker: its sockets and events
 * belong to another loop.  Nothing is asked before the fork, so only the pid
 * needs to be compared.
 */
static ngx_pdn_ares_worker_t *
ngx_pdn_ares_worker(void)
{
    ngx_pdn_ares_worker_t  *worker;

    worker = &ngx_pdn_ares_the_worker;

    if (worker->pid == ngx_pid) {
        return worker;
    }

    ngx_memzero(worker, sizeof(ngx_pdn_ares_worker_t));

    worker->pid = ngx_pid;
    worker->conf = getenv(NGX_PDN_ARES_CONF_ENV);

    if (worker->conf == NULL) {
        worker->conf = NGX_PDN_ARES_CONF;
    }

    ngx_rbtree_init(&worker->names, &worker->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&worker->lru);

    return worker;
}


static ngx_pdn_ares_t *
ngx_pdn_ares_current(ngx_pdn_ares_worker_t *worker)
{
    ngx_uint_t       changed;
    ngx_pdn_ares_t  *ares;

    changed = ngx_pdn_ares_conf_changed(worker);
    ares = worker->current;

    if (ares != NULL && changed) {
        worker->current = NULL;
        ares->stale = 1;

        if (ares->pending == 0) {
            ngx_post_event(&ares->end, &ngx_posted_events);
        }
    }

    if (worker->current == NULL) {
        worker->current = ngx_pdn_ares_create(worker->conf);
    }

    return worker->current;
}


/* Looks at the file once a second at most. */
static ngx_uint_t
ngx_pdn_ares_conf_changed(ngx_pdn_ares_worker_t *worker)
{
    struct stat  st;

    if (worker->checked == ngx_time()) {
        return 0;
    }

    worker->checked = ngx_time();

    if (stat(worker->conf, &st) != 0
        || (st.st_mtime == worker->mtime && st.st_ino == worker->inode))
    {
        return 0;
    }

    worker->mtime = st.st_mtime;
    worker->inode = st.st_ino;

    return 1;
}


static ngx_pdn_ares_t *
ngx_pdn_ares_create(const char *conf)
{
    int                  status;
    ngx_pdn_ares_t      *ares;
    struct ares_options  options;

    status = ares_library_init(ARES_LIB_INIT_ALL);

    if (status != ARES_SUCCESS) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "ares_library_init() failed: %s", ares_strerror(status));
        return NULL;
    }

    ares = calloc(1, sizeof(ngx_pdn_ares_t));

    if (ares == NULL) {
        ares_library_cleanup();
        return NULL;
    }

    ngx_queue_init(&ares->sockets);

    ares->timer.handler = ngx_pdn_ares_timer;
    ares->timer.data = ares;
    ares->timer.log = ngx_cycle->log;
    ares->timer.cancelable = 1;

    ares->end.handler = ngx_pdn_ares_end;
    ares->end.data = ares;
    ares->end.log = ngx_cycle->log;

    ngx_memzero(&options, sizeof(options));
    options.sock_state_cb = ngx_pdn_ares_watch;
    options.sock_state_cb_data = ares;
    options.resolvconf_path = (char *) conf;

    status = ares_init_options(&ares->channel, &options,
                               ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF);

    if (status != ARES_SUCCESS) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "ares_init_options() failed: %s",
                      ares_strerror(status));
        free(ares);
        ares_library_cleanup();
        return NULL;
    }

    return ares;
}


static void
ngx_pdn_ares_end(ngx_event_t *ev)
{
    ngx_pdn_ares_t  *ares = ev->data;

    if (ares->timer.timer_set) {
        ngx_del_timer(&ares->timer);
    }

    ares_destroy(ares->channel);
    ares_library_cleanup();
    free(ares);
}


static ngx_pdn_ares_name_t *
ngx_pdn_ares_name(ngx_pdn_ares_worker_t *worker, ngx_str_t *text)
{
    uint32_t              hash;
    ngx_queue_t          *q;
    ngx_pdn_ares_name_t  *name, *old;

    hash = ngx_crc32_short(text->data, text->len);
    name = (ngx_pdn_ares_name_t *) ngx_str_rbtree_lookup(&worker->names, text,
                                                         hash);

    if (name != NULL) {
        ngx_queue_remove(&name->lru);
        ngx_queue_insert_head(&worker->lru, &name->lru);
        return name;
    }

    if (worker->nnames >= NGX_PDN_ARES_CACHE_MAX) {
        q = ngx_queue_last(&worker->lru);
        old = ngx_queue_data(q, ngx_pdn_ares_name_t, lru);

        if (old->ares == NULL) {
            ngx_pdn_ares_forget(worker, old);
        }
    }

    name = calloc(1, sizeof(ngx_pdn_ares_name_t) + text->len);

    if (name == NULL) {
        return NULL;
    }

    ngx_memcpy(name->name, text->data, text->len);

    name->node.str.data = name->name;
    name->node.str.len = text->len;
    name->node.node.key = hash;

    ngx_queue_init(&name->waiting);
    ngx_queue_insert_head(&worker->lru, &name->lru);
    ngx_rbtree_insert(&worker->names, &name->node.node);
    worker->nnames++;

    return name;
}


static void
ngx_pdn_ares_forget(ngx_pdn_ares_worker_t *worker, ngx_pdn_ares_name_t *name)
{
    ngx_queue_remove(&name->lru);
    ngx_rbtree_delete(&worker->names, &name->node.node);
    worker->nnames--;
    free(name);
}


static void
ngx_pdn_ares_answer(void *data, int status, int timeouts,
    struct ares_addrinfo *info)
{
    ngx_int_t             error;
    ngx_uint_t            naddrs;
    ngx_queue_t          *q, waiting;
    ngx_pdn_addr_t        addrs[NGX_PDN_RESOLVE_MAX];
    ngx_pdn_ares_t       *ares;
    ngx_pdn_resolve_t    *rs;
    ngx_pdn_ares_name_t  *name;

    (void) timeouts;

    name = data;
    ares = name->ares;
    name->ares = NULL;
    name->naddrs = 0;

    if (status == ARES_SUCCESS) {
        ngx_pdn_ares_take(name, info);
        ares_freeaddrinfo(info);

        if (name->naddrs == 0) {
            status = ARES_ENODATA;
        }
    }

    error = ngx_pdn_ares_error(status);
    naddrs = name->naddrs;
    ngx_memcpy(addrs, name->addrs, naddrs * sizeof(ngx_pdn_addr_t));

    ngx_queue_init(&waiting);

    if (!ngx_queue_empty(&name->waiting)) {
        ngx_queue_add(&waiting, &name->waiting);
        ngx_queue_init(&name->waiting);
    }

    if (naddrs == 0) {
        ngx_pdn_ares_forget(&ngx_pdn_ares_the_worker, name);
    }

    /* from here on whoever is woken may have the name looked up again */

    while (!ngx_queue_empty(&waiting)) {
        q = ngx_queue_head(&waiting);
        rs = ngx_queue_data(q, ngx_pdn_resolve_t, link);
        ngx_pdn_resolve_done(rs, addrs, naddrs, error);
    }

    ares->pending--;

    if (ares->stale && ares->pending == 0) {
        ngx_post_event(&ares->end, &ngx_posted_events);
    }
}


/* IPv4 first: a host without IPv6 would wait for addresses it cannot reach. */
static void
ngx_pdn_ares_take(ngx_pdn_ares_name_t *name, struct ares_addrinfo *info)
{
    int  ttl;

    ttl = NGX_PDN_ARES_TTL_MAX;

    ngx_pdn_ares_take_family(name, info, AF_INET, &ttl);
    ngx_pdn_ares_take_family(name, info, AF_INET6, &ttl);

    name->expires = ngx_time() + ngx_max(ttl, NGX_PDN_ARES_TTL_LOCAL);
}


static void
ngx_pdn_ares_take_family(ngx_pdn_ares_name_t *name,
    struct ares_addrinfo *info, int family, int *ttl)
{
    ngx_pdn_addr_t             *addr;
    struct ares_addrinfo_node  *node;

    for (node = info->nodes; node != NULL; node = node->ai_next) {

        if (node->ai_family != family
            || node->ai_addrlen > sizeof(ngx_sockaddr_t))
        {
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
ngx_pdn_ares_error(int status)
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


/* c-ares tells what it wants to know of a socket; nothing: it closes it. */
static void
ngx_pdn_ares_watch(void *data, ares_socket_t fd, int readable, int writable)
{
    ngx_pdn_ares_t         *ares = data;
    ngx_pdn_ares_socket_t  *sock;

    sock = ngx_pdn_ares_socket(ares, fd, readable || writable);

    if (sock == NULL) {
        return;
    }

    if (!readable && !writable) {
        ngx_pdn_ares_unwatch(sock);
        return;
    }

    ngx_pdn_ares_watch_event(sock->connection->read, NGX_READ_EVENT, readable);
    ngx_pdn_ares_watch_event(sock->connection->write, NGX_WRITE_EVENT,
                             writable);
}


static ngx_pdn_ares_socket_t *
ngx_pdn_ares_socket(ngx_pdn_ares_t *ares, ares_socket_t fd, ngx_uint_t create)
{
    ngx_queue_t            *q;
    ngx_connection_t       *c;
    ngx_pdn_ares_socket_t  *sock;

    for (q = ngx_queue_head(&ares->sockets);
         q != ngx_queue_sentinel(&ares->sockets);
         q = ngx_queue_next(q))
    {
        sock = ngx_queue_data(q, ngx_pdn_ares_socket_t, link);

        if (sock->connection->fd == fd) {
            return sock;
        }
    }

    if (!create) {
        return NULL;
    }

    sock = calloc(1, sizeof(ngx_pdn_ares_socket_t));

    if (sock == NULL) {
        return NULL;
    }

    c = ngx_get_connection(fd, ngx_cycle->log);

    if (c == NULL) {
        free(sock);
        return NULL;
    }

    c->data = sock;
    c->read->handler = ngx_pdn_ares_event;
    c->write->handler = ngx_pdn_ares_event;
    c->read->log = c->log;
    c->write->log = c->log;

    /* an idle socket of the resolver is no leak when the worker ends */
    c->read->resolver = 1;

    sock->connection = c;
    sock->ares = ares;
    ngx_queue_insert_tail(&ares->sockets, &sock->link);

    return sock;
}


/* Level-triggered: c-ares need not read all there is. */
static void
ngx_pdn_ares_watch_event(ngx_event_t *ev, ngx_int_t event, int wanted)
{
    if (wanted && !ev->active) {
        (void) ngx_add_event(ev, event, NGX_LEVEL_EVENT);

    } else if (!wanted && ev->active) {
        (void) ngx_del_event(ev, event, 0);
    }
}


static void
ngx_pdn_ares_unwatch(ngx_pdn_ares_socket_t *sock)
{
    ngx_connection_t  *c = sock->connection;

    ngx_pdn_ares_watch_event(c->read, NGX_READ_EVENT, 0);
    ngx_pdn_ares_watch_event(c->write, NGX_WRITE_EVENT, 0);

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    if (c->write->posted) {
        ngx_delete_posted_event(c->write);
    }

    /* the descriptor is c-ares' to close */
    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;

    ngx_queue_remove(&sock->link);
    free(sock);
}


static void
ngx_pdn_ares_event(ngx_event_t *ev)
{
    ares_socket_t           fd;
    ngx_pdn_ares_t         *ares;
    ngx_connection_t       *c;
    ngx_pdn_ares_socket_t  *sock;

    c = ev->data;
    fd = c->fd;
    sock = c->data;
    ares = sock->ares;

    /* this may close the socket, and end lookups */
    ares_process_fd(ares->channel, ev->write ? ARES_SOCKET_BAD : fd,
                    ev->write ? fd : ARES_SOCKET_BAD);

    ngx_pdn_ares_set_timer(ares);
}


static void
ngx_pdn_ares_timer(ngx_event_t *ev)
{
    ngx_pdn_ares_t  *ares = ev->data;

    ares_process_fd(ares->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);

    ngx_pdn_ares_set_timer(ares);
}


static void
ngx_pdn_ares_set_timer(ngx_pdn_ares_t *ares)
{
    struct timeval  tv, *next;

    next = ares_timeout(ares->channel, NULL, &tv);

    if (next != NULL) {
        ngx_add_timer(&ares->timer,
                      (ngx_msec_t) (next->tv_sec * 1000
                                    + next->tv_usec / 1000 + 1));

    } else if (ares->timer.timer_set) {
        ngx_del_timer(&ares->timer);
    }
}
