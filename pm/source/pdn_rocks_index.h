/* SPDX-License-Identifier: MIT */
/*
 * The list that a LuaRocks server keeps of all its rocks, manifest-5.1, and
 * those that its users have of their own.
 */

#ifndef PDN_ROCKS_INDEX_H
#define PDN_ROCKS_INDEX_H

#include "pdn_search.h"
#include "pdn_sources.h"

typedef struct pdn_rocks_index_s pdn_rocks_index_t;
typedef struct pdn_rocks_item_s pdn_rocks_item_t;

/* The list of a server, or of one of its users. */
struct pdn_rocks_index_s {
    pdn_rocks_index_t *next;
    const char *url;
    pdn_document_t document;
    const pdn_value_t *repository;
};

typedef struct {
    pdn_rocks_index_t *indexes;
    pdn_rocks_item_t *items;
    pdn_arena_t arena; /* of lists, which may be large */
} pdn_rocks_t;

/* NULL: no memory. */
pdn_rocks_t *pdn_rocks_state(pdn_sources_t *s, pdn_error_t *err);

/*
 * Fills the address that the list of a rock lies at; "user/name" lies in the
 * user's own. Gives the name behind the slash, NULL: the address is too long.
 */
const char *pdn_rocks_place(const pdn_source_t *source, const pdn_id_t *id,
                            char base[PDN_URL_MAX]);

/* The list at an address, fetched when first asked for. */
const pdn_rocks_index_t *pdn_rocks_index(pdn_sources_t *s, const char *base,
                                         pdn_error_t *err);

/* Is there a file of this kind among those of a version? */
int pdn_rocks_lists(const pdn_value_t *files, const char *art);

/* The best kind of file that there is; NULL when we can use none. */
const char *pdn_rocks_art(const pdn_value_t *files);

int pdn_rocks_search(pdn_sources_t *s, const pdn_source_t *source,
                     const pdn_query_t *words, pdn_finds_t *out,
                     pdn_error_t *err);

#endif /* PDN_ROCKS_INDEX_H */
