# attack: an endless loop
# options: --cpu-limit 0.5 --timeout 3
# held: cpu
# without: del(.annotations["org.rsbx.limit.cpu-ms"]) | .process.rlimits |= map(select(.type != "RLIMIT_CPU"))
# through: wall
while True: pass
