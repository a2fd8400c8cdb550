/* SPDX-License-Identifier: MIT */
/*
 * `native.multipart`: a parser object that takes a body in pieces and gives
 * two trees, fields and files. Files are written as they come. Until
 * finish() hands them over they are the parser's: an error, or a parser that
 * is collected, removes them.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "pdn_lua_tree.h"
#include "pdn_multipart.h"
#include "pdn_upload.h"

#define PDN_LUA_PARSER "pandan.multipart"
#define PDN_LUA_UPLOAD "pandan.upload"

enum {
    ENV_FIELDS = 1,
    ENV_FILES,
    ENV_LIST,
};

typedef struct pdn_lua_path_s pdn_lua_path_t;

struct pdn_lua_path_s {
    pdn_lua_path_t *next;
    char path[];
};

typedef struct {
    pdn_multipart_t m;
    lua_State *L; /* of the call under way */
    pdn_lua_tree_t fields;
    pdn_lua_tree_t files;
    pdn_lua_path_t *paths;
    pdn_upload_t upload;
    pdn_buf_t name; /* of the part at hand */
    pdn_buf_t filename;
    pdn_buf_t type;
    pdn_buf_t value;
    char *folder; /* NULL: files are refused */
    size_t max_file;
    size_t max_files;
    size_t max_value; /* of all fields together */
    size_t values;
    unsigned in_file : 1;
    unsigned finished : 1;
} pdn_lua_parser_t;

static const char *pdn_lua_part(void *ctx, const pdn_multipart_part_t *part);
static const char *pdn_lua_part_data(void *ctx, pdn_slice_t data);
static const char *pdn_lua_part_end(void *ctx);
static const char *pdn_lua_file_start(pdn_lua_parser_t *p);
static const char *pdn_lua_file_end(pdn_lua_parser_t *p);

static const pdn_multipart_sink_t pdn_lua_sink = {
    pdn_lua_part,
    pdn_lua_part_data,
    pdn_lua_part_end,
};


static void
pdn_lua_parser_discard(pdn_lua_parser_t *p)
{
    pdn_lua_path_t *path;

    if (p->upload.fd != -1) {
        pdn_upload_close(&p->upload);
    }

    while (p->paths != NULL) {
        path = p->paths;
        p->paths = path->next;
        unlink(path->path);
        free(path);
    }
}


static pdn_lua_parser_t *
pdn_lua_parser(lua_State *L)
{
    pdn_lua_parser_t *p;

    p = luaL_checkudata(L, 1, PDN_LUA_PARSER);
    p->L = L;
    p->fields.L = L;
    p->files.L = L;

    return p;
}


/* Ends the parser: nil and a text that names the place. */
static int
pdn_lua_parser_error(pdn_lua_parser_t *p)
{
    pdn_lua_parser_discard(p);

    lua_pushnil(p->L);
    lua_pushfstring(p->L, "%s at byte %d", p->m.err.msg, (int) p->m.err.pos);

    return 2;
}


/* [-0,+1|2,me] new(content_type, options) */
static int
pdn_lua_multipart_new(lua_State *L)
{
    int i;
    size_t len;
    u_char boundary[PDN_MULTIPART_BOUNDARY];
    const char *folder;
    pdn_lua_parser_t *p;

    if (pdn_multipart_boundary(pdn_lua_slice(L, 1), boundary, &len) != PDN_OK) {
        lua_pushnil(L);
        lua_pushliteral(L, "the Content-Type is not multipart/form-data "
                           "with a boundary");
        return 2;
    }

    lua_settop(L, 2);

    p = lua_newuserdata(L, sizeof(pdn_lua_parser_t));
    memset(p, 0, sizeof(pdn_lua_parser_t));
    p->upload.fd = -1;

    luaL_getmetatable(L, PDN_LUA_PARSER);
    lua_setmetatable(L, -2);

    p->max_file = pdn_lua_size(L, 2, "max_file", (size_t) 1 << 30);
    p->max_files = pdn_lua_size(L, 2, "max_files", 20);
    p->max_value = pdn_lua_size(L, 2, "max_value", 1 << 20);

    pdn_lua_tree_init(&p->fields, L, 2);
    p->files = p->fields;

    pdn_multipart_init(&p->m, pdn_slice(boundary, len),
                       pdn_lua_size(L, 2, "max_fields", 1000), &pdn_lua_sink,
                       p);

    pdn_buf_init(&p->name, NULL, 0, 4096, pdn_buf_heap, NULL);
    pdn_buf_init(&p->filename, NULL, 0, 4096, pdn_buf_heap, NULL);
    pdn_buf_init(&p->type, NULL, 0, 4096, pdn_buf_heap, NULL);
    pdn_buf_init(&p->value, NULL, 0, p->max_value + 1, pdn_buf_heap, NULL);

    if (lua_istable(L, 2)) {
        lua_getfield(L, 2, "folder");
        folder = lua_tostring(L, -1);

        p->folder = folder != NULL ? strdup(folder) : NULL;
        lua_pop(L, 1);
    }

    lua_createtable(L, 3, 0);

    for (i = ENV_FIELDS; i <= ENV_LIST; i++) {
        lua_newtable(L);
        lua_rawseti(L, -2, i);
    }

    lua_setfenv(L, -2);

    return 1;
}


