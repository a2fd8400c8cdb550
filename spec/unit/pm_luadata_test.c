/*
 * SPDX-License-Identifier: MIT
 *
 * Lua that is data, and JSON lines.
 */

#include "pm.h"

static pdn_document_t doc;


static int
lua(const char *text, unsigned how)
{
    pm_start();
    doc = pm_document("a.lua", text);

    return pdn_luadata_read(&arena, &doc, how, &error);
}


static const char *
refused(const char *text)
{
    check_int(lua(text, PDN_LUADATA_UNIQUE), -1);

    return pm_error();
}


test("reads all kinds of values")
{
    check_int(lua("#!/usr/bin/lua\n-- a comment\nreturn { --[[ x\n]] a = 1, "
                  "[\"b c\"] = 'x\\65\\x42\\u{20ac}\\z  \n  y', [ [==[k]]]==] ]"
                  " = true; d = -0x10, { 1.5e3 }, false, [3] = \"three\" };",
                  PDN_LUADATA_UNIQUE),
              0);
    check_int(pdn_value_size(pdn_value_get(&doc.root, "a")), 1);
    check_str(pdn_value_get_text(&doc.root, "b c"), "xAB\xe2\x82\xacy");
    check(pdn_value_get(&doc.root, "k]]")->boolean);
    check(pdn_value_get(&doc.root, "d")->number == -16);
    check(pdn_value_at(pdn_value_at(&doc.root, 1), 1)->number == 1500);
    check_int(pdn_value_at(&doc.root, 2)->type, PDN_BOOLEAN);
    check_str(pdn_value_text(pdn_value_at(&doc.root, 3)), "three");
    check_int(pdn_value_count(&doc.root), 3);
    check(pdn_value_get(&doc.root, "nothing") == NULL);
}


test("reads a rockspec's globals")
{
    check_int(lua("package = \"lpeg\"\nversion = '1.0-1';\nsource = {\n"
                  "  url = [[\nhttp://x]],\n}\n",
                  PDN_LUADATA_GLOBALS),
              0);
    check_str(pdn_value_get_text(&doc.root, "package"), "lpeg");
    check_str(pdn_value_get_text(pdn_value_get(&doc.root, "source"), "url"),
              "http://x");
}


test("finds keys of big tables, the last of equal ones")
{
    char text[2048];
    int i, n;

    n = snprintf(text, sizeof(text), "return { ");
    for (i = 0; i < 100; i++) {
        n += snprintf(text + n, sizeof(text) - n, "k%d = %d, ", i % 50, i);
    }
    snprintf(text + n, sizeof(text) - n, "}");

    check_int(lua(text, 0), 0);
    check_int(pdn_value_size(pdn_value_get(&doc.root, "k7")), 57);
    check(pdn_value_get(&doc.root, "k50") == NULL);
}


test("refuses all that is no data, and tells where")
{
    check_str(refused("return { a = os.time() }"),
              "P0101 a.lua:1:14: expected a string, number, boolean or table, "
              "found 'os'");
    check_str(refused("return { a = 1 + 1 }"),
              "P0101 a.lua:1:16: expected ',' or '}', found '+'");
    check_str(refused("return { a = nil }"),
              "P0101 a.lua:1:14: expected a string, number, boolean or table, "
              "found 'nil'");
    check_str(refused("local x = 1"),
              "P0101 a.lua:1:1: expected 'return', found 'local'");
    check_str(refused("return {\n  a = 1,\n  a = 2,\n}"),
              "P0101 a.lua:3:3: the key 'a' stands here twice");
    check_str(refused("return { 'x"),
              "P0101 a.lua:1:10: this string does not end on its line");
    check_str(refused("return { '\\q' }"),
              "P0101 a.lua:1:11: this escape in a string is not understood");
    check_str(refused("return { [[x }"),
              "P0101 a.lua:1:10: this long string does not end");
    check_str(refused("return { --[[x }"),
              "P0101 a.lua:1:9: a comment below does not end");
    check_str(refused("return { 1e999 }"),
              "P0101 a.lua:1:10: '1e999' is not a number");
    check_str(refused("return { 12abc }"),
              "P0101 a.lua:1:10: '12abc' is not a number");
    check_str(refused("return {} x"),
              "P0101 a.lua:1:11: expected the end of the file, found 'x'");
    check_str(refused(""),
              "P0101 a.lua:1:1: expected 'return', found the end of the file");
}


