/* Running from a sealed copy of ourselves, so that a container cannot write to the host's binary through
 * /proc/PID/exe of a process of ours that stands in it (CVE-2019-5736). */
#ifndef RSBX_BASE_SEAL_H
#define RSBX_BASE_SEAL_H

/* Executes a sealed memfd copy of this program with argv, once; returns in the copy, and where none is
 * needed: when neither root nor the binary's owner runs it, nobody in a container can be its owner. -1 after
 * fail(). */
int seal_self(char **argv);

#endif
