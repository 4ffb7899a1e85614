/* Mounts added to a running container and taken away again.
 *
 * The runtime opens the sources, with its own view and rights, as trees that are mounted nowhere yet. A child
 * in the container's mount and user namespace, and in no other of its namespaces, so that no process of the
 * container sees it, attaches all of them or none (linux/mounts_add.c). What was added is noted in the state
 * directory with the kernel's ids; until that is on disk the child is ready to take it back. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "container/container.h"
#include "container/sync.h"
#include "linux/namespaces.h"
#include "linux/paths.h"
#include "linux/rootfs.h"
#include "spec/json.h"

#define NOTES_FILE "mounts.json"
enum { NOTES_SIZE = 1 << 20, MAX_MOUNTS = 256 };

struct note { /* one mount that was added */
    char *destination;
    uint64_t id;
};

struct work {
    struct container *c;
    struct spec spec; /* the container's, with the mounts that are to be added or removed */
    bool add;
    struct note notes[MAX_MOUNTS];
    size_t n_notes;
    struct namespaces ns;
    struct rootfs rootfs;
    uint64_t ids[MAX_MOUNTS]; /* of spec.mounts */
    int sync[2];
};

/* ---- notes ---- */

static int take_notes(struct work *w, const struct json_value *list)
{
    for (size_t i = 0; i < json_length(list); i++) {
        const struct json_value *v = json_at(list, i);
        const char *destination = json_get_string(v, "destination");
        uint64_t id = json_get_uint(v, "id", 0);
        if (!destination || id == 0 || w->n_notes == MAX_MOUNTS)
            return fail(0, NOTES_FILE ": damaged");
        w->notes[w->n_notes++] = (struct note){xstrdup(destination), id};
    }
    return 0;
}

static int read_notes(struct work *w)
{
    AUTO_BUF struct buf text = BUF_INIT;
    if (faccessat(w->c->dir_fd, NOTES_FILE, F_OK, 0) < 0 && errno == ENOENT)
        return 0;
    TRY(read_file_at(w->c->dir_fd, NOTES_FILE, NOTES_SIZE, &text));
    struct json_value *list = json_parse(NOTES_FILE, buf_str(&text), text.len);
    if (!list)
        return -1;
    int r = take_notes(w, list);
    json_free(list);
    return r;
}

