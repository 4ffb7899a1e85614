# The life of a container with the command lines that engines send, exactly as they send them, and outputs read by
# their rules: conmon (podman, CRI-O), containerd's shim through go-runc, buildah, runtime-tools.
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle '.process.env += ["RSBX_TEST_ID='"$ID"'"]'
}
teardown() { rsbx_teardown; }

# As conmon and go-runc read it: digits and nothing else.
read_pid() {
    [[ $(od -An -c "$1" | tr -d ' \n') =~ ^[0-9]+$ ]] || { echo "pid file: $(od -c "$1")"; return 1; }
    cat "$1"
}
# What podman does with --log: the whole file is one JSON object.
one_log_object() { [ "$(jq -s length "$1")" -eq 1 ] && jq -er .msg "$1"; }
rfc3339() { [[ $1 =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$ ]]; }

@test "conmon and podman: create, start, kill with a number, delete --force" {
    args /bin/sleep 1000
    "$RSBX" --root "$ROOT" --log-format=json --log "$T/oci-log" create --bundle "$B" --pid-file "$T/pidfile" \
        --no-new-keyring "$ID" </dev/null >"$T/out" 2>&1
    [ ! -s "$T/out" ]
    pid=$(read_pid "$T/pidfile")
    status_is "$ID" created
    # podman calls start with almost no environment
    env -i XDG_RUNTIME_DIR=/run "$RSBX" --root "$ROOT" start "$ID"
    status_is "$ID" running
    [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "/bin/sleep 1000 " ]
    env -i XDG_RUNTIME_DIR=/run "$RSBX" --root "$ROOT" kill "$ID" 9
    wait_for 5 status_is "$ID" stopped
    env -i XDG_RUNTIME_DIR=/run "$RSBX" --root "$ROOT" delete --force "$ID"
    [ ! -s "$T/oci-log" ]
    assert_nothing_left
}

@test "containerd's shim: create, start, state, exec --process, ps, pause, resume, update, kill, delete" {
    args /bin/sleep 1000
    shim() { "$RSBX" --root "$ROOT" --log "$B/log.json" --log-format json "$@"; }
    shim create --bundle "$B" --pid-file "$B/init.pid" "$ID" </dev/null
    shim start "$ID"
    pid=$(read_pid "$B/init.pid")
    jq '.process | .args = ["/bin/sleep", "999"]' "$B/config.json" >"$T/runc-process1"
    shim exec --process "$T/runc-process1" --detach --pid-file "$B/e1.pid" "$ID" </dev/null
    exec_pid=$(read_pid "$B/e1.pid")
    [ "$(shim ps --format json "$ID" | jq -c sort)" = "$(jq -cn --argjson a "$pid" --argjson b "$exec_pid" '[$a, $b] | sort')" ]
    shim pause "$ID"
    status_is "$ID" paused
    shim resume "$ID"
    status_is "$ID" running
    echo '{"pids": {"limit": 33}}' | shim update --resources=- "$ID"
    grep -qx 33 "$(find /sys/fs/cgroup -path "*$ID/pids.max" | head -1)"
    shim kill --all "$ID" 9
    wait_for 5 status_is "$ID" stopped
    wait_for 5 gone "$exec_pid"
    shim delete "$ID"
    assert_nothing_left
}

@test "containerd reads errors from the log: the last error of a stream, with an RFC 3339 time" {
    run "$RSBX" --root "$ROOT" --log "$B/log.json" --log-format json start nobody
    [ "$status" -eq 1 ]
    run "$RSBX" --root "$ROOT" --log "$B/log.json" --log-format json kill nobody 9
    last=$(jq -cs 'map(select(.level == "error")) | last' "$B/log.json")
    [[ $(jq -r .msg <<<"$last") == *"does not exist"* ]]
    rfc3339 "$(jq -r .time <<<"$last")"
}

@test "a failing create: one log object, the same on stderr, exit 1, no pid file, nothing left" {
    args /no/such/program
    run --separate-stderr "$RSBX" --root "$ROOT" --log-format=json --log "$T/oci-log" create --bundle "$B" \
        --pid-file "$T/pid" --no-new-keyring "$ID"
    [ "$status" -eq 1 ]
    [ ! -e "$T/pid" ]
    [[ $(one_log_object "$T/oci-log") == *'"/no/such/program"'*'no such file or directory'* ]]
    [[ $stderr == *'"/no/such/program"'* ]]
    assert_nothing_left
}

