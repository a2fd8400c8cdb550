/* SPDX-License-Identifier: MIT */
/*
 * opm's protocol. Its servers list nothing: asked for a package and one
 * condition they redirect to the tarball of the highest version that fits, or
 * answer 404. What a package requires stands in its tarball only.
 */

#include "pdn_archive.h"
#include "pdn_dist.h"
#include "pdn_opm_search.h"
#include "pdn_sources.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PDN_OPM_MAX (16 * 1024 * 1024)

typedef struct pdn_opm_package_s pdn_opm_package_t;
typedef struct pdn_opm_asked_s pdn_opm_asked_t;
typedef struct pdn_opm_version_s pdn_opm_version_t;

/* A condition that the server was asked about. */
struct pdn_opm_asked_s {
    pdn_opm_asked_t *next;
    const char *op;
    const char *version;
    char url[PDN_URL_MAX];
    pdn_fetch_t fetch;
    unsigned understood : 1;
};

struct pdn_opm_version_s {
    pdn_opm_version_t *next;
    const char *version;
    const char *path; /* of the tarball on the server */
    const char *md5;  /* as the server states it, or NULL */
    pdn_release_t *release;
};

struct pdn_opm_package_s {
    pdn_opm_package_t *next;
    pdn_id_t id;
    pdn_opm_asked_t *asked;
    pdn_opm_version_t *versions;
    size_t n;
};

typedef struct {
    pdn_opm_package_t *packages;
} pdn_opm_t;


static pdn_opm_package_t *
pdn_opm_package(pdn_sources_t *s, const pdn_id_t *id, pdn_error_t *err)
{
    pdn_opm_package_t *p;
    pdn_opm_t *opm;

    if (s->state[PDN_SOURCE_OPM] == NULL) {
        s->state[PDN_SOURCE_OPM] = calloc(1, sizeof(pdn_opm_t));
    }

    opm = s->state[PDN_SOURCE_OPM];

    for (p = opm != NULL ? opm->packages : NULL; p != NULL; p = p->next) {
        if (pdn_id_compare(&p->id, id) == 0) {
            return p;
        }
    }

    p = opm != NULL ? pdn_arena_alloc(&s->arena, sizeof(pdn_opm_package_t))
                    : NULL;
    if (p == NULL) {
        pdn_error_memory(err);
        return NULL;
    }

    p->id.source = pdn_arena_text(&s->arena, id->source, strlen(id->source));
    p->id.name = pdn_arena_text(&s->arena, id->name, strlen(id->name));
    p->next = opm->packages;
    opm->packages = p;

    return p;
}


static void
pdn_opm_free(pdn_sources_t *s)
{
    pdn_opm_t *opm = s->state[PDN_SOURCE_OPM];
    pdn_opm_package_t *p;
    pdn_opm_asked_t *asked;

    for (p = opm->packages; p != NULL; p = p->next) {
        for (asked = p->asked; asked != NULL; asked = asked->next) {
            pdn_fetch_release(&asked->fetch);
        }
    }

    free(opm);
}


/* ">= 0.07" as opm asks it; "" and anything else ask for the newest. */
static const char *
pdn_opm_condition(const char *req, const char **version)
{
    static const struct {
        const char *op;
        const char *name;
    } ops[] = { { ">=", "ge" }, { ">", "gt" }, { "=", "eq" } };
    size_t i, n;

    for (i = 0; req != NULL && i < 3; i++) {
        n = strlen(ops[i].op);
        if (strncmp(req, ops[i].op, n) == 0) {
            *version = req + n + strspn(req + n, " \t");
            return ops[i].name;
        }
    }

    *version = "";

    return "";
}


