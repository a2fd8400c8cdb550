/* SPDX-License-Identifier: MIT */
/* Escaping for HTML and for URLs. */

#ifndef PDN_ESCAPE_H
#define PDN_ESCAPE_H

#include "pdn.h"
#include "pdn_buf.h"

/*
 * HTML text and quoted attribute values alike: & < > " ' become entities.
 *
 * pdn_escape_html_clean() returns the offset of the first byte that has to be
 * escaped, or `in.len`: a caller with a clean text can go on using it.
 * pdn_escape_html() appends the escaped text.
 */
size_t pdn_escape_html_clean(pdn_slice_t in);
void pdn_escape_html(pdn_buf_t *b, pdn_slice_t in);

/*
 * A component of a URL: everything but letters, digits and - . _ ~ becomes
 * %XX. The first function is as above.
 */
size_t pdn_escape_url_clean(pdn_slice_t in);
void pdn_escape_url(pdn_buf_t *b, pdn_slice_t in);

/*
 * Appends `in` with %XX decoded, and + as a space if `plus`. A % that two
 * hexadecimal digits do not follow stays as it is, as browsers have it.
 */
void pdn_unescape_url(pdn_buf_t *b, pdn_slice_t in, int plus);

#endif /* PDN_ESCAPE_H */
