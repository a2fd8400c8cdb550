/* SPDX-License-Identifier: MIT */
/*
 * Takes rights from the process that calls, for good: for what others wrote
 * and we run.
 */

#ifndef PDN_CONFINE_H
#define PDN_CONFINE_H

/*
 * Leaves memory, writing to what is open, and exit; any other system call
 * kills the process. 0, or -1 when the kernel cannot do that.
 */
int pdn_confine_compute(void);

/*
 * For builds: no network, and the file system read-only but for the folder
 * given. Uses user, mount, network and IPC namespaces. Returns 0, or -1 with
 * errno when the system does not allow them; call in a process of its own.
 */
int pdn_confine_build(const char *writable);

#endif /* PDN_CONFINE_H */
