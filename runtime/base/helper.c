/* Where rsbx's other programs are: see helper.h. */
#include "base/helper.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/seal.h"

char *own_path(void)
{
    char path[PATH_MAX];
    if (seal_original_path())
        return xstrdup(seal_original_path());
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (n < 0) {
        fail(errno, "readlink /proc/self/exe");
        return NULL;
    }
    return xstrndup(path, (size_t)n);
}

char *helper_path(const char *name)
{
    AUTO_FREE char *self = own_path();
    if (!self)
        return NULL;
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    char *path = xasprintf("%s/%s", self, name);
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    path = xasprintf("%s/../libexec/rsbx/%s", self, name);
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    fail(0, "%s is not installed: not in %s nor in %s/../libexec/rsbx", name, self, self);
    return NULL;
}
