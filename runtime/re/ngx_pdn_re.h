/*
 * SPDX-License-Identifier: MIT
 *
 * Regular expressions for Lua's FFI, on PCRE2.  Error codes and the texts of
 * common errors are those of the first PCRE, which Lua code knows.
 */

#ifndef NGX_PDN_RE_H
#define NGX_PDN_RE_H


#include "ngx_pdn_vm.h"


/* ngx_pdn_re_t.flags */
#define NGX_PDN_RE_ONCE     0x01 /* o: may be cached */
#define NGX_PDN_RE_JIT      0x02 /* j */
#define NGX_PDN_RE_DFA      0x04 /* d: no captures but the whole */
#define NGX_PDN_RE_UTF      0x08 /* u, U */
#define NGX_PDN_RE_TRUSTED  0x10 /* U: subjects are not checked */
#define NGX_PDN_RE_DUPNAMES 0x20 /* D */

/* Answers of exec besides 0; others are passed on as they are. */
#define NGX_PDN_RE_NOMATCH (-1)


/* What one VM keeps for all of its matches; lives as long as the VM. */
typedef struct ngx_pdn_re_state_s ngx_pdn_re_state_t;


/* The head is known to Lua; the caller frees it by ngx_pdn_re_free(). */

typedef struct {
    int32_t *captures;   /* from, to: (1 + ncaptures) pairs */
    const u_char *names; /* PCRE2's name table */
    uint32_t nnames;
    uint32_t name_size;
    uint32_t ncaptures;
    uint32_t flags;
    void *code;
} ngx_pdn_re_t;


/*
 * NULL on failure: the message, with its zero byte, is in `err`; a message
 * that starts with "unknown flag" is the caller's mistake.
 */
ngx_pdn_re_t *ngx_pdn_re_compile(ngx_pdn_re_state_t *state, const u_char *pat,
                                 size_t len, const u_char *opts, size_t nopts,
                                 u_char *err, size_t size);
void ngx_pdn_re_free(ngx_pdn_re_t *re);

/*
 * Looks for a match from byte `pos` on.  0: re->captures holds offsets from
 * 0, -1 where a group took no part.  Below 0: no match, or an error.
 */
int ngx_pdn_re_exec(ngx_pdn_re_state_t *state, ngx_pdn_re_t *re,
                    const u_char *subject, size_t len, size_t pos);

/* NGX_OK, NGX_ERROR without memory, NGX_DECLINED without JIT. */
int ngx_pdn_re_set_jit_stack(ngx_pdn_re_state_t *state, size_t size);

/* lua_regex_cache_max_entries */
int ngx_pdn_re_max_entries(ngx_pdn_re_state_t *state);


#endif /* NGX_PDN_RE_H */
