# What a kubelet does: containerd's CRI socket with a runtime handler rsbx, which packaging/kubernetes/install-node
# puts into its configuration; pods on a CNI bridge in a network namespace of their own.
load lib

HANDLER=rsbx # as packaging/kubernetes/runtimeclass.yaml calls it
IMAGE=docker.io/library/busybox:latest

setup_file() {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    command -v containerd >/dev/null || skip "containerd is not installed"
    /usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null || skip "python3-grpcio and python3-protobuf are not installed"
    command -v protoc >/dev/null || skip "protobuf-compiler is not installed"
    [ -x /usr/lib/cni/bridge ] || skip "containernetworking-plugins is not installed"
    engine_setup
    own_network
    mkdir -p "$E/bin" "$E/cni" "$E/log" "$E/py"
    cat >"$E/cni/10-test.conflist" <<END_CNI
{"cniVersion": "0.4.0", "name": "rsbx-test", "plugins": [
    {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "ipam": {"type": "host-local",
        "dataDir": "$E/ipam", "ranges": [[{"subnet": "10.212.0.0/24"}]]}},
    {"type": "portmap", "capabilities": {"portMappings": true}, "snat": true}]}
END_CNI
    cat >"$E/config.toml" <<END_TOML
version = 2
root = "$E/root"
state = "$E/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
address = "$E/containerd.sock"
[ttrpc]
address = "$E/containerd.sock.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "$IMAGE"
netns_mounts_under_state_dir = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "$E/cni"
[plugins."io.containerd.internal.v1.opt"]
path = "$E/opt"
END_TOML
    CONTAINERD_CONFIG=$E/config.toml RSBX_TARGET=$E/bin/$ENGINE_RUNTIME \
        "$PROJECT_DIR/packaging/kubernetes/install-node" --no-restart "$RUNTIME_PATH"
    # shellcheck disable=SC2046
    daemon containerd $(in_network_words) containerd --config "$E/config.toml"
    mkfifo "$E/py/ask" "$E/py/answer"
    daemon cri "$TESTS_DIR/engines/cri" "$E/containerd.sock" "$E/py"
    wait_for 20 cri Version >/dev/null 2>&1 || { grep -E 'level=(error|fatal|warn)' "$E/containerd.log"; false; }
    # The image is its own pause image: its command waits for SIGTERM.
    IMAGE_CMD='["/bin/sh", "-c", "trap \"exit 0\" TERM; while :; do sleep 1000 & wait; done"]' \
        oci_archive "$E/busybox.oci" $IMAGE
    ctr --address "$E/containerd.sock" -n k8s.io image import "$E/busybox.oci" >/dev/null
}
teardown_file() {
    [ -n "${E:-}" ] || return 0
    [ ! -e "$E/cri.pid" ] || remove_pods
    stop_daemon cri
    stop_daemon containerd
    find /sys/fs/cgroup -mindepth 1 -path '*/rsbx-engine*' -depth -type d -exec rmdir {} + 2>/dev/null || :
    rmdir /var/lib/cni/results /var/lib/cni /run/containerd/runc/k8s.io 2>/dev/null || :
    engine_teardown
}
teardown() { remove_pods; }
remove_pods() {
    local pod
    for pod in $(cri ListPodSandbox | jq -r '.items[].id'); do
        cri StopPodSandbox "{\"pod_sandbox_id\": \"$pod\"}" >/dev/null || :
        cri RemovePodSandbox "{\"pod_sandbox_id\": \"$pod\"}" >/dev/null
    done
}

