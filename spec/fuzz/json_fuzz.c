/* SPDX-License-Identifier: MIT */
/*
 * Reads any bytes as JSON; every string that is read is written and read
 * again, and must come out the same. The input is a copy of just its size, so
 * that the sanitizer sees a byte read too many.
 */

#include <stdlib.h>

#include "../../framework/native/pdn_buf.c"
#include "../../framework/native/pdn_json_read.c"
#include "../../framework/native/pdn_json_write.c"
#include "../../framework/native/pdn_number.c"


static void
fuzz_again(pdn_slice_t text)
{
    pdn_buf_t b, scratch;
    pdn_json_reader_t r;

    pdn_buf_init(&b, NULL, 0, text.len * 6 + 64, pdn_buf_heap, NULL);

    if (pdn_json_write_string(&b, text, PDN_JSON_HTML) != PDN_OK) {
        abort();
    }

    pdn_buf_init(&scratch, NULL, 0, b.len + 8, pdn_buf_heap, NULL);
    pdn_json_reader_init(&r, pdn_slice(b.data, b.len), 1, &scratch);

    if (pdn_json_reader_next(&r) != PDN_JSON_STRING || r.text.len != text.len
        || (text.len != 0 && memcmp(r.text.data, text.data, text.len) != 0)
        || pdn_json_reader_next(&r) != PDN_JSON_END)
    {
        abort();
    }

    pdn_buf_free_heap(&scratch);
    pdn_buf_free_heap(&b);
}


static void
fuzz_number(double d)
{
    size_t n;
    u_char out[PDN_NUMBER_SIZE];
    pdn_err_t err;
    pdn_number_t again;

    n = pdn_number_write(out, d);

    if (pdn_number_read(pdn_slice(out, n), &again, &err) != n || again.d != d) {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char *copy;
    pdn_buf_t scratch;
    pdn_json_token_t token;
    pdn_json_reader_t r;

    copy = malloc(size + (size == 0));
    memcpy(copy, data, size);

    pdn_buf_init(&scratch, NULL, 0, size + 8, pdn_buf_heap, NULL);
    pdn_json_reader_init(&r, pdn_slice(copy, size), 32, &scratch);

    do {
        token = pdn_json_reader_next(&r);

        if (token == PDN_JSON_STRING || token == PDN_JSON_KEY) {
            fuzz_again(r.text);
        }

        if (token == PDN_JSON_NUMBER) {
            fuzz_number(r.number.d);
        }
    } while (token != PDN_JSON_END && token != PDN_JSON_ERROR);

    if (token == PDN_JSON_ERROR && (r.err.msg == NULL || r.err.pos > size)) {
        abort();
    }

    pdn_buf_free_heap(&scratch);
    free(copy);

    return 0;
}
