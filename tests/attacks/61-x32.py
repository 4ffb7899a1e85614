# attack: system calls by x32's numbers
# options: --timeout 20 --lint off
# arch: x86_64
# held: signal
# without: del(.linux.seccomp)
# through: ok
import ctypes
print("answered", ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 | 39)))
