/* SPDX-License-Identifier: MIT */
/*
 * application/x-www-form-urlencoded, and names that say where in a tree their
 * value goes: "a[b][]" as in PHP. Pairs come out still encoded, as slices of
 * the input; pdn_unescape_url() decodes them.
 */

#ifndef PDN_FORM_H
#define PDN_FORM_H

#include "pdn.h"

typedef struct {
    size_t max_pairs;
    size_t max_name; /* bytes of a name, still encoded */
    pdn_err_t err;

    /* private from here */

    pdn_slice_t in;
    size_t pos;
    size_t pairs;
} pdn_form_t;

void pdn_form_init(pdn_form_t *f, pdn_slice_t in, size_t max_pairs,
                   size_t max_name);

/*
 *   PDN_OK     `name` and `value` are set; a pair without = has no value,
 *              that is: an empty one
 *   PDN_DONE   there are no more
 *   PDN_ERROR  a limit was passed, see `f->err`
 *
 * Empty pairs ("&&") and pairs with an empty name are passed over.
 */
pdn_rc_t pdn_form_next(pdn_form_t *f, pdn_slice_t *name, pdn_slice_t *value);

typedef struct {
    pdn_slice_t rest;
    unsigned first : 1;
    unsigned plain : 1;
} pdn_form_path_t;

/*
 * Starts to take the decoded name apart. A name whose brackets do not match
 * is one key as it stands. Returns how many keys there are, 1 or more.
 */
size_t pdn_form_path_init(pdn_form_path_t *path, pdn_slice_t name);

/*
 *   PDN_OK     `key` is set; an empty one, from [], means: append
 *   PDN_DONE   there are no more
 */
pdn_rc_t pdn_form_path_next(pdn_form_path_t *path, pdn_slice_t *key);

#endif /* PDN_FORM_H */
