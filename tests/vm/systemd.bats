# Containers by the systemd driver, in the guest of tests/vm/run --systemd.
load ../lib/common

setup() {
    rsbx_setup
    [ -d /run/systemd/system ] || skip "needs systemd"
    UNIT=rsbxbats-$ID.scope
}
teardown() { rsbx_teardown; }

sd() { "$RSBX" --root "$ROOT" --systemd-cgroup "$@"; }
show() { systemctl show -p "$1" --value "$UNIT"; }

@test "a container is a scope from create to delete" {
    bundle
    config ".linux.cgroupsPath = \"system.slice:rsbxbats:$ID\"" \
        '.linux.resources = {"memory": {"limit": 33554432}, "pids": {"limit": 9}}'
    sh_args 'sleep 100'
    sd create -b "$B" "$ID" >"$T/out" 2>&1 </dev/null || { cat "$T/out"; false; }
    rsbx start "$ID"
    grep -q "0::/system.slice/$UNIT" "/proc/$(pid_of "$ID")/cgroup"
    [ "$(show MemoryMax)" = 33554432 ]
    [ "$(show TasksMax)" = 9 ]
    rsbx exec -d --pid-file "$T/pid" "$ID" sleep 100 </dev/null >/dev/null 2>&1
    grep -q "0::/system.slice/$UNIT" "/proc/$(cat "$T/pid")/cgroup"
    echo '{"pids": {"limit": 5}}' | rsbx update --resources - "$ID"
    [ "$(show TasksMax)" = 5 ]
    [ "$(cat "/sys/fs/cgroup/system.slice/$UNIT/pids.max")" = 5 ]
    rsbx pause "$ID"
    status_is "$ID" paused
    rsbx resume "$ID"
    rsbx delete --force "$ID"
    [ "$(show LoadState)" = not-found ]
    assert_nothing_left
}

@test "a cgroupsPath of the other driver is refused" {
    bundle
    run sd create -b "$B" "$ID"
    [ "$status" -ne 0 ]
    [[ "$output" == *'expected cgroupsPath to be of format "slice:prefix:name"'* ]]
    assert_nothing_left
}
