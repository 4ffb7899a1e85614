# Hosts that have memory, pids and cpuset in cgroup2 and the rest in v1 hierarchies, in the guest of tests/vm/run --hybrid.
load ../lib/common

setup() {
    rsbx_setup
    grep -qsw memory /sys/fs/cgroup/unified/cgroup.controllers || skip "needs a hybrid host whose cgroup2 has memory"
    V2=/sys/fs/cgroup/unified/$CG
}
teardown() { rsbx_teardown; }

# Runs until it is killed, with these resources.
running() {
    bundle ".linux.resources = $1"
    sh_args 'while :; do sleep 100; done'
    rsbx create -b "$B" "$ID" >"$T/out" 2>&1 </dev/null || { cat "$T/out"; return 1; }
    rsbx start "$ID"
}
# COMMAND... where that hierarchy is not mounted.
without() {
    unshare -m bash -c 'mount --make-rprivate / && umount "/sys/fs/cgroup/$1" && shift && exec "$@"' - "$1" \
        "$RSBX" --root "$ROOT" "${@:2}"
}
stats() { rsbx events --stats "$ID" | jq -e "$1" >/dev/null || { rsbx events --stats "$ID"; return 1; }; }

@test "limits, figures, update and processes are in cgroup2 where the controller is" {
    running '{memory: {limit: 67108864}, pids: {limit: 20}, cpu: {cpus: "0", quota: 50000, period: 100000}}'
    [ "$(cat "$V2/memory.max") $(cat "$V2/pids.max") $(cat "$V2/cpuset.cpus")" = '67108864 20 0' ]
    [ "$(cat "/sys/fs/cgroup/cpu,cpuacct/$CG/cpu.cfs_quota_us")" = 50000 ]
    stats '.data | .memory.usage.usage > 0 and .memory.usage.limit == 67108864 and .pids.current > 0 and .pids.limit == 20
        and .cpu.usage.total > 0 and .cpuset.cpus == [0]'
    rsbx state "$ID" | jq -e '.usage.memory.peak > 0 and .usage.source == "cgroup"'
    rsbx update --memory 33554432 --pids-limit 10 "$ID"
    [ "$(cat "$V2/memory.max") $(cat "$V2/pids.max")" = '33554432 10' ]
    run rsbx update --resources - "$ID" <<<'{"memory": {"limit": 4096, "checkBeforeUpdate": true}}'
    [[ $status -ne 0 && "$output" == *'rejecting memory limit 4096 <= usage'* ]]
    run rsbx exec --cgroup memory:/x "$ID" true
    [[ $status -ne 0 && "$output" == *'has no memory controller'* ]]
    # a mount namespace without cgroup2: what v1 has is changed, the rest is an error
    without unified update --cpu-quota 40000 "$ID"
    [ "$(cat "/sys/fs/cgroup/cpu,cpuacct/$CG/cpu.cfs_quota_us")" = 40000 ]
    run without unified update --memory 67108864 "$ID"
    [[ $status -eq 1 && "$output" == *'linux.resources.memory.limit: '* ]]
    rsbx ps -f json "$ID" | jq -e "index($(pid_of "$ID"))"
    rsbx kill --all "$ID" KILL
    wait_for 10 status_is "$ID" stopped
    rsbx delete "$ID"
    assert_nothing_left
}

@test "pause and resume: v1's freezer, and cgroup2's where that is not mounted" {
    running '{}'
    rsbx pause "$ID"
    status_is "$ID" paused
    [ "$(cat "/sys/fs/cgroup/freezer/$CG/freezer.state") $(cat "$V2/cgroup.freeze")" = 'FROZEN 0' ]
    rsbx resume "$ID"
    [ "$(cat "/sys/fs/cgroup/freezer/$CG/freezer.state")" = THAWED ]
    # the first memory limit comes later
    [ ! -e "$V2/memory.max" ]
    rsbx update --memory 33554432 "$ID"
    [ "$(cat "$V2/memory.max")" = 33554432 ]
    stats '.data.memory.usage.limit == 33554432'
    rsbx delete --force "$ID"
    without freezer create -b "$B" "$ID" >"$T/out" 2>&1 </dev/null || { cat "$T/out"; false; }
    rsbx start "$ID"
    rsbx pause "$ID"
    grep -qx 'frozen 1' "$V2/cgroup.events"
    status_is "$ID" paused
    rsbx resume "$ID"
    grep -qx 'frozen 0' "$V2/cgroup.events"
    rsbx pause "$ID"
    rsbx delete --force "$ID"
    assert_nothing_left
}

@test "verdicts: memory and pids; events tells of the kill" {
    printf '%s\n' 'x=a; for i in {1..28}; do x=$x$x; done' 'echo survived' >"$T/memory.sh"
    printf '%s\n' 'for i in {1..8}; do sleep 2 & done; exit 1' >"$T/pids.sh" # bash tries again until one ends
    run --separate-stderr "$RSBX" --root "$ROOT" run --json --memory-limit 32 "$T/memory.sh"
    echo "$output"
    jq -e '.verdict == "memory" and .usage.memory.peak > 30000000 and .usage.memory.limit == 33554432
        and .usage.memory.oom_kills > 0 and .usage.source == "cgroup"' <<<"$output"
    run --separate-stderr "$RSBX" --root "$ROOT" run --json --pids-limit 6 "$T/pids.sh"
    echo "$output"
    jq -e '.verdict == "pids" and .usage.pids.peak == 6' <<<"$output"
    bundle '.linux.resources = {memory: {limit: 8388608}}'
    sh_args 'read -r go </go; tail -c 100000000 /dev/zero; read -r go </go'
    mkfifo "$B/rootfs/go"
    rsbx create -b "$B" "$ID" >"$T/out" 2>&1 </dev/null || { cat "$T/out"; false; }
    rsbx start "$ID"
    rsbx events --interval 1s "$ID" >"$T/events" 2>&1 3>&- &
    wait_for 20 grep -q '"stats"' "$T/events"
    echo >"$B/rootfs/go"
    wait_for 20 grep -q '"oom"' "$T/events" || { cat "$T/events"; false; }
    rsbx delete --force "$ID"
    wait
    assert_nothing_left
}
