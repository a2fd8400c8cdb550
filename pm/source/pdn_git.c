/* SPDX-License-Identifier: MIT */
/* Source trees out of git; see pdn_git.h. */

#include "pdn_git.h"
#include "pdn_archive.h"
#include "pdn_sha256.h"
#include "pdn_url.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PDN_GIT_MAX (256 * 1024 * 1024)


/* Words that begin with `-` would be options; `ext::` would run programs. */
static int
pdn_git_check(const char *url, const char *rev, pdn_error_t *err)
{
    pdn_url_t parts;
    const char *p;

    for (p = rev != NULL ? rev : ""; *p != '\0'; p++) {
        if (!isalnum((unsigned char) *p) && strchr("._-/+", *p) == NULL) {
            return pdn_error(err, 502, "'%s' is no branch, tag or commit", rev);
        }
    }

    if (rev != NULL && (rev[0] == '-' || rev[0] == '\0')) {
        return pdn_error(err, 502, "'%s' is no branch, tag or commit", rev);
    }

    if (url[0] == '/' || strncmp(url, "file:///", 8) == 0) {
        return 0;
    }

    if (strncmp(url, "ssh://", 6) == 0 && url[6] != '-') {
        return 0;
    }

    return pdn_url_read(url, &parts, err);
}


static void
pdn_git_child(char **words, int out, int err)
{
    static const char *const drop[] = {
        "GIT_DIR",          "GIT_WORK_TREE",
        "GIT_INDEX_FILE",   "GIT_SSH_COMMAND",
        "GIT_SSH",          "GIT_PROXY_COMMAND",
        "GIT_EXEC_PATH",    "GIT_TEMPLATE_DIR",
        "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS",
        "GIT_ASKPASS",
    };
    size_t i;
    int null;

    for (i = 0; i < sizeof(drop) / sizeof(drop[0]); i++) {
        unsetenv(drop[i]);
    }

    setenv("GIT_TERMINAL_PROMPT", "0", 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    setenv("GIT_ALLOW_PROTOCOL", "https:http:ssh:file", 1);
    setenv("GIT_ATTR_NOSYSTEM", "1", 1);
    setenv("LC_ALL", "C", 1);

    null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(out, 1);
    dup2(err, 2);
    execvp("git", words);
    _exit(127);
}


/* Runs git; its output into `out`, its complaints into the error. */
static int
pdn_git(const char *folder, const char *const *words, pdn_str_t *out,
        pdn_error_t *err)
{
    const char *argv[24];
    char chunk[65536], path[] = "/tmp/pandan-git-XXXXXX";
    int ends[2], complaints, status, n;
    ssize_t got;
    pid_t pid;

    n = 0;
    argv[n++] = "git";
    argv[n++] = "-c";
    argv[n++] = "core.hooksPath=/dev/null";
    argv[n++] = "-c";
    argv[n++] = "protocol.ext.allow=never";
    argv[n++] = "-c";
    argv[n++] = "safe.directory=*";
    argv[n++] = "-C";
    argv[n++] = folder;
    while (*words != NULL) {
        argv[n++] = *words++;
    }
    argv[n] = NULL;

    complaints = mkostemp(path, O_CLOEXEC);
    if (complaints == -1 || pipe2(ends, O_CLOEXEC) != 0) {
        return pdn_error(err, 407, "cannot run git: %s", strerror(errno));
    }

    unlink(path);
    fflush(NULL);
    pid = fork();

    if (pid == 0) {
        pdn_git_child((char **) argv, ends[1], complaints);
    }

    close(ends[1]);

    while ((got = read(ends[0], chunk, sizeof(chunk))) > 0) {
        pdn_str_add(out, chunk, got);
        if (out->len > PDN_GIT_MAX) {
            break;
        }
    }

    close(ends[0]);

    while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR) {
        /* void */
    }

    got = pread(complaints, chunk, sizeof(chunk) - 1, 0);
    close(complaints);
    chunk[got > 0 ? got : 0] = '\0';

    if (pid == -1 || !WIFEXITED(status)) {
        return pdn_error(err, 407, "git did not run to its end");
    }

    if (WEXITSTATUS(status) == 127) {
        return pdn_error(err, 407, "git is not installed");
    }

    while (got > 0 && isspace((unsigned char) chunk[got - 1])) {
        chunk[--got] = '\0';
    }

    return WEXITSTATUS(status) == 0 ? 0 : pdn_error(err, 407, "git: %s", chunk);
}


