# podman as root with the cgroupfs manager: what its users do every day.
load lib

setup_file() {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    command -v podman >/dev/null || skip "podman is not installed"
    engine_setup
    ! mountpoint -q /run/netns || export NETNS_WAS_MOUNTED=1
    podman_configuration "$RUNTIME_PATH"
    podman import "$E/busybox.tar" busybox >/dev/null 2>&1
}
teardown_file() {
    [ -n "${E:-}" ] || return 0
    podman rm --all --force --time 0 >/dev/null 2>&1 || :
    wait_for 10 podman_cgroups_gone || :
    engine_teardown
    # podman binds it over itself for the first network namespace that it makes, and leaves it
    [ -n "${NETNS_WAS_MOUNTED:-}" ] || ! mountpoint -q /run/netns || umount /run/netns
}
# A pod's cgroup, and conmon's, are the engine's: it leaves the latter, and the former in hierarchies without
# controllers. conmon ends a moment after its container.
podman_cgroups_gone() {
    find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} + 2>/dev/null || :
    [ -z "$(find /sys/fs/cgroup -type d -path '*/libpod_parent/*' -print -quit)" ]
}
setup() {
    C=c$BATS_TEST_NUMBER
    cd "$E" || return # conmon notes an OOM kill in a file where podman was called
}
teardown() {
    podman rm --force --time 0 "$C" >/dev/null 2>&1 || :
}

podman() {
    CONTAINERS_CONF=$E/containers.conf command podman --root "$E/store" --runroot "$E/run" --storage-driver vfs \
        --runtime "$ENGINE_RUNTIME" "$@"
}
run_in() { podman run --rm --network none "$@"; }
is_running() { [ "$(podman inspect -f '{{.State.Status}}' "$1" 2>/dev/null)" = running ]; }
is_status() { [ "$(podman inspect -f '{{.State.Status}}' "$1" 2>/dev/null)" = "$2" ]; }

@test "info names the runtime and its version" {
    run podman info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Version}}'
    [ "$status" -eq 0 ]
    [[ $output == "$ENGINE_RUNTIME "*version* ]]
}

@test "run: output, exit code, stdin, environment, working directory, user" {
    run run_in busybox echo hello
    [ "$status" -eq 0 ]
    [ "$output" = hello ]
    run run_in busybox sh -c 'exit 7'
    [ "$status" -eq 7 ]
    run bash -c "$(declare -f podman run_in); E=$E ENGINE_RUNTIME=$ENGINE_RUNTIME; echo text | run_in -i busybox cat"
    [ "$output" = text ]
    run run_in -e A=b -w /tmp -u 1000:2000 busybox sh -c 'echo $A $PWD $(id -u) $(id -g)'
    [ "$output" = "b /tmp 1000 2000" ]
}

@test "run: 127 for a missing program, 126 for one that cannot be executed" {
    run run_in busybox /no/such/program
    [ "$status" -eq 127 ]
    run run_in busybox /etc/passwd
    [ "$status" -eq 126 ]
}

@test "run -d, logs, inspect, stop, rm" {
    podman run -d --name "$C" --network none busybox sh -c 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done'
    wait_for 10 bash -c "$(declare -f podman); E=$E ENGINE_RUNTIME=$ENGINE_RUNTIME; podman logs $C | grep -q up"
    podman stop "$C"
    [ "$(podman inspect -f '{{.State.ExitCode}}' "$C")" = 3 ]
    [ "$(podman logs "$C" | tail -1)" = bye ]
    podman rm "$C"
}

@test "exec: output, exit code, user, environment, -d, missing program" {
    podman run -d --name "$C" --network none busybox sleep 1000
    run podman exec "$C" echo in
    [ "$status" -eq 0 ]
    [ "$output" = in ]
    run podman exec -u 1000:1000 -e X=y -w /tmp "$C" sh -c 'echo $(id -u) $X $PWD; exit 9'
    [ "$status" -eq 9 ]
    [ "$output" = "1000 y /tmp" ]
    podman exec -d "$C" sh -c 'echo done >/dev/shm/mark'
    wait_for 10 podman exec "$C" test -e /dev/shm/mark
    run podman exec "$C" /no/such
    [ "$status" -eq 127 ]
    podman rm -f -t 0 "$C"
}

