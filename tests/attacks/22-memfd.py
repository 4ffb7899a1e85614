# attack: memory in files that have no name
# options: --memory-limit 32 --timeout 30
# held: memory
# user: (memory|error)
# without: del(.linux.resources.memory) | del(.annotations["org.rsbx.limit.memory-bytes"]) | .process.rlimits |= map(select(.type != "RLIMIT_FSIZE"))
# through: ok all of it
import os
for i in range(8):
    fd = os.memfd_create("x")
    for k in range(10): os.write(fd, b"x" * (1 << 20))
print("all of it")
