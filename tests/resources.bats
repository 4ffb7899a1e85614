# linux.resources and `update`, as the files of the container's cgroup show them. More combinations, and cgroup2:
# tests/unit/cgroup_limits.c.
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle
    args sleep 100
}
teardown() { rsbx_teardown; }

# file CONTROLLER V1-FILE [V2-FILE]: its text.
file() {
    if [ "$(cgroup_mode)" = v2 ]; then
        cat "/sys/fs/cgroup/$CG/${3:-$2}"
    else
        cat "/sys/fs/cgroup/$1/$CG/$2"
    fi
}
resources() { config ".linux.resources += $1"; }
created() { rsbx create -b "$B" "$ID"; }
need_v1() { [ "$(cgroup_mode)" != v2 ] && [ -d "/sys/fs/cgroup/$1" ] || skip "no v1 $1 controller here"; }
# refused TEXT: in either of the ways in which a controller can be missing.
refused() {
    status=0
    rsbx create -b "$B" "$ID" >"$T/out" 2>&1 || status=$?
    output=$(cat "$T/out")
    [ "$status" -eq 1 ]
    [[ $output == *"$1"* ]] || { echo "got: $output"; echo "wanted: $1"; return 1; }
    assert_nothing_left
}

@test "memory: limit, reservation, swap" {
    resources '{memory: {limit: 67108864, reservation: 33554432, swap: 67108864}}'
    created
    [ "$(file memory memory.limit_in_bytes memory.max)" = 67108864 ]
    [ "$(file memory memory.soft_limit_in_bytes memory.low)" = 33554432 ]
    if [ "$(cgroup_mode)" = v2 ]; then [ "$(file memory memory.swap.max)" = 0 ]; else
        [ "$(file memory memory.memsw.limit_in_bytes)" = 67108864 ]; fi
}

@test "memory: swappiness, kernelTCP, disableOOMKiller, useHierarchy on v1" {
    need_v1 memory
    resources '{memory: {limit: 67108864, swappiness: 30, kernelTCP: 1048576, disableOOMKiller: true, useHierarchy: true}}'
    created
    [ "$(file memory memory.swappiness)" = 30 ]
    [ "$(file memory memory.kmem.tcp.limit_in_bytes)" = 1048576 ]
    [ "$(file memory memory.oom_control | head -1)" = "oom_kill_disable 1" ]
}

@test "memory.kernel is ignored with a warning" {
    resources '{memory: {kernel: 1048576}}'
    created >"$T/out" 2>&1 # not `run`: the container keeps the output open
    output=$(cat "$T/out")
    [[ $output == *"warning: linux.resources.memory.kernel is ignored"* ]]
}

@test "cpu: shares, quota, period, cpus, mems" {
    resources '{cpu: {shares: 512, quota: 20000, period: 50000, cpus: "0", mems: "0"}}'
    created
    [ "$(file cpuset cpuset.cpus)" = 0 ]
    [ "$(file cpuset cpuset.mems)" = 0 ]
    if [ "$(cgroup_mode)" = v2 ]; then
        [ "$(file cpu cpu.max)" = "20000 50000" ]
    else
        [ "$(file cpu cpu.shares)" = 512 ]
        [ "$(file cpu cpu.cfs_quota_us)/$(file cpu cpu.cfs_period_us)" = 20000/50000 ]
    fi
}

