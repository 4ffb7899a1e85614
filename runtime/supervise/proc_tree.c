/* /proc/PID/task/TID/children gives the tree (CONFIG_PROC_CHILDREN, which every distribution sets); stat,
 * smaps_rollup and io give the figures. */
#include "supervise/proc_tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

enum { MAX_PROCESSES = 4096 };

struct walk {
    struct proc_tree *sum;
    bool exact;
    pid_t todo[MAX_PROCESSES];
    size_t n;
};

/* At most size - 1 bytes of a file of /proc; false if it is not there (any more). */
static bool read_small(int dirfd, const char *name, char *into, size_t size)
{
    AUTO_FD int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t len = 0;
    ssize_t n;
    while (len < size - 1 && (n = read(fd, into + len, size - 1 - len)) > 0)
        len += (size_t)n;
    into[len] = '\0';
    return len > 0;
}

static uint64_t key_value(const char *text, const char *key)
{
    const char *p = strstr(text, key);
    return p ? strtoull(p + strlen(key), NULL, 10) : 0;
}

/* proc(5): the name in parentheses may hold blanks and parentheses, so fields are counted from the last ')'.
 */
static bool add_stat(int dir, struct walk *w)
{
    char text[1024];
    enum { MINOR, CMINOR, MAJOR, CMAJOR, USER, SYSTEM, CUSER, CSYSTEM, N };
    uint64_t v[N], threads, rss;
    if (!read_small(dir, "stat", text, sizeof(text)))
        return false;
    const char *p = strrchr(text, ')');
    if (!(p && (p = skip_words(p + 1, 7)) && (p = scan_numbers(p, "", v, N)) && (p = skip_words(p, 2)) &&
          (p = scan_numbers(p, "", &threads, 1)) && (p = skip_words(p, 3)) && scan_numbers(p, "", &rss, 1)))
        return false;
    uint64_t tick = 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);
    w->sum->user_ns += (v[USER] + v[CUSER]) * tick;
    w->sum->system_ns += (v[SYSTEM] + v[CSYSTEM]) * tick;
    w->sum->faults += v[MINOR] + v[CMINOR];
    w->sum->major_faults += v[MAJOR] + v[CMAJOR];
    w->sum->threads += threads;
    w->sum->processes++;
    if (!w->exact)
        w->sum->memory += rss * (uint64_t)sysconf(_SC_PAGESIZE);
    return true;
}

static void add_memory_and_io(int dir, struct walk *w)
{
    char text[2048];
    if (w->exact && read_small(dir, "smaps_rollup", text, sizeof(text)))
        w->sum->memory += key_value(text, "\nPss:") * 1024;
    if (!w->exact || !read_small(dir, "io", text, sizeof(text)))
        return;
    w->sum->read_bytes += key_value(text, "\nread_bytes: ");
    w->sum->written_bytes += key_value(text, "\nwrite_bytes: ");
    w->sum->read_ops += key_value(text, "\nsyscr: ");
    w->sum->write_ops += key_value(text, "\nsyscw: ");
}

static void add_children(int dir, struct walk *w)
{
    int fd = openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_DIR DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;
    while (tasks && (e = readdir(tasks))) {
        char path[300], text[8192];
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/children", e->d_name);
        if (!read_small(dirfd(tasks), path, text, sizeof(text)))
            continue;
        char *p = text, *end;
        for (;;) {
            long pid = strtol(p, &end, 10);
            if (end == p || w->n >= MAX_PROCESSES)
                break;
            w->todo[w->n++] = (pid_t)pid;
            p = end;
        }
    }
}

int proc_tree_read(pid_t init, bool exact, struct proc_tree *out)
{
    static struct walk w; /* 16 KiB: too much for every stack frame */
    *out = (struct proc_tree){0};
    w.sum = out;
    w.exact = exact;
    w.todo[0] = init;
    w.n = 1;
    for (size_t i = 0; i < w.n; i++) {
        char path[32];
        snprintf(path, sizeof(path), "/proc/%d", (int)w.todo[i]);
        AUTO_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0 || !add_stat(dir, &w)) {
            if (i == 0)
                return fail(0, "process %d has ended", (int)init);
            continue;
        }
        add_memory_and_io(dir, &w);
        add_children(dir, &w);
    }
    return 0;
}
