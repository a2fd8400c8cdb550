/* SPDX-License-Identifier: MIT */
/* The words of Lua data; see pdn_luaword.h. Escapes are those of LuaJIT. */

#include "pdn_luaword.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>


int
pdn_luaword_refuse(pdn_luaword_t *w, uint32_t start, uint32_t end,
                   const char *fmt, ...)
{
    char text[512];
    pdn_span_t span;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    pdn_value_span(w->doc, start, end, &span);

    return pdn_error_at(w->err, &span, 101, "%s", text);
}


static uint32_t
pdn_luaword_at(const pdn_luaword_t *w, const char *p)
{
    return (uint32_t) (p - w->doc->text);
}


/* The level of `[[` or `[==[`, -1 when it is neither. */
static int
pdn_luaword_long(const char *p, const char *last)
{
    const char *q;

    for (q = p + 1; q < last && *q == '='; q++) {
        /* void */
    }

    return q < last && *q == '[' ? (int) (q - p - 1) : -1;
}


/* Where `]==]` of the level begins, NULL when it does not come. */
static const char *
pdn_luaword_long_end(const char *p, const char *last, int level)
{
    int n;

    for (/* void */; (p = memchr(p, ']', (size_t) (last - p))) != NULL; p++) {
        for (n = 0; p + n + 1 < last && p[n + 1] == '=' && n < level; n++) {
            /* void */
        }

        if (n == level && p + n + 1 < last && p[n + 1] == ']') {
            return p;
        }
    }

    return NULL;
}


const char *
pdn_luaword_skip(const char *p, const char *last)
{
    int level;

    for (;;) {
        while (p < last && strchr(" \t\r\n\v\f", *p) != NULL && *p != '\0') {
            p++;
        }

        if (last - p < 2 || p[0] != '-' || p[1] != '-') {
            return p;
        }

        p += 2;
        level = p < last && *p == '[' ? pdn_luaword_long(p, last) : -1;

        if (level >= 0) {
            p = pdn_luaword_long_end(p + level + 2, last, level);
            if (p == NULL) {
                return NULL;
            }
            p += level + 2;

        } else {
            p = memchr(p, '\n', (size_t) (last - p));
            p = p == NULL ? last : p;
        }
    }
}


int
pdn_luaword_follows(const pdn_luaword_t *w, char c)
{
    const char *p;

    p = pdn_luaword_skip(w->p, w->last);

    return p != NULL && p < w->last && *p == c
           && !(c == '=' && p + 1 < w->last && p[1] == '=');
}


static int
pdn_luaword_is_name(unsigned char c, int first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
           || c >= 0x80 || (!first && c >= '0' && c <= '9');
}


static int
pdn_luaword_read_name(pdn_luaword_t *w)
{
    static const struct {
        const char *text;
        int kind;
    } words[] = {
        { "true", PDN_LUAWORD_TRUE },        { "false", PDN_LUAWORD_FALSE },
        { "return", PDN_LUAWORD_RETURN },    { "and", PDN_LUAWORD_KEYWORD },
        { "break", PDN_LUAWORD_KEYWORD },    { "do", PDN_LUAWORD_KEYWORD },
        { "else", PDN_LUAWORD_KEYWORD },     { "elseif", PDN_LUAWORD_KEYWORD },
        { "end", PDN_LUAWORD_KEYWORD },      { "for", PDN_LUAWORD_KEYWORD },
        { "function", PDN_LUAWORD_KEYWORD }, { "if", PDN_LUAWORD_KEYWORD },
        { "in", PDN_LUAWORD_KEYWORD },       { "local", PDN_LUAWORD_KEYWORD },
        { "nil", PDN_LUAWORD_KEYWORD },      { "not", PDN_LUAWORD_KEYWORD },
        { "or", PDN_LUAWORD_KEYWORD },       { "repeat", PDN_LUAWORD_KEYWORD },
        { "then", PDN_LUAWORD_KEYWORD },     { "until", PDN_LUAWORD_KEYWORD },
        { "while", PDN_LUAWORD_KEYWORD },
    };
    size_t i;

    while (w->p < w->last && pdn_luaword_is_name((unsigned char) *w->p, 0)) {
        w->p++;
    }

    w->end = pdn_luaword_at(w, w->p);
    w->len = w->end - w->start;
    w->kind = PDN_LUAWORD_NAME;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i].text) == w->len
            && memcmp(words[i].text, w->doc->text + w->start, w->len) == 0)
        {
            w->kind = words[i].kind;
            return 0;
        }
    }

    w->text = pdn_arena_text(w->arena, w->doc->text + w->start, w->len);

    return w->text != NULL ? 0 : pdn_error_memory(w->err);
}