@test "blockIO: weight and throttles on v1" {
    need_v1 blkio
    [ -e /sys/block/loop0 ] || skip "no block device to name"
    dev=$(cat /sys/block/loop0/dev)
    d="major: ${dev%:*}, minor: ${dev#*:}"
    resources "{blockIO: {throttleReadBpsDevice: [{$d, rate: 1001}], throttleWriteBpsDevice: [{$d, rate: 1002}],
        throttleReadIOPSDevice: [{$d, rate: 1003}], throttleWriteIOPSDevice: [{$d, rate: 1004}]}}"
    created
    [ "$(file blkio blkio.throttle.read_bps_device)" = "$dev 1001" ]
    [ "$(file blkio blkio.throttle.write_bps_device)" = "$dev 1002" ]
    [ "$(file blkio blkio.throttle.read_iops_device)" = "$dev 1003" ]
    [ "$(file blkio blkio.throttle.write_iops_device)" = "$dev 1004" ]
    rsbx delete --force "$ID"
    resources '{blockIO: {weight: 321}}'
    if [ -e /sys/fs/cgroup/blkio/rsbx-tests/blkio.bfq.weight ] || ls /sys/fs/cgroup/blkio/*/blkio.bfq.weight >/dev/null 2>&1; then
        created
        [[ $(file blkio blkio.bfq.weight) == *321* ]]
    fi
}

@test "a controller that is not there is named with the property that needs it" {
    for c in hugetlb:hugepageLimits:'{hugepageLimits: [{pageSize: "2MB", limit: 2097152}]}' \
        net_cls:network.classID:'{network: {classID: 7}}' \
        net_prio:network.priorities:'{network: {priorities: [{name: "lo", priority: 3}]}}' \
        rdma:rdma:'{rdma: {mlx5_0: {hcaHandles: 1}}}'; do
        name=${c%%:*} rest=${c#*:}
        [ ! -d "/sys/fs/cgroup/$name" ] || continue
        grep -qsw "$name" /sys/fs/cgroup/cgroup.controllers /sys/fs/cgroup/unified/cgroup.controllers && continue
        bundle
        resources "${rest#*:}"
        refused "linux.resources.${rest%%:*}"
    done
}

# On a hybrid host a controller may be where only cgroup2 has it.
@test "hugepageLimits: used pages and reservations, of each size" {
    local size v1=limit_in_bytes dir=/sys/fs/cgroup/hugetlb/$CG
    case $(cgroup_mode) in v2) dir=/sys/fs/cgroup/$CG v1= ;; esac
    [ -d /sys/fs/cgroup/hugetlb ] || [ -z "$v1" ] || dir=/sys/fs/cgroup/unified/$CG v1=
    [ -n "$v1" ] || grep -qsw hugetlb "${dir%/$CG}/cgroup.controllers" || skip "no hugetlb controller here"
    size=$(ls /sys/kernel/mm/hugepages | sed 's/hugepages-\(.*\)kB/\1/' | sort -n | head -1)
    [ -n "$size" ] || skip "no huge pages here"
    if [ $((size % 1048576)) -eq 0 ]; then size=$((size / 1048576))GB
    elif [ $((size % 1024)) -eq 0 ]; then size=$((size / 1024))MB
    else size=${size}KB; fi
    resources "{hugepageLimits: [{pageSize: \"$size\", limit: 8388608}]}"
    created
    [ "$(cat "$dir/hugetlb.$size.${v1:-max}")" = 8388608 ]
    [ "$(cat "$dir/hugetlb.$size.rsvd.${v1:-max}")" = 8388608 ]
    grep -qx "$(pid_of "$ID")" "$dir/cgroup.procs"
    [ "$(rsbx events --stats "$ID" | jq -r ".data.hugetlb[\"$size\"].failcnt")" = 0 ]
    rsbx update --resources - "$ID" <<<"{\"hugepageLimits\": [{\"pageSize\": \"$size\", \"limit\": 16777216}]}"
    [ "$(cat "$dir/hugetlb.$size.${v1:-max}")" = 16777216 ]
    resources '{hugepageLimits: [{pageSize: "3MB", limit: 1}]}'
    rsbx delete "$ID"
    refused 'linux.resources.hugepageLimits[0]'
    # one that gets its first limit later
    config 'del(.linux.resources.hugepageLimits)'
    created
    rsbx update --resources - "$ID" <<<"{\"hugepageLimits\": [{\"pageSize\": \"$size\", \"limit\": 4194304}]}"
    [ "$(cat "$dir/hugetlb.$size.${v1:-max}")" = 4194304 ]
    grep -qx "$(pid_of "$ID")" "$dir/cgroup.procs"
}

@test "unified on v1 is refused" {
    [ "$(cgroup_mode)" != v2 ] || skip "a cgroup2 host"
    resources '{unified: {"memory.high": "1000000"}}'
    refused 'linux.resources.unified: invalid configuration: cannot use unified on cgroup v1'
}

@test "devices: what no rule allows cannot be used" {
    mknod "$B/rootfs/dev/extra" c 1 5 || skip "no mknod here"
    config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 11, access: "r"}]
        | .linux.devices = [{path: "/dev/loop-c", type: "c", major: 10, minor: 237, fileMode: 438}] | .root.readonly = false'
    sh_args 'echo x >/dev/null && echo null; cat /dev/loop-c 2>&1 | head -1; mknod /m c 10 237 2>&1 && echo made; echo end'
    run rsbx run -b "$B" "$ID"
    [ "${lines[0]}" = null ]
    [[ $output == *"Operation not permitted"* || $output == *"No such device"* ]]
    [ "${lines[-1]}" = end ]
}

@test "update: device rules that are config.json's are left alone, with what others have added; others are applied" {
    need_v1 devices
    config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 11, access: "r"}]'
    created
    echo "c 10:229 rw" >"/sys/fs/cgroup/devices/$CG/devices.allow" # as tools for GPUs do
    jq '.linux.resources + {pids: {limit: 44}}' "$B/config.json" | rsbx update --resources - "$ID"
    [ "$(file pids pids.max)" = 44 ]
    file devices devices.list | grep -q '^c 10:229 rw$'
    jq '.linux.resources.devices[1].minor = 12 | .linux.resources' "$B/config.json" | rsbx update --resources - "$ID"
    run file devices devices.list
    [[ $output == *'c 1:12 r'* && $output != *10:229* && $output != *'c 1:11 '* ]]
    # and back: config.json's are not what holds any more
    jq '.linux.resources' "$B/config.json" | rsbx update --resources - "$ID"
    run file devices devices.list
    [[ $output == *'c 1:11 r'* && $output != *'c 1:12 '* ]]
}

# Another create may have made it and not filled it yet.
@test "cpu: a parent whose cpuset is empty is filled on the way" {
    need_v1 cpuset
    local parent=/sys/fs/cgroup/cpuset/$CG-empty
    mkdir -p "$parent/below"
    [ -z "$(cat "$parent/cpuset.cpus")" ]
    config ".linux.cgroupsPath = \"/$CG-empty/below/$ID\""
    resources '{cpu: {cpus: "0"}}'
    created
    [ "$(cat "$parent/below/$ID/cpuset.cpus")" = 0 ]
    [ "$(cat "$parent/below/cpuset.cpus")" = "$(cat /sys/fs/cgroup/cpuset/cpuset.cpus)" ]
    [ "$(cat "$parent/below/$ID/cpuset.mems")" = "$(cat /sys/fs/cgroup/cpuset/cpuset.mems)" ]
    rsbx delete --force "$ID"
    for d in "/sys/fs/cgroup"/*/"$CG-empty"; do rmdir "$d/below" "$d"; done
}

