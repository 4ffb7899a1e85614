/* Calls to systemd's manager over sd-bus.
 *
 * systemd listens on a socket of its own beside the bus; who may use it (root, or the user) is spared the bus
 * daemon and its policy. Otherwise the bus. */
#include "cgroup/systemd/manager.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/systemd/variant.h"

#define SERVICE   "org.freedesktop.systemd1"
#define OBJECT    "/org/freedesktop/systemd1"
#define INTERFACE "org.freedesktop.systemd1.Manager"

enum { JOB_TIMEOUT_S = 30 };

static void unref_message(sd_bus_message **m)
{
    sd_bus_message_unref(*m);
}
#define AUTO_MESSAGE __attribute__((cleanup(unref_message)))
#define AUTO_ERROR   __attribute__((cleanup(sd_bus_error_free)))

static int bus_fail(int r, const sd_bus_error *e, const char *what, const char *unit)
{
    if (e && e->message)
        return fail(0, "systemd: %s %s: %s", what, unit, e->message);
    return fail(-r, "systemd: %s %s", what, unit);
}

/* ---- connection ---- */

static sd_bus *open_private(bool user)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (user && !runtime)
        return NULL;
    AUTO_FREE char *address = xasprintf("unix:path=%s/systemd/private", user ? runtime : "/run");
    if (access(address + strlen("unix:path="), W_OK) < 0)
        return NULL;
    sd_bus *bus = NULL;
    if (sd_bus_new(&bus) < 0)
        return NULL;
    if (sd_bus_set_address(bus, address) >= 0 && sd_bus_start(bus) >= 0)
        return bus;
    sd_bus_unref(bus);
    return NULL;
}

static int read_version(struct manager *m)
{
    AUTO_ERROR sd_bus_error e = SD_BUS_ERROR_NULL;
    AUTO_FREE char *text = NULL;
    int r = sd_bus_get_property_string(m->bus, SERVICE, OBJECT, INTERFACE, "Version", &e, &text);
    if (r < 0)
        return bus_fail(r, &e, "ask", "for its version");
    m->version = (unsigned)strtoul(text + strcspn(text, "0123456789"), NULL, 10);
    return 0;
}

int manager_open(bool user, struct manager *out)
{
    *out = (struct manager){.bus = open_private(user)};
    if (out->bus && read_version(out) == 0)
        return 0;
    manager_close(out);
    int r = user ? sd_bus_open_user(&out->bus) : sd_bus_open_system(&out->bus);
    if (r < 0)
        return fail(-r, "systemd: connect to the %s%s", user ? "user's manager" : "system bus",
                    user && !getenv("XDG_RUNTIME_DIR")
                        ? " (XDG_RUNTIME_DIR is not set: is this a login session?)"
                        : "");
    return read_version(out);
}

void manager_close(struct manager *m)
{
    if (m->bus)
        sd_bus_flush_close_unref(m->bus);
    m->bus = NULL;
}

/* ---- properties ---- */

