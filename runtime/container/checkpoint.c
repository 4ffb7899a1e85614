/* Writing the images of a running container: see checkpoint.h. criu(8) stops its processes, reads them out,
 * and ends them, or lets them go on. */
#include "container/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/protobuf.h"
#include "base/strings.h"
#include "container/checkpoint_criu.h"
#include "spec/json.h"

/* ---- options ---- */

static int page_server(struct criu *k, const char *word)
{
    uint64_t port;
    if (!word || !*word)
        return 0;
    const char *colon = strrchr(word, ':');
    if (!colon || colon == word || parse_u64(colon + 1, 65535, &port) < 0 || port == 0)
        return fail(0, "--page-server: expected ADDRESS:PORT, found \"%s\"", word);
    bool brackets = word[0] == '[' && colon[-1] == ']'; /* of an IPv6 address */
    AUTO_FREE char *address = xstrndup(word + brackets, (size_t)(colon - word) - 2U * brackets);
    AUTO_BUF struct buf b = BUF_INIT;
    pb_string(&b, 1, address);
    pb_uint(&b, 2, port);
    pb_message(&k->opts, CRIU_PAGE_SERVER, &b);
    return 0;
}

static int parent_images(struct criu *k, const struct criu_options *o)
{
    struct stat st;
    if (o->pre_dump || (o->parent_path && *o->parent_path))
        criu_flag(k, CRIU_TRACK_MEM, true);
    if (!o->parent_path || !*o->parent_path)
        return 0;
    if (o->parent_path[0] == '/')
        return fail(0, "--parent-path must be relative");
    if (fstatat(k->images, o->parent_path, &st, 0) < 0)
        return fail(errno, "invalid --parent-path: %s", o->parent_path);
    if (!S_ISDIR(st.st_mode))
        return fail(ENOTDIR, "invalid --parent-path: %s", o->parent_path);
    pb_string(&k->opts, CRIU_PARENT_IMG, o->parent_path);
    return 0;
}

static int check_status_fd(const struct criu_options *o)
{
    if (o->status_fd < 0)
        return 0;
    int flags = fcntl(o->status_fd, F_GETFL);
    if (flags < 0)
        return fail(errno, "invalid --status-fd argument %d", o->status_fd);
    if ((flags & O_ACCMODE) == O_RDONLY)
        return fail(0, "invalid --status-fd argument %d: not writable", o->status_fd);
    return 0;
}

static int dump_options(struct criu *k, const struct container *c, const struct criu_options *o)
{
    const char *freezer = c->cgroup ? cgroup_freezer(c->cgroup) : NULL;
    TRY(check_status_fd(o));
    TRY(page_server(k, o->page_server));
    TRY(parent_images(k, o));
    pb_uint(&k->opts, CRIU_PID, (uint64_t)c->pid);
    pb_string(&k->opts, CRIU_ROOT, c->rootfs);
    criu_flag(k, CRIU_LEAVE_RUNNING, o->leave_running);
    criu_flag(k, CRIU_TCP_SKIP_IN_FLIGHT, o->tcp_skip_in_flight);
    criu_flag(k, CRIU_LINK_REMAP, o->link_remap);
    if (freezer)
        pb_string(&k->opts, CRIU_FREEZE_CGROUP, freezer);
    return 0;
}

/* ---- what is not the container's own ---- */

/* A network or pid namespace that others made is there again at restore, and is named here. */
static int external_namespaces(struct criu *k, const struct container *c)
{
    static const struct {
        const char *type, *file, *name;
    } kinds[] = {{"network", "net", "extRootNetNS"}, {"pid", "pid", "extRootPidNS"}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct stat st;
        const struct spec_namespace *n = spec_namespace(c->spec, kinds[i].type);
        if (!n || !n->path || !*n->path)
            continue;
        AUTO_FREE char *path = xasprintf("/proc/%d/ns/%s", (int)c->pid, kinds[i].file);
        if (stat(path, &st) < 0)
            return fail(errno, "%s", path);
        AUTO_FREE char *text =
            xasprintf("%s[%llu]:%s", kinds[i].file, (unsigned long long)st.st_ino, kinds[i].name);
        pb_string(&k->opts, CRIU_EXTERNAL, text);
    }
    return 0;
}