@test "terminal: run -t and exec -t" {
    run run_in -t busybox sh -c 'test -t 0 && test -t 1 && echo tty'
    [ "$status" -eq 0 ]
    [[ $output == tty* ]]
    podman run -d -t --name "$C" --network none busybox sleep 1000
    run podman exec -t "$C" sh -c 'test -t 1 && echo tty'
    [[ $output == tty* ]]
    # with a terminal on this side, too: what is typed arrives, and, a moment after the start, its size
    run script -qec "stty rows 33 cols 77; CONTAINERS_CONF=$E/containers.conf podman --root $E/store --runroot $E/run \
        --storage-driver vfs --runtime $ENGINE_RUNTIME exec -it $C sh -c 'read x; echo got \$x; i=0
        until stty size | grep 77 || [ \$i -gt 100 ]; do sleep 0.1; i=\$((i + 1)); done'" /dev/null <<<typed
    echo "$output"
    [[ $output == *"got typed"*"33 77"* ]]
    podman rm -f -t 0 "$C"
}

@test "kill with a signal; restart" {
    podman run -d --name "$C" --network none busybox sh -c 'trap "echo usr; exit 4" USR1; echo up; while :; do sleep 0.1; done'
    wait_for 10 bash -c "$(declare -f podman); E=$E ENGINE_RUNTIME=$ENGINE_RUNTIME; podman logs $C | grep -q up"
    podman kill -s USR1 "$C"
    [ "$(podman wait "$C")" = 4 ]
    podman start "$C"
    is_running "$C"
    podman restart -t 0 "$C"
    is_running "$C"
    podman kill "$C"
    [ "$(podman wait "$C")" = 137 ]
}

@test "pause and unpause" {
    podman run -d --name "$C" --network none busybox sleep 1000
    podman pause "$C"
    is_status "$C" paused
    podman unpause "$C"
    is_running "$C"
    podman rm -f -t 0 "$C"
}

@test "stats, top" {
    podman run -d --name "$C" --network none --memory 64m busybox sleep 1000
    run podman top "$C" args
    [[ $output == *"sleep 1000"* ]]
    run podman stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' "$C"
    [ "$status" -eq 0 ]
    [[ $output == *"/ 67.11MB 1" ]]
    podman rm -f -t 0 "$C"
}

@test "update: limits of a running container" {
    podman update --help >/dev/null 2>&1 || skip "$(podman --version) has no update"
    podman run -d --name "$C" --network none --memory 64m --memory-swap 64m --cpus 0.5 busybox sleep 1000
    podman update --memory 128m --memory-swap 128m --cpus 0.8 "$C"
    if [ "$(cgroup_mode)" = v2 ]; then
        run podman exec "$C" sh -c 'cd /sys/fs/cgroup; cat memory.max cpu.max'
    else
        run podman exec "$C" sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us'
    fi
    [[ $output == 134217728$'\n'80000* ]]
    podman rm -f -t 0 "$C"
}

@test "limits reach the cgroup: memory, pids, cpus" {
    if [ "$(cgroup_mode)" = v2 ]; then
        run run_in --memory 64m --pids-limit 50 --cpus 0.5 busybox sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max; cat /sys/fs/cgroup/cpu.max'
        [[ $output == 67108864$'\n'50$'\n'"50000 100000" ]]
    else
        run run_in --memory 64m --pids-limit 50 --cpus 0.5 busybox sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us'
        [ "$output" = 67108864$'\n'50$'\n'50000 ]
    fi
}

@test "out of memory: killed, and podman says so" {
    podman run -d --name "$C" --network none --memory 16m busybox dd if=/dev/zero of=/dev/null bs=64M count=4
    [ "$(podman wait "$C")" = 137 ]
    # conmon 2.1 sees the event on cgroup v2 only (with runc and crun likewise)
    [ "$(cgroup_mode)" != v2 ] || [ "$(podman inspect -f '{{.State.OOMKilled}}' "$C")" = true ]
}

