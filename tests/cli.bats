# The command line: help, versions, wrong arguments and their texts.
load lib/common
setup() { rsbx_setup; }
teardown() { rsbx_teardown; }

@test "--version names program, commit and specification, as docker parses them" {
    run "$RSBX" --version
    [ "$status" -eq 0 ]
    [[ ${lines[0]} =~ ^rsbx\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
    [[ ${lines[1]} =~ ^commit:\ [0-9a-z]+ ]]
    [[ ${lines[2]} =~ ^spec:\ 1\.[0-9]+\.[0-9]+ ]]
}

@test "--help lists every command, and each command's --help exits 0" {
    run "$RSBX" --help
    [ "$status" -eq 0 ]
    commands=$(sed -n '/^Commands:/,/^$/p' <<<"$output" | awk 'NR > 1 && NF {print $1}')
    [ -n "$commands" ]
    for c in $commands; do
        run --separate-stderr "$RSBX" "$c" --help
        [ "$status" -eq 0 ]
        [[ $output == "Usage: rsbx $c"* ]]
        [ -z "$stderr" ]
    done
}

@test "no command: usage on stderr, exit 1" {
    run --separate-stderr "$RSBX"
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    [[ $stderr == Usage:* ]]
}

@test "an unknown command and an unknown option are named in one line" {
    run --separate-stderr "$RSBX" frobnicate
    [ "$status" -eq 1 ]
    [[ $stderr == *'unknown command "frobnicate"'* ]]
    [ "${#stderr_lines[@]}" -eq 1 ]
    run --separate-stderr "$RSBX" spec --frobnicate
    [ "$status" -eq 1 ]
    [[ $stderr == *'unknown option "--frobnicate"'* ]]
}

@test "wrong global values are refused with what was expected" {
    run "$RSBX" --cgroup-manager what spec
    [ "$status" -eq 1 ]
    [[ $output == *'expected cgroupfs, systemd or disabled, found "what"'* ]]
    run "$RSBX" --log-format xml spec
    [ "$status" -eq 1 ]
    [[ $output == *'expected text or json, found "xml"'* ]]
    run "$RSBX" --root / spec
    [ "$status" -eq 1 ]
    [[ $output == *'cannot be the state directory'* ]]
}

# receive SOCKET FILE: one datagram.
receive() {
    python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); open(sys.argv[2], "wb").write(s.recv(65536))' "$1" "$2"
}

@test "--log journald:NAME and syslog:NAME: one datagram with the error; without the service an error" {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    dir=$(mktemp -d /tmp/rsbx-test.XXXXXX)
    export -f receive
    export RSBX
    unshare -m bash -ec '
        mount --make-rprivate /
        mkdir -p "$0/run" "$0/dev"
        mount -n -t tmpfs tmpfs "$0/run" && mount -n -t tmpfs tmpfs "$0/dev"
        mkdir -p "$0/run/systemd/journal"
        mknod -m 666 "$0/dev/null" c 1 3
        mount -n --bind "$0/run" /run
        ! "$RSBX" --log journald:x start nobody 2>"$0/missing" || false
        receive /run/systemd/journal/socket "$0/journal" & r=$!
        until [ -S /run/systemd/journal/socket ]; do sleep 0.02; done
        ! "$RSBX" --root "$0/root" --log journald:my-name start nobody 2>"$0/err" || false
        wait $r
        receive "$0/dev/log" "$0/syslog" & r=$!
        until [ -S "$0/dev/log" ]; do sleep 0.02; done
        mount -n --bind "$0/dev" /dev
        ! "$RSBX" --root "$0/root" --log syslog:my-name start nobody 2>"$0/err" || false
        wait $r' "$dir" 3>&-
    grep -q "^rsbx: --log: /run/systemd/journal/socket: no such file or directory" "$dir/missing"
    grep -q "does not exist" "$dir/err"
    grep -qx "SYSLOG_IDENTIFIER=my-name" "$dir/journal"
    grep -qx "PRIORITY=3" "$dir/journal"
    # the length of the message stands before it: 8 bytes, little endian
    python3 - "$dir/journal" <<'EOF'
import struct, sys
data = open(sys.argv[1], "rb").read()
rest = data[data.index(b"MESSAGE\n") + 8:]
n, = struct.unpack("<Q", rest[:8])
assert rest[8:] == b'container "nobody" does not exist\n' and n == len(rest) - 9, rest
EOF
    [[ $(cat "$dir/syslog") =~ ^"<27>my-name["[0-9]+"]: container \"nobody\" does not exist"$ ]]
    rm -r "$dir"
}

@test "root in a user namespace: its state is where the user's is, as rootless engines need it" {
    need_root
    : >"$T/rsbx" # a file in its place: the error names it
    chmod 755 "$T"
    run setpriv --reuid 4242 --clear-groups env -i XDG_RUNTIME_DIR="$T" unshare -r "$RSBX" list
    echo "$output"
    [ "$status" -ne 0 ]
    [[ $output == *"$T/rsbx"* ]]
    # control: root of the host has another place
    run env XDG_RUNTIME_DIR="$T" "$RSBX" list
    [[ $output != *"$T/rsbx"* ]]
}
