/* The cache of compiled filters: what makes a key, which files are believed, how many are kept. */
#include "tests/unit/spec.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "linux/seccomp_internal.h"

static struct spec *profile(const char *syscalls)
{
    return spec_with_linux("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[%s]}", syscalls);
}

static bool same_key(const char *one, const char *other)
{
    AUTO_SPEC struct spec *a = profile(one), *b = profile(other);
    struct seccomp_cache_key ka, kb;
    seccomp_cache_key(a->linux_->seccomp, &ka);
    seccomp_cache_key(b->linux_->seccomp, &kb);
    return memcmp(&ka, &kb, sizeof(ka)) == 0;
}

#define RULE(names, rest) "{\"names\":[" names "],\"action\":\"SCMP_ACT_ERRNO\"" rest "}"

TEST(the_key_covers_everything)
{
    CHECK(same_key(RULE("\"read\"", ""), RULE("\"read\"", "")));
    CHECK(!same_key(RULE("\"read\"", ",\"errnoRet\":1"), RULE("\"read\"", ",\"errnoRet\":2")));
    CHECK(!same_key(RULE("\"read\"", ""), RULE("\"read\"", ",\"errnoRet\":0")));
    CHECK(!same_key(RULE("\"readv\"", ""), RULE("\"read\",\"v\"", "")));
    CHECK(!same_key(RULE("\"read\",\"open\"", ""), RULE("\"read\"", "") "," RULE("\"open\"", "")));
    CHECK(!same_key(RULE("\"read\"", ",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]"),
                    RULE("\"read\"", ",\"args\":[{\"index\":1,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]")));
    CHECK(!same_key(
        RULE("\"read\"", ",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]"),
        RULE("\"read\"", ",\"args\":[{\"index\":0,\"value\":1,\"valueTwo\":1,\"op\":\"SCMP_CMP_EQ\"}]")));
}

static char top[] = "/tmp/rsbx-unit-cache.XXXXXX";
static char *dir;

static size_t files(char *last, size_t size)
{
    size_t n = 0;
    AUTO_DIR DIR *d = opendir(dir);
    struct dirent *e;
    while (d && (e = readdir(d)))
        if (e->d_name[0] != '.') {
            n++;
            if (last)
                snprintf(last, size, "%s/%s", dir, e->d_name);
        }
    return n;
}

static bool fetched(const struct seccomp_cache_key *key)
{
    AUTO_BUF struct buf out = BUF_INIT;
    return seccomp_cache_fetch(dir, key, &out);
}

static void store(unsigned char first, struct seccomp_cache_key *key)
{
    struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, 0x7fff0000};
    AUTO_BUF struct buf program = BUF_INIT;
    buf_add(&program, &allow, sizeof(allow));
    memset(key, 0, sizeof(*key));
    key->digest[0] = first;
    seccomp_cache_store(dir, key, &program);
}

