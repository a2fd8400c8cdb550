/* SPDX-License-Identifier: MIT */
/* The .env of an application: settings of one machine, with a key of its own.
 */

#ifndef PDN_ENV_FILE_H
#define PDN_ENV_FILE_H

#include "pdn_str.h"

#define PDN_ENV_FILE    ".env"
#define PDN_ENV_EXAMPLE ".env.example" /* in version control; has no key */

/*
 * Adds the lines `text` of either file to `out`, with a new APP_KEY where
 * there is none that is 32 bytes in base64; with `anew` in any case. 0, or -1
 * with the problem noted.
 */
int pdn_env_file_fill(pdn_str_t *out, const char *text, int anew,
                      pdn_problem_t *problem);

#endif /* PDN_ENV_FILE_H */
