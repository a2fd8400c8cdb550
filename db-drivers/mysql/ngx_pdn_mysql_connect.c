/*
 * SPDX-License-Identifier: MIT
 *
 * Connecting to MySQL.  The name is looked up by the engine's resolver, and
 * its addresses are tried one after another.  With TLS a thread does all of
 * it: the library's handshake blocks even between its non-blocking calls.
 */

#include <fcntl.h>

#include <openssl/x509.h>

#include "ngx_pandan_db_module.h"
#include "ngx_pdn_mysql.h"


/* No plugin that would ask the terminal, or send the password as it is. */
#define NGX_PDN_MYSQL_AUTH                                                     \
    "mysql_native_password,client_ed25519,caching_sha2_password,"              \
    "sha256_password"


static void ngx_pdn_mysql_resolved(ngx_pdn_resolve_t *rs, void *data);
static void ngx_pdn_mysql_set_tls(MYSQL *mysql, ngx_pdn_db_pool_t *pool,
                                  const char *mode);
static ngx_uint_t ngx_pdn_mysql_has_tls(ngx_pdn_db_pool_t *pool);
static void ngx_pdn_mysql_post(ngx_pdn_mysql_t *c);
static void ngx_pdn_mysql_thread(void *data, ngx_log_t *log);
static void ngx_pdn_mysql_thread_done(ngx_event_t *ev);


void
ngx_pdn_mysql_open(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    const char *host;
    ngx_pdn_mysql_t *c = (ngx_pdn_mysql_t *) conn;

    ngx_queue_init(&c->statements);
    ngx_queue_init(&c->doomed);
    c->watch.handler = ngx_pdn_mysql_event;
    c->watch.conn = conn;

    host = ngx_pdn_db_pool_get(conn->pool, "host");

    if (ngx_pdn_mysql_has_tls(conn->pool)) {
        ngx_pdn_mysql_post(c);
        return;
    }

    if (host == NULL || ngx_pdn_db_pool_get(conn->pool, "socket") != NULL) {
        ngx_pdn_mysql_go(c, NGX_PDN_MYSQL_CONNECT);
        return;
    }

    c->name.data = (u_char *) host;
    c->name.len = ngx_strlen(host);

    switch (ngx_pdn_resolve_start(
        &c->resolve, op->host, &c->name, ngx_pdn_mysql_port(conn->pool),
        conn->pool->options.connect_timeout, ngx_pdn_mysql_resolved, c))
    {

    case NGX_AGAIN:
        break;

    default:
        ngx_pdn_mysql_resolved(&c->resolve, c);
    }
}


static void
ngx_pdn_mysql_resolved(ngx_pdn_resolve_t *rs, void *data)
{
    ngx_pdn_mysql_t *c = data;

    if (rs->naddrs == 0) {
        pdn_db_fail(&c->error, "connect_failed",
                    "cannot connect to '%s': its name could not be resolved "
                    "(%ld: %s)",
                    (char *) c->name.data, (long) rs->error,
                    (char *) ngx_resolver_strerror(rs->error));
        c->conn.broken = 1;
        ngx_pdn_mysql_go(c, NGX_PDN_MYSQL_END);
        return;
    }

    ngx_pdn_mysql_go(c, NGX_PDN_MYSQL_CONNECT);
}


static int
ngx_pdn_mysql_connect_start(ngx_pdn_mysql_t *c)
{
    ngx_pdn_db_pool_t *pool = c->conn.pool;

    c->ret.mysql = NULL;
    c->mysql = ngx_pdn_mysql_init(pool);

    if (c->mysql == NULL) {
        return 0;
    }

    mysql_options(c->mysql, MYSQL_OPT_NONBLOCK, 0);

    return mysql_real_connect_start(
        &c->ret.mysql, c->mysql, ngx_pdn_mysql_host(c),
        ngx_pdn_db_pool_get(pool, "user"),
        ngx_pdn_db_pool_get(pool, "password"),
        ngx_pdn_db_pool_get(pool, "dbname"), ngx_pdn_mysql_port(pool),
        ngx_pdn_db_pool_get(pool, "socket"),
        CLIENT_MULTI_STATEMENTS | CLIENT_FOUND_ROWS);
}


