/*
 * SPDX-License-Identifier: MIT
 *
 * The memory of one Lua VM.  A VM makes and drops small blocks by the
 * million, and says at the end how great each was: so a block needs no header,
 * and taking one or giving it back costs a few instructions.
 *
 * A heap is used by one thread at a time.
 */

#ifndef PDN_HEAP_H
#define PDN_HEAP_H


#include <stddef.h>


typedef struct pdn_heap_s pdn_heap_t;


/* NULL when there is no memory. */
pdn_heap_t *pdn_heap_create(void);

/*
 * Gives small blocks back to the system, whether or not they were freed, and
 * the heap with them.  Greater ones belong to malloc() and must be freed.
 */
void pdn_heap_free(pdn_heap_t *heap);

/*
 * A lua_Alloc, whose `data` is the heap.  `old` is NULL, or a block which was
 * made `old_size` bytes great.  The block from now on, aligned for any type,
 * with as much of the contents as fits; NULL for 0 bytes, which frees, and
 * when there is no memory, in which case the old block stays.
 */
void *pdn_heap_realloc(void *data, void *old, size_t old_size, size_t size);


#endif /* PDN_HEAP_H */
