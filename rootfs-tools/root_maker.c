/* Makes named roots: see root_maker.h. All but "host" go through the program rsbx-rootfs, which unpacks. */
#include "rootfs-tools/root_maker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/helper.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "rootfs-tools/host_root.h"
#include "rootfs-tools/spawn.h"

#define DEFAULT_SUITE "bookworm"

static char *draft_path(const struct root_draft *d, const char *below)
{
    return xasprintf("%s/tmp/%s/%s", d->store->path, d->name, below);
}

static int unpack_below(const struct root_draft *draft, const char *source, const char *below)
{
    AUTO_FREE char *helper = helper_path("rsbx-rootfs");
    AUTO_FREE char *to = draft_path(draft, below);
    const char *argv[] = {helper, source, to, NULL};
    if (!helper)
        return -1;
    return spawn_run(argv, false) < 0 ? fail(0, "%s was not unpacked", source) : 0;
}

static int unpack(const struct root_draft *draft, const char *source)
{
    return unpack_below(draft, source, "rootfs");
}

/* ---- wheels ---- */

#define PACKAGES "usr/lib/python3/dist-packages"

static bool has_wheels(const struct root_request *q)
{
    return q->with && strchr(q->with, '/');
}

/* Debian's Python looks for packages there by itself, others in usr/lib/python3.N/site-packages. */
static int make_packages_directory(const struct root_draft *draft)
{
    static const char *const parts[] = {"usr", "usr/lib", "usr/lib/python3", PACKAGES};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (mkdirat(draft->root_fd, parts[i], 0755) < 0 && errno != EEXIST)
            return fail(errno, "mkdir /%s in the root", parts[i]);
    int fd = openat(draft->root_fd, "usr/lib", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    AUTO_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;
    if (!dir)
        return fail(errno, "open /usr/lib in the root");
    while ((e = readdir(dir))) {
        AUTO_FREE char *link = xasprintf("%s/site-packages", e->d_name);
        if (str_starts(e->d_name, "python3.") && symlinkat("../python3/dist-packages", fd, link) < 0 &&
            errno != EEXIST && errno != ENOTDIR)
            return fail(errno, "link %s in the root", link);
    }
    return 0;
}

static int add_wheels(const struct root_draft *draft, const struct root_request *q)
{
    AUTO_DIR DIR *dir = opendir(q->with);
    struct dirent *e;
    unsigned n = 0;
    if (!q->language || !str_eq(q->language->name, "python"))
        return fail(0, "--with %s: wheels are for python", q->with);
    if (!dir)
        return fail(errno, "--with %s", q->with);
    TRY(make_packages_directory(draft));
    while ((e = readdir(dir))) {
        AUTO_FREE char *source = xasprintf("wheel:%s/%s", q->with, e->d_name);
        if (!str_ends(e->d_name, ".whl"))
            continue;
        TRY(unpack_below(draft, source, "rootfs/" PACKAGES));
        n++;
    }
    return n ? 0
             : fail(0, "--with %s: there is no *.whl in it (pip download -d DIR PACKAGE gets them)", q->with);
}

/* ---- Debian ---- */

/* "numpy" is python3-numpy for Python; what has the language's prefix already stays. */
static int add_packages(const struct root_request *q, struct buf *list)
{
    buf_adds(list, q->language ? q->language->package : "busybox");
    for (char *p = list->data; *p; p++)
        if (*p == ' ')
            *p = ',';
    AUTO_FREE char *words = xstrdup(q->with && !has_wheels(q) ? q->with : "");
    for (char *rest = words, *word; (word = strsep(&rest, ","));) {
        const char *pattern = q->language && q->language->debian_name ? q->language->debian_name : "%s";
        size_t prefix = strcspn(pattern, "%");
        if (!*word)
            continue;
        if (strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789+.-") != strlen(word))
            return fail(0, "--with: \"%s\" is not the name of a Debian package", word);
        buf_addc(list, ',');
        if (strncmp(word, pattern, prefix) == 0)
            buf_adds(list, word);
        else
            buf_printf(list, "%.*s%s%s", (int)prefix, pattern, word, pattern + prefix + 2);
    }
    return 0;
}

static int from_debian(struct root_draft *draft, const struct root_request *q)
{
    const char *suite = str_after(q->from, "debian:");
    AUTO_FREE char *program = find_program("mmdebstrap");
    AUTO_FREE char *tar = draft_path(draft, "debian.tar");
    AUTO_FREE char *source = xasprintf("tar:%s", tar);
    AUTO_BUF struct buf include = BUF_INIT;
    if (!program)
        return fail(0, "--from debian needs mmdebstrap; get it with: apt-get install mmdebstrap");
    TRY(add_packages(q, &include));
    AUTO_FREE char *include_word = xasprintf("--include=%s", buf_str(&include));
    const char *argv[] = {
        program,
        "--variant=essential", /* with what package scripts leave: alternatives, compiled Python */
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        include_word,
        suite ? suite : DEFAULT_SUITE,
        tar,
        isatty(STDERR_FILENO) ? NULL : "--quiet", /* else a progress bar */
        NULL};
    if (spawn_run(argv, true) < 0)
        return fail(0, "mmdebstrap did not make the root");
    TRY(unpack(draft, source));
    return unlink(tar) < 0 ? fail(errno, "remove %s", tar) : 0;
}

/* ---- finishing ---- */

/* Where the profile mounts: a read-only root has to have these. What is in the way (a link, a file) is an
 * error of the mounts later, not ours. */
static int add_mount_points(const struct root_draft *draft)
{
    static const char *const points[] = {"dev", "proc", "tmp", "work", "build"};
    for (size_t i = 0; i < ARRAY_LEN(points); i++)
        if (mkdirat(draft->root_fd, points[i], 0755) < 0 && errno != EEXIST)
            return fail(errno, "mkdir /%s in the root", points[i]);
    return fchmod(draft->root_fd, 0755) < 0 ? fail(errno, "chmod of the root") : 0;
}

/* The interpreter's path in the root, by looking for the catalogue's names; links are not followed out of it.
 */
static char *find_interpreter(const struct root_draft *draft, const struct language *l)
{
    static const char *const directories[] = {"usr/bin", "usr/local/bin", "bin", "opt/java/openjdk/bin"};
    for (const char *const *p = l->programs; *p; p++) {
        const char *slash = strrchr(*p, '/'), *name = slash ? slash + 1 : *p;
        for (size_t i = 0; i < ARRAY_LEN(directories); i++) {
            char *path = xasprintf("/%s/%s", directories[i], name);
            if (faccessat(draft->root_fd, path + 1, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return path;
            free(path);
        }
    }
    return NULL;
}

static int finish(struct root_draft *draft, const struct root_request *q, char key[SHA256_HEX])
{
    AUTO_BUF struct buf info = BUF_INIT;
    TRY(add_mount_points(draft));
    if (q->language) {
        AUTO_FREE char *program = find_interpreter(draft, q->language);
        if (!program)
            return fail(0, "there is no %s in it", q->language->title);
        buf_printf(&info, "language %s\nprogram %s\n", q->language->name, program);
    }
    buf_printf(&info, "from %s\n", q->from);
    if (q->with)
        buf_printf(&info, "with %s\n", q->with);
    buf_printf(&info, "created %lld\n", (long long)time(NULL));
    return root_draft_commit(draft, buf_str(&info), key);
}

static int fill(struct root_store *store, struct root_draft *draft, const struct root_request *q)
{
    if (str_eq(q->from, "debian") || str_starts(q->from, "debian:"))
        return from_debian(draft, q);
    if (!str_eq(q->from, "host"))
        return unpack(draft, q->from);
    struct host_root root;
    TRY(host_root_get(store, q->language, true, &root));
    AUTO_FREE char *source = xasprintf("dir:%s", root.path);
    host_root_free(&root);
    return unpack(draft, source);
}

static int make_draft(struct root_store *store, const struct root_request *q, char key[SHA256_HEX])
{
    struct root_draft draft;
    int r = root_draft_begin(store, &draft);
    if (r == 0)
        r = fill(store, &draft, q);
    if (r == 0 && has_wheels(q))
        r = add_wheels(&draft, q);
    if (r == 0)
        r = finish(&draft, q, key);
    root_draft_end(&draft);
    return r;
}

static int make_from_host(struct root_store *store, const struct root_request *q, char key[SHA256_HEX])
{
    struct host_root root;
    if (!q->language)
        return fail(0, "--from host needs a language");
    if (has_wheels(q))
        return make_draft(store, q, key);
    if (q->with)
        return fail(0, "--with needs --from debian: a root from the host has the interpreter alone (or a "
                       "directory of wheels: --with ./wheels)");
    TRY(host_root_get(store, q->language, true, &root));
    memcpy(key, root.key, SHA256_HEX);
    host_root_free(&root);
    return 0;
}

static char *default_name(const struct root_request *q)
{
    if (q->name)
        return xstrdup(q->name);
    if (str_eq(q->from, "host"))
        return xasprintf("%s%s", q->language->name, q->with ? "-wheels" : "");
    return xasprintf("%s-%.*s", q->language ? q->language->name : "root", (int)strcspn(q->from, ":-"),
                     q->from);
}

int root_make(struct root_store *store, const struct root_request *q, char key[SHA256_HEX], char **name)
{
    bool host = str_eq(q->from, "host");
    if (host)
        TRY(make_from_host(store, q, key));
    else
        TRY(make_draft(store, q, key));
    *name = default_name(q);
    return root_store_set_name(store, *name, key);
}