/* Starts to ask, or gives what was asked before. */
static pdn_opm_asked_t *
pdn_opm_ask(pdn_sources_t *s, const pdn_source_t *source, pdn_opm_package_t *p,
            const char *op, const char *version, pdn_error_t *err)
{
    pdn_opm_asked_t *asked;
    const char *slash, *c;
    char query[700];

    for (asked = p->asked; asked != NULL; asked = asked->next) {
        if (strcmp(asked->op, op) == 0 && strcmp(asked->version, version) == 0)
        {
            return asked;
        }
    }

    slash = strchr(p->id.name, '/');

    for (c = version; *c != '\0'; c++) {
        if (!isalnum((unsigned char) *c) && strchr("._-", *c) == NULL) {
            slash = NULL;
        }
    }

    if (slash == NULL || strlen(version) > 100) {
        pdn_error(err, 405, "opm has no package '%s' with the version '%s'",
                  p->id.name, version);
        return NULL;
    }

    asked = pdn_arena_alloc(&s->arena, sizeof(pdn_opm_asked_t));
    if (asked == NULL || pdn_sources_net(s, err) == NULL) {
        return NULL;
    }

    asked->op = pdn_arena_text(&s->arena, op, strlen(op));
    asked->version = pdn_arena_text(&s->arena, version, strlen(version));
    snprintf(query, sizeof(query),
             "api/pkg/fetch?account=%.*s&name=%s&op=%s&version=%s",
             (int) (slash - p->id.name), p->id.name, slash + 1, op, version);
    pdn_url_join(asked->url, source->url, query);

    asked->fetch.url = asked->url;
    asked->fetch.limit = 65536;
    asked->fetch.metadata = 1;
    asked->fetch.no_follow = 1;
    asked->next = p->asked;
    p->asked = asked;
    pdn_net_add(s->net, &asked->fetch);

    return asked;
}


/* "/api/pkg/tarball/ACCOUNT/NAME-VERSION.opm.tar.gz", and nothing else. */
static const char *
pdn_opm_location(pdn_sources_t *s, const pdn_opm_package_t *p,
                 const char *location, char **version)
{
    static const char tail[] = ".opm.tar.gz";
    const char *path, *slash;
    char head[600];
    size_t n, len;

    slash = strchr(p->id.name, '/');
    snprintf(head, sizeof(head), "/api/pkg/tarball/%.*s/%s-",
             (int) (slash - p->id.name), p->id.name, slash + 1);

    path = strstr(location, head);
    n = strlen(head);
    len = path != NULL ? strlen(path) : 0;

    if (len <= n + sizeof(tail) - 1
        || strcmp(path + len - (sizeof(tail) - 1), tail) != 0
        || strpbrk(path + n, "/?#%") != NULL)
    {
        return NULL;
    }

    *version = pdn_arena_text(&s->arena, path + n, len - n - sizeof(tail) + 1);

    return pdn_arena_text(&s->arena, path, len);
}


/* 32 digits out of a text that may hold dashes. */
static const char *
pdn_opm_md5(pdn_sources_t *s, const char *text)
{
    char digits[33];
    size_t n;

    for (n = 0; *text != '\0' && n < 33; text++) {
        if (isxdigit((unsigned char) *text)) {
            digits[n++] = tolower((unsigned char) *text);
        }
    }

    return n == 32 ? pdn_arena_text(&s->arena, digits, 32) : NULL;
}


/* Takes an answer; 0, also when nothing fits, or -1. */
static int
pdn_opm_understand(pdn_sources_t *s, pdn_opm_package_t *p,
                   pdn_opm_asked_t *asked, pdn_error_t *err)
{
    pdn_opm_version_t *v;
    const char *path;
    char *version;

    if (asked->understood) {
        return 0;
    }

    if (pdn_sources_await(s, &asked->fetch, err) != 0) {
        return -1;
    }

    asked->understood = 1;

    if (asked->fetch.status == 404) {
        return 0;
    }

    path = asked->fetch.status == 302 || asked->fetch.status == 301
               ? pdn_opm_location(s, p, asked->fetch.location, &version)
               : NULL;

    if (path == NULL || version == NULL) {
        return pdn_error(err, 402,
                         "'%s' answers %ld, which is not how opm's "
                         "servers answer",
                         asked->url, asked->fetch.status);
    }

    for (v = p->versions; v != NULL; v = v->next) {
        if (strcmp(v->version, version) == 0) {
            return 0;
        }
    }

    v = pdn_arena_alloc(&s->arena, sizeof(pdn_opm_version_t));
    if (v == NULL) {
        return pdn_error_memory(err);
    }

    v->version = version;
    v->path = path;
    v->md5 = pdn_opm_md5(s, asked->fetch.checksum);
    v->next = p->versions;
    p->versions = v;
    p->n++;

    return 0;
}


