# attack: ten times the memory
# options: --memory-limit 32 --timeout 30
# held: memory
# without: del(.linux.resources.memory) | del(.annotations["org.rsbx.limit.memory-bytes"])
# through: ok all of it
b = [bytearray(b"x") * (8 << 20) for i in range(40)]
print("all of it")
