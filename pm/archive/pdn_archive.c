/* SPDX-License-Identifier: MIT */
/* Reading archives; see pdn_archive.h. */

#include "pdn_archive.h"
#include "pdn_libarchive.h"
#include "pdn_zip.h"

#include <string.h>

/* Text packs well, but not a hundred times; below this nobody minds. */
#define PDN_ARCHIVE_RATIO      100
#define PDN_ARCHIVE_RATIO_FREE (4 * 1024 * 1024)
#define PDN_ARCHIVE_FIRST      8192

typedef struct {
    const pdn_libarchive_t *lib;
    struct archive *a;
    pdn_files_t *files;
    size_t packed;
    size_t entries;
    pdn_error_t *err;
} pdn_unpack_t;

static const struct {
    const char *magic;
    size_t len;
    size_t at;
} pdn_archive_magics[] = {
    { "PK\003\004", 4, 0 },      { "PK\005\006", 4, 0 },
    { "\037\213", 2, 0 },        { "BZh", 3, 0 },
    { "\375\067zXZ\000", 6, 0 }, { "\050\265\057\375", 4, 0 },
    { "ustar", 5, 257 },
};


int
pdn_archive_is(const char *data, size_t len)
{
    size_t i;

    for (i = 0; i < sizeof(pdn_archive_magics) / sizeof(pdn_archive_magics[0]);
         i++) {
        if (len >= pdn_archive_magics[i].at + pdn_archive_magics[i].len
            && memcmp(data + pdn_archive_magics[i].at,
                      pdn_archive_magics[i].magic, pdn_archive_magics[i].len)
                   == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* Is so much from so little still believable? */
static int
pdn_unpack_check_size(pdn_unpack_t *u, size_t more)
{
    size_t max, total;

    max = u->files->max_bytes != 0 ? u->files->max_bytes : PDN_FILES_MAX_SIZE;
    total = u->files->bytes + more;

    if (total > max
        || (total > PDN_ARCHIVE_RATIO_FREE
            && total / PDN_ARCHIVE_RATIO > u->packed))
    {
        return pdn_error(u->err, 608,
                         "the archive's %zu bytes unpack to more than %zu",
                         u->packed, total);
    }

    return 0;
}


/* The bytes of the file at hand; its head may tell a size, or lie. */
static char *
pdn_unpack_bytes(pdn_unpack_t *u, struct archive_entry *entry, size_t *len)
{
    size_t cap, done;
    char *data, *more;
    ssize_t n;

    cap = PDN_ARCHIVE_FIRST;

    if (u->lib->archive_entry_size_is_set(entry)) {
        cap = u->lib->archive_entry_size(entry) + 1;
        if (u->lib->archive_entry_size(entry) < 0
            || pdn_unpack_check_size(u, cap - 1) != 0)
        {
            return NULL;
        }
    }

    data = pdn_arena_alloc(u->files->arena, cap);
    done = 0;

    while (data != NULL) {
        n = u->lib->archive_read_data(u->a, data + done, cap - done);
        if (n == 0) {
            *len = done;
            return data;
        }

        if (n < 0) {
            pdn_error(u->err, 601, "the archive is damaged: %s",
                      u->lib->archive_error_string(u->a));
            return NULL;
        }

        done += n;
        if (pdn_unpack_check_size(u, done) != 0) {
            return NULL;
        }

        if (done == cap) {
            more = pdn_arena_alloc(u->files->arena, cap * 2);
            if (more != NULL) {
                memcpy(more, data, done);
            }
            data = more;
            cap *= 2;
        }
    }

    pdn_error_memory(u->err);

    return NULL;
}


static int
pdn_unpack_check_kind(pdn_unpack_t *u, struct archive_entry *entry,
                      const char *name)
{
    unsigned type;

    type = u->lib->archive_entry_filetype(entry);

    if (type == AE_IFLNK || u->lib->archive_entry_hardlink(entry) != NULL
        || u->lib->archive_entry_symlink(entry) != NULL)
    {
        return pdn_error(u->err, 604, "'%s' in the archive is a link", name);
    }

    if (type != AE_IFREG && type != AE_IFDIR) {
        return pdn_error(u->err, 605,
                         "'%s' in the archive is neither file nor folder",
                         name);
    }

    if (type == AE_IFREG && (u->lib->archive_entry_perm(entry) & 06000) != 0) {
        return pdn_error(u->err, 606,
                         "'%s' in the archive would run as somebody else",
                         name);
    }

    return 0;
}


static int
pdn_unpack_entry(pdn_unpack_t *u, struct archive_entry *entry)
{
    const char *name;
    char *data;
    size_t len, size;

    if (++u->entries > PDN_FILES_MAX) {
        return pdn_error(u->err, 609, "more than %d entries", PDN_FILES_MAX);
    }

    name = u->lib->archive_entry_pathname(entry);
    if (name == NULL) {
        return pdn_error(u->err, 603, "a name in the archive is no text");
    }

    /* `tar c .` names its files so; it says nothing */
    if (strncmp(name, "./", 2) == 0) {
        name += 2;
    }

    len = strlen(name);

    if (pdn_unpack_check_kind(u, entry, name) != 0) {
        return -1;
    }

    if (u->lib->archive_entry_filetype(entry) == AE_IFDIR) {
        while (len > 0 && name[len - 1] == '/') {
            len--;
        }
        return len == 0 || (len == 1 && name[0] == '.')
                   ? 0
                   : pdn_files_check(name, len, u->err);
    }

    /* the name first: a bad one costs no unpacking */
    if (pdn_files_check(name, len, u->err) != 0) {
        return -1;
    }

    data = pdn_unpack_bytes(u, entry, &size);
    if (data == NULL) {
        return -1;
    }

    return pdn_files_add(u->files, name, len, data, size,
                         (u->lib->archive_entry_perm(entry) & 0100) != 0,
                         u->err);
}


static int
pdn_unpack_all(pdn_unpack_t *u)
{
    struct archive_entry *entry;
    int rc;

    for (;;) {
        rc = u->lib->archive_read_next_header(u->a, &entry);

        if (rc == ARCHIVE_EOF) {
            return 0;
        }

        /* a warning is a part that it did not understand: so don't we */
        if (rc != ARCHIVE_OK) {
            return pdn_error(u->err, 601, "the archive is damaged: %s",
                             u->lib->archive_error_string(u->a));
        }

        if (pdn_unpack_entry(u, entry) != 0) {
            return -1;
        }
    }
}


int
pdn_archive_read(const char *data, size_t len, pdn_files_t *files,
                 pdn_error_t *err)
{
    pdn_unpack_t u = { .files = files, .packed = len, .err = err };
    int is_zip, rc;

    if (!pdn_archive_is(data, len)) {
        return pdn_error(err, 601, "it is neither a tar nor a zip");
    }

    is_zip = memcmp(data, "PK", 2) == 0;
    if (is_zip && pdn_zip_check(data, len, err) != 0) {
        return -1;
    }

    u.lib = pdn_libarchive_load(err);
    if (u.lib == NULL) {
        return -1;
    }

    u.a = u.lib->archive_read_new();
    if (u.a == NULL) {
        return pdn_error_memory(err);
    }

    if (is_zip) {
        u.lib->archive_read_support_format_zip_seekable(u.a);
    } else {
        u.lib->archive_read_support_format_tar(u.a);
        u.lib->archive_read_support_filter_gzip(u.a);
        u.lib->archive_read_support_filter_bzip2(u.a);
        u.lib->archive_read_support_filter_xz(u.a);
        u.lib->archive_read_support_filter_zstd(u.a);
    }

    if (u.lib->archive_read_open_memory(u.a, data, len) != ARCHIVE_OK) {
        rc = pdn_error(err, 601, "the archive is damaged: %s",
                       u.lib->archive_error_string(u.a));
    } else {
        rc = pdn_unpack_all(&u);
    }

    u.lib->archive_read_free(u.a);

    return rc;
}