static int
pdn_luaword_read_number(pdn_luaword_t *w)
{
    char digits[64], *rest;
    size_t n;

    n = 0;

    /* a sign belongs to it behind an exponent only */
    while (w->p < w->last && n < sizeof(digits) - 1
           && (pdn_luaword_is_name((unsigned char) *w->p, 0) || *w->p == '.'
               || ((*w->p == '-' || *w->p == '+') && n > 0
                   && (digits[n - 1] == 'e' || digits[n - 1] == 'E')
                   && digits[1] != 'x' && digits[1] != 'X')))
    {
        digits[n++] = *w->p++;
    }

    digits[n] = '\0';
    w->kind = PDN_LUAWORD_NUMBER;
    w->end = pdn_luaword_at(w, w->p);
    w->number = strtod(digits, &rest);

    if (*rest != '\0' || strpbrk(digits, "nN") != NULL
        || w->number - w->number != 0)
    {
        return pdn_luaword_refuse(w, w->start, w->end, "'%s' is not a number",
                                  digits);
    }

    return 0;
}


/* A code point as UTF-8. */
static size_t
pdn_luaword_utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char) c;
        return 1;
    }

    if (c < 0x800) {
        out[0] = (char) (0xc0 | c >> 6);
        out[1] = (char) (0x80 | (c & 0x3f));
        return 2;
    }

    if (c < 0x10000) {
        out[0] = (char) (0xe0 | c >> 12);
        out[1] = (char) (0x80 | (c >> 6 & 0x3f));
        out[2] = (char) (0x80 | (c & 0x3f));
        return 3;
    }

    out[0] = (char) (0xf0 | c >> 18);
    out[1] = (char) (0x80 | (c >> 12 & 0x3f));
    out[2] = (char) (0x80 | (c >> 6 & 0x3f));
    out[3] = (char) (0x80 | (c & 0x3f));

    return 4;
}


static int
pdn_luaword_hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}


/* `\u{1F600}`, at the brace; 0 bytes when it is none. */
static size_t
pdn_luaword_unicode(pdn_luaword_t *w, char *out)
{
    uint32_t c;
    int digits;

    c = 0;
    digits = 0;

    if (w->p >= w->last || *w->p != '{') {
        return 0;
    }

    for (w->p++; w->p < w->last && pdn_luaword_hex(*w->p) >= 0; w->p++) {
        c = c * 16 + (uint32_t) pdn_luaword_hex(*w->p);
        digits++;
        if (c > 0x10ffff) {
            return 0;
        }
    }

    if (digits == 0 || w->p >= w->last || *w->p != '}'
        || (c >= 0xd800 && c < 0xe000))
    {
        return 0;
    }

    w->p++;

    return pdn_luaword_utf8(c, out);
}


/* Behind a backslash; gives the bytes written, 0 or more, -1 when unknown. */
static int
pdn_luaword_escape(pdn_luaword_t *w, char *out)
{
    static const char names[] = "abfnrtv\\\"'\n", bytes[] = "\a\b\f\n\r\t\v"
                                                            "\\\"'\n";
    const char *found;
    int i, n;

    if (w->p >= w->last) {
        return -1;
    }

    found = *w->p != '\0' ? strchr(names, *w->p) : NULL;
    if (found != NULL) {
        w->p++;
        out[0] = bytes[found - names];
        return 1;
    }

    if (*w->p == 'z') {
        for (w->p++; w->p < w->last && *w->p != '\0'
                     && strchr(" \t\r\n\v\f", *w->p) != NULL;
             w->p++)
        {
            /* void */
        }
        return 0;
    }

    if (*w->p == 'x') {
        if (w->last - w->p < 3 || pdn_luaword_hex(w->p[1]) < 0
            || pdn_luaword_hex(w->p[2]) < 0)
        {
            return -1;
        }
        out[0] = (char) (pdn_luaword_hex(w->p[1]) * 16
                         + pdn_luaword_hex(w->p[2]));
        w->p += 3;
        return 1;
    }

    if (*w->p == 'u') {
        w->p++;
        n = (int) pdn_luaword_unicode(w, out);
        return n == 0 ? -1 : n;
    }

    n = 0;

    for (i = 0; i < 3 && w->p < w->last && *w->p >= '0' && *w->p <= '9'; i++) {
        n = n * 10 + *w->p++ - '0';
    }

    out[0] = (char) n;

    return i == 0 || n > 255 ? -1 : 1;
}


