# attack: leaves a message for the next snippet
# options: --timeout 20
# held: ok written, nothing found
# twice: yes
# without: (.mounts[] | select(.destination == "/tmp")) = {destination: "/tmp", type: "bind", source: $dir, options: ["rbind", "rw"]}
# through: ok found
import os
found, written = [], 0
for d in ("/tmp", "/work", "/dev/shm", "/var/tmp", "/run", "/dev/mqueue"):
    p = d + "/rsbx-canary-53"
    if os.path.exists(p): found.append(p)
    try: open(p, "w").write("hello"); written += 1
    except OSError: pass
print("found" if found else "written, nothing found" if written else "nothing could be written")
