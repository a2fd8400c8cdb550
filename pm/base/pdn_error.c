/* SPDX-License-Identifier: MIT */
/* Failures noted and printed; see pdn_error.h. */

#include "pdn_error.h"
#include "pdn_jsonl.h"

#include <stdarg.h>
#include <string.h>

#define PDN_ERROR_LINE 200 /* bytes of a quoted line that are shown */

#define PDN_RED   "\033[1;31m"
#define PDN_BLUE  "\033[1;34m"
#define PDN_GREEN "\033[1;32m"
#define PDN_PLAIN "\033[0m"


const pdn_error_code_t *
pdn_error_code(int number)
{
    const pdn_error_code_t *code;

    for (code = pdn_error_codes; code->number != 0; code++) {
        if (code->number == number) {
            return code;
        }
    }

    return NULL;
}


/* Files and servers have their say in messages: never to the terminal. */
static void
pdn_error_clean(pdn_str_t *s)
{
    unsigned char *p;
    size_t i;

    p = (unsigned char *) s->data;

    for (i = 0; i < s->len; i++) {
        if ((p[i] < 0x20 && p[i] != '\n' && p[i] != '\t') || p[i] == 0x7f
            || (p[i] == 0xc2 && i + 1 < s->len && p[i + 1] < 0xa0))
        {
            p[i] = '?';
        }
    }
}


static void
pdn_error_format(pdn_str_t *s, const char *fmt, va_list args)
{
    char text[4096];
    int n;

    n = vsnprintf(text, sizeof(text), fmt, args);
    if (n > 0) {
        pdn_str_add(s, text,
                    (size_t) n < sizeof(text) ? (size_t) n : sizeof(text) - 1);
        pdn_error_clean(s);
    }
}


static void
pdn_error_quote(pdn_error_t *e, const pdn_span_t *span)
{
    const char *line, *end, *p;
    size_t n, i, len;

    line = span->source;
    end = span->source + span->source_len;

    for (n = 1; n < span->line; n++) {
        p = memchr(line, '\n', (size_t) (end - line));
        if (p == NULL) {
            return;
        }
        line = p + 1;
    }

    p = memchr(line, '\n', (size_t) (end - line));
    len = (size_t) ((p != NULL ? p : end) - line);

    if (span->column == 0 || len > PDN_ERROR_LINE || span->column > len + 1) {
        return;
    }

    pdn_str_printf(&e->quote, "%5u | ", span->line);
    pdn_str_add(&e->quote, line, len);
    pdn_str_puts(&e->quote, "\n      | ");

    /* a tab stays one, so that the caret stands below its place */
    for (i = 0; i + 1 < span->column; i++) {
        pdn_str_add(&e->quote, line[i] == '\t' ? "\t" : " ",
                    ((unsigned char) line[i] & 0xc0) != 0x80);
    }

    n = span->length == 0 ? 1 : span->length;
    for (i = 0; i < n && (i == 0 || span->column + i <= len); i++) {
        pdn_str_add(&e->quote, "^", 1);
    }

    pdn_error_clean(&e->quote);
}


static void
pdn_error_start(pdn_error_t *e, int number, const pdn_span_t *span)
{
    pdn_error_release(e);
    e->number = number;

    if (span != NULL && span->file != NULL) {
        pdn_str_printf(&e->where, span->line != 0 ? "%s:%u:%u" : "%s",
                       span->file, span->line, span->column);
        pdn_error_clean(&e->where);

        if (span->source != NULL && span->line != 0) {
            pdn_error_quote(e, span);
        }
    }
}


int
pdn_error(pdn_error_t *e, int number, const char *fmt, ...)
{
    va_list args;

    pdn_error_start(e, number, NULL);
    va_start(args, fmt);
    pdn_error_format(&e->text, fmt, args);
    va_end(args);

    return -1;
}


int
pdn_error_at(pdn_error_t *e, const pdn_span_t *span, int number,
             const char *fmt, ...)
{
    va_list args;

    pdn_error_start(e, number, span);
    va_start(args, fmt);
    pdn_error_format(&e->text, fmt, args);
    va_end(args);

    return -1;
}


int
pdn_error_memory(pdn_error_t *e)
{
    return pdn_error(e, 199, "memory ran out");
}


int
pdn_error_help(pdn_error_t *e, const char *fmt, ...)
{
    va_list args;

    pdn_str_release(&e->help);
    memset(&e->help, 0, sizeof(e->help));
    va_start(args, fmt);
    pdn_error_format(&e->help, fmt, args);
    va_end(args);

    return -1;
}


int
pdn_error_within(pdn_error_t *e, const char *fmt, ...)
{
    pdn_str_t text = { 0 };
    va_list args;

    va_start(args, fmt);
    pdn_error_format(&text, fmt, args);
    va_end(args);

    pdn_str_printf(&text, ": %s", pdn_str_z(&e->text));
    pdn_str_release(&e->text);
    e->text = text;

    return -1;
}


pdn_pm_exit_t
pdn_error_exit(const pdn_error_t *e)
{
    const pdn_error_code_t *code;

    if (e->number == 0) {
        return PDN_PM_OK;
    }

    code = pdn_error_code(e->number);

    return code != NULL ? code->exit : PDN_PM_FAILED;
}


/* The lines of a text, all but the first behind a margin. */
static void
pdn_error_lines(const pdn_str_t *s, const char *margin, FILE *out)
{
    const char *p, *next;

    for (p = pdn_str_z(s); (next = strchr(p, '\n')) != NULL; p = next + 1) {
        fprintf(out, "%.*s\n%s", (int) (next - p), p, margin);
    }

    fprintf(out, "%s\n", p);
}


void
pdn_error_print(const pdn_error_t *e, FILE *out, int colour)
{
    fprintf(out, "%serror[P%04d]%s: ", colour ? PDN_RED : "", e->number,
            colour ? PDN_PLAIN : "");
    pdn_error_lines(&e->text, "  ", out);

    if (e->where.len != 0) {
        fprintf(out, "%s  --> %s%s\n", colour ? PDN_BLUE : "",
                colour ? PDN_PLAIN : "", e->where.data);
    }

    if (e->quote.len != 0) {
        fprintf(out, "%s\n", e->quote.data);
    }

    if (e->help.len != 0) {
        fprintf(out, "%s  help: %s", colour ? PDN_GREEN : "",
                colour ? PDN_PLAIN : "");
        pdn_error_lines(&e->help, "        ", out);
    }
}


void
pdn_error_print_json(const pdn_error_t *e, FILE *out)
{
    pdn_str_t line = { 0 };
    char code[16];

    snprintf(code, sizeof(code), "P%04d", e->number);

    pdn_jsonl_open(&line, '{');
    pdn_jsonl_field(&line, "type", "error");
    pdn_jsonl_field(&line, "code", code);
    pdn_jsonl_field(&line, "text", pdn_str_z(&e->text));
    pdn_jsonl_field(&line, "where", e->where.data);
    pdn_jsonl_field(&line, "help", e->help.data);
    pdn_jsonl_key(&line, "exit");
    pdn_jsonl_uint(&line, pdn_error_exit(e));
    pdn_jsonl_close(&line, '}');

    fprintf(out, "%s\n", pdn_str_z(&line));
    pdn_str_release(&line);
}


void
pdn_error_release(pdn_error_t *e)
{
    pdn_str_release(&e->text);
    pdn_str_release(&e->help);
    pdn_str_release(&e->where);
    pdn_str_release(&e->quote);
    memset(e, 0, sizeof(*e));
}
