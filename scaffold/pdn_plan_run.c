/* SPDX-License-Identifier: MIT */
/*
 * Carries a plan out, or takes it back. First every file is looked at, then
 * conflicts are settled (by asking, by --force, or not at all), then the disk
 * is touched.
 */

#include "pdn_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum {
    PDN_FILE_MISSING,
    PDN_FILE_SAME,
    PDN_FILE_OTHER
} pdn_file_state_t;


static void
pdn_plan_say(const char *verb, const char *path)
{
    printf("%12s  %s\n", verb, path);
}


static int
pdn_plan_state(const pdn_plan_how_t *how, const pdn_plan_file_t *file,
               pdn_file_state_t *state, pdn_problem_t *problem)
{
    pdn_str_t now = { 0 };
    char full[PATH_MAX];

    if (pdn_fs_join(full, how->root, file->path) != 0) {
        return pdn_problem(problem, "'%s' is too long", file->path);
    }

    if (!pdn_fs_exists(full)) {
        *state = PDN_FILE_MISSING;
        return 0;
    }

    if (pdn_fs_is_folder(full)) {
        return pdn_problem(problem, "'%s' is a folder", file->path);
    }

    if (pdn_fs_read(full, &now, problem) != 0) {
        pdn_str_release(&now);
        return -1;
    }

    *state = now.len == file->content.len
                     && memcmp(pdn_str_z(&now), pdn_str_z(&file->content),
                               now.len)
                            == 0
                 ? PDN_FILE_SAME
                 : PDN_FILE_OTHER;
    pdn_str_release(&now);

    return 0;
}


/* Shows what would change, by diff(1), with the new text on its input. */
static void
pdn_plan_diff(const char *full, const pdn_plan_file_t *file)
{
    FILE *input;
    pid_t pid;

    input = tmpfile();
    if (input == NULL) {
        return;
    }

    fwrite(pdn_str_z(&file->content), 1, file->content.len, input);
    fflush(input);
    rewind(input);
    fflush(stdout);

    pid = fork();
    if (pid == 0) {
        dup2(fileno(input), STDIN_FILENO);
        execlp("diff", "diff", "-u", full, "-", (char *) NULL);
        _exit(127);
    }

    if (pid > 0) {
        waitpid(pid, NULL, 0);
    }

    fclose(input);
}


static int
pdn_plan_ask(const pdn_plan_how_t *how, const pdn_plan_file_t *file,
             const char *question)
{
    char full[PATH_MAX], *line;
    size_t size;
    int answer;

    line = NULL;
    size = 0;
    answer = -1;

    while (answer == -1) {
        printf("%12s  %s\n%s [y/n/diff] ", "conflict", file->path, question);
        fflush(stdout);

        if (getline(&line, &size, stdin) <= 0) {
            printf("\n");
            answer = 0;
        } else if (line[0] == 'y' || line[0] == 'Y') {
            answer = 1;
        } else if (line[0] == 'n' || line[0] == 'N') {
            answer = 0;
        } else if (line[0] == 'd'
                   && pdn_fs_join(full, how->root, file->path) == 0) {
            pdn_plan_diff(full, file);
        }
    }

    free(line);

    return answer;
}


/*
 * Settles the files that are in the way; `take` says which are to be done.
 * `problem` names them when nobody can be asked.
 */
static pdn_plan_rc_t
pdn_plan_settle(const pdn_plan_t *plan, const pdn_plan_how_t *how,
                const pdn_file_state_t *states, const char *what,
                const char *question, char *take, pdn_problem_t *problem)
{
    const pdn_plan_file_t *file;
    pdn_str_t names = { 0 };
    pdn_plan_rc_t rc;
    size_t i;

    for (i = 0; i < plan->n; i++) {
        file = &plan->files[i];
        take[i] = 1;

        if (states[i] != PDN_FILE_OTHER || file->changes || how->force) {
            continue;
        }

        if (how->ask) {
            take[i] = pdn_plan_ask(how, file, question);
            continue;
        }

        take[i] = 0;
        pdn_plan_say("conflict", file->path);
        pdn_str_printf(&names, "%s%s", names.len ? ", " : "", file->path);
    }

    rc = PDN_PLAN_DONE;

    if (names.len != 0 && !how->dry_run) {
        pdn_problem(problem, "%s: %s (nothing was changed; --force %s)", what,
                    names.data, question[0] == 'O' ? "overwrites" : "removes");
        rc = PDN_PLAN_IN_THE_WAY;
    }

    pdn_str_release(&names);

    return rc;
}


