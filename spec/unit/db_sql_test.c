/*
 * SPDX-License-Identifier: MIT
 *
 * Placeholders are counted where the server sees them, and nowhere else.
 */

#include <stdio.h>

#include "../../db-drivers/rows/pdn_db_sql.c"


typedef struct {
    const char *sql;
    pdn_db_dialect_e dialect;
    unsigned count;
} count_t;


typedef struct {
    const char *sql;
    int reads;
} read_t;


#define P PDN_DB_POSTGRES
#define S PDN_DB_SQLITE
#define M PDN_DB_MYSQL

static const count_t counts[] = {
    { "SELECT 1", P, 0 },
    { "SELECT $1", P, 1 },
    { "SELECT $2, $1, $2", P, 2 },
    { "SELECT $12", P, 12 },
    { "SELECT '$1', $2", P, 2 },
    { "SELECT 'it''s $3', $1", P, 1 },
    { "SELECT E'a\\'$3', $1", P, 1 },
    { "SELECT 'a\\', $1", P, 1 },
    { "SELECT \"$3\" FROM t", P, 0 },
    { "SELECT 1 -- $3\n, $1", P, 1 },
    { "SELECT 1 -- $3", P, 0 },
    { "SELECT /* $3 /* $4 */ $5 */ $1", P, 1 },
    { "SELECT /* $3 /* */ $1", S, 1 },
    { "SELECT $$ $3 $$, $1", P, 1 },
    { "SELECT $f$ $3 $$ $4 $f$, $1", P, 1 },
    { "SELECT $f$ never ends $3", P, 0 },
    { "SELECT a$1 FROM t", P, 0 },
    { "SELECT a[$1]", P, 1 },
    { "SELECT [a$1], [$2]", S, 0 },
    { "SELECT `$1`", S, 0 },
    { "SELECT $1-$2/$3", S, 3 },
    { "SELECT '$1", S, 0 },
    { "SELECT $", S, 0 },
    { "SELECT $", P, 0 },
    { "/", P, 0 },
    { "SELECT 5--$1", M, 1 },
    { "SELECT 5 -- $1", M, 0 },
    { "SELECT 5 --", M, 0 },
    { "SELECT 5 # $1\n, $1", M, 1 },
    { "SELECT 'a\\'$3', $1", M, 1 },
    { "SELECT \"a\\\"$3\", $1", M, 1 },
    { "SELECT `a\\`, $1, `$3`", M, 1 },
    { "SELECT /* $3 /* */ $1", M, 1 },
};


static const read_t reads[] = {
    { "SELECT 1", 1 },
    { "  select 1", 1 },
    { "-- all\nSELECT 1", 1 },
    { "/* all */ (SELECT 1)", 1 },
    { "WITH a AS (SELECT 1) SELECT 1", 1 },
    { "PRAGMA user_version", 1 },
    { "INSERT INTO t VALUES (1)", 0 },
    { "selection", 0 },
    { "BEGIN", 0 },
    { "", 0 },
};


typedef struct {
    const char *sql;
    const char *marks;
    unsigned count;
    unsigned order[4];
} marks_t;


static const marks_t marks[] = {
    { "SELECT 1", "SELECT 1", 0, { 0 } },
    { "SELECT $1", "SELECT ?", 1, { 1 } },
    { "SELECT $2, $1, $2", "SELECT ?, ?, ?", 3, { 2, 1, 2 } },
    { "$12$", "?$", 1, { 12 } },
    { "SELECT '$1', $1 -- $2", "SELECT '$1', ? -- $2", 1, { 1 } },
};


static int
check_marks(void)
{
    int failed;
    char out[64];
    size_t i, len;
    unsigned n, order[32];

    failed = 0;

    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        n = pdn_db_question_marks(marks[i].sql, strlen(marks[i].sql), out, &len,
                                  order);

        if (n != marks[i].count || len != strlen(marks[i].marks)
            || memcmp(out, marks[i].marks, len) != 0
            || memcmp(order, marks[i].order, n * sizeof(unsigned)) != 0)
        {
            printf("%u question marks: %.*s\n", n, (int) len, out);
            failed = 1;
        }
    }

    return failed;
}


int
main(void)
{
    int failed;
    size_t i;
    unsigned n;

    failed = check_marks();

    for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        n = pdn_db_placeholders(counts[i].sql, strlen(counts[i].sql),
                                counts[i].dialect);

        if (n != counts[i].count) {
            printf("%u placeholders in: %s\n", n, counts[i].sql);
            failed = 1;
        }
    }

    /* what is far too much must only stay far too much */
    if (pdn_db_placeholders("$99999999999999", 15, S) < PDN_DB_PARAMS_MAX) {
        printf("a great placeholder has become a small one\n");
        failed = 1;
    }

    for (i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
        if (pdn_db_looks_readonly(reads[i].sql, strlen(reads[i].sql))
            != reads[i].reads) {
            printf("guessed wrong: %s\n", reads[i].sql);
            failed = 1;
        }
    }

    return failed;
}
