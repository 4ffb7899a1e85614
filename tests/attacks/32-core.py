# attack: dumps its core
# options: --timeout 20 --file-size-limit 64
# held: signal
# code: 134
# needs: core-file
# files: 0
# without: (.process.rlimits[] | select(.type == "RLIMIT_CORE") | .soft, .hard) = 50000000
# through: signal
# through-files: 1
import os
x = bytearray(20 << 20)
os.abort()
