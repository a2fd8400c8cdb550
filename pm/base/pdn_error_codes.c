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
      "`pandan init` does not overwrite one; `pandan add` adds to one.\n" },

    { 110, PDN_PM_USAGE, "the project does not have this package",
      "The command is about a package of the project, and neither manifest\n"
      "nor lock names it. `pandan list` shows those that there are.\n" },

    { 112, PDN_PM_USAGE, "a word of the command line is not understood",
      "`pandan help COMMAND` tells what the command takes.\n" },

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

    { 206, PDN_PM_INTEGRITY, "a locked version was changed at its source",
      "The source now gives other bytes for a version that the lock names.\n"
      "Versions do not change; somebody published again under the same\n"
      "number, or the source was broken into. Find out which. When the new\n"
      "bytes are right, `pandan update PACKAGE` takes them.\n" },

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

    /* network and sources */

    { 401, PDN_PM_NETWORK, "a server cannot be reached",
      "No connection, no answer in time, or one that broke off, several\n"
      "times. Proxies are taken from https_proxy and no_proxy.\n" },

    { 402, PDN_PM_NETWORK, "a server answers badly",
      "What the server sends is an error, or not what the source's protocol\n"
      "says. Transient errors were tried again before.\n" },

    { 403, PDN_PM_NETWORK, "the server does not let us in",
      "It wants a token, or another one. `pandan login URL` keeps one.\n" },

    { 404, PDN_PM_NETWORK, "it is not here, and --offline forbids to ask",
      "Only what was fetched before is used. `pandan fetch` gets all that\n"
      "the lock names; `pandan vendor` puts it into the project.\n" },

    { 405, PDN_PM_NETWORK, "what the source says is not understood",
      "A rockspec, dist.ini or list of a server is not what it should be.\n" },

    { 406, PDN_PM_NETWORK, "the artifact is gone",
      "The lock names an artifact that its source no longer has.\n" },

    { 407, PDN_PM_NETWORK, "git failed",
      "The message is git's own. Only https, ssh and local repositories are\n"
      "asked, and no hook or filter of theirs is run.\n" },

    /* integrity and policy */

    { 501, PDN_PM_INTEGRITY, "the bytes are not those of the lock",
      "The artifact of a version never changes; this one did, or somebody\n"
      "stands in between. Nothing was installed. If the change is meant,\n"
      "`pandan update PACKAGE` takes it up.\n" },

    { 502, PDN_PM_INTEGRITY, "the address is refused",
      "Addresses are https; plain http is for loopback addresses only. Names\n"
      "and passwords in addresses end up in logs and locks: use tokens.\n" },

    { 503, PDN_PM_INTEGRITY, "the redirect is refused",
      "A redirect may not leave https, lead to this machine, or go on for\n"
      "more than five steps.\n" },

    { 504, PDN_PM_INTEGRITY, "the server's certificate is not good",
      "There is no switch to ignore that. PANDAN_CA_FILE names certificates\n"
      "of one's own authority.\n" },

    { 505, PDN_PM_INTEGRITY, "the answer is too large",
      "The limits are far beyond what packages need.\n" },

    { 506, PDN_PM_INTEGRITY, "the rockspec did not end, or took too much",
      "Rockspecs are programs. Those that are more than data are run without\n"
      "files, network and libraries, for a second at most, in 64 MB.\n" },

    { 507, PDN_PM_INTEGRITY, "the server contradicts itself",
      "What it lists and what it serves are not the same package.\n" },

    { 508, PDN_PM_INTEGRITY, "the package is another owner's",
      "A token publishes packages of one owner: those whose name begins with\n"
      "it.\n" },

    { 510, PDN_PM_INTEGRITY, "two packages have the same file",
      "One would overwrite the other, and which one is chance.\n" },

    { 520, PDN_PM_INTEGRITY, "a signature is missing or wrong",
      "The registry's files are signed by keys that its root names. What is\n"
      "not signed by enough of them is not believed.\n" },

    { 521, PDN_PM_INTEGRITY, "the registry's files have expired",
      "Somebody may be keeping newer ones from us, or the registry is no\n"
      "longer looked after.\n" },

    { 522, PDN_PM_INTEGRITY, "the registry went back in time",
      "It shows older files than those that were seen before.\n" },

    { 523, PDN_PM_INTEGRITY, "the registry's files do not belong together",
      "A file is not the one that the signed list names.\n" },

    { 524, PDN_PM_INTEGRITY, "the registry's key is another",
      "The key that signs is not the one that was pinned. Ask the registry's\n"
      "owner. A new key goes into the manifest; a registry that was made\n"
      "anew is believed after `pandan trust --registry NAME`.\n" },

    { 525, PDN_PM_INTEGRITY, "the package's author is another",
      "The newer version is signed by another key than the locked one, or no\n"
      "longer. Ask whether the package changed hands. When it did, `pandan\n"
      "trust PACKAGE` takes the new key into the lock.\n" },

    /* archives, store and tree */

    { 601, PDN_PM_INTEGRITY, "the archive is damaged",
      "It is neither tar nor zip, or breaks off.\n" },

    { 602, PDN_PM_INTEGRITY, "the archive leads out of its folder",
      "A name is absolute or has `..` in it.\n" },

    { 603, PDN_PM_INTEGRITY, "the archive has a bad name",
      "Names are UTF-8 without control bytes and backslashes, 1024 bytes at\n"
      "most.\n" },

    { 604, PDN_PM_INTEGRITY, "the archive has a link",
      "Links of both kinds are refused, wherever they point.\n" },

    { 605, PDN_PM_INTEGRITY, "the archive has a device",
      "Packages are regular files and folders.\n" },

    { 606, PDN_PM_INTEGRITY, "the archive has a set-uid file",
      "No package needs one.\n" },

    { 607, PDN_PM_INTEGRITY, "the archive has a name twice",
      "Two names are equal, or differ in case only, or one is the folder of\n"
      "the other.\n" },

    { 608, PDN_PM_INTEGRITY, "the archive unpacks to too much",
      "More than 256 MB, or more than a hundred times its size.\n" },

    { 609, PDN_PM_INTEGRITY, "the archive has too many files",
      "More than 65536.\n" },

    { 610, PDN_PM_INTEGRITY, "the zip is ambiguous",
      "Two programs could see different files in it.\n" },

    { 620, PDN_PM_FAILED, "the store or the tree cannot be written",
      "The operating system refused: a full disk, a missing right. What was\n"
      "installed before is as it was.\n" },

    { 621, PDN_PM_INTEGRITY, "the store is damaged",
      "A file of the store has changed and could not be fetched again.\n"
      "`pandan cache prune` removes what is damaged.\n" },

    { 622, PDN_PM_FAILED, "lua_modules is not pandan's",
      "The folder was made by something else and would be replaced.\n" },

    { 623, PDN_PM_FAILED, "there is nothing to go back to",
      "One earlier tree is kept, by `install`, `update`, `add`, `remove`.\n" },

    /* builds */

    { 701, PDN_PM_BUILD, "the build is not approved",
      "The package runs a compiler or programs of its own when it is built.\n"
      "List it in the manifest: build = { allow = { \"rocks:lpeg\" } }.\n" },

    { 702, PDN_PM_BUILD, "the build failed",
      "The last lines of what it said are above.\n" },

    { 703, PDN_PM_BUILD, "a tool for the build is missing",
      "A compiler, make or cmake has to be installed.\n" },

    { 704, PDN_PM_BUILD, "a library for the build is missing",
      "The rockspec's external_dependencies name what it needs; on Debian\n"
      "that is a package called lib...-dev. NAME_DIR=FOLDER says where one\n"
      "is.\n" },

    { 705, PDN_PM_BUILD, "the kind of build is not known",
      "builtin, none, make, cmake and command are.\n" },

    { 706, PDN_PM_BUILD, "the build did not make what it should",
      "A module or file that the rockspec names is not there.\n" },

    /* findings */

    { 801, PDN_PM_FINDINGS, "files are not as they were installed",
      "`pandan install --force` puts them right.\n" },

    { 802, PDN_PM_FINDINGS, "the audit found something", "See its lines.\n" },

    { 901, PDN_PM_FAILED, "a library of the system is missing",
      "The message tells which Debian package has it.\n" },

    { 0, PDN_PM_OK, 0, 0 },
};
/* clang-format on */