TEST(a_file_is_private_and_found_again)
{
    struct seccomp_cache_key key, other = {{9}};
    struct stat st;
    char path[4200];
    CHECK(mkdtemp(top) != NULL);
    dir = xasprintf("%s/a/seccomp", top);
    store(1, &key);
    CHECK_INT(files(path, sizeof(path)), 1);
    CHECK(stat(path, &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0600);
    CHECK(stat(dir, &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0700);
    *strrchr(dir, '/') = '\0';
    CHECK(stat(dir, &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0755); /* roots are beside it */
    dir[strlen(dir)] = '/';
    CHECK(fetched(&key));
    CHECK(!fetched(&other));
}

static void damage(const char *path, off_t at)
{
    AUTO_FD int fd = open(path, O_RDWR | O_CLOEXEC);
    char c;
    CHECK(pread(fd, &c, 1, at) == 1);
    c ^= 1;
    CHECK(pwrite(fd, &c, 1, at) == 1);
}

TEST(a_damaged_file_is_not_believed)
{
    struct seccomp_cache_key key;
    char path[4200], moved[4300];
    store(1, &key);
    files(path, sizeof(path));
    damage(path, 0);
    CHECK(!fetched(&key));
    store(1, &key);
    damage(path, 47); /* the last byte of the one instruction */
    CHECK(!fetched(&key));
    store(1, &key);
    CHECK(fetched(&key));
    CHECK(truncate(path, 44) == 0);
    CHECK(!fetched(&key));
    CHECK(truncate(path, 0) == 0);
    CHECK(!fetched(&key));
    /* another profile's program under this name */
    struct seccomp_cache_key other;
    store(2, &other);
    snprintf(moved, sizeof(moved), "%s/%.*s%s", dir, 2, "02", path + strlen(dir) + 3);
    CHECK(rename(moved, path) == 0);
    CHECK(!fetched(&key));
    unlink(path);
}

TEST(what_others_could_write_is_not_believed)
{
    struct seccomp_cache_key key;
    char path[4200];
    store(1, &key);
    files(path, sizeof(path));
    CHECK(fetched(&key));
    chmod(path, 0620);
    CHECK(!fetched(&key));
    chmod(path, 0600);
    chmod(dir, 0770);
    CHECK(!fetched(&key));
    chmod(dir, 0700);
    CHECK(fetched(&key));
    if (geteuid() == 0) {
        CHECK(chown(path, 1, 1) == 0);
        CHECK(!fetched(&key));
        CHECK(chown(path, 0, 0) == 0 && chown(dir, 1, 1) == 0);
        CHECK(!fetched(&key));
        CHECK(chown(dir, 0, 0) == 0);
    }
    unlink(path);
    CHECK(symlink("/dev/zero", path) == 0);
    CHECK(!fetched(&key));
    unlink(path);
}

TEST(at_most_256_files)
{
    struct seccomp_cache_key first, key;
    char path[4200];
    store(255, &first);
    files(path, sizeof(path));
    struct timeval long_ago[2] = {{1000, 0}, {1000, 0}};
    CHECK(utimes(path, long_ago) == 0);
    for (int i = 0; i < 255; i++)
        store((unsigned char)i, &key);
    CHECK_INT(files(NULL, 0), 256);
    CHECK(fetched(&first));
    key.digest[1] = 1; /* one more: the oldest goes */
    struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, 0x7fff0000};
    AUTO_BUF struct buf program = BUF_INIT;
    buf_add(&program, &allow, sizeof(allow));
    seccomp_cache_store(dir, &key, &program);
    CHECK_INT(files(NULL, 0), 256);
    CHECK(!fetched(&first));
    CHECK(fetched(&key));
}

TEST(a_hit_gives_the_same_program)
{
    AUTO_SPEC struct spec *s = profile("{\"names\":[\"read\",\"write\"],\"action\":\"SCMP_ACT_ALLOW\"}");
    AUTO_FREE char *own = xasprintf("%s/b", top);
    struct seccomp_program a, b, c;
    CHECK(seccomp_compile(s->linux_->seccomp, NULL, &a) == 0);
    CHECK(seccomp_compile(s->linux_->seccomp, own, &b) == 0);
    CHECK(seccomp_compile(s->linux_->seccomp, own, &c) == 0);
    CHECK_INT(a.instructions, b.instructions);
    CHECK_INT(a.instructions, c.instructions);
    CHECK(memcmp(a.filter, b.filter, a.instructions * sizeof(struct sock_filter)) == 0);
    CHECK(memcmp(a.filter, c.filter, a.instructions * sizeof(struct sock_filter)) == 0);
    CHECK_INT(a.flags, c.flags);
    seccomp_free(&a);
    seccomp_free(&b);
    seccomp_free(&c);
}

/* Middle of eleven, in microseconds. */
static uint64_t time_of(const struct spec_seccomp *s, const char *cache)
{
    uint64_t t[11];
    for (size_t i = 0; i < ARRAY_LEN(t); i++) {
        struct seccomp_program p;
        uint64_t start = now_ns();
        CHECK(seccomp_compile(s, cache, &p) == 0);
        t[i] = (now_ns() - start) / 1000;
        seccomp_free(&p);
        for (size_t k = i; k > 0 && t[k] < t[k - 1]; k--) {
            uint64_t swap = t[k];
            t[k] = t[k - 1];
            t[k - 1] = swap;
        }
    }
    return t[ARRAY_LEN(t) / 2];
}

/* tests/data/docker-seccomp.json: what Docker's documentation says its default profile allows and refuses. */
TEST(the_cache_is_worth_it)
{
    AUTO_BUF struct buf text = BUF_INIT;
    buf_adds(&text, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"seccomp\":");
    if (read_file_at(AT_FDCWD, "tests/data/docker-seccomp.json", 1 << 20, &text) < 0) {
        printf("# run from the top of the source: %s\n", error_text());
        return;
    }
    buf_adds(&text, "}}");
    AUTO_SPEC struct spec *s = spec_decode("docker", text.data, text.len);
    CHECK(s != NULL);
    if (!s)
        return;
    AUTO_FREE char *own = xasprintf("%s/c", top);
    struct seccomp_program p;
    CHECK(seccomp_compile(s->linux_->seccomp, own, &p) == 0);
    uint64_t compiled = time_of(s->linux_->seccomp, NULL), cached = time_of(s->linux_->seccomp, own);
    printf("# %u instructions: compiled in %llu us, from the cache in %llu us\n", p.instructions,
           (unsigned long long)compiled, (unsigned long long)cached);
    CHECK(cached < compiled);
    seccomp_free(&p);
}

TEST(no_cache_is_no_error)
{
    AUTO_SPEC struct spec *s = profile("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}");
    struct seccomp_program p;
    CHECK(seccomp_compile(s->linux_->seccomp, "/proc/nowhere/cache", &p) == 0);
    CHECK(p.instructions > 0);
    seccomp_free(&p);
    CHECK(remove_tree_at(AT_FDCWD, top) == 0);
    free(dir);
}

TEST_MAIN()
