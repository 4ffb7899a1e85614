/* What a runtime must not do, as the control of tests of races: makes a mount point and mounts on it by name,
 * after having checked the name.
 *
 *     naive-mount ROOTFS DESTINATION
 *
 * Checks with realpath(3) that ROOTFS/DESTINATION is inside ROOTFS, then makes a file DESTINATION/made there
 * by name, and mounts a tmpfs on it by name. In a mount namespace of its own. Exit code 0: mounted inside; 3:
 * the check refused; 4: what was mounted, or made, is outside ROOTFS. */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_mounted_outside(const char *root)
{
    char line[4096], path[4096];
    FILE *f = fopen("/proc/self/mountinfo", "re");
    int outside = 0;
    while (f && fgets(line, sizeof(line), f)) {
        if (strstr(line, " naive-canary ") && sscanf(line, "%*s %*s %*s %*s %4095s", path) == 1)
            outside = strncmp(path, root, strlen(root)) != 0;
    }
    if (f)
        fclose(f);
    return outside;
}

int main(int argc, char **argv)
{
    char root[PATH_MAX], path[PATH_MAX * 2], real[PATH_MAX], made[PATH_MAX * 2 + 8];
    if (argc != 3 || !realpath(argv[1], root))
        return 2;
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return 2;
    snprintf(path, sizeof(path), "%s/%s", root, argv[2]);
    if (!realpath(path, real) || strncmp(real, root, strlen(root)) != 0)
        return 3;
    snprintf(made, sizeof(made), "%s/made", path);
    int fd = open(made, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    if (mount("naive-canary", path, "tmpfs", 0, "size=4k") < 0)
        return 2;
    return is_mounted_outside(root) ? 4 : 0;
}
