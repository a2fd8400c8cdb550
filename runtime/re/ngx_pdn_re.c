/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.re.*: compiling and matching.  Caches, captures and replacements are
 * the Lua half's, runtime/lua/core/31_re.lua.
 */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "ngx_pdn_re.h"
#include "ngx_pdn_parts.h"

#include <pcre2.h>


#define NGX_PDN_RE_DFA_WORKSPACE     512
#define NGX_PDN_RE_DFA_WORKSPACE_MAX 65536


struct ngx_pdn_re_state_s {
    pcre2_match_data *match; /* for `npairs` pairs */
    pcre2_match_data *whole; /* for one, as a DFA wants it */
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    int *workspace; /* of a DFA */
    size_t nworkspace;
    uint32_t npairs;
    int max_entries;
};


typedef struct {
    u_char letter;
    uint32_t option;
    uint32_t flag;
} ngx_pdn_re_letter_t;


typedef struct {
    int code;
    int first; /* of the first PCRE */
} ngx_pdn_re_code_t;


typedef struct {
    int code;
    const char *text;
} ngx_pdn_re_text_t;


static ngx_int_t ngx_pdn_re_letters(const u_char *opts, size_t nopts,
                                    uint32_t *option, uint32_t *flags,
                                    u_char *err, size_t size);
static void ngx_pdn_re_explain(int code, size_t at, const u_char *pat,
                               size_t len, u_char *err, size_t size);
static ngx_int_t ngx_pdn_re_reserve(ngx_pdn_re_state_t *state, uint32_t n);
static int ngx_pdn_re_exec_dfa(ngx_pdn_re_state_t *state, ngx_pdn_re_t *re,
                               const u_char *subject, size_t len, size_t pos,
                               uint32_t options);
static void ngx_pdn_re_note(ngx_pdn_re_t *re, pcre2_match_data *match,
                            int pairs);
static int ngx_pdn_re_error(int rc);
static int ngx_pdn_re_gc(lua_State *L);


static const ngx_pdn_re_letter_t ngx_pdn_re_options[] = {
    { 'a', PCRE2_ANCHORED, 0 },
    { 'd', 0, NGX_PDN_RE_DFA },
    { 'D', PCRE2_DUPNAMES, NGX_PDN_RE_DUPNAMES },
    { 'i', PCRE2_CASELESS, 0 },
    { 'j', 0, NGX_PDN_RE_JIT },
    { 'J', PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF,
      0 },
    { 'm', PCRE2_MULTILINE, 0 },
    { 'o', 0, NGX_PDN_RE_ONCE },
    { 's', PCRE2_DOTALL, 0 },
    { 'u', PCRE2_UTF, NGX_PDN_RE_UTF },
    { 'U', PCRE2_UTF | PCRE2_NO_UTF_CHECK,
      NGX_PDN_RE_UTF | NGX_PDN_RE_TRUSTED },
    { 'x', PCRE2_EXTENDED, 0 },
    { 0, 0, 0 }
};


static const ngx_pdn_re_code_t ngx_pdn_re_codes[] = {
    { PCRE2_ERROR_BADOFFSET, -24 },
    { PCRE2_ERROR_BADUTFOFFSET, -11 },
    { PCRE2_ERROR_DFA_WSSIZE, -19 },
    { PCRE2_ERROR_JIT_STACKLIMIT, -27 },
    { PCRE2_ERROR_MATCHLIMIT, -8 },
    { PCRE2_ERROR_NOMEMORY, -6 },
    { PCRE2_ERROR_DEPTHLIMIT, -21 },
    { PCRE2_ERROR_HEAPLIMIT, -21 },
    { 0, 0 }
};


/* Where PCRE2 says it in other words. */

static const ngx_pdn_re_text_t ngx_pdn_re_texts[] = {
    { 109, "nothing to repeat" },
    { 114, "missing )" },
    { 122, "unmatched parentheses" },
    { 0, NULL }
};


