# dockerd with the runtime added and made its default, in a network namespace of its own.
load lib

setup_file() {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    command -v dockerd >/dev/null || skip "dockerd is not installed"
    engine_setup
    own_network
    # packaging/docker/daemon.json is what docs/engines.md tells people to use.
    jq --arg path "$RUNTIME_PATH" --arg name "$ENGINE_RUNTIME" '(if $name == "runc" then {} else
        {runtimes: {($name): (.runtimes.rsbx | .path = $path)}} end) + {"default-runtime": $name, "live-restore": true,
        "exec-opts": ["native.cgroupdriver=cgroupfs"], "cgroup-parent": "/rsbx-engine",
        bip: "10.211.0.1/24"}' "$PROJECT_DIR/packaging/docker/daemon.json" >"$E/daemon.json"
    start_dockerd
    docker import "$E/busybox.tar" busybox >/dev/null
}
dockerd_here() { # DIRECTORY OPTION...: its command line
    local dir=$1
    shift
    echo dockerd --host "unix://$dir/docker.sock" --data-root "$dir/data" --exec-root "$dir/exec" \
        --pidfile "$dir/docker.pid" "$@"
}
start_dockerd() {
    # shellcheck disable=SC2046
    daemon dockerd $(in_network_words) $(dockerd_here "$E" --config-file "$E/daemon.json")
    wait_for 30 docker_answers
}
docker_answers() { docker version >/dev/null 2>&1; }
teardown_file() {
    [ -n "${E:-}" ] || return 0
    # shellcheck disable=SC2046
    docker rm -f $(docker ps -aq) >/dev/null 2>&1 || :
    stop_daemon dockerd
    rmdir /sys/fs/cgroup/*/rsbx-engine /sys/fs/cgroup/rsbx-engine 2>/dev/null || :
    engine_teardown
}
setup() { C=test$BATS_TEST_NUMBER; }
teardown() { docker rm -f "$C" >/dev/null 2>&1 || :; }

docker() {
    local client=/usr/bin/docker
    [ -x $client ] || client=$(type -P docker)
    DOCKER_CONFIG=$E/client "$client" --host "unix://${DOCKER_DIR:-$E}/docker.sock" "$@"
}
run_in() { docker run --rm --network none "$@"; }
run_d() { docker run -d --network none --name "$C" "$@" >/dev/null; }
field() { docker inspect -f "{{$1}}" "$C"; }
field_is() { [ "$(field "$1")" = "$2" ]; }
logged() { docker logs "$C" 2>&1 | grep -q "$1"; }

@test "info names the runtime" {
    run docker info --format '{{.DefaultRuntime}} {{range $name, $_ := .Runtimes}}{{$name}} {{end}}'
    [ "$status" -eq 0 ]
    [[ $output == "$ENGINE_RUNTIME "*" $ENGINE_RUNTIME "* ]]
}

@test "run: output, exit code, stdin, environment, working directory, user" {
    run run_in busybox echo hello
    [ "$status" -eq 0 ]
    [ "$output" = hello ]
    run run_in busybox sh -c 'exit 7'
    [ "$status" -eq 7 ]
    [ "$(echo text | run_in -i busybox cat)" = text ]
    run run_in -e A=b -w /tmp -u 1000:2000 busybox sh -c 'echo $A $PWD $(id -u) $(id -g)'
    [ "$output" = "b /tmp 1000 2000" ]
    run --separate-stderr run_in busybox sh -c 'echo out; echo err >&2'
    [ "$output,$stderr" = out,err ]
}

@test "exit codes: 125 docker's, 126 not executable, 127 not found" {
    run run_in --no-such-option busybox true
    [ "$status" -eq 125 ]
    run run_in busybox /etc/passwd
    [ "$status" -eq 126 ]
    [[ $output == *"permission denied"* ]]
    run -127 run_in busybox /no/such/program
    [[ $output == *"no such file or directory"* ]]
    run -127 run_in busybox no-such-program
}

@test "run -d, logs, stop: the program's own exit code; start, restart" {
    run_d busybox sh -c 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done'
    wait_for 10 logged up
    docker stop "$C"
    field_is .State.ExitCode 3
    logged bye
    docker start "$C"
    field_is .State.Status running
    docker restart -t 0 "$C"
    field_is .State.Status running
}

@test "stop -t: a program that ignores SIGTERM is killed" {
    run_d busybox sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'
    wait_for 10 logged up
    docker stop -t 1 "$C"
    field_is .State.ExitCode 137
}

@test "kill with a signal" {
    run_d busybox sh -c 'trap "exit 4" USR1; echo up; while :; do sleep 0.1; done'
    wait_for 10 logged up
    docker kill -s USR1 "$C"
    [ "$(docker wait "$C")" = 4 ]
}

@test "exec: output, exit code, user, environment, -d, -t, privileged, missing program" {
    run_d busybox sleep 1000
    run docker exec "$C" echo in
    [ "$output" = in ]
    run docker exec -u 1000:1000 -e X=y -w /tmp "$C" sh -c 'echo $(id -u) $X $PWD; exit 9'
    [ "$status" -eq 9 ]
    [ "$output" = "1000 y /tmp" ]
    docker exec -d "$C" touch /dev/shm/mark
    wait_for 10 docker exec "$C" test -e /dev/shm/mark
    run docker exec --privileged "$C" grep CapEff /proc/self/status
    [ "$output" = "$(run_in --privileged busybox grep CapEff /proc/self/status)" ]
    run docker exec "$C" /no/such
    [ "$status" -eq 127 ] || [ "$status" -eq 126 ]
    [[ $output == *"no such file or directory"* ]]
    run script -qec "/usr/bin/docker --host unix://$E/docker.sock exec -t $C sh -c 'test -t 1 && echo tty'" /dev/null
    [[ $output == *tty* ]]
}

@test "terminal: run -t" {
    run run_in -t busybox sh -c 'test -t 0 && test -t 1 && echo tty'
    [[ $output == tty* ]]
}

@test "pause and unpause" {
    run_d busybox sleep 1000
    docker pause "$C"
    field_is .State.Status paused
    docker unpause "$C"
    field_is .State.Status running
}

@test "stats and top" {
    run_d --memory 64m busybox sleep 1000
    run docker stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' "$C"
    [ "$status" -eq 0 ]
    [[ $output == *"/ 64MiB 1" ]]
    run docker top "$C"
    [ "$status" -eq 0 ]
    [[ $output == *"sleep 1000"* ]]
    run docker top "$C" -o pid,comm
    [ "$status" -eq 0 ]
    [[ $output == *sleep* ]]
}

@test "limits reach the cgroup, and update changes them" {
    run_d --memory 64m --memory-swap 64m --pids-limit 50 --cpus 0.5 busybox sleep 1000
    if [ "$(cgroup_mode)" = v2 ]; then
        show='cd /sys/fs/cgroup; cat memory.max pids.max cpu.max'
        expected=$'50\n50000 100000'
    else
        show='cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us'
        expected=$'50\n50000'
    fi
    run docker exec "$C" sh -c "$show"
    [ "$output" = 67108864$'\n'"$expected" ]
    docker update --memory 128m --memory-swap 128m --pids-limit 60 --cpus 1 "$C"
    run docker exec "$C" sh -c "$show"
    [[ $output == 134217728$'\n'60$'\n'100000* ]]
}

@test "out of memory: docker says so" {
    run_d --memory 16m --memory-swap 16m busybox sh -c 'sleep 0.5; exec dd if=/dev/zero of=/dev/null bs=64M count=4'
    [ "$(docker wait "$C")" = 137 ]
    wait_for 5 field_is .State.OOMKilled true
}

@test "--init" {
    run run_in --init busybox sh -c 'tr "\0" " " </proc/1/cmdline; test $$ -ne 1'
    [ "$status" -eq 0 ]
    [[ $output == *docker-init* ]]
}

@test "volumes, tmpfs, read-only root, devices, shm" {
    docker volume create "v$C" >/dev/null
    run_in -v "v$C:/data" busybox sh -c 'echo x >/data/file'
    run run_in -v "v$C:/data:ro" busybox sh -c 'cat /data/file; echo y >/data/file'
    [ "$status" -ne 0 ]
    grep -qx x <<<"$output" # two streams: which comes first is not said
    [[ $output == *"Read-only file system"* ]]
    docker volume rm "v$C" >/dev/null
    run run_in --read-only --tmpfs /root:size=1m busybox sh -c 'df -k /root | tail -1; echo x >/etc/x'
    [[ $output == *1024* ]]
    [[ $output == *"Read-only file system"* ]]
    run run_in --device /dev/null:/dev/mine --shm-size 2m busybox sh -c 'ls -l /dev/mine; df -k /dev/shm | tail -1'
    [[ $output == *"1,   3"*2048* ]]
}

@test "capabilities, no-new-privileges, seccomp, ulimit, sysctl" {
    run run_in --cap-drop all --cap-add net_raw busybox grep CapEff /proc/self/status
    [[ $output == *0000000000002000 ]]
    run run_in --security-opt no-new-privileges busybox grep NoNewPrivs /proc/self/status
    [[ $output == *1 ]]
    run run_in busybox grep '^Seccomp:' /proc/self/status
    [[ $output == *2 ]]
    run run_in --security-opt seccomp=unconfined busybox grep '^Seccomp:' /proc/self/status
    [[ $output == *0 ]]
    run run_in --ulimit core=0:0 --sysctl net.ipv4.ip_unprivileged_port_start=80 busybox \
        sh -c 'ulimit -c; cat /proc/sys/net/ipv4/ip_unprivileged_port_start'
    [ "$output" = 0$'\n'80 ]
}

@test "--privileged: nothing but the program's output" {
    run --separate-stderr run_in --privileged busybox echo quiet
    [ "$status" -eq 0 ]
    [ "$output" = quiet ]
    [ -z "$stderr" ]
}

@test "network: bridge with a published port, host, another container's" {
    docker run -d --name "$C" -p 18080:80 busybox sh -c 'mkdir /www; echo page >/www/index.html; exec httpd -f -h /www' >/dev/null
    fetched() { [ "$(in_network busybox wget -qO- http://127.0.0.1:18080/ 2>/dev/null)" = page ]; }
    wait_for 10 fetched
    run docker run --rm --network "container:$C" busybox wget -qO- http://127.0.0.1/
    [ "$output" = page ]
    run docker run --rm --network host busybox wget -qO- http://127.0.0.1:18080/
    [ "$output" = page ]
}

@test "pid and ipc namespaces of another container and of the host" {
    run_d --ipc shareable busybox sh -c 'echo x >/dev/shm/shared; exec sleep 1000'
    run run_in --pid "container:$C" --ipc "container:$C" busybox sh -c 'ps -o args; cat /dev/shm/shared'
    [[ $output == *"sleep 1000"*x ]]
    run run_in --pid host busybox readlink /proc/self/ns/pid
    [ "$output" = "$(readlink /proc/self/ns/pid)" ]
}

@test "health check: healthy, then unhealthy" {
    run_d --health-cmd 'test -e /dev/shm/well' --health-interval 0.5s --health-retries 1 busybox \
        sh -c 'touch /dev/shm/well; exec sleep 1000'
    wait_for 20 field_is .State.Health.Status healthy
    docker exec "$C" rm /dev/shm/well
    wait_for 20 field_is .State.Health.Status unhealthy
}

@test "restart policies: on-failure gives up after its count, always goes on" {
    run_d --restart on-failure:2 busybox sh -c 'exit 5'
    wait_for 20 field_is .RestartCount 2
    wait_for 20 field_is .State.Status exited
    field_is .State.ExitCode 5
    docker rm "$C"
    run_d --restart always busybox sleep 0.2
    again() { [ "$(field .RestartCount)" -ge 2 ]; }
    wait_for 20 again
}

@test "cp, diff, commit, events" {
    run_d busybox sleep 1000
    echo data >"$E/in"
    docker cp "$E/in" "$C:/root/in"
    run docker exec "$C" cat /root/in
    [ "$output" = data ]
    docker cp "$C:/root/in" "$E/out"
    [ "$(cat "$E/out")" = data ]
    [[ $(docker diff "$C") == *"A /root/in"* ]]
    docker commit "$C" committed >/dev/null
    [ "$(run_in committed cat /root/in)" = data ]
    docker kill "$C"
    docker wait "$C"
    run docker events --since 1h --until "$(($(date +%s) + 1))" --filter "container=$C" --format '{{.Action}}'
    for action in create start kill die; do
        [[ $output == *"$action"* ]]
    done
}

@test "build: RUN, several stages" {
    mkdir -p "$E/build"
    printf 'FROM busybox AS one\nRUN echo made >/root/made\nFROM busybox\nCOPY --from=one /root/made /m\nCMD ["cat", "/m"]\n' \
        >"$E/build/Dockerfile"
    DOCKER_BUILDKIT=0 run docker build --network none -q -t made "$E/build"
    echo "$output"
    [ "$status" -eq 0 ]
    run run_in made
    [ "$output" = made ]
}

@test "live restore: a container outlives the daemon, and its end meanwhile is seen" {
    run_d busybox sleep 1000
    pid=$(field .State.Pid)
    stop_daemon dockerd
    run docker_answers
    [ "$status" -ne 0 ]
    [ -e "/proc/$pid" ]
    start_dockerd
    field_is .State.Status running
    field_is .State.Pid "$pid"
    run docker exec "$C" echo still
    [ "$output" = still ]
    stop_daemon dockerd
    kill -KILL "$pid"
    wait_for 10 gone "$pid"
    start_dockerd
    wait_for 10 field_is .State.Status exited
    field_is .State.ExitCode 137
}

@test "userns-remap: root in the container is another user on the host" {
    # A second daemon, for which these files are in the place of the host's.
    mkdir -p "$E/etc" "$E/remap"
    grep -v '^remapped:' /etc/passwd >"$E/etc/passwd"
    echo 'remapped:x:4242:4242::/:/bin/false' >>"$E/etc/passwd"
    grep -v '^remapped:' /etc/group >"$E/etc/group"
    echo 'remapped:x:4242:' >>"$E/etc/group"
    echo 'remapped:300000:65536' | tee "$E/etc/subuid" >"$E/etc/subgid"
    jq 'del(."live-restore", .bip)' "$E/daemon.json" >"$E/remap.json"
    # shellcheck disable=SC2046
    daemon remap $(in_network_words) unshare -m --propagation private sh -c \
        'for f in passwd group subuid subgid; do [ -e /etc/$f ] || : >/etc/$f; mount --bind "$1/etc/$f" /etc/$f; done; shift; exec "$@"' \
        - "$E" $(dockerd_here "$E/remap" --config-file "$E/remap.json" --bridge none --userns-remap remapped)
    DOCKER_DIR=$E/remap
    wait_for 30 docker_answers || { cat "$E/remap.log"; false; }
    docker import "$E/busybox.tar" busybox >/dev/null
    run run_in busybox sh -c 'id -u; cat /proc/self/uid_map; touch /root/x; stat -c %u /root/x'
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == 0$'\n'*"0     300000      65536"$'\n'0 ]]
    run_d busybox sleep 1000
    [ "$(stat -c %u "/proc/$(field .State.Pid)")" = 300000 ]
    run docker exec "$C" id -u
    [ "$output" = 0 ]
    run run_in --userns host busybox cat /proc/self/uid_map
    [[ $output == *4294967295 ]]
    docker rm -f "$C"
    stop_daemon remap
}