static int
ngx_pdn_mysql_connect_cont(ngx_pdn_mysql_t *c)
{
    return mysql_real_connect_cont(&c->ret.mysql, c->mysql, c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_connect_done(ngx_pdn_mysql_t *c)
{
    unsigned number;

    if (c->ret.mysql != NULL) {
        c->conn.server = mysql_get_server_info(c->mysql);

        /* the library takes a server that has none as it is */
        if (ngx_pdn_mysql_has_tls(c->conn.pool)
            && mysql_get_ssl_cipher(c->mysql) == NULL)
        {
            pdn_db_fail(&c->error, "connect_failed",
                        "the server does not speak TLS, which sslmode asks "
                        "for");
            c->conn.broken = 1;
        }

        return NGX_PDN_MYSQL_END;
    }

    if (c->mysql == NULL) {
        pdn_db_fail(&c->error, "error", "no memory");
        c->conn.broken = 1;
        return NGX_PDN_MYSQL_END;
    }

    number = mysql_errno(c->mysql);

    if ((number == 2002 || number == 2003)
        && c->address + 1 < c->resolve.naddrs) {
        ngx_pdn_db_unwatch(&c->watch);
        mysql_close(c->mysql);
        c->mysql = NULL;
        c->address++;
        return NGX_PDN_MYSQL_CONNECT;
    }

    ngx_pdn_mysql_fail(c, number, mysql_error(c->mysql));
    c->conn.broken = 1;

    return NGX_PDN_MYSQL_END;
}


const ngx_pdn_mysql_call_t ngx_pdn_mysql_connect = {
    ngx_pdn_mysql_connect_start, ngx_pdn_mysql_connect_cont,
    ngx_pdn_mysql_connect_done
};


MYSQL *
ngx_pdn_mysql_init(ngx_pdn_db_pool_t *pool)
{
    MYSQL *mysql;
    const char *mode, *charset;
    unsigned tcp = MYSQL_PROTOCOL_TCP, seconds;

    mysql = mysql_init(NULL);
    if (mysql == NULL) {
        return NULL;
    }

    seconds = pool->options.connect_timeout / 1000 + 1;

    mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    charset = ngx_pdn_db_pool_get(pool, "charset");
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, charset ? charset : "utf8mb4");
    pdn_mysql_allow_files(mysql, ngx_pdn_db_pool_get(pool, "local_infile"));
    mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH, NGX_PDN_MYSQL_AUTH);

    if (ngx_pdn_mysql_has_ansi_quotes(pool)) {
        mysql_options(mysql, MYSQL_INIT_COMMAND,
                      "SET " NGX_PDN_MYSQL_ANSI_QUOTES);
    }

    /* else the name 'localhost' means a unix socket */
    if (ngx_pdn_db_pool_get(pool, "socket") == NULL
        && ngx_pdn_db_pool_get(pool, "host") != NULL)
    {
        mysql_options(mysql, MYSQL_OPT_PROTOCOL, &tcp);
    }

    mode = ngx_pdn_db_pool_get(pool, "sslmode");

    if (ngx_pdn_mysql_has_tls(pool)) {
        ngx_pdn_mysql_set_tls(mysql, pool, mode);
    }

    return mysql;
}


const char *
ngx_pdn_mysql_host(ngx_pdn_mysql_t *c)
{
    size_t n;
    ngx_pdn_addr_t *a;

    if (ngx_pdn_db_pool_get(c->conn.pool, "socket") != NULL) {
        return NULL;
    }

    if (c->resolve.naddrs == 0) {
        return ngx_pdn_db_pool_get(c->conn.pool, "host");
    }

    a = &c->resolve.addrs[c->address];
    n = ngx_sock_ntop(&a->sockaddr.sockaddr, a->socklen, (u_char *) c->host,
                      NGX_SOCKADDR_STRLEN, 0);
    c->host[n] = '\0';

    return c->host;
}


ngx_uint_t
ngx_pdn_mysql_has_ansi_quotes(ngx_pdn_db_pool_t *pool)
{
    const char *quotes;

    quotes = ngx_pdn_db_pool_get(pool, "ansi_quotes");

    return quotes == NULL || ngx_strcmp(quotes, "true") == 0;
}


