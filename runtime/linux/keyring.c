/* A session keyring of the container's own (keyrings(7)): its processes neither see nor keep alive the keys
 * of whoever started the runtime. */
#include "linux/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/os_text.h"
#include "linux/paths.h"

#define KEY_USR_SEARCH 0x00080000U /* linux/key.h of the kernel; not in its uapi headers */
#define KEY_OTH_SEARCH 0x00000008U

/* The description is "type;uid;gid;perm;name" (keyctl(2)). */
static int allow_search(long ring, bool own_users)
{
    char text[512];
    long n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, ring, text, sizeof(text) - 1);
    if (n < 0)
        return fail(errno, "describe the session keyring");
    text[n < (long)sizeof(text) - 1 ? n : (long)sizeof(text) - 1] = '\0';
    const char *field = text;
    for (int i = 0; i < 3 && field; i++) {
        field = strchr(field, ';');
        field = field ? field + 1 : NULL;
    }
    if (!field)
        return fail(0, "the session keyring's description is not understood: %s", text);
    /* In a user namespace of its own a container's other users are "other" to the keyring's owner. */
    unsigned long perm = strtoul(field, NULL, 16) | (own_users ? KEY_OTH_SEARCH : KEY_USR_SEARCH);
    if (syscall(SYS_keyctl, KEYCTL_SETPERM, ring, perm) < 0)
        return fail(errno, "set the session keyring's permissions");
    return 0;
}

int keyring_new(const char *id, const char *selinux_label, bool own_users)
{
    if (selinux_label && *selinux_label)
        TRY(proc_write("self/attr/keycreate", selinux_label));
    AUTO_FREE char *name = xasprintf("_ses.%s", id);
    long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
    int error = ring < 0 ? errno : 0;
    if (selinux_label && *selinux_label)
        TRY(proc_write("self/attr/keycreate", ""));
    /* ENOSYS: a kernel without keys; EPERM: a filter around us (docker's default profile) denies keyctl. */
    if (error == ENOSYS || error == EPERM) {
        log_debug("keyring: no session keyring of its own: %s", errno_text(error));
        return 0;
    }
    if (error == EDQUOT)
        return fail(error, "session keyring: this user has too many keys (/proc/sys/kernel/keys/maxkeys)");
    if (error)
        return fail(error, "session keyring");
    return allow_search(ring, own_users);
}
