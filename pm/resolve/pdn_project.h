/* SPDX-License-Identifier: MIT */
/*
 * A project on disk: its folder, manifest and lock, the settings of this run,
 * and the one way from manifest to lock that all commands take.
 */

#ifndef PDN_PROJECT_H
#define PDN_PROJECT_H

#include "pdn_lock.h"
#include "pdn_resolve.h"
#include "pdn_source.h"

#include <limits.h>

/* Settings that every command of the package manager takes. */
typedef struct {
    unsigned json : 1;
    unsigned quiet : 1;
    unsigned verbose : 1;
    unsigned progress : 1; /* standard error is a terminal, and it is wanted */
    unsigned colour : 1;
    unsigned offline : 1; /* what is not in the cache is an error, P0404 */
    unsigned jobs;        /* 0: as the machine has */
    unsigned timeout;     /* seconds; 0: the default */
} pdn_settings_t;

typedef struct {
    pdn_arena_t arena; /* holds all below */
    char root[PATH_MAX];
    pdn_settings_t settings;

    pdn_manifest_t manifest;
    char manifest_hash[65]; /* sha256 of the manifest's text */

    unsigned has_lock : 1;
    pdn_lock_t lock; /* as on disk */
    const char *lock_text;
    size_t lock_len;
} pdn_project_t;

/*
 * Reads manifest and lock of the project that `folder` is in (there or
 * above). Returns 0, or -1: P0105 (no manifest), P01xx, P02xx. What it filled
 * is released in both cases by pdn_project_release().
 */
int pdn_project_open(pdn_project_t *p, const char *folder,
                     const pdn_settings_t *settings, pdn_error_t *err);

/* A project in this folder that asks for nothing, without any file. */
int pdn_project_blank(pdn_project_t *p, const char *folder,
                      const pdn_settings_t *settings, pdn_error_t *err);

/* The same with another text for the manifest, which is copied. */
int pdn_project_edit(pdn_project_t *p, const char *text, size_t len,
                     pdn_error_t *err);

void pdn_project_release(pdn_project_t *p);

/* Is the lock there and made from this very manifest? */
int pdn_project_is_fresh(const pdn_project_t *p);

typedef enum {
    PDN_LOCK_WRITE,  /* resolve when the lock does not fit: the default */
    PDN_LOCK_LOCKED, /* --locked: P0203 when it does not fit */
    PDN_LOCK_FROZEN  /* --frozen: take it unseen, P0204 when there is none */
} pdn_lock_mode_t;

/*
 * Gives the lock to install: the one on disk when it is fresh and nothing is
 * to be updated (the provider is then not asked at all), else a resolved one.
 * `how` may be NULL; its manifest and old are filled here. dev and direct of
 * the entries are set.
 */
int pdn_project_lock(pdn_project_t *p, pdn_provider_t *provider,
                     pdn_lock_mode_t mode, pdn_resolve_how_t *how,
                     pdn_lock_t *out, pdn_error_t *err);

/* Sets dev and direct of every entry from the manifest. */
int pdn_project_mark(const pdn_project_t *p, pdn_lock_t *lock,
                     pdn_error_t *err);

/*
 * Writes the lock beside the manifest, by a new file and a rename, unless the
 * bytes are those on disk. Every hash must be known by now (P0205).
 */
int pdn_project_save_lock(pdn_project_t *p, pdn_lock_t *lock, pdn_error_t *err);
int pdn_project_save_manifest(pdn_project_t *p, pdn_error_t *err);

#endif /* PDN_PROJECT_H */
