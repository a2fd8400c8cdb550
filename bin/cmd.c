/* SPDX-License-Identifier: MIT */
/* The tables of commands and options. */

#include "cmd.h"

/* clang-format off */
const char *const pdn_modules[] = {
    "ngx_pandan_module.so",
    "ngx_pandan_db_module.so",
    "ngx_http_pandan_module.so",
    NULL,
};

#define PDN_OPT_DRY_RUN                                                       \
    { 'n', "dry-run", NULL, "only print what would be done" }
#define PDN_OPT_FORCE(what) { 'f', "force", NULL, what }
#define PDN_OPT_END         { 0, NULL, NULL, NULL }

static const pdn_opt_t pdn_opts_new[] = {
    [PDN_NEW_DB]      = { 0, "db", "KIND", "sqlite (as it is) or postgres" },
    [PDN_NEW_API]     = { 0, "api", NULL, "JSON only: no views, no pages" },
    [PDN_NEW_DRY_RUN] = PDN_OPT_DRY_RUN,
    [PDN_NEW_FORCE]   = PDN_OPT_FORCE("overwrite files that are there"),
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_generate[] = {
    [PDN_GEN_API]     = { 0, "api", NULL, "JSON only: no views" },
    [PDN_GEN_DRY_RUN] = PDN_OPT_DRY_RUN,
    [PDN_GEN_FORCE]   = PDN_OPT_FORCE("overwrite files that are there"),
    PDN_OPT_END,
};

static const pdn_opt_t pdn_opts_destroy[] = {
    [PDN_GEN_API]     = { 0, "api", NULL, "as given to generate" },
    [PDN_GEN_DRY_RUN] = PDN_OPT_DRY_RUN,
    [PDN_GEN_FORCE]   = PDN_OPT_FORCE("remove files that were edited too"),
    PDN_OPT_END,
};

const pdn_cmd_t pdn_commands[] = {
    { .name = "new", .words = "NAME", .summary = "make a new application",
      .options = pdn_opts_new, .min = 1, .max = 1, .run = pdn_cmd_new },

    { .name = "generate", .alias = "g", .words = "WHAT NAME [COLUMN:TYPE ...]",
      .summary = "write a part of an application", .in_app = 1,
      .options = pdn_opts_generate, .min = 2, .max = -1,
      .run = pdn_cmd_generate,
      .more =
          "WHAT is one of\n"
          "  resource NAME COLUMN:TYPE ...    model, migration, controller,\n"
          "                                   views, spec and route\n"
          "  model NAME COLUMN:TYPE ...       a model and its migration\n"
          "  migration NAME [COLUMN:TYPE ...] create_posts, "
          "add_author_to_posts,\n"
          "                                   remove_author_from_posts\n"
          "  controller NAME [ACTION ...]     a controller, views and routes\n"
          "  view FOLDER/NAME, plugin NAME, spec NAME\n"
          "\n"
          "A column is name:type[:required][:unique][:index]; types are\n"
          "string text integer bigint float decimal boolean date datetime\n"
          "json binary uuid references.\n" },

    { .name = "destroy", .alias = "d", .words = "WHAT NAME [COLUMN:TYPE ...]",
      .summary = "remove what generate wrote", .in_app = 1,
      .options = pdn_opts_destroy, .min = 2, .max = -1,
      .run = pdn_cmd_generate,
      .more = "Files that were edited since are left alone without --force.\n"
              "Columns need not be given: they stand in the migration.\n" },

    { .name = "modules", .words = "",
      .summary = "list nginx's modules in load order",
      .run = pdn_cmd_modules },
    { .name = "version", .words = "", .summary = "print the version",
      .run = pdn_cmd_version },
    { .name = "help", .words = "[COMMAND]", .max = 2,
      .summary = "tell what there is", .run = pdn_cmd_help },
    { .name = NULL },
};
/* clang-format on */
