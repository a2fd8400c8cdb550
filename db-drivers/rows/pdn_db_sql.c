/*
 * SPDX-License-Identifier: MIT
 *
 * Looks at the text of a statement, as far as the drivers must: which
 * placeholders it has, and whether it starts like a query.  It is no parser:
 * it only knows what may hide a `$1`.
 */

#include <string.h>
#include <strings.h>

#include "pdn_db_sql.h"


#define PDN_SQL_MAX_NUMBER 1000000


static int pdn_sql_starts(const char *sql, size_t len, pdn_db_dialect_e dialect,
                          const char **words);
static unsigned pdn_sql_next(pdn_sql_t *s, const char **at);
static int pdn_sql_skip_string(pdn_sql_t *s);
static int pdn_sql_has_backslashes(const pdn_sql_t *s, char quote);
static int pdn_sql_word(char c);
static int pdn_sql_skip_comment(pdn_sql_t *s);
static void pdn_sql_skip_quoted(pdn_sql_t *s, char quote, int backslash);
static unsigned pdn_sql_dollar(pdn_sql_t *s);
static void pdn_sql_skip_dollar_quoted(pdn_sql_t *s);


unsigned
pdn_db_placeholders(const char *sql, size_t len, pdn_db_dialect_e dialect)
{
    unsigned n, max;
    const char *at;
    pdn_sql_t s = { sql, sql + len, dialect, ' ', 0 };

    /* most statements without parameters end here */
    if (memchr(sql, '$', len) == NULL) {
        return 0;
    }

    max = 0;

    while ((n = pdn_sql_next(&s, &at)) != 0) {
        max = n > max ? n : max;
    }

    return max;
}


unsigned
pdn_db_question_marks(const char *sql, size_t len, char *out, size_t *out_len,
                      unsigned *order)
{
    size_t part;
    unsigned n, count;
    const char *at, *from;
    char *p = out;
    pdn_sql_t s = { sql, sql + len, PDN_DB_MYSQL, ' ', 0 };

    count = 0;
    from = sql;

    while ((n = pdn_sql_next(&s, &at)) != 0) {
        part = at - from;
        memcpy(p, from, part);
        p += part;
        *p++ = '?';
        order[count++] = n;
        from = s.p;
    }

    part = s.end - from;
    memcpy(p, from, part);
    *out_len = p + part - out;

    return count;
}


int
pdn_db_looks_readonly(const char *sql, size_t len)
{
    static const char *words[] = { "select",  "with",   "values",
                                   "explain", "pragma", NULL };

    return pdn_sql_starts(sql, len, PDN_DB_SQLITE, words);
}


int
pdn_db_looks_selecting(const char *sql, size_t len)
{
    static const char *words[] = { "select", "with", "values", NULL };

    return pdn_sql_starts(sql, len, PDN_DB_SQLITE, words);
}


int
pdn_db_looks_changing(const char *sql, size_t len)
{
    static const char *words[] = { "insert", "update", "delete", "replace",
                                   NULL };

    return pdn_sql_starts(sql, len, PDN_DB_MYSQL, words);
}


size_t
pdn_sql_next_word(pdn_sql_t *s, const char **word, int *starts)
{
    char c;

    while (s->p < s->end) {
        c = *s->p;

        if (pdn_sql_word(c) && c != '$') {
            for (*word = s->p; s->p < s->end && pdn_sql_word(*s->p); s->p++) {
                s->before = *s->p;
            }

            *starts = !s->within;
            s->within = 1;
            return s->p - *word;
        }

        if (pdn_sql_skip_comment(s)) {
            continue;
        }

        if (pdn_sql_skip_string(s)) {
            continue;
        }

        if (c == '$') {
            (void) pdn_sql_dollar(s);
            s->before = '$';
            continue;
        }

        if (c == ';') {
            s->within = 0;
        }

        s->before = c;
        s->p++;
    }

    return 0;
}


/* Whether the first word is one of those. */
static int
pdn_sql_starts(const char *sql, size_t len, pdn_db_dialect_e dialect,
               const char **words)
{
    size_t n;
    pdn_sql_t s = { sql, sql + len, dialect, ' ', 0 };

    for (;;) {
        while (s.p < s.end && strchr(" \t\r\n;(", *s.p) != NULL) {
            s.p++;
        }

        if (s.p == s.end || !pdn_sql_skip_comment(&s)) {
            break;
        }
    }

    for (n = 0; s.p + n < s.end && pdn_sql_word(s.p[n]); n++) {
        /* void */
    }

    for (; *words; words++) {
        if (n == strlen(*words) && strncasecmp(s.p, *words, n) == 0) {
            return 1;
        }
    }

    return 0;
}


