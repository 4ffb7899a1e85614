# attack: rewrites its own read-only memory through /proc/self/mem, then asks for what is refused
# options: --timeout 20 --lint off
# held: ok written, refused
# without: del(.linux.seccomp)
# through: ok written, answered
import socket
with open("/proc/self/maps") as f:
    line = next(l for l in f if "r-xp" in l and "python" in l)
start = int(line.split("-")[0], 16)
with open("/proc/self/mem", "r+b", buffering=0) as f:
    f.seek(start)
    old = f.read(4)
    f.seek(start)
    f.write(old)
try: socket.socket(socket.AF_INET); how = "answered"
except OSError: how = "refused"
print("written,", how)