/* [-0,+1|2,me] parser:feed(chunk) gives true, or nil and a text */
static int
pdn_lua_parser_feed(lua_State *L)
{
    pdn_slice_t in;
    pdn_lua_parser_t *p;

    p = pdn_lua_parser(L);
    in = pdn_lua_slice(L, 2);

    if (pdn_multipart_feed(&p->m, in) == PDN_ERROR) {
        return pdn_lua_parser_error(p);
    }

    lua_pushboolean(L, 1);

    return 1;
}


/* [-0,+1|2,me] parser:feed_file(path), for a body that nginx spooled */
static int
pdn_lua_parser_feed_file(lua_State *L)
{
    int fd, failed;
    u_char *block;
    ssize_t n;
    pdn_rc_t rc;
    const char *path;
    pdn_lua_parser_t *p;

    enum {
        BLOCK = 65536
    };

    p = pdn_lua_parser(L);
    path = luaL_checkstring(L, 2);
    block = lua_newuserdata(L, BLOCK);

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        lua_pushnil(L);
        lua_pushfstring(L, "cannot open '%s': %s", path, strerror(errno));
        return 2;
    }

    rc = PDN_AGAIN;

    do {
        n = read(fd, block, BLOCK);

        if (n > 0) {
            rc = pdn_multipart_feed(&p->m, pdn_slice(block, (size_t) n));
        }

    } while (rc != PDN_ERROR && (n > 0 || (n < 0 && errno == EINTR)));

    failed = n < 0 ? errno : 0;
    close(fd);

    if (failed) {
        lua_pushnil(L);
        lua_pushfstring(L, "cannot read '%s': %s", path, strerror(failed));
        return 2;
    }

    if (rc == PDN_ERROR) {
        return pdn_lua_parser_error(p);
    }

    lua_pushboolean(L, 1);

    return 1;
}


/*
 * [-0,+2|3,me] parser:finish() gives the fields, the files and a plain list of
 * the files; or nil and a text
 */
static int
pdn_lua_parser_finish(lua_State *L)
{
    pdn_lua_path_t *path;
    pdn_lua_parser_t *p;

    p = pdn_lua_parser(L);

    if (p->finished) {
        return luaL_error(L, "the parser was finished before");
    }

    if (pdn_multipart_finish(&p->m) != PDN_DONE) {
        return pdn_lua_parser_error(p);
    }

    lua_settop(L, 1);
    lua_getfenv(L, 1);
    lua_rawgeti(L, 2, ENV_FIELDS);
    lua_rawgeti(L, 2, ENV_FILES);
    lua_rawgeti(L, 2, ENV_LIST);

    pdn_lua_tree_finish(&p->fields, 3);
    pdn_lua_tree_finish(&p->files, 4);

    p->finished = 1;

    while (p->paths != NULL) {
        path = p->paths;
        p->paths = path->next;
        free(path);
    }

    return 3;
}


/* [-0,+0,-] */
static int
pdn_lua_parser_gc(lua_State *L)
{
    pdn_lua_parser_t *p;

    p = luaL_checkudata(L, 1, PDN_LUA_PARSER);

    pdn_lua_parser_discard(p);
    pdn_buf_free_heap(&p->name);
    pdn_buf_free_heap(&p->filename);
    pdn_buf_free_heap(&p->type);
    pdn_buf_free_heap(&p->value);
    free(p->folder);
    p->folder = NULL;

    return 0;
}


static void
pdn_lua_copy(pdn_buf_t *b, pdn_slice_t s)
{
    b->len = 0;
    pdn_buf_add(b, s.data, s.len);
}


static const char *
pdn_lua_part(void *ctx, const pdn_multipart_part_t *part)
{
    pdn_lua_parser_t *p;

    p = ctx;

    pdn_lua_copy(&p->name, part->name);
    pdn_lua_copy(&p->filename, part->filename);
    pdn_lua_copy(&p->type, part->type);
    p->value.len = 0;

    if (p->name.failed || p->filename.failed || p->type.failed) {
        return "a name in the form is too long";
    }

    p->in_file = part->filename.data != NULL;

    return NULL;
}


