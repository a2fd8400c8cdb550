/*
 * SPDX-License-Identifier: MIT
 *
 * Begins and ends child processes.  posix_spawn() makes them: it copies no
 * page tables, closes what the child must not inherit (sockets that nginx
 * listens on above all), and says at once if there is no such program.
 *
 * A pidfd tells of the end, so no signal is needed.  nginx's handler of
 * SIGCHLD would take each child's status away, so it goes before the first
 * child comes: a worker has no other children.
 */

#define _GNU_SOURCE
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "ngx_pdn_child.h"


static ngx_int_t ngx_pdn_child_prepare(void);
static int ngx_pdn_child_run(ngx_pdn_child_t *child,
                             const ngx_pdn_child_options_t *options,
                             int theirs[]);
static int ngx_pdn_child_add_actions(posix_spawn_file_actions_t *actions,
                                     int theirs[]);
static ngx_int_t ngx_pdn_child_pipe(ngx_pdn_child_t *child, ngx_uint_t i,
                                    int *theirs);
static ngx_int_t ngx_pdn_child_watch(ngx_pdn_child_t *child);
static void ngx_pdn_child_ended(ngx_event_t *ev);
static void ngx_pdn_child_forget(ngx_pdn_child_t *child);
static void ngx_pdn_child_reaped(ngx_pdn_child_t *child);
static void ngx_pdn_child_host_ends(void *data);


/* Children of this worker that have not been reaped. */
static ngx_queue_t ngx_pdn_children;


ngx_pdn_child_t *
ngx_pdn_child_spawn(ngx_pdn_host_t *host,
                    const ngx_pdn_child_options_t *options, const char **err,
                    int *code)
{
    int theirs[NGX_PDN_CHILD_NENDS] = { -1, -1, -1 };
    ngx_uint_t i, n;
    ngx_pdn_child_t *child;

    *code = 0;
    *err = "no memory";

    child = ngx_calloc(sizeof(ngx_pdn_child_t), host->log);
    if (child == NULL) {
        return NULL;
    }

    child->refs = 1;
    child->vm = host->vm;
    child->buffer_size = options->buffer_size;
    child->merged = options->merge_stderr;
    child->closed = 1;
    child->cleanup = ngx_pool_cleanup_add(host->pool, 0);

    if (child->cleanup == NULL || ngx_pdn_child_prepare() != NGX_OK) {
        goto failed;
    }

    *err = "pipe failed";
    n = child->merged ? NGX_PDN_CHILD_STDERR : NGX_PDN_CHILD_NENDS;

    for (i = 0; i < n; i++) {
        if (ngx_pdn_child_pipe(child, i, &theirs[i]) != NGX_OK) {
            *code = ngx_errno;
            goto failed;
        }
    }

    *err = "spawn failed";
    *code = ngx_pdn_child_run(child, options, theirs);

    if (*code != 0) {
        goto failed;
    }

    *err = "cannot watch the process";

    if (ngx_pdn_child_watch(child) != NGX_OK) {
        *code = ngx_errno;
        (void) kill(child->pid, SIGKILL);
        (void) waitpid(child->pid, NULL, 0);
        goto failed;
    }

    for (i = 0; i < n; i++) {
        (void) close(theirs[i]);
    }

    child->closed = 0;
    child->cleanup->handler = ngx_pdn_child_host_ends;
    child->cleanup->data = child;

    return child;

failed:

    for (i = 0; i < NGX_PDN_CHILD_NENDS; i++) {
        if (theirs[i] != -1) {
            (void) close(theirs[i]);
        }

        ngx_pdn_child_close(&child->ends[i]);
    }

    ngx_free(child);

    return NULL;
}


