/* SPDX-License-Identifier: MIT */
/* libcurl on demand; see pdn_curl.h. */

#include "pdn_curl.h"
#include "pdn_lazy.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define row(name) pdn_lazy_row(pdn_curl_t, name)

static const pdn_lazy_symbol_t pdn_curl_symbols[] = {
    row(curl_global_init),      row(curl_easy_init),
    row(curl_easy_cleanup),     row(curl_easy_reset),
    row(curl_easy_setopt),      row(curl_easy_getinfo),
    row(curl_easy_strerror),    row(curl_slist_append),
    row(curl_slist_free_all),   row(curl_multi_init),
    row(curl_multi_cleanup),    row(curl_multi_setopt),
    row(curl_multi_add_handle), row(curl_multi_remove_handle),
    row(curl_multi_perform),    row(curl_multi_poll),
    row(curl_multi_info_read),  { NULL, 0 },
};

#undef row


const pdn_curl_t *
pdn_curl_load(pdn_error_t *err)
{
    static pdn_curl_t curl;

    if (curl.loaded) {
        return &curl;
    }

    if (pdn_lazy_load("libcurl.so.4", "libcurl4", pdn_curl_symbols, &curl, err)
        != 0)
    {
        return NULL;
    }

    if (curl.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        pdn_error(err, 901, "cannot start libcurl");
        return NULL;
    }

    curl.loaded = 1;

    return &curl;
}