static int append_bytes(sd_bus_message *m, const char *hex)
{
    uint8_t bytes[1024];
    size_t n = strlen(hex) / 2;
    if (n > sizeof(bytes))
        return -E2BIG;
    for (size_t i = 0; i < n; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return sd_bus_message_append_array(m, 'y', bytes, n);
}

/* "PATH ACCESS" a string. */
static int append_devices(sd_bus_message *m, const struct json_value *list)
{
    int r = sd_bus_message_open_container(m, 'a', "(ss)");
    for (size_t i = 0; r >= 0 && i < json_length(list); i++) {
        const char *text = json_as_string(json_at(list, i));
        const char *space = text ? strchr(text, ' ') : NULL;
        if (!space)
            return -EINVAL;
        AUTO_FREE char *path = xstrndup(text, (size_t)(space - text));
        r = sd_bus_message_append(m, "(ss)", path, space + 1);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_typed(sd_bus_message *m, const char *type, const struct json_value *value)
{
    const char *text = json_as_string(value);
    if (strcmp(type, "a(ss)") == 0)
        return append_devices(m, value);
    if (!text)
        return -EINVAL;
    if (strcmp(type, "ay") == 0)
        return append_bytes(m, text);
    if (strcmp(type, "s") == 0)
        return sd_bus_message_append(m, "s", text);
    if (strcmp(type, "b") == 0)
        return sd_bus_message_append(m, "b", strcmp(text, "true") == 0);
    uint64_t v;
    if (strcmp(type, "t") != 0 || parse_u64(text, UINT64_MAX, &v) < 0)
        return -EINVAL;
    return sd_bus_message_append(m, "t", v);
}

static int append_property(sd_bus_message *m, const char *name, const char *type,
                           const struct json_value *value)
{
    int r = sd_bus_message_open_container(m, 'r', "sv");
    if (r >= 0)
        r = sd_bus_message_append(m, "s", name);
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'v', type);
    if (r >= 0)
        r = append_typed(m, type, value);
    if (r >= 0)
        r = sd_bus_message_close_container(m);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

/* What this systemd is too old for is left to the control files, which rsbx writes in any case. */
static int append_properties(struct manager *s, sd_bus_message *m, const struct json_value *request)
{
    const struct json_value *list = json_get(request, "properties");
    for (size_t i = 0; list && i < json_length(list); i++) {
        const struct json_value *p = json_at(list, i);
        const char *name = json_get_string(p, "name"), *type = json_get_string(p, "type");
        if (!name || !type)
            return fail(0, "properties[%zu]: no name or no type", i);
        if (json_get_uint(p, "since", 0) > s->version)
            continue;
        int r = append_property(m, name, type, json_get(p, "value"));
        if (r < 0)
            return fail(-r, "property %s", name);
    }
    return 0;
}

static int append_annotations(sd_bus_message *m, const struct json_value *request)
{
    const struct json_value *object = json_get(request, "annotations");
    for (size_t i = 0; object && i < json_length(object); i++) {
        const char *name = json_key_at(object, i);
        const char *text = json_get_string(object, name);
        TRY(variant_append_property(m, name, text ? text : ""));
    }
    return 0;
}

/* ---- jobs ---- */

struct job {
    const char *path;
    char *result;
    char *finished[64]; /* jobs that ended before we knew the path of ours, with their results */
    size_t n;
};

static int on_job_removed(sd_bus_message *m, void *data, sd_bus_error *e)
{
    struct job *job = data;
    const char *path, *unit, *result;
    uint32_t id;
    (void)e;
    if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0)
        return 0;
    if (job->path && strcmp(path, job->path) == 0)
        job->result = xstrdup(result);
    else if (!job->path && job->n < ARRAY_LEN(job->finished))
        job->finished[job->n++] = xasprintf("%s %s", path, result);
    return 0;
}

static int wait_job(struct manager *m, struct job *job, const char *path)
{
    uint64_t end = now_ns() + JOB_TIMEOUT_S * 1000000000ULL;
    job->path = path;
    for (size_t i = 0; i < job->n; i++) {
        const char *rest = str_after(job->finished[i], path);
        if (rest && *rest == ' ')
            job->result = xstrdup(rest + 1);
    }
    while (!job->result) {
        int r = sd_bus_process(m->bus, NULL);
        if (r < 0)
            return fail(-r, "systemd: wait for job %s", path);
        if (r > 0)
            continue;
        if (now_ns() >= end)
            return fail(ETIMEDOUT, "systemd: job %s", path);
        r = sd_bus_wait(m->bus, 1000000);
        if (r < 0 && r != -EINTR)
            return fail(-r, "systemd: wait for job %s", path);
    }
    return 0;
}

static void free_job(struct job *job)
{
    free(job->result);
    for (size_t i = 0; i < job->n; i++)
        free(job->finished[i]);
}

static int subscribe(struct manager *m, struct job *job)
{
    int r = sd_bus_match_signal(m->bus, NULL, NULL, OBJECT, INTERFACE, "JobRemoved", on_job_removed, job);
    if (r < 0)
        return fail(-r, "systemd: wait for jobs");
    /* Over the bus, signals are sent only when somebody has asked for them. */
    AUTO_ERROR sd_bus_error e = SD_BUS_ERROR_NULL;
    sd_bus_call_method(m->bus, SERVICE, OBJECT, INTERFACE, "Subscribe", &e, NULL, NULL);
    return 0;
}

static void reset_failed(struct manager *m, const char *unit)
{
    AUTO_ERROR sd_bus_error e = SD_BUS_ERROR_NULL;
    sd_bus_call_method(m->bus, SERVICE, OBJECT, INTERFACE, "ResetFailedUnit", &e, NULL, "s", unit);
}

/* ---- start ---- */

static int append_scope(struct manager *s, sd_bus_message *m, const struct json_value *request)
{
    const char *unit = json_get_string(request, "unit");
    const char *slice = json_get_string(request, "slice");
    const char *description = json_get_string(request, "description");
    uint32_t pid = (uint32_t)json_get_uint(request, "pid", 0);
    int r = sd_bus_message_append(m, "ss", unit, "replace");
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'a', "(sv)");
    if (r >= 0)
        r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)", "Description", "s", description, "Slice", "s",
                                  slice, "Delegate", "b", 1, "PIDs", "au", 1, pid, "DefaultDependencies", "b",
                                  0);
    if (r >= 0)
        r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)", "MemoryAccounting", "b", 1, "CPUAccounting", "b", 1,
                                  "IOAccounting", "b", 1, "TasksAccounting", "b", 1);
    if (r < 0)
        return fail(-r, "systemd: message for %s", unit);
    TRY(append_annotations(m, request));
    TRY(append_properties(s, m, request));
    r = sd_bus_message_close_container(m);
    if (r >= 0)
        r = sd_bus_message_append(m, "a(sa(sv))", 0);
    return r < 0 ? fail(-r, "systemd: message for %s", unit) : 0;
}