static void
pdn_opm_want(pdn_sources_t *s, const pdn_source_t *source, const pdn_id_t *id,
             const char *req, const char *version)
{
    pdn_error_t ignored = { 0 };
    pdn_opm_package_t *p;
    const char *op, *than;

    if (version == NULL) {
        op = pdn_opm_condition(req, &than);
        p = pdn_opm_package(s, id, &ignored);
        if (p != NULL) {
            pdn_opm_ask(s, source, p, op, than, &ignored);
        }
    }

    pdn_error_release(&ignored);
}


static pdn_found_t
pdn_opm_versions(pdn_sources_t *s, const pdn_source_t *source,
                 const pdn_id_t *id, const char *req, pdn_versions_t *out,
                 pdn_error_t *err)
{
    pdn_opm_version_t *v;
    pdn_opm_package_t *p;
    pdn_opm_asked_t *asked;
    pdn_listed_t *items;
    const char *op, *than;

    p = pdn_opm_package(s, id, err);
    op = pdn_opm_condition(req, &than);
    asked = p != NULL ? pdn_opm_ask(s, source, p, op, than, err) : NULL;

    if (asked == NULL || pdn_opm_understand(s, p, asked, err) != 0) {
        return PDN_REFUSED;
    }

    items = pdn_arena_array(&s->arena, p->n + 1, sizeof(pdn_listed_t));
    if (items == NULL) {
        pdn_error_memory(err);
        return PDN_REFUSED;
    }

    for (v = p->versions; v != NULL; v = v->next) {
        items[out->n++].version = v->version;
    }

    out->items = items;
    out->complete = 0;

    return out->n != 0 ? PDN_FOUND : PDN_MISSING;
}


static pdn_opm_version_t *
pdn_opm_find(pdn_sources_t *s, const pdn_source_t *source, const pdn_id_t *id,
             const char *version, pdn_error_t *err)
{
    pdn_opm_version_t *v;
    pdn_opm_package_t *p;
    pdn_opm_asked_t *asked;
    int tries;

    p = pdn_opm_package(s, id, err);

    for (tries = 0; p != NULL && tries < 2; tries++) {
        for (v = p->versions; v != NULL; v = v->next) {
            if (strcmp(v->version, version) == 0) {
                return v;
            }
        }

        asked = pdn_opm_ask(s, source, p, "eq", version, err);
        if (asked == NULL || pdn_opm_understand(s, p, asked, err) != 0) {
            return NULL;
        }
    }

    if (p != NULL) {
        pdn_error(err, 406, "the server no longer has %s %s", id->name,
                  version);
    }

    return NULL;
}


/* What the tarball says: it must be the package it is called. */
static int
pdn_opm_about(pdn_sources_t *s, const pdn_id_t *id, const char *version,
              const pdn_str_t *bytes, pdn_dist_t *dist, pdn_error_t *err)
{
    pdn_files_t files = { .arena = &s->arena };
    const pdn_file_t *ini;
    const char *folder;
    char name[1200];

    if (pdn_archive_read(pdn_str_z(bytes), bytes->len, &files, err) != 0) {
        return -1;
    }

    folder = pdn_files_common(&files, err);
    snprintf(name, sizeof(name), "%sdist.ini", folder != NULL ? folder : "");
    ini = pdn_files_find(&files, name);

    if (ini == NULL) {
        return pdn_error(err, 405, "the tarball of %s has no dist.ini",
                         id->name);
    }

    if (pdn_dist_read(&s->arena, ini->data, ini->len, dist, err) != 0) {
        return -1;
    }

    if (strcmp(dist->name, strchr(id->name, '/') + 1) != 0
        || dist->version == NULL || strcmp(dist->version, version) != 0)
    {
        return pdn_error(err, 507, "the tarball of %s %s holds %s %s", id->name,
                         version, dist->name,
                         dist->version != NULL ? dist->version : "?");
    }

    return 0;
}


