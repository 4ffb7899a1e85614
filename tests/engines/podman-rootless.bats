# podman as another user than root, a real one with ranges of subordinate ids: its runtime runs as root of a user
# namespace, without cgroups of its own where no systemd hands them out.
load lib

setup_file() {
    [ "$(id -u)" -eq 0 ] || skip "needs root, to become another user"
    command -v podman >/dev/null || skip "podman is not installed"
    command -v newuidmap >/dev/null || skip "uidmap is not installed"
    engine_setup
    # The user exists in these files, which podman sees in the place of the host's.
    mkdir -p "$E/etc" "$E/home" "$E/user" "$E/bin"
    cp /etc/passwd /etc/group "$E/etc"
    echo "rsbxtest:x:4243:4243::$E/home:/bin/sh" >>"$E/etc/passwd"
    echo rsbxtest:x:4243: >>"$E/etc/group"
    echo rsbxtest:400000:65536 | tee "$E/etc/subuid" >"$E/etc/subgid"
    cp "$RUNTIME_PATH" "$E/bin/$ENGINE_RUNTIME"
    podman_configuration "$E/bin/$ENGINE_RUNTIME"
    chown -R 4243:4243 "$E/home" "$E/user"
    chmod 700 "$E/user"
    podman import "$E/busybox.tar" busybox >/dev/null 2>&1
}
teardown_file() {
    [ -n "${E:-}" ] || return 0
    podman rm --all --force --time 0 >/dev/null 2>&1 || :
    podman system migrate >/dev/null 2>&1 || : # ends the process that holds the user namespace
    engine_teardown
}
setup() { C=c$BATS_TEST_NUMBER; }
teardown() { podman rm --force --time 0 "$C" >/dev/null 2>&1 || :; }

as_user() {
    # shellcheck disable=SC2016
    unshare -m --propagation private sh -c '
        for f in passwd group subuid subgid; do [ -e /etc/$f ] || : >/etc/$f; mount --bind "$E/etc/$f" /etc/$f || exit; done
        cd / && exec setpriv --reuid 4243 --regid 4243 --init-groups env -i PATH="$PATH" HOME="$E/home" XDG_RUNTIME_DIR="$E/user" \
            USER=rsbxtest CONTAINERS_CONF="$E/containers.conf" "$@"' - "$@"
}
podman() { # it says at each call that / is not a shared mount
    as_user podman --log-level error --storage-driver vfs --runtime "$ENGINE_RUNTIME" "$@"
}
run_in() { podman run --rm --network none "$@"; }

@test "run: output, exit codes, the user's ids" {
    run run_in busybox sh -c 'id -u; cat /proc/self/uid_map; exit 7'
    echo "$output"
    [ "$status" -eq 7 ]
    [ "${lines[0]}" = 0 ]
    [ "$(tr -s ' ' <<<"${lines[1]}")" = " 0 4243 1" ]
    [ "$(tr -s ' ' <<<"${lines[2]}")" = " 1 400000 65536" ]
    run -127 run_in busybox /no/such/program
    run -126 run_in busybox /etc/passwd
}

@test "run -d, exec, top, logs, stop, restart" {
    podman run -d --name "$C" --network none busybox sh -c 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done'
    logged() { podman logs "$C" | grep -q "$1"; }
    wait_for 20 logged up
    run podman exec -u 1000:1000 "$C" sh -c 'id -u; exit 9'
    [ "$status" -eq 9 ]
    [ "$output" = 1000 ]
    run podman top "$C" huser user
    [[ $output == *4243*root* ]]
    podman stop "$C"
    [ "$(podman inspect -f '{{.State.ExitCode}}' "$C")" = 3 ]
    logged bye
    podman restart "$C"
    [ "$(podman inspect -f '{{.State.Status}}' "$C")" = running ]
}

@test "the process belongs to the user; another user in it to the subordinate ids" {
    podman run -d --name "$C" --network none -u 1000:1000 busybox sleep 1000
    pid=$(podman inspect -f '{{.State.Pid}}' "$C")
    [ "$(stat -c %u "/proc/$pid")" = 400999 ]
    [ "$(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")" = 0000000000000000 ]
}

