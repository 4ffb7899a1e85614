/* The systemd driver: a container is a scope unit with Delegate=yes.
 *
 * systemd takes a process into a new scope, so the scope is made when there is one (cgroup_adopt). D-Bus is
 * spoken by the program rsbx-systemd: one JSON request, one reply. The limits become unit properties, so that
 * systemd knows and keeps them, and are then written to the control files all the same: systemd has no
 * property for some, and rounds others.
 *
 * cgroupsPath is SLICE:PREFIX:NAME; without one it is system.slice:rsbx:ID. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/helper.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/internal.h"

#define PROPERTY_PREFIX "org.systemd.property."

struct systemd {
    char *unit, *slice;
    bool user;                            /* the calling user's manager */
    const struct cgroup_options *options; /* until the scope is made */
    struct cgroup_options copy;
};

void systemd_free(struct systemd *s)
{
    if (!s)
        return;
    free(s->unit);
    free(s->slice);
    free(s);
}

/* ---- names ---- */

/* systemd.unit(5): letters, digits and ":-_.\" may stand in a name, others as \xNN. */
static void add_escaped(struct buf *b, const char *s)
{
    for (; *s; s++)
        if (isalnum((unsigned char)*s) || strchr(":-_.\\", *s))
            buf_addc(b, *s);
        else
            buf_printf(b, "\\x%02x", (unsigned char)*s);
}

static bool valid_slice(const char *s)
{
    return str_ends(s, ".slice") && strlen(s) > strlen(".slice") && !strchr(s, '/') && !strstr(s, "--") &&
           (strcmp(s, "-.slice") == 0 || (*s != '-' && !strstr(s, "-.slice")));
}

static int names_of(const struct cgroup_options *o, struct systemd *s)
{
    const char *path = o->spec && o->spec->linux_ ? o->spec->linux_->cgroups_path : NULL;
    AUTO_FREE char *copy = xstrdup(path && *path ? path : "");
    char *rest = copy, *slice = strsep(&rest, ":"), *prefix = strsep(&rest, ":"), *name = rest;
    bool given = path && *path; /* not *copy: strsep() has been there */
    if (given && (!prefix || !name || strchr(name, ':') || !*name))
        return fail(
            0,
            "linux.cgroupsPath: expected cgroupsPath to be of format \"slice:prefix:name\" for systemd "
            "cgroups, got \"%s\" instead",
            path);
    if (!given)
        prefix = (char *)"rsbx", name = (char *)o->id;
    if (!*slice)
        slice = (char *)(o->rootless ? "user.slice" : "system.slice");
    if (!valid_slice(slice))
        return fail(0, "linux.cgroupsPath: invalid slice name: %s", slice);
    AUTO_BUF struct buf unit = BUF_INIT;
    add_escaped(&unit, prefix);
    if (*prefix)
        buf_addc(&unit, '-');
    add_escaped(&unit, name);
    buf_adds(&unit, ".scope");
    if (unit.len > 255)
        return fail(0, "linux.cgroupsPath: the name of the scope has %zu characters, 255 are allowed",
                    unit.len);
    s->slice = xstrdup(slice);
    s->unit = buf_take(&unit);
    s->user = o->rootless;
    return 0;
}

int systemd_check(const struct cgroup_options *o)
{
    struct systemd *s = xcalloc(1, sizeof(*s));
    int r = names_of(o, s);
    systemd_free(s);
    TRY(r);
    if (access("/run/systemd/system", F_OK) < 0)
        return fail(0, "--systemd-cgroup: systemd is not running on this host (no /run/systemd/system)");
    AUTO_FREE char *helper = helper_path("rsbx-systemd");
    return helper ? 0 : fail_where("--systemd-cgroup");
}

int systemd_prepare(const struct cgroup_options *o, struct cgroup *cg)
{
    struct systemd *s = xcalloc(1, sizeof(*s));
    if (names_of(o, s) < 0) {
        systemd_free(s);
        return -1;
    }
    s->copy = *o;
    s->options = &s->copy;
    cg->systemd = s;
    return 0;
}

/* ---- the helper ---- */

