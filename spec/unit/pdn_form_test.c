/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include "test.h"

#include "../../framework/native/pdn_base64.c"
#include "../../framework/native/pdn_buf.c"
#include "../../framework/native/pdn_escape.c"
#include "../../framework/native/pdn_form.c"


/* The keys of a name, each with a slash. */
static void
path_is(const char *name, const char *expected)
{
    char out[256];
    size_t n, keys, len;
    pdn_slice_t key;
    pdn_form_path_t path;

    n = 0;
    len = 0;
    keys = pdn_form_path_init(&path, pdn_slice(name, strlen(name)));

    while (pdn_form_path_next(&path, &key) == PDN_OK) {
        memcpy(out + len, key.data, key.len);
        len += key.len;
        out[len++] = '/';
        n++;
    }

    check_that(n == keys && len == strlen(expected)
                   && memcmp(out, expected, len) == 0,
               name);
}


static void
pairs_are(const char *text, const char *expected)
{
    char out[256];
    size_t len;
    pdn_rc_t rc;
    pdn_form_t form;
    pdn_slice_t name, value;

    len = 0;
    pdn_form_init(&form, pdn_slice(text, strlen(text)), 3, 8);

    while ((rc = pdn_form_next(&form, &name, &value)) == PDN_OK) {
        memcpy(out + len, name.data, name.len);
        len += name.len;
        out[len++] = '>';
        memcpy(out + len, value.data, value.len);
        len += value.len;
        out[len++] = ';';
    }

    out[len++] = rc == PDN_DONE ? '.' : '!';

    check_that(len == strlen(expected) && memcmp(out, expected, len) == 0,
               text);
}


static void
escapes(void (*fn)(pdn_buf_t *, pdn_slice_t), const char *text,
        const char *expected)
{
    pdn_buf_t b;

    pdn_buf_init(&b, NULL, 0, 4096, pdn_buf_heap, NULL);
    fn(&b, pdn_slice(text, strlen(text)));

    check_that(b.len == strlen(expected)
                   && (b.len == 0 || memcmp(b.data, expected, b.len) == 0),
               text);

    pdn_buf_free_heap(&b);
}


static void
unescape(pdn_buf_t *b, pdn_slice_t in)
{
    pdn_unescape_url(b, in, 1);
}


/* Whatever the place of the byte in a word of eight. */
static void
finds_every_byte(void)
{
    size_t i, k;
    u_char text[24];
    static const char special[] = "&<>\"'";

    for (k = 0; k < 5; k++) {
        for (i = 0; i < sizeof(text); i++) {
            memset(text, 'a', sizeof(text));
            text[i] = (u_char) special[k];
            check(pdn_escape_html_clean(pdn_slice(text, 24)) == i);
        }
    }

    for (k = 1; k < 256; k++) {
        memset(text, (int) k, sizeof(text));
        check((pdn_escape_html_clean(pdn_slice(text, 24)) == 24)
              == (strchr(special, (int) k) == NULL));
    }
}


static void
base64(const char *text, const char *encoded, int url)
{
    size_t len;
    u_char out[64];

    len = pdn_base64_encode(out, pdn_slice(text, strlen(text)), url);
    check_that(len == strlen(encoded) && memcmp(out, encoded, len) == 0, text);

    check(pdn_base64_decode(out, &len, pdn_slice(encoded, strlen(encoded)), url)
          == PDN_OK);
    check_text(out, len, text);
}


static void
not_base64(const char *text)
{
    size_t len;
    u_char out[64];

    check_that(pdn_base64_decode(out, &len, pdn_slice(text, strlen(text)), 0)
                   == PDN_ERROR,
               text);
}


test("takes the names of nested fields apart")
{
    path_is("a", "a/");
    path_is("a[b]", "a/b/");
    path_is("a[]", "a//");
    path_is("a[b][][c]", "a/b//c/");
    path_is("a[b", "a[b/");
    path_is("a]", "a]/");
    path_is("[a]", "[a]/");
    path_is("[", "[/");
    path_is("a[b]c", "a[b]c/");
    path_is("a[b[c]", "a/b[c/");
    path_is("a[b[c]]", "a[b[c]]/");
}


test("gives the pairs of a form, up to its limits")
{
    pairs_are("", ".");
    pairs_are("a=1&b=2", "a>1;b>2;.");
    pairs_are("a&b=&=c&&d==", "a>;b>;d>=;.");
    pairs_are("a=1&b=2&c=3&d=4", "a>1;b>2;c>3;!");
    pairs_are("123456789=1", "!");
}


test("escapes and unescapes")
{
    escapes(pdn_escape_html, "", "");
    escapes(pdn_escape_html, "a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;");
    escapes(pdn_escape_url, "a b/\xc3\xbc~", "a%20b%2F%C3%BC~");
    escapes(unescape, "a+b%20c%2Fd%zz%4", "a b c/d%zz%4");
}


test("finds a special byte wherever it lies in a word")
{
    finds_every_byte();
}


test("encodes base64, and refuses what is none")
{
    base64("", "", 0);
    base64("f", "Zg==", 0);
    base64("fo", "Zm8=", 0);
    base64("foo", "Zm9v", 0);
    base64("foob", "Zm9vYg", 1);
    base64("\xff\xfe\xfd", "__79", 1);
    not_base64("Z");
    not_base64("Zh==");
    not_base64("Zm8=Zm8=");
    not_base64("Zm9v=");
    not_base64("Zm_v");
}