static pdn_plan_rc_t
pdn_plan_look(const pdn_plan_t *plan, const pdn_plan_how_t *how,
              pdn_file_state_t *states, pdn_problem_t *problem)
{
    size_t i;

    for (i = 0; i < plan->n; i++) {
        if (pdn_plan_state(how, &plan->files[i], &states[i], problem) != 0) {
            return PDN_PLAN_FAILED;
        }
    }

    return PDN_PLAN_DONE;
}


static int
pdn_plan_put(const pdn_plan_how_t *how, const pdn_plan_file_t *file,
             pdn_problem_t *problem)
{
    char full[PATH_MAX];

    if (how->dry_run) {
        return 0;
    }

    if (file->content.failed) {
        return pdn_problem(problem, "no memory");
    }

    if (pdn_fs_join(full, how->root, file->path) != 0) {
        return pdn_problem(problem, "'%s' is too long", file->path);
    }

    return pdn_fs_write(full, pdn_str_z(&file->content), file->content.len,
                        file->secret ? 0600 : 0644, problem);
}


pdn_plan_rc_t
pdn_plan_write(const pdn_plan_t *plan, const pdn_plan_how_t *how,
               pdn_problem_t *problem)
{
    pdn_file_state_t states[PDN_PLAN_MAX];
    const pdn_plan_file_t *file;
    char take[PDN_PLAN_MAX];
    pdn_plan_rc_t rc;
    const char *verb;
    size_t i;

    rc = pdn_plan_look(plan, how, states, problem);
    if (rc == PDN_PLAN_DONE) {
        rc = pdn_plan_settle(plan, how, states, "already there", "Overwrite?",
                             take, problem);
    }

    for (i = 0; rc == PDN_PLAN_DONE && i < plan->n; i++) {
        file = &plan->files[i];

        if (states[i] == PDN_FILE_SAME) {
            pdn_plan_say("identical", file->path);
            continue;
        }

        if (!take[i]) {
            pdn_plan_say("skip", file->path);
            continue;
        }

        verb = states[i] == PDN_FILE_MISSING ? "create"
               : file->changes               ? "change"
                                             : "overwrite";
        if (pdn_plan_put(how, file, problem) != 0) {
            return PDN_PLAN_FAILED;
        }

        pdn_plan_say(verb, file->path);
    }

    return rc;
}


pdn_plan_rc_t
pdn_plan_undo(const pdn_plan_t *plan, const pdn_plan_how_t *how,
              pdn_problem_t *problem)
{
    pdn_file_state_t states[PDN_PLAN_MAX];
    const pdn_plan_file_t *file;
    char take[PDN_PLAN_MAX];
    pdn_plan_rc_t rc;
    size_t i;

    rc = pdn_plan_look(plan, how, states, problem);
    if (rc == PDN_PLAN_DONE) {
        rc = pdn_plan_settle(plan, how, states, "edited since it was written",
                             "Remove?", take, problem);
    }

    for (i = 0; rc == PDN_PLAN_DONE && i < plan->n; i++) {
        file = &plan->files[i];

        if (file->changes && states[i] == PDN_FILE_OTHER) {
            if (pdn_plan_put(how, file, problem) != 0) {
                return PDN_PLAN_FAILED;
            }
            pdn_plan_say("change", file->path);
            continue;
        }

        if (file->changes) {
            continue;
        }

        if (states[i] == PDN_FILE_MISSING || !take[i]) {
            pdn_plan_say(take[i] ? "missing" : "skip", file->path);
            continue;
        }

        if (!how->dry_run && pdn_fs_remove(how->root, file->path, problem)) {
            return PDN_PLAN_FAILED;
        }

        pdn_plan_say("remove", file->path);
    }

    return rc;
}
