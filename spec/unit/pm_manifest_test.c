/*
 * SPDX-License-Identifier: MIT
 *
 * The manifest read and edited in place, and the lock.
 */

#include "pm.h"

static pdn_manifest_t manifest;


static int
reads(const char *text)
{
    pm_start();
    memset(&manifest, 0, sizeof(manifest));
    manifest.document = pm_document("pandan.pkg.lua", text);

    return pdn_manifest_read(&arena, &manifest, &error);
}


static const char *
refused(const char *text)
{
    check_int(reads(text), -1);

    return pm_error();
}


static const char *
set(const char *text, const char *key, const char *value)
{
    check_int(reads(text), 0);
    check_int(
        pdn_manifest_set(&manifest, "dependencies", key, value, &out, &error),
        0);

    return out.data;
}


static const char *
unset(const char *text, const char *key)
{
    check_int(reads(text), 0);
    check_int(pdn_manifest_unset(&manifest, "dependencies", key, &out, &error),
              0);

    return out.data;
}


test("reads all that it knows")
{
    check_int(
        reads("return {\n"
              "  name = 'iresty/hello', version = '0.1.0', license = 'MIT',\n"
              "  runtime = { luajit = '>=2.1', nginx = '>=1.22' },\n"
              "  dependencies = {\n"
              "    ['iresty/router'] = '^1.2',\n"
              "    ['opm:ledgetech/lua-resty-http'] = '>=0.17',\n"
              "    ['rocks:LPeg'] = '~> 1.1',\n"
              "    ['corp:x/y'] = { version = '^2' },\n"
              "    ['iresty/y'] = { path = '../y' },\n"
              "    ['iresty/x'] = { git = 'https://h/x.git', rev = 'v1' },\n"
              "  },\n"
              "  dev_dependencies = { ['rocks:busted'] = '' },\n"
              "  overrides = { ['rocks:lpeg'] = '1.1.0-1' },\n"
              "  aliases = { ['rocks:lua-resty-http'] = "
              "'opm:ledgetech/lua-resty-http' },\n"
              "  provided = { ['rocks:lua-cjson'] = '2.1.0', ['rocks:x'] = "
              "false },\n"
              "  build = { allow = { 'rocks:lpeg' } },\n"
              "  registries = { corp = { url = 'https://r/', key = "
              "'ed25519:x' }, default = 'https://d/' },\n"
              "  policy = { min_age = '3d' },\n"
              "}\n"),
        0);
    check_int(manifest.n_deps, 7);
    check_str(manifest.deps[2].id.name, "lpeg");
    check_int(manifest.deps[2].span.line, 7);
    check_str(manifest.deps[3].req, "^2");
    check_int(manifest.deps[4].place.kind, PDN_PLACE_PATH);
    check_str(manifest.deps[5].place.rev, "v1");
    check(manifest.deps[6].dev);
    check_int(manifest.n_runtime, 2);
    check_str(manifest.provided[0].version, "2.1.0");
    check(manifest.provided[1].version == NULL);
    check_str(pdn_manifest_source(&manifest, "")->url, "https://d/");
    check_str(pdn_manifest_source(&manifest, "corp")->key, "ed25519:x");
    check_int(manifest.min_age, 3 * 86400);
    check_int(manifest.n_build_allow, 1);
}