@test "--userns keep-id, nomap of ids by --uidmap" {
    run run_in --userns keep-id busybox sh -c 'id -u; touch /tmp/x; stat -c %u /tmp/x'
    [ "$output" = 4243$'\n'4243 ]
    run run_in --uidmap 0:1:1000 --gidmap 0:1:1000 busybox id -u
    [ "$status" -eq 0 ]
    [ "$output" = 0 ]
}

@test "volumes, tmpfs, read-only root, --group-add keep-groups" {
    mkdir -p "$E/home/volume"
    chown 4243:4243 "$E/home/volume"
    run_in -v "$E/home/volume:/mnt" busybox sh -c 'echo x >/mnt/file'
    [ "$(stat -c %u "$E/home/volume/file")" = 4243 ]
    run run_in -v "$E/home/volume:/mnt:ro" --read-only --tmpfs /scratch busybox sh -c 'touch /scratch/x; touch /mnt/y || touch /z'
    [ "$status" -ne 0 ]
    [[ $output == *"/mnt/y: Read-only file system"*"/z: Read-only file system"* ]]
    only_for rsbx crun
    run run_in --group-add keep-groups busybox true
    [ "$status" -eq 0 ]
}

@test "devices are bound, /proc and /sys are masked" {
    run run_in busybox sh -c 'echo x >/dev/null && head -c 4 /dev/zero | wc -c; cat /proc/kcore /proc/keys 2>/dev/null | wc -c; touch /sys/x'
    [[ $output == 4$'\n'0$'\n'*"Read-only"* ]]
    run run_in --device /dev/null:/dev/mine busybox sh -c 'echo x >/dev/mine'
    [ "$status" -eq 0 ]
}

@test "network: slirp4netns, host" {
    command -v slirp4netns >/dev/null || skip "slirp4netns is not installed"
    [ -c /dev/net/tun ] || skip "no /dev/net/tun"
    run podman run --rm --network slirp4netns busybox ip -o addr show tap0
    [[ $output == *10.0.2.100* ]]
    run podman run --rm --network host busybox ls /sys/class/net
    [ "$output" = "$(ls /sys/class/net)" ]
}

@test "network: pasta" {
    version=$(podman version -f '{{.Client.Version}}')
    [ "$(printf '%s\n4.4\n' "$version" | sort -V | head -n 1)" = 4.4 ] || skip "podman $version has no pasta, 4.4 has"
    command -v pasta >/dev/null || skip "passt is not installed"
    [ -c /dev/net/tun ] || skip "no /dev/net/tun"
    run podman run --rm --network pasta busybox ls /sys/class/net
    [ "$status" -eq 0 ]
    [[ $'\n'$output$'\n' == *$'\n'lo$'\n'* && ${#lines[@]} -ge 2 ]] # the host's interface, by its name
}

@test "a pod, a terminal, --init, a named network namespace of another container" {
    podman pod create --name "pod$C" --network none --infra-image busybox --infra-command '/bin/sleep 1000' >/dev/null
    podman run -d --pod "pod$C" --name "$C" busybox sh -c 'hostname >/dev/shm/h; exec sleep 1000'
    shared() { [ "$(podman run --rm --pod "pod$C" busybox cat /dev/shm/h)" = "pod$C" ]; }
    wait_for 20 shared
    podman pod rm -f -t 0 "pod$C"
    run run_in -t busybox sh -c 'test -t 1 && echo tty'
    [[ $output == tty* ]]
}

@test "limits without a cgroup to put them into are an error, not forgotten" {
    only_for rsbx
    [ ! -d /run/systemd/system ] || skip "systemd gives the user a cgroup"
    run run_in --memory 64m busybox echo ran
    # podman itself drops limits on cgroup v1 and says so
    [ "$status" -ne 0 ] || [[ $output == *"limits are not supported"* || $output == *"Resource limits"* ]]
}

@test "nothing is left: no state of the runtime" {
    run_in busybox true
    [ -z "$(ls "$E/user/$ENGINE_RUNTIME" 2>/dev/null)" ]
}
