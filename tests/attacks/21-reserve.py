# attack: none: reserves a terabyte and does not touch it, as Go, Java and Node.js do
# options: --memory-limit 32 --timeout 30
# held: ok reserved
# without: .process.rlimits += [{type: "RLIMIT_AS", soft: 1073741824, hard: 1073741824}]
# through: error
import mmap
mmap.mmap(-1, 1 << 40, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
print("reserved")
