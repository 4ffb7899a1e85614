/* Hosts with v1 hierarchies and a cgroup2 that has controllers, too: directories that look like it take the
 * place of those that the machine has. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/internal.h"
#include "tests/unit/test.h"

static char dir[64] = "/tmp/rsbx-unit-XXXXXX";
static struct hosts_hierarchies *host, machine; /* what is found once is kept in one struct: ours to change */

static struct hierarchy *add_mount(const char *name, unsigned ctrls)
{
    static char mounts[4][128], root[] = "/";
    struct hierarchy *h = &host->v[host->n];
    *h = (struct hierarchy){.ctrls = ctrls, .own = root, .mount = mounts[host->n++]};
    snprintf(h->name, sizeof(h->name), "%s", name);
    snprintf(h->mount, sizeof(mounts[0]), "%s/%s", dir, *name ? name : "unified");
    if (mkdir(h->mount, 0700) < 0 && errno != EEXIST)
        printf("# %s: %s\n", h->mount, strerror(errno));
    return h;
}

/* v1 has the devices, cgroup2 has these controllers. */
static void hybrid(unsigned in_v2)
{
    host->n = 0;
    host->pure_v2 = false;
    add_mount("devices", CTRL_DEVICES);
    host->unified = add_mount("", CTRL_UNIFIED | in_v2);
}

/* A file below dir with this text; its directory is made. */
static void file(const char *path, const char *text)
{
    AUTO_FREE char *full = xasprintf("%s/%s", dir, path);
    char *slash = strrchr(full, '/');
    *slash = '\0';
    if (mkdir(full, 0700) < 0)
        CHECK_INT(errno, EEXIST);
    *slash = '/';
    CHECK_INT(write_file_at(AT_FDCWD, full, O_CREAT | O_TRUNC, 0600, text, strlen(text)), 0);
}

static struct spec *spec_with(const char *resources)
{
    AUTO_FREE char *text = xasprintf("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":"
                                     "{\"cgroupsPath\":\"/c\",\"resources\":%s}}",
                                     resources);
    struct spec *s = spec_decode("test", text, strlen(text));
    if (!s)
        printf("# %s\n", error_text());
    return s;
}

TEST(cgroup2_fills_its_cpusets_itself)
{
    hybrid(CTRL_CPUSET);
    file("devices/c/devices.allow", "");
    file("devices/c/devices.deny", "");
    file("devices/c/tasks", "");
    AUTO_SPEC struct spec *s = spec_with("{}");
    struct cgroup_options o = {.id = "c", .spec = s, .owner_uid = (uid_t)-1, .owner_gid = (gid_t)-1};
    struct cgroup *cg = NULL;
    CHECK_INT(cgroup_create(&o, &cg), 0);
    if (!cg) {
        printf("# %s\n", error_text());
        return;
    }
    CHECK(cgroup_dir_of(cg, CTRL_CPUSET) == cgroup_unified(cg));
    AUTO_FREE char *cpus = xasprintf("%s/unified/c/cpuset.cpus", dir);
    CHECK(access(cpus, F_OK) < 0);
    cgroup_close(cg);
}

int main(void)
{
    host = (struct hosts_hierarchies *)host_hierarchies();
    if (!host || !mkdtemp(dir)) {
        printf("Bail out! no directory in /tmp\n");
        return 1;
    }
    machine = *host;
    int r = test_main();
    *host = machine;
    AUTO_FREE char *rm = xasprintf("rm -r %s", dir);
    return system(rm) != 0 || r;
}
