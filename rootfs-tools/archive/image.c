/* Unpacks container images: see image.h.
 *
 * OCI:     index.json -> manifest (or a nested index: the platform of this machine) -> layers, all blobs by
 * digest docker:  manifest.json -> config (its rootfs.diff_ids are the digests of the layers, uncompressed)
 * -> layers */
#include "rootfs-tools/archive/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "spec/json.h"

#define MAX_JSON (4U << 20)

static void auto_free_json(struct json_value **v)
{
    if (*v)
        json_free(*v);
}
#define AUTO_JSON __attribute__((cleanup(auto_free_json)))

static struct json_value *parse_fd(int fd, const char *name)
{
    AUTO_BUF struct buf text = BUF_INIT;
    if (lseek(fd, 0, SEEK_SET) < 0 || read_fd(fd, MAX_JSON, &text) < 0) {
        fail_where("%s", name);
        return NULL;
    }
    return json_parse(name, buf_str(&text), text.len);
}

/* A file of the layout, without following links. */
static int open_member(int dir, const char *name)
{
    if (!name || name[0] == '/' || strstr(name, ".."))
        return fail(0, "the image names a file outside of it: \"%.200s\"", name ? name : "");
    AUTO_FREE char *copy = xstrdup(name);
    AUTO_FD int at = dup(dir);
    char *rest = copy, *part = strsep(&rest, "/");
    for (; rest; part = strsep(&rest, "/")) {
        int next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            return fail(errno, "open %s of the image", name);
        close(at);
        at = next;
    }
    struct stat st;
    AUTO_FD int fd = openat(at, part, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail(errno, "open %s of the image", name);
    return S_ISREG(st.st_mode) ? take_fd(&fd) : fail(0, "%s of the image is not a file", name);
}

static int check_digest(int fd, const char *expected, const char *what)
{
    struct sha256 s;
    unsigned char digest[SHA256_SIZE], block[65536];
    sha256_init(&s);
    if (lseek(fd, 0, SEEK_SET) < 0)
        return fail(errno, "%s", what);
    for (ssize_t n; (n = read(fd, block, sizeof(block))) != 0;) {
        if (n < 0)
            return fail(errno, "read %s", what);
        sha256_update(&s, block, (size_t)n);
    }
    sha256_final(&s, digest);
    struct sha256_hex hex = sha256_to_hex(digest);
    return strcmp(hex.s, expected) == 0
               ? 0
               : fail(0, "%s: its digest is sha256:%s: the image is broken", what, hex.s);
}

/* Opens the blob that a descriptor names, and checks its size and digest. */
static int open_blob(int dir, const struct json_value *descriptor)
{
    const char *digest = json_get_string(descriptor, "digest");
    const char *hex = digest ? str_after(digest, "sha256:") : NULL;
    if (!hex || strlen(hex) != 64 || strspn(hex, "0123456789abcdef") != 64)
        return fail(0, "the image has a digest that is not sha256: %.100s", digest ? digest : "none");
    AUTO_FREE char *name = xasprintf("blobs/sha256/%s", hex);
    AUTO_FD int fd = open_member(dir, name);
    struct stat st;
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0 || (uint64_t)st.st_size != json_get_uint(descriptor, "size", (uint64_t)st.st_size))
        return fail(0, "%s: its size is not what the image says", name);
    TRY(check_digest(fd, hex, name));
    return take_fd(&fd);
}

static const char *our_architecture(void)
{
    static struct utsname u;
    uname(&u);
    return str_eq(u.machine, "x86_64") ? "amd64" : str_eq(u.machine, "aarch64") ? "arm64" : u.machine;
}

/* The descriptor in an index: the one that is tagged so, or that fits this machine, or the only one. */
static const struct json_value *choose(const struct json_value *index, const char *tag)
{
    const struct json_value *list = json_get(index, "manifests"), *found = NULL;
    size_t n = list ? json_length(list) : 0;
    for (size_t i = 0; i < n && !found; i++) {
        const struct json_value *d = json_at(list, i), *platform = json_get(d, "platform");
        const struct json_value *notes = json_get(d, "annotations");
        const char *name = notes ? json_get_string(notes, "org.opencontainers.image.ref.name") : NULL;
        bool fits = !platform || (str_eq(json_get_string(platform, "architecture"), our_architecture()) &&
                                  str_eq(json_get_string(platform, "os"), "linux"));
        if (tag ? str_eq(name, tag) : fits || n == 1)
            found = d;
    }
    if (!found)
        fail(0, "the image has no manifest for %s", tag ? tag : our_architecture());
    return found;
}

