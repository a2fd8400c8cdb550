#ifndef NGX_PDN_SHM_H
#define NGX_PDN_SHM_H
#include "ngx_pdn_vm.h"
char *ngx_pdn_shm_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size);
#endif