# cri METHOD [JSON]: the answer as JSON; or an error's text on stderr and 1. "-" is JSON on stdin.
cri() {
    local request=${2:-{\}} answer
    [ "$request" != - ] || request=$(cat)
    printf '%s %s\n' "$1" "$request" >"$E/py/ask"
    IFS= read -r answer <"$E/py/answer"
    if [ "${answer%% *}" = ok ]; then
        echo "${answer#* }"
    else
        echo "${answer#* }" >&2
        return 1
    fi
}
# pod [JQ-FILTER]: a pod in $POD, its configuration in $POD_CONFIG. The namespaces' modes are the kubelet's.
pod() {
    POD_CONFIG=$(jq -cn --arg n "pod$BATS_TEST_NUMBER" --arg log "$E/log" '{metadata: {name: $n, uid: $n, namespace: "default"},
        hostname: $n, log_directory: $log, linux: {cgroup_parent: "/rsbx-engine/\($n)",
        security_context: {namespace_options: {pid: "CONTAINER"}}}}' | jq -c "${1:-.}")
    POD=$(jq -cn --argjson config "$POD_CONFIG" --arg h $HANDLER '{$config, runtime_handler: $h}' |
        cri RunPodSandbox - | jq -r .pod_sandbox_id)
    [ -n "$POD" ]
}
# container NAME JQ-FILTER COMMAND...: a container in that pod, in $C; not started.
container() {
    local name=$1 filter=$2
    shift 2
    C=$(jq -cn --arg pod "$POD" --argjson sandbox "$POD_CONFIG" --arg name "$name" --arg image $IMAGE '{pod_sandbox_id: $pod,
        sandbox_config: $sandbox, config: {metadata: {$name}, image: {$image}, command: $ARGS.positional,
        log_path: "\($name).log", linux: {security_context: {namespace_options: {pid: "CONTAINER"}}}}}' --args -- "$@" |
        jq -c "$filter" | cri CreateContainer - | jq -r .container_id)
    [ -n "$C" ]
}
start() { cri StartContainer "{\"container_id\": \"$C\"}" >/dev/null; }
status_of() { cri ContainerStatus "{\"container_id\": \"$C\"}" | jq -r ".status.$1"; }
has_status() { [ "$(status_of state)" = "CONTAINER_$1" ]; }
# execs COMMAND...: as an exec probe; its output, its exit code.
execs() {
    local answer
    answer=$(jq -cn --arg c "$C" '{container_id: $c, cmd: $ARGS.positional, timeout: 10}' --args -- "$@" | cri ExecSync -) || return
    jq -r .stdout <<<"$answer" | base64 -d
    jq -r .stderr <<<"$answer" | base64 -d
    return "$(jq -r .exit_code <<<"$answer")"
}
# The log of a container in CRI's format, without time and stream.
log_of() { cut -d' ' -f4- "$E/log/$1.log"; }

@test "the runtime handler is known, the network ready; another handler is refused" {
    run cri Status '{"verbose": true}'
    [ "$(jq -c '[.status.conditions[] | select(.type == "RuntimeReady" or .type == "NetworkReady").status]' <<<"$output")" = "[true,true]" ]
    [ "$(jq -r ".info.config | fromjson.containerd.runtimes.$HANDLER.options.BinaryName" <<<"$output")" = "$E/bin/$ENGINE_RUNTIME" ]
    pod_with() { jq -cn --argjson config "$POD_CONFIG" '{$config, runtime_handler: "other"}' | cri RunPodSandbox -; }
    pod
    run pod_with
    [ "$status" -ne 0 ]
}

@test "pod and container: create, start, log, status, stop, remove" {
    pod
    run cri PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}"
    [ "$(jq -r '.status.state, .status.runtime_handler' <<<"$output")" = SANDBOX_READY$'\n'$HANDLER ]
    container main '.config.envs = [{key: "A", value: "b"}] | .config.working_dir = "/tmp"' \
        sh -c 'trap "echo bye; exit 3" TERM; echo $A $PWD $(hostname); while :; do sleep 0.1; done'
    has_status CREATED
    start
    has_status RUNNING
    wait_for 10 grep -q "b /tmp pod$BATS_TEST_NUMBER" "$E/log/main.log"
    cri StopContainer "{\"container_id\": \"$C\", \"timeout\": 10}"
    has_status EXITED
    [ "$(status_of exit_code)" = 3 ]
    [ "$(log_of main | tail -1)" = bye ]
    cri RemoveContainer "{\"container_id\": \"$C\"}"
    run cri ContainerStatus "{\"container_id\": \"$C\"}"
    [ "$status" -ne 0 ]
    cri StopPodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
    run cri PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}"
    [ "$(jq -r .status.state <<<"$output")" = SANDBOX_NOTREADY ]
    cri RemovePodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
    [ "$(cri ListPodSandbox | jq '.items | length')" = 0 ]
}

