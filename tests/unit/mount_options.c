/* Mount options: every word of the specification is known and means what mount(8) says. */
#include <sys/mount.h>

#include "base/auto.h"
#include "base/error.h"
#include "linux/mounts.h"
#include "tests/unit/test.h"

/* runtime-spec 1.3.0, config.md, "Linux mount options" */
static const char *const specified[] = {
    "async",          "atime",      "bind",         "defaults",    "dev",
    "diratime",       "dirsync",    "exec",         "iversion",    "lazytime",
    "loud",           "mand",       "noatime",      "nodev",       "nodiratime",
    "noexec",         "noiversion", "nolazytime",   "nomand",      "norelatime",
    "nostrictatime",  "nosuid",     "nosymfollow",  "private",     "ratime",
    "rbind",          "rdev",       "rdiratime",    "relatime",    "remount",
    "rexec",          "rnoatime",   "rnodiratime",  "rnoexec",     "rnorelatime",
    "rnostrictatime", "rnosuid",    "rnosymfollow", "ro",          "rprivate",
    "rrelatime",      "rro",        "rrw",          "rshared",     "rslave",
    "rstrictatime",   "rsuid",      "rsymfollow",   "runbindable", "rw",
    "shared",         "silent",     "slave",        "strictatime", "suid",
    "symfollow",      "sync",       "tmpcopyup",    "unbindable",  "idmap",
    "ridmap",         "rnodev",
};

static int parse(struct mount_options *o, const char *type, char *const *words, size_t n)
{
    struct spec_mount m = {.destination = (char *)"/x", .type = (char *)type, .source = (char *)"/y"};
    m.options.v = (char **)words;
    m.options.n = n;
    return mount_options_parse(&m, 3, o);
}
#define PARSE(o, type, ...)                                                                                  \
    parse(o, type, (char *[]){__VA_ARGS__}, sizeof((char *[]){__VA_ARGS__}) / sizeof(char *))

TEST(every_word_is_known)
{
    for (size_t i = 0; i < ARRAY_LEN(specified); i++) {
        AUTO_OPTIONS struct mount_options o;
        CHECK(PARSE(&o, "tmpfs", (char *)specified[i]) == 0);
        if (o.data.len)
            printf("# %s became data\n", specified[i]);
        CHECK_INT(o.data.len, 0);
    }
}

TEST(features_lists_them_all_sorted)
{
    const char *const *names = rootfs_mount_options();
    for (size_t i = 0; i < ARRAY_LEN(specified); i++) {
        bool found = false;
        for (size_t n = 0; names[n]; n++)
            found = found || strcmp(names[n], specified[i]) == 0;
        CHECK(found);
    }
    for (size_t n = 1; names[n]; n++)
        CHECK(strcmp(names[n - 1], names[n]) < 0);
}

TEST(flags_of_a_file_system)
{
    AUTO_OPTIONS struct mount_options o;
    CHECK(PARSE(&o, "tmpfs", "nosuid", "noexec", "ro", "mode=755", "size=64k",
                "x-systemd.device-timeout=3") == 0);
    CHECK_INT(o.flags, MS_NOSUID | MS_NOEXEC | MS_RDONLY);
    CHECK_STR(o.data.data, "mode=755,size=64k");
    CHECK(!o.bind);
}

TEST(the_last_word_wins)
{
    AUTO_OPTIONS struct mount_options o;
    CHECK(PARSE(&o, "bind", "ro", "nosuid", "rw", "suid", "dev", "nodev") == 0);
    CHECK_INT(o.self.set, MOUNT_ATTR_NODEV);
    CHECK_INT(o.self.clr, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
    CHECK_INT(o.flags, MS_NODEV);
}

TEST(atime_is_one_number)
{
    AUTO_OPTIONS struct mount_options a, b, c, d;
    CHECK(PARSE(&a, "bind", "noatime") == 0);
    CHECK_INT(a.self.set, MOUNT_ATTR_NOATIME);
    CHECK_INT(a.self.clr, MOUNT_ATTR__ATIME);
    CHECK(PARSE(&b, "bind", "noatime", "strictatime") == 0);
    CHECK_INT(b.self.set, MOUNT_ATTR_STRICTATIME);
    CHECK_INT(b.flags, MS_STRICTATIME);
    CHECK(PARSE(&c, "bind", "noatime", "relatime") == 0);
    CHECK_INT(c.self.set, 0);
    CHECK_INT(c.self.clr, MOUNT_ATTR__ATIME);
    CHECK(PARSE(&d, "bind", "rnoatime", "rnodiratime") == 0);
    CHECK_INT(d.all.set, MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME);
    CHECK_INT(d.self.set, 0);
}

TEST(recursive_attributes_are_apart)
{
    AUTO_OPTIONS struct mount_options o;
    CHECK(PARSE(&o, "none", "rbind", "rro", "nosuid", "rexec") == 0);
    CHECK(o.bind && o.recursive);
    CHECK_INT(o.all.set, MOUNT_ATTR_RDONLY);
    CHECK_INT(o.all.clr, MOUNT_ATTR_NOEXEC);
    CHECK_INT(o.self.set, MOUNT_ATTR_NOSUID);
}

TEST(propagation_keeps_its_order)
{
    AUTO_OPTIONS struct mount_options o;
    CHECK(PARSE(&o, "bind", "rslave", "shared") == 0);
    CHECK_INT(o.n_propagation, 2);
    CHECK_INT(o.propagation[0], MS_SLAVE | MS_REC);
    CHECK_INT(o.propagation[1], MS_SHARED);
    CHECK_INT(propagation_flags("rshared"), MS_SHARED | MS_REC);
    CHECK_INT(propagation_flags("unbindable"), MS_UNBINDABLE);
    CHECK_INT(propagation_flags(NULL), 0);
    CHECK_INT(propagation_flags("ro"), -1);
}

TEST(errors_name_the_option)
{
    AUTO_OPTIONS struct mount_options q;
    CHECK(PARSE(&q, "bind", "private", "shared", "slave", "private", "rprivate") < 0);
    CHECK(strstr(error_text(), "mounts[3].options[4]") != NULL);
}

TEST(unknown_options_are_kept)
{
    AUTO_OPTIONS struct mount_options o;
    CHECK(PARSE(&o, "bind", "rbind", "noexce", "mode=755", "x-gvfs") == 0);
    CHECK_STR(buf_str(&o.data), "noexce,mode=755");
    CHECK_STR(mount_option_meant("mode=755,noexce"), "noexec");
    CHECK(mount_option_meant("mode=755,something") == NULL);
}

TEST(type_bind_is_a_bind_mount)
{
    AUTO_OPTIONS struct mount_options o;
    CHECK(PARSE(&o, "bind", "ro") == 0);
    CHECK(o.bind && !o.recursive);
}

TEST_MAIN()
