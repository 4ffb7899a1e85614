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
    "$RSBX" --root "$ROOT" run --timeout 100 "$T/p.py" <"$T/in" >"$T/out" 3>&- &
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

@test "a run of another pid namespace with the same root is left alone while it lives, and swept when it does not" {
    need_root
    py $'import sys\nprint("ready", flush=True)\nprint(sys.stdin.read(), open("/work/p.py").read())'
    mkfifo "$T/in"
    # its pid there is a number that nobody has here
    local n dead=4190000
    [ "$(cat /proc/sys/kernel/pid_max)" -gt $dead ] || dead=$(($(cat /proc/sys/kernel/pid_max) - 100))
    for n in 1 2; do
        unshare --pid --fork --mount-proc --kill-child sh -c \
            "echo $dead >/proc/sys/kernel/ns_last_pid; $RSBX --root $ROOT run --timeout 100 $T/p.py; exit" <"$T/in" >"$T/out" 3>&- &
        exec 9>"$T/in"
        wait_for 30 grep -q ready "$T/out"
        echo 'print(1)' >"$T/q.py"
        run -0 "$RSBX" --root "$ROOT" run "$T/q.py" 9>&-
        [ "$n" = 1 ] || kill -9 "$(pgrep -f -- "^$RSBX --root $ROOT run --timeout 100 $T/p.py")"
        [ "$n" = 2 ] || echo word >&9
        exec 9>&-
        wait $! || :
        [ "$n" = 2 ] || grep -q word "$T/out"
        [ "$n" = 2 ] || : >"$T/out"
    done
    [ -n "$(ls -A "$ROOT")" ]
    run -0 "$RSBX" --root "$ROOT" run "$T/q.py"
    assert_nothing_left
}

