/* SPDX-License-Identifier: MIT */
/*
 * Tokens for servers, in $XDG_CONFIG_HOME/pandan/tokens, mode 0600, a line
 * each: "https://reg.example/path/ TOKEN". A token is for its server and the
 * folder that it was given for, and for nothing else.
 */

#ifndef PDN_TOKEN_H
#define PDN_TOKEN_H

#include "pdn_error.h"

#include <limits.h>

#define PDN_TOKEN_MAX 512

/* The path of a file of the user's own, beside the tokens. */
int pdn_token_path(char out[PATH_MAX], const char *name, pdn_error_t *err);

/* For pdn_net_config_t: the token for an address, NULL for none. */
const char *pdn_token_find(void *ctx, const char *url);

/* Keeps a token, or forgets it when it is NULL. */
int pdn_token_keep(const char *url, const char *token, pdn_error_t *err);

#endif /* PDN_TOKEN_H */
