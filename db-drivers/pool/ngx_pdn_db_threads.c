/*
 * SPDX-License-Identifier: MIT
 *
 * Threads of a worker, and how the event loop learns what they have done: by
 * an eventfd that is told when the list of ended tasks was empty.
 */

#include <pthread.h>
#include <sys/eventfd.h>

#include <ngx_event.h>

#include "ngx_pandan_db_module.h"
#include "ngx_pdn_db_threads.h"


typedef struct {
    ngx_thread_task_t *first;
    ngx_thread_task_t **last;
} ngx_pdn_db_tasks_t;


struct ngx_pdn_db_threads_s {
    pthread_mutex_t mutex; /* of all up to `ended` */
    pthread_cond_t posted;
    pthread_cond_t left;  /* a thread has ended */
    pthread_t gone;       /* the one that did last, */
    unsigned leaving : 1; /* if any did */
    ngx_uint_t running;   /* threads that there are */
    ngx_uint_t tasks;     /* that run, or wait */
    ngx_pdn_db_tasks_t queue;
    unsigned closing : 1;
    ngx_pdn_db_tasks_t ended;

    /* these do not change */
    ngx_pdn_db_threads_conf_t conf;
    ngx_log_t *log;

    /* like nginx's own, none of worker_connections */
    ngx_connection_t connection;
    ngx_event_t read;
    ngx_event_t write;
};


static ngx_int_t ngx_pdn_db_threads_sync(ngx_pdn_db_threads_t *t);
static ngx_int_t ngx_pdn_db_threads_watch(ngx_pdn_db_threads_t *t);
static const char *ngx_pdn_db_threads_admit(ngx_pdn_db_threads_t *t);
static int ngx_pdn_db_threads_start(ngx_pdn_db_threads_t *t);
static void *ngx_pdn_db_threads_cycle(void *data);
static void ngx_pdn_db_threads_leave(ngx_pdn_db_threads_t *t);
static ngx_thread_task_t *ngx_pdn_db_threads_take(ngx_pdn_db_threads_t *t);
static void ngx_pdn_db_threads_done(ngx_event_t *ev);
static void ngx_pdn_db_tasks_init(ngx_pdn_db_tasks_t *tasks);
static void ngx_pdn_db_tasks_add(ngx_pdn_db_tasks_t *tasks,
                                 ngx_thread_task_t *task);


ngx_pdn_db_threads_t *
ngx_pdn_db_threads_create(const ngx_pdn_db_threads_conf_t *conf)
{
    ngx_pdn_db_threads_t *t;

    t = ngx_calloc(sizeof(ngx_pdn_db_threads_t), ngx_cycle->log);
    if (t == NULL) {
        return NULL;
    }

    t->conf = *conf;
    t->log = ngx_cycle->log;
    ngx_pdn_db_tasks_init(&t->queue);
    ngx_pdn_db_tasks_init(&t->ended);

    if (ngx_pdn_db_threads_sync(t) != NGX_OK) {
        ngx_free(t);
        return NULL;
    }

    if (ngx_pdn_db_threads_watch(t) != NGX_OK) {
        ngx_pdn_db_threads_free(t);
        return NULL;
    }

    return t;
}


void
ngx_pdn_db_threads_free(ngx_pdn_db_threads_t *t)
{
    if (t == NULL) {
        return;
    }

    pthread_mutex_lock(&t->mutex);
    t->closing = 1;
    pthread_cond_broadcast(&t->posted);

    while (t->running > 0) {
        pthread_cond_wait(&t->left, &t->mutex);
    }

    pthread_mutex_unlock(&t->mutex);

    if (t->leaving) {
        pthread_join(t->gone, NULL);
    }

    if (t->connection.fd != -1) {
        if (t->read.active) {
            ngx_del_event(&t->read, NGX_READ_EVENT, NGX_CLOSE_EVENT);
        }

        if (t->read.posted) {
            ngx_delete_posted_event(&t->read);
        }

        (void) close(t->connection.fd);
    }

    pthread_cond_destroy(&t->left);
    pthread_cond_destroy(&t->posted);
    pthread_mutex_destroy(&t->mutex);
    ngx_free(t);
}


