# rsbx events: runc's JSON, OOM, the end; Prometheus.
load lib/common
setup() { rsbx_setup; need_root; }
teardown() { rsbx_teardown; }


# The document's shape: paths and types, numbers of arrays and of raw's keys left out.
shape() {
    jq -S '[paths(scalars) as $p | {p: ($p | map(if type == "number" then "[]" else . end) | join(".")),
        t: (getpath($p) | type)}] | unique | map(select(.p | test("psi|raw|percpu|blkio|hugetlb|pids.limit|omit") | not))'
}

@test "events --stats has the keys and types that runc has" {
    command -v runc >/dev/null || skip "no runc"
    # What is zero is left out by both: the file makes page cache, which else is what the host happens to have read.
    bundle; sh_args 'head -c 200000 /dev/zero >/dev/shm/x; mv /dev/shm/x /dev/shm/y; exec sleep 60'
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&-
    wait_for 20 rsbx exec "$ID" /bin/busybox test -e /dev/shm/y
    rsbx events --stats "$ID" >"$T/ours"
    rsbx delete --force "$ID"
    runc --root "$T/runc" run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&-
    wait_for 20 runc --root "$T/runc" exec "$ID" /bin/busybox test -e /dev/shm/y
    runc --root "$T/runc" events --stats "$ID" >"$T/theirs"
    runc --root "$T/runc" delete --force "$ID"
    diff <(shape <"$T/theirs") <(shape <"$T/ours")
}

@test "events --interval: a line each time, and it ends with the container" {
    bundle; sh_args 'exec sleep 60'
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&-
    timeout 30 "$RSBX" --root "$ROOT" events --interval 50ms "$ID" >"$T/events" 3>&- &
    two_lines() { [ "$(wc -l <"$T/events")" -ge 2 ]; }
    wait_for 20 two_lines
    rsbx kill "$ID" KILL
    wait $!
    jq -e '.type == "stats" and .data.memory.usage.usage > 0' <"$T/events" >/dev/null
    rsbx delete "$ID"
}

@test "events: an OOM kill" {
    bundle '.linux.resources.memory = {"limit": 20000000, "swap": 20000000}'
    sh_args 'while [ ! -e /tmp/go ]; do sleep 0.05; done; a=x; (while :; do a=$a$a; done); sleep 0.5'
    config '.mounts += [{"destination": "/tmp", "type": "bind", "source": "'"$T/shared"'", "options": ["bind"]}]'
    mkdir -p "$T/shared"
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&-
    timeout 30 "$RSBX" --root "$ROOT" events --interval 50ms "$ID" >"$T/events" 3>&- &
    wait_for 20 grep -q stats "$T/events"
    touch "$T/shared/go"
    wait $!
    grep -qx '{"type":"oom","id":"'"$ID"'"}' "$T/events"
    rsbx delete --force "$ID"
}

@test "events --prometheus: one HELP and TYPE a metric, a row for each container" {
    bundle; sh_args 'exec sleep 60'
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&-
    rsbx events --prometheus >"$T/metrics"
    [ "$(grep -c '^# TYPE rsbx_container_memory_bytes gauge$' "$T/metrics")" -eq 1 ]
    grep -qE "^rsbx_container_memory_bytes\{id=\"$ID\"\} [1-9][0-9.e+]*$" "$T/metrics"
    ! command -v python3 >/dev/null || python3 - "$T/metrics" <<'PY'
# prometheus.io, "Exposition formats": text format 0.0.4
import re, sys
text = open(sys.argv[1]).read()
assert text.endswith("\n") and "\n\n" not in text
kind, seen, name = {}, set(), None
for line in text.splitlines():
    m = re.fullmatch(r"# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+)", line)
    if m and m[1] == "HELP":
        name = m[2]
        assert name not in kind, line
        kind[name] = None
    elif m:
        assert m[2] == name and kind[name] is None and m[3] in ("gauge", "counter"), line
        kind[name] = m[3]
        assert (m[3] == "counter") == name.endswith("_total"), line
    else:
        m = re.fullmatch(r'([a-z_:][a-z0-9_:]*)\{([a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*)\} (\S+)', line)
        assert m and m[1] == name and kind[name], line
        assert (m[1], m[2]) not in seen, line
        seen.add((m[1], m[2]))
        assert float(m[3]) >= 0, line
assert all(kind.values()) and {n for n, _ in seen} == set(kind)
PY
    if command -v promtool >/dev/null; then promtool check metrics <"$T/metrics"; fi
    rsbx delete --force "$ID"
}

