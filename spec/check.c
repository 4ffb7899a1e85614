/* What the specification demands of a document beyond the type of each property, without looking at the
 * system. Sections named are those of the OCI runtime specification. */
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "spec/tables.h"

/* "1.2.3", optionally with -pre and +build (semver.org), of a major version that we know. */
static bool is_version(const char *s)
{
    for (int part = 0; part < 3; part++) {
        size_t digits = strspn(s, "0123456789");
        if (digits == 0 || (digits > 1 && *s == '0'))
            return false;
        s += digits;
        if (part < 2 && *s++ != '.')
            return false;
    }
    for (const char *sign = "-+"; *sign; sign++) {
        if (*s == *sign) {
            size_t word = strspn(s + 1, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-.");
            if (word == 0)
                return false;
            s += 1 + word;
        }
    }
    return *s == '\0';
}

static int check_version(const char *name, const char *version)
{
    if (!is_version(version))
        return fail(0, "%s: ociVersion: \"%.60s\" is not a version such as \"1.2.0\"", name, version);
    if (!str_starts(version, "1."))
        return fail(0, "%s: ociVersion: \"%.60s\" is not supported: rsbx knows 1.x", name, version);
    return 0;
}

int spec_check_process(const char *where, struct spec_process *p)
{
    if (p->args.n == 0)
        return fail(0, "%sargs: missing: there is nothing to run", where);
    if (!p->terminal)
        p->console_size = NULL; /* config.md, Process: MUST be ignored */
    return 0;
}

/* ---- root, mounts, hooks ---- */

/* user_namespaces(7): no empty range, nothing past the last id, at most 340 lines, no overlap on either side
 */
static int check_mappings(const char *where, const char *list, const struct spec_id_mapping_list *maps)
{
    if (maps->n > 340)
        return fail(0, "%s%s: %zu mappings, the kernel takes at most 340", where, list, maps->n);
    for (size_t i = 0; i < maps->n; i++) {
        const struct spec_id_mapping *m = &maps->v[i];
        if (m->size == 0)
            return fail(0, "%s%s[%zu].size: must not be 0", where, list, i);
        if ((uint64_t)m->container_id + m->size > UINT32_MAX || (uint64_t)m->host_id + m->size > UINT32_MAX)
            return fail(0, "%s%s[%zu]: reaches past the last id, %u", where, list, i, UINT32_MAX - 1);
        for (size_t k = 0; k < i; k++) {
            const struct spec_id_mapping *o = &maps->v[k];
            bool inside = m->container_id < (uint64_t)o->container_id + o->size &&
                          o->container_id < (uint64_t)m->container_id + m->size;
            bool outside =
                m->host_id < (uint64_t)o->host_id + o->size && o->host_id < (uint64_t)m->host_id + m->size;
            if (inside || outside)
                return fail(0, "%s%s[%zu]: overlaps %s[%zu]", where, list, i, list, k);
        }
    }
    return 0;
}

static void add_warning(struct spec *spec, char *text)
{
    struct strings *list = &spec->warnings;
    char **grown = arena_alloc(&spec->arena, (list->n + 2) * sizeof(*grown));
    for (size_t i = 0; i < list->n; i++)
        grown[i] = list->v[i];
    grown[list->n++] = arena_strndup(&spec->arena, text, strlen(text));
    list->v = grown;
}

/* config.md, Mounts: a relative destination is taken as below "/" */
static void make_absolute(struct spec *spec, const char *where, struct spec_mount *m)
{
    if (m->destination[0] == '/')
        return;
    if (spec->warnings.n < 20) {
        AUTO_FREE char *text = xasprintf("%sdestination: \"%s\" is relative, taken as \"/%s\"", where,
                                         m->destination, m->destination);
        add_warning(spec, text);
    }
    size_t len = strlen(m->destination);
    char *path = arena_alloc(&spec->arena, len + 2);
    path[0] = '/';
    memcpy(path + 1, m->destination, len + 1);
    m->destination = path;
}

static const struct spec_id_mapping *mapping_with(const struct spec_id_mapping_list *maps, uint64_t id)
{
    for (size_t i = 0; i < maps->n; i++)
        if (id >= maps->v[i].container_id && id - maps->v[i].container_id < maps->v[i].size)
            return &maps->v[i];
    return NULL;
}

/* One list of idmap=: "0-1000-10#@10-0-1", each the first id in the file system, the id that it is shown as,
 * and how many; after @ the second is one of the container's user namespace (maps). */
static int option_mappings(const char *s, size_t n, const struct spec_id_mapping_list *maps,
                           struct spec_id_mapping_list *out, struct arena *arena)
{
    out->n = 0;
    out->v = arena_alloc(arena, (n / 5 + 1) * sizeof(out->v[0])); /* none is shorter than "0-0-1" */
    for (const char *end = s + n;; s++) {
        bool relative = *s == '@';
        uint64_t id[3];
        s = scan_numbers(s + relative, "-", id, 3);
        if (!s || s > end || (s < end && *s != '#') || (id[0] | id[1] | id[2]) > UINT32_MAX)
            return -1;
        if (relative) {
            const struct spec_id_mapping *m = mapping_with(maps, id[1]);
            if (!m)
                return -1;
            id[1] += m->host_id - (uint64_t)m->container_id;
        }
        out->v[out->n++] = (struct spec_id_mapping){(uint32_t)id[0], (uint32_t)id[1], (uint32_t)id[2]};
        if (s == end)
            return 0;
    }
}

/* crun(1), "idmap mount options": idmap=uids=...;gids=... is an idmap whose mappings stand in the option (and
 * so is ridmap=, here). They count where the mount has none of its own. */
static int take_option_mappings(const char *where, struct spec *spec, struct spec_mount *m)
{
    for (size_t i = 0; i < m->options.n; i++) {
        const char *word = m->options.v[i], *lists = str_after(word, "idmap=");
        if (!lists && !(lists = str_after(word, "ridmap=")))
            continue;
        struct spec_id_mapping_list uids = {0}, gids = {0};
        static const struct spec_linux none; /* mounts for a container that runs */
        const struct spec_linux *l = spec->linux_ ? spec->linux_ : &none;
        for (const char *s = lists; s; s = *s ? s + 1 : NULL) {
            size_t n = strcspn(s, ";");
            bool u = str_starts(s, "uids=");
            if ((!u && !str_starts(s, "gids=")) ||
                option_mappings(s + 5, n - 5, u ? &l->uid_mappings : &l->gid_mappings, u ? &uids : &gids,
                                &spec->arena) < 0)
                return fail(
                    0,
                    "%soptions[%zu]: \"%s\" is not like idmap=uids=0-1000-10#10-5000-1;gids=@0-0-10 (id"
                    " in the file system, id shown, number; after @ an id of the user namespace)",
                    where, i, word);
            s += n;
        }
        m->options.v[i] = arena_strndup(&spec->arena, word, (size_t)(lists - word) - 1);
        if (m->uid_mappings.n == 0 && m->gid_mappings.n == 0) {
            m->uid_mappings = uids;
            m->gid_mappings = gids;
        }
    }
    return 0;
}

int spec_check_mounts(const char *name, struct spec *spec)
{
    for (size_t i = 0; i < spec->mounts.n; i++) {
        struct spec_mount *m = &spec->mounts.v[i];
        AUTO_FREE char *where = xasprintf("%s: mounts[%zu].", name, i);
        make_absolute(spec, where, m);
        TRY(take_option_mappings(where, spec, m));
        if (m->uid_mappings.n > 0 && m->gid_mappings.n == 0)
            return fail(0, "%sgidMappings: missing: uidMappings must not stand alone", where);
        if (m->gid_mappings.n > 0 && m->uid_mappings.n == 0)
            return fail(0, "%suidMappings: missing: gidMappings must not stand alone", where);
        TRY(check_mappings(where, "uidMappings", &m->uid_mappings));
        TRY(check_mappings(where, "gidMappings", &m->gid_mappings));
    }
    return 0;
}

/* config.md, POSIX-platform Hooks: a timeout is greater than zero. crun takes 0 as none. */
static void check_hooks(const char *name, struct spec *spec)
{
    const struct spec_hooks *h = spec->hooks;
    const struct spec_hook_list *const lists[] = {&h->prestart,         &h->create_runtime,
                                                  &h->create_container, &h->start_container,
                                                  &h->poststart,        &h->poststop};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
        for (size_t i = 0; i < lists[k]->n && spec->warnings.n < 20; i++) {
            const struct opt_i64 *timeout = &lists[k]->v[i].timeout;
            if (!timeout->set || timeout->v > 0)
                continue;
            AUTO_FREE char *text =
                xasprintf("%s: hooks.%s[%zu].timeout: 0 is taken as no limit", name, spec_hook_name(k), i);
            add_warning(spec, text);
        }
}

/* ---- linux.resources ---- */

/* "2MB": it becomes part of a file's name */
static bool is_page_size(const char *s)
{
    size_t digits = strspn(s, "0123456789");
    return digits > 0 && s[0] != '0' && s[digits] && strchr("KMG", s[digits]) && str_eq(s + digits + 1, "B");
}

int spec_check_resources(const char *where, const struct spec_resources *r)
{
    const struct spec_block_io *io = r->block_io;
    for (size_t i = 0; io && i < io->weight_device.n; i++)
        if (!io->weight_device.v[i].weight.set && !io->weight_device.v[i].leaf_weight.set)
            return fail(0, "%sblockIO.weightDevice[%zu]: neither weight nor leafWeight", where, i);
    for (size_t i = 0; i < r->hugepage_limits.n; i++)
        if (!is_page_size(r->hugepage_limits.v[i].page_size))
            return fail(0, "%shugepageLimits[%zu].pageSize: expected a size such as \"2MB\", found \"%.60s\"",
                        where, i, r->hugepage_limits.v[i].page_size);
    for (size_t i = 0; i < r->rdma.n; i++)
        if (!r->rdma.v[i].hca_handles.set && !r->rdma.v[i].hca_objects.set)
            return fail(0, "%srdma.%s: neither hcaHandles nor hcaObjects", where, r->rdma.v[i].name);
    return 0;
}

/* ---- linux ---- */

const char *const spec_namespace_types[] = {"cgroup", "ipc",  "mount", "network", "pid",
                                            "time",   "user", "uts",   NULL};

static int check_namespaces(const char *where, const struct spec_namespace_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *type = list->v[i].type;
        const char *const *known = spec_namespace_types;
        while (*known && !str_eq(*known, type))
            known++;
        if (!*known)
            return fail(0, "%snamespaces[%zu].type: unknown namespace \"%.60s\"", where, i, type);
        for (size_t k = 0; k < i; k++)
            if (str_eq(list->v[k].type, type))
                return fail(0, "%snamespaces[%zu].type: \"%s\" is already in namespaces[%zu]", where, i, type,
                            k);
    }
    return 0;
}

