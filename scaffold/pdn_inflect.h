/* SPDX-License-Identifier: MIT */
/*
 * The forms of a name: "BlogPost", "blog-post", "blog_posts" are one thing.
 * English only, by rules and a list of exceptions; ASCII only.
 */

#ifndef PDN_INFLECT_H
#define PDN_INFLECT_H

/* Room for any name that is accepted, with its zero. */
#define PDN_NAME_MAX 64

/*
 * Checks a name as it was typed: a letter, then letters, digits, '_', '-';
 * short enough for all of its forms. Returns 0 or -1.
 */
int pdn_name_check(const char *name);

/* All write into `out`, which may not be `name`. */
void pdn_snake(char out[PDN_NAME_MAX], const char *name);   /* blog_post */
void pdn_camel(char out[PDN_NAME_MAX], const char *name);   /* BlogPost */
void pdn_human(char out[PDN_NAME_MAX], const char *name);   /* blog post */
void pdn_title(char out[PDN_NAME_MAX], const char *name);   /* Blog post */
void pdn_plural(char out[PDN_NAME_MAX], const char *snake); /* blog_posts */
void pdn_singular(char out[PDN_NAME_MAX], const char *snake);

#endif /* PDN_INFLECT_H */