test("does not nest for ever")
{
    char text[600];

    memset(text, '{', sizeof(text));
    memcpy(text, "return ", 7);
    text[sizeof(text) - 1] = '\0';
    check(strstr(refused(text), "nested too deeply") != NULL);
}


test("shows the line with carets below")
{
    check_int(lua("return {\n\ta = b,\n}\n", 0), -1);
    check_str(pdn_str_z(&error.quote), "    2 | \ta = b,\n      | \t    ^");
}


test("survives any allocation that fails")
{
    size_t limit;

    for (limit = 1; limit < 400 * 1024; limit += 30 * 1024) {
        pm_start();
        arena.limit = limit;
        doc = pm_document("a.lua", "return { a = { 1, 2, 3 }, b = 'x' }");
        if (pdn_luadata_read(&arena, &doc, 0, &error) != 0) {
            check_int(error.number, 199);
        }
    }
}


test("quotes strings so that they read back")
{
    pm_start();
    pdn_luadata_quote(&out, "a\"\\\n\1z", 6);
    check_str(out.data, "\"a\\\"\\\\\\n\\001z\"");
}


test("reads JSON lines, and refuses what is not one")
{
    size_t pos;

    pm_start();
    doc = pm_document("l", "{\"a\":[1,\"x\",null],\"b\":true}\n{}\n");
    pos = 0;
    check_int(pdn_jsonl_next(&arena, &doc, &pos, &error), 1);
    check_str(pdn_value_text(pdn_value_at(pdn_value_get(&doc.root, "a"), 2)),
              "x");
    check_int(pdn_jsonl_next(&arena, &doc, &pos, &error), 1);
    check_int(pdn_jsonl_next(&arena, &doc, &pos, &error), 0);

    doc = pm_document("l", "{}\n{\"a\":1,\"a\":2}\n");
    pos = 0;
    check_int(pdn_jsonl_next(&arena, &doc, &pos, &error), 1);
    check_int(pdn_jsonl_next(&arena, &doc, &pos, &error), -1);
    check(strstr(pm_error(), "P0106 l:2:") == pdn_str_z(&out));
    check(strstr(pm_error(), "a key that comes twice") != NULL);

    doc = pm_document("l", "{}");
    pos = 0;
    check_int(pdn_jsonl_next(&arena, &doc, &pos, &error), -1);
    check_str(pm_error(), "P0106 l:1:1: the last line is cut off");
}


test("writes JSON with its commas")
{
    pm_start();
    pdn_jsonl_open(&out, '{');
    pdn_jsonl_field(&out, "a", "x\"y\xff");
    pdn_jsonl_field(&out, "b", NULL);
    pdn_jsonl_key(&out, "c");
    pdn_jsonl_open(&out, '[');
    pdn_jsonl_uint(&out, 1);
    pdn_jsonl_boolean(&out, 0);
    pdn_jsonl_string(&out, "{");
    pdn_jsonl_string(&out, "");
    pdn_jsonl_close(&out, ']');
    pdn_jsonl_close(&out, '}');
    check_str(out.data,
              "{\"a\":\"x\\\"y\xef\xbf\xbd\",\"c\":[1,false,\"{\",\"\"]}");
}


test("hashes as FIPS 180-4 says")
{
    char hex[65];

    pdn_sha256_hex("abc", 3, hex);
    check_str(hex,
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
              "15ad");
    pdn_sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                   56, hex);
    check_str(hex,
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db"
              "06c1");
}
