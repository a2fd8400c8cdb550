/* SPDX-License-Identifier: MIT */
/* The functions of libcurl that we call, loaded when first needed. */

#ifndef PDN_CURL_H
#define PDN_CURL_H

/* the checks in curl's header know functions only, not pointers to them */
#define CURL_DISABLE_TYPECHECK

#include "pdn_error.h"

#include <curl/curl.h>

typedef struct {
    int loaded;
    __typeof__(&curl_global_init) curl_global_init;
    __typeof__(&curl_easy_init) curl_easy_init;
    __typeof__(&curl_easy_cleanup) curl_easy_cleanup;
    __typeof__(&curl_easy_reset) curl_easy_reset;
    __typeof__(&curl_easy_setopt) curl_easy_setopt;
    __typeof__(&curl_easy_getinfo) curl_easy_getinfo;
    __typeof__(&curl_easy_strerror) curl_easy_strerror;
    __typeof__(&curl_slist_append) curl_slist_append;
    __typeof__(&curl_slist_free_all) curl_slist_free_all;
    __typeof__(&curl_multi_init) curl_multi_init;
    __typeof__(&curl_multi_cleanup) curl_multi_cleanup;
    __typeof__(&curl_multi_setopt) curl_multi_setopt;
    __typeof__(&curl_multi_add_handle) curl_multi_add_handle;
    __typeof__(&curl_multi_remove_handle) curl_multi_remove_handle;
    __typeof__(&curl_multi_perform) curl_multi_perform;
    __typeof__(&curl_multi_poll) curl_multi_poll;
    __typeof__(&curl_multi_info_read) curl_multi_info_read;
} pdn_curl_t;

/* The loaded library, NULL with `err` when it is not there. */
const pdn_curl_t *pdn_curl_load(pdn_error_t *err);

#endif /* PDN_CURL_H */