/* The number of the next placeholder, which starts `at`; 0 for no more. */
static unsigned
pdn_sql_next(pdn_sql_t *s, const char **at)
{
    char c;
    unsigned n;

    while (s->p < s->end) {
        c = *s->p;

        if (pdn_sql_skip_comment(s)) {
            s->before = ' ';
            continue;
        }

        if (pdn_sql_skip_string(s)) {
            continue;
        }

        if (c == '$' && !pdn_sql_word(s->before)) {
            *at = s->p;
            n = pdn_sql_dollar(s);
            s->before = '$';

            if (n != 0) {
                return n;
            }

            continue;
        }

        s->before = c;
        s->p++;
    }

    return 0;
}


/* A string or a quoted name. */
static int
pdn_sql_skip_string(pdn_sql_t *s)
{
    char c = *s->p;

    if (c == '\'' || c == '"' || c == '`') {
        pdn_sql_skip_quoted(s, c, pdn_sql_has_backslashes(s, c));
        s->before = c;
        return 1;
    }

    if (c == '[' && s->dialect == PDN_DB_SQLITE) {
        pdn_sql_skip_quoted(s, ']', 0);
        s->before = ']';
        return 1;
    }

    return 0;
}


/* Strings of MySQL, but not its names; E'' of PostgreSQL. */
static int
pdn_sql_has_backslashes(const pdn_sql_t *s, char quote)
{
    if (s->dialect == PDN_DB_MYSQL) {
        return quote != '`';
    }

    return s->dialect == PDN_DB_POSTGRES && quote == '\''
           && (s->before == 'e' || s->before == 'E');
}


static int
pdn_sql_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c == '$'
           || (unsigned char) c >= 0x80;
}


/*
 * Comments of PostgreSQL nest, others do not; MySQL has `#` too, and its `--`
 * needs a blank: 5--1 is 6 there.
 */
static int
pdn_sql_skip_comment(pdn_sql_t *s)
{
    int depth, line;
    const char *p = s->p;

    line = s->dialect == PDN_DB_MYSQL && p[0] == '#';

    if (!line && s->end - p < 2) {
        return 0;
    }

    if (!line && p[0] == '-' && p[1] == '-') {
        line = s->dialect != PDN_DB_MYSQL || s->end - p == 2
               || (unsigned char) p[2] <= ' ';
    }

    if (line) {
        p = memchr(p, '\n', s->end - p);
        s->p = p ? p + 1 : s->end;
        return 1;
    }

    if (p[0] != '/' || p[1] != '*') {
        return 0;
    }

    depth = 1;

    for (p += 2; p + 1 < s->end; p++) {
        if (p[0] == '*' && p[1] == '/') {
            p++;
            if (--depth == 0) {
                s->p = p + 1;
                return 1;
            }

        } else if (s->dialect == PDN_DB_POSTGRES && p[0] == '/' && p[1] == '*')
        {
            p++;
            depth++;
        }
    }

    s->p = s->end;

    return 1;
}


/* A doubled quote is two strings in a row for us, which is the same. */
static void
pdn_sql_skip_quoted(pdn_sql_t *s, char quote, int backslash)
{
    for (s->p++; s->p < s->end; s->p++) {
        if (*s->p == '\\' && backslash) {
            s->p++;
            continue;
        }

        if (*s->p == quote) {
            s->p++;
            return;
        }
    }

    s->p = s->end;
}


static unsigned
pdn_sql_dollar(pdn_sql_t *s)
{
    unsigned n;
    const char *p;

    n = 0;

    for (p = s->p + 1; p < s->end && *p >= '0' && *p <= '9'; p++) {
        if (n < PDN_SQL_MAX_NUMBER) {
            n = n * 10 + (*p - '0');
        }
    }

    if (p > s->p + 1) {
        s->p = p;
        return n;
    }

    if (s->dialect == PDN_DB_POSTGRES) {
        pdn_sql_skip_dollar_quoted(s);

    } else {
        s->p++;
    }

    return 0;
}


/* $tag$ ... $tag$ */
static void
pdn_sql_skip_dollar_quoted(pdn_sql_t *s)
{
    size_t n;
    const char *p, *tag;

    tag = s->p;

    for (p = tag + 1; p < s->end && *p != '$' && pdn_sql_word(*p); p++) {
        /* void */
    }

    if (p == s->end || *p != '$') {
        s->p++;
        return;
    }

    n = p + 1 - tag;

    for (p++; p < s->end; p++) {
        p = memchr(p, '$', s->end - p);

        if (p == NULL) {
            break;
        }

        if ((size_t) (s->end - p) >= n && memcmp(p, tag, n) == 0) {
            s->p = p + n;
            return;
        }
    }

    s->p = s->end;
}
