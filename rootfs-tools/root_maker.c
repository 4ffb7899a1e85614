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

static int unpack(const struct root_draft *draft, const char *source)
{
    AUTO_FREE char *helper = helper_path("rsbx-rootfs");
    AUTO_FREE char *to = draft_path(draft, "rootfs");
    const char *argv[] = {helper, source, to, NULL};
    if (!helper)
        return -1;
    return spawn_run(argv) < 0 ? fail(0, "%s was not unpacked", source) : 0;
}

/* ---- Debian ---- */

/* "numpy" is python3-numpy for Python; what has the language's prefix already stays. */
static int add_packages(const struct root_request *q, struct buf *list)
{
    buf_adds(list, q->language ? q->language->package : "busybox");
    for (char *p = list->data; *p; p++)
        if (*p == ' ')
            *p = ',';
    AUTO_FREE char *words = xstrdup(q->with ? q->with : "");
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
        "--quiet",
        "--variant=essential", /* with what package scripts leave: alternatives, compiled Python */
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        include_word,
        suite ? suite : DEFAULT_SUITE,
        tar,
        NULL};
    if (spawn_run(argv) < 0)
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

static int make_foreign(struct root_store *store, const struct root_request *q, char key[SHA256_HEX])
{
    struct root_draft draft;
    int r = root_draft_begin(store, &draft);
    if (r == 0)
        r = str_eq(q->from, "debian") || str_starts(q->from, "debian:") ? from_debian(&draft, q)
                                                                        : unpack(&draft, q->from);
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
    if (q->with)
        return fail(0, "--with needs --from debian: a root from the host has the interpreter alone");
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
        return xstrdup(q->language->name);
    return xasprintf("%s-%.*s", q->language ? q->language->name : "root", (int)strcspn(q->from, ":-"),
                     q->from);
}

int root_make(struct root_store *store, const struct root_request *q, char key[SHA256_HEX], char **name)
{
    bool host = str_eq(q->from, "host");
    if (host)
        TRY(make_from_host(store, q, key));
    else
        TRY(make_foreign(store, q, key));
    *name = default_name(q);
    return root_store_set_name(store, *name, key);
}