static int run_helper(const char *helper, const struct buf *request, struct buf *reply)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) < 0)
        return fail(errno, "pipe");
    AUTO_FD int in_read = in[0];
    AUTO_FD int in_write = in[1];
    if (pipe2(out, O_CLOEXEC) < 0)
        return fail(errno, "pipe");
    AUTO_FD int out_read = out[0];
    AUTO_FD int out_write = out[1];
    pid_t pid = fork();
    if (pid < 0)
        return fail(errno, "fork");
    if (pid == 0) {
        dup2(in_read, STDIN_FILENO);
        dup2(out_write, STDOUT_FILENO);
        signal(SIGPIPE, SIG_DFL);
        execl(helper, "rsbx-systemd", (char *)NULL);
        _exit(127);
    }
    close(take_fd(&in_read));
    close(take_fd(&out_write));
    int r = write_fd(in_write, request->data, request->len);
    close(take_fd(&in_write));
    if (r == 0)
        r = read_fd(out_read, 1 << 20, reply);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (r == 0 && !reply->len)
        return fail(0, "%s ended without a reply (wait status %d)", helper, status);
    return r;
}

/* Finishes the request that j is writing into b, and reads the reply. path may be NULL. */
static int ask(struct json *j, struct buf *b, char **path)
{
    json_close(j, '}');
    json_end(j);
    AUTO_BUF struct buf reply = BUF_INIT;
    AUTO_FREE char *helper = helper_path("rsbx-systemd");
    if (!helper)
        return -1;
    log_debug("systemd: %s", buf_str(b));
    if (run_helper(helper, b, &reply) < 0)
        return fail_where("rsbx-systemd");
    struct json_value *v = json_parse("rsbx-systemd's reply", buf_str(&reply), reply.len);
    if (!v)
        return -1;
    const char *error = json_get_string(v, "error");
    int r = error ? error_receive((int)json_get_int(v, "errno", 0), error) : 0;
    if (r == 0 && path)
        *path = xstrdup(json_get_string(v, "path") ? json_get_string(v, "path") : "");
    json_free(v);
    return r;
}

static void begin(struct json *j, struct buf *b, const char *command, const struct systemd *s)
{
    json_begin(j, b, false);
    json_open(j, NULL, '{');
    json_string(j, "command", command);
    json_string(j, "unit", s->unit);
    json_bool(j, "user", s->user);
}

/* ---- properties ---- */

/* since: the first systemd that has the property; older ones are not sent it. */
static void property(struct json *j, const char *name, const char *type, const char *value, unsigned since)
{
    json_open(j, NULL, '{');
    json_string(j, "name", name);
    json_string(j, "type", type);
    json_string(j, "value", value);
    json_uint(j, "since", since);
    json_close(j, '}');
}

static void number_property(struct json *j, const char *name, uint64_t value, unsigned since)
{
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    property(j, name, "t", text, since);
}

static uint64_t infinity_if(int64_t v)
{
    return v < 0 ? UINT64_MAX : (uint64_t)v;
}

/* "0-2,5" as a bit a CPU, lowest first, as AllowedCPUs= wants it; hexadecimal. */
static void cpu_list_property(struct json *j, const char *name, const char *list)
{
    unsigned char bits[1024] = {0};
    size_t used = 0;
    AUTO_FREE char *copy = xstrdup(list);
    for (char *save = NULL, *w = strtok_r(copy, ", \n", &save); w; w = strtok_r(NULL, ", \n", &save)) {
        char *dash = strchr(w, '-');
        uint64_t from, to;
        if (dash)
            *dash++ = '\0';
        if (parse_u64(w, sizeof(bits) * 8 - 1, &from) < 0 ||
            parse_u64(dash ? dash : w, sizeof(bits) * 8 - 1, &to) < 0)
            return; /* the control file will say what is wrong */
        for (; from <= to; from++) {
            bits[from / 8] |= (unsigned char)(1U << (from % 8));
            used = from / 8 + 1 > used ? from / 8 + 1 : used;
        }
    }
    AUTO_BUF struct buf hex = BUF_INIT;
    for (size_t i = 0; i < used; i++)
        buf_printf(&hex, "%02x", bits[i]);
    if (used)
        property(j, name, "ay", buf_str(&hex), 244);
}

