# attack: arguments that the kernel cuts to 32 bits, with something above them
# options: --timeout 20 --lint off
# arch: x86_64
# held: ok 0 of 5
# without: del(.linux.seccomp)
# through: ok 5 of 5
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
got = []
HIGH = 1 << 32
for name, *args in (("socket", 41, HIGH | 2, 1, 0), ("prctl", 157, HIGH | 22, 99, 0), ("ioctl", 16, 0, HIGH | 0x5412, 0),
                    ("personality", 135, HIGH | 0x40000), ("socketpair", 53, HIGH | 2, 1, 0, 0)):
    ctypes.set_errno(0)
    r = libc.syscall(*[ctypes.c_long(a) for a in args])
    if r >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS): got.append(name)
print(len(got), "of 5:", *got)