static int check_time_offsets(const char *where, const struct spec *spec)
{
    const struct spec_time_offset_list *list = &spec->linux_->time_offsets;
    const struct spec_namespace *ns = spec_namespace(spec, "time");
    for (size_t i = 0; i < list->n; i++) {
        const struct spec_time_offset *t = &list->v[i];
        if (!str_eq(t->clock, "monotonic") && !str_eq(t->clock, "boottime"))
            return fail(0, "%stimeOffsets: unknown clock \"%.60s\"", where, t->clock);
        if (t->nanosecs >= 1000000000)
            return fail(0, "%stimeOffsets.%s.nanosecs: expected an integer from 0 to 999999999, found %u",
                        where, t->clock, t->nanosecs);
    }
    if (list->n > 0 && (!ns || ns->path))
        return fail(0, "%stimeOffsets: needs a new time namespace in linux.namespaces", where);
    return 0;
}

/* config-linux.md, Seccomp */
static int check_seccomp(const char *where, const struct spec_seccomp *s)
{
    if (s->listener_metadata && !s->listener_path)
        return fail(0, "%sseccomp.listenerMetadata: must not be set without listenerPath", where);
    for (size_t i = 0; i < s->syscalls.n; i++)
        if (s->syscalls.v[i].names.n == 0)
            return fail(0, "%sseccomp.syscalls[%zu].names: must not be empty", where, i);
    return 0;
}

