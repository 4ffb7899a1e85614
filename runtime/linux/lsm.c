/* Labels of security modules: an AppArmor profile or an SELinux label that takes effect at execve(2).
 *
 * Both are written into files of /proc/self/attr. Where a container's mount could stand in their place, the
 * container would run unconfined and nobody would notice (CVE-2019-16884, CVE-2025-52881); the writes
 * therefore go through proc_open(). podman looks for the path in backquotes in what we say. */
#include "linux/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "linux/paths.h"

#define SELINUX_MAGIC 0xf97cff8c

bool apparmor_enabled(void)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (read_file_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 16, &b) < 0) {
        error_clear();
        return false;
    }
    return buf_str(&b)[0] == 'Y';
}

/* As libselinux sees it: selinuxfs is mounted, and not read-only as in a container. */
bool selinux_enabled(void)
{
    struct statfs fs;
    return statfs("/sys/fs/selinux", &fs) == 0 && (uint32_t)fs.f_type == SELINUX_MAGIC &&
           !((unsigned long)fs.f_flags & ST_RDONLY);
}

/* Without AppArmor every process is unconfined. */
static bool profile_wanted(const struct spec_process *p)
{
    return p->apparmor_profile && *p->apparmor_profile &&
           (strcmp(p->apparmor_profile, "unconfined") != 0 || apparmor_enabled());
}

static bool label_wanted(const struct spec_process *p)
{
    return p->selinux_label && *p->selinux_label;
}

int lsm_check(const struct spec_process *p, const char *where)
{
    if (profile_wanted(p) && !apparmor_enabled())
        return fail(0, "%s.apparmorProfile: \"%s\" cannot be applied: AppArmor is not enabled on this kernel",
                    where, p->apparmor_profile);
    if (label_wanted(p) && !selinux_enabled())
        return fail(0, "%s.selinuxLabel: \"%s\" cannot be applied: SELinux is not enabled on this kernel",
                    where, p->selinux_label);
    return 0;
}

static int write_attr(int fd, const char *name, const char *text)
{
    if (write_fd(fd, text, strlen(text)) == 0)
        return 0;
    return fail_where("write `/proc/self/attr/%s`", name);
}

static int apply_profile(const char *profile)
{
    /* The module's own directory is there since 5.1; without it the file is shared with SELinux. */
    const char *name = "apparmor/exec";
    AUTO_FD int fd = proc_open("self/attr/apparmor/exec", O_WRONLY);
    if (fd < 0 && error_errno() == ENOENT) {
        name = "exec";
        fd = proc_open("self/attr/exec", O_WRONLY);
    }
    if (fd < 0)
        return fail_where("process.apparmorProfile: %s: `/proc/self/attr/%s`", profile, name);
    AUTO_FREE char *command = xasprintf("exec %s", profile);
    if (write_attr(fd, name, command) == 0)
        return 0;
    if (error_errno() == ENOENT)
        return fail(
            0,
            "process.apparmorProfile: \"%s\" is not loaded into the kernel: load it with apparmor_parser(8)",
            profile);
    return fail_where("process.apparmorProfile: %s", profile);
}

static int apply_label(const char *label)
{
    AUTO_FD int fd = proc_open("self/attr/exec", O_WRONLY);
    if (fd < 0)
        return fail_where("process.selinuxLabel: %s: `/proc/self/attr/exec`", label);
    if (write_attr(fd, "exec", label) < 0)
        return fail_where("process.selinuxLabel: %s", label);
    return 0;
}

int lsm_apply_on_exec(const struct spec_process *p)
{
    if (profile_wanted(p))
        TRY(apply_profile(p->apparmor_profile));
    return label_wanted(p) ? apply_label(p->selinux_label) : 0;
}
