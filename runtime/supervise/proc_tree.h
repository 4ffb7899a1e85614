/* What the processes of a container use, read from /proc: for hosts where the container has no cgroup that
 * tells. init and all its descendants; in a pid namespace of their own nobody gets away from that tree. */
#ifndef RSBX_SUPERVISE_PROC_TREE_H
#define RSBX_SUPERVISE_PROC_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_tree {
    uint64_t memory;             /* bytes: resident set, or proportional set where exact was asked for */
    uint64_t user_ns, system_ns; /* with the children that were waited for */
    uint64_t faults, major_faults;
    uint64_t read_bytes, written_bytes, read_ops, write_ops;
    uint64_t processes, threads;
};

/* exact: smaps_rollup, which counts shared pages once (proc(5)) but costs a walk of the page tables. A
 * process that ends meanwhile is left out; the result is -1 only when init itself is gone. */
int proc_tree_read(pid_t init, bool exact, struct proc_tree *out);

#endif