/* A bare repository of the cache for this address. */
static int
pdn_git_folder(pdn_store_t *s, const char *url, char out[PATH_MAX],
               pdn_error_t *err)
{
    const char *words[] = { "init", "-q", "--bare", ".", NULL };
    pdn_str_t said = { 0 };
    char hash[65], head[PATH_MAX + 8];
    int rc;

    pdn_sha256_hex(url, strlen(url), hash);
    snprintf(out, PATH_MAX, "%.*s/git", PATH_MAX - 80, s->cache);
    mkdir(out, 0755);
    snprintf(out, PATH_MAX, "%.*s/git/%s", PATH_MAX - 80, s->cache, hash);

    if (mkdir(out, 0755) != 0 && errno != EEXIST) {
        return pdn_error(err, 620, "cannot make '%s': %s", out,
                         strerror(errno));
    }

    snprintf(head, sizeof(head), "%s/HEAD", out);
    if (access(head, R_OK) == 0) {
        return 0;
    }

    rc = pdn_git(out, words, &said, err);
    pdn_str_release(&said);

    return rc;
}


static int
pdn_git_is_commit(const char *rev)
{
    return rev != NULL && strlen(rev) == 40
           && rev[strspn(rev, "0123456789abcdef")] == '\0';
}


static int
pdn_git_has(const char *folder, const char *commit)
{
    const char *words[] = { "cat-file", "-e", NULL, NULL };
    pdn_error_t ignored = { 0 };
    pdn_str_t said = { 0 };
    char object[64];
    int rc;

    snprintf(object, sizeof(object), "%.40s^{tree}", commit);
    words[2] = object;
    rc = pdn_git(folder, words, &said, &ignored);
    pdn_str_release(&said);
    pdn_error_release(&ignored);

    return rc == 0;
}


static int
pdn_git_update(const char *folder, const char *url, const char *rev,
               char commit[41], pdn_error_t *err)
{
    const char *fetch[] = { "fetch",
                            "-q",
                            "--depth=1",
                            "--no-tags",
                            "--no-recurse-submodules",
                            "--end-of-options",
                            url,
                            rev != NULL ? rev : "HEAD",
                            NULL };
    const char *parse[] = { "rev-parse", "FETCH_HEAD^{commit}", NULL };
    pdn_str_t said = { 0 };
    int rc;

    rc = pdn_git(folder, fetch, &said, err);
    said.len = 0;
    rc = rc == 0 ? pdn_git(folder, parse, &said, err) : -1;

    if (rc == 0 && said.len >= 40) {
        memcpy(commit, said.data, 40);
        commit[40] = '\0';
        rc = pdn_git_is_commit(commit)
                 ? 0
                 : pdn_error(err, 407, "git names no commit for '%s'", url);
    }

    pdn_str_release(&said);

    return rc;
}


int
pdn_git_fetch(pdn_store_t *s, const char *url, const char *rev, int offline,
              char commit[41], pdn_files_t *files, pdn_error_t *err)
{
    const char *archive[] = { "archive", "--format=tar", NULL, NULL };
    pdn_str_t tar = { 0 };
    char folder[PATH_MAX];
    int rc;

    if (pdn_git_check(url, rev, err) != 0
        || pdn_git_folder(s, url, folder, err) != 0)
    {
        return -1;
    }

    if (pdn_git_is_commit(rev) && pdn_git_has(folder, rev)) {
        memcpy(commit, rev, 41);

    } else if (offline) {
        return pdn_error(err, 404,
                         "'%s' at '%s' is not here, and --offline "
                         "forbids to fetch it",
                         url, rev != NULL ? rev : "HEAD");

    } else if (pdn_git_update(folder, url, rev, commit, err) != 0) {
        return pdn_error_within(err, "cannot fetch '%s'", url);
    }

    archive[2] = commit;
    rc = pdn_git(folder, archive, &tar, err);
    if (rc == 0) {
        rc = pdn_archive_read(tar.data, tar.len, files, err);
    }

    pdn_str_release(&tar);

    return rc;
}
