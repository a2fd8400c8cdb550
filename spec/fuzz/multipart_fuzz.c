/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a multipart body. The first one says in which pieces the rest
 * is fed; whole and in pieces the parts must come out the same.
 */

#include <stdlib.h>

#include "../../framework/native/pdn_multipart.c"
#include "../../framework/native/pdn_multipart_header.c"

typedef struct {
    uint64_t hash;
    unsigned open : 1;
} fuzz_seen_t;


static void
fuzz_hash(fuzz_seen_t *seen, pdn_slice_t s)
{
    size_t i;

    for (i = 0; i < s.len; i++) {
        seen->hash = (seen->hash ^ s.data[i]) * 1099511628211ULL;
    }
}


static const char *
fuzz_part(void *ctx, const pdn_multipart_part_t *part)
{
    fuzz_seen_t *seen;

    seen = ctx;

    if (seen->open) {
        abort();
    }

    seen->open = 1;
    fuzz_hash(seen, part->name);
    fuzz_hash(seen, part->filename);
    fuzz_hash(seen, part->type);

    return NULL;
}


static const char *
fuzz_data(void *ctx, pdn_slice_t data)
{
    fuzz_seen_t *seen;

    seen = ctx;

    if (!seen->open) {
        abort();
    }

    fuzz_hash(seen, data);

    return NULL;
}


static const char *
fuzz_end(void *ctx)
{
    fuzz_seen_t *seen;

    seen = ctx;
    seen->open = 0;
    fuzz_hash(seen, pdn_text("end"));

    return NULL;
}


static const pdn_multipart_sink_t fuzz_sink = {
    fuzz_part,
    fuzz_data,
    fuzz_end,
};


static pdn_rc_t
fuzz_feed(fuzz_seen_t *seen, const uint8_t *data, size_t size, size_t step)
{
    size_t i, n;
    u_char *copy;
    static pdn_multipart_t m;

    seen->hash = 14695981039346656037ULL;
    seen->open = 0;

    pdn_multipart_init(&m, pdn_text("b"), 10, &fuzz_sink, seen);

    for (i = 0; i < size; i += n) {
        n = size - i < step ? size - i : step;

        copy = malloc(n);
        memcpy(copy, data + i, n);
        pdn_multipart_feed(&m, pdn_slice(copy, n));
        free(copy);
    }

    return pdn_multipart_finish(&m);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len;
    u_char boundary[PDN_MULTIPART_BOUNDARY];
    fuzz_seen_t whole, pieces;

    if (size == 0) {
        return 0;
    }

    pdn_multipart_boundary(pdn_slice(data, size), boundary, &len);

    if (fuzz_feed(&whole, data + 1, size - 1, size)
            != fuzz_feed(&pieces, data + 1, size - 1, (size_t) data[0] % 16 + 1)
        || whole.hash != pieces.hash)
    {
        abort();
    }

    return 0;
}