/* config-linux.md, IntelRdt */
static int check_intel_rdt(const char *where, const struct spec_intel_rdt *r)
{
    if (r->clos_id && (str_eq(r->clos_id, ".") || str_eq(r->clos_id, "..") ||
                       (strchr(r->clos_id, '/') && !str_eq(r->clos_id, "/"))))
        return fail(0, "%sintelRdt.closID: \"%.60s\" is not a directory name", where, r->clos_id);
    if (r->mem_bw_schema && (!str_starts(r->mem_bw_schema, "MB:") || strchr(r->mem_bw_schema, '\n')))
        return fail(0, "%sintelRdt.memBwSchema: must be one line that begins with \"MB:\"", where);
    for (size_t i = 0; i < r->schemata.n; i++)
        if (strchr(r->schemata.v[i], '\n'))
            return fail(0, "%sintelRdt.schemata[%zu]: must be one line", where, i);
    return 0;
}

static int check_linux(const char *where, const struct spec *spec)
{
    const struct spec_linux *l = spec->linux_;
    TRY(check_namespaces(where, &l->namespaces));
    TRY(check_time_offsets(where, spec));
    TRY(check_mappings(where, "uidMappings", &l->uid_mappings));
    TRY(check_mappings(where, "gidMappings", &l->gid_mappings));
    if ((l->uid_mappings.n > 0 || l->gid_mappings.n > 0) && !spec_namespace(spec, "user"))
        return fail(0, "%s%s: needs a user namespace in linux.namespaces", where,
                    l->uid_mappings.n > 0 ? "uidMappings" : "gidMappings");
    if (l->net_devices.n > 0 && !spec_namespace(spec, "network"))
        return fail(0, "%snetDevices: needs a network namespace in linux.namespaces", where);
    if (l->seccomp)
        TRY(check_seccomp(where, l->seccomp));
    if (l->intel_rdt)
        TRY(check_intel_rdt(where, l->intel_rdt));
    if (l->resources) {
        AUTO_FREE char *resources = xasprintf("%sresources.", where);
        TRY(spec_check_resources(resources, l->resources));
    }
    return 0;
}

