/* Paths in a root: links stay inside, whoever writes them, with openat2(2) and without. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "linux/paths.h"
#include "tests/unit/test.h"

static char base[] = "/tmp/rsbx-paths.XXXXXX";
static int outside = -1, root = -1;

/* base/secret is outside, base/root is the root. */
static void make_tree(void)
{
    if (root >= 0)
        return;
    if (!mkdtemp(base))
        exit(1);
    outside = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    write_file_at(outside, "secret", O_CREAT | O_EXCL, 0600, "out", 3);
    mkdirat(outside, "root", 0755);
    root = openat(outside, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    mkdirat(root, "dir", 0755);
    write_file_at(root, "secret", O_CREAT | O_EXCL, 0600, "in", 2);
    write_file_at(root, "dir/file", O_CREAT | O_EXCL, 0600, "file", 4);
    CHECK(symlinkat("../../../../secret", root, "dir/up") == 0);
    CHECK(symlinkat("/secret", root, "absolute") == 0);
    CHECK(symlinkat("/dir", root, "to-dir") == 0);
    CHECK(symlinkat("loop", root, "loop") == 0);
    CHECK(symlinkat("../../new/deep/thing", root, "dangling") == 0);
    CHECK(symlinkat("/proc/self/root", root, "magic") == 0);
}

static void clean_up(void)
{
    remove_tree_at(AT_FDCWD, base);
}

static void check_content(const char *path, const char *want)
{
    AUTO_BUF struct buf text = BUF_INIT;
    AUTO_FD int fd = path_open_in(root, path, O_RDONLY, 0);
    if (fd < 0 || read_fd(fd, 100, &text) < 0)
        printf("# %s: %s\n", path, error_text());
    CHECK_STR(buf_str(&text), want);
}

static bool exists_outside(const char *name)
{
    return faccessat(outside, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void links_stay_inside(void)
{
    make_tree();
    check_content("/secret", "in");
    check_content("dir/up", "in");
    check_content("/absolute", "in");
    check_content("../../../secret", "in");
    check_content("/to-dir/../to-dir/./file", "file");
    CHECK(path_try_in(root, "loop", O_RDONLY) < 0 && errno == ELOOP);
    CHECK(path_try_in(root, "absolute", O_RDONLY | O_NOFOLLOW) < 0 && errno == ELOOP);
    CHECK(path_try_in(root, "secret/x", O_PATH) < 0 && errno == ENOTDIR);
    CHECK(path_try_in(root, "secret", O_PATH | O_DIRECTORY) < 0 && errno == ENOTDIR);
    CHECK(path_try_in(root, "none/x", O_PATH) < 0 && errno == ENOENT);
    CHECK(path_try_in(root, "magic", O_PATH) < 0);
    AUTO_FD int link = path_try_in(root, "absolute", O_PATH | O_NOFOLLOW);
    struct stat st;
    CHECK(link >= 0 && fstat(link, &st) == 0 && S_ISLNK(st.st_mode));
}

static void making_stays_inside(const char *sub)
{
    char path[64];
    struct stat st;
    make_tree();
    AUTO_FD int dangling = path_make_in(root, "/dangling", false);
    CHECK(dangling >= 0 && fstat(dangling, &st) == 0 && S_ISREG(st.st_mode));
    CHECK(!exists_outside("new"));
    CHECK(faccessat(root, "new/deep/thing", F_OK, 0) == 0);
    remove_tree_at(root, "new");
    snprintf(path, sizeof(path), "/to-dir/%s/b/c", sub);
    AUTO_FD int made = path_make_in(root, path, true);
    CHECK(made >= 0 && fstat(made, &st) == 0 && S_ISDIR(st.st_mode));
    AUTO_FREE char *name = NULL;
    snprintf(path, sizeof(path), "../%s/../../x/leaf/", sub);
    AUTO_FD int parent = path_parent_in(root, path, &name);
    CHECK(parent >= 0);
    CHECK_STR(name, "leaf");
    CHECK(!exists_outside("x"));
    CHECK(faccessat(root, "x", F_OK, 0) == 0);
    remove_tree_at(root, "x");
    AUTO_FREE char *none = NULL;
    CHECK(path_parent_in(root, "/dir/..", &none) < 0);
    CHECK(path_parent_in(root, "/", &none) < 0);
}

TEST(with_openat2)
{
    links_stay_inside();
    making_stays_inside("a1");
}

TEST(by_walking)
{
    path_walk_only = true;
    links_stay_inside();
    making_stays_inside("a2");
    path_walk_only = false;
}

/* The control: the same path by name, without a root, does leave it. */
TEST(without_a_root_it_escapes)
{
    make_tree();
    AUTO_FD int fd = openat(root, "../secret", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
}

TEST(creating_through_open)
{
    make_tree();
    for (int walk = 0; walk < 2; walk++) {
        path_walk_only = walk;
        AUTO_FD int fd = path_open_in(root, "dir/made", O_WRONLY | O_CREAT | O_EXCL, 0600);
        CHECK(fd >= 0);
        unlinkat(root, "dir/made", 0);
    }
    path_walk_only = false;
}

TEST(depth_has_a_bound)
{
    make_tree();
    AUTO_BUF struct buf path = BUF_INIT;
    for (int i = 0; i < 500; i++)
        buf_adds(&path, "/d");
    CHECK(path_make_in(root, buf_str(&path), true) < 0);
    remove_tree_at(root, "d");
    buf_clear(&path);
    for (int i = 0; i < 300; i++)
        buf_adds(&path, "x");
    CHECK(path_make_in(root, buf_str(&path), true) < 0);
}

TEST(cleaning_is_by_letters)
{
    static const char *const rows[][2] = {
        {"/a//b/./c/", "/a/b/c"}, {"a/../../b", "/b"}, {"/..", "/"}, {"", "/"},
        {"proc", "/proc"},        {"/proc/.", "/proc"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *clean = path_clean(rows[i][0]);
        CHECK_STR(clean, rows[i][1]);
    }
}

static void proc_files(void)
{
    AUTO_BUF struct buf text = BUF_INIT;
    AUTO_FD int fd = proc_open("self/stat", O_RDONLY);
    CHECK(fd >= 0 && read_fd(fd, 4096, &text) == 0);
    CHECK_INT(atoi(buf_str(&text)), getpid());
    CHECK(proc_open("self/root/etc", O_PATH) < 0); /* a magic link */
    CHECK(proc_open("self/cwd", O_PATH | O_DIRECTORY) < 0);
    CHECK(proc_open("../etc/passwd", O_RDONLY) < 0);
    CHECK(proc_open("self/../../etc/passwd", O_RDONLY) < 0);
    CHECK(proc_open("self/nothing", O_RDONLY) < 0);
    CHECK(strstr(error_text(), "/proc/self/nothing") != NULL);
}

TEST(proc_follows_nothing)
{
    proc_files();
}

TEST(proc_follows_nothing_by_walking)
{
    path_walk_only = true;
    proc_files();
    path_walk_only = false;
}

/* 0: proc_open() got to the real file though another is mounted over it, and a name got to the other. */
static int proc_below_a_mount(void)
{
    struct statfs named, ours;
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", "/proc/sys/kernel", "tmpfs", 0, "size=64k") < 0)
        return 77;
    AUTO_FD int fake = open("/proc/sys/kernel/domainname", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    AUTO_FD int fd = proc_open("sys/kernel/domainname", O_RDONLY);
    if (fake < 0 || fstatfs(fake, &named) < 0 || named.f_type == PROC_SUPER_MAGIC)
        return 1;
    if (fd < 0 || fstatfs(fd, &ours) < 0 || ours.f_type != PROC_SUPER_MAGIC)
        return 2;
    return 0;
}

TEST(proc_is_not_what_is_mounted_over_it)
{
    if (geteuid() != 0)
        return;
    for (int walking = 0; walking < 2; walking++) {
        pid_t pid = fork();
        if (pid == 0) {
            path_walk_only = walking;
            _exit(proc_below_a_mount());
        }
        int status = -1;
        waitpid(pid, &status, 0);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
        if (WEXITSTATUS(status) == 77)
            printf("# no mount namespace to be had\n");
    }
}

TEST(zz_clean_up)
{
    clean_up();
    CHECK(access(base, F_OK) < 0);
}

TEST_MAIN()
