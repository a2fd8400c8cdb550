/*
 * SPDX-License-Identifier: MIT
 *
 * Versions and requirements in the rules of the three worlds.
 */

#include "pm.h"

static pdn_version_err_t bad;


static pdn_version_t *
version(pdn_rules_t rules, const char *text)
{
    pdn_version_t *v;

    v = pdn_version_parse(&arena, rules, text, strlen(text), &bad);
    check_that(v != NULL, text);

    return v;
}


static int
admits(pdn_rules_t rules, const char *req, const char *text)
{
    pdn_req_t *r;

    r = pdn_req_parse(&arena, rules, req, strlen(req), &bad);
    check_that(r != NULL, req);

    return pdn_req_admits(r, version(rules, text));
}


/* Each is older than the next one. */
static void
ascends(pdn_rules_t rules, const char *const *texts)
{
    size_t i, k;

    for (i = 0; texts[i] != NULL; i++) {
        for (k = 0; texts[k] != NULL; k++) {
            int order = pdn_version_compare(version(rules, texts[i]),
                                            version(rules, texts[k]));
            check_that((order > 0) - (order < 0) == (i > k) - (i < k),
                       texts[i]);
        }
    }
}


static const char *
refuses(pdn_rules_t rules, const char *req)
{
    check_that(pdn_req_parse(&arena, rules, req, strlen(req), &bad) == NULL,
               req);
    return bad.msg;
}


test("SemVer: orders as paragraph 11 of the standard")
{
    static const char *const texts[] = { "0.0.0",         "1.0.0-alpha",
                                         "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                         "1.0.0-beta",    "1.0.0-beta.2",
                                         "1.0.0-beta.11", "1.0.0-rc.1",
                                         "1.0.0",         "1.0.1",
                                         "1.2.0",         "1.10.0",
                                         "2.0.0",         NULL };

    pm_start();
    ascends(PDN_RULES_SEMVER, texts);
    check_int(pdn_version_compare(version(PDN_RULES_SEMVER, "1.0.0+a"),
                                  version(PDN_RULES_SEMVER, "1.0.0+b")),
              0);
}


test("SemVer: refuses what the standard does")
{
    static const char *const texts[] = { "1",
                                         "1.2",
                                         "1.2.3.4",
                                         "01.2.3",
                                         "1.2.3-",
                                         "1.2.3-01",
                                         "1.2.3-a..b",
                                         "v1.2.3",
                                         "1.2.x",
                                         "",
                                         "1.2.3+",
                                         "1.2.3 ",
                                         "99999999999999999999.0.0",
                                         NULL };
    size_t i;

    pm_start();
    for (i = 0; texts[i] != NULL; i++) {
        check_that(pdn_version_parse(&arena, PDN_RULES_SEMVER, texts[i],
                                     strlen(texts[i]), &bad)
                       == NULL,
                   texts[i]);
        check(bad.msg != NULL);
    }
}


test("SemVer: ranges")
{
    static const struct {
        const char *req, *yes, *no;
    } rows[] = {
        { "^1.2.3", "1.2.3", "1.2.2" },
        { "^1.2.3", "1.99.0", "2.0.0" },
        { "^0.2.3", "0.2.9", "0.3.0" },
        { "^0.0.3", "0.0.3", "0.0.4" },
        { "^0.0", "0.0.9", "0.1.0" },
        { "^0", "0.9.0", "1.0.0" },
        { "^1", "1.0.0", "0.9.9" },
        { "~1.2.3", "1.2.9", "1.3.0" },
        { "~1.2", "1.2.0", "1.3.0" },
        { "~1", "1.9.0", "2.0.0" },
        { "1.2.3", "1.2.3", "1.2.4" },
        { "=1.2", "1.2.7", "1.3.0" },
        { "1.2", "1.2.0", "1.1.9" },
        { "1.x", "1.9.9", "2.0.0" },
        { "1.2.*", "1.2.9", "1.3.0" },
        { "*", "0.0.1", "1.0.0-a" },
        { ">1.2", "1.3.0", "1.2.9" },
        { ">1.2.3", "1.2.4", "1.2.3" },
        { ">=1.2", "1.2.0", "1.1.9" },
        { "<1.2", "1.1.9", "1.2.0" },
        { "<=1.2", "1.2.9", "1.3.0" },
        { "<=1.2.3", "1.2.3", "1.2.4" },
        { ">=1 <2", "1.5.0", "2.0.0" },
        { ">= 1, < 2", "1.5.0", "0.5.0" },
        { "^1 || ^3", "3.1.0", "2.0.0" },
        { "^1||^3", "1.1.0", "4.0.0" },
        { ">=1.0.0-rc.1", "1.0.0-rc.2", "1.0.1-rc.1" },
        { "^1.0.0-rc.1", "1.5.0", "2.0.0-rc.1" },
        { "^1.0", "1.0.0", "1.5.0-rc.1" },
        { "=1.0.0-rc.1", "1.0.0-rc.1", "1.0.0" },
        { "^1 >=2.0.0-rc.1 || 4", "4.0.0", "2.0.0-rc.1" },
    };
    size_t i;

    pm_start();
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_that(admits(PDN_RULES_SEMVER, rows[i].req, rows[i].yes),
                   rows[i].req);
        check_that(!admits(PDN_RULES_SEMVER, rows[i].req, rows[i].no),
                   rows[i].req);
    }
}


