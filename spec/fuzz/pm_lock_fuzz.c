/* SPDX-License-Identifier: MIT */
/*
 * Reads any bytes as a lock. One that is understood is written, and what was
 * written is understood and written the same.
 */

#include "fuzz_pm.h"
#include "pdn_lock.h"


static void
fuzz_again(fuzz_t *f, pdn_lock_t *lock)
{
    pdn_str_t first = { 0 }, second = { 0 };
    pdn_document_t d;
    pdn_lock_t again;

    fuzz_must(pdn_lock_write(lock, &first, &f->err) == 0);
    memset(&d, 0, sizeof(d));
    d.file = "again";
    d.text = pdn_str_z(&first);
    d.len = first.len;

    fuzz_must(pdn_lock_read(&f->arena, &d, &again, &f->err) == 0
              && again.n == lock->n
              && pdn_lock_write(&again, &second, &f->err) == 0);
    fuzz_must(first.len == second.len
              && memcmp(first.data, second.data, first.len) == 0);

    pdn_str_release(&first);
    pdn_str_release(&second);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pdn_document_t d;
    pdn_lock_t lock;
    fuzz_t f;

    fuzz_start(&f, data, size);
    d = fuzz_document(&f, "pandan.lock");
    memset(&lock, 0, sizeof(lock));

    if (pdn_lock_read(&f.arena, &d, &lock, &f.err) != 0) {
        fuzz_failed(&f);

    } else {
        fuzz_again(&f, &lock);
    }

    fuzz_end(&f);

    return 0;
}
