/* linux.sysctl: kernel parameters of the container's own namespaces (sysctl(8), namespaces(7)).
 *
 * A key is turned into its path below /proc/sys first, and everything else works on the path. The kernel
 * looks such files up in the namespaces of whoever opens them, not in those of the procfs mount; the new
 * process therefore opens them itself, through proc_open(), where no mount of the container can be in the
 * way. */
#include "linux/process.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "linux/paths.h"

struct owner {
    const char *path;      /* a file, or a directory with the trailing slash */
    const char *namespace; /* as in linux.namespaces[].type */
};

static const struct owner owners[] = {
    {"net/", "network"},
    {"fs/mqueue/", "ipc"},
    {"kernel/auto_msgmni", "ipc"},
    {"kernel/msg_next_id", "ipc"},
    {"kernel/msgmax", "ipc"},
    {"kernel/msgmnb", "ipc"},
    {"kernel/msgmni", "ipc"},
    {"kernel/sem", "ipc"},
    {"kernel/sem_next_id", "ipc"},
    {"kernel/shm_next_id", "ipc"},
    {"kernel/shm_rmid_forced", "ipc"},
    {"kernel/shmall", "ipc"},
    {"kernel/shmmax", "ipc"},
    {"kernel/shmmni", "ipc"},
    {"kernel/domainname", "uts"},
    {"kernel/hostname", "uts"},
    {"user/", "user"},
};

/* sysctl(8): where the first separator is a slash, slashes separate and dots belong to names
 * ("net/ipv4/conf/eth0.100/forwarding"); else it is the other way round
 * ("net.ipv4.conf.eth0/100.forwarding"). The result has slashes between components. */
static char *sysctl_path(const char *key)
{
    char *path = xstrdup(key);
    const char *first = strpbrk(key, "./");
    if (first && *first == '.')
        for (char *c = path; *c; c++)
            *c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
    return path;
}

/* No empty component, no "." and "..", nothing absolute. */
static bool path_is_plain(const char *path)
{
    for (;;) {
        size_t n = strcspn(path, "/");
        if (n == 0 || (n == 1 && path[0] == '.') || (n == 2 && path[0] == '.' && path[1] == '.'))
            return false;
        if (!path[n])
            return true;
        path += n + 1;
    }
}

static const char *namespace_of(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
        bool dir = str_ends(owners[i].path, "/");
        if (dir ? str_starts(path, owners[i].path) : strcmp(path, owners[i].path) == 0)
            return owners[i].namespace;
    }
    return NULL;
}

/* A namespace of the container's own: in the list, and not by a path that leads to ours. */
static bool own_namespace(const struct spec *spec, const char *type)
{
    const struct spec_namespace *ns = spec_namespace(spec, type);
    if (!ns || !ns->path || !*ns->path)
        return ns != NULL;
    AUTO_FREE char *ours = xasprintf("/proc/self/ns/%s", strcmp(type, "network") == 0 ? "net" : type);
    struct stat a, b;
    if (stat(ns->path, &a) < 0 || stat(ours, &b) < 0)
        return true; /* joining it will say what is wrong */
    return a.st_dev != b.st_dev || a.st_ino != b.st_ino;
}

static int check_key(const struct spec *spec, const char *key)
{
    AUTO_FREE char *path = sysctl_path(key);
    if (!path_is_plain(path))
        return fail(0, "linux.sysctl: \"%s\" is not the name of a kernel parameter", key);
    const char *owner = namespace_of(path);
    if (!owner)
        return fail(0, "linux.sysctl: \"%s\" is not in a separate kernel namespace: it would change the host",
                    key);
    if (!own_namespace(spec, owner))
        return fail(
            0,
            "linux.sysctl: \"%s\" is not allowed in the host's %s namespace: give the container one of "
            "its own in linux.namespaces",
            key, owner);
    if (strcmp(path, "kernel/hostname") == 0)
        return fail(0, "linux.sysctl: \"%s\" is not allowed: use \"hostname\"", key);
    return 0;
}

int sysctl_check(const struct spec *spec)
{
    if (!spec->linux_)
        return 0;
    const struct key_values *list = &spec->linux_->sysctl;
    for (size_t i = 0; i < list->n; i++)
        TRY(check_key(spec, list->v[i].key));
    return 0;
}

static int apply(const char *key, const char *value)
{
    AUTO_FREE char *path = sysctl_path(key);
    /* The files of the uts namespace belong to the host's root also in a user namespace; the system call does
     * not look at them. */
    if (strcmp(path, "kernel/domainname") == 0)
        return setdomainname(value, strlen(value)) < 0 ? fail(errno, "set the domain name") : 0;
    AUTO_FREE char *file = xasprintf("sys/%s", path);
    return proc_write(file, value);
}

int sysctl_apply(const struct spec *spec)
{
    if (!spec->linux_)
        return 0;
    const struct key_values *list = &spec->linux_->sysctl;
    for (size_t i = 0; i < list->n; i++)
        if (apply(list->v[i].key, list->v[i].value) < 0)
            return fail_where("linux.sysctl: %s", list->v[i].key);
    return 0;
}