ngx_int_t
ngx_pdn_db_threads_post(ngx_thread_task_t *task)
{
    const char *err;
    ngx_pdn_db_conf_t *conf;
    ngx_pdn_db_threads_t *t;

    conf = ngx_pdn_db_conf();

    if (conf->threads == NULL) {
        conf->threads = ngx_pdn_db_threads_create(&conf->threads_conf);
        if (conf->threads == NULL) {
            return NGX_ERROR;
        }
    }

    t = conf->threads;

    pthread_mutex_lock(&t->mutex);
    err = ngx_pdn_db_threads_admit(t);

    if (err == NULL) {
        task->event.active = 1;
        ngx_pdn_db_tasks_add(&t->queue, task);
        t->tasks++;
    }

    pthread_mutex_unlock(&t->mutex);

    if (err != NULL) {
        ngx_log_error(NGX_LOG_ERR, t->log, 0, "%s", err);
        return NGX_ERROR;
    }

    pthread_cond_signal(&t->posted);

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_db_threads_sync(ngx_pdn_db_threads_t *t)
{
    int rc;
    pthread_condattr_t attr;

    /* time that goes back would keep a thread, or end it at once */
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    rc = pthread_cond_init(&t->posted, &attr);
    pthread_condattr_destroy(&attr);

    if (rc == 0) {
        rc = pthread_cond_init(&t->left, NULL);
    }

    if (rc == 0) {
        rc = pthread_mutex_init(&t->mutex, NULL);
    }

    if (rc != 0) {
        ngx_log_error(NGX_LOG_ALERT, t->log, rc, "cannot prepare threads");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_db_threads_watch(ngx_pdn_db_threads_t *t)
{
    t->connection.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (t->connection.fd == -1) {
        ngx_log_error(NGX_LOG_ALERT, t->log, ngx_errno, "eventfd() failed");
        return NGX_ERROR;
    }

    t->connection.read = &t->read;
    t->connection.write = &t->write;
    t->connection.log = t->log;
    t->read.data = &t->connection;
    t->read.handler = ngx_pdn_db_threads_done;
    t->read.log = t->log;
    t->write.data = &t->connection;
    t->write.log = t->log;

    return ngx_add_event(&t->read, NGX_READ_EVENT, NGX_CLEAR_EVENT);
}


/* Why one more task cannot come, or NULL: there is a thread for it. */
static const char *
ngx_pdn_db_threads_admit(ngx_pdn_db_threads_t *t)
{
    int rc;

    if (t->tasks >= t->conf.limit + t->conf.max_queue) {
        return "too many tasks wait for threads of the database drivers";
    }

    if (t->tasks < t->running || t->running >= t->conf.limit) {
        return NULL;
    }

    rc = ngx_pdn_db_threads_start(t);

    if (rc == 0) {
        t->running++;
        return NULL;
    }

    ngx_log_error(NGX_LOG_WARN, t->log, rc,
                  "cannot start a thread, there are %ui", t->running);

    return t->running ? NULL : "no thread for the database drivers";
}


static int
ngx_pdn_db_threads_start(ngx_pdn_db_threads_t *t)
{
    int rc;
    sigset_t all, old;
    pthread_t id;

    /* signals are for nginx's own thread, but for those of its faults */
    sigfillset(&all);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);

    pthread_sigmask(SIG_BLOCK, &all, &old);
    rc = pthread_create(&id, NULL, ngx_pdn_db_threads_cycle, t);
    pthread_sigmask(SIG_SETMASK, &old, NULL);

    return rc;
}


static void *
ngx_pdn_db_threads_cycle(void *data)
{
    uint64_t one = 1;
    ngx_uint_t tell;
    ngx_thread_task_t *task;
    ngx_pdn_db_threads_t *t = data;

    pthread_mutex_lock(&t->mutex);

    while ((task = ngx_pdn_db_threads_take(t)) != NULL) {
        pthread_mutex_unlock(&t->mutex);

        task->handler(task->ctx, t->log);

        pthread_mutex_lock(&t->mutex);
        t->tasks--;
        tell = t->ended.first == NULL;
        ngx_pdn_db_tasks_add(&t->ended, task);

        if (tell) {
            pthread_mutex_unlock(&t->mutex);
            (void) !write(t->connection.fd, &one, sizeof(one));
            pthread_mutex_lock(&t->mutex);
        }
    }

    ngx_pdn_db_threads_leave(t);

    return NULL;
}


/*
 * nginx unmaps this code when the worker ends, so all threads must be surely
 * gone by then: each waits for the end of the one before it.
 */
static void
ngx_pdn_db_threads_leave(ngx_pdn_db_threads_t *t)
{
    pthread_t before;
    ngx_uint_t first;

    before = t->gone;
    first = !t->leaving;

    t->gone = pthread_self();
    t->leaving = 1;
    t->running--;

    pthread_cond_signal(&t->left);
    pthread_mutex_unlock(&t->mutex);

    if (!first) {
        pthread_join(before, NULL);
    }
}


/* NULL: the thread is to end. */
static ngx_thread_task_t *
ngx_pdn_db_threads_take(ngx_pdn_db_threads_t *t)
{
    int rc;
    struct timespec until;
    ngx_thread_task_t *task;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += t->conf.idle / 1000;
    until.tv_nsec += (t->conf.idle % 1000) * 1000000;

    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }

    for (rc = 0; t->queue.first == NULL; /* void */) {
        if (t->closing || rc != 0) {
            return NULL;
        }

        rc = pthread_cond_timedwait(&t->posted, &t->mutex, &until);
    }

    task = t->queue.first;
    t->queue.first = task->next;

    if (t->queue.first == NULL) {
        t->queue.last = &t->queue.first;
    }

    return task;
}


/*
 * On the event loop.  Watched edge-triggered, the eventfd need not be read:
 * what is written to it is an edge all the same.
 */
static void
ngx_pdn_db_threads_done(ngx_event_t *ev)
{
    uint64_t n;
    ngx_event_t *event;
    ngx_thread_task_t *task;
    ngx_connection_t *c = ev->data;
    ngx_pdn_db_threads_t *t;

    t = (ngx_pdn_db_threads_t *) ((u_char *) c
                                  - offsetof(ngx_pdn_db_threads_t, connection));

    if (!(ngx_event_flags & NGX_USE_CLEAR_EVENT)) {
        (void) !read(c->fd, &n, sizeof(n));
    }

    pthread_mutex_lock(&t->mutex);
    task = t->ended.first;
    ngx_pdn_db_tasks_init(&t->ended);
    pthread_mutex_unlock(&t->mutex);

    while (task != NULL) {
        event = &task->event;
        task = task->next;

        event->complete = 1;
        event->active = 0;

        /* may free its task */
        event->handler(event);
    }
}


static void
ngx_pdn_db_tasks_init(ngx_pdn_db_tasks_t *tasks)
{
    tasks->first = NULL;
    tasks->last = &tasks->first;
}


static void
ngx_pdn_db_tasks_add(ngx_pdn_db_tasks_t *tasks, ngx_thread_task_t *task)
{
    task->next = NULL;
    *tasks->last = task;
    tasks->last = &task->next;
}
