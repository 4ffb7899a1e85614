/* Values that free themselves when their variable goes out of scope.
 *
 *     AUTO_FD int fd = open(...);
 *     AUTO_FREE char *text = xstrdup("...");
 *     return take_fd(&fd);          -- hand it to the caller instead
 *
 * Closing never changes errno. */
#ifndef RSBX_BASE_AUTO_H
#define RSBX_BASE_AUTO_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void auto_close_fd(const int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        close(*fd);
        errno = saved;
    }
}

static inline void auto_free_ptr(void *ptr)
{
    int saved = errno;
    free(*(void **)ptr);
    errno = saved;
}

static inline void auto_close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

static inline void auto_close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

#define AUTO_FD   __attribute__((cleanup(auto_close_fd)))
#define AUTO_FREE __attribute__((cleanup(auto_free_ptr)))
#define AUTO_FILE __attribute__((cleanup(auto_close_file)))
#define AUTO_DIR  __attribute__((cleanup(auto_close_dir)))

/* Gives the fd away: the variable no longer owns it. */
static inline int take_fd(int *fd)
{
    int out = *fd;
    *fd = -1;
    return out;
}

/* Gives the pointer away: the variable no longer owns it. */
#define take_ptr(p)                                                                                          \
    ({                                                                                                       \
        __typeof__(p) taken_ = (p);                                                                          \
        (p) = NULL;                                                                                          \
        taken_;                                                                                              \
    })

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