static int extract_layers(struct target *t, int dir, const struct json_value *manifest)
{
    const struct json_value *layers = json_get(manifest, "layers");
    if (!layers || json_length(layers) == 0)
        return fail(0, "the image's manifest has no layers");
    for (size_t i = 0; i < json_length(layers); i++) {
        AUTO_FD int fd = open_blob(dir, json_at(layers, i));
        if (fd < 0 || extract_tar(t, fd, true) < 0)
            return fail_where("layer %zu", i + 1);
    }
    return 0;
}

static int extract_index(struct target *t, int dir, const struct json_value *index, const char *tag,
                         int depth)
{
    const struct json_value *descriptor = choose(index, tag);
    if (!descriptor)
        return -1;
    AUTO_FD int fd = open_blob(dir, descriptor);
    if (fd < 0)
        return -1;
    AUTO_JSON struct json_value *manifest = parse_fd(fd, "the image's manifest");
    if (!manifest)
        return -1;
    if (json_get(manifest, "manifests"))
        return depth < 3 ? extract_index(t, dir, manifest, NULL, depth + 1)
                         : fail(0, "the image is nested too deep");
    return extract_layers(t, dir, manifest);
}

/* ---- docker save ---- */

static bool has_tag(const struct json_value *image, const char *tag)
{
    const struct json_value *tags = json_get(image, "RepoTags");
    for (size_t i = 0; tags && i < json_length(tags); i++) {
        const char *name = json_as_string(json_at(tags, i));
        const char *colon = name ? strrchr(name, ':') : NULL;
        if (str_eq(name, tag) || (colon && str_eq(colon + 1, tag)))
            return true;
    }
    return false;
}

static int extract_docker_layers(struct target *t, int dir, const struct json_value *image)
{
    AUTO_FD int config_fd = open_member(dir, json_get_string(image, "Config"));
    if (config_fd < 0)
        return -1;
    AUTO_JSON struct json_value *config = parse_fd(config_fd, "the image's config");
    const struct json_value *layers = json_get(image, "Layers");
    const struct json_value *rootfs = config ? json_get(config, "rootfs") : NULL;
    const struct json_value *ids = rootfs ? json_get(rootfs, "diff_ids") : NULL;
    if (!config)
        return -1;
    if (!layers || !ids || json_length(layers) != json_length(ids) || json_length(layers) == 0)
        return fail(0, "the image's layers are not those of its config");
    for (size_t i = 0; i < json_length(layers); i++) {
        const char *id = json_as_string(json_at(ids, i));
        struct sha256_hex hex;
        AUTO_FD int fd = open_member(dir, json_as_string(json_at(layers, i)));
        if (fd < 0 || digest_uncompressed(fd, &hex) < 0)
            return fail_where("layer %zu", i + 1);
        if (!id || !str_eq(str_after(id, "sha256:"), hex.s))
            return fail(0, "layer %zu: its digest is sha256:%s: the image is broken", i + 1, hex.s);
        if (extract_tar(t, fd, true) < 0)
            return fail_where("layer %zu", i + 1);
    }
    return 0;
}

static int extract_docker(struct target *t, int dir, const char *tag)
{
    AUTO_FD int fd = open_member(dir, "manifest.json");
    if (fd < 0)
        return fail(0, "neither an OCI layout (index.json) nor a docker archive (manifest.json)");
    AUTO_JSON struct json_value *list = parse_fd(fd, "manifest.json");
    if (!list)
        return -1;
    for (size_t i = 0; i < json_length(list); i++)
        if (!tag || has_tag(json_at(list, i), tag))
            return extract_docker_layers(t, dir, json_at(list, i));
    return fail(0, "the archive has no image %s", tag ? tag : "");
}

int image_extract(struct target *t, int dir, const char *tag)
{
    AUTO_FD int fd = openat(dir, "index.json", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return extract_docker(t, dir, tag);
    AUTO_JSON struct json_value *index = parse_fd(fd, "index.json");
    return index ? extract_index(t, dir, index, tag, 0) : -1;
}