static int memory_properties(struct json *j, const struct spec_memory *m, bool pure_v2)
{
    int64_t swap;
    if (m->limit.set && m->limit.v)
        number_property(j, pure_v2 ? "MemoryMax" : "MemoryLimit", infinity_if(m->limit.v), 0);
    if (!pure_v2)
        return 0;
    if (m->reservation.set && m->reservation.v)
        number_property(j, "MemoryLow", infinity_if(m->reservation.v), 0);
    if (!(m->limit.set && m->limit.v) && m->swap.set && m->swap.v > 0)
        return 0; /* update of the swap alone: the control file's part knows the limit in force */
    TRY(swap_v2_from_v1(m, &swap));
    if (swap != INT64_MIN)
        number_property(j, "MemorySwapMax", infinity_if(swap), 0);
    return 0;
}

/* systemd keeps whole percents: rounded up here, exact in cpu.max. */
static void quota_properties(struct json *j, int64_t quota, uint64_t period)
{
    enum { PERCENT_US = 10000, DEFAULT_PERIOD_US = 100000 };
    if (!quota && !period)
        return;
    uint64_t per_second = UINT64_MAX;
    if (quota > 0)
        per_second = (uint64_t)quota * 1000000U / (period ? period : DEFAULT_PERIOD_US);
    if (quota > 0)
        per_second = (per_second + PERCENT_US - 1) / PERCENT_US * PERCENT_US;
    if (period)
        number_property(j, "CPUQuotaPeriodUSec", period, 242);
    number_property(j, "CPUQuotaPerSecUSec", per_second, 0);
}

static void cpu_properties(struct json *j, const struct spec_cpu *c, bool pure_v2)
{
    bool idle = c->idle.set && c->idle.v == 1;
    if (idle && pure_v2)
        number_property(j, "CPUWeight", 0, 252);
    if (c->shares.set && c->shares.v && idle && pure_v2)
        log_warn("unable to apply both CPUWeight and CpuIdle to systemd, ignoring CPUWeight");
    else if (c->shares.set && c->shares.v && pure_v2)
        number_property(j, "CPUWeight", cpu_weight_from_shares(c->shares.v), 0);
    else if (c->shares.set && c->shares.v)
        number_property(j, "CPUShares", c->shares.v, 0);
    quota_properties(j, c->quota.set ? c->quota.v : 0, c->period.set ? c->period.v : 0);
    if (!pure_v2)
        return;
    if (c->cpus && *c->cpus)
        cpu_list_property(j, "AllowedCPUs", c->cpus);
    if (c->mems && *c->mems)
        cpu_list_property(j, "AllowedMemoryNodes", c->mems);
}

/* Of `unified` what systemd has a property for; all of it goes to the control files. */
static void unified_properties(struct json *j, const struct key_values *u)
{
    static const struct {
        const char *file, *property;
    } sizes[] = {{"memory.max", "MemoryMax"}, {"memory.high", "MemoryHigh"},
                 {"memory.low", "MemoryLow"}, {"memory.min", "MemoryMin"},
                 {"pids.max", "TasksMax"},    {"memory.swap.max", "MemorySwapMax"},
                 {"cpu.weight", "CPUWeight"}};
    for (size_t i = 0; i < u->n; i++) {
        const char *key = u->v[i].key, *value = u->v[i].value;
        uint64_t v = UINT64_MAX, period = 0;
        for (size_t k = 0; k < ARRAY_LEN(sizes); k++)
            if (strcmp(key, sizes[k].file) == 0 &&
                (strcmp(value, "max") == 0 || parse_u64(value, UINT64_MAX, &v) == 0))
                number_property(j, sizes[k].property, v ? v : strcmp(key, "pids.max") == 0, 0);
        if (strcmp(key, "cpuset.cpus") == 0)
            cpu_list_property(j, "AllowedCPUs", value);
        else if (strcmp(key, "cpuset.mems") == 0)
            cpu_list_property(j, "AllowedMemoryNodes", value);
        else if (strcmp(key, "cpu.idle") == 0 && strcmp(value, "1") == 0)
            number_property(j, "CPUWeight", 0, 252);
        else if (strcmp(key, "memory.oom.group") == 0)
            property(j, "OOMPolicy", "s", strcmp(value, "1") == 0 ? "kill" : "continue", 253);
        if (strcmp(key, "cpu.max") != 0)
            continue;
        AUTO_FREE char *copy = xstrdup(value);
        char *rest = copy, *quota = strsep(&rest, " ");
        if (rest)
            parse_u64(rest, INT64_MAX, &period);
        v = 0;
        if (strcmp(quota, "max") == 0 || parse_u64(quota, INT64_MAX, &v) == 0)
            quota_properties(j, v ? (int64_t)v : -1, period);
    }
}

