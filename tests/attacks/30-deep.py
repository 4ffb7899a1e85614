# attack: directories too deep for any path, and names that are no text
# options: --timeout 60 --cpu-limit 60
# held: ok
# files: 0
# host: none
import os
for i in range(3000):
    os.mkdir("d")
    os.chdir("d")
open("bottom", "w").close()
for n in (b"\xff\xfe", b"a\nb", b"\x1b]0;x\x07", b"n" * 255):
    os.mkdir(b"/work/" + n)