test("refuses mistakes and tells what was meant")
{
    check_str(refused("return { dependences = {} }"),
              "P0102 pandan.pkg.lua:1:10: the manifest has no key "
              "'dependences' | did you mean 'dependencies'?");
    check_str(refused("return { dependencies = 'x' }"),
              "P0102 pandan.pkg.lua:1:25: dependencies should be a table, not "
              "a string");
    check_str(refused("return { dependencies = { ['rocks:lpeg'] = '^1.0' } }"),
              "P0104 pandan.pkg.lua:1:45: the requirement '^1.0': a version is "
              "expected here");
    check_str(refused("return { dependencies = { ['npm:x'] = '1' } }"),
              "P0303 pandan.pkg.lua:1:27: 'npm:x' names the source 'npm', "
              "which is not one | sources are rocks, opm and the keys of "
              "`registries`");
    check_str(refused("return { dependencies = { ['../x'] = '1' } }"),
              "P0103 pandan.pkg.lua:1:27: the package name '../x' is not of "
              "the form name, owner/name or source:name");
    check_str(refused("return { dependencies = { 'a/b' } }"),
              "P0102 pandan.pkg.lua:1:27: `dependencies` has a value without a "
              "key | write [\"owner/name\"] = \"^1.0\"");
    check_str(refused("return { dependencies = { ['a/b'] = '1' }, "
                      "dev_dependencies = { ['a/b'] = '2' } }"),
              "P0102 pandan.pkg.lua:1:75: 'a/b' is listed already");
    check_str(refused("return { runtime = { ngnix = '>=1' } }"),
              "P0102 pandan.pkg.lua:1:22: `runtime` has no key 'ngnix' | did "
              "you mean 'nginx'?");
    check_str(refused("return { dependencies = { ['a/b'] = { url = 'x' } } }"),
              "P0102 pandan.pkg.lua:1:37: `url` goes with `sha256`, 64 "
              "hexadecimal digits in lower case");
    check_str(refused("return { policy = { min_age = 'soon' } }"),
              "P0102 pandan.pkg.lua:1:31: `policy.min_age` should be a time "
              "such as \"3d\" or \"12h\", not a string");
}


test("adds a row below the last one, comments and all")
{
    check_str(set("return {\n    dependencies = {\n        -- web\n"
                  "        [\"a/b\"] = \"^1\", -- why\n    },\n}\n",
                  "rocks:lpeg", "\"~> 1.1\""),
              "return {\n    dependencies = {\n        -- web\n"
              "        [\"a/b\"] = \"^1\", -- why\n"
              "        [\"rocks:lpeg\"] = \"~> 1.1\",\n    },\n}\n");
}


test("adds the comma that was not there")
{
    check_str(set("return {\n  dependencies = {\n    [\"a/b\"] = \"^1\" -- x\n"
                  "  }\n}\n",
                  "c/d", "\"1\""),
              "return {\n  dependencies = {\n    [\"a/b\"] = \"^1\", -- x\n"
              "    [\"c/d\"] = \"1\",\n  }\n}\n");
}


test("adds to tables on one line, empty ones, and ones not there yet")
{
    check_str(set("return { dependencies = { ['a/b'] = '1' } }", "c/d", "'2'"),
              "return { dependencies = { ['a/b'] = '1', [\"c/d\"] = '2' } }");
    check_str(set("return { dependencies = { ['a/b'] = '1', } }", "c/d", "'2'"),
              "return { dependencies = { ['a/b'] = '1', [\"c/d\"] = '2', } }");
    check_str(set("return {\n    dependencies = {},\n}\n", "c/d", "'2'"),
              "return {\n    dependencies = {\n        [\"c/d\"] = '2',\n"
              "    },\n}\n");
    check_str(set("return {\n    dependencies = {\n        -- none yet\n"
                  "    },\n}\n",
                  "c/d", "'2'"),
              "return {\n    dependencies = {\n        -- none yet\n"
              "        [\"c/d\"] = '2',\n    },\n}\n");
    check_str(set("return {\n    name = 'a/b',\n}\n", "c/d", "'2'"),
              "return {\n    name = 'a/b',\n    dependencies = {\n"
              "        [\"c/d\"] = '2',\n    },\n}\n");
    check_str(set("return {}\n", "c/d", "'2'"),
              "return {\n    dependencies = {\n        [\"c/d\"] = '2',\n"
              "    },\n}\n");
}


test("changes a requirement where it stands")
{
    check_str(set("return { dependencies = { ['a/b'] = '1', --[[ x ]] } }",
                  "a/b", "\"^2\""),
              "return { dependencies = { ['a/b'] = \"^2\", --[[ x ]] } }");
}


test("takes a row out with its comment, and nothing else")
{
    check_str(unset("return {\n  dependencies = {\n    -- top\n"
                    "    ['a/b'] = '1', -- gone\n    ['c/d'] = '2',\n  },\n}\n",
                    "a/b"),
              "return {\n  dependencies = {\n    -- top\n    ['c/d'] = '2',\n"
              "  },\n}\n");
    check_str(
        unset("return { dependencies = { ['a/b'] = '1', ['c/d'] = '2' } }",
              "c/d"),
        "return { dependencies = { ['a/b'] = '1' } }");
    check_str(
        unset("return { dependencies = { ['a/b'] = '1', ['c/d'] = '2' } }",
              "a/b"),
        "return { dependencies = { ['c/d'] = '2' } }");
    check_str(unset("return { dependencies = { ['a/b'] = '1' } }", "a/b"),
              "return { dependencies = { } }");
}


