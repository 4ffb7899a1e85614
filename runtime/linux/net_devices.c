/* linux.netDevices: moves host interfaces into the container's network namespace, with rtnetlink(7).
 *
 * Two sockets, one in each namespace, do all of it. A device goes over under a name that nobody else has (its
 * index may change on the way, so that name is how it is found again), gets its final name there ("eth%d" is
 * the kernel's to fill in), its permanent global addresses, which the kernel drops on the way, and is set up.
 * If one device fails, those that were moved go back as they were. */
#include "linux/process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"

/* A namespace as we reach it. */
struct side {
    int socket, ns;
};

/* An address as it is asked for again: the kernel's message, cut to what can be set. */
struct address {
    uint8_t family, prefix, scope;
    uint32_t flags;
    struct {
        unsigned short type, len;
        unsigned char data[32];
    } attributes[6];
    size_t n_attributes;
};

struct device {
    const struct spec_net_device *spec;
    char temporary[IFNAMSIZ];
    unsigned host_index;
    bool was_up, moved;
    struct address *addresses;
    size_t n_addresses;
};

struct request {
    struct nlmsghdr header;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg address;
    } body;
    char attributes[512];
};

static const char *final_name(const struct spec_net_device *d)
{
    return d->name && *d->name ? d->name : d->host_name;
}

/* ---- check ---- */

/* As the kernel's dev_valid_name(). */
static bool name_is_valid(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    for (const char *c = name; *c; c++)
        if (*c == '/' || *c == ':' || isspace((unsigned char)*c))
            return false;
    return true;
}

static int check_device(const struct spec_net_device_list *list, size_t i)
{
    const struct spec_net_device *d = &list->v[i];
    if (!name_is_valid(d->host_name))
        return fail(0, "linux.netDevices: \"%s\" is not the name of a network device", d->host_name);
    if (!name_is_valid(final_name(d)))
        return fail(0, "linux.netDevices.%s.name: \"%s\" is not a name for a network device", d->host_name,
                    d->name);
    for (size_t k = 0; k < i; k++)
        if (strcmp(final_name(&list->v[k]), final_name(d)) == 0 && !strchr(final_name(d), '%'))
            return fail(0, "linux.netDevices.%s.name: \"%s\" is the name of another device, too",
                        d->host_name, final_name(d));
    if (if_nametoindex(d->host_name) == 0)
        return fail(0, "linux.netDevices.%s: the host has no such network device", d->host_name);
    return 0;
}

int net_devices_check(const struct spec *spec)
{
    if (!spec->linux_ || spec->linux_->net_devices.n == 0)
        return 0;
    if (!spec_namespace(spec, "network"))
        return fail(0, "linux.netDevices: unable to move network devices without a network namespace in "
                       "linux.namespaces");
    for (size_t i = 0; i < spec->linux_->net_devices.n; i++)
        TRY(check_device(&spec->linux_->net_devices, i));
    return 0;
}

/* ---- netlink ---- */

static void begin(struct request *r, uint16_t type, uint16_t flags, size_t body)
{
    memset(r, 0, sizeof(*r));
    r->header.nlmsg_type = type;
    r->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    r->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(body);
}

static void add_attribute(struct request *r, unsigned short type, const void *data, size_t len)
{
    struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->header.nlmsg_len));
    a->rta_type = type;
    a->rta_len = (unsigned short)RTA_LENGTH(len);
    memcpy(RTA_DATA(a), data, len);
    r->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(r->header.nlmsg_len) + RTA_ALIGN(a->rta_len));
}

