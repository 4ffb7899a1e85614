# podman with its default cgroup manager, systemd, in the guest of tests/vm/run --systemd: as root, and as a user with
# a session of their own. VM_RUNTIME=runc (or crun) is the control.
load ../lib/common

setup_file() {
    [ -d /run/systemd/system ] || skip "needs systemd"
    command -v podman >/dev/null || skip "podman is not installed"
    E=/var/tmp/engine
    mkdir -p "$E/bin" "$E/rootfs"
    export E VM_RUNTIME=${VM_RUNTIME:-rsbx}
    case $VM_RUNTIME in
    rsbx) cp "$RSBX" "$RSBX_BUILD/rsbx-systemd" "$E/bin" ;;
    *) cp "$(command -v "$VM_RUNTIME")" "$E/bin" ;;
    esac
    busybox_root "$E/rootfs"
    tar -C "$E/rootfs" -cf "$E/busybox.tar" .
    cat >"$E/containers.conf" <<END
[engine]
cgroup_manager = "systemd"
events_logger = "file"
runtime_supports_json = ["crun", "runc", "rsbx"]
runtime_supports_nocgroup = ["crun", "rsbx"]
[engine.runtimes]
$VM_RUNTIME = ["$E/bin/$VM_RUNTIME"]
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
END
    install -d -o 1000 -g 1000 "$E/user"
    podman import -q "$E/busybox.tar" busybox
    user podman import -q "$E/busybox.tar" busybox
}
teardown_file() {
    podman rm --all --force --time 0 >/dev/null 2>&1 || :
    user podman rm --all --force --time 0 >/dev/null 2>&1 || :
    rm -rf "$E"
}

podman() {
    CONTAINERS_CONF=$E/containers.conf command podman --log-level error --root "$E/store" --runroot /run/store --storage-driver vfs --runtime "$VM_RUNTIME" "$@"
}
# As the user whose manager runs, with their session bus: user podman ARGS...
user() {
    shift
    (cd / && exec setpriv --reuid 1000 --regid 1000 --init-groups env -i PATH="$PATH" HOME=/home/tester USER=tester \
        XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus \
        CONTAINERS_CONF="$E/containers.conf" podman --log-level error --root "$E/user" --runroot /run/user/1000/store --storage-driver vfs --runtime "$VM_RUNTIME" "$@")
}
cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }

# lives AS SLICE: a container's life, by podman as AS, in a scope of that slice.
lives() {
    local as=$1 slice=$2 id pid cgroup
    id=$($as podman run -d --network none --memory 64m --pids-limit 50 --cpus 0.5 busybox sh -c 'exec sleep 1000')
    pid=$($as podman inspect -f '{{.State.Pid}}' "$id")
    cgroup=$(cgroup_of "$pid")
    echo "cgroup $cgroup"
    [[ $cgroup == *"$slice/libpod-$id.scope"* ]]
    cd "/sys/fs/cgroup$cgroup"
    while [ ! -e memory.max ] || [ "$(cat memory.max)" = max ]; do cd ..; done # crun makes a cgroup below
    [ "$(cat memory.max pids.max cpu.max)" = $'67108864\n50\n50000 100000' ]
    cd /
    [ "$($as podman exec "$id" echo inside)" = inside ]
    $as podman pause "$id"
    [ "$($as podman inspect -f '{{.State.Status}}' "$id")" = paused ]
    $as podman unpause "$id"
    $as podman stats --no-stream --format '{{.PIDs}}' "$id" | grep -qx 1
    $as podman stop -t 0 "$id"
    [ "$($as podman inspect -f '{{.State.ExitCode}}' "$id")" = 137 ]
    $as podman rm "$id"
    [ ! -d "/sys/fs/cgroup$cgroup" ]
}
# pod AS: a pod is a slice, its containers are scopes in it.
pod() {
    local as=$1 id pid
    $as podman pod create --name pod --network none --infra-image busybox --infra-command '/bin/sleep 1000' >/dev/null
    id=$($as podman run -d --pod pod busybox sleep 1000)
    pid=$($as podman inspect -f '{{.State.Pid}}' "$id")
    echo "cgroup $(cgroup_of "$pid")"
    [[ $(cgroup_of "$pid") == *"-libpod_pod_"*".slice/libpod-$id.scope"* ]]
    $as podman pod rm -f -t 0 pod
    ! find /sys/fs/cgroup -name '*libpod_pod*' | grep . || false
}
root() { shift; podman "$@"; }

@test "podman as root: scopes of machine.slice, limits, exec, pause, stats, stop" {
    run root podman info --format '{{.Host.CgroupManager}} {{.Host.CgroupsVersion}}'
    [ "$output" = "systemd v2" ]
    lives root machine.slice
}

@test "podman as root: a pod is a slice" { pod root; }

@test "podman as root: --cgroup-parent, update, out of memory" {
    id=$(podman run -d --network none --cgroup-parent some.slice busybox sleep 1000)
    [[ $(cgroup_of "$(podman inspect -f '{{.State.Pid}}' "$id")") == */some.slice/libpod-$id.scope* ]]
    podman rm -f -t 0 "$id"
    cd "$E" # conmon notes the kill in a file where podman was called, where podman does not look for it
    id=$(podman run -d --network none --memory 16m busybox dd if=/dev/zero of=/dev/null bs=64M count=4)
    [ "$(podman wait "$id")" = 137 ]
    podman rm "$id"
}

@test "podman of a user with a session: scopes of user.slice, limits, exec, pause, stats, stop" {
    run user podman info --format '{{.Host.CgroupManager}} {{.Host.CgroupsVersion}} {{.Host.Security.Rootless}}'
    [ "$output" = "systemd v2 true" ]
    lives user user.slice
}

@test "podman of a user with a session: a pod is a slice" { pod user; }

@test "podman of a user: --cgroups=disabled, a limit that the user has no controller for is named" {
    [ "$(user podman run --rm --network none --cgroups disabled busybox echo hi)" = hi ] || [ "$VM_RUNTIME" = runc ]
    grep -qw cpuset /sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers && return
    run user podman run --rm --network none --cpuset-cpus 0 busybox echo hi
    echo "$output"
    [ "$status" -ne 0 ]
    [[ $output == *cpuset* ]]
}
