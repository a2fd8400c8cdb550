/* SPDX-License-Identifier: MIT */
/* Every failure that has a name; `pandan explain CODE` prints these. */

#include "pdn_error.h"

/* clang-format off */
const pdn_error_code_t pdn_error_codes[] = {

    /* the project's files */

    { 101, PDN_PM_USAGE, "the file is not Lua data",
      "A manifest is read, never run. It may hold strings, numbers, true,\n"
      "false, tables of these and comments; a call, a variable, an operator\n"
      "or a concatenation is refused where it stands.\n" },

    { 102, PDN_PM_USAGE, "the manifest has a wrong value",
      "A key of pandan.pkg.lua is unknown, is of another type than it should\n"
      "be, or stands in the wrong table. docs/book/packages.md lists all\n"
      "keys.\n" },

    { 103, PDN_PM_USAGE, "a package's name is not one",
      "Packages are called owner/name (the default registry), source:name\n"
      "(rocks:lpeg, opm:ledgetech/lua-resty-http) or, of a registry that\n"
      "the manifest lists, registry:owner/name.\n" },

    { 104, PDN_PM_USAGE, "a requirement is not understood",
      "Requirements follow the rules of the source of the package that is\n"
      "required: SemVer for our registries (\"^1.2\"), LuaRocks' for rocks:\n"
      "(\"~> 1.2\"), opm's for opm: (\">= 0.08\").\n" },

    { 105, PDN_PM_USAGE, "there is no manifest",
      "The command works on a project: a folder with a pandan.pkg.lua, or a\n"
      "folder below one. `pandan init` writes one.\n" },

    { 106, PDN_PM_FAILED, "the file is not JSON",
      "Locks and indexes are JSON, one value a line, in UTF-8, with no key\n"
      "twice in an object.\n" },

    { 107, PDN_PM_FAILED, "the manifest cannot be edited in place",
      "The table to edit is written in a way that cannot be changed without\n"
      "losing something, such as the same key twice. Edit it by hand.\n" },

    { 108, PDN_PM_FAILED, "a file of the project cannot be read or written",
      "The operating system refused; the message tells why.\n" },

    { 109, PDN_PM_USAGE, "there is a manifest already",
      "`pandan init` does not overwrite one; `pandan import` adds to one.\n" },

    { 110, PDN_PM_USAGE, "the project does not have this package",
      "The command is about a package of the project, and neither manifest\n"
      "nor lock names it. `pandan list` shows those that there are.\n" },

    { 111, PDN_PM_USAGE, "the file cannot be imported",
      "`pandan import` reads opm's dist.ini, a rockspec that is plain data,\n"
      "and luarocks.lock.\n" },

    { 199, PDN_PM_FAILED, "memory ran out", "The machine gave no more.\n" },

    /* the lock */

    { 201, PDN_PM_INTEGRITY, "the lock is not one",
      "pandan.lock is written by pandan only. It was edited, merged by hand\n"
      "or cut off. Take the version of one side of a merge and run\n"
      "`pandan lock`.\n" },

    { 202, PDN_PM_FAILED, "the lock is of another format",
      "A newer pandan wrote it. Update pandan; do not delete the lock, it\n"
      "says which bytes you were running.\n" },

    { 203, PDN_PM_STALE, "the lock does not fit the manifest",
      "--locked asks for the versions of the lock, but the manifest was\n"
      "changed since the lock was written. Run `pandan lock` and commit the\n"
      "result.\n" },

    { 204, PDN_PM_STALE, "there is no lock",
      "--locked and --frozen install what the lock says, and there is none.\n"
      "Run `pandan lock` and commit the result.\n" },

    { 205, PDN_PM_FAILED, "the lock would not be complete",
      "A lock is written only when the hash of every artifact is known.\n" },

    /* choosing versions */

    { 301, PDN_PM_NO_SOLUTION, "no set of versions fits",
      "What the project requires and what the packages require of each other\n"
      "cannot all hold at once, and the message is the proof, step by step.\n"
      "Relax one of the requirements that it names, or `overrides` one of\n"
      "them in the manifest if you know better than its author.\n" },

    { 302, PDN_PM_NO_SOLUTION, "there is no such package",
      "The source that the name points to does not have it. A name without\n"
      "a source is one of the default registry; rocks: and opm: are others,\n"
      "and no source is ever searched in place of another.\n" },

    { 303, PDN_PM_USAGE, "there is no such source",
      "The part of a name before the colon is `rocks`, `opm`, or a key of\n"
      "the manifest's `registries`.\n" },

    { 304, PDN_PM_USAGE, "no default registry is configured",
      "Names without a source belong to the default registry. Set one with\n"
      "`registries = { default = { url = \"https://...\" } }` in the manifest\n"
      "or with PANDAN_REGISTRY, or name a source: rocks:lpeg.\n" },

    { 305, PDN_PM_FAILED, "choosing versions took too long",
      "The requirements are so tangled that the search was given up. Say more\n"
      "exactly what you need in the manifest.\n" },

    { 0, PDN_PM_OK, 0, 0 },
};
/* clang-format on */
