#!/usr/bin/env bats
# What a container's process is given, where its parts meet: user namespaces, other users, exec. Each part alone
# is in properties.bats, scheduling.bats and the unit test process.c.
load lib/common

setup() {
    rsbx_setup
    bundle
    chmod -R a+rX "$B"
}
teardown() { rsbx_teardown; }

user_namespace() {
    config '.linux.namespaces += [{"type":"user"}]
        | .linux.uidMappings = [{"containerID":0,"hostID":100000,"size":65536}]
        | .linux.gidMappings = [{"containerID":0,"hostID":100000,"size":65536}]'
}

@test "sysctls of every kind of namespace, in a user namespace" {
    user_namespace
    config '.linux.sysctl = {"net.ipv4.ip_forward":"1","net/ipv4/conf/lo/forwarding":"0","kernel.shmmax":"1234567",
        "kernel.domainname":"dom.example","user.max_net_namespaces":"3","fs.mqueue.msg_max":"17"}'
    sh_args 'cd /proc/sys; cat net/ipv4/ip_forward net/ipv4/conf/lo/forwarding kernel/shmmax kernel/domainname user/max_net_namespaces fs/mqueue/msg_max'
    local host_forward host_shm
    host_forward=$(cat /proc/sys/net/ipv4/ip_forward) host_shm=$(cat /proc/sys/kernel/shmmax)
    run -0 rsbx run -b "$B" "$ID"
    [ "${lines[*]}" = "1 0 1234567 dom.example 3 17" ]
    [ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$host_forward" ]
    [ "$(cat /proc/sys/kernel/shmmax)" = "$host_shm" ]
}

@test "sysctls: a value that the kernel refuses is named" {
    config '.linux.sysctl = {"net.ipv4.ip_forward":"many"}'
    args true
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *"linux.sysctl: net.ipv4.ip_forward: "*"invalid argument"* ]]
    config '.linux.sysctl = {"net.ipv4.no_such_thing":"1"}'
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *"linux.sysctl: net.ipv4.no_such_thing: "* ]]
    assert_nothing_left
}

@test "limits of a process that is not root, in and out of a user namespace" {
    config '.process.user = {"uid":1000,"gid":1000}
        | .process.rlimits = [{"type":"RLIMIT_NOFILE","soft":100,"hard":200},{"type":"RLIMIT_CORE","soft":0,"hard":0}]'
    sh_args 'ulimit -n; ulimit -Hn; ulimit -c'
    run -0 rsbx run -b "$B" "$ID"
    [ "${lines[*]}" = "100 200 0" ]
    user_namespace
    run -0 rsbx run -b "$B" "$ID"
    [ "${lines[*]}" = "100 200 0" ]
}

@test "limits: one that cannot be raised is named with what it is and why" {
    if setpriv --bounding-set -sys_resource --inh-caps -sys_resource true; then :; else skip "no setpriv"; fi
    config '.process.rlimits = [{"type":"RLIMIT_CORE","soft":0,"hard":0},{"type":"RLIMIT_NOFILE","soft":20,"hard":400}]'
    args true
    run -1 bash -c "ulimit -n 300; exec setpriv --bounding-set -sys_resource '$RSBX' --root '$ROOT' run -b '$B' '$ID'"
    [[ $output == *"process.rlimits[1]: RLIMIT_NOFILE: the hard limit cannot be raised from 300 to 400"* ]]
    [[ $output != *"not permitted"* ]]
    # with a filter that has to be loaded before capabilities go, the limits come earlier, as a step of their own
    config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
        {names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
    run -1 bash -c "ulimit -n 300; exec setpriv --bounding-set -sys_resource '$RSBX' --root '$ROOT' run -b '$B' '$ID'"
    echo "$output"
    [[ $output == *"init: limits (privileged): process.rlimits[1]: "* ]]
    assert_nothing_left
}

@test "ambient capabilities reach a user that is not root; without them there are none" {
    config '.process.user = {"uid":1000,"gid":1000}
        | .process.capabilities = {"bounding":["CAP_KILL","CAP_CHOWN"],"permitted":["CAP_KILL","CAP_CHOWN"],
            "effective":["CAP_KILL","CAP_CHOWN"]}'
    args grep CapEff /proc/self/status
    run -0 rsbx run -b "$B" "$ID"
    [[ $output == *0000000000000000 ]]
    config '.process.capabilities.inheritable = ["CAP_KILL"] | .process.capabilities.ambient = ["CAP_KILL"]'
    run -0 rsbx run -b "$B" "$ID"
    [[ $output == *0000000000000020 ]]
}

@test "a capability that cannot be granted is a warning, and the container runs" {
    config '.process.capabilities.permitted += ["CAP_SYS_TIME"] | .process.capabilities.effective += ["CAP_SYS_TIME"]'
    args grep CapPrm /proc/self/status
    run -0 setpriv --bounding-set -sys_time --inh-caps -sys_time "$RSBX" --root "$ROOT" run -b "$B" "$ID"
    [[ $output == *"warning: process.capabilities.permitted: cannot be granted here: CAP_SYS_TIME"* ]]
    [[ $output == *00000000a80405fb ]]
    # with a log it is there, and not on what may be the program's stderr
    run -0 --separate-stderr setpriv --bounding-set -sys_time --inh-caps -sys_time \
        "$RSBX" --root "$ROOT" --log "$T/log" --log-format json run -b "$B" "$ID"
    [ -z "$stderr" ]
    [[ $(jq -r 'select(.level == "warning").msg' "$T/log") == *"cannot be granted here: CAP_SYS_TIME"* ]]
}

@test "the caller's groups: dropped, or kept with run.oci.keep_original_groups" {
    args grep Groups /proc/self/status
    run -0 setpriv --groups 7,8 "$RSBX" --root "$ROOT" run -b "$B" "$ID"
    [ "$(tr -d '\t ' <<<"$output")" = Groups: ]
    config '.annotations["run.oci.keep_original_groups"] = "1"'
    run -0 setpriv --groups 7,8 "$RSBX" --root "$ROOT" run -b "$B" "$ID"
    [ "$(tr -s '\t ' ' ' <<<"$output")" = "Groups: 7 8 " ]
}

@test "a uid that the user namespace does not map is named" {
    user_namespace
    config '.process.user = {"uid":70000,"gid":0}'
    args true
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *"process.user.uid: 70000 is not mapped"* ]]
    assert_nothing_left
}

@test "exec has the scheduler and I/O priority of config.json" {
    config '.process.scheduler = {"policy":"SCHED_BATCH","nice":4} | .process.ioPriority = {"class":"IOPRIO_CLASS_BE","priority":2}'
    args sleep 100
    rsbx run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
    run -0 rsbx exec "$ID" sh -c 'ionice; cut -d" " -f19,41 /proc/self/stat'
    [ "${lines[0]}" = "best-effort: prio 2" ]
    [ "${lines[1]}" = "4 3" ]
}
