# attack: the kernel's knobs and secrets in /proc, /sys and /dev
# options: --timeout 20
# held: ok none
# host: root
# through: [0-9]+ of them
import os
got = []
for p in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches",
          "/proc/sys/kernel/hostname", "/proc/irq/default_smp_affinity"):
    try: os.close(os.open(p, os.O_WRONLY)); got.append(p)
    except OSError: pass
for p in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/kernel/notes", "/sys/fs/cgroup/cgroup.procs",
          "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/loop-control",
          "/dev/fuse", "/dev/net/tun", "/dev/tty0", "/dev/ptmx", "/proc/1/environ", "/etc/shadow", "/root", "/etc/ssh",
          "/var/run/docker.sock", "/run/systemd/private", "/run/dbus/system_bus_socket"):
    try:
        fd = os.open(p, os.O_RDONLY | os.O_NONBLOCK)
        if os.path.isdir(p) or p.startswith("/dev/") or os.read(fd, 1): got.append(p)
    except OSError: pass
print(len(got) or "none", "of them:", *got)
