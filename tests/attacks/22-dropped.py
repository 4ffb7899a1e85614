# attack: memory in a shared mapping whose pages it drops, so that no process shows them
# options: --memory-limit 32 --timeout 30
# held: memory
# user: (memory|ok all of it)
# without: del(.linux.resources.memory) | del(.annotations["org.rsbx.limit.memory-bytes"])
# through: ok all of it
import mmap
m = mmap.mmap(-1, 80 << 20)
for i in range(20):
    m[i * (4 << 20) : (i + 1) * (4 << 20)] = b"x" * (4 << 20)
    m.madvise(mmap.MADV_DONTNEED)
print("all of it")