@test "a container of an OCI caller that is called like a run is none" {
    need_root
    bundle; sh_args 'exec sleep 60'
    rsbx run -d -b "$B" run-1234567-cafe0001 </dev/null >/dev/null 2>&1 3>&-
    py 'print(1)'
    run -0 "$RSBX" --root "$ROOT" run "$T/p.py"
    status_is run-1234567-cafe0001 running
    rsbx delete --force run-1234567-cafe0001
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

@test "stdout and stderr can be opened by name" {
    printf 'echo one >/dev/stdout; echo two >/dev/stderr; cat /dev/stdin' >"$T/p.sh"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" run "$T/p.sh" <<<three
    [ "$output" = $'one\nthree' ]
    [ "$stderr" = two ]
    as_user run "$T/p.sh"
    [ "$stderr" = two ]
}

# ---- walls ----

@test "landlock: files are written where they may be, and only there; without it elsewhere too" {
    rsbx doctor | grep -q 'landlock  *version' || skip "no Landlock here"
    need_root
    py $'import os, shutil, subprocess, tempfile
def attempt(what, f):
    try: f(); print(what, "ok")
    except OSError as e: print(what, e.strerror)
attempt("work", lambda: open("/work/a", "w").write("x"))
os.mkdir("/work/d")
attempt("rename", lambda: os.rename("/work/a", "/work/d/b"))
attempt("tmp", lambda: open("/tmp/a", "w").write("x"))
attempt("read", lambda: open("/work/p.py").read())
attempt("null", lambda: open("/dev/null", "w").write("x"))
attempt("shm", lambda: open("/dev/shm/x", "w").write("x"))
attempt("comm", lambda: open("/proc/self/comm", "w").write("x"))
attempt("stdout", lambda: open("/dev/stdout", "w").close())'
    rsbx prepare -b "$T/b" "$T/p.py"
    run -0 "$RSBX" --root "$ROOT" run -b "$T/b"
    [ "$(grep -c ' ok$' <<<"$output")" -eq 8 ] || { echo "$output"; return 1; }
    # the wall itself: what the mounts allow, it does not
    jq '.annotations["org.rsbx.landlock"] = "/work:/dev"' "$T/b/config.json" >"$T/new"
    cp "$T/b/config.json" "$T/old"
    cp "$T/new" "$T/b/config.json"
    run -0 "$RSBX" --root "$ROOT" run -b "$T/b"
    [ "$(grep -c 'Permission denied$' <<<"$output")" -eq 2 ] || { echo "$output"; return 1; }
    [[ $output == *"tmp Permission denied"*"comm Permission denied"* ]]
    jq 'del(.annotations["org.rsbx.landlock"])' "$T/old" >"$T/b/config.json"
    run -0 "$RSBX" --root "$ROOT" run -b "$T/b"
    [[ $output == *"tmp ok"*"comm ok"* ]]
}

@test "--require: what is missing is an error before the program starts; without it, degraded" {
    need_root
    py 'print("ran")'
    run -0 "$RSBX" --root "$ROOT" run --require cgroup,seccomp "$T/p.py"
    [ "$output" = ran ]
    local wall
    for wall in cgroup memory-cgroup seccomp,pids-cgroup; do
        run --separate-stderr "$RSBX" --root "$ROOT" --cgroup-manager disabled run --require "$wall" "$T/p.py"
        [ "$status" -eq 125 ]
        [ "$output" = "" ]
        [ "${#stderr_lines[@]}" -eq 1 ]
        [[ $stderr == *"--require ${wall#seccomp,}: "* ]]
    done
    R=$("$RSBX" --root "$ROOT" --cgroup-manager disabled run --json --require seccomp "$T/p.py")
    is .verdict ok
    is '.degraded | join(",")' memory-cgroup,cpu-cgroup,pids-cgroup
    R=$("$RSBX" --root "$ROOT" run --json "$T/p.py")
    is '.degraded | length' 0
    run -125 "$RSBX" --root "$ROOT" run --require fortress "$T/p.py"
    [[ $output == *'"fortress" is unknown'* ]]
    assert_nothing_left
}

@test "as another user: --require cgroup, and the same verdicts without it" {
    py 'print("ran")'
    as_user run --require cgroup "$T/p.py"
    if [ "$status" -ne 0 ]; then
        [ "$status" -eq 125 ]
        [[ $stderr == *"--require cgroup: "*doctor* ]]
    fi
    as_user run --json --pids-limit 8 "$T/p.py"
    R=$output
    is .verdict ok
}

@test "--allow-degraded lint: a level that was asked for, and no rsbx-lint" {
    py 'print("ran")'
    cp "$RSBX" "$T/rsbx" # no helper beside it
    [ -z "$(ls "$T"/../libexec/rsbx 2>/dev/null)" ] || skip "one is found"
    run --separate-stderr "$T/rsbx" --root "$ROOT" run --lint high "$T/p.py"
    [ "$status" -eq 125 ]
    R=$("$T/rsbx" --root "$ROOT" run --json --lint high --allow-degraded lint "$T/p.py")
    is .verdict ok
    is '.degraded[0]' lint
    run -125 "$T/rsbx" --root "$ROOT" run --require lint "$T/p.py"
    [[ $output == *"--require lint: rsbx-lint is not installed"* ]]
}

# ---- files ----

@test "--output-dir: regular files come back, and nothing else is touched" {
    py $'import os, socket
open("a.txt", "w").write("hello")
os.makedirs("d/e"); open("d/e/b\\nc", "w").write("x" * 10); open(b"d/\\xff", "w").close()
os.symlink("/etc/passwd", "link"); os.symlink("/", "dirlink"); os.mkfifo("fifo")
socket.socket(socket.AF_UNIX).bind("sock")
os.chmod("a.txt", 0o4755)
open("/tmp/not", "w").write("x")
if os.fork() == 0:
    while True: open("late", "a").write("x")
raise SystemExit(3)'
    mkdir "$T/out"
    echo canary >"$T/canary"
    ln -s "$T/canary" "$T/out/a.txt" # what is there is replaced, not written through
    run --separate-stderr "$RSBX" --root "$ROOT" run --json --lint off --output-dir "$T/out" "$T/p.py"
    R=$output
    [ "$status" -eq 3 ]
    [ "$(cat "$T/canary")" = canary ]
    [ "$(cat "$T/out/a.txt")" = hello ]
    [ "$(stat -c %a "$T/out/a.txt")" = 755 ]
    [ "$(cat "$T/out/d/e/b"$'\n'c)" = xxxxxxxxxx ]
    is .files_skipped 4
    is .files_truncated false
    [ -z "$(find "$T/out" ! -type f ! -type d)" ]
    [ ! -e "$T/out/p.py" ] && [ ! -e "$T/out/not" ] || false
    is '[.files[].name] | map(select(. != "late")) | sort | join("|")' $'a.txt|d/?|d/e/b\nc'
}

@test "--output-dir: number, size and depth are bounded" {
    py $'import os
for i in range(1100): open(f"f{i}", "w").close()'
    R=$("$RSBX" --root "$ROOT" run --json --output-dir "$T/out" "$T/p.py")
    is '.files | length' 1000
    is .files_truncated true
    py $'import os
os.truncate(os.open("big", os.O_CREAT | os.O_RDWR), 1 << 40)
d = "."
for i in range(30): d += "/d"; os.mkdir(d)
open(d + "/deep", "w").close()
open("small", "w").write("s")'
    R=$("$RSBX" --root "$ROOT" run --json --file-size-limit unlimited --output-dir "$T/out2" "$T/p.py")
    is '.files | map(.name) | join(",")' small
    is .files_truncated true
}

@test "as another user: --output-dir" {
    py 'open("r.txt", "w").write("back")'
    as_user run --output-dir "$T/user/out" "$T/p.py"
    [ "$status" -eq 0 ]
    [ "$(cat "$T/user/out/r.txt")" = back ]
}

@test "a directory is a snippet: its main file, the others beside it" {
    mkdir -p "$T/d/pkg" "$T/d/.git"
    echo 'from pkg import x; print(x.v, open("data.txt").read())' >"$T/d/main.py"
    echo 'v = 5' >"$T/d/pkg/x.py"
    echo -n hey >"$T/d/data.txt"
    : >"$T/d/.git/x"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" run "$T/d/"
    [ "$output" = "5 hey" ]
    echo 'print(1)' >"$T/d/index.py"
    run -125 "$RSBX" --root "$ROOT" run "$T/d"
    [[ $output == *"several files are called main or index"* ]]
    rm "$T/d/index.py" "$T/d/main.py"
    run -125 "$RSBX" --root "$ROOT" run "$T/d"
    [[ $output == *"no main.EXT"* ]]
    echo 'print("only")' >"$T/d/start.py"
    run -0 "$RSBX" --root "$ROOT" run "$T/d"
    [ "$output" = only ]
    ln -s /etc/passwd "$T/d/pkg/leak"
    run -125 "$RSBX" --root "$ROOT" run "$T/d"
    [[ $output == *"pkg/leak: is a symbolic link"* ]]
}

@test "several C files are compiled together" {
    command -v gcc >/dev/null || skip "no gcc here"
    mkdir "$T/d"
    echo 'int f(void); int main(void) { return f(); }' >"$T/d/main.c"
    echo 'int f(void) { return 7; }' >"$T/d/f.c"
    run -7 "$RSBX" --root "$ROOT" run "$T/d"
}

# ---- system calls ----

@test "--learn writes what a program needs beyond its profile, and --seccomp takes that" {
    [ "$(uname -m)" = x86_64 ] || skip "numbers of x86_64"
    py $'import ctypes, socket, threading
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *args): ctypes.set_errno(0); libc.syscall(*args); print(name, ctypes.get_errno())
for family in (socket.AF_INET, socket.AF_INET6):
    try: socket.socket(family).close(); print("socket", family, "ok")
    except OSError as e: print("socket", family, e.errno)
call("kcmp", 312, 1 << 30, 0, 0, 0, 0)
call("seccomp", 317, 99, 0, 0)
call("io_uring_setup", 425, 0, 0)
threading.Thread(target=print).start()'
    run -0 --separate-stderr "$RSBX" --root "$ROOT" run --lint off --learn "$T/l.json" "$T/p.py"
    [[ $output == *"socket 2 ok"*"socket 10 ok"*"kcmp 3"*"seccomp 22"*"io_uring_setup 38"* ]] || { echo "$output"; return 1; }
    [ "$(jq -c '[.syscalls[].names[]] | sort | unique' "$T/l.json")" = '["kcmp","seccomp","socket"]' ]
    [ "$(jq -c '.unknown | map(select(. == "io_uring_setup" or . == "clone3")) | length' "$T/l.json")" -ge 1 ]
    # without it they are refused; with it they are not, and others still are
    run -0 --separate-stderr "$RSBX" --root "$ROOT" run --lint off "$T/p.py"
    [[ $output == *"socket 2 1"*"socket 10 1"*"kcmp 1"*"seccomp 1"* ]]
    jq '.syscalls |= map(select(.args[0].value != 10 and .names[0] != "seccomp"))' "$T/l.json" >"$T/some.json"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" run --lint off --seccomp "$T/some.json" "$T/p.py"
    [[ $output == *"socket 2 ok"*"socket 10 38"*"kcmp 3"*"seccomp 1"* ]] || { echo "$output"; return 1; }
    # it only adds
    echo '{"syscalls": [{"names": ["read"], "action": "SCMP_ACT_KILL"}]}' >"$T/bad.json"
    run -125 "$RSBX" --root "$ROOT" run --seccomp "$T/bad.json" "$T/p.py"
    [[ $output == *"syscalls[0].action: it only adds"* ]]
    echo '{"syscalls": [{"names": "read"}]}' >"$T/bad.json"
    run -125 "$RSBX" --root "$ROOT" run --seccomp "$T/bad.json" "$T/p.py"
    [[ $output == *"syscalls[0].names: expected a list"* ]]
}