@test "volumes, tmpfs, read-only root" {
    mkdir -p "$E/volume"
    run run_in -v "$E/volume:/tmp:rw" busybox sh -c 'echo x >/tmp/file'
    [ "$(cat "$E/volume/file")" = x ]
    run run_in -v "$E/volume:/tmp:ro" busybox sh -c 'echo x >/tmp/other'
    [ "$status" -ne 0 ]
    run run_in --read-only busybox sh -c 'echo x >/etc/x'
    [ "$status" -ne 0 ]
    [[ $output == *"Read-only file system"* ]]
    run run_in --tmpfs /root:size=1m busybox sh -c 'df -k /root | tail -1'
    [[ $output == *1024* ]]
}

@test "capabilities: add and drop" {
    run run_in --cap-drop all --cap-add net_raw busybox grep CapEff /proc/self/status
    [[ $output == *0000000000002000 ]]
    run run_in --privileged busybox sh -c 'grep CapBnd /proc/self/status'
    [ "$status" -eq 0 ]
}

@test "security options: no-new-privileges, seccomp profile, mask, unmask" {
    run run_in --security-opt no-new-privileges busybox grep NoNewPrivs /proc/self/status
    [[ $output == *1 ]]
    run run_in busybox grep '^Seccomp:' /proc/self/status
    [[ $output == *2 ]]
    run run_in --security-opt seccomp=unconfined busybox grep '^Seccomp:' /proc/self/status
    [[ $output == *0 ]]
    printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' >"$E/seccomp.json"
    run run_in --security-opt seccomp="$E/seccomp.json" busybox mkdir /tmp/x
    [ "$status" -ne 0 ]
    [[ $output == *"not implemented"* ]]
    run run_in --security-opt mask=/etc/passwd busybox cat /etc/passwd
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    # masked and read-only by default, and not when unmasked
    probe='head -c 1 /proc/timer_list | grep -q . && echo readable; grep -q " /proc/sys ro" /proc/self/mountinfo && echo sealed'
    [ "$(run_in busybox sh -c "$probe")" = sealed ]
    [ "$(run_in --security-opt unmask=/proc/timer_list busybox sh -c "$probe")" = readable$'\n'sealed ]
    [ "$(run_in --security-opt unmask=ALL busybox sh -c "$probe")" = readable ]
}

@test "devices" {
    run run_in --device /dev/null:/dev/mine busybox sh -c 'ls -l /dev/mine && echo x >/dev/mine'
    [ "$status" -eq 0 ]
    [[ $output == *"1,   3"* ]]
}

@test "--init" {
    init=$(command -v catatonit || ls /usr/libexec/podman/catatonit 2>/dev/null) || skip "catatonit is not installed"
    run run_in --init --init-path "$init" busybox sh -c 'cat /proc/1/cmdline; test $$ -ne 1'
    [ "$status" -eq 0 ]
    [[ $output == *init* ]]
}

@test "user namespaces: --uidmap, and keep their ids" {
    run run_in --uidmap 0:100000:65536 --gidmap 0:100000:65536 busybox sh -c 'id -u; cat /proc/self/uid_map'
    [ "$status" -eq 0 ]
    [[ $output == 0$'\n'*"0     100000      65536" ]]
}

@test "network: none, host, own bridge" {
    run run_in busybox ip -o link
    [ "${#lines[@]}" -eq 1 ]
    run podman run --rm --network host busybox ls /sys/class/net
    [ "$status" -eq 0 ]
    [ "$output" = "$(ls /sys/class/net)" ]
}

@test "network: slirp4netns" {
    command -v slirp4netns >/dev/null || skip "slirp4netns is not installed"
    [ -c /dev/net/tun ] || skip "no /dev/net/tun"
    run podman run --rm --network slirp4netns busybox ip -o addr show tap0
    [[ $output == *10.0.2.100* ]]
}

