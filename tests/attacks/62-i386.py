# attack: system calls by i386's numbers
# options: --timeout 20 --lint off
# arch: x86_64
# held: signal
# without: del(.linux.seccomp)
# through: (ok answered|signal)
import ctypes, mmap
m = mmap.mmap(-1, 4096, prot=7)
m.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3") # mov $20, %eax; int $0x80; ret
print("answered", ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))() > 0)
