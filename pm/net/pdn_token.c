/* SPDX-License-Identifier: MIT */
/* Tokens for servers; see pdn_token.h. */

#include "pdn_token.h"
#include "pdn_fs.h"
#include "pdn_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>


int
pdn_token_path(char out[PATH_MAX], const char *name, pdn_error_t *err)
{
    const char *base, *below;

    base = getenv("XDG_CONFIG_HOME");
    below = "";

    if (base == NULL || base[0] != '/') {
        base = getenv("HOME");
        below = "/.config";
    }

    return base != NULL && base[0] == '/'
                   && snprintf(out, PATH_MAX, "%s%s/pandan/%s", base, below,
                               name)
                          < PATH_MAX
               ? 0
               : pdn_error(err, 620, "neither HOME nor XDG_CONFIG_HOME is set");
}


/* The file's text once; a file that others may read is not used. */
static const pdn_str_t *
pdn_token_text(void)
{
    static pdn_str_t text;
    static int loaded;
    pdn_error_t ignored = { 0 };
    pdn_problem_t problem;
    char path[PATH_MAX];
    struct stat st;

    if (!loaded) {
        loaded = 1;

        if (pdn_token_path(path, "tokens", &ignored) != 0
            || stat(path, &st) != 0) {
            pdn_error_release(&ignored);
            return &text;
        }

        if ((st.st_mode & 077) != 0) {
            fprintf(stderr,
                    "pandan: '%s' can be read by others and is not "
                    "used: chmod 600\n",
                    path);
            return &text;
        }

        if (pdn_fs_read(path, &text, &problem) != 0) {
            text.len = 0;
        }
    }

    return &text;
}


/* One line: address and token; 0 when it is none. */
static int
pdn_token_line(const char *line, size_t len, char url[PDN_URL_MAX],
               char token[PDN_TOKEN_MAX])
{
    const char *blank;
    size_t n, m;

    blank = memchr(line, ' ', len);
    if (blank == NULL) {
        return 0;
    }

    n = blank - line;
    m = len - n - 1;
    if (n >= PDN_URL_MAX || m == 0 || m >= PDN_TOKEN_MAX) {
        return 0;
    }

    memcpy(url, line, n);
    url[n] = '\0';
    memcpy(token, blank + 1, m);
    token[m] = '\0';

    return 1;
}


const char *
pdn_token_find(void *ctx, const char *url)
{
    static char token[PDN_TOKEN_MAX], best[PDN_TOKEN_MAX];
    pdn_error_t ignored = { 0 };
    const pdn_str_t *text;
    const char *line, *end;
    char known[PDN_URL_MAX];
    pdn_url_t mine, asked;
    size_t longest;

    (void) ctx;

    text = pdn_token_text();
    longest = 0;

    if (text->len == 0 || pdn_url_read(url, &asked, &ignored) != 0) {
        pdn_error_release(&ignored);
        return NULL;
    }

    for (line = text->data; *line != '\0'; line = *end ? end + 1 : end) {
        end = line + strcspn(line, "\n");

        if (pdn_token_line(line, end - line, known, token)
            && pdn_url_read(known, &mine, &ignored) == 0
            && pdn_url_same_origin(&mine, &asked)
            && pdn_url_below(mine.path, asked.path) && strlen(known) > longest)
        {
            longest = strlen(known);
            memcpy(best, token, sizeof(best));
        }
    }

    pdn_error_release(&ignored);

    return longest != 0 ? best : NULL;
}


static int
pdn_token_is_plain(const char *token)
{
    const unsigned char *p;

    for (p = (const unsigned char *) token; *p > ' ' && *p < 0x7f; p++) {
        /* void */
    }

    return *p == '\0' && p != (const unsigned char *) token
           && strlen(token) < PDN_TOKEN_MAX;
}


int
pdn_token_keep(const char *url, const char *token, pdn_error_t *err)
{
    pdn_str_t out = { 0 };
    pdn_problem_t problem;
    const pdn_str_t *text;
    const char *line, *end;
    char path[PATH_MAX], known[PDN_URL_MAX], old[PDN_TOKEN_MAX];
    pdn_url_t parts;
    int rc;

    if (pdn_url_read(url, &parts, err) != 0) {
        return -1;
    }

    if (token != NULL && !pdn_token_is_plain(token)) {
        return pdn_error(err, 403,
                         "that is no token: printable letters "
                         "without blanks, up to %d",
                         PDN_TOKEN_MAX - 1);
    }

    if (pdn_token_path(path, "tokens", err) != 0) {
        return -1;
    }

    text = pdn_token_text();

    for (line = pdn_str_z(text); *line != '\0'; line = *end ? end + 1 : end) {
        end = line + strcspn(line, "\n");
        if (pdn_token_line(line, end - line, known, old)
            && strcmp(known, url) != 0) {
            pdn_str_printf(&out, "%s %s\n", known, old);
        }
    }

    if (token != NULL) {
        pdn_str_printf(&out, "%s %s\n", url, token);
    }

    rc = out.failed
             ? pdn_error_memory(err)
             : pdn_fs_write(path, pdn_str_z(&out), out.len, 0600, &problem);
    if (rc != 0 && !out.failed) {
        pdn_error(err, 620, "%s", problem.text);
    }

    pdn_str_release(&out);

    return rc;
}
