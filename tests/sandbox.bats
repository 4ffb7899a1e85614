# What holds around a snippet's run: its end whatever happens to rsbx, its pid 1, walls asked for by name, files
# that come back.
load lib/common
setup() {
    rsbx_setup
    export XDG_CACHE_HOME=${RSBX_TEST_CACHE:-/tmp/rsbx-test-cache}
}
teardown() { rsbx_teardown; }

py() { printf '%s\n' "$1" >"$T/p.py"; chmod 644 "$T/p.py"; }
is() { [ "$(jq -r "$1" <<<"$R")" = "$2" ] || { echo "$1 is $(jq -r "$1" <<<"$R"), not $2"; return 1; }; }

# as_user FUNCTION...: with these variables, as a real other user.
as_user() {
    need_root
    mkdir -p "$T/user" && chown 12345:12345 "$T/user"
    run --separate-stderr setpriv --reuid 12345 --regid 12345 --clear-groups \
        env HOME="$T/user" XDG_RUNTIME_DIR="$T/user" XDG_CACHE_HOME="$T/user/cache" timeout 100 "$RSBX" "$@"
}
alive_with() { pgrep -f -- "$1" >/dev/null; }
none_with() { ! alive_with "$1"; }

@test "kill -9 of rsbx ends the program, and the next run sweeps up" {
    need_root
    py $'import os, sys, time\nif os.fork() == 0: os.setsid()\nprint("ready", flush=True)\ntime.sleep(100)'
    "$RSBX" --root "$ROOT" run "$T/p.py" -- "canary-$ID" >"$T/out" 3>&- &
    wait_for 30 grep -q ready "$T/out"
    alive_with "p.py canary-$ID"
    kill -9 $!
    wait $! || :
    wait_for 5 none_with "/work/p.py canary-$ID"
    [ -n "$(ls "$ROOT")" ]
    py 'print("next")'
    run -0 "$RSBX" --root "$ROOT" run "$T/p.py"
    [ "$output" = next ]
    assert_nothing_left
}

@test "the next run leaves alone what a living one uses" {
    need_root
    py $'import sys\nprint("ready", flush=True)\nprint(sys.stdin.read(), open("/work/p.py").read())'
    mkfifo "$T/in"
    "$RSBX" --root "$ROOT" run "$T/p.py" <"$T/in" >"$T/out" 3>&- &
    exec 9>"$T/in"
    wait_for 30 grep -q ready "$T/out"
    echo 'print(1)' >"$T/q.py"
    run -0 "$RSBX" --root "$ROOT" run "$T/q.py" 9>&-
    echo word >&9
    exec 9>&-
    wait $!
    grep -q word "$T/out"
    assert_nothing_left
}

@test "as another user: kill -9 of rsbx ends the program" {
    need_root
    py $'import time\nprint("ready", flush=True)\ntime.sleep(100)'
    mkdir -p "$T/user" && chown 12345:12345 "$T/user"
    setpriv --reuid 12345 --regid 12345 --clear-groups env HOME="$T/user" XDG_RUNTIME_DIR="$T/user" \
        XDG_CACHE_HOME="$T/user/cache" "$RSBX" run "$T/p.py" -- "canary-$ID" >"$T/out" 3>&- &
    wait_for 60 grep -q ready "$T/out"
    kill -9 $!
    wait $! || :
    wait_for 5 none_with "/work/p.py canary-$ID"
    as_user run "$T/p.py" --timeout 0.2
    [ "$status" -eq 124 ]
    [ -z "$(ls "$T/user/rsbx")" ]
}