@test "wording that engines match on" {
    args /no/such/program
    run rsbx create -b "$B" "$ID"
    [[ $output == *"no such file or directory"* ]]
    args nosuchprogram
    run rsbx create -b "$B" "$ID"
    [[ $output == *'executable file not found in $PATH'* ]]
    args /etc/passwd
    run rsbx create -b "$B" "$ID"
    [[ $output == *"permission denied"* ]]
    run rsbx state nobody
    [ "$status" -eq 1 ]
    [[ $output == *'container "nobody" does not exist'* ]]
    args /bin/true
    rsbx create -b "$B" "$ID"
    run rsbx create -b "$B" "$ID"
    [[ $output == *"already exists"* ]]
    rsbx start "$ID"
    wait_for 5 status_is "$ID" stopped
    run rsbx kill "$ID" 15
    [ "$status" -eq 1 ]
    [[ $output == *"container not running"* ]]
    [[ $output == *"no such process"* ]]
    rsbx kill --all "$ID" 9
    run rsbx exec "$ID" /bin/true
    [ "$status" -eq 255 ]
    [[ $output == *"cannot exec in a stopped container"* ]]
    run rsbx delete nobody
    [ "$status" -eq 1 ]
    rsbx delete --force nobody
}

@test "buildah: create, start, state polled, kill without a signal, delete" {
    sh_args 'trap "exit 0" TERM; while :; do sleep 0.05; done'
    rsbx create --bundle "$B" --pid-file "$B/pid" "$ID" </dev/null
    rsbx start "$ID"
    [ "$(rsbx state "$ID" | jq -r .status)" = running ]
    wait_for 5 grep -q '^SigCgt:.*4...$' "/proc/$(cat "$B/pid")/status"
    rsbx kill "$ID"
    wait_for 5 status_is "$ID" stopped
    rsbx delete "$ID"
}

@test "runtime-tools: kill by name, delete of a created and of a running container" {
    args /bin/sleep 1000
    rsbx create --pid-file "$T/pid" --bundle "$B" "$ID"
    rsbx delete "$ID"
    rsbx create --pid-file "$T/pid" --bundle "$B" "$ID"
    rsbx start "$ID"
    run rsbx delete "$ID"
    [ "$status" -eq 1 ]
    [[ $output == *"cannot delete container $ID that is not stopped: running"* ]]
    for signal in KILL; do rsbx kill "$ID" $signal; done
    wait_for 5 status_is "$ID" stopped
    rsbx delete "$ID"
    assert_nothing_left
}

@test "signals by number, name and SIG name; an unknown one is refused" {
    sh_args 'trap "exit 11" HUP; trap "exit 12" USR2; touch /dev/shm/up; while :; do sleep 0.05; done'
    for signal in 1 HUP SIGUSR2 usr2; do
        rsbx create -b "$B" --pid-file "$T/pid" "$ID"
        rsbx start "$ID"
        wait_for 5 test -e "/proc/$(cat "$T/pid")/root/dev/shm/up"
        rsbx kill "$ID" $signal
        wait_for 5 status_is "$ID" stopped
        rsbx delete "$ID"
    done
    args /bin/sleep 1000
    rsbx create -b "$B" "$ID"
    run rsbx kill "$ID" NOSUCH
    [ "$status" -eq 1 ]
    run rsbx kill "$ID" 99
    [ "$status" -eq 1 ]
    status_is "$ID" created
}

@test "state: the specification's fields, parsed as CRI-O and buildah do" {
    args /bin/sleep 1000
    config '.annotations = {"a.b": "c"}'
    rsbx create -b "$B" "$ID"
    run --separate-stderr rsbx state "$ID"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "$(jq -r '[.id, .status, .bundle, .annotations["a.b"], (.pid | type), (.ociVersion | type)] | join(" ")' <<<"$output")" \
        = "$ID created $B c number string" ]
    rfc3339 "$(jq -r .created <<<"$output")"
    [ "$(stat -c %i "/proc/$(jq .pid <<<"$output")/ns/pid" -L)" != "$(stat -L -c %i /proc/self/ns/pid)" ]
    rsbx start "$ID"
    rsbx kill "$ID" KILL
    wait_for 5 status_is "$ID" stopped
    [ "$(rsbx state "$ID" | jq .pid)" = 0 ]
}

