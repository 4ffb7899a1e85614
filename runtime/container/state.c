/* The state store: see state.h. Written so that a crash at any point leaves either the old file, the new
 * file, or a directory that says "creating". */
#include "container/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "spec/json.h"

#define STATE_MAX (1U << 20)

char *timestamp_now(void)
{
    struct timespec now;
    struct tm tm;
    char date[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
    return xasprintf("%s.%09ldZ", date, now.tv_nsec);
}

uint64_t process_start_time(pid_t pid)
{
    char path[40], text[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    char *p = strrchr(text, ')'); /* the name before it may hold anything */
    if (!p || p[1] != ' ' || p[2] == 'Z' || p[2] == 'X')
        return 0;
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    return p ? strtoull(p + 1, NULL, 10) : 0;
}

static int open_root(const struct runtime_options *runtime, bool make)
{
    int fd = open(runtime->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && make) {
        TRY(make_dirs(runtime->root, 0700));
        fd = open(runtime->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    return fd < 0 ? fail(errno, "state directory %s", runtime->root) : fd;
}

static int lock_dir(int fd)
{
    int r;
    do
        r = flock(fd, LOCK_EX);
    while (r < 0 && errno == EINTR);
    return r < 0 ? fail(errno, "lock the container's state") : 0;
}

int state_make_dir(const struct runtime_options *runtime, const char *id)
{
    AUTO_FD int root = open_root(runtime, true);
    if (root < 0)
        return -1;
    if (mkdirat(root, id, 0711) < 0) {
        if (errno == EEXIST)
            return fail(0, "container with given ID already exists: \"%s\"", id);
        return fail(errno, "%s/%s", runtime->root, id);
    }
    AUTO_FD int fd = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(errno, "%s/%s", runtime->root, id);
    TRY(lock_dir(fd));
    return take_fd(&fd);
}

static void write_common(struct json *j, const struct container *c)
{
    json_int(j, "format", STATE_FORMAT);
    json_string(j, "id", c->id);
    json_string(j, "bundle", c->bundle);
    json_int(j, "cgroupManager", c->manager);
    json_uint(j, "owner", c->owner);
}

int state_write_creating(const struct container *c)
{
    struct json j;
    AUTO_BUF struct buf b = BUF_INIT;
    json_begin(&j, &b, false);
    json_open(&j, NULL, '{');
    write_common(&j, c);
    json_close(&j, '}');
    json_end(&j);
    return write_file_at(c->dir_fd, STATE_FILE, O_CREAT | O_EXCL, 0600, buf_str(&b), b.len);
}

int state_write(const struct container *c)
{
    struct json j;
    AUTO_BUF struct buf b = BUF_INIT;
    json_begin(&j, &b, false);
    json_open(&j, NULL, '{');
    write_common(&j, c);
    json_string(&j, "rootfs", c->rootfs);
    json_int(&j, "pid", c->pid);
    json_uint(&j, "startTime", c->start_time);
    json_string(&j, "created", c->created);
    json_uint(&j, "createdNs", c->created_ns);
    if (c->intel_rdt_path)
        json_string(&j, "intelRdt", c->intel_rdt_path);
    json_open(&j, "stdio", '[');
    for (size_t i = 0; i < ARRAY_LEN(c->stdio); i++)
        json_string(&j, NULL, c->stdio[i]);
    json_close(&j, ']');
    if (c->restored)
        json_bool(&j, "restored", true);
    if (c->no_new_keyring)
        json_bool(&j, "noNewKeyring", true);
    cgroup_save(c->cgroup, &j);
    json_close(&j, '}');
    json_end(&j);
    return write_file_atomic_at(c->dir_fd, STATE_FILE, 0600, buf_str(&b), b.len);
}

bool state_is_gone(const struct container *c)
{
    struct stat st;
    return fstat(c->dir_fd, &st) == 0 && st.st_nlink == 0;
}

/* The directory, locked if asked for; again if it was deleted while we waited for the lock. */
static int open_container(struct container *c, int root, bool lock)
{
    for (;;) {
        AUTO_FD int fd = openat(root, c->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;
        if (fd < 0)
            return fail(errno == ENOENT ? 0 : errno, "container \"%s\" does not exist", c->id);
        if (lock)
            TRY(lock_dir(fd));
        if (!lock || (fstat(fd, &st) == 0 && st.st_nlink > 0)) {
            c->dir_fd = take_fd(&fd);
            return 0;
        }
    }
}

static char *copy_string(const struct json_value *v, const char *key)
{
    const char *s = json_get_string(v, key);
    return s ? xstrdup(s) : NULL;
}

static int check_format(const struct json_value *v)
{
    if (json_get_int(v, "format", 0) != STATE_FORMAT)
        return fail(0, STATE_FILE ": written by another version of rsbx");
    return 0;
}

static int read_fields(struct container *c, const struct json_value *v)
{
    int64_t manager = json_get_int(v, "cgroupManager", -1);
    c->manager_known = manager >= CGROUP_CGROUPFS && manager <= CGROUP_DISABLED;
    if (c->manager_known)
        c->manager = (enum cgroup_manager)manager;
    c->bundle = copy_string(v, "bundle");
    c->rootfs = copy_string(v, "rootfs");
    c->created = copy_string(v, "created");
    c->intel_rdt_path = copy_string(v, "intelRdt");
    c->owner = (uid_t)json_get_uint(v, "owner", 0);
    c->pid = (pid_t)json_get_int(v, "pid", 0);
    c->start_time = json_get_uint(v, "startTime", 0);
    c->created_ns = json_get_uint(v, "createdNs", 0);
    c->restored = json_get_bool(v, "restored", false);
    c->no_new_keyring = json_get_bool(v, "noNewKeyring", false);
    const struct json_value *stdio = json_get(v, "stdio");
    for (size_t i = 0; stdio && i < ARRAY_LEN(c->stdio) && i < json_length(stdio); i++) {
        const char *was = json_as_string(json_at(stdio, i));
        c->stdio[i] = was ? xstrdup(was) : NULL;
    }
    const struct json_value *cgroup = json_get(v, "cgroup");
    return cgroup ? cgroup_load(cgroup, &c->cgroup) : 0;
}

/* created or running: init holds the reading end of the start fifo until it execs. */
static bool waits_for_start(const struct container *c)
{
    AUTO_FD int fd = openat(c->dir_fd, START_FIFO, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0;
}

static void find_status(struct container *c)
{
    if (!c->created) {
        c->status = STATUS_CREATING;
        return;
    }
    c->status = STATUS_STOPPED;
    if (c->pid > 0 && process_start_time(c->pid) == c->start_time) {
        if (c->pidfd < 0)
            c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
        /* looked at again behind the pidfd: now it cannot be another process */
        if (c->pidfd >= 0 && process_start_time(c->pid) == c->start_time)
            c->status = waits_for_start(c) ? STATUS_CREATED : STATUS_RUNNING;
    }
    if (c->status == STATUS_STOPPED)
        c->pid = 0;
    else if (c->cgroup && cgroup_is_frozen(c->cgroup) == 1)
        c->status = STATUS_PAUSED;
}

int container_refresh(struct container *c)
{
    find_status(c);
    error_clear();
    return 0;
}

int state_read(struct container *c, bool lock, bool with_spec)
{
    AUTO_FD int root = open(c->runtime->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail(errno == ENOENT ? 0 : errno, "container \"%s\" does not exist", c->id);
    TRY(open_container(c, root, lock));
    AUTO_BUF struct buf b = BUF_INIT;
    if (read_file_at(c->dir_fd, STATE_FILE, STATE_MAX, &b) < 0 && error_errno() != ENOENT)
        return fail_where("%s/%s", c->runtime->root, c->id);
    if (b.len > 0) {
        struct json_value *v = json_parse(STATE_FILE, buf_str(&b), b.len);
        int r = v ? check_format(v) : -1;
        if (r == 0)
            r = read_fields(c, v);
        if (v)
            json_free(v);
        if (r < 0)
            return fail_where("%s/%s", c->runtime->root, c->id);
    }
    if (with_spec)
        c->spec = spec_load_at(c->dir_fd, CONFIG_FILE);
    if (with_spec && !c->spec && c->created)
        return fail_where("%s/%s", c->runtime->root, c->id);
    return container_refresh(c);
}

int state_salvage(struct container *c)
{
    AUTO_FD int root = open(c->runtime->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail(errno, "state directory %s", c->runtime->root);
    TRY(open_container(c, root, true));
    AUTO_BUF struct buf b = BUF_INIT;
    struct json_value *v = read_file_at(c->dir_fd, STATE_FILE, STATE_MAX, &b) < 0
                               ? NULL
                               : json_parse(STATE_FILE, buf_str(&b), b.len);
    if (v) {
        if (read_fields(c, v) < 0)
            error_clear(); /* the cgroup, which config.json tells, too */
        json_free(v);
    }
    c->spec = spec_load_at(c->dir_fd, CONFIG_FILE);
    TRY(container_refresh(c));
    if (c->status == STATUS_STOPPED) /* that no process is known of does not tell that there is none */
        c->status = STATUS_CREATING;
    return 0;
}

int state_remove(const struct container *c)
{
    /* the state first: what is left after a kill counts as half made, and delete removes it */
    static const char *const names[] = {STATE_FILE, CONFIG_FILE, START_FIFO, RESULT_FIFO};
    AUTO_FD int root = open(c->runtime->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail(errno, "state directory %s", c->runtime->root);
    if (c->dir_fd >= 0 && state_is_gone(c))
        return 0;
    for (size_t i = 0; c->dir_fd >= 0 && i < ARRAY_LEN(names); i++)
        unlinkat(c->dir_fd, names[i], 0);
    return unlinkat(root, c->id, AT_REMOVEDIR) == 0 ? 0 : remove_tree_at(root, c->id); /* there may be more */
}