@test "update: each option reaches its file" {
    resources '{memory: {limit: 134217728}}'
    created
    rsbx update --memory 64m --memory-reservation 32m --memory-swap 128m "$ID"
    [ "$(file memory memory.limit_in_bytes memory.max)" = 67108864 ]
    [ "$(file memory memory.soft_limit_in_bytes memory.low)" = 33554432 ]
    rsbx update --pids-limit 33 --cpu-quota 30000 --cpu-period 60000 --cpuset-cpus 0 "$ID"
    [ "$(file pids pids.max)" = 33 ]
    if [ "$(cgroup_mode)" = v2 ]; then
        [ "$(file cpu cpu.max)" = "30000 60000" ]
    else
        rsbx update --cpu-share 300 "$ID"
        [ "$(file cpu cpu.shares)" = 300 ]
        [ "$(file cpu cpu.cfs_quota_us)/$(file cpu cpu.cfs_period_us)" = 30000/60000 ]
        [ "$(file memory memory.memsw.limit_in_bytes)" = 134217728 ]
    fi
    [ "$(file cpuset cpuset.cpus)" = 0 ]
    rsbx update --pids-limit -1 "$ID"
    [ "$(file pids pids.max)" = max ]
}

@test "update: resources from a file and from standard input; what is not named stays" {
    resources '{memory: {limit: 134217728}, pids: {limit: 40}}'
    created
    echo '{"pids": {"limit": 41}}' >"$T/r.json"
    rsbx update --resources="$T/r.json" "$ID"
    [ "$(file pids pids.max)" = 41 ]
    [ "$(file memory memory.limit_in_bytes memory.max)" = 134217728 ]
    rsbx update --resources=- "$ID" <<<'{"memory": {"limit": 67108864}}'
    [ "$(file memory memory.limit_in_bytes memory.max)" = 67108864 ]
    rsbx update -r - "$ID" <<<'{"pids": {"limit": 42}}'
    [ "$(file pids pids.max)" = 42 ]
}