/* Sends and waits for the acknowledgement. Returns 0 or the positive errno. */
static int transact(int fd, struct request *r)
{
    static uint32_t sequence;
    r->header.nlmsg_seq = ++sequence;
    if (send(fd, r, r->header.nlmsg_len, 0) < 0)
        return errno;
    for (;;) {
        char reply[4096] __attribute__((aligned(8)));
        ssize_t n = recv(fd, reply, sizeof(reply), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        size_t left = (size_t)n;
        for (struct nlmsghdr *h = (struct nlmsghdr *)reply; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
            if (h->nlmsg_type == NLMSG_ERROR && h->nlmsg_seq == r->header.nlmsg_seq)
                return -((struct nlmsgerr *)NLMSG_DATA(h))->error;
    }
}

static int open_route(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    return fd < 0 ? fail(errno, "open a netlink socket") : fd;
}

/* A socket stays in the namespace in which it was made. */
static int open_route_in(int ns, int back)
{
    if (setns(ns, CLONE_NEWNET) < 0)
        return fail(errno, "enter the container's network namespace");
    int fd = open_route();
    if (setns(back, CLONE_NEWNET) < 0) {
        perror("rsbx: cannot come back to the host's network namespace");
        abort(); /* nothing may go on in the wrong one */
    }
    return fd;
}

/* 0 if there is none. */
static unsigned index_of(const struct side *side, const char *name)
{
    struct ifreq request = {0};
    memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
    return ioctl(side->socket, SIOCGIFINDEX, &request) < 0 ? 0 : (unsigned)request.ifr_ifindex;
}

static bool is_up(const struct side *side, const char *name)
{
    struct ifreq request = {0};
    memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
    return ioctl(side->socket, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_UP;
}

/* ---- addresses ---- */

/* What of an address's flags a user sets; the others are its state. */
#define SETTABLE                                                                                             \
    (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)

static bool is_kept(unsigned short type)
{
    return type == IFA_LOCAL || type == IFA_ADDRESS || type == IFA_BROADCAST || type == IFA_RT_PRIORITY;
}

static void remember(struct device *d, const struct nlmsghdr *h)
{
    const struct ifaddrmsg *m = NLMSG_DATA(h);
    if (m->ifa_index != d->host_index || m->ifa_scope != RT_SCOPE_UNIVERSE)
        return;
    struct address a = {m->ifa_family, m->ifa_prefixlen, m->ifa_scope, m->ifa_flags, {{0}}, 0};
    size_t left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*m));
    for (const struct rtattr *r = IFA_RTA(m); RTA_OK(r, left); r = RTA_NEXT(r, left)) {
        if (r->rta_type == IFA_FLAGS && RTA_PAYLOAD(r) == sizeof(a.flags))
            memcpy(&a.flags, RTA_DATA(r), sizeof(a.flags));
        if (!is_kept(r->rta_type) || RTA_PAYLOAD(r) > sizeof(a.attributes[0].data) ||
            a.n_attributes == ARRAY_LEN(a.attributes))
            continue;
        a.attributes[a.n_attributes].type = r->rta_type;
        a.attributes[a.n_attributes].len = (unsigned short)RTA_PAYLOAD(r);
        memcpy(a.attributes[a.n_attributes++].data, RTA_DATA(r), RTA_PAYLOAD(r));
    }
    if (!(a.flags & IFA_F_PERMANENT))
        return;
    d->addresses = xrealloc(d->addresses, d->n_addresses + 1, sizeof(a));
    d->addresses[d->n_addresses++] = a;
}

static int read_addresses(const struct side *host, struct device *d)
{
    struct request r;
    begin(&r, RTM_GETADDR, NLM_F_DUMP, sizeof(r.body.address));
    if (send(host->socket, &r, r.header.nlmsg_len, 0) < 0)
        return fail(errno, "ask for addresses");
    for (;;) {
        char reply[32768] __attribute__((aligned(8)));
        ssize_t n = recv(host->socket, reply, sizeof(reply), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(errno, "read addresses");
        size_t left = (size_t)n;
        for (struct nlmsghdr *h = (struct nlmsghdr *)reply; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
            if (h->nlmsg_type == NLMSG_DONE)
                return 0;
            if (h->nlmsg_type == NLMSG_ERROR)
                return fail(-((struct nlmsgerr *)NLMSG_DATA(h))->error, "read addresses");
            if (h->nlmsg_type == RTM_NEWADDR)
                remember(d, h);
        }
    }
}

static int add_addresses(const struct side *side, unsigned index, const struct device *d)
{
    for (size_t i = 0; i < d->n_addresses; i++) {
        const struct address *a = &d->addresses[i];
        struct request r;
        begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof(r.body.address));
        r.body.address = (struct ifaddrmsg){a->family, a->prefix, 0, a->scope, index};
        for (size_t k = 0; k < a->n_attributes; k++)
            add_attribute(&r, a->attributes[k].type, a->attributes[k].data, a->attributes[k].len);
        uint32_t flags = a->flags & SETTABLE;
        add_attribute(&r, IFA_FLAGS, &flags, sizeof(flags));
        int error = transact(side->socket, &r);
        if (error)
            return fail(error, "set its address %zu again", i);
    }
    return 0;
}

/* ---- move ---- */

static int set_up(const struct side *side, unsigned index)
{
    struct request r;
    begin(&r, RTM_NEWLINK, 0, sizeof(r.body.link));
    r.body.link = (struct ifinfomsg){.ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    int error = transact(side->socket, &r);
    return error ? fail(error, "set it up") : 0;
}

static int rename_link(const struct side *side, unsigned index, const char *name)
{
    struct request r;
    begin(&r, RTM_NEWLINK, 0, sizeof(r.body.link));
    r.body.link.ifi_index = (int)index;
    add_attribute(&r, IFLA_IFNAME, name, strlen(name) + 1);
    int error = transact(side->socket, &r);
    return error ? fail(error, "rename it to %s", name) : 0;
}

static int send_over(const struct side *from, const struct side *to, unsigned index, const char *name)
{
    struct request r;
    begin(&r, RTM_NEWLINK, 0, sizeof(r.body.link));
    r.body.link.ifi_index = (int)index;
    add_attribute(&r, IFLA_NET_NS_FD, &to->ns, sizeof(to->ns));
    add_attribute(&r, IFLA_IFNAME, name, strlen(name) + 1);
    int error = transact(from->socket, &r);
    if (error == EPERM)
        return fail(0, "moving it needs CAP_NET_ADMIN on the host");
    if (error == EINVAL)
        return fail(0, "the kernel does not let this kind of device leave its namespace");
    return error ? fail(error, "move it") : 0;
}

static int look_at(const struct side *host, const struct side *inside, struct device *d, size_t i)
{
    const char *name = final_name(d->spec);
    d->host_index = index_of(host, d->spec->host_name);
    if (d->host_index == 0)
        return fail(0, "the host has no such network device");
    if (!strchr(name, '%') && index_of(inside, name) != 0)
        return fail(0, "the container's network namespace has a device \"%s\" already", name);
    d->was_up = is_up(host, d->spec->host_name);
    snprintf(d->temporary, sizeof(d->temporary), "rsbx%x.%x", (unsigned)getpid() & 0xffffff,
             (unsigned)i & 0xfff);
    return read_addresses(host, d);
}

static int move(const struct side *host, const struct side *inside, struct device *d)
{
    TRY(send_over(host, inside, d->host_index, d->temporary));
    d->moved = true;
    unsigned index = index_of(inside, d->temporary);
    if (index == 0)
        return fail(0, "it did not arrive");
    TRY(rename_link(inside, index, final_name(d->spec)));
    snprintf(d->temporary, sizeof(d->temporary), "%s", "");
    TRY(add_addresses(inside, index, d));
    return set_up(inside, index);
}

/* Best effort: an error is on its way to the user already. */
static void move_back(const struct side *host, const struct side *inside, struct device *d)
{
    unsigned index = index_of(inside, *d->temporary ? d->temporary : final_name(d->spec));
    if (send_over(inside, host, index, d->spec->host_name) < 0) {
        log_warn("linux.netDevices.%s: cannot be moved back: %s", d->spec->host_name, error_text());
        return;
    }
    index = index_of(host, d->spec->host_name);
    if (add_addresses(host, index, d) < 0 || (d->was_up && set_up(host, index) < 0))
        log_warn("linux.netDevices.%s: moved back, but: %s", d->spec->host_name, error_text());
}

static int move_all(const struct side *host, const struct side *inside, struct device *devices, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (look_at(host, inside, &devices[i], i) < 0)
            return fail_where("linux.netDevices.%s", devices[i].spec->host_name);
    for (size_t i = 0; i < n; i++) {
        if (move(host, inside, &devices[i]) == 0)
            continue;
        fail_where("linux.netDevices.%s", devices[i].spec->host_name);
        AUTO_FREE char *text = xstrdup(error_text());
        int number = error_errno();
        for (size_t k = 0; k <= i; k++)
            if (devices[k].moved)
                move_back(host, inside, &devices[k]);
        return error_receive(number, text);
    }
    return 0;
}

int net_devices_move(const struct spec *spec, int netns_fd)
{
    if (!spec->linux_ || spec->linux_->net_devices.n == 0)
        return 0;
    const struct spec_net_device_list *list = &spec->linux_->net_devices;
    AUTO_FD int host_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (host_ns < 0)
        return fail(errno, "open /proc/self/ns/net");
    AUTO_FD int outside_socket = open_route();
    if (outside_socket < 0)
        return -1;
    AUTO_FD int inside_socket = open_route_in(netns_fd, host_ns);
    if (inside_socket < 0)
        return -1;
    struct side host = {outside_socket, host_ns}, inside = {inside_socket, netns_fd};
    AUTO_FREE struct device *devices = xcalloc(list->n, sizeof(*devices));
    for (size_t i = 0; i < list->n; i++)
        devices[i].spec = &list->v[i];
    int result = move_all(&host, &inside, devices, list->n);
    for (size_t i = 0; i < list->n; i++)
        free(devices[i].addresses);
    return result;
}
