/* Network devices: netdevice(7). Here: the loopback of a new network namespace; net_devices.c moves host
 * devices. */
#include "linux/process.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/error.h"

/* Any socket takes interface requests; AF_UNIX is there without the inet family. */
int loopback_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? fail(errno, "socket") : fd;
}

/* The kernel gives lo its addresses itself when it goes up. */
int loopback_up_through(int socket)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    if (ioctl(socket, SIOCSIFFLAGS, &request) < 0)
        return fail(errno, "bring the interface lo up");
    return 0;
}

int loopback_up(void)
{
    AUTO_FD int fd = loopback_socket();
    return fd < 0 ? -1 : loopback_up_through(fd);
}