@test "update: what is wrong is named, and nothing changes" {
    resources '{pids: {limit: 40}}'
    created
    run rsbx update -r - "$ID" <<<'{"pids": {"limit": "x"}}'
    [ "$status" -eq 1 ]
    [[ $output == *'standard input: pids.limit: expected an integer, found "x"'* ]]
    run rsbx update --cpu-share 1 "$ID"
    [ "$status" -eq 1 ]
    [[ $output == *'linux.resources.cpu.shares: the minimum allowed cpu-shares is 2'* ]]
    run rsbx update --cpu-share 262145 "$ID"
    [ "$status" -eq 1 ]
    [[ $output == *'linux.resources.cpu.shares: the maximum allowed cpu-shares is 262144'* ]]
    rsbx update --cpu-share 0 "$ID" # as if it were not there
    run rsbx update --memory lots "$ID"
    [ "$status" -eq 1 ]
    [[ $output == *'--memory: expected a size such as 512m, or -1, found "lots"'* ]]
    run rsbx update --pids-limit 5 no-such-container
    [ "$status" -eq 1 ]
    [[ $output == *'container "no-such-container" does not exist'* ]]
    [ "$(file pids pids.max)" = 40 ]
}

# What works with runc: v1 refuses the number, cgroup2 gets a weight.
@test "cpu.shares 1 in config.json or an update's file is for v1 to refuse" {
    resources '{cpu: {shares: 1}}'
    if [ "$(cgroup_mode)" = v2 ]; then
        created
        [ "$(file cpu - cpu.weight)" = 1 ]
        rsbx update -r - "$ID" <<<'{"cpu": {"shares": 1}}'
    else
        refused 'linux.resources.cpu.shares: the minimum allowed cpu-shares is 2'
    fi
}

@test "update: checkBeforeUpdate refuses a limit below what is in use" {
    resources '{memory: {limit: 134217728}}'
    sh_args 'dd if=/dev/zero of=/tmp/x bs=1M count=30 2>/dev/null; echo ready; sleep 100'
    rsbx run -d -b "$B" "$ID" >"$T/out" 2>&1 </dev/null
    wait_for 10 grep -q ready "$T/out"
    run rsbx update -r - "$ID" <<<'{"memory": {"limit": 8388608, "checkBeforeUpdate": true}}'
    [ "$status" -eq 1 ]
    [[ $output == *'rejecting memory limit 8388608 <= usage'* ]]
    [ "$(file memory memory.limit_in_bytes memory.max)" = 134217728 ]
}
