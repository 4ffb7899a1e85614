# attack: fills every place that it can write to
# options: --disk-limit 4 --memory-limit 200 --timeout 30
# held: ok full at 12 MB or before
# without: (.mounts[] | select(.type == "tmpfs") | .options) |= map(select(startswith("size=") | not))
# through: ok more than 12 MB
import os
n = 0
for d in ("/tmp", "/work", "/dev/shm"):
    try:
        for i in range(16):
            with open(f"{d}/{i}", "wb") as f: f.write(b"x" * (1 << 20))
            n += 1
    except OSError: pass
print("full at 12 MB or before" if n <= 12 else "more than 12 MB")
