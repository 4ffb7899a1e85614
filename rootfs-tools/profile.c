/* Builds the config.json of a snippet's container: see profile.h and, for what it promises, SECURITY.md.
 *
 * Identity: the snippet is uid 1000 in a user namespace. As root, two ids of the host are mapped, drawn at
 * random for each bundle, so that a snippet is never root on the host and two snippets are never the same
 * user. As an ordinary user only one id can be mapped without help: the snippet's 1000 is that user, whose
 * files it does not see. */
#include "rootfs-tools/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"
#include "base/strings.h"
#include "base/version.h"
#include "rootfs-tools/pid1_image.h"
#include "spec/snippet.h"

#define FIRST_ID 0x70000000U
#define LAST_ID  0x7ffdffffU
#define MB       (1024ULL * 1024)

/* ---- ids ---- */

/* Whether our user namespace has first and first + 1; if not, the two last ids of its largest extent. */
static int find_two_ids(const char *map, uint32_t *first)
{
    uint32_t best = 0, best_start = 0;
    for (uint64_t v[3]; (map = scan_numbers(map, "", v, 3)); map += strspn(map, "\n")) {
        uint32_t inside = (uint32_t)v[0], count = (uint32_t)v[2];
        if (*first >= inside && *first - inside < count - 1)
            return 0;
        if (count > best)
            best = count, best_start = inside;
    }
    if (best < 3)
        return -1;
    *first = best_start + best - 2;
    return 0;
}

/* Root in a container has little but its number: what maps other ids and opens mounts for them it lacks. */
static bool may_map_others(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0}};
    unsigned need = 1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_SYS_ADMIN;
    return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & need) == need;
}

int profile_choose_ids(struct profile_ids *out)
{
    AUTO_BUF struct buf uids = BUF_INIT, gids = BUF_INIT;
    uint32_t random;
    *out = (struct profile_ids){true, 0, geteuid(), getegid()};
    if (geteuid() != 0 || !may_map_others())
        return 0;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return fail(errno, "getrandom");
    if (access("/proc/self/uid_map", F_OK) < 0)
        return fail(0, "/proc is not mounted");
    TRY(read_file_at(AT_FDCWD, "/proc/self/uid_map", 65536, &uids));
    TRY(read_file_at(AT_FDCWD, "/proc/self/gid_map", 65536, &gids));
    uint32_t id = FIRST_ID + random % (LAST_ID - FIRST_ID) / 2 * 2, group = id;
    if (find_two_ids(buf_str(&uids), &id) < 0 || find_two_ids(buf_str(&gids), &group) < 0)
        return 0; /* root of a namespace that has but one id */
    *out = (struct profile_ids){false, id, id + 1, group + 1};
    return 0;
}

/* ---- pieces ---- */

struct making {
    const struct profile *p;
    struct spec *spec;
};

static char *text(struct making *m, const char *s)
{
    return arena_strndup(&m->spec->arena, s, strlen(s));
}

