/* SPDX-License-Identifier: MIT */
/* Programs of a build: their words, their cage, what they say. */

#include "pdn_build.h"
#include "pdn_confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PDN_BUILD_LOG     (1024 * 1024)
#define PDN_BUILD_CPU     900 /* seconds */
#define PDN_BUILD_FILE    (1UL << 30)
#define PDN_BUILD_NO_TOOL 127
#define PDN_BUILD_NO_CAGE 126


void
pdn_words_add(pdn_words_t *w, const char *fmt, ...)
{
    char text[4096];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    if (n < 0 || n >= (int) sizeof(text) || w->n + 1 >= PDN_BUILD_WORDS) {
        w->failed = 1;
        return;
    }

    w->items[w->n] = pdn_arena_text(w->arena, text, n);
    w->failed |= w->items[w->n] == NULL;
    w->n++;
    w->items[w->n] = NULL;
}


void
pdn_words_split(pdn_words_t *w, const char *text)
{
    size_t len;

    for (text += strspn(text, " \t\n"); *text != '\0';
         text += strspn(text, " \t\n"))
    {
        len = strcspn(text, " \t\n");
        pdn_words_add(w, "%.*s", (int) len, text);
        text += len;
    }
}


/* Nothing of ours but where programs are. */
static char **
pdn_build_environment(const char *scratch)
{
    static char path[PATH_MAX + 8], home[PATH_MAX + 8], tmp[PATH_MAX + 16];
    static char cc[512], cflags[1024];
    static char *env[8];
    const char *given;

    given = getenv("PATH");
    snprintf(path, sizeof(path), "PATH=%s",
             given != NULL ? given : "/usr/bin:/bin");
    snprintf(home, sizeof(home), "HOME=%s", scratch);
    snprintf(tmp, sizeof(tmp), "TMPDIR=%s/tmp", scratch);
    snprintf(cc, sizeof(cc), "CC=%s", pdn_build_cc());
    snprintf(cflags, sizeof(cflags), "CFLAGS=%s", pdn_build_cflags());

    env[0] = path;
    env[1] = home;
    env[2] = tmp;
    env[3] = cc;
    env[4] = cflags;
    env[5] = "LC_ALL=C";
    env[6] = "SOURCE_DATE_EPOCH=315619200";
    env[7] = NULL;

    return env;
}


/* The child; `boxed` says whether to go into namespaces. */
static void
pdn_build_child(const pdn_build_t *b, const char *folder, char **words, int out,
                int boxed)
{
    struct rlimit cpu = { PDN_BUILD_CPU, PDN_BUILD_CPU };
    struct rlimit file = { PDN_BUILD_FILE, PDN_BUILD_FILE };
    struct rlimit core = { 0, 0 };
    char path[PATH_MAX];
    int null;

    setpgid(0, 0);
    setrlimit(RLIMIT_CPU, &cpu);
    setrlimit(RLIMIT_FSIZE, &file);
    setrlimit(RLIMIT_CORE, &core);

    if (boxed && pdn_confine_build(b->scratch) != 0) {
        _exit(PDN_BUILD_NO_CAGE);
    }

    null = open("/dev/null", O_RDONLY);
    snprintf(path, sizeof(path), "%s/%s", b->scratch, folder);

    if (null == -1 || chdir(path) != 0 || dup2(null, 0) == -1
        || dup2(out, 1) == -1 || dup2(out, 2) == -1)
    {
        _exit(1);
    }

    umask(022);
    environ = pdn_build_environment(b->scratch);
    execvp(words[0], words);
    _exit(errno == ENOENT ? PDN_BUILD_NO_TOOL : 1);
}


/* Starts it and gathers what it says; the wait status, -1 with errno. */
static int
pdn_build_start(pdn_build_t *b, const char *folder, char **words, int boxed)
{
    char chunk[8192];
    int ends[2], status;
    ssize_t n;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }

    fflush(NULL);
    pid = fork();

    if (pid == 0) {
        pdn_build_child(b, folder, words, ends[1], boxed);
    }

    close(ends[1]);

    while (pid != -1) {
        n = read(ends[0], chunk, sizeof(chunk));
        if (n <= 0 && !(n == -1 && errno == EINTR)) {
            break;
        }

        /* beyond that it is noise, but it must not block */
        if (n > 0 && b->log.len < PDN_BUILD_LOG) {
            pdn_str_add(&b->log, chunk, n);
        }
    }

    close(ends[0]);

    if (pid == -1) {
        return -1;
    }

    while (waitpid(pid, &status, 0) == -1) {
        if (errno != EINTR) {
            return -1;
        }
    }

    /* what it left behind in its group */
    kill(-pid, SIGKILL);

    return status;
}


int
pdn_build_run(pdn_build_t *b, const char *folder, pdn_words_t *words,
              pdn_error_t *err)
{
    char tmp[PATH_MAX];
    size_t i;
    int status;

    if (words->failed || words->n == 0) {
        return pdn_error(err, 702, "%s: too many words for a program", b->id);
    }

    snprintf(tmp, sizeof(tmp), "%s/tmp", b->scratch);
    mkdir(tmp, 0700);

    for (i = 0; i < words->n; i++) {
        pdn_str_printf(&b->log, "%s%s", i != 0 ? " " : "+ ", words->items[i]);
    }
    pdn_str_puts(&b->log, "\n");

    b->boxed = !b->loose;
    status = pdn_build_start(b, folder, (char **) words->items, b->boxed);

    if (b->boxed && status != -1 && WIFEXITED(status)
        && WEXITSTATUS(status) == PDN_BUILD_NO_CAGE)
    {
        /* no namespaces here, as in many containers: limits only */
        b->boxed = 0;
        status = pdn_build_start(b, folder, (char **) words->items, 0);
    }

    if (status == -1) {
        return pdn_error(err, 702, "cannot run '%s': %s", words->items[0],
                         strerror(errno));
    }

    if (WIFEXITED(status) && WEXITSTATUS(status) == PDN_BUILD_NO_TOOL) {
        return pdn_error(err, 703, "%s is built by '%s', which is not here",
                         b->id, words->items[0]);
    }

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return pdn_error(err, 702, "%s: '%s' failed with %s %d", b->id,
                         words->items[0], WIFEXITED(status) ? "code" : "signal",
                         WIFEXITED(status) ? WEXITSTATUS(status)
                                           : WTERMSIG(status));
    }

    return 0;
}