@test "root and another user: the same verdicts" {
    need_root
    local name code options mine
    while IFS='|' read -r name options code; do
        py "$code"
        # shellcheck disable=SC2086
        R=$("$RSBX" --root "$ROOT" run --json --lint off $options "$T/p.py" 2>/dev/null </dev/null) || :
        mine=$(jq -r '[.verdict, .exit_code, .signal.number] | join(" ")' <<<"$R")
        # shellcheck disable=SC2086
        as_user run --json --lint off $options "$T/p.py" </dev/null
        R=$output
        echo "$name: $mine; another user: $(jq -r '[.verdict, .exit_code, .signal.number] | join(" ")' <<<"$R")"
        [ "${mine%% *}" = "$name" ]
        [ "$(jq -r '[.verdict, .exit_code, .signal.number] | join(" ")' <<<"$R")" = "$mine" ]
    done <<-'LIST'
	ok|--timeout 30|print(1)
	error|--timeout 30|import sys; sys.exit(7)
	signal|--timeout 30|import os; os.kill(os.getpid(), 11)
	wall|--timeout 0.5|import time; time.sleep(60)
	cpu|--cpu-limit 0.5 --timeout 60|while True: pass
	memory|--memory-limit 64 --cpu-limit 60 --timeout 60|x = bytearray(300 << 20); input()
	output|--output-limit 1 --output-kill --timeout 60|while True: print("x" * 100)
	file_size|--file-size-limit 1 --timeout 30|open("/tmp/f", "wb").write(b"x" * (4 << 20))
	disk|--disk-limit 1 --file-size-limit 100 --timeout 30|open("/tmp/f", "wb").write(b"x" * (4 << 20))
	LIST
}

