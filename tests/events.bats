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
    bundle; sh_args 'exec sleep 60'
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&-
    rsbx events --stats "$ID" >"$T/ours"
    rsbx delete --force "$ID"
    runc --root "$T/runc" run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&-
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
    [ "$(grep -c '^# HELP' "$T/metrics")" -eq "$(grep -c '^# TYPE' "$T/metrics")" ]
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
    bundle; sh_args 'exec sleep 60'
    cp "$RSBX_BUILD/tests/lib/staircase" "$B/rootfs/staircase"
    args /staircase 4 16 600
    rsbx create -b "$B" "$ID" </dev/null >"$T/out" 2>&1 3>&-
    rsbx state "$ID" | jq -e '.usage.memory | .average_looks == 1 and .average == .current'
    pid=$(pid_of "$ID")
    rsbx start "$ID"
    while ! gone "$pid"; do rsbx state "$ID" >"$T/state"; [ "$(jq -r .status "$T/state")" = stopped ] || cp "$T/state" "$T/last"; done
    [ "$(jq .usage.memory.average_looks "$T/last")" -ge 6 ] || skip "this machine is too slow to look often enough"
    # the container was created a moment before its program began to count
    jq -r '.usage | [.memory.average, .memory.average_looks, .memory.peak] | @tsv' "$T/last" |
        awk -v own="$(cat "$T/out")" -v top=$((4 * 16 << 20)) '{want = own + $3 - top; d = ($1 - want) / want
            printf "average %d of %d looks, by its own clock %d: %.2f %%\n", $1, $2, want, d * 100
            exit !(d < 0.2 && d > -0.2 && $2 >= 4)}'
    run rsbx state "$ID"
    jq -e '.status == "stopped" and (.usage | .memory.peak > 67108864 and .memory.average_looks >= 4 and .wall_ms == null)' <<<"$output"
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
