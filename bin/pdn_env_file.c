/* SPDX-License-Identifier: MIT */
/* Puts a key into the lines of a .env; see pdn_env_file.h. */

#include "pdn_env_file.h"
#include "pdn_base64.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define PDN_ENV_KEY_BYTES 32
#define PDN_ENV_KEY_SIZE  pdn_base64_encoded_size(PDN_ENV_KEY_BYTES)


static int
pdn_env_file_new_key(pdn_str_t *out, pdn_problem_t *problem)
{
    u_char raw[PDN_ENV_KEY_BYTES], text[PDN_ENV_KEY_SIZE];
    pdn_slice_t in = { raw, sizeof(raw) };

    if (getrandom(raw, sizeof(raw), 0) != sizeof(raw)) {
        return pdn_problem(problem, "cannot get random bytes: %s",
                           strerror(errno));
    }

    pdn_str_puts(out, "APP_KEY=");
    pdn_str_add(out, (char *) text, pdn_base64_encode(text, in, 0));
    pdn_str_puts(out, "\n");

    return 0;
}


/* The value, where the line sets APP_KEY; NULL else. */
static const char *
pdn_env_file_key(const char *line)
{
    line += strspn(line, " \t");

    if (strncmp(line, "export ", 7) == 0) {
        line += 7 + strspn(line + 7, " \t");
    }

    if (strncmp(line, "APP_KEY", 7) != 0) {
        return NULL;
    }

    line += 7 + strspn(line + 7, " \t");

    return *line == '=' ? line + 1 : NULL;
}


static int
pdn_env_file_is_good(const char *value)
{
    size_t len;
    u_char raw[256];
    pdn_slice_t in;

    value += strspn(value, " \t\"'");
    in.data = (const u_char *) value;
    in.len = strcspn(value, " \t\"'\r\n");

    return pdn_base64_decoded_size(in.len) <= sizeof(raw)
           && pdn_base64_decode(raw, &len, in, 0) == PDN_OK
           && len >= PDN_ENV_KEY_BYTES;
}


int
pdn_env_file_fill(pdn_str_t *out, const char *text, int anew,
                  pdn_problem_t *problem)
{
    int found;
    size_t len;
    const char *value;

    for (found = 0; *text != '\0'; text += len) {
        len = strcspn(text, "\n");
        len += text[len] == '\n';

        value = pdn_env_file_key(text);

        if (value == NULL || (!anew && pdn_env_file_is_good(value))) {
            pdn_str_add(out, text, len);

        } else if (pdn_env_file_new_key(out, problem) != 0) {
            return -1;
        }

        found |= value != NULL;
    }

    if (found) {
        return 0;
    }

    if (out->len > 0 && out->data[out->len - 1] != '\n') {
        pdn_str_puts(out, "\n");
    }

    return pdn_env_file_new_key(out, problem);
}