@test "sixteen at a time: every result right" {
    need_root
    cat >"$T/job" <<-'JOB'
	i=$1 code="import sys; print($1); sys.exit(3)" want="error 3"
	case $((i % 4)) in
	0) code="print($i)" want="ok 0" ;;
	1) code="import os; print($i, flush=True); os.kill(os.getpid(), 15)" want="signal 143" ;;
	2) code="import time; print($i, flush=True); time.sleep(100)" want="wall 124" ;;
	esac
	limit=100; [ "$want" = "wall 124" ] && limit=2
	echo "$code" >"$T/p$i.py"
	"$RSBX" --root "$ROOT" run --timeout $limit --json "$T/p$i.py" >"$T/r$i" </dev/null || code=$?
	[ "$want" = "error 3" ] || [ "$want" = "ok 0" ] || [ "$code" = "${want#* }" ] || echo "$i: exit $code, not $want"
	[ "$(jq -r .verdict "$T/r$i")" = "${want% *}" ] || echo "$i: $(jq -c '[.verdict, .error]' "$T/r$i"), not $want"
	# one that had not got to its print within two seconds of a busy machine is judged all the same
	[ "$limit" = 2 ] || [ "$(jq -r .stdout.data "$T/r$i")" = "$i" ] || echo "$i: wrong output"
	JOB
    export T ROOT RSBX
    run -0 xargs -P 16 -n 1 bash "$T/job" <<<"$(seq "${RSBX_TEST_RUNS:-32}")"
    [ -z "$output" ] || { echo "$output"; return 1; }
    assert_nothing_left
}
