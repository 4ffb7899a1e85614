# What systemd and those like it hand over: listening sockets (LISTEN_FDS) and a socket to tell that the service is ready
# (NOTIFY_SOCKET).
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle '.process.env += ["RSBX_TEST_ID='"$ID"'"]'
}
teardown() {
    [ -z "${MANAGER:-}" ] || kill "$MANAGER" 2>/dev/null || :
    rsbx_teardown
}

# ---- LISTEN_FDS ----

# As a manager starts a program: sockets from fd 3 on, and the pid of whom they are for.
listen() { bash -c 'export LISTEN_FDS='"$1"' LISTEN_PID=$$; exec "$@"' - "${@:2}" 3<"$T/3" 4<"$T/4"; }

@test "LISTEN_FDS: passed on to the container, with its own pid there" {
    echo three >"$T/3"
    echo four >"$T/4"
    sh_args 'echo $LISTEN_FDS $LISTEN_PID; cat <&3; cat <&4; ls /proc/self/fd | wc -l'
    run listen 2 "$RSBX" --root "$ROOT" run -b "$B" "$ID"
    [ "$status" -eq 0 ]
    [ "$output" = $'2 1\nthree\nfour\n6' ] # and the directory that ls reads
    # one of them is preserved on top
    sh_args 'echo $LISTEN_FDS; cat <&3; cat <&4'
    run listen 1 "$RSBX" --root "$ROOT" run -b "$B" --preserve-fds 1 "$ID"
    [ "$output" = $'1\nthree\nfour' ]
}

@test "LISTEN_FDS: for another process, or more than there are" {
    touch "$T/3" "$T/4"
    sh_args 'echo "[$LISTEN_FDS]"; ls /proc/self/fd | wc -l'
    run bash -c 'export LISTEN_FDS=2 LISTEN_PID=1; exec "$@"' - "$RSBX" --root "$ROOT" run -b "$B" "$ID" 3<"$T/3" 4<"$T/4"
    [ "$output" = $'[]\n4' ]
    run listen 5 "$RSBX" --root "$ROOT" run -b "$B" "$ID"
    [ "$status" -eq 1 ]
    [[ $output == *'fd 5 is not open'* ]]
    assert_nothing_left
}

# ---- NOTIFY_SOCKET ----

manager() {
    command -v python3 >/dev/null || skip "no python3 here"
    cp "$RSBX_BUILD/tests/lib/notify" "$B/rootfs/bin/notify"
    export NOTIFY_SOCKET=$T/manager
    "$TESTS_DIR/lib/notify-manager" "$NOTIFY_SOCKET" >"$T/told" 3>&- &
    MANAGER=$!
    wait_for 20 test -S "$NOTIFY_SOCKET"
}

@test "NOTIFY_SOCKET: READY= and the pid of init on the host get through, nothing else; start waits for that" {
    manager
    sh_args 'echo $NOTIFY_SOCKET; until [ -e /go ]; do sleep 0.02; done
        notify STATUS=busy MAINPID=1 "STATUS=up
READY=1
MAINPID=1"; exec sleep 1000'
    rsbx create -b "$B" "$ID" </dev/null >"$T/out" 2>&1
    rsbx start "$ID" &
    local start=$!
    wait_for 20 status_is "$ID" running
    kill -0 $start
    [ ! -s "$T/told" ]
    touch "$B/rootfs/go"
    wait $start
    [ "$(cat "$T/out")" = /run/notify/notify.sock ]
    wait_for 5 grep -q BARRIER "$T/told"
    [ "$(cat "$T/told")" = "READY=1
MAINPID=$(pid_of "$ID")
BARRIER=1" ]
}

@test "NOTIFY_SOCKET: a container that never gets ready can be looked at and killed, and start ends with it" {
    manager
    args sleep 1000
    rsbx create -b "$B" "$ID" </dev/null >"$T/out" 2>&1
    rsbx start "$ID" &
    local start=$!
    wait_for 20 status_is "$ID" running
    kill -0 $start
    timeout 10 "$RSBX" --root "$ROOT" kill "$ID" KILL
    wait $start
    [ ! -s "$T/told" ]
    timeout 10 "$RSBX" --root "$ROOT" delete "$ID"
    assert_nothing_left
}

@test "NOTIFY_SOCKET: what config.json says of it stands only where there is no manager" {
    manager
    config '.process.env += ["NOTIFY_SOCKET=/elsewhere"]'
    sh_args 'echo $NOTIFY_SOCKET; ls /run'
    run env -u NOTIFY_SOCKET "$RSBX" --root "$ROOT" run -b "$B" "$ID"
    [ "$output" = /elsewhere ]
    sh_args 'echo $NOTIFY_SOCKET; exec notify READY=1'
    run rsbx run -b "$B" "$ID"
    [ "$output" = /run/notify/notify.sock ]
}
