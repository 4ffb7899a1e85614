# containerd through ctr: what nerdctl, docker and kubelets do below.
load lib

setup_file() {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    command -v containerd >/dev/null || skip "containerd is not installed"
    engine_setup
    cat >"$E/config.toml" <<END
version = 2
root = "$E/root"
state = "$E/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
address = "$E/containerd.sock"
[ttrpc]
address = "$E/containerd.sock.ttrpc"
END
    start_containerd
    oci_archive "$E/busybox.oci" docker.io/library/busybox:latest
    ctr image import "$E/busybox.oci" >/dev/null
}
start_containerd() {
    daemon containerd containerd --config "$E/config.toml"
    wait_for 20 ctr version >/dev/null
}
teardown_file() {
    [ -n "${E:-}" ] || return 0
    local t
    for t in $(ctr task list -q 2>/dev/null); do ctr task kill -s KILL "$t" && ctr task delete -f "$t"; done >/dev/null 2>&1
    for t in $(ctr container list -q 2>/dev/null); do ctr container delete "$t"; done >/dev/null 2>&1
    stop_daemon containerd
    rmdir /sys/fs/cgroup/*/rsbx-engine /sys/fs/cgroup/rsbx-engine /run/containerd/runc/rsbx-engine 2>/dev/null || :
    engine_teardown
}
setup() { C=c$BATS_TEST_NUMBER-$$; }
teardown() {
    ctr task kill -s KILL "$C" >/dev/null 2>&1 || :
    ctr task delete -f "$C" >/dev/null 2>&1 || :
    ctr container delete "$C" >/dev/null 2>&1 || :
}

IMAGE=docker.io/library/busybox:latest
ctr() { command ctr --address "$E/containerd.sock" --namespace rsbx-engine "$@"; }
ctr_run() { ctr run --snapshotter native --runc-binary "$RUNTIME_PATH" "$@"; }
task_status() { ctr task list | awk -v id="$1" '$1 == id {print $3}'; }
task_is() { [ "$(task_status "$1")" = "$2" ]; }

@test "run --rm: output and exit code" {
    run ctr_run --rm $IMAGE "$C" echo hello
    [ "$status" -eq 0 ]
    [ "$output" = hello ]
    run ctr_run --rm $IMAGE "$C" sh -c 'exit 7'
    [ "$status" -eq 7 ]
}

@test "a missing program is named" {
    run ctr_run --rm $IMAGE "$C" /no/such/program
    [ "$status" -ne 0 ]
    [[ $output == *"/no/such/program"* ]]
    [[ $output == *"no such file or directory"* ]]
}

@test "run -d, list, exec, exec's exit code, kill, delete" {
    ctr_run -d $IMAGE "$C" sleep 1000
    task_is "$C" RUNNING
    run ctr task exec --exec-id e1 "$C" echo inside
    [ "$status" -eq 0 ]
    [ "$output" = inside ]
    run ctr task exec --exec-id e2 "$C" sh -c 'exit 5'
    [ "$status" -eq 5 ]
    run ctr task exec --exec-id e3 "$C" /no/such
    [ "$status" -ne 0 ]
    ctr task kill -s KILL "$C"
    wait_for 10 task_is "$C" STOPPED
    ctr task delete "$C"
    [ -z "$(task_status "$C")" ]
}

@test "exec with a terminal" {
    ctr_run -d $IMAGE "$C" sleep 1000
    run script -qec "ctr --address $E/containerd.sock --namespace rsbx-engine task exec -t --exec-id e1 $C sh -c 'test -t 0 && echo tty'" /dev/null
    [[ $output == *tty* ]]
}

@test "signals reach the program" {
    ctr_run --rm $IMAGE "$C" sh -c 'trap "exit 4" USR1; touch /dev/shm/up; while :; do sleep 0.1; done' 3>&- &
    wait_for 10 task_is "$C" RUNNING
    up() { ctr task exec --exec-id "e$RANDOM" "$C" test -e /dev/shm/up; } # an id whose exec failed may stay taken
    wait_for 10 up
    ctr task kill -s USR1 "$C"
    code=0
    wait $! || code=$?
    [ "$code" -eq 4 ]
}

@test "pause and resume" {
    ctr_run -d $IMAGE "$C" sleep 1000
    ctr task pause "$C"
    task_is "$C" PAUSED
    ctr task resume "$C"
    task_is "$C" RUNNING
}

@test "ps and metrics" {
    ctr_run -d --memory-limit 33554432 $IMAGE "$C" sleep 1000
    run ctr task ps "$C"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 2 ]
    [[ ${lines[1]} =~ ^[0-9]+ ]]
    run ctr task metrics "$C"
    [ "$status" -eq 0 ]
    [[ $output == *memory* ]]
}

@test "memory limit: an out-of-memory event arrives" {
    ctr events >"$E/events" 2>/dev/null 3>&- &
    events=$!
    ctr_run -d --memory-limit 16777216 $IMAGE "$C" sh -c 'sleep 0.5; dd if=/dev/zero of=/dev/null bs=64M count=4; exit 3'
    wait_for 20 task_is "$C" STOPPED
    wait_for 5 grep -q "/tasks/oom.*$C" "$E/events"
    kill $events
}

@test "privileged, host network, read-only, mounts, environment, directory" {
    run ctr_run --rm --privileged --net-host --read-only --env A=b --cwd /root \
        --mount "type=bind,src=$E,dst=/tmp,options=rbind:ro" $IMAGE "$C" sh -c 'echo $A; pwd; ls /tmp/busybox.oci'
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = b$'\n'/root$'\n'/tmp/busybox.oci ]
}

@test "seccomp profile of containerd" {
    run ctr_run --rm --seccomp $IMAGE "$C" grep '^Seccomp:' /proc/self/status
    [ "$status" -eq 0 ]
    [[ $output == *2 ]]
}

@test "a container survives containerd's restart, and its end is seen" {
    ctr_run -d $IMAGE "$C" sleep 1000
    stop_daemon containerd
    start_containerd
    wait_for 10 task_is "$C" RUNNING
    run ctr task exec --exec-id e1 "$C" echo still
    [ "$output" = still ]
    ctr task kill -s KILL "$C"
    wait_for 10 task_is "$C" STOPPED
}

@test "checkpoint of a task, and restore of its container" {
    need_criu
    ctr_run -d $IMAGE "$C" sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/dev/shm/n; sleep 0.1; done'
    count() { ctr task exec --exec-id "e$RANDOM" "$C" cat /dev/shm/n; }
    count_above() { [ "$(count)" -gt "$1" ]; }
    wait_for 30 count_above 2
    before=$(count)
    ctr container checkpoint --rw --task --image "$C" "checkpoint-$C"
    ctr task kill -s KILL "$C"
    wait_for 10 task_is "$C" STOPPED
    ctr task delete "$C"
    ctr container delete "$C"
    ctr container restore --rw --live "$C" "checkpoint-$C"
    task_is "$C" RUNNING
    wait_for 30 count_above "$before"
}

@test "checkpoint --help exits 0, as engines probe it" {
    run "$RUNTIME_PATH" checkpoint --help
    [ "$status" -eq 0 ]
}
