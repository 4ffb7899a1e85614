/* What a constant path says about the program that opens it. */
#include "rootfs-tools/lint/rules.h"

#include <ctype.h>
#include <string.h>

#include "base/strings.h"

static bool starts_any(const char *s, const char *const *prefixes)
{
    for (; *prefixes; prefixes++)
        if (str_starts(s, *prefixes))
            return true;
    return false;
}

/* /proc/PID/WORD for any PID */
static bool proc_file(const char *s, const char *word)
{
    const char *pid = str_after(s, "/proc/");
    const char *slash = pid ? strchr(pid, '/') : NULL;
    return slash && str_eq(slash + 1, word);
}

enum path_class classify_path(const char *s, size_t len)
{
    static const char *const escape[] = {"/proc/sysrq-trigger",
                                         "/proc/sys/kernel/core_pattern",
                                         "/proc/kcore",
                                         "/proc/sys/kernel/modprobe",
                                         "/dev/mem",
                                         "/dev/kmem",
                                         "/sys/kernel/uevent_helper",
                                         "/proc/sys/fs/binfmt_misc",
                                         NULL};
    static const char *const sensitive[] = {
        "/proc",        "/sys/",  "/etc/passwd",     "/etc/shadow",      "/etc/sudoers",
        "/etc/gshadow", "/root/", "/dev/kmsg",       "/dev/sd",          "/dev/nvme",
        "/dev/vd",      "/boot/", "/var/lib/docker", "/var/lib/kubelet", "/var/run/secrets",
        "/run/secrets", "~/.ssh", "~/.aws",          "~/.gnupg",         NULL};
    static const char *const sockets[] = {"/var/run/docker.sock",
                                          "/run/docker.sock",
                                          "/run/containerd/",
                                          "/var/run/crio/",
                                          "/run/podman/",
                                          "/var/run/containerd",
                                          NULL};
    if (len == 0 || strlen(s) != len || len > 4096 || strchr(s, '\n') || strchr(s, ' '))
        return PATH_PLAIN;
    if (starts_any(s, escape) || proc_file(s, "mem") || proc_file(s, "root") || strstr(s, "/release_agent") ||
        str_eq(s, "release_agent"))
        return s[0] == '/' ? PATH_ESCAPE : PATH_PLAIN;
    if (starts_any(s, sockets))
        return PATH_DOCKER;
    if (starts_any(s, sensitive) || strstr(s, "/.ssh/") || str_ends(s, "/id_rsa") ||
        strstr(s, "/.aws/credentials"))
        return PATH_SENSITIVE;
    if (str_starts(s, "/etc/"))
        return PATH_SYSTEM;
    if (str_starts(s, "/tmp/") || str_starts(s, "/var/tmp/"))
        return PATH_TMP;
    if (str_starts(s, "/dev/null") || str_starts(s, "/dev/std") || str_starts(s, "/dev/fd/") ||
        str_starts(s, "/dev/urandom") || str_starts(s, "/dev/random") || str_starts(s, "/dev/zero"))
        return PATH_PLAIN;
    return s[0] == '/' || str_starts(s, "../") || strstr(s, "/../") || s[0] == '~' ? PATH_ABSOLUTE
                                                                                   : PATH_PLAIN;
}

bool secret_name(const char *s)
{
    static const char *const words[] = {"SECRET",      "TOKEN",      "PASSW",      "API_KEY", "APIKEY",
                                        "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIAL", "AUTH",    NULL};
    char upper[128];
    size_t n = 0;
    for (; n < sizeof(upper) - 1 && s[n]; n++)
        upper[n] = (char)toupper((uint8_t)s[n]);
    upper[n] = '\0';
    for (const char *const *w = words; *w; w++)
        if (strstr(upper, *w))
            return true;
    return false;
}