static int
pdn_opm_check_md5(const pdn_opm_version_t *v, const char *url,
                  const pdn_str_t *bytes, pdn_error_t *err)
{
    char md5[33];

    if (v->md5 == NULL) {
        return 0;
    }

    if (pdn_digest_md5(pdn_str_z(bytes), bytes->len, md5, err) != 0) {
        return -1;
    }

    return strcmp(md5, v->md5) == 0
               ? 0
               : pdn_error(err, 507,
                           "'%s' is not what the server says it is: "
                           "its MD5 is %s",
                           url, md5);
}


static pdn_release_t *
pdn_opm_load(pdn_sources_t *s, const pdn_source_t *source, const pdn_id_t *id,
             pdn_opm_version_t *v, pdn_error_t *err)
{
    pdn_fetch_t f = { .limit = PDN_OPM_MAX };
    char url[PDN_URL_MAX], hex[PDN_DIGEST_HEX + 1];
    pdn_release_t *r;
    pdn_digest_t sum;
    pdn_dist_t dist;
    int rc;

    r = pdn_arena_alloc(&s->arena, sizeof(pdn_release_t));
    if (r == NULL) {
        pdn_error_memory(err);
        return NULL;
    }

    if (pdn_sources_store(s, err) == NULL || pdn_sources_net(s, err) == NULL) {
        return NULL;
    }

    pdn_url_join(url, source->url, v->path);
    f.url = url;
    pdn_progress_add(&s->progress, 1);
    pdn_net_add(s->net, &f);

    rc = pdn_sources_await(s, &f, err);
    rc = rc == 0 ? pdn_sources_status(&f, err) : rc;
    rc = rc == 0 ? pdn_opm_check_md5(v, url, &f.body, err) : rc;
    rc = rc == 0 ? pdn_opm_about(s, id, v->version, &f.body, &dist, err) : rc;
    rc = rc == 0 ? pdn_digest(f.body.data, f.body.len, &sum, err) : rc;

    if (rc == 0) {
        pdn_digest_hex(&sum, hex);
        rc = pdn_cache_put(&s->store, hex, f.body.data, f.body.len, err);
        r->src = pdn_arena_text(&s->arena, hex, PDN_DIGEST_HEX);
        r->size = f.body.len;
    }

    pdn_fetch_release(&f);

    if (rc != 0) {
        return NULL;
    }

    r->version = v->version;
    r->deps = dist.deps;
    r->n_deps = dist.n_deps;
    r->summary = dist.abstract;
    r->license = dist.license;
    pdn_sources_came(s, id, v->version, r->size);

    return r;
}


static pdn_found_t
pdn_opm_release(pdn_sources_t *s, const pdn_source_t *source,
                const pdn_id_t *id, const char *version,
                const pdn_release_t **out, pdn_error_t *err)
{
    pdn_opm_version_t *v;

    v = pdn_opm_find(s, source, id, version, err);
    if (v == NULL) {
        return err->number == 406 ? PDN_MISSING : PDN_REFUSED;
    }

    if (v->release == NULL) {
        v->release = pdn_opm_load(s, source, id, v, err);
    }

    *out = v->release;

    return v->release != NULL ? PDN_FOUND : PDN_REFUSED;
}


/* The tarball's name is not derived: the server names it. */
static int
pdn_opm_address(pdn_sources_t *s, const pdn_source_t *source, pdn_artifact_t *a,
                pdn_error_t *err)
{
    pdn_opm_version_t *v;

    v = pdn_opm_find(s, source, &a->entry->id, a->entry->version, err);
    if (v == NULL) {
        return -1;
    }

    a->fetch.limit = PDN_OPM_MAX;

    return pdn_url_join(a->url, source->url, v->path);
}


static int
pdn_opm_check(pdn_sources_t *s, const pdn_source_t *source, pdn_artifact_t *a,
              pdn_error_t *err)
{
    pdn_dist_t dist;

    (void) source;

    return pdn_opm_about(s, &a->entry->id, a->entry->version, &a->fetch.body,
                         &dist, err);
}


const pdn_source_ops_t pdn_source_opm = {
    .want = pdn_opm_want,
    .versions = pdn_opm_versions,
    .release = pdn_opm_release,
    .address = pdn_opm_address,
    .check = pdn_opm_check,
    .search = pdn_opm_search,
    .free = pdn_opm_free,
};