@test "network: a bridge" {
    if podman info --format '{{.Host.NetworkBackend}}' 2>/dev/null | grep -q netavark; then
        network='network_backend = "netavark"'
    else
        [ -x /usr/lib/cni/bridge ] || skip "containernetworking-plugins is not installed"
        network='network_backend = "cni"'$'\n''cni_plugin_dirs = ["/usr/lib/cni"]'
    fi
    own_network
    { cat "$E/containers.conf"; printf '[network]\n%s\nnetwork_config_dir = "%s"\n' "$network" "$E/cni"; } >"$E/bridge.conf"
    bridged() {
        in_network env CONTAINERS_CONF="$E/bridge.conf" podman --root "$E/store" --runroot "$E/run" --storage-driver vfs \
            --runtime "$ENGINE_RUNTIME" "$@"
    }
    bridged network create --subnet 10.213.0.0/24 rsbxtest >/dev/null
    run bridged run -d --name "$C" --network rsbxtest busybox httpd -f -p 80 -h /etc
    # (what the firewall of this kernel lacks, it lacks for every runtime)
    [[ $output != *iptables* && $output != *nft* ]] || skip "no bridge here: $(tail -1 <<<"$output")"
    echo "$output"
    [ "$status" -eq 0 ]
    address=$(bridged inspect -f '{{.NetworkSettings.Networks.rsbxtest.IPAddress}}' "$C")
    [[ $address == 10.213.0.* ]]
    served() { in_network busybox wget -qO- "http://$address/passwd" | grep -q ^root:; }
    wait_for 20 served
    bridged rm -f -t 0 "$C"
    rm -rf /var/lib/cni/networks/rsbxtest # CNI's own notes
}

@test "pod: containers share namespaces" {
    # An infra container of our own image: the default one would have to be built.
    podman pod create --name "pod$C" --network none --infra-image busybox --infra-command '/bin/sleep 1000' >/dev/null
    podman run -d --pod "pod$C" --name "$C" busybox sh -c 'hostname >/dev/shm/h; sleep 1000'
    run podman run --rm --pod "pod$C" busybox sh -c 'cat /dev/shm/h; hostname'
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "${lines[1]}" ]
    podman pod rm -f -t 0 "pod$C"
}

@test "--preserve-fds, sysctl, ulimit, hostname, group-add, umask" {
    echo secret >"$E/fd3"
    run run_in --preserve-fds 1 busybox sh -c 'cat <&3' 3<"$E/fd3"
    [ "$output" = secret ]
    run run_in --sysctl net.ipv4.ip_forward=1 --ulimit core=0:0 --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --hostname name --group-add 2000 --umask 0077 \
        busybox sh -c 'cat /proc/sys/net/ipv4/ip_forward; ulimit -c; hostname; id -G; umask'
    echo "$output"
    [ "${lines[0]} ${lines[1]} ${lines[2]} ${lines[4]}" = "1 0 name 0077" ]
    [[ " ${lines[3]} " == *" 2000 "* ]]
}

@test "health check" {
    podman run -d --name "$C" --network none --health-cmd 'test -e /dev/shm/well' --health-interval disable busybox \
        sh -c 'touch /dev/shm/well; sleep 1000'
    wait_for 10 podman healthcheck run "$C"
    podman exec "$C" rm /dev/shm/well
    run podman healthcheck run "$C"
    [ "$status" -ne 0 ]
    podman rm -f -t 0 "$C"
}

@test "cp into and out of a running container" {
    podman run -d --name "$C" --network none busybox sleep 1000
    echo data >"$E/in"
    podman cp "$E/in" "$C:/root/in"
    podman exec "$C" cat /root/in
    podman cp "$C:/root/in" "$E/out"
    [ "$(cat "$E/out")" = data ]
    podman rm -f -t 0 "$C"
}

@test "--cgroups=disabled" {
    only_for rsbx crun
    run run_in --cgroups disabled busybox echo hi
    [ "$status" -eq 0 ]
    [ "$output" = hi ]
}

@test "--userns auto: ids of its own" {
    # the user whose ranges podman takes, in the place of the host's files
    echo containers:500000:1000000 >"$E/subids"
    export E ENGINE_RUNTIME
    run unshare -m --propagation private bash -c "$(declare -f podman run_in)"'
        for f in subuid subgid; do [ -e /etc/$f ] || : >/etc/$f; mount --bind "$E/subids" /etc/$f || exit; done
        run_in --userns auto busybox cat /proc/self/uid_map'
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(awk '{print ($1 == 0 && $2 >= 500000)}' <<<"$output")" = 1 ]
}