/* Mount ids of a process, as its fdinfo and mountinfo in /proc have them. -1: cannot tell. */
static long mount_id_of(pid_t pid, int fd)
{
    AUTO_FREE char *path = xasprintf("/proc/%d/fdinfo/%d", (int)pid, fd);
    AUTO_BUF struct buf b = BUF_INIT;
    uint64_t id;
    if (read_file_at(AT_FDCWD, path, 1U << 16, &b) < 0) {
        error_clear();
        return -1;
    }
    char *p = strstr(b.data ? b.data : "", "mnt_id:");
    if (!p)
        return -1;
    p += strlen("mnt_id:");
    p += strspn(p, " \t");
    p[strcspn(p, "\n")] = '\0';
    return parse_u64(p, INT_MAX, &id) < 0 ? -1 : (long)id;
}

static bool is_mounted_in(pid_t pid, long mount)
{
    AUTO_FREE char *path = xasprintf("/proc/%d/mountinfo", (int)pid);
    AUTO_FREE char *start = xasprintf("%ld ", mount);
    AUTO_BUF struct buf b = BUF_INIT;
    if (read_file_at(AT_FDCWD, path, 16U << 20, &b) < 0) {
        error_clear();
        return true;
    }
    char *save = NULL;
    for (char *l = strtok_r(b.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
        if (str_starts(l, start))
            return true;
    return false;
}

/* A file that the container cannot reach through its mounts, such as a log, a fifo or the host's null device:
 * NULL for anything else. Pipes and sockets have no name, terminals are criu's affair. */
static char *outside_file(pid_t pid, int fd, bool *fifo)
{
    struct stat st;
    char name;
    AUTO_FREE char *path = xasprintf("/proc/%d/fd/%d", (int)pid, fd);
    if (stat(path, &st) < 0 || readlink(path, &name, 1) != 1 || name != '/')
        return NULL;
    if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) && !(S_ISCHR(st.st_mode) && major(st.st_rdev) == 1))
        return NULL;
    *fifo = S_ISFIFO(st.st_mode);
    long mount = mount_id_of(pid, fd);
    if (mount < 0 || is_mounted_in(pid, mount))
        return NULL;
    return xasprintf("file[%lx:%llx]", (unsigned long)mount, (unsigned long long)st.st_ino);
}

/* What init's first three fds come from, for DESCRIPTORS_FILE; files among them are named to criu. */
static int descriptors(struct criu *k, const struct container *c)
{
    struct json j;
    AUTO_BUF struct buf b = BUF_INIT;
    json_begin(&j, &b, false);
    json_open(&j, NULL, '[');
    for (int fd = 0; fd < 3; fd++) {
        bool fifo = false;
        AUTO_FREE char *file = outside_file(c->pid, fd, &fifo);
        AUTO_FREE char *marked = xasprintf("%s%s", fifo ? DESCRIPTOR_FIFO : "", file ? file : "");
        if (file)
            pb_string(&k->opts, CRIU_EXTERNAL, file);
        json_string(&j, NULL, file ? marked : c->stdio[fd] ? c->stdio[fd] : "");
    }
    json_close(&j, ']');
    json_end(&j);
    return write_file_at(k->images, DESCRIPTORS_FILE, O_CREAT | O_TRUNC, 0600, buf_str(&b), b.len);
}

static int external_things(struct criu *k, const struct container *c)
{
    AUTO_FREE char *path = xasprintf("/proc/%d/root", (int)c->pid);
    AUTO_FD int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail(errno, "%s", path);
    TRY(external_namespaces(k, c));
    criu_external_mounts(k, c, root);
    return descriptors(k, c);
}

/* ---- all of it ---- */

static int on_dump(void *arg, const char *script, pid_t pid, int fd)
{
    const struct criu_options *o = arg;
    (void)pid, (void)fd;
    if (!str_eq(script, "status-ready") || o->status_fd < 0)
        return 0;
    int r = write_fd(o->status_fd, "", 1);
    close(o->status_fd); /* who waits for it waits for the end, too */
    return r;
}

int container_checkpoint(struct container *c, const struct criu_options *o)
{
    AUTO_CRIU struct criu k = CRIU_NONE;
    if (c->status != STATUS_RUNNING && c->status != STATUS_PAUSED)
        return fail(0, "container cannot be checkpointed in %s state", container_status_name(c->status));
    TRY(criu_init(&k, o->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, c, o));
    TRY(dump_options(&k, c, o));
    if (!o->pre_dump)
        TRY(external_things(&k, c));
    k.notify = on_dump;
    k.arg = (void *)(uintptr_t)o;
    TRY(criu_start(&k));
    return criu_finish(&k, NULL);
}
