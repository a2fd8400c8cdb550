/*
 * SPDX-License-Identifier: MIT
 *
 * Unit tests in plain C.  A test file is a program:
 *
 *     #include "test.h"
 *
 *     test("reads a number that came in two pieces")
 *     {
 *         check(pdn_number_feed(&n, "12", 2) == PDN_AGAIN);
 *         check_str(n.text, "12");
 *     }
 *
 * Tests run in the order of the file.  A failed check ends its test only.
 * The program prints the failures and `N passed, N failed`, and exits with 1
 * when one failed.
 */

#ifndef PDN_TEST_H
#define PDN_TEST_H


#include <setjmp.h>
#include <stdio.h>
#include <string.h>


typedef struct pdn_test_s pdn_test_t;

struct pdn_test_s {
    const char *name;
    void (*run)(void);
    pdn_test_t *next;
};


static pdn_test_t *pdn_test_first;
static pdn_test_t **pdn_test_last = &pdn_test_first;
static const char *pdn_test_name;
static jmp_buf pdn_test_end;


#define PDN_TEST_JOIN2(a, b) a##b
#define PDN_TEST_JOIN(a, b)  PDN_TEST_JOIN2(a, b)

/* Constructors run in the order of the file, before main(). */
/* clang-format off */
#define test(sentence)                                                        \
    static void PDN_TEST_JOIN(pdn_test_run_, __LINE__)(void);                 \
    __attribute__((constructor)) static void                                  \
    PDN_TEST_JOIN(pdn_test_add_, __LINE__)(void)                              \
    {                                                                         \
        static pdn_test_t t = { sentence,                                     \
            PDN_TEST_JOIN(pdn_test_run_, __LINE__), NULL };                   \
        *pdn_test_last = &t;                                                  \
        pdn_test_last = &t.next;                                              \
    }                                                                         \
    static void PDN_TEST_JOIN(pdn_test_run_, __LINE__)(void)
/* clang-format on */

#define check(condition)                                                       \
    pdn_test_check((condition) ? 1 : 0, #condition, __FILE__, __LINE__)

/* With words of its own for what is checked. */
#define check_that(condition, what)                                            \
    pdn_test_check((condition) ? 1 : 0, what, __FILE__, __LINE__)

/* Bytes against a text; the length is that of the bytes. */
#define check_text(data, len, text)                                            \
    pdn_test_check((len) == strlen(text)                                       \
                       && memcmp((data), (text), strlen(text)) == 0,           \
                   #data " is " #text, __FILE__, __LINE__)

#define check_str(got, want)                                                   \
    pdn_test_check_str((got), (want), __FILE__, __LINE__)

#define check_int(got, want)                                                   \
    pdn_test_check_int((long long) (got), (long long) (want), #got, __FILE__,  \
                       __LINE__)


static inline void
pdn_test_fail(const char *file, int line)
{
    printf("FAILED %s\n    %s:%d: ", pdn_test_name, file, line);
}


static inline void
pdn_test_check(int ok, const char *text, const char *file, int line)
{
    if (!ok) {
        pdn_test_fail(file, line);
        printf("%s\n", text);
        longjmp(pdn_test_end, 1);
    }
}


static inline void
pdn_test_check_str(const char *got, const char *want, const char *file,
                   int line)
{
    if (got == NULL || strcmp(got, want) != 0) {
        pdn_test_fail(file, line);
        printf("expected \"%s\", got \"%s\"\n", want, got ? got : "(null)");
        longjmp(pdn_test_end, 1);
    }
}


static inline void
pdn_test_check_int(long long got, long long want, const char *text,
                   const char *file, int line)
{
    if (got != want) {
        pdn_test_fail(file, line);
        printf("%s: expected %lld, got %lld\n", text, want, got);
        longjmp(pdn_test_end, 1);
    }
}


int
main(void)
{
    static pdn_test_t *t;
    static int passed, failed;

    for (t = pdn_test_first; t != NULL; t = t->next) {
        pdn_test_name = t->name;

        if (setjmp(pdn_test_end) == 0) {
            t->run();
            passed++;

        } else {
            failed++;
        }
    }

    printf("%d passed, %d failed\n", passed, failed);

    return failed > 0;
}


#endif
