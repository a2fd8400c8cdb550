/*
 * SPDX-License-Identifier: MIT
 */

#include "test.h"

#include "../../framework/native/pdn_buf.c"
#include "../../framework/native/pdn_json_read.c"
#include "../../framework/native/pdn_json_write.c"
#include "../../framework/native/pdn_number.c"


/* The tokens of a text as letters; E for an error, with `*pos`. */
static const char *
tokens(const char *text, size_t *pos)
{
    static char out[256];
    static const char letters[] = "E.{}[]ksntf0";
    size_t n;
    pdn_buf_t scratch;
    pdn_json_token_t token;
    pdn_json_reader_t reader;

    pdn_buf_init(&scratch, NULL, 0, strlen(text) + 8, pdn_buf_heap, NULL);
    pdn_json_reader_init(&reader, pdn_slice(text, strlen(text)), 8, &scratch);

    n = 0;

    do {
        token = pdn_json_reader_next(&reader);
        out[n++] = letters[token];
    } while (token != PDN_JSON_ERROR && token != PDN_JSON_END
             && n < sizeof(out) - 1);

    out[n] = '\0';

    if (pos != NULL) {
        *pos = reader.err.pos;
    }

    /* an error stays one */
    if (token == PDN_JSON_ERROR) {
        check(pdn_json_reader_next(&reader) == PDN_JSON_ERROR);
    }

    pdn_buf_free_heap(&scratch);

    return out;
}


static void
is(const char *text, const char *expected)
{
    check_that(strcmp(tokens(text, NULL), expected) == 0, text);
}


static void
fails_at(const char *text, size_t pos)
{
    size_t at;
    const char *seen;

    seen = tokens(text, &at);

    check_that(seen[strlen(seen) - 1] == 'E' && at == pos, text);
}


static void
string_is(const char *text, const char *value)
{
    pdn_buf_t scratch;
    pdn_json_reader_t r;

    pdn_buf_init(&scratch, NULL, 0, strlen(text) + 8, pdn_buf_heap, NULL);
    pdn_json_reader_init(&r, pdn_slice(text, strlen(text)), 8, &scratch);

    check(pdn_json_reader_next(&r) == PDN_JSON_STRING);
    check_that(r.text.len == strlen(value)
                   && memcmp(r.text.data, value, r.text.len) == 0,
               text);

    pdn_buf_free_heap(&scratch);
}


static void
writes(const char *text, unsigned flags, const char *expected)
{
    pdn_rc_t rc;
    pdn_buf_t b;

    pdn_buf_init(&b, NULL, 0, 4096, pdn_buf_heap, NULL);
    rc = pdn_json_write_string(&b, pdn_slice(text, strlen(text)), flags);

    check_that(expected == NULL ? rc == PDN_ERROR
                                : rc == PDN_OK && b.len == strlen(expected)
                                      && memcmp(b.data, expected, b.len) == 0,
               text);

    pdn_buf_free_heap(&b);
}


/* The n-th growth fails: the reader says so instead of losing bytes. */
static void *
no_memory(void *ctx, void *old, size_t used, size_t size)
{
    (void) ctx;
    (void) old;
    (void) used;
    (void) size;

    return NULL;
}


static void
survives_no_memory(void)
{
    pdn_buf_t b;
    pdn_json_reader_t r;

    pdn_buf_init(&b, NULL, 0, 100, no_memory, NULL);
    pdn_json_reader_init(&r, pdn_text("\"a\\nb\""), 8, &b);

    check(pdn_json_reader_next(&r) == PDN_JSON_ERROR);
    check(strcmp(r.err.msg, "no memory") == 0);
}


test("reads values of every kind")
{
    is("null", "0.");
    is(" [ ] ", "[].");
    is("{}", "{}.");
    is("\xef\xbb\xbf[1]", "[n].");
    is("[1, -2.5e3, \"x\", true, false, null]", "[nnstf0].");
    is("{\"a\": {\"b\": []}, \"c\": 1}", "{k{k[]}kn}.");
    is("[[[[[[[[]]]]]]]]", "[[[[[[[[]]]]]]]].");
}


test("says where a text stops being JSON")
{
    fails_at("", 0);
    fails_at("[[[[[[[[[]]]]]]]]]", 8);
    fails_at("[1,]", 3);
    fails_at("[1 2]", 3);
    fails_at("[1", 2);
    fails_at("{\"a\"}", 4);
    fails_at("{\"a\":}", 5);
    fails_at("{\"a\":1,}", 7);
    fails_at("{a:1}", 1);
    fails_at("{1:1}", 1);
    fails_at("[}", 1);
    fails_at("1 1", 2);
    fails_at("nul", 0);
    fails_at("\"a", 0);
    fails_at("\"a\\", 0);
    fails_at("\"\t\"", 1);
    fails_at("\"\\x\"", 1);
    fails_at("\"\\u12\"", 1);
    fails_at("\"\\ud800\"", 1);
    fails_at("\"\\ud800\\u0041\"", 1);
    fails_at("\"\\udc00\"", 1);
    fails_at("\"\xc0\xaf\"", 1);
    fails_at("\"\xed\xa0\x80\"", 1);
    fails_at("\"\xf4\x90\x80\x80\"", 1);
    fails_at("\"12345678\xff\"", 9);
    fails_at("'a'", 0);
    fails_at("// c\n1", 0);
}


test("reads strings with all their escapes")
{
    string_is("\"\"", "");
    string_is("\"abcdefgh\\\"ijklmnop\"", "abcdefgh\"ijklmnop");
    string_is("\"\\b\\f\\n\\r\\t\\/\\\\\"", "\b\f\n\r\t/\\");
    string_is("\"\\u00e9\\u20ac\\ud83d\\ude00\"",
              "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}


test("writes strings")
{
    writes("plain text of some length", 0, "\"plain text of some length\"");
    writes("a\"b\\c\n\x01\x7f", 0, "\"a\\\"b\\\\c\\n\\u0001\\u007f\"");
    writes("</script>", 0, "\"</script>\"");
    writes("</script>&", PDN_JSON_HTML, "\"\\u003c/script\\u003e\\u0026\"");
    writes("\xe2\x80\xa8\xe2\x80\xa9\xe2\x82\xac", PDN_JSON_HTML,
           "\"\\u2028\\u2029\xe2\x82\xac\"");
    writes("x\xff", 0, NULL);
    writes("x\xffy", PDN_JSON_REPLACE, "\"x\xef\xbf\xbdy\"");
}


test("survives every allocation that fails")
{
    survives_no_memory();
}


test("tells line and column of a place")
{
    size_t line, column;

    pdn_json_position(pdn_text("ab\ncd\n"), 4, &line, &column);
    check(line == 2 && column == 2);
}