static int start_once(struct manager *s, const struct json_value *request, struct job *job, bool *exists)
{
    AUTO_MESSAGE sd_bus_message *m = NULL;
    AUTO_MESSAGE sd_bus_message *reply = NULL;
    AUTO_ERROR sd_bus_error e = SD_BUS_ERROR_NULL;
    const char *unit = json_get_string(request, "unit"), *path;
    int r = sd_bus_message_new_method_call(s->bus, &m, SERVICE, OBJECT, INTERFACE, "StartTransientUnit");
    if (r < 0)
        return fail(-r, "systemd: message");
    TRY(append_scope(s, m, request));
    r = sd_bus_call(s->bus, m, 0, &e, &reply);
    *exists = r < 0 && sd_bus_error_has_name(&e, SERVICE ".UnitExists");
    if (r < 0)
        return bus_fail(r, &e, "start", unit);
    if ((r = sd_bus_message_read(reply, "o", &path)) < 0)
        return fail(-r, "systemd: reply");
    TRY(wait_job(s, job, path));
    if (strcmp(job->result, "done") == 0)
        return 0;
    reset_failed(s, unit);
    return fail(0, "systemd: start %s: its job ended with \"%s\"", unit, job->result);
}

static int control_group(struct manager *s, const char *unit, struct buf *out)
{
    AUTO_ERROR sd_bus_error e = SD_BUS_ERROR_NULL;
    AUTO_FREE char *object = NULL;
    AUTO_FREE char *path = NULL;
    int r = sd_bus_path_encode(OBJECT "/unit", unit, &object);
    if (r >= 0)
        r = sd_bus_get_property_string(s->bus, SERVICE, object, SERVICE ".Scope", "ControlGroup", &e, &path);
    if (r < 0)
        return bus_fail(r, &e, "ask for the cgroup of", unit);
    if (!*path)
        return fail(0, "systemd: %s has no cgroup: its process has ended already", unit);
    buf_adds(out, path);
    return 0;
}