@test "exec: output, error output, exit code, time limit, missing program" {
    pod
    container main . sleep 1000
    start
    run execs sh -c 'echo out; echo err >&2; exit 4'
    [ "$status" -eq 4 ]
    [ "$output" = out$'\n'err ]
    run cri ExecSync "{\"container_id\": \"$C\", \"cmd\": [\"sleep\", \"100\"], \"timeout\": 1}"
    [ "$status" -ne 0 ]
    [[ $output == *DEADLINE_EXCEEDED* || $output == *"timeout"* ]]
    run execs /no/such
    [ "$status" -ne 0 ]
    [[ $output == *"no such file or directory"* ]]
    has_status RUNNING
}

@test "a missing program: StartContainer says so, and the container has exited" {
    pod
    container main . /no/such/program
    run start
    [ "$status" -ne 0 ]
    [[ $output == *"/no/such/program"*"no such file or directory"* ]]
    has_status EXITED
    [ "$(status_of exit_code)" = 128 ]
    [[ $(status_of reason) == StartError ]]
}

@test "containers of a pod share network and ipc, not processes" {
    pod
    container one . sh -c 'echo x >/dev/shm/shared; mkdir /www; echo page >/www/index.html; exec httpd -f -h /www'
    start
    container two . sleep 1000
    start
    fetched() { [ "$(execs wget -qO- http://127.0.0.1/ 2>/dev/null)" = page ]; }
    wait_for 10 fetched
    [ "$(execs cat /dev/shm/shared)" = x ]
    [ "$(execs sh -c 'ps -o comm | grep -c httpd')" = 0 ]
}

@test "shared process namespace, and that of another container (ephemeral debugging)" {
    pod '.linux.security_context.namespace_options.pid = "POD"'
    container one '.config.linux.security_context.namespace_options.pid = "POD"' sleep 1234
    start
    first=$C
    container two '.config.linux.security_context.namespace_options.pid = "POD"' sleep 1000
    start
    [[ $(execs ps -o args) == *"sleep 1234"* ]]
    container three ".config.linux.security_context.namespace_options = {pid: \"TARGET\", target_id: \"$first\"}" sleep 1000
    start
    [[ $(execs ps -o args) == *"sleep 1234"* ]]
}