static int write_notes(const struct work *w)
{
    struct json j;
    AUTO_BUF struct buf text = BUF_INIT;
    json_begin(&j, &text, false);
    json_open(&j, NULL, '[');
    for (size_t i = 0; i < w->n_notes; i++) {
        json_open(&j, NULL, '{');
        json_string(&j, "destination", w->notes[i].destination);
        json_uint(&j, "id", w->notes[i].id);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_end(&j);
    return write_file_atomic_at(w->c->dir_fd, NOTES_FILE, 0600, buf_str(&text), text.len);
}

static int note_added(struct work *w)
{
    for (size_t i = 0; i < w->spec.mounts.n; i++)
        w->notes[w->n_notes++] = (struct note){xstrdup(w->spec.mounts.v[i].destination), w->ids[i]};
    return write_notes(w);
}

/* Takes the last note of each destination: the mount on top. */
static int find_noted(struct work *w)
{
    for (size_t i = 0; i < w->spec.mounts.n; i++) {
        const char *destination = w->spec.mounts.v[i].destination;
        size_t k = w->n_notes;
        while (k > 0 && strcmp(w->notes[k - 1].destination, destination) != 0)
            k--;
        if (k == 0)
            return fail(0, "mounts[%zu].destination: nothing was added on %s", i, destination);
        w->ids[i] = w->notes[k - 1].id;
        free(w->notes[k - 1].destination);
        memmove(&w->notes[k - 1], &w->notes[k], (--w->n_notes - (k - 1)) * sizeof(w->notes[0]));
    }
    return 0;
}

/* ---- the child ---- */

static int child_add(struct work *w)
{
    AUTO_BUF struct buf ids = BUF_INIT;
    TRY(rootfs_add(&w->rootfs, w->ids));
    for (size_t i = 0; i < w->spec.mounts.n; i++)
        buf_printf(&ids, "%llu ", (unsigned long long)w->ids[i]);
    if (sync_send(w->sync[1], SYNC_READY, 0, buf_str(&ids), -1) == 0 && sync_expect(w->sync[1], SYNC_GO) == 0)
        return 0;
    rootfs_undo_add(&w->rootfs);
    return -1;
}

static int child_remove(struct work *w)
{
    for (size_t i = 0; i < w->spec.mounts.n; i++)
        if (rootfs_remove(w->spec.mounts.v[i].destination, w->ids[i], true) < 0)
            return fail_where("mounts[%zu].destination", i);
    for (size_t i = 0; i < w->spec.mounts.n; i++)
        if (rootfs_remove(w->spec.mounts.v[i].destination, w->ids[i], false) < 0)
            return fail_where("mounts[%zu].destination", i);
    return sync_send(w->sync[1], SYNC_READY, 0, NULL, -1);
}

static int child(void *arg)
{
    struct work *w = arg;
    close(w->sync[0]);
    umask(022);
    int r = (w->ns.all & CLONE_NEWUSER) ? userns_become_root() : 0;
    if (r == 0)
        r = w->add ? child_add(w) : child_remove(w);
    if (r < 0)
        sync_send(w->sync[1], SYNC_ERROR, error_errno(), error_text(), -1);
    return r < 0;
}

/* ---- the runtime ---- */

static int read_ids(struct work *w, const char *text)
{
    char *end;
    for (size_t i = 0; i < w->spec.mounts.n; i++, text = end) {
        w->ids[i] = strtoull(text, &end, 10);
        if (end == text)
            return fail(0, "the process in the container said nothing of mounts[%zu]", i);
    }
    return 0;
}

static int talk(struct work *w)
{
    AUTO_BUF struct buf text = BUF_INIT;
    int number;
    int type = sync_receive(w->sync[0], &number, &text, NULL);
    if (type < 0)
        return -1;
    if (!w->add)
        return write_notes(w);
    TRY(read_ids(w, buf_str(&text)));
    TRY(note_added(w));
    return sync_go(w->sync[0]);
}

static int in_container(struct work *w)
{
    bool into_cgroup;
    pid_t pid;
    int pidfd;
    if (proc_root() < 0) /* the host's, before the container's is the one to be seen */
        return -1;
    /* where the container has no pid namespace, its processes may see the child */
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        return fail(errno, "prctl");
    TRY(sync_pair(w->sync));
    TRY(namespaces_clone(&w->ns, -1, &into_cgroup, child, w, &pid, &pidfd));
    close(pidfd);
    close(w->sync[1]);
    w->sync[1] = -1;
    int r = talk(w);
    close(w->sync[0]); /* the child takes back what it added if there was no go */
    w->sync[0] = -1;
    while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
    return r;
}

static int check_container(const struct container *c)
{
    if (c->status == STATUS_STOPPED || c->status == STATUS_CREATING)
        return fail(0, "container not running");
    if (!spec_namespace(c->spec, "mount"))
        return fail(0, "container \"%s\" has no mount namespace of its own", c->id);
    return 0;
}

static int change(struct work *w)
{
    TRY(check_container(w->c));
    TRY(read_notes(w));
    if (w->spec.mounts.n > MAX_MOUNTS - (w->add ? w->n_notes : 0))
        return fail(0, "more than %d mounts", MAX_MOUNTS);
    TRY(namespaces_plan_join(w->c->spec, w->c->pidfd, &w->ns));
    w->ns.all &= CLONE_NEWNS | CLONE_NEWUSER;
    if (!w->add) {
        TRY(find_noted(w));
    } else {
        w->rootfs.spec = &w->spec;
        w->rootfs.bundle = w->c->bundle;
        w->rootfs.own_user_ns = w->ns.all & CLONE_NEWUSER;
        w->rootfs.userns_fd = -1;
        TRY(rootfs_prepare_add(&w->rootfs));
    }
    return in_container(w);
}

int container_mounts(struct container *c, const struct spec *mounts, bool add)
{
    struct work *w = xcalloc(1, sizeof(*w));
    w->c = c;
    w->add = add;
    w->sync[0] = w->sync[1] = -1;
    w->rootfs.root_fd = -1;
    if (c->spec) {
        w->spec = *c->spec;
        w->spec.mounts = mounts->mounts;
    }
    for (size_t i = 0; i < mounts->warnings.n; i++)
        log_warn("%s", mounts->warnings.v[i]);
    int r = change(w);
    rootfs_close(&w->rootfs);
    for (size_t i = 0; i < w->n_notes; i++)
        free(w->notes[i].destination);
    free(w);
    return r;
}
