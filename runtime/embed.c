/*
 * SPDX-License-Identifier: MIT
 *
 * Build tool: compiles the Lua half of the runtime to bytecode and prints it
 * as C arrays with their table, see ngx_pdn_embedded_t in ngx_pdn_vm.h.
 *
 *   embed ROOT FILE ...     FILE is ROOT/GROUP/PATH.lua
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>


typedef struct {
    char group[64];
    char name[192];
    size_t size;
} entry_t;


static int
write_bytes(lua_State *L, const void *data, size_t size, void *total)
{
    size_t i;
    const unsigned char *p = data;

    (void) L;

    for (i = 0; i < size; i++) {
        printf("%u,%s", p[i], i % 20 == 19 ? "\n" : "");
    }

    *(size_t *) total += size;

    return 0;
}


/* "preload/ngx/re.lua" is "ngx.re" of the group "preload". */
static int
split_path(const char *path, entry_t *entry)
{
    char *p;
    size_t len;
    const char *slash;

    slash = strchr(path, '/');
    len = strlen(path);

    if (slash == NULL || (size_t) (slash - path) >= sizeof(entry->group)
        || len >= sizeof(entry->name) || len < 5
        || strcmp(path + len - 4, ".lua") != 0)
    {
        return -1;
    }

    memcpy(entry->group, path, slash - path);
    entry->group[slash - path] = '\0';

    memcpy(entry->name, slash + 1, len - (slash + 1 - path) - 4);
    entry->name[len - (slash + 1 - path) - 4] = '\0';

    if (strcmp(entry->group, "preload") == 0) {
        for (p = entry->name; *p; p++) {
            if (*p == '/') {
                *p = '.';
            }
        }
    }

    return 0;
}


static int
embed(lua_State *L, const char *root, const char *file, int i, entry_t *entry)
{
    char *text;
    long size;
    FILE *f;
    char chunkname[256];
    size_t total;

    if (strncmp(file, root, strlen(root)) != 0
        || split_path(file + strlen(root) + 1, entry) != 0)
    {
        fprintf(stderr, "embed: '%s' is not %s/GROUP/NAME.lua\n", file, root);
        return -1;
    }

    f = fopen(file, "rb");
    if (f == NULL) {
        fprintf(stderr, "embed: cannot open '%s'\n", file);
        return -1;
    }

    fseek(f, 0, SEEK_END);
    size = ftell(f);
    rewind(f);
    text = malloc(size + 1);

    if (text == NULL || fread(text, 1, size, f) != (size_t) size) {
        fprintf(stderr, "embed: cannot read '%s'\n", file);
        fclose(f);
        free(text);
        return -1;
    }

    fclose(f);

    snprintf(chunkname, sizeof(chunkname), "=pandan:%s.lua", entry->name);

    if (luaL_loadbuffer(L, text, size, chunkname) != 0) {
        fprintf(stderr, "embed: %s: %s\n", file, lua_tostring(L, -1));
        free(text);
        return -1;
    }

    free(text);

    total = 0;
    printf("static const unsigned char code_%d[] = {\n", i);
    lua_dump(L, write_bytes, &total);
    printf("};\n\n");
    lua_pop(L, 1);

    entry->size = total;

    return 0;
}


int
main(int argc, char **argv)
{
    int i, n;
    entry_t *entries;
    lua_State *L;

    if (argc < 2) {
        fprintf(stderr, "usage: embed ROOT FILE ...\n");
        return 2;
    }

    L = luaL_newstate();
    n = argc - 2;
    entries = calloc(n + 1, sizeof(entry_t));

    if (L == NULL || entries == NULL) {
        fprintf(stderr, "embed: out of memory\n");
        return 1;
    }

    printf("/* Made by runtime/embed.c from runtime/lua. */\n\n"
           "#include \"ngx_pdn_vm.h\"\n\n"
           "extern const ngx_pdn_embedded_t  ngx_pdn_embedded[];\n\n");

    for (i = 0; i < n; i++) {
        if (embed(L, argv[1], argv[i + 2], i, &entries[i]) != 0) {
            return 1;
        }
    }

    printf("const ngx_pdn_embedded_t  ngx_pdn_embedded[] = {\n");

    for (i = 0; i < n; i++) {
        printf("    { \"%s\", \"%s\", code_%d, %zu },\n", entries[i].group,
               entries[i].name, i, entries[i].size);
    }

    printf("    { 0, 0, 0, 0 }\n};\n");

    free(entries);
    lua_close(L);

    return 0;
}
