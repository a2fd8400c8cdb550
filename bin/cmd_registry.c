/* SPDX-License-Identifier: MIT */
/* `registry`: one of our own, in a folder that any web server may serve. */

#include "cmd.h"
#include "pdn_pm.h"
#include "pdn_registry_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    pdn_pm_t pm;
    pdn_registry_edit_t edit;
    char keys[PATH_MAX + 8];
    int lock; /* -1: none */
} pdn_registry_cmd_t;


/* Keys lie beside the folder, never in it: it is served. */
static int
pdn_registry_begin(pdn_registry_cmd_t *c, const pdn_cli_t *cli)
{
    const char *keys, *days;
    size_t len;

    c->lock = -1;

    if (pdn_pm_init(&c->pm, cli) != 0) {
        return -1;
    }

    memset(&c->edit, 0, sizeof(c->edit));
    c->edit.folder = cli->words[0];
    c->edit.now = time(NULL);
    len = strlen(c->edit.folder);

    while (len > 1 && c->edit.folder[len - 1] == '/') {
        len--;
    }

    snprintf(c->keys, sizeof(c->keys), "%.*s.keys", (int) len, c->edit.folder);
    keys = pdn_cli_given(cli, "keys");
    c->edit.keys = keys != NULL ? keys : c->keys;

    days = pdn_cli_given(cli, "days");
    if (days != NULL) {
        c->edit.days = strtol(days, NULL, 10);
        c->edit.expired = c->edit.days < 1;
    }

    return 0;
}


/* The same for a command that changes it. */
static int
pdn_registry_begin_edit(pdn_registry_cmd_t *c, const pdn_cli_t *cli)
{
    if (pdn_registry_begin(c, cli) != 0) {
        return -1;
    }

    c->lock = pdn_registry_lock(&c->edit, &c->pm.err);

    return c->lock < 0 ? -1 : 0;
}


static pdn_exit_t
pdn_registry_end(pdn_registry_cmd_t *c, int rc, const char *said)
{
    if (c->lock >= 0) {
        close(c->lock);
    }

    if (rc == 0 && said != NULL && !c->pm.settings.quiet
        && !c->pm.settings.json) {
        puts(said);
    }

    return pdn_pm_end(&c->pm, rc);
}


pdn_exit_t
pdn_cmd_registry_init(pdn_cli_t *cli)
{
    char key[PATH_MAX + 16], text[PDN_KEY_HEX + 256], hex[PDN_KEY_HEX + 1];
    pdn_key_t secret, public;
    pdn_registry_cmd_t c;
    int rc;

    rc = pdn_registry_begin(&c, cli);
    rc = rc == 0 ? pdn_registry_init(&c.edit, &c.pm.err) : rc;

    if (rc == 0) {
        snprintf(key, sizeof(key), "%s/root.key", c.edit.keys);
        rc = pdn_registry_key(key, 0, &secret, &c.pm.err) != 0
                     || pdn_sign_public(&secret, &public, &c.pm.err) != 0
                 ? -1
                 : 0;
    }

    if (rc == 0) {
        pdn_hex_write(public.bytes, PDN_KEY_LEN, hex);
        snprintf(text, sizeof(text),
                 "key = \"ed25519:%s\"\nKeep root.key away from the server.",
                 hex);
    }

    return pdn_registry_end(&c, rc, text);
}


/* A file, signed by the author where it was made, or not at all. */
static int
pdn_registry_add_file(pdn_registry_cmd_t *c, const char *file,
                      pdn_registry_adding_t how)
{
    pdn_str_t bytes = { 0 }, what = { 0 };
    pdn_problem_t problem;
    pdn_author_t author;
    char sig[PATH_MAX];
    int rc;

    if (snprintf(sig, sizeof(sig), "%s.sig", file) >= (int) sizeof(sig)) {
        return pdn_error(&c->pm.err, 620, "the path of '%s' is too long", file);
    }

    if (how.secret == NULL) {
        rc = pdn_author_read(sig, &author, &c->pm.err);
        if (rc < 0) {
            return -1;
        }
        how.author = rc == 1 ? &author : NULL;
    }

    rc = pdn_fs_read(file, &bytes, &problem) != 0
             ? pdn_error(&c->pm.err, 620, "%s", problem.text)
             : pdn_registry_add(&c->edit, pdn_str_z(&bytes), bytes.len, &how,
                                &what, &c->pm.err);

    if (rc == 0 && !c->pm.settings.quiet) {
        printf("+ %s\n", pdn_str_z(&what));
    }

    pdn_str_release(&bytes);
    pdn_str_release(&what);

    return rc;
}


pdn_exit_t
pdn_cmd_registry_add(pdn_cli_t *cli)
{
    pdn_registry_adding_t how = { NULL, NULL, NULL };
    pdn_registry_cmd_t c;
    const char *file;
    pdn_key_t secret;
    int i, rc;

    rc = pdn_registry_begin_edit(&c, cli);
    file = pdn_cli_given(cli, "author");
    how.owner = pdn_cli_given(cli, "owner");

    if (rc == 0 && file != NULL) {
        rc = pdn_registry_key(file, 1, &secret, &c.pm.err);
        how.secret = &secret;
    }

    for (i = 1; rc == 0 && i < cli->n; i++) {
        rc = pdn_registry_add_file(&c, cli->words[i], how);
    }

    rc = rc == 0 ? pdn_registry_sign(&c.edit, &c.pm.err) : rc;

    return pdn_registry_end(&c, rc, NULL);
}


pdn_exit_t
pdn_cmd_registry_yank(pdn_cli_t *cli)
{
    pdn_registry_cmd_t c;
    int rc, undo;

    rc = pdn_registry_begin_edit(&c, cli);
    undo = pdn_cli_given(cli, "undo") != NULL;
    rc = rc == 0 ? pdn_registry_yank(&c.edit, cli->words[1], cli->words[2],
                                     !undo, &c.pm.err)
                 : rc;
    rc = rc == 0 ? pdn_registry_sign(&c.edit, &c.pm.err) : rc;

    return pdn_registry_end(
        &c, rc, undo ? "it may be chosen again" : "it is no longer chosen");
}


pdn_exit_t
pdn_cmd_registry_sign(pdn_cli_t *cli)
{
    pdn_registry_cmd_t c;
    int rc;

    rc = pdn_registry_begin_edit(&c, cli);
    rc = rc == 0 ? pdn_registry_sign(&c.edit, &c.pm.err) : rc;

    return pdn_registry_end(&c, rc, "signed");
}


pdn_exit_t
pdn_cmd_registry_rotate(pdn_cli_t *cli)
{
    pdn_registry_cmd_t c;
    int rc;

    rc = pdn_registry_begin_edit(&c, cli);
    rc = rc == 0 ? pdn_registry_rotate(&c.edit, &c.pm.err) : rc;

    return pdn_registry_end(&c, rc,
                            "there are new keys; the old ones lie "
                            "beside them");
}


pdn_exit_t
pdn_cmd_registry_verify(pdn_cli_t *cli)
{
    pdn_registry_cmd_t c;
    char text[64];
    size_t n;
    int rc;

    n = 0;
    rc = pdn_registry_begin(&c, cli);
    rc = rc == 0 ? pdn_registry_verify(&c.edit, &n, &c.pm.err) : rc;
    snprintf(text, sizeof(text), "%zu versions, all as they were signed", n);

    return pdn_registry_end(&c, rc, text);
}
