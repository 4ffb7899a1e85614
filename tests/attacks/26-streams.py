# attack: floods stdout and stderr in turn, byte by byte and without a newline
# options: --output-limit 4 --timeout 60 --cpu-limit 60
# held: ok
# cut: 4096
# without: del(.annotations["org.rsbx.limit.output-bytes"])
# through: ok
import os
for i in range(10000):
    os.write(1, b"x")
    os.write(2, b"y")