@test "events of a stopped and of an unknown container are errors" {
    run --separate-stderr rsbx events nosuch
    [ "$status" -eq 1 ]
    [[ $stderr == *"does not exist"* ]]
    bundle; sh_args true
    rsbx run --keep -b "$B" "$ID"
    run --separate-stderr rsbx events "$ID"
    [ "$status" -eq 1 ]
    [[ $stderr == *"not running"* ]]
    rsbx delete "$ID"
}

@test "state: the average of memory over the looks at it, and their number; after the end the final figures" {
    bundle; sh_args '/staircase 4 16 100; exec sleep 100'
    cp "$RSBX_BUILD/tests/lib/staircase" "$B/rootfs/staircase"
    rsbx create -b "$B" "$ID" </dev/null >"$T/out" 2>&1 3>&-
    rsbx state "$ID" >"$T/looks"
    jq -e '.usage.memory | .average_looks == 1 and .average == .current' "$T/looks"
    pid=$(jq .pid "$T/looks")
    rsbx start "$ID"
    for _ in 1 2 3 4 5 6 7 8; do rsbx state "$ID" >>"$T/looks"; done
    wait_for 60 test -s "$T/out"
    rsbx state "$ID" >>"$T/looks"
    # memory is taken to have changed evenly between two looks; at the first it had always been so
    jq -s -r '.[].usage | [.wall_ms, .memory.current, .memory.average, .memory.average_looks] | @tsv' "$T/looks" |
        awk 'NR == 1 {area = $1 * $2}
            NR > 1 {area += ($1 - t) * ($2 + m) / 2}
            {t = $1; m = $2; d = area / t / $3 - 1; printf "%s: %.4f %%\n", $0, d * 100; looks = $4}
            d > 0.001 || d < -0.001 {bad = 1}
            END {exit bad || looks != 10}'
    rsbx kill "$ID" KILL
    wait_for 20 gone "$pid"
    run rsbx state "$ID"
    jq -e --argjson average "$(jq -s ".[-1].usage.memory.average" "$T/looks")" '.status == "stopped" and (.usage
        | .memory.peak > 67108864 and .memory.average_looks == 10 and .memory.average == $average and .wall_ms == null)' <<<"$output"
    rsbx delete "$ID"
    assert_nothing_left
}

@test "state of a running snippet has its supervisor's average" {
    bundle '.annotations = {"org.rsbx.snippet.language": "sh"}'
    sh_args 'sleep 60'
    "$RSBX" --root "$ROOT" run -b "$B" </dev/null >/dev/null 2>&1 3>&- &
    looks() { rsbx state "$(rsbx list -q)" 2>/dev/null | jq -e '.usage.memory | .average_looks > 20 and .average > 0'; }
    wait_for 20 looks
    rsbx kill "$(rsbx list -q)" KILL
    wait $! || :
}

@test "state has usage beside the specification's fields" {
    bundle; sh_args 'exec sleep 60'
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&-
    run rsbx state "$ID"
    jq -e '.usage | .memory.current > 0 and .memory.peak >= .memory.current and .pids.current == 1 and .wall_ms > 0
        and .cpu.total_ms > 0' <<<"$output"
    rsbx delete --force "$ID"
}

@test "the peak is the kernel's own, CPU time within 1 ms of the cgroup's, also after the end" {
    bundle
    cp "$RSBX_BUILD/tests/lib/staircase" "$B/rootfs/staircase"
    args /staircase 3 8 20
    rsbx run --keep -b "$B" "$ID" >/dev/null
    rsbx state "$ID" >"$T/state"
    rsbx events --prometheus "$ID" >"$T/metrics"
    if [ "$(cgroup_mode)" = v2 ]; then
        peak=$(cat "/sys/fs/cgroup/$CG/memory.peak")
        cpu=$(awk '/^usage_usec/ {print $2 / 1000}' "/sys/fs/cgroup/$CG/cpu.stat")
    else
        peak=$(cat "/sys/fs/cgroup/memory/$CG/memory.max_usage_in_bytes")
        cpu=$(awk '{print $1 / 1e6}' "/sys/fs/cgroup/cpuacct/$CG/cpuacct.usage")
    fi
    jq -e --argjson peak "$peak" --argjson cpu "$cpu" '.usage | .memory.peak == $peak and $peak > 25165824
        and (.cpu.total_ms - $cpu | fabs) < 1' "$T/state"
    grep -qx "rsbx_container_memory_peak_bytes{id=\"$ID\"} $peak" "$T/metrics"
    rsbx delete "$ID"
}
