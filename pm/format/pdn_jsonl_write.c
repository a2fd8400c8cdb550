/* SPDX-License-Identifier: MIT */
/* JSON lines written; see pdn_jsonl.h. */

#include "pdn_jsonl.h"
#include "pdn_json_write.h"

#include <stdlib.h>
#include <string.h>


/* A comma unless something opened or a key was written just now. */
static void
pdn_jsonl_comma(pdn_str_t *out)
{
    char last;

    last = out->len != 0 ? out->data[out->len - 1] : '\n';

    if (strchr("{[:\n", last) == NULL) {
        pdn_str_add(out, ",", 1);
    }
}


void
pdn_jsonl_open(pdn_str_t *out, char bracket)
{
    pdn_jsonl_comma(out);
    pdn_str_add(out, &bracket, 1);
}


void
pdn_jsonl_close(pdn_str_t *out, char bracket)
{
    pdn_str_add(out, &bracket, 1);
}


void
pdn_jsonl_bytes(pdn_str_t *out, const char *text, size_t len)
{
    u_char lent[512];
    pdn_buf_t b;

    pdn_jsonl_comma(out);

    pdn_buf_init(&b, lent, sizeof(lent), len * 6 + 64, pdn_buf_heap, NULL);
    pdn_json_write_string(&b, pdn_slice(text, len), PDN_JSON_REPLACE);

    if (b.failed) {
        out->failed = 1;
    } else {
        pdn_str_add(out, (const char *) b.data, b.len);
    }

    pdn_buf_free_heap(&b);
}


void
pdn_jsonl_string(pdn_str_t *out, const char *text)
{
    pdn_jsonl_bytes(out, text, strlen(text));
}


void
pdn_jsonl_key(pdn_str_t *out, const char *key)
{
    pdn_jsonl_string(out, key);
    pdn_str_add(out, ":", 1);
}


void
pdn_jsonl_uint(pdn_str_t *out, uint64_t n)
{
    pdn_jsonl_comma(out);
    pdn_str_printf(out, "%llu", (unsigned long long) n);
}


void
pdn_jsonl_boolean(pdn_str_t *out, int yes)
{
    pdn_jsonl_comma(out);
    pdn_str_puts(out, yes ? "true" : "false");
}


void
pdn_jsonl_null(pdn_str_t *out)
{
    pdn_jsonl_comma(out);
    pdn_str_puts(out, "null");
}


void
pdn_jsonl_field(pdn_str_t *out, const char *key, const char *text)
{
    if (text != NULL) {
        pdn_jsonl_key(out, key);
        pdn_jsonl_string(out, text);
    }
}