/* ---- devices ---- */

/* "char-pts" for major 136: DeviceAllow= takes a whole major only by the name that /proc/devices has for it.
 */
static bool group_name(const struct device_rule *r, const char *devices, char *out, size_t size)
{
    const char *section = strstr(devices, r->type == 'b' ? "Block devices:" : "Character devices:");
    AUTO_FREE char *copy = section ? xstrdup(section) : NULL;
    char *rest = copy, *line;
    next_line(&rest, &line);
    while (rest && next_line(&rest, &line) && *line) {
        char *name = NULL;
        long major = strtol(line, &name, 10);
        if (major == r->major && name && *name == ' ') {
            snprintf(out, size, "%s-%s", r->type == 'b' ? "block" : "char", name + 1);
            return true;
        }
    }
    return false;
}

static bool device_name(const struct device_rule *r, const char *devices, char *out, size_t size)
{
    const char *kind = r->type == 'b' ? "block" : "char";
    if (r->major < 0 && r->minor < 0)
        return snprintf(out, size, "%s-*", kind) > 0;
    if (r->major >= 0 && r->minor >= 0)
        return snprintf(out, size, "/dev/%s/%lld:%lld", kind, (long long)r->major, (long long)r->minor) > 0;
    return r->minor < 0 && group_name(r, devices, out, size);
}

/* The names of all exceptions, or false if systemd cannot say one of them. */
static bool device_names(const struct device_rules *rules, struct json *j)
{
    AUTO_BUF struct buf devices = BUF_INIT;
    char name[128];
    if (read_file_at(AT_FDCWD, "/proc/devices", 1 << 20, &devices) < 0)
        return error_clear(), false;
    for (size_t i = 0; i < rules->n; i++)
        if (!device_name(&rules->v[i], buf_str(&devices), name, sizeof(name)))
            return false;
    for (size_t i = 0; i < rules->n; i++) {
        const struct device_rule *r = &rules->v[i];
        AUTO_BUF struct buf text = BUF_INIT;
        device_name(r, buf_str(&devices), name, sizeof(name));
        buf_printf(&text, "%s %s%s%s", name, r->access & DEV_READ ? "r" : "",
                   r->access & DEV_WRITE ? "w" : "", r->access & DEV_MKNOD ? "m" : "");
        json_string(j, NULL, buf_str(&text));
    }
    return true;
}

/* systemd's device program and ours must both agree to an access. So systemd gets the same rules, or, where
 * it cannot express them, none: then ours decides alone. */
static void device_properties(struct json *j, const struct device_rules *rules)
{
    struct device_rules exceptions = {NULL, 0};
    bool allow = false, strict = device_rules_reduce(rules, &allow, &exceptions) == 0 && !allow;
    AUTO_BUF struct buf trial = BUF_INIT;
    struct json names;
    if (!strict)
        error_clear();
    json_begin(&names, &trial, false);
    json_open(&names, NULL, '[');
    strict = strict && device_names(&exceptions, &names);
    json_close(&names, ']');
    json_end(&names);
    property(j, "DevicePolicy", "s", strict ? "strict" : "auto", 0);
    json_open(j, NULL, '{');
    json_string(j, "name", "DeviceAllow");
    json_string(j, "type", "a(ss)");
    json_open(j, "value", '[');
    if (strict)
        device_names(&exceptions, j);
    json_close(j, ']');
    json_close(j, '}');
    free(exceptions.v);
}

