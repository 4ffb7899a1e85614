/* What the specification demands of a document beyond the type of each property, without looking at the
 * system. Sections named are those of the OCI runtime specification. */
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "spec/tables.h"

/* "1.2.3", optionally with -pre and +build (semver.org), of a major version that we know. */
static int check_version(const char *name, const char *version)
{
    const char *s = version;
    for (int part = 0; part < 3; part++) {
        size_t digits = strspn(s, "0123456789");
        if (digits == 0 || (digits > 1 && *s == '0'))
            return fail(0, "%s: ociVersion: \"%.60s\" is not a version such as \"1.2.0\"", name, version);
        s += digits;
        if (part < 2 && *s++ != '.')
            return fail(0, "%s: ociVersion: \"%.60s\" is not a version such as \"1.2.0\"", name, version);
    }
    static const char word[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-.";
    if (*s == '-')
        s += 1 + strspn(s + 1, word);
    if (*s == '+')
        s += 1 + strspn(s + 1, word);
    if (*s)
        return fail(0, "%s: ociVersion: \"%.60s\" is not a version such as \"1.2.0\"", name, version);
    if (!str_starts(version, "1."))
        return fail(0, "%s: ociVersion: \"%.60s\" is not supported: rsbx knows 1.x", name, version);
    return 0;
}

int spec_check_process(const char *where, struct spec_process *p)
{
    if (p->args.n == 0)
        return fail(0, "%sargs: missing: nothing to run", where);
    if (!p->terminal)
        p->console_size = NULL; /* config.md: MUST be ignored */
    return 0;
}

int spec_check_resources(const char *where, const struct spec_resources *r)
{
    (void)where;
    (void)r;
    return 0;
}

int spec_check(const char *name, struct spec *spec)
{
    TRY(check_version(name, spec->oci_version));
    if (spec->process) {
        AUTO_FREE char *where = xasprintf("%s: process.", name);
        TRY(spec_check_process(where, spec->process));
    }
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
