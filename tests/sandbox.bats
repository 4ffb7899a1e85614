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

# ---- process 1 ----

judged() { # judged ARGS...: runs p.py, its result in $R
    run --separate-stderr timeout 60 "$RSBX" --root "$ROOT" run --json "$T/p.py" "$@" </dev/null
    R=$output
    echo "$R"; echo "$stderr"
}

@test "a program's own signals end it, and exit codes that look like signals are exit codes" {
    need_root
    local row code
    while read -r row code; do
        py "import os, signal; $row"
        judged
        [ "$status" -eq "$code" ]
        if [[ $row == os._exit* ]]; then is .verdict error; is .exit_code "$code"; is .signal null
        else is .verdict signal; is .exit_code null; is .signal.number $((code - 128)); fi
        run "$RSBX" --root "$ROOT" run "$T/p.py" </dev/null
        [ "$status" -eq "$code" ]
    done <<-LIST
	os.kill(os.getpid(),signal.SIGTERM) 143
	os.kill(os.getpid(),signal.SIGKILL) 137
	os.kill(0,signal.SIGINT) 130
	os.abort() 134
	os.kill(os.getpid(),signal.SIGSEGV) 139
	os._exit(143) 143
	os._exit(137) 137
	LIST
}

@test "process 1 reaps orphans, and what is left ends with the program" {
    need_root
    py $'import os, time\nfor i in range(20):\n    if os.fork() == 0:\n        if os.fork() == 0: os._exit(0)\n        os._exit(0)\n    os.wait()\ntime.sleep(0.2)
print([p for p in os.listdir("/proc") if p.isdigit()], open("/proc/1/comm").read().strip(), os.getppid())
if os.fork() == 0: time.sleep(100)'
    judged
    is .verdict ok
    is .stdout.data $'[\'1\', \'2\'] init 1'
    jq -e '.usage.wall_ms < 20000' <<<"$R"
    assert_nothing_left
}

@test "the program gets at nothing of process 1" {
    need_root
    py $'import os\nfor f in ("fd", "mem", "maps", "environ", "exe", "root"):
    try:
        p = "/proc/1/" + f
        print(f, os.readlink(p) if f in ("exe", "root") else os.listdir(p) if f == "fd" else open(p).read(10))
    except OSError as e: print(f, e.strerror)
for s in (9, 15, 19, 2):
    os.kill(1, s)
try: open("/dev/init", "wb")
except OSError as e: print(e.strerror)
print("alive", os.listdir("/proc/self/fd"))'
    judged
    is .verdict ok
    is '[.stdout.data | split("\n")[] | select(test("denied$"))] | length' 6
    is '.stdout.data | split("\n")[6:] | join("|")' "Read-only file system|alive ['0', '1', '2', '3']|"
}

@test "under runc too: exit codes, signals, the wall clock" {
    need_root
    command -v runc >/dev/null || skip "no runc here"
    local row code
    while read -r row code; do
        py "import os, signal, sys, time; $row"
        rsbx prepare --timeout 1.5 -b "$T/b" "$T/p.py"
        run timeout 60 runc --root "$T/runc" run -b "$T/b" "$ID" </dev/null
        echo "$row: $status $output"
        [ "$status" -eq "$code" ]
    done <<-LIST
	sys.exit(3) 3
	os.kill(os.getpid(),signal.SIGTERM) 143
	os.abort() 134
	os.fork()or(time.sleep(100)) 0
	time.sleep(100) 124
	LIST
    [[ $output == *"wall limit"* ]]
}

@test "a program that is not there after all: 127, one line" {
    need_root
    py 'print(1)'
    rsbx prepare -b "$T/b" "$T/p.py"
    jq '.process.args[3] = "/usr/bin/none"' "$T/b/config.json" >"$T/new" && cp "$T/new" "$T/b/config.json"
    run -127 --separate-stderr "$RSBX" --root "$ROOT" run -b "$T/b"
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *"not found"*"/usr/bin/none"* ]]
    assert_nothing_left
}

@test "as another user: a program's own signals end it" {
    py 'import os; os.abort()'
    as_user run --json "$T/p.py"
    [ "$status" -eq 134 ]
    R=$output
    is .signal.name SIGABRT
}