/* Once a worker. */
static ngx_int_t
ngx_pdn_child_prepare(void)
{
    struct sigaction sa;

    if (ngx_pdn_children.next != NULL) {
        return NGX_OK;
    }

    ngx_memzero(&sa, sizeof(struct sigaction));
    sa.sa_handler = SIG_DFL;
    sigemptyset(&sa.sa_mask);

    if (sigaction(SIGCHLD, &sa, NULL) == -1) {
        return NGX_ERROR;
    }

    ngx_queue_init(&ngx_pdn_children);

    return NGX_OK;
}


/* Our end becomes a connection of nginx, the child's is `*theirs`. */
static ngx_int_t
ngx_pdn_child_pipe(ngx_pdn_child_t *child, ngx_uint_t i, int *theirs)
{
    int fds[2], ours;
    ngx_connection_t *c;
    ngx_pdn_child_end_t *end;

    if (pipe2(fds, O_CLOEXEC) == -1) {
        return NGX_ERROR;
    }

    ours = i == NGX_PDN_CHILD_STDIN ? fds[1] : fds[0];
    *theirs = i == NGX_PDN_CHILD_STDIN ? fds[0] : fds[1];

    c = ngx_nonblocking(ours) == -1 ? NULL
                                    : ngx_get_connection(ours, ngx_cycle->log);
    if (c == NULL) {
        (void) close(ours);
        return NGX_ERROR;
    }

    end = &child->ends[i];
    end->child = child;
    end->c = c;
    end->anchor = LUA_NOREF;

    c->data = end;
    c->read->log = ngx_cycle->log;
    c->write->log = ngx_cycle->log;
    c->read->handler = i == NGX_PDN_CHILD_STDIN ? ngx_pdn_child_idle_handler
                                                : ngx_pdn_child_read_handler;
    c->write->handler = i == NGX_PDN_CHILD_STDIN ? ngx_pdn_child_write_handler
                                                 : ngx_pdn_child_idle_handler;

    return NGX_OK;
}


/* 0, or the error's number. */
static int
ngx_pdn_child_run(ngx_pdn_child_t *child,
                  const ngx_pdn_child_options_t *options, int theirs[])
{
    int rc;
    sigset_t none, all;
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t actions;

    rc = posix_spawnattr_init(&attr);
    if (rc != 0) {
        return rc;
    }

    rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0) {
        (void) posix_spawnattr_destroy(&attr);
        return rc;
    }

    sigemptyset(&none);
    sigfillset(&all);

    (void) posix_spawnattr_setsigmask(&attr, &none);
    (void) posix_spawnattr_setsigdefault(&attr, &all);
    (void) posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK
                                               | POSIX_SPAWN_SETSIGDEF);

    rc = ngx_pdn_child_add_actions(&actions, theirs);

    if (rc == 0) {
        rc = posix_spawnp(&child->pid, options->argv[0], &actions, &attr,
                          options->argv,
                          options->envp ? options->envp : environ);
    }

    (void) posix_spawn_file_actions_destroy(&actions);
    (void) posix_spawnattr_destroy(&attr);

    return rc;
}


/* Its streams, and nothing else that we have open. */
static int
ngx_pdn_child_add_actions(posix_spawn_file_actions_t *actions, int theirs[])
{
    int rc, fd;
    ngx_uint_t i;

    for (i = 0; i < NGX_PDN_CHILD_NENDS; i++) {
        fd = theirs[i] != -1 ? theirs[i] : STDOUT_FILENO;

        rc = posix_spawn_file_actions_adddup2(actions, fd, (int) i);
        if (rc != 0) {
            return rc;
        }
    }

    return posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}


static ngx_int_t
ngx_pdn_child_watch(ngx_pdn_child_t *child)
{
    int fd;
    ngx_connection_t *c;

    fd = (int) syscall(SYS_pidfd_open, child->pid, 0);
    if (fd == -1) {
        return NGX_ERROR;
    }

    c = ngx_get_connection(fd, ngx_cycle->log);
    if (c == NULL) {
        (void) close(fd);
        return NGX_ERROR;
    }

    c->data = child;
    c->read->handler = ngx_pdn_child_ended;
    c->read->log = ngx_cycle->log;
    c->write->log = ngx_cycle->log;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_close_connection(c);
        return NGX_ERROR;
    }

    child->watch = c;
    child->refs++;
    ngx_queue_insert_tail(&ngx_pdn_children, &child->link);

    return NGX_OK;
}