@test "list: table, ids, JSON; null when there is nothing" {
    [ "$(rsbx list --format=json)" = null ]
    args /bin/sleep 1000
    rsbx create -b "$B" "$ID"
    [ "$(rsbx list -q)" = "$ID" ]
    [ "$(rsbx list --format=json | jq -r '.[0] | [.id, .status, .bundle] | join(" ")')" = "$ID created $B" ]
    [[ $(rsbx list --format=json) == '[{"ociVersion":"'*'","id":"'$ID'","pid":'*',"status":"created"'* ]]
    run rsbx list
    [ "$(awk 'NR == 1 {print $1, $2, $3, $4, $5, $6}' <<<"$output")" = "ID PID STATUS BUNDLE CREATED OWNER" ]
    [ "$(awk 'NR == 2 {print $1, $3, $4}' <<<"$output")" = "$ID created $B" ]
}

@test "run: output, exit code, 128 + signal, nothing left" {
    sh_args 'echo out; echo err >&2; exit 7'
    run --separate-stderr rsbx run -b "$B" "$ID"
    [ "$status" -eq 7 ]
    [ "$output" = out ]
    [ "$stderr" = err ]
    sh_args 'kill -SEGV $$; sleep 5'
    config '.linux.namespaces |= map(select(.type != "pid"))'
    run rsbx run -b "$B" "$ID"
    [ "$status" -eq 139 ]
    assert_nothing_left
}

@test "run -d --pid-file, options after the id, --opt=value" {
    args /bin/sleep 1000
    rsbx run --detach --pid-file="$T/pid" "$ID" --bundle="$B" </dev/null >/dev/null 2>&1
    kill -0 "$(read_pid "$T/pid")"
    status_is "$ID" running
    rsbx delete -f "$ID"
    assert_nothing_left
}

@test "exec: output, exit code, user, cwd, environment, signal" {
    args /bin/sleep 1000
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
    run rsbx exec --cwd /tmp -e A=b -u 1000:1001 "$ID" /bin/sh -c 'echo $(pwd) $A $(id -u):$(id -g); exit 9'
    [ "$status" -eq 9 ]
    [ "$output" = "/tmp b 1000:1001" ]
    run rsbx exec "$ID" /bin/sh -c 'kill -KILL $$'
    [ "$status" -eq 137 ]
    run rsbx exec "$ID" nosuchprogram
    [ "$status" -eq 255 ]
    [[ $output == *"executable file not found in"* ]]
    [ "$(echo text | rsbx exec "$ID" cat)" = text ]
}

@test "init becomes a child of the caller's subreaper, and its exit code is seen there" {
    command -v python3 >/dev/null || skip "no python3 here"
    sh_args 'exit 42'
    cat >"$T/reaper.py" <<'END'
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
rsbx, root, bundle, pid_file, id = sys.argv[1:]
subprocess.run([rsbx, "--root", root, "create", "--bundle", bundle, "--pid-file", pid_file, id], check=True)
pid = int(open(pid_file).read())
subprocess.run([rsbx, "--root", root, "start", id], check=True)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
    run python3 "$T/reaper.py" "$RSBX" "$ROOT" "$B" "$T/pid" "$ID"
    [ "$output" = 42 ]
}

@test "ids: what the specification's users send is taken, paths are refused" {
    args /bin/true
    for id in a A.b_c-d+e 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef; do
        rsbx run -b "$B" "$id"
    done
    for id in . .. this/is/invalid ../../etc 'a b' ''; do
        run rsbx create -b "$B" "$id"
        [ "$status" -eq 1 ]
    done
}

@test "features: JSON with empty stderr, as CRI-O and docker want it" {
    run --separate-stderr "$RSBX" features
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    jq -e '.ociVersionMin and .ociVersionMax and (.mountOptions | index("rro"))
        and (.linux.namespaces | index("user")) and .linux.mountExtensions.idmap.enabled' <<<"$output"
}

@test "two commands at once on one container: one starts it, the other says why not" {
    args /bin/sleep 1000
    rsbx create -b "$B" "$ID" </dev/null
    rsbx start "$ID" >"$T/1" 2>&1 &
    first=$!
    rsbx start "$ID" >"$T/2" 2>&1 &
    second=$!
    a=0 b=0
    wait $first || a=$?
    wait $second || b=$?
    [ $((a + b)) -eq 1 ]
    [ "$(cat "$T/1" "$T/2" | wc -l)" -eq 1 ]
    status_is "$ID" running
}
