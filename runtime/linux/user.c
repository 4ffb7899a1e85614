/* Who a process is: umask, groups, gid, uid (credentials(7)). The capabilities survive the change of uid, so
 * that capabilities_apply() can set them afterwards. */
#include "linux/process.h"

#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/auto.h"

/* As runc and crun: a document that names none gets this, whatever the caller's is. */
#define DEFAULT_UMASK 0022

static int set_groups(const struct spec_user *user, const struct user_options *options)
{
    const struct u32_list *gids = &user->additional_gids;
    if (options->keep_original_groups) {
        if (gids->n > 0)
            return fail(0, "process.user.additionalGids: cannot be had together with the annotation "
                           "run.oci.keep_original_groups");
        return 0;
    }
    if (options->deny_setgroups) {
        if (gids->n > 0)
            return fail(0, "process.user.additionalGids: this user namespace may not set groups "
                           "(/proc/self/setgroups says deny): map a range of gids with newgidmap, or leave "
                           "additionalGids empty");
        return 0;
    }
    /* The raw call: glibc's asks NPTL to do it in every thread, and there is only this one. */
    if (syscall(SYS_setgroups, gids->n, gids->v) == 0)
        return 0;
    if (errno == EINVAL)
        for (size_t i = 0; i < gids->n; i++)
            if (syscall(SYS_setgroups, 1, &gids->v[i]) < 0 && errno == EINVAL)
                return fail(0, "process.user.additionalGids[%zu]: gid %u is not mapped in the user namespace",
                            i, gids->v[i]);
    return fail(errno, "process.user.additionalGids: setgroups");
}

int user_apply(const struct spec_user *user, const struct user_options *options)
{
    umask(user->umask.set ? user->umask.v & 0777 : DEFAULT_UMASK);
    TRY(set_groups(user, options));
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return fail(errno, "prctl PR_SET_KEEPCAPS");
    if (syscall(SYS_setresgid, user->gid, user->gid, user->gid) < 0) {
        if (errno == EINVAL)
            return fail(0, "process.user.gid: %u is not mapped in the user namespace", user->gid);
        return fail(errno, "process.user.gid: setresgid to %u", user->gid);
    }
    if (syscall(SYS_setresuid, user->uid, user->uid, user->uid) < 0) {
        if (errno == EINVAL)
            return fail(0, "process.user.uid: %u is not mapped in the user namespace", user->uid);
        return fail(errno, "process.user.uid: setresuid to %u", user->uid);
    }
    return 0;
}