static int
pdn_luaword_read_string(pdn_luaword_t *w)
{
    const char *end, *escape;
    char quote, *text;
    size_t n;
    int add;

    quote = *w->p++;

    /* an escape never makes more bytes than it is written with; \z may lead
     * over line ends */
    for (end = w->p; end < w->last && *end != quote; end++) {
        end += *end == '\\' && end + 1 < w->last;
    }

    text = pdn_arena_alloc(w->arena, (size_t) (end - w->p) + 1);
    if (text == NULL) {
        return pdn_error_memory(w->err);
    }

    n = 0;

    while (w->p < w->last && *w->p != quote && *w->p != '\n') {
        if (*w->p != '\\') {
            text[n++] = *w->p++;
            continue;
        }

        escape = w->p++;
        add = pdn_luaword_escape(w, text + n);

        if (add < 0) {
            return pdn_luaword_refuse(
                w, pdn_luaword_at(w, escape), pdn_luaword_at(w, escape) + 2,
                "this escape in a string is not understood");
        }

        n += (size_t) add;
    }

    if (w->p >= w->last || *w->p != quote) {
        return pdn_luaword_refuse(w, w->start, w->start + 1,
                                  "this string does not end on its line");
    }

    w->p++;
    w->kind = PDN_LUAWORD_STRING;
    w->text = text;
    w->len = n;
    w->end = pdn_luaword_at(w, w->p);

    return 0;
}


static int
pdn_luaword_read_long(pdn_luaword_t *w, int level)
{
    const char *text, *end;
    char *out;
    size_t i, n;

    text = w->p + level + 2;
    end = pdn_luaword_long_end(text, w->last, level);

    if (end == NULL) {
        return pdn_luaword_refuse(w, w->start, w->start + (uint32_t) level + 2,
                                  "this long string does not end");
    }

    /* the first line break is not part of it; all become \n */
    if (text < end && (*text == '\r' || *text == '\n')) {
        text += end - text > 1 && text[0] != text[1]
                        && (text[1] == '\r' || text[1] == '\n')
                    ? 2
                    : 1;
    }

    out = pdn_arena_alloc(w->arena, (size_t) (end - text) + 1);
    if (out == NULL) {
        return pdn_error_memory(w->err);
    }

    for (i = 0, n = 0; text + i < end; i++) {
        if (text[i] == '\r') {
            i += text + i + 1 < end && text[i + 1] == '\n';
            out[n++] = '\n';
        } else {
            out[n++] = text[i];
        }
    }

    w->p = end + level + 2;
    w->kind = PDN_LUAWORD_STRING;
    w->text = out;
    w->len = n;
    w->end = pdn_luaword_at(w, w->p);

    return 0;
}


int
pdn_luaword_next(pdn_luaword_t *w)
{
    const char *p;
    int level;

    p = pdn_luaword_skip(w->p, w->last);
    if (p == NULL) {
        return pdn_luaword_refuse(w, pdn_luaword_at(w, w->p), 0,
                                  "a comment below does not end");
    }

    w->p = p;
    w->start = pdn_luaword_at(w, p);
    w->end = w->start + 1;

    if (p >= w->last) {
        w->kind = PDN_LUAWORD_END;
        w->end = w->start;
        return 0;
    }

    if (pdn_luaword_is_name((unsigned char) *p, 1)) {
        return pdn_luaword_read_name(w);
    }

    if ((*p >= '0' && *p <= '9')
        || (*p == '.' && p + 1 < w->last && p[1] >= '0' && p[1] <= '9'))
    {
        return pdn_luaword_read_number(w);
    }

    if (*p == '"' || *p == '\'') {
        return pdn_luaword_read_string(w);
    }

    level = *p == '[' ? pdn_luaword_long(p, w->last) : -1;
    if (level >= 0) {
        return pdn_luaword_read_long(w, level);
    }

    w->kind = (unsigned char) *p;
    w->p++;

    return 0;
}


int
pdn_luaword_start(pdn_luaword_t *w, pdn_arena_t *a, const pdn_document_t *doc,
                  pdn_error_t *err)
{
    const char *end;

    memset(w, 0, sizeof(*w));
    w->arena = a;
    w->doc = doc;
    w->err = err;
    w->p = doc->text;
    w->last = doc->text + doc->len;

    if (doc->len >= UINT32_MAX) {
        return pdn_error(err, 101, "'%s' is too big", doc->file);
    }

    if (doc->len >= 3 && memcmp(w->p, "\xef\xbb\xbf", 3) == 0) {
        w->p += 3;
    }

    if (w->p < w->last && *w->p == '#') {
        end = memchr(w->p, '\n', (size_t) (w->last - w->p));
        w->p = end != NULL ? end : w->last;
    }

    return pdn_luaword_next(w);
}


const char *
pdn_luaword_name(pdn_luaword_t *w)
{
    size_t n;

    if (w->kind == PDN_LUAWORD_END) {
        return "the end of the file";
    }

    if (w->kind == PDN_LUAWORD_STRING) {
        return "a string";
    }

    n = w->end - w->start;
    n = n > sizeof(w->name) - 3 ? sizeof(w->name) - 3 : n;
    snprintf(w->name, sizeof(w->name), "'%.*s'", (int) n,
             w->doc->text + w->start);

    return w->name;
}
