# The published holes of other runtimes that are about processes: descriptors and binaries that leak into a container,
# users and capabilities that come out as more than was asked for. Each with what shows that the attack would be noticed.
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle '.process.env += ["RSBX_TEST_ID='"$ID"'"]'
    args sleep 1000
}
teardown() { rsbx_teardown; }
started() { rsbx run -d -b "$B" "$ID" </dev/null >"$T/started" 2>&1 || { cat "$T/started"; return 1; }; }

@test "exec into a container without a mount namespace has its root, too" {
    config '.mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths, .root.readonly)' \
        '.linux.namespaces |= map(select(.type != "mount"))'
    args sleep 100
    touch "$B/rootfs/inside"
    started
    # the control: the mount namespace that it shares shows the host's tree
    [ "$(readlink "/proc/$(pid_of "$ID")/ns/mnt")" = "$(readlink /proc/self/ns/mnt)" ]
    run rsbx exec "$ID" /bin/ls / ..
    [ "$status" -eq 0 ]
    [[ $output == *inside*inside* ]] || { echo "$output"; false; }
    run rsbx exec --cwd /tmp "$ID" ls ../../inside
    [ "$status" -eq 0 ]
}

@test "exec while run is at work waits for it, and never sees the host's files" {
    # tmpcopyup holds init up while it stands in the host's tree
    config '.mounts += [{destination: "/big", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
    args sleep 100
    mkdir "$B/rootfs/big"
    head -c 300M /dev/zero >"$B/rootfs/big/f"
    touch "$B/rootfs/inside"
    rsbx run -d -b "$B" "$ID" </dev/null >"$T/out" 2>&1 &
    local create=$!
    # the control: the state says "created" while init stands in the host's tree
    local pid early=
    while [ -z "$early" ] && kill -0 $create; do
        pid=$(jq -r '.pid // 0' "$ROOT/$ID/state.json" 2>/dev/null) || continue
        [ "${pid:-0}" -eq 0 ] || [ -e "/proc/$pid/root/inside" ] || early=yes
    done
    run rsbx exec "$ID" /bin/ls /
    [[ $output == *inside* ]] || { echo "$output"; false; }
    wait $create
    [ -n "$early" ]
}

@test "CVE-2024-21626: no cwd through a descriptor of the runtime's, at create or at exec" {
    started
    for n in $(seq 3 24); do
        run rsbx exec --cwd "/proc/self/fd/$n" "$ID" pwd
        [ "$status" -eq 255 ] || { echo "exec: fd $n: $output"; false; }
        config ".process.cwd = \"/proc/self/fd/$n\""
        run rsbx run -b "$B" "$ID-2"
        [ "$status" -ne 0 ] || { echo "run: fd $n: $output"; false; }
    done
    # the same through a link of the image
    mkdir "$B/rootfs/work"
    for n in 3 5 7 9; do ln -s "/proc/self/fd/$n" "$B/rootfs/work/$n"; done
    for n in 3 5 7 9; do
        run rsbx exec --cwd "/work/$n" "$ID" pwd
        [ "$status" -eq 255 ] || { echo "link $n: $output"; false; }
    done
    # control: a descriptor that is passed on is there, and is refused because it leads out of the root
    run bash -c 'exec 3</; "$@"' - "$RSBX" --root "$ROOT" exec --preserve-fds 1 --cwd /proc/self/fd/3 "$ID" pwd
    [ "$status" -eq 255 ]
    [[ $output == *"outside of the container's root"* ]] || { echo "$output"; false; }
}

@test "CVE-2016-9962: a process of the container sees no descriptor of a process that joins" {
    # (with CAP_SYS_PTRACE on the host it could look into any process that it sees)
    cat >"$B/rootfs/watch" <<'EOF'
while :; do
    for p in /proc/[0-9]*; do
        [ "$p" = /proc/1 ] || [ "$p" = "/proc/$$" ] || ls -l "$p/fd" 2>/dev/null | grep -E -- '-> /' | grep -vE ' -> (/dev/null|/watch|/tmp/seen|pipe:.*|/proc/[0-9]*/fd)$' >>/tmp/seen
    done
done
EOF
    args sh /watch
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
    for i in $(seq 15); do rsbx exec "$ID" true </dev/null >/dev/null 2>&1; done
    # control: a descriptor that is the container's own business is seen
    rsbx exec -d "$ID" sh -c 'exec 5</etc/passwd; sleep 100' </dev/null >/dev/null 2>&1
    wait_for 60 rsbx exec "$ID" grep -qs /etc/passwd /tmp/seen
    seen=$(rsbx exec "$ID" grep -v /etc/passwd /tmp/seen || :)
    [ -z "$(grep -vE ' -> (/bin/busybox|/etc/group|/tmp/.*)$' <<<"$seen")" ] || { echo "seen: $seen"; false; }
}

