/* The options of a mount: one table of every word of the runtime specification's "Linux mount options", and
 * of those that crun and podman add. A word that is not in it belongs to the file system and becomes mount
 * data.
 *
 * For a file system, words become MS_* flags of mount(2). For a bind mount they become attributes to set and
 * to clear: what is not named stays as it is at the source, so that a copy is never laxer than the original
 * unless that is asked for, and so that flags locked by a user namespace (mount_namespaces(7)) stay
 * untouched. */
#include "linux/mounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

enum kind {
    NOTHING, /* accepted, means the default */
    FLAG,    /* on: MS flag and attribute of this mount */
    UNFLAG,  /* off */
    ATTR,    /* on: attribute of the whole tree */
    UNATTR,  /* off */
    SPREAD,  /* propagation */
    SWITCH   /* a bool of struct mount_options */
};

struct option {
    const char *name;
    enum kind kind;
    uint32_t ms; /* MS_* flags; SWITCH: offset of the bool */
    uint32_t attr;
};

#define ATIME        MOUNT_ATTR__ATIME
#define BOOL_(field) offsetof(struct mount_options, field)
#define ATIME_FLAGS  (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

/* Sorted: it is searched by halves and printed by `features`. */
static const struct option options[] = {
    {"async", UNFLAG, MS_SYNCHRONOUS, 0},
    {"atime", UNFLAG, MS_NOATIME, ATIME},
    {"bind", SWITCH, BOOL_(bind), 0},
    {"copy-symlink", SWITCH, BOOL_(copy_symlink), 0},
    {"defaults", NOTHING, 0, 0},
    {"dest-nofollow", SWITCH, BOOL_(dest_nofollow), 0},
    {"dev", UNFLAG, MS_NODEV, MOUNT_ATTR_NODEV},
    {"diratime", UNFLAG, MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
    {"dirsync", FLAG, MS_DIRSYNC, 0},
    {"exec", UNFLAG, MS_NOEXEC, MOUNT_ATTR_NOEXEC},
    {"idmap", SWITCH, BOOL_(idmap), 0},
    {"iversion", FLAG, MS_I_VERSION, 0},
    {"lazytime", FLAG, MS_LAZYTIME, 0},
    {"loud", UNFLAG, MS_SILENT, 0},
    {"mand", FLAG, MS_MANDLOCK, 0},
    {"noatime", FLAG, MS_NOATIME, MOUNT_ATTR_NOATIME},
    {"nodev", FLAG, MS_NODEV, MOUNT_ATTR_NODEV},
    {"nodiratime", FLAG, MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
    {"noexec", FLAG, MS_NOEXEC, MOUNT_ATTR_NOEXEC},
    {"noiversion", UNFLAG, MS_I_VERSION, 0},
    {"nolazytime", UNFLAG, MS_LAZYTIME, 0},
    {"nomand", UNFLAG, MS_MANDLOCK, 0},
    {"norelatime", UNFLAG, MS_RELATIME, ATIME},
    {"nostrictatime", UNFLAG, MS_STRICTATIME, ATIME},
    {"nosuid", FLAG, MS_NOSUID, MOUNT_ATTR_NOSUID},
    {"nosymfollow", FLAG, MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
    {"private", SPREAD, MS_PRIVATE, 0},
    {"ratime", UNATTR, 0, ATIME},
    {"rbind", SWITCH, BOOL_(recursive), 0},
    {"rdev", UNATTR, 0, MOUNT_ATTR_NODEV},
    {"rdiratime", UNATTR, 0, MOUNT_ATTR_NODIRATIME},
    {"relatime", FLAG, MS_RELATIME, ATIME},
    {"remount", SWITCH, BOOL_(remount), 0},
    {"rexec", UNATTR, 0, MOUNT_ATTR_NOEXEC},
    {"ridmap", SWITCH, BOOL_(ridmap), 0},
    {"rnoatime", ATTR, 0, MOUNT_ATTR_NOATIME},
    {"rnodev", ATTR, 0, MOUNT_ATTR_NODEV},
    {"rnodiratime", ATTR, 0, MOUNT_ATTR_NODIRATIME},
    {"rnoexec", ATTR, 0, MOUNT_ATTR_NOEXEC},
    {"rnorelatime", UNATTR, 0, ATIME},
    {"rnostrictatime", UNATTR, 0, ATIME},
    {"rnosuid", ATTR, 0, MOUNT_ATTR_NOSUID},
    {"rnosymfollow", ATTR, 0, MOUNT_ATTR_NOSYMFOLLOW},
    {"ro", FLAG, MS_RDONLY, MOUNT_ATTR_RDONLY},
    {"rprivate", SPREAD, MS_PRIVATE | MS_REC, 0},
    {"rrelatime", ATTR, 0, ATIME},
    {"rro", ATTR, 0, MOUNT_ATTR_RDONLY},
    {"rrw", UNATTR, 0, MOUNT_ATTR_RDONLY},
    {"rshared", SPREAD, MS_SHARED | MS_REC, 0},
    {"rslave", SPREAD, MS_SLAVE | MS_REC, 0},
    {"rstrictatime", ATTR, 0, MOUNT_ATTR_STRICTATIME},
    {"rsuid", UNATTR, 0, MOUNT_ATTR_NOSUID},
    {"rsymfollow", UNATTR, 0, MOUNT_ATTR_NOSYMFOLLOW},
    {"runbindable", SPREAD, MS_UNBINDABLE | MS_REC, 0},
    {"rw", UNFLAG, MS_RDONLY, MOUNT_ATTR_RDONLY},
    {"shared", SPREAD, MS_SHARED, 0},
    {"silent", FLAG, MS_SILENT, 0},
    {"slave", SPREAD, MS_SLAVE, 0},
    {"src-nofollow", SWITCH, BOOL_(src_nofollow), 0},
    {"strictatime", FLAG, MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
    {"suid", UNFLAG, MS_NOSUID, MOUNT_ATTR_NOSUID},
    {"symfollow", UNFLAG, MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
    {"sync", FLAG, MS_SYNCHRONOUS, 0},
    {"tmpcopyup", SWITCH, BOOL_(tmpcopyup), 0},
    {"unbindable", SPREAD, MS_UNBINDABLE, 0},
};

static int compare_name(const void *name, const void *row)
{
    return strcmp(name, ((const struct option *)row)->name);
}

static const struct option *option_find(const char *name)
{
    return bsearch(name, options, ARRAY_LEN(options), sizeof(options[0]), compare_name);
}

static const char *option_name(const void *of, size_t i)
{
    (void)of;
    return i < ARRAY_LEN(options) ? options[i].name : NULL;
}

const char *mount_option_meant(const char *words)
{
    AUTO_FREE char *copy = xstrdup(words);
    for (char *save = NULL, *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
        const char *meant = strchr(w, '=') ? NULL : str_meant(w, option_name, NULL);
        if (meant)
            return meant;
    }
    return NULL;
}

const char *const *rootfs_mount_options(void)
{
    static const char *names[ARRAY_LEN(options) + 1];
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        names[i] = options[i].name;
    return names;
}

/* The last word wins. The atime bits are one number (mount_setattr(2)): setting it clears all of them; ATIME
 * itself stands for relatime, whose number is 0. */
static void attr_apply(struct attrs *a, uint64_t attr, bool on)
{
    if (attr & ATIME) {
        a->set &= ~(uint64_t)ATIME;
        a->clr |= ATIME;
        if (on && attr != ATIME)
            a->set |= attr;
        return;
    }
    a->set = on ? a->set | attr : a->set & ~attr;
    a->clr = on ? a->clr & ~attr : a->clr | attr;
}

static void flag_apply(struct mount_options *o, unsigned long ms, bool on)
{
    if (on && (ms & ATIME_FLAGS))
        o->flags &= ~(unsigned long)ATIME_FLAGS;
    o->flags = on ? o->flags | ms : o->flags & ~ms;
}

static int spread_apply(struct mount_options *o, unsigned long ms)
{
    if (o->n_propagation == MAX_PROPAGATIONS)
        return fail(0, "more than %d propagation options", MAX_PROPAGATIONS);
    o->propagation[o->n_propagation++] = ms;
    return 0;
}

static int option_apply(struct mount_options *o, const struct option *row)
{
    switch (row->kind) {
    case NOTHING:
        break;
    case FLAG:
    case UNFLAG:
        flag_apply(o, row->ms, row->kind == FLAG);
        attr_apply(&o->self, row->attr, row->kind == FLAG);
        break;
    case ATTR:
    case UNATTR:
        attr_apply(&o->all, row->attr, row->kind == ATTR);
        break;
    case SPREAD:
        return spread_apply(o, row->ms);
    case SWITCH:
        *(bool *)((char *)o + row->ms) = true;
        break;
    }
    return 0;
}

/* A word that is not in the table. */
static int other_option(struct mount_options *o, const char *word)
{
    if (str_starts(word, "x-") || str_starts(word, "X-"))
        return 0; /* mount(8): comments for other programs, never passed on */
    if (o->data.len > 0)
        buf_addc(&o->data, ',');
    buf_adds(&o->data, word);
    return 0;
}

int mount_options_parse(const struct spec_mount *m, size_t index, struct mount_options *out)
{
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < m->options.n; i++) {
        const char *word = m->options.v[i];
        const struct option *row = option_find(word);
        int ret = row ? option_apply(out, row) : *word ? other_option(out, word) : 0;
        if (ret < 0)
            return fail_where("mounts[%zu].options[%zu]", index, i);
    }
    out->bind = out->bind || out->recursive || str_eq(m->type, "bind");
    return 0;
}

void mount_options_free(struct mount_options *o)
{
    buf_free(&o->data);
}

long propagation_flags(const char *word)
{
    if (!word || !*word)
        return 0;
    const struct option *row = option_find(word);
    if (!row || row->kind != SPREAD)
        return fail(0,
                    "linux.rootfsPropagation: \"%s\" is none of shared, slave, private, unbindable (or these"
                    " with an r in front)",
                    word);
    return (long)row->ms;
}

uint64_t attrs_of_flags(unsigned long ms_flags)
{
    uint64_t attrs = 0;
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        const struct option *row = &options[i];
        if (row->kind == FLAG && row->attr != ATIME && (ms_flags & row->ms))
            attrs |= row->attr;
    }
    return attrs;
}
