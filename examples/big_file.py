# Writes a file that grows without end: rsbx run --file-size-limit 1 examples/big_file.py
with open("big", "wb") as f:
    while True:
        f.write(b"x" * 65536)