ngx_pdn_re_t *
ngx_pdn_re_compile(ngx_pdn_re_state_t *state, const u_char *pat, size_t len,
                   const u_char *opts, size_t nopts, u_char *err, size_t size)
{
    int code;
    size_t at;
    uint32_t option, flags, ncaptures;
    pcre2_code *compiled;
    ngx_pdn_re_t *re;

    option = 0;
    flags = 0;

    if (ngx_pdn_re_letters(opts, nopts, &option, &flags, err, size) != NGX_OK) {
        return NULL;
    }

    compiled = pcre2_compile(pat, len, option, &code, &at, NULL);
    if (compiled == NULL) {
        ngx_pdn_re_explain(code, at, pat, len, err, size);
        return NULL;
    }

    ncaptures = 0;

    if (!(flags & NGX_PDN_RE_DFA)) {
        (void) pcre2_pattern_info(compiled, PCRE2_INFO_CAPTURECOUNT,
                                  &ncaptures);
    }

    re = ngx_calloc(sizeof(ngx_pdn_re_t)
                        + 2 * (ncaptures + 1) * sizeof(int32_t),
                    ngx_cycle->log);

    if (re == NULL || ngx_pdn_re_reserve(state, ncaptures + 1) != NGX_OK) {
        ngx_snprintf(err, size, "pcre_compile() failed: no memory%Z");
        pcre2_code_free(compiled);
        ngx_free(re);
        return NULL;
    }

    re->code = compiled;
    re->captures = (int32_t *) (re + 1);
    re->ncaptures = ncaptures;
    re->flags = flags;

    if (ncaptures > 0) {
        (void) pcre2_pattern_info(compiled, PCRE2_INFO_NAMECOUNT, &re->nnames);
        (void) pcre2_pattern_info(compiled, PCRE2_INFO_NAMETABLE, &re->names);
        (void) pcre2_pattern_info(compiled, PCRE2_INFO_NAMEENTRYSIZE,
                                  &re->name_size);
    }

    if ((flags & (NGX_PDN_RE_JIT | NGX_PDN_RE_DFA)) == NGX_PDN_RE_JIT) {
        /* What it cannot translate is interpreted. */
        code = pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);

        ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                       "pcre JIT compiling result: %d", code == 0);
    }

    return re;
}


static ngx_int_t
ngx_pdn_re_letters(const u_char *opts, size_t nopts, uint32_t *option,
                   uint32_t *flags, u_char *err, size_t size)
{
    size_t i;
    const ngx_pdn_re_letter_t *l;

    for (i = 0; i < nopts; i++) {

        l = ngx_pdn_re_options;

        while (l->letter != 0 && l->letter != opts[i]) {
            l++;
        }

        if (l->letter == 0) {
            ngx_snprintf(err, size, "unknown flag \"%c\" (flags \"%*s\")%Z",
                         opts[i], ngx_min(nopts, 32), opts);
            return NGX_ERROR;
        }

        *option |= l->option;
        *flags |= l->flag;
    }

    return NGX_OK;
}


static void
ngx_pdn_re_explain(int code, size_t at, const u_char *pat, size_t len,
                   u_char *err, size_t size)
{
    u_char *p, *last;
    u_char text[128];
    const ngx_pdn_re_text_t *t;

    if (pcre2_get_error_message(code, text, sizeof(text)) < 0) {
        (void) ngx_snprintf(text, sizeof(text), "error %d%Z", code);
    }

    for (t = ngx_pdn_re_texts; t->text != NULL; t++) {
        if (t->code == code) {
            (void) ngx_cpystrn(text, (u_char *) t->text, sizeof(text));
        }
    }

    last = err + size - 1;
    p = ngx_slprintf(err, last, "pcre_compile() failed: %s in \"%*s\"", text,
                     len, pat);

    if (at < len) {
        p = ngx_slprintf(p, last, " at \"%*s\"", len - at, pat + at);
    }

    *p = '\0';
}


void
ngx_pdn_re_free(ngx_pdn_re_t *re)
{
    pcre2_code_free(re->code);
    ngx_free(re);
}


static ngx_int_t
ngx_pdn_re_reserve(ngx_pdn_re_state_t *state, uint32_t n)
{
    pcre2_match_data *match;

    if (n <= state->npairs) {
        return NGX_OK;
    }

    match = pcre2_match_data_create(n, NULL);
    if (match == NULL) {
        return NGX_ERROR;
    }

    pcre2_match_data_free(state->match);
    state->match = match;
    state->npairs = n;

    return NGX_OK;
}


int
ngx_pdn_re_exec(ngx_pdn_re_state_t *state, ngx_pdn_re_t *re,
                const u_char *subject, size_t len, size_t pos)
{
    int rc;
    uint32_t options;

    options = re->flags & NGX_PDN_RE_TRUSTED ? PCRE2_NO_UTF_CHECK : 0;

    if (pos > len) {
        /* With its own check off, PCRE2 would read there. */
        return ngx_pdn_re_error(PCRE2_ERROR_BADOFFSET);
    }

    if (re->flags & NGX_PDN_RE_DFA) {
        return ngx_pdn_re_exec_dfa(state, re, subject, len, pos, options);
    }

    rc = pcre2_match(re->code, subject, len, pos, options, state->match,
                     state->context);
    if (rc < 0) {
        return ngx_pdn_re_error(rc);
    }

    ngx_pdn_re_note(re, state->match, rc);

    return 0;
}


