/* SPDX-License-Identifier: MIT */
/*
 * What a server says of its answer, line by line as libcurl hands it on: each
 * line is a copy of its size. However long it asks us to wait, we wait a
 * minute at most.
 */

#include "../../pm/net/pdn_transfer.c"
#include "fuzz_pm.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pdn_fetch_t fetch;
    pdn_transfer_t t;
    const char *end;
    char *line;
    size_t at, n;
    int64_t pause;

    memset(&fetch, 0, sizeof(fetch));
    memset(&t, 0, sizeof(t));
    t.fetch = &fetch;
    t.retry_after = -1;

    for (at = 0; at < size; at += n) {
        end = memchr(data + at, '\n', size - at);
        n = end != NULL ? (size_t) (end + 1 - (const char *) data - at)
                        : size - at;
        line = malloc(n);
        fuzz_must(line != NULL);
        memcpy(line, data + at, n);
        fuzz_must(pdn_transfer_header(line, 1, n, &t) == n);
        free(line);
    }

    pause = pdn_transfer_pause(&t);
    fuzz_must(pause >= 0 && pause <= PDN_NET_BACKOFF_MAX);
    fuzz_must(memchr(fetch.answer_etag, 0, sizeof(fetch.answer_etag)) != NULL
              && memchr(fetch.checksum, 0, sizeof(fetch.checksum)) != NULL);

    return 0;
}
