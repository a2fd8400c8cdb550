/* SPDX-License-Identifier: MIT */
/* Any bytes as a form: pairs, their decoding, and names taken apart. */

#include <stdlib.h>

#include "../../framework/native/pdn_buf.c"
#include "../../framework/native/pdn_escape.c"
#include "../../framework/native/pdn_form.c"


static void
fuzz_path(pdn_slice_t name)
{
    size_t keys;
    pdn_slice_t key;
    pdn_form_path_t path;

    keys = pdn_form_path_init(&path, name);

    while (pdn_form_path_next(&path, &key) == PDN_OK) {
        keys--;
    }

    if (keys != 0) {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char *copy;
    pdn_buf_t b;
    pdn_form_t form;
    pdn_slice_t name, value;

    copy = malloc(size + (size == 0));
    memcpy(copy, data, size);

    pdn_form_init(&form, pdn_slice(copy, size), 100, 200);

    while (pdn_form_next(&form, &name, &value) == PDN_OK) {
        pdn_buf_init(&b, NULL, 0, size * 6 + 64, pdn_buf_heap, NULL);

        pdn_unescape_url(&b, value, 1);
        b.len = 0;
        pdn_escape_html(&b, value);
        b.len = 0;
        pdn_unescape_url(&b, name, 1);
        fuzz_path(pdn_slice(b.data, b.len));

        if (b.failed) {
            abort();
        }

        pdn_buf_free_heap(&b);
    }

    free(copy);

    return 0;
}