test("SemVer: tells what is wrong with a requirement, and where")
{
    pm_start();
    check_str(refuses(PDN_RULES_SEMVER, "^1.2 |"),
              "alternatives are parted by ||");
    check_int(bad.pos, 5);
    check_str(refuses(PDN_RULES_SEMVER, "~> 1.2"), "a number is expected here");
    check_int(bad.pos, 1);
    check_str(refuses(PDN_RULES_SEMVER, "^1 ||"), "a number is expected here");
    check_str(refuses(PDN_RULES_SEMVER, "^1.2-rc"),
              "a prerelease needs all three numbers");
    check_str(refuses(PDN_RULES_SEMVER, "latest"), "a number is expected here");
    check_str(refuses(PDN_RULES_SEMVER, "1.2.3b"),
              "this is not part of a version");
}


test("LuaRocks: orders as luarocks does")
{
    static const char *const texts[] = { "2.0alpha1", "2.0beta2", "2.0beta10",
                                         "2.0pre1",   "2.0rc1",   "2.0",
                                         "2.0.1",     "2.0.1a",   "2.1",
                                         "10",        "scm",      "dev",
                                         NULL };

    pm_start();
    ascends(PDN_RULES_ROCKS, texts);
    check(pdn_version_compare(version(PDN_RULES_ROCKS, "0.02"),
                              version(PDN_RULES_ROCKS, "0.1"))
          > 0);
    check(pdn_version_compare(version(PDN_RULES_ROCKS, "v1.0"),
                              version(PDN_RULES_ROCKS, "1"))
          < 0);
    check(pdn_version_compare(version(PDN_RULES_ROCKS, "1.0RC1"),
                              version(PDN_RULES_ROCKS, "1.0"))
          > 0);
    check_int(pdn_version_compare(version(PDN_RULES_ROCKS, "1.0-1"),
                                  version(PDN_RULES_ROCKS, "1.0")),
              0);
    check(pdn_version_compare(version(PDN_RULES_ROCKS, "1.0-1"),
                              version(PDN_RULES_ROCKS, "1.0-2"))
          < 0);
}


test("LuaRocks: constraints as luarocks takes them")
{
    static const struct {
        const char *req, *text;
        int yes;
    } rows[] = {
        { ">= 1.0", "1.0.0", 1 },      { "<= 1.0", "1.0.0", 1 },
        { "~> 1.0", "1.0.0", 1 },      { "== 1.0", "1.0.0", 0 },
        { "1.0", "1.0-3", 1 },         { "= 1.0", "1.0", 1 },
        { "~= 1.0", "1.0.0", 1 },      { "!= 1.0", "1.0", 0 },
        { "~> 2.0", "2.0rc1", 1 },     { "~> 1.2", "1.2.9-4", 1 },
        { "~> 1.2", "1.3", 0 },        { "~> 1.2-1", "1.2-2", 0 },
        { "== 1.2-1", "1.2-1", 1 },    { "== 1.2-1", "1.2-2", 0 },
        { ">= 5.1, < 5.4", "5.1", 1 }, { ">= 5.1 < 5.4", "5.4", 0 },
        { "@>= 1", "2", 1 },           { ">= 1", "scm-1", 1 },
        { "< 2", "2.0rc1", 1 },        { "", "scm-1", 1 },
    };
    size_t i;

    pm_start();
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_that(admits(PDN_RULES_ROCKS, rows[i].req, rows[i].text)
                       == rows[i].yes,
                   rows[i].req);
    }

    check(pdn_version_is_special(version(PDN_RULES_ROCKS, "scm-1")));
    check(!pdn_version_is_special(version(PDN_RULES_ROCKS, "1.0rc1-1")));
    check_str(refuses(PDN_RULES_ROCKS, "^1.0"), "a version is expected here");
    check_str(refuses(PDN_RULES_ROCKS, "=> 1.0"),
              "an operator that LuaRocks does not have");
}


test("opm: counts runs of digits only, but takes `=` by letter")
{
    static const char *const texts[] = { "0.1", "0.02",  "0.11",     "1",
                                         "1.0", "1.0.1", "1.0.1rc1", NULL };

    pm_start();
    ascends(PDN_RULES_OPM, texts);
    check_int(pdn_version_compare(version(PDN_RULES_OPM, "1.0"),
                                  version(PDN_RULES_OPM, "v1_00")),
              0);
    check(admits(PDN_RULES_OPM, ">= 0.08", "0.8"));
    check(!admits(PDN_RULES_OPM, "> 0.08", "0.8"));
    check(admits(PDN_RULES_OPM, "=0.08", "0.08"));
    check(!admits(PDN_RULES_OPM, "= 0.08", "0.8"));
    check_str(refuses(PDN_RULES_OPM, "< 2"),
              "opm has the operators =, >= and > only");
    check_str(refuses(PDN_RULES_OPM, ">= 1, > 2"),
              "opm has one operator and one version only");
}
