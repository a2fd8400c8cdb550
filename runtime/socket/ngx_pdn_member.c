/*
 * SPDX-License-Identifier: MIT
 *
 * The members of a host, and their end.
 */

#include "ngx_pdn_member.h"


typedef struct {
    ngx_queue_t members;
    ngx_pdn_host_t *host;
} ngx_pdn_members_t;


static ngx_queue_t *ngx_pdn_members(ngx_pdn_host_t *host);
static void ngx_pdn_members_end(void *data);


ngx_int_t
ngx_pdn_member_join(ngx_pdn_member_t *member, ngx_pdn_host_t *host,
                    ngx_pdn_member_pt ended)
{
    ngx_queue_t *members;

    members = ngx_pdn_members(host);

    if (members == NULL) {
        return NGX_ERROR;
    }

    member->ended = ended;
    ngx_queue_insert_tail(members, &member->link);

    return NGX_OK;
}


void
ngx_pdn_member_leave(ngx_pdn_member_t *member)
{
    ngx_queue_remove(&member->link);
}


/* Found among the cleanups of the host's pool, which are few. */
static ngx_queue_t *
ngx_pdn_members(ngx_pdn_host_t *host)
{
    ngx_pool_cleanup_t *cln;
    ngx_pdn_members_t *data;

    for (cln = host->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_pdn_members_end) {
            data = cln->data;

            if (data->host == host) {
                return &data->members;
            }
        }
    }

    cln = ngx_pool_cleanup_add(host->pool, sizeof(ngx_pdn_members_t));

    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_pdn_members_end;
    data = cln->data;
    data->host = host;
    ngx_queue_init(&data->members);

    return &data->members;
}


static void
ngx_pdn_members_end(void *data)
{
    ngx_queue_t *q;
    ngx_pdn_member_t *member;
    ngx_pdn_members_t *cleanup = data;

    while (!ngx_queue_empty(&cleanup->members)) {
        q = ngx_queue_head(&cleanup->members);
        ngx_queue_remove(q);

        member = ngx_queue_data(q, ngx_pdn_member_t, link);
        member->ended(member);
    }
}
