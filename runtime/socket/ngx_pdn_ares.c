/*
 * SPDX-License-Identifier: MIT
 *
 * c-ares on nginx's event loop: the worker's channel, made at the first
 * lookup and again when resolv.conf changed.  Its sockets stay c-ares' own:
 * nginx only tells when they are readable or writable.
 */

#include "ngx_pdn_ares.h"


#define NGX_PDN_ARES_CONF     "/etc/resolv.conf"
#define NGX_PDN_ARES_CONF_ENV "PANDAN_RESOLV_CONF"


typedef struct {
    ngx_queue_t link;
    ngx_connection_t *connection;
    ngx_pdn_ares_t *ares;
} ngx_pdn_ares_socket_t;


/* What a worker process has one of. */

typedef struct {
    ngx_pid_t pid; /* whose state this is */
    ngx_pdn_ares_t *current;
    const char *conf;
    time_t checked;
    time_t mtime;
    ino_t inode;
} ngx_pdn_ares_worker_t;


static void ngx_pdn_ares_init(ngx_pdn_ares_worker_t *worker);
static ngx_uint_t ngx_pdn_ares_conf_changed(ngx_pdn_ares_worker_t *worker);
static ngx_pdn_ares_t *ngx_pdn_ares_create(const char *conf);
static int ngx_pdn_ares_options(const char *conf, struct ares_options *options);
static void ngx_pdn_ares_end(ngx_event_t *ev);
static void ngx_pdn_ares_watch(void *data, ares_socket_t fd, int readable,
                               int writable);
static ngx_pdn_ares_socket_t *
ngx_pdn_ares_socket(ngx_pdn_ares_t *ares, ares_socket_t fd, ngx_uint_t create);
static void ngx_pdn_ares_watch_event(ngx_event_t *ev, ngx_int_t event,
                                     int wanted);
static void ngx_pdn_ares_unwatch(ngx_pdn_ares_socket_t *sock);
static void ngx_pdn_ares_event(ngx_event_t *ev);
static void ngx_pdn_ares_timer(ngx_event_t *ev);


static ngx_pdn_ares_worker_t ngx_pdn_ares_worker;


ngx_pdn_ares_t *
ngx_pdn_ares_current(void)
{
    ngx_pdn_ares_t *ares;
    ngx_pdn_ares_worker_t *worker;

    worker = &ngx_pdn_ares_worker;

    if (worker->pid != ngx_pid) {
        ngx_pdn_ares_init(worker);
    }

    if (ngx_pdn_ares_conf_changed(worker) && worker->current != NULL) {
        ares = worker->current;
        worker->current = NULL;
        ares->stale = 1;

        /* takes effect when its last lookup has ended */
        ares->pending++;
        ngx_pdn_ares_release(ares);
    }

    if (worker->current == NULL) {
        worker->current = ngx_pdn_ares_create(worker->conf);
    }

    return worker->current;
}


void
ngx_pdn_ares_release(ngx_pdn_ares_t *ares)
{
    ares->pending--;

    if (ares->stale && ares->pending == 0) {
        /* not here: c-ares may have called us */
        ngx_post_event(&ares->end, &ngx_posted_events);
    }
}


/* The state of the process that this one was forked from is no use here. */
static void
ngx_pdn_ares_init(ngx_pdn_ares_worker_t *worker)
{
    ngx_memzero(worker, sizeof(ngx_pdn_ares_worker_t));

    worker->pid = ngx_pid;
    worker->conf = getenv(NGX_PDN_ARES_CONF_ENV);

    if (worker->conf == NULL) {
        worker->conf = NGX_PDN_ARES_CONF;
    }
}


/* Looks at the file once a second at most. */
static ngx_uint_t
ngx_pdn_ares_conf_changed(ngx_pdn_ares_worker_t *worker)
{
    struct stat st;

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
    int status, mask;
    ngx_pdn_ares_t *ares;
    struct ares_options options;

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

    mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF
           | ngx_pdn_ares_options(conf, &options);

    status = ares_init_options(&ares->channel, &options, mask);

    if (status != ARES_SUCCESS) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "ares_init_options() failed: %s", ares_strerror(status));
        free(ares);
        ares_library_cleanup();
        return NULL;
    }

    return ares;
}


/*
 * `options timeout:N attempts:N` of resolv.conf, which c-ares knows by other
 * names only.  Answers the ARES_OPT_* that it has set.
 */
static int
ngx_pdn_ares_options(const char *conf, struct ares_options *options)
{
    int mask;
    char line[1024], *word, *state;
    FILE *f;

    f = fopen(conf, "re");

    if (f == NULL) {
        return 0;
    }

    mask = 0;

    while (fgets(line, sizeof(line), f) != NULL) {

        word = strtok_r(line, " \t\r\n", &state);

        if (word == NULL || ngx_strcmp(word, "options") != 0) {
            continue;
        }

        while ((word = strtok_r(NULL, " \t\r\n", &state)) != NULL) {

            if (ngx_strncmp(word, "timeout:", 8) == 0) {
                options->timeout = ngx_max(1, (int) strtol(word + 8, NULL, 10))
                                   * 1000;
                mask |= ARES_OPT_TIMEOUTMS;

            } else if (ngx_strncmp(word, "attempts:", 9) == 0) {
                options->tries = ngx_max(1, (int) strtol(word + 9, NULL, 10));
                mask |= ARES_OPT_TRIES;
            }
        }
    }

    fclose(f);

    return mask;
}


static void
ngx_pdn_ares_end(ngx_event_t *ev)
{
    ngx_pdn_ares_t *ares = ev->data;

    if (ares->timer.timer_set) {
        ngx_del_timer(&ares->timer);
    }

    ares_destroy(ares->channel);
    ares_library_cleanup();
    free(ares);
}


/* c-ares tells what it wants to know of a socket; nothing: it closes it. */
static void
ngx_pdn_ares_watch(void *data, ares_socket_t fd, int readable, int writable)
{
    ngx_pdn_ares_t *ares = data;
    ngx_pdn_ares_socket_t *sock;

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
    ngx_queue_t *q;
    ngx_connection_t *c;
    ngx_pdn_ares_socket_t *sock;

    for (q = ngx_queue_head(&ares->sockets);
         q != ngx_queue_sentinel(&ares->sockets); q = ngx_queue_next(q))
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
    ngx_connection_t *c = sock->connection;

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
    ares_socket_t fd;
    ngx_pdn_ares_t *ares;
    ngx_connection_t *c;
    ngx_pdn_ares_socket_t *sock;

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
    ngx_pdn_ares_t *ares = ev->data;

    ares_process_fd(ares->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);

    ngx_pdn_ares_set_timer(ares);
}


void
ngx_pdn_ares_set_timer(ngx_pdn_ares_t *ares)
{
    struct timeval tv, *next;

    next = ares_timeout(ares->channel, NULL, &tv);

    if (next != NULL) {
        ngx_add_timer(&ares->timer, (ngx_msec_t) (next->tv_sec * 1000
                                                  + next->tv_usec / 1000 + 1));

    } else if (ares->timer.timer_set) {
        ngx_del_timer(&ares->timer);
    }
}
