# attack: pipes, sockets, epoll, inotify, locks and timers without end
# options: --memory-limit 64 --timeout 30
# held: ok bounded
# without: .process.rlimits |= map(select(.type != "RLIMIT_NOFILE")) | .process.rlimits += [{type: "RLIMIT_NOFILE", soft: 4096, hard: 4096}]
# through: ok 2000 descriptors
import fcntl, os, select, socket
held, f = [], open("/tmp/l", "w+")
try:
    while len(held) < 2000:
        held += [*os.pipe(), select.epoll(), *socket.socketpair()]
except OSError: pass
for p in range(0, 20000, 2):
    fcntl.lockf(f, fcntl.LOCK_EX, 1, p)
print("bounded" if len(held) < 2000 else "2000 descriptors")
os._exit(0)