#define HASH                                                                   \
    "sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const char lock_text[] =
    "{\"lock\":1,\"manifest\":\"" HASH "\"}\n"
    "{\"id\":\"a/b\",\"v\":\"1.0.0\",\"src\":\"" HASH "\",\"size\":12,"
    "\"deps\":[\"rocks:lpeg\"],\"by\":\"k1\"}\n"
    "{\"id\":\"c/d\",\"v\":\"0.1.0\",\"src\":\"" HASH "\",\"git\":"
    "\"https://h/x\",\"rev\":\"v1\",\"commit\":"
    "\"0123456789012345678901234567890123456789\"}\n"
    "{\"id\":\"e/f\",\"v\":\"0.1.0\",\"path\":\"../f\"}\n"
    "{\"id\":\"rocks:lpeg\",\"v\":\"1.1.0-1\",\"art\":\"src\",\"src\":\"" HASH
    "\",\"meta\":\"" HASH "\",\"build\":\"builtin\"}\n";


static const char *
lock_refused(const char *text)
{
    pdn_document_t d;
    pdn_lock_t lock;

    pm_start();
    d = pm_document("pandan.lock", text);
    check_int(pdn_lock_read(&arena, &d, &lock, &error), -1);

    return pm_error();
}


test("writes a lock as it was read")
{
    pdn_document_t d;
    pdn_lock_t lock;

    pm_start();
    d = pm_document("pandan.lock", lock_text);
    check_int(pdn_lock_read(&arena, &d, &lock, &error), 0);
    check_int(lock.n, 4);
    check_int(lock.items[1].place.kind, PDN_PLACE_GIT);
    check_str(pdn_lock_find(&lock, &lock.items[3].id)->version, "1.1.0-1");
    check_int(pdn_lock_write(&lock, &out, &error), 0);
    check_str(out.data, lock_text);
}


test("refuses a lock that was tampered with")
{
    check(strstr(lock_refused(""), "P0201 pandan.lock:1:1: the lock was not "
                                   "written by pandan: its first line is not "
                                   "that of a lock"));
    check(strstr(lock_refused("{\"lock\":2}\n"),
                 "P0202 : 'pandan.lock' is a lock of format 2, and this pandan "
                 "knows 1 | update pandan"));

#define HEAD "{\"lock\":1,\"manifest\":\"" HASH "\"}\n"
    check(strstr(lock_refused(HEAD "{\"id\":\"a/b\",\"v\":\"1.0.0\"}\n"),
                 "an entry without its hash"));
    check(strstr(lock_refused(HEAD "{\"id\":\"a/b\",\"v\":\"../x\",\"src\":"
                                   "\"" HASH "\"}\n"),
                 "a bad version '../x'"));
    check(strstr(lock_refused(HEAD "{\"id\":\"../b\",\"v\":\"1\"}\n"),
                 "a bad name '../b'"));
    check(strstr(lock_refused(HEAD "{\"v\":\"1\",\"id\":\"a/b\"}\n"),
                 "unknown or out of order is 'id'"));
    check(strstr(lock_refused(HEAD "{\"id\":\"a/b\",\"v\":\"1\",\"x\":1}\n"),
                 "unknown or out of order is 'x'"));
    check(strstr(lock_refused(HEAD "{\"id\":\"a/b\",\"v\":\"1\",\"src\":\"" HASH
                                   "\",\"deps\":[\"c/d\"]}\n"),
                 "no line for 'c/d'"));
    check(strstr(lock_refused(HEAD "{\"id\":\"b/b\",\"v\":\"1\",\"src\":\"" HASH
                                   "\"}\n{\"id\":\"a/b\",\"v\":\"1\",\"src\":"
                                   "\"" HASH "\"}\n"),
                 "lines out of order"));
    check(strstr(lock_refused(HEAD "{\"id\":\"a/b\",\"v\":\"1\",\"src\":\"" HASH
                                   "\",\"path\":\"x\",\"url\":\"y\"}\n"),
                 "a place that is none"));
}