int manager_start(struct manager *s, const struct json_value *request, struct buf *path)
{
    struct job job = {0};
    bool exists = false;
    const char *unit = json_get_string(request, "unit");
    if (!unit)
        return fail(0, "no unit");
    TRY(subscribe(s, &job));
    int r = start_once(s, request, &job, &exists);
    if (r < 0 && exists) { /* perhaps what a failed one left; one that lives stays */
        reset_failed(s, unit);
        r = start_once(s, request, &job, &exists);
    }
    free_job(&job);
    return r < 0 ? -1 : control_group(s, unit, path);
}

/* ---- the others ---- */

int manager_set(struct manager *s, const struct json_value *request)
{
    AUTO_MESSAGE sd_bus_message *m = NULL;
    AUTO_ERROR sd_bus_error e = SD_BUS_ERROR_NULL;
    const char *unit = json_get_string(request, "unit");
    int r = sd_bus_message_new_method_call(s->bus, &m, SERVICE, OBJECT, INTERFACE, "SetUnitProperties");
    if (r >= 0)
        r = sd_bus_message_append(m, "sb", unit, 1);
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'a', "(sv)");
    if (r < 0)
        return fail(-r, "systemd: message");
    TRY(append_properties(s, m, request));
    r = sd_bus_message_close_container(m);
    if (r >= 0)
        r = sd_bus_call(s->bus, m, 0, &e, NULL);
    return r < 0 ? bus_fail(r, &e, "set properties of", unit) : 0;
}

int manager_attach(struct manager *s, const struct json_value *request)
{
    AUTO_ERROR sd_bus_error e = SD_BUS_ERROR_NULL;
    const char *unit = json_get_string(request, "unit"), *sub = json_get_string(request, "sub");
    int r = sd_bus_call_method(s->bus, SERVICE, OBJECT, INTERFACE, "AttachProcessesToUnit", &e, NULL, "ssau",
                               unit, sub ? sub : "", 1, (uint32_t)json_get_uint(request, "pid", 0));
    return r < 0 ? bus_fail(r, &e, "attach a process to", unit) : 0;
}

static bool is_described_so(struct manager *s, const char *unit, const char *description)
{
    AUTO_FREE char *object = NULL;
    AUTO_FREE char *text = NULL;
    return sd_bus_path_encode(OBJECT "/unit", unit, &object) >= 0 &&
           sd_bus_get_property_string(s->bus, SERVICE, object, SERVICE ".Unit", "Description", NULL, &text) >=
               0 &&
           strcmp(text, description) == 0;
}

int manager_stop(struct manager *s, const struct json_value *request)
{
    AUTO_MESSAGE sd_bus_message *reply = NULL;
    AUTO_ERROR sd_bus_error e = SD_BUS_ERROR_NULL;
    struct job job = {0};
    const char *unit = json_get_string(request, "unit"), *path;
    const char *description = json_get_string(request, "description");
    if (description && !is_described_so(s, unit, description))
        return 0;
    TRY(subscribe(s, &job));
    /* Nobody is left to end in an orderly way, and waiting for SIGTERM to work would take TimeoutStopSec. */
    sd_bus_call_method(s->bus, SERVICE, OBJECT, INTERFACE, "KillUnit", &e, NULL, "ssi", unit, "all", SIGKILL);
    sd_bus_error_free(&e);
    int r =
        sd_bus_call_method(s->bus, SERVICE, OBJECT, INTERFACE, "StopUnit", &e, &reply, "ss", unit, "replace");
    if (r < 0 && !sd_bus_error_has_name(&e, SERVICE ".NoSuchUnit"))
        return bus_fail(r, &e, "stop", unit);
    if (r >= 0 && sd_bus_message_read(reply, "o", &path) >= 0)
        r = wait_job(s, &job, path);
    else
        r = 0;
    free_job(&job);
    reset_failed(s, unit);
    return r;
}