static char *format(struct making *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static char *format(struct making *m, const char *fmt, ...)
{
    AUTO_BUF struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    return text(m, buf_str(&b));
}

static void *new_array(struct making *m, size_t n, size_t size)
{
    return arena_alloc(&m->spec->arena, n * size + 1);
}

static struct strings strings_of(struct making *m, const char *const *words, size_t n)
{
    struct strings s = {new_array(m, n + 1, sizeof(char *)), n};
    for (size_t i = 0; i < n; i++)
        s.v[i] = text(m, words[i]);
    return s;
}

static struct strings split(struct making *m, const char *list)
{
    const char *words[16];
    size_t n = 0;
    for (char *rest = text(m, list); rest && n < ARRAY_LEN(words);)
        words[n++] = strsep(&rest, ",");
    return strings_of(m, words, n);
}

/* --tight takes back what --network gives if the snippet does not need it. */
bool profile_has_network(const struct profile *p)
{
    return p->options->network && !p->compiling && tight_grants(&p->tight, NEED_NETWORK);
}

/* Process 1 starts the program as a second one, which may be just what is not granted. */
static bool has_pid1(const struct profile *p)
{
    return tight_grants(&p->tight, NEED_SUBPROCESS);
}

/* ---- process ---- */

static void set_variable(struct making *m, struct strings *env, const char *word)
{
    size_t name = strcspn(word, "=") + 1;
    for (size_t i = 0; i < env->n; i++)
        if (strncmp(env->v[i], word, name) == 0) {
            env->v[i] = text(m, word);
            return;
        }
    env->v[env->n++] = text(m, word);
}

static void make_env(struct making *m, struct strings *env)
{
    static const char *const general[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp",
                                          "LANG=C.UTF-8", "USER=sandbox"};
    const struct profile *p = m->p;
    size_t n = ARRAY_LEN(general) + p->options->n_env;
    for (const char *const *e = p->language->env; e && *e; e++)
        n++;
    *env = (struct strings){new_array(m, n + 1, sizeof(char *)), 0};
    for (size_t i = 0; i < ARRAY_LEN(general); i++)
        set_variable(m, env, general[i]);
    for (const char *const *e = p->language->env; e && *e; e++)
        set_variable(m, env, *e);
    for (size_t i = 0; i < p->options->n_env && !p->compiling; i++)
        set_variable(m, env, p->options->env[i]);
}

/* A word of a template with its %x filled in. */
static char *fill(struct making *m, const char *word)
{
    AUTO_BUF struct buf b = BUF_INIT;
    for (; *word; word++) {
        if (*word != '%' || !word[1]) {
            buf_addc(&b, *word);
            continue;
        }
        switch (*++word) {
        case 'p':
            buf_adds(&b, m->p->program);
            break;
        case 'f':
            buf_printf(&b, "/work/%s", m->p->files[0]);
            break;
        case 'n':
            buf_add(&b, m->p->files[0], strcspn(m->p->files[0], "."));
            break;
        case 'd':
            buf_adds(&b, "/build");
            break;
        case 'm':
            buf_printf(&b, "%llu", (unsigned long long)(m->p->limits.memory / MB));
            break;
        default:
            buf_addc(&b, *word);
        }
    }
    return text(m, buf_str(&b));
}

/* %F */
static void add_sources(struct making *m, struct strings *args)
{
    const struct profile *p = m->p;
    for (size_t i = 0; p->files[i]; i++)
        if (i == 0 || language_by_extension(p->files[i]) == p->language)
            args->v[args->n++] = format(m, "/work/%s", p->files[i]);
}

static void make_args(struct making *m, struct strings *args)
{
    const struct profile *p = m->p;
    const char *const *template = p->compiling ? p->language->compile : p->language->run;
    size_t n = 0, n_files = 0, extra = p->compiling ? 0 : p->options->n_args;
    while (template[n])
        n++;
    while (p->files[n_files])
        n_files++;
    *args = (struct strings){new_array(m, 3 + n + n_files + extra + 1, sizeof(char *)), 0};
    if (has_pid1(p)) {
        args->v[args->n++] = text(m, PID1_IN_SANDBOX);
        args->v[args->n++] = format(m, "%llu", (unsigned long long)p->limits.wall_ms);
        args->v[args->n++] = text(m, "-");
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(template[i], "%F") == 0)
            add_sources(m, args);
        else
            args->v[args->n++] = fill(m, template[i]);
    for (size_t i = 0; i < extra; i++)
        args->v[args->n++] = text(m, p->options->args[i]);
}

/* RLIMIT_NPROC counts a user's processes within its user namespace only since Linux 5.14; before, it would
 * count all that the user has on the host. */
static bool nproc_is_per_namespace(void)
{
    struct utsname u;
    uint64_t v[2]; /* major, minor */
    return uname(&u) == 0 && scan_numbers(u.release, ".", v, 2) && (v[0] > 5 || (v[0] == 5 && v[1] >= 14));
}

bool profile_limits_nproc(const struct profile *p)
{
    return !p->ids.single || nproc_is_per_namespace();
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A caller who is bounded more tightly than our defaults stays so: nobody but root can raise it again. */
static uint64_t present_limit(int resource)
{
    struct rlimit64 limit; /* of getrlimit(2) glibc and musl declare different types of the first argument */
    return syscall(SYS_prlimit64, 0, resource, NULL, &limit) < 0 ? UINT64_MAX : limit.rlim_max;
}

/* Such a program runs as root and outside of all our limits, under a limit of 0 too; 1 is the kernel's word
 * for no dump there (core(5)). */
bool profile_pipes_cores(void)
{
    static char first; /* asked for once */
    if (!first) {
        AUTO_FD int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
        if (read(fd, &first, 1) != 1)
            first = ' ';
    }
    return first == '|';
}

static void make_rlimits(struct making *m, struct spec_rlimit_list *out)
{
    const struct profile *p = m->p;
    const struct snippet_limits *l = &p->limits, *asked = &p->options->limits;
    const uint64_t core = profile_pipes_cores();
    const struct {
        const char *type;
        uint64_t soft, hard; /* 0: leave it as it is */
        int resource;
        uint64_t asked;
    } limits[] = {
        {"RLIMIT_CORE", core, core, RLIMIT_CORE, LIMIT_DEFAULT},
        {"RLIMIT_FSIZE", l->file_size, l->file_size, RLIMIT_FSIZE, asked->file_size},
        {"RLIMIT_NOFILE", l->open_files, l->open_files, RLIMIT_NOFILE, asked->open_files},
        {"RLIMIT_STACK", l->stack, l->stack, RLIMIT_STACK, asked->stack},
        /* One more than the cgroup's limit, which so is hit first and tells us; and process 1. */
        {"RLIMIT_NPROC", l->pids && profile_limits_nproc(p) ? l->pids + 1 + has_pid1(p) : 0,
         l->pids + 1 + has_pid1(p), RLIMIT_NPROC, asked->pids},
        /* Behind the supervisor's own: it counts all processes together and says why. */
        {"RLIMIT_CPU", l->cpu_ms ? l->cpu_ms / 1000 + 2 : 0, l->cpu_ms / 1000 + 3, RLIMIT_CPU, asked->cpu_ms},
        {"RLIMIT_SIGPENDING", 1024, 1024, RLIMIT_SIGPENDING, LIMIT_DEFAULT},
        {"RLIMIT_MEMLOCK", 65536, 65536, RLIMIT_MEMLOCK, LIMIT_DEFAULT},
        {"RLIMIT_MSGQUEUE", 65536, 65536, RLIMIT_MSGQUEUE, LIMIT_DEFAULT},
    };
    static const char *const none[] = {"RLIMIT_NICE",
                                       "RLIMIT_RTPRIO"}; /* an account may have them for its sound */
    *out = (struct spec_rlimit_list){
        new_array(m, ARRAY_LEN(limits) + ARRAY_LEN(none), sizeof(struct spec_rlimit)), 0};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        out->v[out->n++] = (struct spec_rlimit){text(m, none[i]), 0, 0};
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        uint64_t most = limits[i].asked == LIMIT_DEFAULT ? present_limit(limits[i].resource) : UINT64_MAX;
        if (limits[i].soft || i == 0)
            out->v[out->n++] = (struct spec_rlimit){text(m, limits[i].type), least(limits[i].soft, most),
                                                    least(limits[i].hard, most)};
    }
}

static void make_process(struct making *m)
{
    struct spec_process *process = new_array(m, 1, sizeof(*process));
    m->spec->process = process;
    process->terminal = m->p->options->terminal;
    process->user.uid = process->user.gid = SANDBOX_UID;
    process->user.umask = (struct opt_u32){true, 022};
    process->user.additional_gids.v = new_array(m, 1, sizeof(uint32_t));
    make_args(m, &process->args);
    make_env(m, &process->env);
    process->cwd = text(m, "/work");
    process->capabilities = new_array(m, 1, sizeof(*process->capabilities));
    struct strings none = strings_of(m, NULL, 0);
    *process->capabilities = (struct spec_capabilities){none, none, none, none, none};
    make_rlimits(m, &process->rlimits);
    process->no_new_privileges = true;
    process->oom_score_adj = (struct opt_i64){true, 500}; /* the host is short of memory: snippets go first */
}

/* ---- mounts ---- */

static void add_mount(struct making *m, const char *destination, const char *type, const char *source,
                      const char *options)
{
    struct spec_mount_list *list = &m->spec->mounts;
    list->v[list->n++] = (struct spec_mount){
        .destination = text(m, destination),
        .type = text(m, type),
        .source = text(m, source),
        .options = split(m, options),
    };
}

/* size= and nr_inodes= of a tmpfs: one inode for 4 KiB, at most 64 Ki. */
static char *tmpfs_options(struct making *m, const char *more, uint64_t bytes)
{
    uint64_t inodes = bytes / 4096;
    inodes = inodes > 65536 ? 65536 : inodes < 256 ? 256 : inodes;
    if (bytes == 0)
        return format(m, "nosuid,nodev,%s", more);
    return format(m, "nosuid,nodev,%s,size=%llu,nr_inodes=%llu", more, (unsigned long long)bytes,
                  (unsigned long long)inodes);
}

static void add_build_mount(struct making *m)
{
    if (m->p->build)
        add_mount(m, "/build", "bind", m->p->build,
                  m->p->compiling ? "bind,nosuid,nodev" : "bind,ro,nosuid,nodev");
}

static void make_mounts(struct making *m)
{
    const struct profile *p = m->p;
    size_t n = 0;
    while (p->files[n])
        n++;
    m->spec->mounts.v = new_array(m, n + 16, sizeof(struct spec_mount));
    add_mount(m, "/proc", "proc", "proc", "nosuid,noexec,nodev");
    add_mount(m, "/dev", "tmpfs", "tmpfs", "nosuid,noexec,strictatime,mode=755,size=65536");
    uint64_t shm = p->limits.disk && p->limits.disk < 64 * MB ? p->limits.disk : 64 * MB;
    if (has_pid1(p))
        add_mount(m, PID1_IN_SANDBOX, "bind", p->pid1, "bind,ro,nosuid,nodev");
    bool shared_memory = tight_grants(&p->tight, NEED_FILE_WRITE | NEED_FORK | NEED_SUBPROCESS);
    add_mount(m, "/dev/shm", "tmpfs", "shm",
              tmpfs_options(m, format(m, "%snoexec,mode=1777", shared_memory ? "" : "ro,"), shm));
    /* the program's own: runc 1.1 gives a tmpfs the mode of the directory below it, which is 755 */
    add_mount(
        m, "/tmp", "tmpfs", "tmpfs",
        tmpfs_options(m, format(m, "mode=1777,uid=%d,gid=%d", SANDBOX_UID, SANDBOX_UID), p->limits.disk));
    add_mount(
        m, "/work", "tmpfs", "tmpfs",
        tmpfs_options(m,
                      format(m, "%smode=755,uid=%d,gid=%d",
                             tight_grants(&p->tight, NEED_FILE_WRITE) ? "" : "ro,", SANDBOX_UID, SANDBOX_UID),
                      p->limits.disk));
    for (size_t i = 0; i < n; i++)
        add_mount(m, format(m, "/work/%s", p->files[i]), "bind",
                  format(m, "%s/work/%s", p->bundle, p->files[i]), "bind,ro,nosuid,nodev");
    add_build_mount(m);
    if (profile_has_network(p) && access("/etc/resolv.conf", R_OK) == 0)
        add_mount(m, "/etc/resolv.conf", "bind", "/etc/resolv.conf", "bind,ro,nosuid,nodev,noexec");
}

/* ---- linux ---- */

static void make_namespaces(struct making *m)
{
    static const char *const types[] = {"user", "pid", "mount", "ipc", "uts", "cgroup", "network"};
    size_t n = ARRAY_LEN(types) - (profile_has_network(m->p) ? 1 : 0);
    struct spec_namespace_list *list = &m->spec->linux_->namespaces;
    *list = (struct spec_namespace_list){new_array(m, n, sizeof(struct spec_namespace)), n};
    for (size_t i = 0; i < n; i++)
        list->v[i].type = text(m, types[i]);
}

static void make_mappings(struct making *m, struct spec_id_mapping_list *list, uint32_t user_id)
{
    const struct profile_ids *ids = &m->p->ids;
    list->v = new_array(m, 2, sizeof(struct spec_id_mapping));
    if (!ids->single)
        list->v[list->n++] = (struct spec_id_mapping){0, user_id - 1, 1};
    list->v[list->n++] = (struct spec_id_mapping){SANDBOX_UID, user_id, 1};
}

static void make_resources(struct making *m)
{
    const struct snippet_limits *l = &m->p->limits;
    struct spec_resources *r = new_array(m, 1, sizeof(*r));
    m->spec->linux_->resources = r;
    r->devices.v = new_array(m, 1, sizeof(struct spec_device_cgroup));
    r->devices.v[0].access = text(m, "rwm"); /* none but the default devices, which the runtime adds */
    r->devices.n = 1;
    if (l->memory) {
        r->memory = new_array(m, 1, sizeof(*r->memory));
        r->memory->limit = r->memory->swap = (struct opt_i64){true, (int64_t)l->memory};
    }
    if (l->pids)
        r->pids_limit = (struct opt_i64){true, (int64_t)l->pids + has_pid1(m->p)};
}

static void make_linux(struct making *m)
{
    static const char *const masked[] = {"/proc/acpi",          "/proc/asound",        "/proc/interrupts",
                                         "/proc/kcore",         "/proc/keys",          "/proc/kmsg",
                                         "/proc/latency_stats", "/proc/sched_debug",   "/proc/scsi",
                                         "/proc/timer_list",    "/proc/timer_stats",   "/proc/config.gz",
                                         "/proc/cmdline",       "/proc/sysrq-trigger", "/proc/modules",
                                         "/proc/kallsyms",      "/sys/firmware"};
    static const char *const readonly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"};
    struct spec_linux *l = new_array(m, 1, sizeof(*l));
    m->spec->linux_ = l;
    make_namespaces(m);
    make_mappings(m, &l->uid_mappings, m->p->ids.user_id);
    make_mappings(m, &l->gid_mappings, m->p->ids.group_id);
    make_resources(m);
    l->seccomp = seccomp_profile(&m->spec->arena, m->p);
    l->masked_paths = strings_of(m, masked, ARRAY_LEN(masked));
    l->readonly_paths = strings_of(m, readonly, ARRAY_LEN(readonly));
}

/* ---- hooks and annotations ---- */

static void make_hooks(struct making *m)
{
    const struct profile *p = m->p;
    const char *const args[] = {"rsbx-lint", "--hook", "--level", p->lint_level};
    if (!p->lint_program)
        return;
    struct spec_hook *hook = new_array(m, 1, sizeof(*hook));
    *hook = (struct spec_hook){
        text(m, p->lint_program), strings_of(m, args, ARRAY_LEN(args)), strings_of(m, NULL, 0), {true, 5}};
    m->spec->hooks = new_array(m, 1, sizeof(*m->spec->hooks));
    m->spec->hooks->prestart = (struct spec_hook_list){hook, 1};
}

static void annotate(struct making *m, const char *key, const char *value)
{
    struct key_values *a = &m->spec->annotations;
    if (value)
        a->v[a->n++] = (struct key_value){text(m, key), text(m, value)};
}

static void annotate_limit(struct making *m, const char *key, uint64_t value)
{
    if (value)
        annotate(m, key, format(m, "%llu", (unsigned long long)value));
}

static void make_annotations(struct making *m)
{
    const struct profile *p = m->p;
    const struct snippet_limits *l = &p->limits;
    m->spec->annotations.v = new_array(m, 32, sizeof(struct key_value));
    annotate(m, SNIPPET_LANGUAGE, p->language->name);
    annotate(m, SNIPPET_FILE, format(m, "/work/%s", p->files[0]));
    annotate(m, SNIPPET_SOURCE, format(m, "%swork/%s", p->compiling ? "../" : "", p->files[0]));
    annotate(m, SNIPPET_NAME, p->options->file);
    annotate(m, SNIPPET_INIT, has_pid1(p) ? "1" : NULL);
    annotate(m, SNIPPET_LANDLOCK,
             p->compiling                               ? "/work:/tmp:/dev:/proc:/build"
             : tight_grants(&p->tight, NEED_FILE_WRITE) ? "/work:/tmp:/dev:/proc"
                                                        : "/tmp:/dev:/proc");
    annotate(m, SNIPPET_STAGE, p->compiling ? "compile" : NULL);
    annotate(m, SNIPPET_COMPILE, p->build && !p->compiling ? "compile" : NULL);
    annotate_limit(m, SNIPPET_WALL_MS, l->wall_ms);
    annotate_limit(m, SNIPPET_CPU_MS, l->cpu_ms);
    annotate_limit(m, SNIPPET_MEMORY, l->memory);
    annotate_limit(m, SNIPPET_PIDS, l->pids);
    annotate_limit(m, SNIPPET_OUTPUT, l->output);
    annotate(m, SNIPPET_OUTPUT_KILL, p->options->output_kill ? "1" : NULL);
    annotate_limit(m, SNIPPET_FILE_SIZE, l->file_size);
    annotate_limit(m, SNIPPET_DISK, l->disk);
    annotate(m, SNIPPET_LINT_LEVEL, p->lint_program ? p->lint_level : "off");
    annotate(m, SNIPPET_DEGRADED, p->degraded);
    annotate(m, SNIPPET_REQUIRE, p->require);
    annotate(m, SNIPPET_ALLOW, p->options->allow_degraded);
    if (p->tight.on) {
        AUTO_BUF struct buf words = BUF_INIT;
        tight_words(&p->tight, &words);
        annotate(m, SNIPPET_TIGHT, buf_str(&words));
        annotate(m, SNIPPET_EXEC_ONCE, tight_grants(&p->tight, NEED_SUBPROCESS) ? NULL : "1");
    }
}

struct spec *profile_make(const struct profile *p)
{
    struct spec *spec = xcalloc(1, sizeof(*spec));
    struct making m = {p, spec};
    spec->oci_version = text(&m, "1.0.2");
    make_process(&m);
    spec->root = new_array(&m, 1, sizeof(*spec->root));
    *spec->root = (struct spec_root){text(&m, p->rootfs), true};
    spec->hostname = text(&m, "sandbox");
    make_mounts(&m);
    make_hooks(&m);
    make_annotations(&m);
    make_linux(&m);
    return spec;
}