static int properties(struct json *j, const struct cgroup *cg, const struct spec_resources *r, bool fresh,
                      const struct spec_device_list *spec_devices)
{
    static const struct spec_device_cgroup_list none = {NULL, 0};
    const struct spec_device_cgroup_list *list = r ? &r->devices : &none;
    int e = 0;
    json_open(j, "properties", '[');
    if (fresh || list->n) {
        struct device_rules rules;
        device_rules_collect(list, spec_devices, &rules);
        device_properties(j, &rules);
        free(rules.v);
    }
    if (r && r->memory)
        e = memory_properties(j, r->memory, cg->pure_v2);
    if (r && r->cpu)
        cpu_properties(j, r->cpu, cg->pure_v2);
    if (r && r->pids_limit.set)
        number_property(j, "TasksMax", infinity_if(pids_max(r->pids_limit.v)), 0);
    if (r)
        unified_properties(j, &r->unified);
    json_close(j, ']');
    return e;
}

static void annotations(struct json *j, const struct spec *spec)
{
    json_open(j, "annotations", '{');
    for (size_t i = 0; spec && i < spec->annotations.n; i++) {
        const char *name = str_after(spec->annotations.v[i].key, PROPERTY_PREFIX);
        if (name)
            json_string(j, name, spec->annotations.v[i].value);
    }
    json_close(j, '}');
}

/* ---- the life of a scope ---- */

/* Tells whose scope it is, also those who only have its name. */
static void describe(struct json *j, const struct cgroup *cg)
{
    AUTO_FREE char *description = xasprintf("rsbx container %s", cg->id);
    json_string(j, "description", description);
}

int systemd_start(struct cgroup *cg, pid_t pid)
{
    struct systemd *s = cg->systemd;
    const struct cgroup_options *o = s->options;
    AUTO_BUF struct buf b = BUF_INIT;
    AUTO_FREE char *path = NULL;
    struct json j;
    if (!o)
        return fail(0, "systemd: the scope %s has been made already", s->unit);
    begin(&j, &b, "start", s);
    json_int(&j, "pid", pid);
    json_string(&j, "slice", s->slice);
    describe(&j, cg);
    annotations(&j, o->spec);
    int r = properties(&j, cg, resources_of(o), true, o->spec->linux_ ? &o->spec->linux_->devices : NULL);
    if (ask(&j, &b, &path) < 0 || r < 0)
        return fail_where("unable to apply cgroup configuration");
    s->options = NULL;
    return cgroup_settle_in(cg, o, path, pid);
}

int systemd_update(struct cgroup *cg, const struct spec_resources *r)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct json j;
    begin(&j, &b, "set", cg->systemd);
    int e = properties(&j, cg, r, false, NULL);
    return ask(&j, &b, NULL) < 0 || e < 0 ? -1 : 0;
}

int systemd_attach(struct cgroup *cg, pid_t pid)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct json j;
    begin(&j, &b, "attach", cg->systemd);
    json_string(&j, "sub", cg->sub_path ? cg->sub_path : "");
    json_int(&j, "pid", pid);
    return ask(&j, &b, NULL);
}

/* One that we have not made, or do not know to have made, may be another container's. */
int systemd_stop(struct cgroup *cg)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct json j;
    begin(&j, &b, "stop", cg->systemd);
    if (cg->systemd->options)
        describe(&j, cg);
    return ask(&j, &b, NULL);
}

/* ---- on disk ---- */

void systemd_save(const struct cgroup *cg, struct json *j)
{
    json_string(j, "unit", cg->systemd->unit);
    json_string(j, "slice", cg->systemd->slice);
    json_bool(j, "user", cg->systemd->user);
}

int systemd_load(const struct json_value *object, struct cgroup *cg)
{
    const char *unit = json_get_string(object, "unit"), *slice = json_get_string(object, "slice");
    if (!unit || !slice)
        return fail(0, "state: cgroup.unit is missing");
    cg->systemd = xcalloc(1, sizeof(*cg->systemd));
    cg->systemd->unit = xstrdup(unit);
    cg->systemd->slice = xstrdup(slice);
    cg->systemd->user = json_get_bool(object, "user", false);
    return 0;
}

/* For a cgroup that only joins: the unit it belongs to. */
void systemd_copy(const struct cgroup *from, struct cgroup *to)
{
    if (!from->systemd)
        return;
    to->systemd = xcalloc(1, sizeof(*to->systemd));
    to->systemd->unit = xstrdup(from->systemd->unit);
    to->systemd->slice = xstrdup(from->systemd->slice);
    to->systemd->user = from->systemd->user;
}

bool systemd_is_user(const struct cgroup *cg)
{
    return cg->systemd && cg->systemd->user;
}