ngx_uint_t
ngx_pdn_mysql_port(ngx_pdn_db_pool_t *pool)
{
    ngx_int_t port;
    const char *text;

    text = ngx_pdn_db_pool_get(pool, "port");
    port = text ? ngx_atoi((u_char *) text, ngx_strlen(text)) : NGX_ERROR;

    return port == NGX_ERROR ? NGX_PDN_MYSQL_PORT : (ngx_uint_t) port;
}


/* The words are PostgreSQL's, checked by pandan.db.options. */
static void
ngx_pdn_mysql_set_tls(MYSQL *mysql, ngx_pdn_db_pool_t *pool, const char *mode)
{
    my_bool on = 1;
    my_bool full = ngx_strcmp(mode, "verify-full") == 0;
    const char *root = ngx_pdn_db_pool_get(pool, "sslrootcert");

    mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
    mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &full);
    mysql_options(mysql, MYSQL_OPT_SSL_CA, root);

    /* else the library would ask for no authority at all */
    if (root == NULL && ngx_strncmp(mode, "verify", 6) == 0) {
        mysql_options(mysql, MYSQL_OPT_SSL_CAPATH, X509_get_default_cert_dir());
    }

    mysql_options(mysql, MYSQL_OPT_SSL_CERT,
                  ngx_pdn_db_pool_get(pool, "sslcert"));
    mysql_options(mysql, MYSQL_OPT_SSL_KEY,
                  ngx_pdn_db_pool_get(pool, "sslkey"));
}


static ngx_uint_t
ngx_pdn_mysql_has_tls(ngx_pdn_db_pool_t *pool)
{
    const char *mode;

    mode = ngx_pdn_db_pool_get(pool, "sslmode");

    return mode != NULL && ngx_strcmp(mode, "disable") != 0;
}


static void
ngx_pdn_mysql_post(ngx_pdn_mysql_t *c)
{
    c->task.ctx = c;
    c->task.handler = ngx_pdn_mysql_thread;
    c->task.event.handler = ngx_pdn_mysql_thread_done;
    c->task.event.data = c;
    c->task.event.log = ngx_cycle->log;

    /* the first one initializes the library: not on a thread */
    c->mysql = ngx_pdn_mysql_init(c->conn.pool);

    if (c->mysql != NULL && ngx_pdn_db_threads_post(&c->task) == NGX_OK) {
        c->threaded = 1;
        return;
    }

    pdn_db_fail(&c->error, "busy", "the queue of the threads is full");
    c->conn.broken = 1;
    ngx_pdn_mysql_go(c, NGX_PDN_MYSQL_END);
}


static void
ngx_pdn_mysql_thread(void *data, ngx_log_t *log)
{
    ngx_pdn_mysql_t *c = data;
    ngx_pdn_db_pool_t *pool = c->conn.pool;

    (void) log;

    mysql_options(c->mysql, MYSQL_OPT_NONBLOCK, 0);

    c->ret.mysql = mysql_real_connect(
        c->mysql, ngx_pdn_mysql_host(c), ngx_pdn_db_pool_get(pool, "user"),
        ngx_pdn_db_pool_get(pool, "password"),
        ngx_pdn_db_pool_get(pool, "dbname"), ngx_pdn_mysql_port(pool),
        ngx_pdn_db_pool_get(pool, "socket"),
        CLIENT_MULTI_STATEMENTS | CLIENT_FOUND_ROWS);

    mysql_thread_end();
}


static void
ngx_pdn_mysql_thread_done(ngx_event_t *ev)
{
    int fd, flags;
    ngx_pdn_mysql_t *c = ev->data;

    c->threaded = 0;

    if (c->ret.mysql != NULL) {
        fd = mysql_get_socket(c->mysql);
        flags = fcntl(fd, F_GETFL);

        if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1) {
            pdn_db_fail(&c->error, "connect_failed",
                        "cannot make the connection non-blocking");
            c->conn.broken = 1;
        }
    }

    ngx_pdn_mysql_go(c, ngx_pdn_mysql_connect_done(c));
}