@test "stdio that the caller closed is /dev/null, not a file of the runtime's" {
    args sleep 100
    rsbx run -d -b "$B" "$ID" <&- >&- 2>&-
    for fd in 0 1 2; do
        [ "$(rsbx exec "$ID" readlink "/proc/1/fd/$fd" </dev/null)" = /dev/null ]
    done
}

@test "CVE-2019-5736: the runtime's binary cannot be written to through /proc/PID/exe" {
    before=$(sha256sum <"$RSBX")
    # the program is the runtime itself: what exec runs is whatever /proc/self/exe is
    config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"])' \
        '.process.noNewPrivileges = false'
    # keeps the program of whatever runs open, and writes to it when the process has ended
    cat >"$B/rootfs/attack" <<'EOF'
while :; do
    for p in /proc/[0-9]*; do
        case $(readlink "$p/exe") in
        /bin/busybox | "") ;;
        *) (exec 7<"$p/exe" && while [ -e "$p/exe" ]; do :; done; echo overwritten >/proc/self/fd/7 && echo >>/tmp/hits) 2>/dev/null & ;;
        esac
    done
done
EOF
    args sh /attack
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
    for i in $(seq 20); do rsbx exec "$ID" /proc/self/exe --version </dev/null >/dev/null 2>&1 || :; done
    [ "$(sha256sum <"$RSBX")" = "$before" ]
    run -1 rsbx exec "$ID" test -e /tmp/hits
    # control: a program in the container that the same loop sees is overwritten
    rsbx exec "$ID" cp /bin/busybox /tmp/copy
    overwritten() {
        rsbx exec "$ID" /tmp/copy sleep 0.2 2>/dev/null || :
        [ "$(rsbx exec "$ID" head -c 11 /tmp/copy)" = overwritten ]
    }
    wait_for 30 overwritten
    rsbx exec "$ID" test -e /tmp/hits
    [ "$(sha256sum <"$RSBX")" = "$before" ]
}

@test "CVE-2022-29162, crun CVE-2022-27650: exec --cap leaves the inheritable and ambient sets empty" {
    started
    run -0 rsbx exec --cap CAP_NET_RAW "$ID" grep -E '^Cap(Inh|Amb|Eff)' /proc/self/status
    [[ $output == *$'CapInh:\t0000000000000000'* && $output == *$'CapAmb:\t0000000000000000'* ]]
    # control: the capability itself is there (bit 13)
    eff=$(awk '/CapEff/ {print $2}' <<<"$output")
    (((0x$eff >> 13) & 1))
}

@test "crun CVE-2026-30892: every form of exec --user is what it says, or refused; never root by accident" {
    started
    ids() { rsbx exec --user "$1" "$ID" sh -c 'echo $(id -u):$(id -g)' 2>"$T/err"; }
    [ "$(ids 1)" = 1:0 ]
    [ "$(ids 1:2)" = 1:2 ]
    [ "$(ids 0:5)" = 0:5 ]
    [ "$(ids 4294967294)" = 4294967294:0 ]
    for form in '' 1: :1 : 0x1 ' 1' '1 ' 99999999999 -1 +1 1:2:3 1:x 1:-1 root 4294967295 1.0; do
        code=0
        ids "$form" >"$T/out" || code=$?
        [ "$code" -eq 255 ] || { echo "\"$form\" ran as $(cat "$T/out")"; false; }
        [ -s "$T/err" ]
    done
}

@test "CVE-2021-43784: ten thousand mappings are a clean error" {
    config '.linux.namespaces += [{type: "user"}]' \
        '.linux.uidMappings = [range(10000) | {containerID: ., hostID: (. + 100000), size: 1}]' \
        '.linux.gidMappings = .linux.uidMappings'
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *"linux.uidMappings"*340* ]] || { echo "$output"; false; }
    assert_nothing_left
    # control: as many as go into the one page that the kernel takes
    config '.linux |= (.uidMappings |= .[:240] | .gidMappings |= .[:240])'
    args wc -l /proc/self/uid_map
    run rsbx run -b "$B" "$ID"
    echo "$output"
    [ "$output" = "240 /proc/self/uid_map" ]
}
