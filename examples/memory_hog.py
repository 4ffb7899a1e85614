# Takes 300 MB: rsbx run --memory-limit 100 examples/memory_hog.py
blocks = []
for _ in range(30):
    blocks.append(bytearray(b"x") * (10 * 1024 * 1024))
    print(f"{len(blocks) * 10} MB")