int spec_check(const char *name, struct spec *spec)
{
    if (!spec->linux_) {
        spec->linux_ = arena_alloc(&spec->arena, sizeof(*spec->linux_));
        table_defaults(&linux_table, spec->linux_);
    }
    TRY(check_version(name, spec->oci_version));
    if (spec->process) {
        AUTO_FREE char *process = xasprintf("%s: process.", name);
        TRY(spec_check_process(process, spec->process));
    }
    TRY(spec_check_mounts(name, spec));
    if (spec->hooks)
        check_hooks(name, spec);
    AUTO_FREE char *where = xasprintf("%s: linux.", name);
    TRY(check_linux(where, spec));
    /* config.md, Hostname: it would be the host's own */
    if (spec->hostname && !spec_namespace(spec, "uts"))
        return fail(0, "%s: hostname: needs a uts namespace in linux.namespaces", name);
    if (spec->domainname && !spec_namespace(spec, "uts"))
        return fail(0, "%s: domainname: needs a uts namespace in linux.namespaces", name);
    return 0;
}

const char *spec_annotation(const struct spec *spec, const char *key)
{
    for (size_t i = 0; i < spec->annotations.n; i++)
        if (strcmp(spec->annotations.v[i].key, key) == 0)
            return spec->annotations.v[i].value;
    return NULL;
}

const struct spec_namespace *spec_namespace(const struct spec *spec, const char *type)
{
    for (size_t i = 0; spec->linux_ && i < spec->linux_->namespaces.n; i++)
        if (strcmp(spec->linux_->namespaces.v[i].type, type) == 0)
            return &spec->linux_->namespaces.v[i];
    return NULL;
}
