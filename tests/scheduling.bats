# Scheduler, I/O priority, CPU affinity, memory policy, personality, network devices, security labels: what
# config.json says of them is what the kernel says of the process. Test names begin with the property's path.
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle
}
teardown() { rsbx_teardown; }

refused() {
    status=0 # not `run`: a container that should not be there would keep its output open
    rsbx create -b "$B" "$ID" >"$T/out" 2>&1 || status=$?
    output=$(cat "$T/out")
    [ "$status" -eq 1 ]
    [[ $output == *"$1"* ]] || { echo "got: $output"; echo "wanted: $1"; return 1; }
    assert_nothing_left
}
# A container whose process waits; its pid is in $pid.
started() {
    args sleep 100
    rsbx create -b "$B" "$ID"
    rsbx start "$ID"
    pid=$(pid_of "$ID")
}

@test "process.scheduler: batch with a nice value" {
    config '.process.scheduler = {policy: "SCHED_BATCH", nice: 7}'
    started
    [[ $(chrt -p "$pid") == *SCHED_BATCH* ]]
    [ "$(awk '{print $19}' "/proc/$pid/stat")" -eq 7 ]
}

@test "process.scheduler: a real-time policy, or a refusal that says why" {
    config '.process.scheduler = {policy: "SCHED_FIFO", priority: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
    args sleep 100
    status=0
    rsbx create -b "$B" "$ID" >"$T/out" 2>&1 || status=$?
    output=$(cat "$T/out")
    if [ "$status" -eq 0 ]; then
        pid=$(pid_of "$ID")
        [[ $(chrt -p "$pid") == *SCHED_FIFO*priority:\ 3* ]]
        [[ $(chrt -p "$pid") == *RESET_ON_FORK* ]]
    else # a cgroup without real-time bandwidth
        [[ $output == *"process.scheduler: SCHED_FIFO with nice 0 and priority 3 needs"* ]]
        assert_nothing_left
    fi
}

@test "process.scheduler: what no kernel could do is refused before anything is made" {
    config '.process.scheduler = {policy: "SCHED_MOON"}'
    refused 'process.scheduler.policy: unknown policy "SCHED_MOON"'
    config '.process.scheduler = {policy: "SCHED_OTHER", nice: 20}'
    refused 'process.scheduler.nice: 20 is not between -20 and 19'
    config '.process.scheduler = {policy: "SCHED_FIFO", priority: 100}'
    refused 'process.scheduler.priority: 100 is not between 1 and 99'
    config '.process.scheduler = {policy: "SCHED_OTHER", runtime: 5}'
    refused 'process.scheduler: runtime, deadline and period are for SCHED_DEADLINE'
    config '.process.scheduler = {policy: "SCHED_OTHER", flags: ["SCHED_FLAG_MOON"]}'
    refused 'process.scheduler.flags[0]: unknown flag "SCHED_FLAG_MOON"'
}

@test "process.ioPriority" {
    config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
    started
    [ "$(ionice -p "$pid")" = "best-effort: prio 6" ]
    rsbx delete --force "$ID"
    config '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE"}'
    started
    [ "$(ionice -p "$pid")" = idle ]
    rsbx delete --force "$ID"
    config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
    refused 'process.ioPriority.priority: 8 is not between 0 and 7'
}

@test "process.execCPUAffinity: for exec; the container's own process keeps its CPUs" {
    [ "$(nproc)" -ge 2 ] || skip "one CPU"
    config '.process.execCPUAffinity = {initial: "0", final: "1"}'
    started
    all=$(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)
    [ "$(sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$pid/status")" = "$all" ]
    run rsbx exec "$ID" grep Cpus_allowed_list /proc/self/status
    [ "$output" = "$(printf 'Cpus_allowed_list:\t1')" ]
    rsbx delete --force "$ID"
    config '.process.execCPUAffinity = {final: "x"}'
    refused 'process.execCPUAffinity'
}

@test "linux.memoryPolicy" {
    [ -e /proc/self/numa_maps ] || skip "a kernel without CONFIG_NUMA"
    config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
    started
    grep -q 'bind=static:0' "/proc/$pid/numa_maps"
    rsbx delete --force "$ID"
    config '.linux.memoryPolicy = {mode: "MPOL_BIND"}'
    refused 'linux.memoryPolicy.nodes: MPOL_BIND needs at least one node'
    config '.linux.memoryPolicy = {mode: "MPOL_LOCAL", nodes: "0"}'
    refused 'linux.memoryPolicy.nodes: MPOL_LOCAL takes no nodes'
    config '.linux.memoryPolicy = {mode: "MPOL_MOON"}'
    refused 'linux.memoryPolicy.mode: unknown mode "MPOL_MOON"'
}

@test "linux.memoryPolicy: a kernel without policies is named" {
    [ ! -e /proc/self/numa_maps ] || skip "this kernel has memory policies"
    config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
    refused 'linux.memoryPolicy: this kernel has no memory policies'
}

@test "linux.personality" {
    config '.linux.personality = {domain: "LINUX32"}'
    args uname -m
    run rsbx run -b "$B" "$ID"
    case $(uname -m) in x86_64) [ "$output" = i686 ] ;; *) [ "$output" != "$(uname -m)" ] ;; esac
    config '.linux.personality = {domain: "MOON"}'
    refused 'linux.personality.domain: unknown domain "MOON"'
    config '.linux.personality = {domain: "LINUX", flags: ["X"]}'
    refused 'linux.personality.flags[0]: unknown flag "X"'
}

is_elsewhere() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