static const char *
pdn_lua_part_data(void *ctx, pdn_slice_t data)
{
    const char *msg;
    pdn_lua_parser_t *p;

    p = ctx;

    if (!p->in_file) {
        p->values += data.len;

        if (p->values > p->max_value) {
            return "the fields of the form are too large";
        }

        pdn_buf_add(&p->value, data.data, data.len);

        return p->value.failed ? "no memory for a field" : NULL;
    }

    if (p->upload.fd == -1) {
        msg = pdn_lua_file_start(p);
        if (msg != NULL) {
            return msg;
        }
    }

    if (data.len > p->max_file - p->upload.size) {
        return "an uploaded file is too large";
    }

    return pdn_upload_write(&p->upload, data);
}


static const char *
pdn_lua_part_end(void *ctx)
{
    int top;
    lua_State *L;
    const char *msg;
    pdn_lua_parser_t *p;

    p = ctx;
    L = p->L;
    top = lua_gettop(L);

    luaL_checkstack(L, 16, "no stack");
    lua_getfenv(L, 1);

    if (p->in_file) {
        msg = pdn_lua_file_end(p);

    } else {
        lua_rawgeti(L, -1, ENV_FIELDS);
        lua_pushlstring(L, (char *) p->value.data, p->value.len);
        msg = pdn_lua_tree_set(&p->fields, top + 2,
                               pdn_slice(p->name.data, p->name.len));
    }

    lua_settop(L, top);

    return msg;
}


static const char *
pdn_lua_file_start(pdn_lua_parser_t *p)
{
    size_t len;
    const char *msg;
    pdn_lua_path_t *path;

    if (p->folder == NULL || p->max_files == 0) {
        return p->folder == NULL ? "no files are taken here"
                                 : "the form has too many files";
    }

    msg = pdn_upload_create(&p->upload, p->folder);
    if (msg != NULL) {
        return msg;
    }

    len = strlen(p->upload.path) + 1;

    path = malloc(sizeof(pdn_lua_path_t) + len);
    if (path == NULL) {
        unlink(p->upload.path);
        return "no memory for a file";
    }

    memcpy(path->path, p->upload.path, len);
    path->next = p->paths;
    p->paths = path;
    p->max_files--;

    return NULL;
}


/*
 * Adds the description of the file. A browser sends a part without a name
 * and without data where no file was chosen; it leaves no trace.
 */
static const char *
pdn_lua_file_end(pdn_lua_parser_t *p)
{
    int root;
    lua_State *L;
    const char *msg;

    if (p->upload.fd == -1) {
        if (p->filename.len == 0) {
            return NULL;
        }

        msg = pdn_lua_file_start(p);
        if (msg != NULL) {
            return msg;
        }
    }

    msg = pdn_upload_close(&p->upload);
    if (msg != NULL) {
        return msg;
    }

    L = p->L;

    lua_rawgeti(L, -1, ENV_LIST);
    lua_rawgeti(L, -2, ENV_FILES);
    root = lua_gettop(L);

    lua_createtable(L, 0, 5);
    luaL_getmetatable(L, PDN_LUA_UPLOAD);
    lua_setmetatable(L, -2);

    lua_pushlstring(L, (char *) p->name.data, p->name.len);
    lua_setfield(L, -2, "field");
    lua_pushlstring(L, (char *) p->filename.data, p->filename.len);
    lua_setfield(L, -2, "filename");
    lua_pushlstring(L, (char *) p->type.data, p->type.len);
    lua_setfield(L, -2, "type");
    lua_pushnumber(L, (double) p->upload.size);
    lua_setfield(L, -2, "size");
    lua_pushstring(L, p->upload.path);
    lua_setfield(L, -2, "path");

    lua_pushvalue(L, -1);
    lua_rawseti(L, root - 1, (int) lua_objlen(L, root - 1) + 1);

    return pdn_lua_tree_set(&p->files, root,
                            pdn_slice(p->name.data, p->name.len));
}


void
pdn_lua_multipart_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "feed", pdn_lua_parser_feed },
        { "feed_file", pdn_lua_parser_feed_file },
        { "finish", pdn_lua_parser_finish },
        { "__gc", pdn_lua_parser_gc },
        { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "new", pdn_lua_multipart_new },
        { NULL, NULL },
    };

    luaL_newmetatable(L, PDN_LUA_PARSER);
    luaL_register(L, NULL, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);

    luaL_newmetatable(L, PDN_LUA_UPLOAD);
    lua_pushliteral(L, "object");
    lua_setfield(L, -2, "__jsontype");
    lua_pop(L, 1);

    lua_createtable(L, 0, 1);
    luaL_register(L, NULL, functions);
}
