# attack: timers and queued signals without end
# options: --timeout 20
# held: ok refused at 1024 or before
# without: .process.rlimits |= map(select(.type != "RLIMIT_SIGPENDING"))
# through: ok 3000 of them
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
t = ctypes.c_void_p()
for i in range(3000):
    if libc.timer_create(1, None, ctypes.byref(t)) != 0:
        print("refused at 1024 or before" if i <= 1024 else i)
        break
else: print("3000 of them")
