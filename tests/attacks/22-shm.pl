# attack: memory in System V segments
# options: --memory-limit 32 --timeout 30
# held: memory
# user: (memory|error)
# without: del(.linux.resources.memory) | del(.annotations["org.rsbx.limit.memory-bytes"])
# through: ok all of it
for (1 .. 10) {
    my $id = shmget(0, 10 << 20, 0600 | 01000) // die "shmget: $!";
    shmwrite($id, "x" x (10 << 20), 0, 10 << 20) || die "shmwrite: $!";
}
print "all of it\n";
