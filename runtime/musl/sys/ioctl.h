/* musl's ioctl(2) takes an int, in which requests such as SECCOMP_IOCTL_NOTIF_RECV have a sign. */
#ifndef RSBX_MUSL_SYS_IOCTL_H
#define RSBX_MUSL_SYS_IOCTL_H

#include_next <sys/ioctl.h>

#ifndef __GLIBC__
#define ioctl(fd, request, ...) ioctl(fd, (int)(request), ##__VA_ARGS__)
#endif

#endif