@test "a published port; the pod's address" {
    pod '.port_mappings = [{container_port: 80, host_port: 18080}]'
    ip=$(cri PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}" | jq -r .status.network.ip)
    [[ $ip == 10.212.0.* ]]
    container main . sh -c 'mkdir /www; echo page >/www/index.html; exec httpd -f -h /www'
    start
    fetched() { [ "$(in_network busybox wget -qO- "http://$1/" 2>/dev/null)" = page ]; }
    wait_for 10 fetched "$ip"
    wait_for 10 fetched 127.0.0.1:18080 || wait_for 10 fetched 10.212.0.1:18080
}

@test "host network, host pid, privileged" {
    pod '.linux.security_context |= (.namespace_options = {network: "NODE", pid: "NODE"} | .privileged = true) | .hostname = ""'
    container main '.config.linux.security_context = {namespace_options: {network: "NODE", pid: "NODE"}, privileged: true}' sleep 1000
    start
    [ "$(execs readlink /proc/self/ns/net)" = "$(in_network readlink /proc/self/ns/net)" ]
    [ "$(execs readlink /proc/self/ns/pid)" = "$(readlink /proc/self/ns/pid)" ]
    execs test -w /sys/kernel
    [[ $(execs grep '^Seccomp:' /proc/self/status) == *0 ]]
}

@test "user, groups, capabilities, no new privileges, seccomp, read-only root, paths, mounts, devices" {
    pod
    echo text >"$E/log/file"
    container main ".config.linux.security_context += {run_as_user: {value: 1000}, run_as_group: {value: 1000},
        supplemental_groups: [2000], no_new_privs: true, readonly_rootfs: true, seccomp: {profile_type: \"RuntimeDefault\"},
        capabilities: {drop_capabilities: [\"ALL\"]}, masked_paths: [\"/proc/keys\"], readonly_paths: [\"/proc/sys\"]} |
        .config.mounts = [{container_path: \"/mnt\", host_path: \"$E/log\", readonly: true}] |
        .config.devices = [{container_path: \"/dev/mine\", host_path: \"/dev/null\", permissions: \"rw\"}]" sleep 1000
    start
    [ "$(execs id)" = "uid=1000(user) gid=1000 groups=2000(extra)" ] || [[ $(execs id) == "uid=1000"*2000* ]]
    [ "$(execs sh -c 'grep -E "^(CapBnd|NoNewPrivs|Seccomp):" /proc/self/status | tr -d "\n\t"')" = \
        CapBnd:0000000000000000NoNewPrivs:1Seccomp:2 ]
    [[ $(execs touch /tmp/x) == *"Read-only"* ]]
    [ -z "$(execs cat /proc/keys)" ]
    [ "$(execs cat /mnt/file)" = text ]
    [[ $(execs touch /mnt/file) == *"Read-only"* ]]
    execs sh -c 'echo x >/dev/mine'
}

@test "limits, their update, stats of container and pod" {
    pod
    container main '.config.linux.resources = {memory_limit_in_bytes: 67108864, cpu_period: 100000, cpu_quota: 50000, cpu_shares: 512}' \
        sleep 1000
    start
    if [ "$(cgroup_mode)" = v2 ]; then
        show='cat /sys/fs/cgroup/memory.max; cut -d" " -f1 /sys/fs/cgroup/cpu.max'
    else
        show='cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us'
    fi
    [ "$(execs sh -c "$show")" = 67108864$'\n'50000 ]
    cri UpdateContainerResources "{\"container_id\": \"$C\", \"linux\": {\"memory_limit_in_bytes\": 134217728, \"cpu_quota\": 80000}}"
    [ "$(execs sh -c "$show")" = 134217728$'\n'80000 ]
    run cri ContainerStats "{\"container_id\": \"$C\"}"
    [ "$status" -eq 0 ]
    [ "$(jq -r '.stats | (.cpu.usage_core_nano_seconds.value | tonumber) > 0 and (.memory.working_set_bytes.value | tonumber) > 0' <<<"$output")" = true ]
    run cri PodSandboxStats "{\"pod_sandbox_id\": \"$POD\"}"
    [ "$status" -eq 0 ]
    [ "$(jq -r '.stats.linux.process.process_count.value | tonumber >= 1' <<<"$output")" = true ]
}

@test "out of memory: the status says OOMKilled" {
    pod
    container main '.config.linux.resources.memory_limit_in_bytes = 16777216' \
        sh -c 'sleep 0.5; exec dd if=/dev/zero of=/dev/null bs=64M count=4'
    start
    wait_for 20 has_status EXITED
    [ "$(status_of exit_code)" = 137 ]
    [ "$(status_of reason)" = OOMKilled ]
}

@test "a user namespace for the pod" {
    version=$(containerd --version | grep -oE '[0-9]+\.[0-9]+' | head -n 1)
    [ "$(printf '%s\n1.7\n' "$version" | sort -V | head -n 1)" = 1.7 ] || skip "containerd $version does not know user namespaces for pods, 1.7 does"
    users='{mode: "POD", uids: [{host_id: 300000, container_id: 0, length: 65536}], gids: [{host_id: 300000, container_id: 0, length: 65536}]}'
    pod ".linux.security_context.namespace_options.userns_options = $users"
    container main ".config.linux.security_context.namespace_options.userns_options = $users" sleep 1000
    start
    [[ $(execs cat /proc/self/uid_map) == *"0     300000      65536" ]]
    execs touch /root/x
}

@test "containerd restarts: pod and container go on" {
    pod
    container main . sleep 1000
    start
    stop_daemon containerd
    # shellcheck disable=SC2046
    daemon containerd $(in_network_words) containerd --config "$E/config.toml"
    wait_for 20 cri Version >/dev/null 2>&1
    recovered() { has_status RUNNING 2>/dev/null; }
    wait_for 20 recovered
    [ "$(execs echo still)" = still ]
}