@test "linux.netDevices: moved, renamed, up, with its addresses; an unknown one is refused" {
    unshare --net ip link add probe type veth 2>/dev/null || skip "this kernel has no veth devices"
    dev=d$(tr -dc 0-9 <<<"$ID" | tail -c 8)$RANDOM
    dev=${dev:0:12}
    # in a namespace of our own that stands for the host's
    config ".linux.netDevices = {\"$dev\": {name: \"inner0\"}}"
    sh_args 'ip addr show inner0'
    run unshare --net bash -c "ip link add $dev type veth peer name peer0 && ip addr add 10.9.8.7/24 dev $dev &&
        ip link set peer0 up && '$RSBX' --root '$ROOT' run -b '$B' '$ID' && ip -br link"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"10.9.8.7/24"* ]]
    [[ $output == *",UP"* ]]
    [ "$(grep -c "^$dev" <<<"$output")" -eq 0 ] # it went away with the container's namespace
    # into one that is joined: not wherever init is when the runtime looks
    unshare --net sleep 1000 3>&- &
    holder=$!
    wait_for 5 is_elsewhere "$holder"
    config "(.linux.namespaces[] | select(.type == \"network\")).path = \"/proc/$holder/ns/net\""
    for _ in 1 2 3 4 5 6; do
        run unshare --net bash -c "ip link add $dev type veth peer name peer0 &&
            '$RSBX' --root '$ROOT' run -b '$B' '$ID'; ip -br link; ip link del peer0"
        echo "$output"
        [[ $output == *"inner0@if"* && $output != *"peer0@inner0"* ]] || { kill "$holder"; return 1; }
    done
    kill "$holder"
    config 'del(.linux.namespaces[] | select(.type == "network").path)' '.linux.netDevices = {"nosuchdev0": {}}'
    refused 'linux.netDevices.nosuchdev0: the host has no such network device'
}

@test "process.apparmorProfile, process.selinuxLabel: refused where the kernel cannot apply them" {
    if ! grep -qsx Y /sys/module/apparmor/parameters/enabled; then
        config '.process.apparmorProfile = "some-profile"'
        refused 'process.apparmorProfile: "some-profile" cannot be applied: AppArmor is not enabled'
    fi
    config 'del(.process.apparmorProfile)'
    if [ ! -e /sys/fs/selinux/status ]; then
        config '.process.selinuxLabel = "a:b:c:s0"'
        refused 'process.selinuxLabel: "a:b:c:s0" cannot be applied: SELinux is not enabled'
        config 'del(.process.selinuxLabel) | .linux.mountLabel = "a:b:c:s0"'
        refused 'linux.mountLabel: SELinux is not enabled'
    fi
}

@test "process.apparmorProfile: the program runs under it, one of exec too" {
    grep -qsx Y /sys/module/apparmor/parameters/enabled || skip "AppArmor is not enabled here"
    command -v apparmor_parser >/dev/null || skip "no apparmor_parser to load a profile with"
    echo seen >"$B/rootfs/secret"
    printf 'profile %s flags=(attach_disconnected) {\n file,\n deny /secret r,\n}\n' "rsbx-$ID" >"$T/profile"
    apparmor_parser --replace --skip-cache "$T/profile"
    sh_args 'cat /proc/self/attr/current; cat /secret'
    config ".process.apparmorProfile = \"rsbx-$ID\""
    run rsbx run -b "$B" "$ID"
    echo "$output"
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = "rsbx-$ID (enforce)" ]
    [[ $output == *"Permission denied"* && $output != *seen* ]]
    # control: without it the same program reads the file
    config 'del(.process.apparmorProfile)'
    run rsbx run -b "$B" "$ID"
    [ "${lines[0]}" = unconfined ]
    [ "${lines[1]}" = seen ]
    args sleep 100
    rsbx run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
    run rsbx exec --apparmor "rsbx-$ID" "$ID" cat /secret
    [ "$status" -eq 1 ]
    [[ $output == *"Permission denied"* ]]
    [ "$(rsbx exec "$ID" cat /secret)" = seen ]
    run rsbx exec --apparmor rsbx-nosuch "$ID" true
    [[ $output == *'process.apparmorProfile: "rsbx-nosuch" is not loaded into the kernel'* ]]
    apparmor_parser --remove "$T/profile"
}

# A kernel without a policy knows its initial labels by name and forbids nothing: VM_APPEND=security=selinux
# tests/vm/run scheduling:selinuxLabel
@test "process.selinuxLabel: the program runs under it, one of exec too" {
    [ -e /sys/fs/selinux/status ] || skip "SELinux is not enabled here"
    label() { tr -d '\0' <"/proc/$1/attr/$2"; }
    [ "$(label self current)" = kernel ] || skip "SELinux has a policy: this test has no label of it"
    args sleep 100
    config '.process.selinuxLabel = "file"'
    rsbx create -b "$B" "$ID" >/dev/null 2>&1 </dev/null
    [ "$(label "$(pid_of "$ID")" exec)" = file ]
    rsbx start "$ID"
    [ "$(label "$(pid_of "$ID")" current)" = file ]
    [ "$(rsbx exec --process-label netmsg "$ID" cat /proc/self/attr/current | tr -d '\0')" = netmsg ]
    rsbx delete --force "$ID"
    # control: without it the label is the caller's
    config 'del(.process.selinuxLabel)'
    rsbx create -b "$B" "$ID" >/dev/null 2>&1 </dev/null
    rsbx start "$ID"
    [ "$(label "$(pid_of "$ID")" current)" = kernel ]
}

@test "linux.intelRdt: refused where there is no resctrl" {
    ! grep -q ' - resctrl ' /proc/self/mountinfo || skip "resctrl is mounted"
    config '.linux.intelRdt = {closID: "a", l3CacheSchema: "L3:0=f"}'
    refused 'linux.intelRdt'
}
