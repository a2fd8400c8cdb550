/* SPDX-License-Identifier: MIT */
/* Splits pairs at & and =, and names at their brackets. */

#include "pdn_form.h"


void
pdn_form_init(pdn_form_t *f, pdn_slice_t in, size_t max_pairs, size_t max_name)
{
    f->in = in;
    f->pos = 0;
    f->pairs = 0;
    f->max_pairs = max_pairs;
    f->max_name = max_name;
    f->err.msg = NULL;
    f->err.pos = 0;
}


pdn_rc_t
pdn_form_next(pdn_form_t *f, pdn_slice_t *name, pdn_slice_t *value)
{
    size_t n;
    const u_char *p, *end, *amp, *eq;

    if (f->err.msg != NULL) {
        return PDN_ERROR;
    }

    end = f->in.data + f->in.len;

    while (f->pos < f->in.len) {
        p = f->in.data + f->pos;

        amp = memchr(p, '&', (size_t) (end - p));
        amp = amp != NULL ? amp : end;

        eq = memchr(p, '=', (size_t) (amp - p));
        eq = eq != NULL ? eq : amp;

        n = (size_t) (eq - p);
        f->err.pos = f->pos;
        f->pos = (size_t) (amp - f->in.data) + 1;

        if (n == 0) {
            continue;
        }

        if (n > f->max_name) {
            f->err.msg = "a name in the form is too long";
            return PDN_ERROR;
        }

        if (f->pairs == f->max_pairs) {
            f->err.msg = "the form has too many fields";
            return PDN_ERROR;
        }

        f->pairs++;
        *name = pdn_slice(p, n);
        *value = pdn_slice(eq, 0);

        if (eq < amp) {
            *value = pdn_slice(eq + 1, (size_t) (amp - eq - 1));
        }

        return PDN_OK;
    }

    return PDN_DONE;
}


size_t
pdn_form_path_init(pdn_form_path_t *path, pdn_slice_t name)
{
    size_t i, keys;
    const u_char *close;

    path->rest = name;
    path->first = 1;
    path->plain = 0;
    keys = 1;

    for (i = 0; i < name.len && name.data[i] != '['; i++) {
        /* the first key */
    }

    if (i == 0) {
        goto plain;
    }

    while (i < name.len) {
        if (name.data[i] != '[') {
            goto plain;
        }

        close = memchr(name.data + i, ']', name.len - i);
        if (close == NULL) {
            goto plain;
        }

        i = (size_t) (close - name.data) + 1;
        keys++;
    }

    return keys;

plain:

    path->plain = 1;

    return 1;
}


pdn_rc_t
pdn_form_path_next(pdn_form_path_t *path, pdn_slice_t *key)
{
    size_t n;
    const u_char *p;
    pdn_slice_t *rest;

    rest = &path->rest;

    if (rest->data == NULL) {
        return PDN_DONE;
    }

    p = rest->data;

    if (path->plain) {
        *key = *rest;
        *rest = pdn_slice(NULL, 0);

        return PDN_OK;
    }

    if (path->first) {
        path->first = 0;
        n = rest->len;
        p = memchr(p, '[', n);

        *key = pdn_slice(rest->data, p != NULL ? (size_t) (p - rest->data) : n);
        *rest = pdn_slice(p, p != NULL ? n - key->len : 0);

        return PDN_OK;
    }

    n = (size_t) ((u_char *) memchr(p, ']', rest->len) - p);
    *key = pdn_slice(p + 1, n - 1);
    n++;
    *rest = pdn_slice(rest->len > n ? p + n : NULL, rest->len - n);

    return PDN_OK;
}
