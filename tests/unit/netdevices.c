/* linux.netDevices between two network namespaces of the test's own: what goes over, and what comes back when
 * something fails. Devices are made with ip(8). */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "linux/process.h"

static int inside = -1, outside = -1;

static int own_namespace(void)
{
    return unshare(CLONE_NEWNET) < 0 ? -1 : open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static bool enter(int ns)
{
    return setns(ns, CLONE_NEWNET) == 0;
}

/* A shell command in the container's namespace. */
static bool in_container(const char *command)
{
    bool ok = enter(inside) && system(command) == 0;
    return enter(outside) && ok;
}

static bool on_host(const char *command)
{
    return system(command) == 0;
}

static int move_devices(const char *devices)
{
    AUTO_FREE char *text =
        xasprintf("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"namespaces\":[{\"type\":"
                  "\"network\"}],\"netDevices\":%s}}",
                  devices);
    AUTO_SPEC struct spec *s = spec_decode("test", text, strlen(text));
    error_clear();
    return !s || net_devices_check(s) < 0 ? -1 : net_devices_move(s, inside);
}

#define MOVED(devices)                                                                                       \
    do {                                                                                                     \
        bool moved_ = move_devices(devices) == 0;                                                            \
        if (!moved_)                                                                                         \
            printf("# %s\n", error_text());                                                                  \
        CHECK(moved_);                                                                                       \
    } while (0)
#define REFUSED(devices, part)                                                                               \
    do {                                                                                                     \
        CHECK(move_devices(devices) < 0);                                                                    \
        if (!strstr(error_text(), part))                                                                     \
            printf("# said: %s\n", error_text());                                                            \
        CHECK(strstr(error_text(), part) != NULL);                                                           \
    } while (0)

TEST(namespaces_of_our_own)
{
    inside = own_namespace();
    outside = own_namespace();
    CHECK(inside >= 0 && outside >= 0);
}

TEST(permanent_addresses_go_with_the_device)
{
    CHECK(on_host("ip link add a0 mtu 1400 type veth peer name a1 && ip link set a1 up &&"
                  " ip addr add 10.7.0.1/24 brd + dev a0 && ip addr add 10.8.0.1/32 dev a0 &&"
                  " ip addr add 169.254.9.9/16 scope link dev a0 &&"
                  " ip addr add 2001:db8::5/64 dev a0 nodad && ip link set a0 up &&"
                  " ip addr add 10.9.0.1/24 dev a0 valid_lft 900 preferred_lft 900"));
    MOVED("{\"a0\":{\"name\":\"eth0\"}}");
    CHECK(on_host("! ip link show a0 2>/dev/null"));
    CHECK(in_container("ip -o link show eth0 | grep -q 'UP.*mtu 1400'"));
    CHECK(in_container("ip -o addr show eth0 | grep -q '10.7.0.1/24 brd 10.7.0.255 scope global'"));
    CHECK(in_container("ip -o addr show eth0 | grep -q '10.8.0.1/32 scope global'"));
    CHECK(in_container("ip -o addr show eth0 | grep -q '2001:db8::5/64 scope global'"));
    CHECK(in_container("! ip -o addr show eth0 | grep -q 169.254.9.9")); /* not global */
    CHECK(in_container("! ip -o addr show eth0 | grep -q 10.9.0.1"));    /* not permanent */
    CHECK(in_container("ip route | grep -q '10.7.0.0/24 dev eth0'"));
}

TEST(names)
{
    CHECK(on_host("ip link add b0 type veth peer name b1"));
    REFUSED("{\"b0\":{\"name\":\"eth0\"}}",
            "linux.netDevices.b0: the container's network namespace has a device "
            "\"eth0\" already");
    REFUSED("{\"b0\":{\"name\":\"x\"},\"b1\":{\"name\":\"x\"}}", "is the name of another device, too");
    REFUSED("{\"b0\":{\"name\":\"a/b\"}}", "\"a/b\"");
    REFUSED("{\"b0\":{\"name\":\"sixteen-letters-\"}}", "sixteen-letters-");
    REFUSED("{\"nothere\":{}}", "linux.netDevices.nothere: the host has no such network device");
    MOVED("{\"b0\":{\"name\":\"eth%d\"}}");
    CHECK(in_container("ip link show eth1 >/dev/null"));
    MOVED("{\"b1\":{}}");
    CHECK(in_container("ip link show b1 >/dev/null"));
}

/* Same name and same index on both sides. */
TEST(the_present_name_may_be_taken_inside)
{
    CHECK(in_container("ip link add c0 index 900 type bridge"));
    CHECK(on_host("ip link add c0 index 900 type veth peer name c1"));
    MOVED("{\"c0\":{\"name\":\"moved\"}}");
    CHECK(in_container("ip -o link show moved | grep -q veth || ip -d -o link show moved | grep -q veth"));
    CHECK(in_container("ip -d -o link show c0 | grep -q bridge"));
}

TEST(a_failure_brings_all_back)
{
    CHECK(on_host(
        "ip link add d0 type veth peer name d1 && ip addr add 10.6.0.1/24 dev d0 && ip link set d0 up"));
    REFUSED("{\"d0\":{\"name\":\"eth7\"},\"lo\":{\"name\":\"lo9\"}}",
            "linux.netDevices.lo: the kernel does not let");
    CHECK(on_host("ip -o link show d0 | grep -q '[<,]UP[,>]'"));
    CHECK(on_host("ip -o addr show d0 | grep -q '10.6.0.1/24'"));
    CHECK(in_container("! ip link show eth7 2>/dev/null"));
    CHECK(on_host("ip link show lo >/dev/null"));
}

TEST_MAIN()
