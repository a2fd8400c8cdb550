/*
 * SPDX-License-Identifier: MIT
 */

#include "test.h"

#include "../../framework/native/pdn_multipart.c"
#include "../../framework/native/pdn_multipart_header.c"

static char seen[8192];
static size_t seen_len;


static void
add(const void *data, size_t len)
{
    memcpy(seen + seen_len, data, len);
    seen_len += len;
    seen[seen_len] = '\0';
}


static const char *
on_part(void *ctx, const pdn_multipart_part_t *part)
{
    (void) ctx;

    add("<", 1);
    add(part->name.data, part->name.len);

    if (part->filename.data != NULL) {
        add("|", 1);
        add(part->filename.data, part->filename.len);
    }

    if (part->type.data != NULL) {
        add("|", 1);
        add(part->type.data, part->type.len);
    }

    add(">", 1);

    return NULL;
}


static const char *
on_data(void *ctx, pdn_slice_t data)
{
    (void) ctx;
    add(data.data, data.len);

    return NULL;
}


static const char *
on_end(void *ctx)
{
    (void) ctx;
    add(";", 1);

    return NULL;
}


static const pdn_multipart_sink_t sink = { on_part, on_data, on_end };


/* Feeds the body in pieces; NULL if it is complete, else the error. */
static const char *
feed(const char *body, size_t size)
{
    size_t i, n, len;
    static pdn_multipart_t m;

    seen_len = 0;
    seen[0] = '\0';
    len = strlen(body);

    pdn_multipart_init(&m, pdn_text("XX"), 3, &sink, NULL);

    for (i = 0; i < len; i += n) {
        n = len - i < size ? len - i : size;

        if (pdn_multipart_feed(&m, pdn_slice(body + i, n)) == PDN_ERROR) {
            check(m.err.pos <= len);
            return m.err.msg;
        }
    }

    return pdn_multipart_finish(&m) == PDN_DONE ? NULL : m.err.msg;
}


static void
gives(const char *body, const char *expected)
{
    size_t size;

    for (size = 1; size <= strlen(body); size++) {
        check(feed(body, size) == NULL);
        check_text(seen, seen_len, expected);
    }
}


static void
refuses(const char *body, const char *msg)
{
    const char *got;

    got = feed(body, strlen(body));
    check_that(got != NULL && strcmp(got, msg) == 0, msg);

    got = feed(body, 1);
    check_that(got != NULL && strcmp(got, msg) == 0, msg);
}


static void
finds_boundary(const char *type, const char *expected)
{
    size_t len;
    u_char out[PDN_MULTIPART_BOUNDARY];
    pdn_rc_t rc;

    len = 0;
    rc = pdn_multipart_boundary(pdn_slice(type, strlen(type)), out, &len);

    check_that(expected == NULL ? rc == PDN_ERROR
                                : rc == PDN_OK && len == strlen(expected)
                                      && memcmp(out, expected, len) == 0,
               type);
}

#define HEAD "Content-Disposition: form-data; "


test("gives parts, byte by byte too")
{
    gives("--XX\r\n" HEAD "name=\"a\"\r\n\r\n1\r\n--XX--", "<a>1;");
    gives("--XX--\r\n", "");
    gives("pre\r\n--X\r\n--XX \t\r\n" HEAD "name=a\r\n\r\n\r\n--XX--\r\nend",
          "<a>;");
    gives("--XX\r\n" HEAD "name=\"a\"; filename=\"C:\\\\d\\\\x.y\"\r\n"
          "Content-Type:text/plain \r\n\r\n\r\r\n\r\n--X\r\n--XX\r\n"
          "content-DISPOSITION: FORM-DATA; name=\"q\\\"q\"\r\n\r\nz"
          "\r\n--XX--",
          "<a|x.y|text/plain>\r\r\n\r\n--X;<q\"q>z;");
    gives("--XX\r\n" HEAD "name=f; filename=\"\"\r\n\r\n\r\n--XX--", "<f|>;");
}


test("says what is wrong with a body")
{
    refuses("", "the multipart body holds no boundary");
    refuses("abc", "the multipart body holds no boundary");
    refuses("--XX\r\n" HEAD "name=\"a\"\r\n\r\n1\r\n--XX",
            "the multipart body ends before its last boundary");
    refuses("--XXX", "a boundary line is malformed");
    refuses("--XX\n", "a boundary line is malformed");
    refuses("--XX-x", "a boundary line is malformed");
    refuses("--XX\r\nX: y\r\n\r\n1\r\n--XX--", "a part has no name");
    refuses("--XX\r\n\r\n1\r\n--XX--", "a part has no name");
    refuses("--XX\r\nnothing\r\n\r\n1\r\n--XX--",
            "a header of a part has no colon");
    refuses("--XX\r\nX: y\n\r\n", "a header of a part is malformed");
    refuses("--XX\r\nX: y\r\n z\r\n\r\n", "a header of a part is folded");
    refuses("--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n",
            "a part is not form-data");
    refuses("--XX\r\n" HEAD "name=\"a\r\n\r\n",
            "the Content-Disposition of a part is malformed");
    refuses("--XX\r\n" HEAD "name=a\r\n\r\n\r\n--XX\r\n" HEAD
            "name=a\r\n\r\n\r\n--XX\r\n" HEAD "name=a\r\n\r\n\r\n--XX\r\n",
            "the form has too many parts");
}


test("finds the boundary in a content type")
{
    finds_boundary("multipart/form-data; boundary=abc", "abc");
    finds_boundary("Multipart/Form-Data;charset=x; boundary=\"a b\"", "a b");
    finds_boundary("multipart/form-data", NULL);
    finds_boundary("multipart/form-data; boundary=", NULL);
    finds_boundary("multipart/mixed; boundary=a", NULL);
    finds_boundary("multipart/form-data; boundary=0123456789012345678901234"
                   "5678901234567890123456789012345678901234567890",
                   NULL);
}