@test "--group-add keep-groups: the caller's groups" {
    only_for rsbx crun
    run setpriv --groups 0,4711 bash -c "$(declare -f podman run_in); E=$E ENGINE_RUNTIME=$ENGINE_RUNTIME
        run_in --group-add keep-groups busybox grep Groups /proc/self/status"
    [ "$status" -eq 0 ]
    [[ $output == *4711* ]]
}

@test "--sdnotify=container: the program's READY=1 reaches the caller's socket" {
    command -v socat >/dev/null || skip "socat is not installed"
    socat -u "UNIX-RECV:$E/notify" "OPEN:$E/notified,creat,append" 3>&- &
    receiver=$!
    wait_for 10 test -S "$E/notify"
    NOTIFY_SOCKET=$E/notify podman run -d --sdnotify container --name "$C" --network none -v /bin/busybox:/bb:ro \
        busybox sh -c 'echo $NOTIFY_SOCKET >/dev/shm/socket; exec sleep 1000' >/dev/null
    # busybox has no client for datagram sockets: the host's speaks to the container's socket through its root
    pid=$(podman inspect -f '{{.State.Pid}}' "$C")
    wait_for 10 test -s "/proc/$pid/root/dev/shm/socket"
    echo READY=1 | socat -u - "UNIX-SENDTO:/proc/$pid/root$(cat "/proc/$pid/root/dev/shm/socket")"
    wait_for 10 grep -q READY=1 "$E/notified"
    kill $receiver
}

@test "events; play kube" {
    cat >"$E/pod.yaml" <<END_YAML
apiVersion: v1
kind: Pod
metadata: {name: played}
spec:
  restartPolicy: Never
  containers:
  - name: main
    image: localhost/busybox
    imagePullPolicy: Never
    command: ["/bin/sh", "-c", "PATH=/bin; echo \$A \$(id -u); exec sleep 1000"]
    env: [{name: A, value: b}]
    securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true}
END_YAML
    # its infra container is of our own image: the default one would have to be built
    sed 's|^\[engine\]|[engine]\ninfra_image = "localhost/busybox"\ninfra_command = "/bin/sleep"|' "$E/containers.conf" >"$E/play.conf"
    run podman play kube --network none "$E/pod.yaml"
    if [[ $status -ne 0 && $output == *pause* ]]; then
        skip "podman wants to build its pause image"
    fi
    echo "$output"
    [ "$status" -eq 0 ]
    played() { podman logs played-main | grep -q 'b 1000'; }
    wait_for 20 played
    podman play kube --down "$E/pod.yaml"
    run podman events --stream=false --filter container=played-main --format '{{.Status}}'
    for event in create start died remove; do
        [[ $output == *"$event"* ]]
    done
}

@test "build: RUN in a Containerfile" {
    mkdir -p "$E/build"
    printf 'FROM localhost/busybox\nRUN echo made >/root/made\nCMD cat /root/made\n' >"$E/build/Containerfile"
    run podman build --network none --isolation oci -q -t made "$E/build"
    echo "$output"
    [ "$status" -eq 0 ]
    run run_in made
    [ "$output" = made ]
}

@test "checkpoint and restore" {
    need_criu
    podman run -d --name "$C" --network none busybox sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/dev/shm/n; sleep 0.1; done'
    count() { podman exec "$C" cat /dev/shm/n; }
    count_above() { [ "$(count)" -gt "$1" ]; }
    wait_for 30 count_above 2
    before=$(count)
    podman container checkpoint "$C"
    is_status "$C" exited
    podman container restore "$C"
    is_running "$C"
    wait_for 30 count_above "$before"
}

@test "--rm leaves nothing: no state, no cgroup" {
    run run_in --name "$C" busybox true
    [ "$status" -eq 0 ]
    run podman container exists "$C"
    [ "$status" -eq 1 ]
}
