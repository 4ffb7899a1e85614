# attack: more files than there is room for their names
# options: --disk-limit 4 --timeout 60 --cpu-limit 60
# held: ok full
# without: (.mounts[] | select(.type == "tmpfs") | .options) |= map(select(startswith("nr_inodes=") | not))
# through: ok 5000 of them
try:
    for i in range(5000): open(f"/tmp/{i}", "w").close()
    print("5000 of them")
except OSError: print("full")
