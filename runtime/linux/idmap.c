/* A user namespace that exists only to be named by an fd: idmapped mounts take their mapping from one
 * (mount_setattr(2), MOUNT_ATTR_IDMAP). A child makes it and waits; we write its maps, open it and end the
 * child. */
#include "linux/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "linux/paths.h"

static pid_t start_sleeper(void)
{
    pid_t parent = getpid();
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (pid != 0)
        return pid;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(1);
    for (;;)
        pause();
}

static void end_sleeper(const pid_t *pid)
{
    int saved = errno;
    if (*pid > 0) {
        kill(*pid, SIGKILL); /* our own child, not yet waited for: the pid is its */
        while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    errno = saved;
}

static int write_map(pid_t pid, const char *file, const struct spec_id_mapping_list *maps)
{
    AUTO_BUF struct buf text = BUF_INIT;
    char path[40];
    for (size_t i = 0; i < maps->n; i++)
        buf_printf(&text, "%u %u %u\n", maps->v[i].container_id, maps->v[i].host_id, maps->v[i].size);
    snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
    return proc_write(path, buf_str(&text));
}

int idmap_userns(const struct spec_id_mapping_list *uids, const struct spec_id_mapping_list *gids)
{
    __attribute__((cleanup(end_sleeper))) pid_t pid = start_sleeper();
    if (pid < 0)
        return fail(errno, "user namespace for an id mapping");
    TRY(write_map(pid, "uid_map", uids));
    TRY(write_map(pid, "gid_map", gids));
    char path[40];
    snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
    /* a magic link, which proc_open() does not follow; the pid is our child's */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? fd : fail(errno, "%s", path);
}
