# attack: a file of a petabyte that takes no room
# options: --file-size-limit 4 --timeout 20
# held: file_size
# without: .process.rlimits |= map(select(.type != "RLIMIT_FSIZE"))
# through: ok made
import os, signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
os.truncate(os.open("/tmp/big", os.O_CREAT | os.O_RDWR), 1 << 42)
print("made")