static void
ngx_pdn_child_ended(ngx_event_t *ev)
{
    int status;
    ngx_pid_t pid;
    ngx_connection_t *c = ev->data;
    ngx_pdn_child_t *child = c->data;

    pid = waitpid(child->pid, &status, WNOHANG);

    if (pid == 0) {
        return;
    }

    if (pid == -1) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                      "cannot get the status of process %P", child->pid);
        child->reason = "unknown";
        child->status = -1;

    } else if (WIFSIGNALED(status)) {
        child->reason = "signal";
        child->status = WTERMSIG(status);

    } else {
        child->reason = "exit";
        child->status = WEXITSTATUS(status);
    }

    child->refs++;
    ngx_pdn_child_reaped(child);

    if (child->waiting) {
        ngx_pdn_wake(&child->wait);
    }

    ngx_pdn_child_free(child);
}


static void
ngx_pdn_child_reaped(ngx_pdn_child_t *child)
{
    ngx_close_connection(child->watch);
    child->watch = NULL;

    ngx_queue_remove(&child->link);
    ngx_pdn_child_free(child);
}


void
ngx_pdn_child_close(ngx_pdn_child_end_t *end)
{
    if (end->c != NULL) {
        ngx_close_connection(end->c);
        end->c = NULL;
    }

    if (end->waiting) {
        end->err = "aborted";
        end->aborted = 1;
        ngx_pdn_wake(&end->wait);
        return;
    }

    ngx_pdn_bytes_release(&end->bytes);
}


void
ngx_pdn_child_destroy(ngx_pdn_child_t *child)
{
    ngx_uint_t i;

    if (child->watch != NULL && kill(child->pid, SIGKILL) == -1
        && ngx_errno != ESRCH)
    {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                      "cannot kill process %P", child->pid);
    }

    if (child->cleanup != NULL) {
        child->cleanup->handler = NULL;
        child->cleanup = NULL;
    }

    child->closed = 1;
    child->refs++;

    for (i = 0; i < NGX_PDN_CHILD_NENDS; i++) {
        ngx_pdn_child_close(&child->ends[i]);
    }

    if (child->waiting) {
        child->err = "aborted";
        ngx_pdn_wake(&child->wait);
    }

    if (ngx_terminate || ngx_exiting) {
        ngx_pdn_child_forget(child);
    }

    ngx_pdn_child_free(child);
}


/* The worker ends: init buries what it does not. */
static void
ngx_pdn_child_forget(ngx_pdn_child_t *child)
{
    if (child->watch != NULL) {
        (void) waitpid(child->pid, NULL, WNOHANG);
        ngx_pdn_child_reaped(child);
    }
}


void
ngx_pdn_child_free(ngx_pdn_child_t *child)
{
    ngx_uint_t i;

    if (--child->refs > 0) {
        return;
    }

    for (i = 0; i < NGX_PDN_CHILD_NENDS; i++) {
        ngx_pdn_bytes_release(&child->ends[i].bytes);
    }

    ngx_free(child);
}


static void
ngx_pdn_child_host_ends(void *data)
{
    ngx_pdn_child_destroy(data);
}


void
ngx_pdn_children_end(void)
{
    ngx_queue_t *q;
    ngx_pdn_child_t *child;

    while (ngx_pdn_children.next != NULL && !ngx_queue_empty(&ngx_pdn_children))
    {
        q = ngx_queue_head(&ngx_pdn_children);
        child = ngx_queue_data(q, ngx_pdn_child_t, link);

        child->refs++;
        ngx_pdn_child_destroy(child);
        ngx_pdn_child_forget(child);
        ngx_pdn_child_free(child);
    }
}