static int
ngx_pdn_re_exec_dfa(ngx_pdn_re_state_t *state, ngx_pdn_re_t *re,
                    const u_char *subject, size_t len, size_t pos,
                    uint32_t options)
{
    int rc, *workspace;
    size_t n;

    for (;;) {
        rc = pcre2_dfa_match(re->code, subject, len, pos, options, state->whole,
                             state->context, state->workspace,
                             state->nworkspace);

        if (rc != PCRE2_ERROR_DFA_WSSIZE
            || state->nworkspace >= NGX_PDN_RE_DFA_WORKSPACE_MAX)
        {
            break;
        }

        n = 4 * state->nworkspace;

        workspace = ngx_alloc(n * sizeof(int), ngx_cycle->log);
        if (workspace == NULL) {
            break;
        }

        ngx_free(state->workspace);
        state->workspace = workspace;
        state->nworkspace = n;
    }

    if (rc < 0) {
        return ngx_pdn_re_error(rc);
    }

    /* 0: there are shorter matches too, of which nobody asked. */
    ngx_pdn_re_note(re, state->whole, 1);

    return 0;
}


static void
ngx_pdn_re_note(ngx_pdn_re_t *re, pcre2_match_data *match, int pairs)
{
    uint32_t i, n;
    PCRE2_SIZE *offsets;

    offsets = pcre2_get_ovector_pointer(match);
    n = 2 * (re->ncaptures + 1);

    for (i = 0; i < n; i++) {
        re->captures[i] = i < 2 * (uint32_t) pairs && offsets[i] != PCRE2_UNSET
                              ? (int32_t) offsets[i]
                              : -1;
    }
}


static int
ngx_pdn_re_error(int rc)
{
    const ngx_pdn_re_code_t *c;

    if (rc <= PCRE2_ERROR_UTF8_ERR1 && rc >= PCRE2_ERROR_UTF8_ERR21) {
        return -10;
    }

    for (c = ngx_pdn_re_codes; c->code != 0; c++) {
        if (c->code == rc) {
            return c->first;
        }
    }

    return rc;
}


int
ngx_pdn_re_set_jit_stack(ngx_pdn_re_state_t *state, size_t size)
{
    uint32_t jit;
    pcre2_jit_stack *stack;

    jit = 0;
    (void) pcre2_config(PCRE2_CONFIG_JIT, &jit);

    if (!jit) {
        return NGX_DECLINED;
    }

    stack = pcre2_jit_stack_create(ngx_min(size, 32 * 1024), size, NULL);
    if (stack == NULL) {
        return NGX_ERROR;
    }

    pcre2_jit_stack_free(state->stack);
    state->stack = stack;
    pcre2_jit_stack_assign(state->context, NULL, stack);

    return NGX_OK;
}


int
ngx_pdn_re_max_entries(ngx_pdn_re_state_t *state)
{
    return state->max_entries;
}


/* Gives pdn.re_state, which frees itself with the VM. */
void
ngx_pdn_re_open(lua_State *L)
{
    ngx_pdn_conf_t *conf;
    ngx_pdn_re_state_t *state;

    conf = ngx_pdn_conf((ngx_cycle_t *) ngx_cycle);

    state = lua_newuserdata(L, sizeof(ngx_pdn_re_state_t));
    ngx_memzero(state, sizeof(ngx_pdn_re_state_t));

    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, ngx_pdn_re_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);

    state->max_entries = (int) conf->regex_cache_max_entries;
    state->context = pcre2_match_context_create(NULL);
    state->whole = pcre2_match_data_create(1, NULL);
    state->nworkspace = NGX_PDN_RE_DFA_WORKSPACE;
    state->workspace = ngx_alloc(state->nworkspace * sizeof(int),
                                 ngx_cycle->log);

    if (state->context == NULL || state->whole == NULL
        || state->workspace == NULL || ngx_pdn_re_reserve(state, 10) != NGX_OK)
    {
        luaL_error(L, "no memory for regular expressions");
    }

    if (conf->regex_match_limit > 0) {
        (void) pcre2_set_match_limit(state->context,
                                     (uint32_t) conf->regex_match_limit);
    }

    /* The FFI's pointers to it keep nothing alive. */
    lua_pushvalue(L, -1);
    (void) luaL_ref(L, LUA_REGISTRYINDEX);

    lua_setfield(L, 2, "re_state");
}


/* Lua: state:__gc()  [-0, +0, -] */
static int
ngx_pdn_re_gc(lua_State *L)
{
    ngx_pdn_re_state_t *state;

    state = lua_touserdata(L, 1);

    pcre2_match_data_free(state->match);
    pcre2_match_data_free(state->whole);
    pcre2_match_context_free(state->context);
    pcre2_jit_stack_free(state->stack);
    ngx_free(state->workspace);
    ngx_memzero(state, sizeof(ngx_pdn_re_state_t));

    return 0;
}
