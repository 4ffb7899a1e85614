# What callers hand over or take back: pidfds, terminals of exec, labels, the output of hooks; and two commands at once.
load lib/common

setup() {
    need_root
    rsbx_setup
    HELPERS=
    bundle '.process.env += ["RSBX_TEST_ID='"$ID"'"]'
    args sleep 1000
}
teardown() {
    local pid
    for pid in $HELPERS; do kill "$pid" 2>/dev/null || :; done
    rsbx_teardown
}
started() { rsbx run -d -b "$B" "$ID" </dev/null >"$T/started" 2>&1 || { cat "$T/started"; return 1; }; }
# receive SOCKET FILE [LINE]: an engine's end of a socket that gets a descriptor
receive() {
    "$TESTS_DIR/lib/receive-fd" "$1" "${@:3}" >"$2" 3>&- &
    HELPERS="$HELPERS $!"
    wait_for 20 test -S "$1"
}

@test "--pidfd-socket of create, run and exec: one pidfd, of that process, which tells its end" {
    receive "$T/s1" "$T/o1"
    rsbx create -b "$B" --pidfd-socket "$T/s1" "$ID" </dev/null >/dev/null 2>&1
    wait_for 20 grep -qx "pid $(pid_of "$ID")" "$T/o1"
    grep -q '^payload .' "$T/o1"
    run ! grep ended "$T/o1"
    rsbx delete --force "$ID"
    wait_for 20 grep -qx ended "$T/o1"

    receive "$T/s2" "$T/o2"
    rsbx run -d -b "$B" --pidfd-socket "$T/s2" "$ID" </dev/null >/dev/null 2>&1
    wait_for 20 grep -qx "pid $(pid_of "$ID")" "$T/o2"
    receive "$T/s3" "$T/o3"
    rsbx exec -d --pid-file "$T/pid" --pidfd-socket "$T/s3" "$ID" sleep 999 </dev/null >/dev/null 2>&1
    wait_for 20 grep -qx "pid $(cat "$T/pid")" "$T/o3"
    kill -KILL "$(cat "$T/pid")"
    wait_for 20 grep -qx ended "$T/o3"
    run ! grep ended "$T/o2"
    run rsbx exec --pidfd-socket "$T/nobody" "$ID" true
    [ "$status" -eq 255 ]
    [[ $output == *"--pidfd-socket: "*"$T/nobody"* ]]
}

@test "exec --tty: a terminal through the console socket, or relayed to ours" {
    started
    receive "$T/tty" "$T/out" hello
    rsbx exec -d --tty --console-socket "$T/tty" "$ID" sh -c 'test -t 0 && tty && read l && echo "got:$l"' </dev/null
    wait_for 20 grep -q 'got:hello' "$T/out"
    grep -q '^payload .' "$T/out"
    grep -q '^/dev/pts/' "$T/out"
    # the pty is the container's own
    run -0 terminal "'$RSBX' --root '$ROOT' exec -t '$ID' sh -c 'tty; echo there; exit 0'"
    [[ $output == */dev/pts/*there* ]]
    run terminal "'$RSBX' --root '$ROOT' exec -t '$ID' sh -c 'exit 9'"
    [ "$status" -eq 9 ]
    run rsbx exec -d -t "$ID" true
    [ "$status" -eq 255 ]
    [[ $output == *"use --console-socket"* ]]
}

@test "run with a terminal: output and signals get through though nobody reads the input" {
    config '.process.terminal = true'
    sh_args 'stty raw -echo; trap "exit 7" TERM; yes | head -c 300000; echo done; while :; do sleep 0.05; done'
    "$RSBX" --root "$ROOT" run -b "$B" "$ID" < <(yes) >"$T/out" 2>&1 3>&- &
    local pid=$! code=0
    HELPERS=$pid
    wait_for 20 grep -q done "$T/out"
    kill -TERM $pid
    wait $pid || code=$?
    [ $code -eq 7 ]
    [ "$(head -c 300000 "$T/out" | tr -d 'y\n' | wc -c)" -eq 0 ]
    assert_nothing_left
}

@test "run with a terminal: it hangs up when nobody reads the output any more" {
    config '.process.terminal = true'
    args yes
    timeout 20 "$RSBX" --root "$ROOT" run -b "$B" "$ID" </dev/null 2>"$T/err" 3>&- | head -1
    [ "${PIPESTATUS[0]}" -ne 124 ]
    assert_nothing_left
}

@test "exec --apparmor and --process-label: applied, or an error that says why not" {
    started
    run rsbx exec --apparmor some-profile "$ID" true
    if grep -qx Y /sys/module/apparmor/parameters/enabled 2>/dev/null; then
        [[ $output == *some-profile* ]] # not loaded: the kernel refuses it
    else
        [[ $output == *"process.apparmorProfile: "*"not enabled"* ]] || { echo "$output"; false; }
    fi
    [ "$status" -eq 255 ]
    [ -e /sys/fs/selinux/status ] && skip "SELinux is on: nothing to refuse"
    run rsbx exec --process-label system_u:system_r:x_t:s0 "$ID" true
    [ "$status" -eq 255 ]
    [[ $output == *"process.selinuxLabel: "*"not enabled"* ]] || { echo "$output"; false; }
}

@test "exec --process: unknown capabilities are a warning, the process runs; with --cap they are an error" {
    started
    jq '.process | .args = ["echo", "ran"] | .capabilities.bounding += ["CAP_MOON"]' "$B/config.json" >"$T/process"
    run --separate-stderr -0 rsbx exec --process "$T/process" "$ID"
    [ "$output" = ran ]
    [[ $stderr == *"warning: process.capabilities"*"ignoring unknown or unavailable capabilities: CAP_MOON"* ]] || { echo "$stderr"; false; }
    run rsbx exec --cap CAP_MOON "$ID" true
    [ "$status" -eq 255 ]
    [[ $output == *CAP_MOON* ]]
}

@test "run.oci.hooks.stdout and run.oci.hooks.stderr: files that hooks' output is appended to" {
    config '.annotations = {"run.oci.hooks.stdout": "'"$T"'/hooks.out", "run.oci.hooks.stderr": "'"$T"'/hooks.err"}' \
        '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "echo one; echo two >&2"]}],
                   poststop: [{path: "/bin/sh", args: ["sh", "-c", "echo three"]}]}'
    started
    rsbx delete --force "$ID"
    [ "$(cat "$T/hooks.out")" = $'one\nthree' ]
    [ "$(cat "$T/hooks.err")" = two ]
    config '.annotations["run.oci.hooks.stdout"] = "'"$T"'/none/file"'
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *"annotation run.oci.hooks.stdout: $T/none/file"* ]]
    assert_nothing_left
}

@test "CRI-O: create through conmon, state parsed, exec --process, update from stdin, kill by number and name, delete" {
    crio() { "$RSBX" --root "$ROOT" "$@"; }
    "$RSBX" --root="$ROOT" create --bundle "$B" --pid-file "$T/pidfile" --no-pivot --no-new-keyring "$ID" </dev/null >"$T/out" 2>&1
    crio start "$ID"
    run --separate-stderr -0 crio state "$ID"
    [ -z "$stderr" ]
    [ "$(jq -r '[.ociVersion, .id, .status, .bundle] | map(type) | unique[]' <<<"$output")" = string ]
    jq '.process | .args = ["echo", "synchronous"]' "$B/config.json" >"$T/process"
    [ "$(crio exec --process "$T/process" "$ID")" = synchronous ]
    echo '{"pids": {"limit": 44}}' | crio update --resources - "$ID"
    grep -qx 44 "$(find /sys/fs/cgroup -path "*$ID/pids.max" | head -1)"
    crio pause "$ID" && crio resume "$ID"
    crio kill -a "$ID" 15 || :
    crio kill "$ID" KILL
    wait_for 20 status_is "$ID" stopped
    run -1 crio kill "$ID" 9
    [[ $output == *"container not running"* && $output == *"no such process"* ]]
    crio delete --force "$ID"
    crio delete --force "$ID"
    assert_nothing_left
}

# ---- two commands at once ----

@test "kill and delete at once, and two deletes: nothing is left, and who comes late says so" {
    for round in 1 2 3 4 5; do
        started
        rsbx kill "$ID" KILL >"$T/1" 2>&1 &
        first=$!
        rsbx delete --force "$ID" >"$T/2" 2>&1 &
        second=$!
        rsbx delete --force "$ID" >"$T/3" 2>&1 &
        third=$!
        wait $first || grep -qE 'not running|does not exist' "$T/1" || { cat "$T/1"; false; }
        wait $second || { cat "$T/2"; false; }
        wait $third || { cat "$T/3"; false; }
        assert_nothing_left
    done
}

@test "exec and delete at once: the process runs or it is said why not, and nothing is left" {
    for round in 1 2 3 4 5; do
        started
        for i in 1 2 3; do
            rsbx exec -d "$ID" sleep 998 </dev/null >"$T/exec$i" 2>&1 &
        done
        sleep "0.00$round"
        rsbx delete --force "$ID"
        wait
        run ! grep -v '^rsbx: ' "$T"/exec[123] -h
        wait_for 20 assert_nothing_left
    done
}

@test "two creates of one id at once: one container, one error" {
    for round in 1 2 3 4 5; do
        codes=
        for i in 1 2; do rsbx create -b "$B" "$ID" </dev/null >"$T/$i" 2>&1 & pids[i]=$!; done
        for i in 1 2; do
            code=0
            wait "${pids[i]}" || code=$?
            codes="$codes$code"
        done
        [[ $codes == 01 || $codes == 10 ]] || { cat "$T/1" "$T/2"; false; }
        grep -q 'container with given ID already exists' "$T/1" "$T/2"
        status_is "$ID" created
        rsbx delete --force "$ID"
        assert_nothing_left
    done
}

@test "run whose container another command deleted leaves the next one of that name alone" {
    "$RSBX" --root "$ROOT" run -b "$B" "$ID" </dev/null >"$T/first" 2>&1 3>&- &
    first=$!
    wait_for 20 status_is "$ID" running
    kill -STOP $first
    rsbx delete --force "$ID"
    started
    pid=$(pid_of "$ID")
    kill -CONT $first
    code=0
    wait $first || code=$?
    [ $code -eq 137 ]
    [ "$(pid_of "$ID")" = "$pid" ]
    status_is "$ID" running
    rsbx delete --force "$ID"
    assert_nothing_left
}

@test "poststart hooks may use the runtime's commands on their container" {
    config ".hooks = {poststart: [{path: \"/bin/sh\", timeout: 20,
        args: [\"sh\", \"-c\", \"$RSBX --root $ROOT update --pids-limit 77 $ID && $RSBX --root $ROOT kill $ID 0\"]}]}"
    started
    [ "$(rsbx events --stats "$ID" | jq .data.pids.limit)" = 77 ]
    # one that deletes it, and then fails
    config ".hooks.poststart[0].args[2] = \"$RSBX --root $ROOT delete --force $ID; exit 1\""
    rsbx delete --force "$ID"
    run ! started
    grep -q 'error running poststart hook #0' "$T/started"
    assert_nothing_left
}

@test "hooks after the start, and a wait for a service to be ready, find no mount of the container's held by the runtime" {
    mkdir -p "$T/source" "$B/rootfs/run/notify" "$ROOT" # in which root in the container cannot make anything
    cat >"$T/hook" <<'EOF'
#!/bin/sh
# "/" is what a tree that is mounted nowhere is called
for f in /proc/${2:-$PPID}/fd/*; do
    [ "$(readlink "$f")" != / ] || echo held
done >"$1"
[ ! -s "$1" ]
EOF
    chmod +x "$T/hook"
    config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings' \
        '.linux.namespaces += [{type: "user"}] | .mounts += [{destination: "/tmp", source: "'"$T"'/source", options: ["rbind"]}]' \
        '.hooks = {createRuntime: [{path: "'"$T"'/hook", args: ["hook", "'"$T"'/before"]}]}'
    run ! started
    grep -q held "$T/before" # the control
    config '.hooks = {poststart: [{path: "'"$T"'/hook", args: ["hook", "'"$T"'/poststart"]}]}'
    started
    [ -e "$T/poststart" ]
    rsbx delete --force "$ID"
    # a start that fails
    config '.hooks = {poststop: [{path: "'"$T"'/hook", args: ["hook", "'"$T"'/poststop"]}]}' '.process.args = ["/bin/nothing"]'
    printf '#!/nowhere\n' >"$B/rootfs/bin/nothing"
    chmod +x "$B/rootfs/bin/nothing"
    run ! started
    [ -e "$T/poststop" ]
    run ! grep held "$T/poststop"
    # a service that does not get ready
    config 'del(.hooks)'
    args sleep 1000
    NOTIFY_SOCKET=$T/notify "$RSBX" --root "$ROOT" run -d -b "$B" "$ID" </dev/null >"$T/out" 2>&1 3>&- &
    HELPERS="$HELPERS $!"
    wait_for 20 status_is "$ID" running
    wait_for 5 "$T/hook" "$T/ready" $!
    rsbx delete --force "$ID"
}

@test "create takes less than 2 MiB of memory, with a seccomp profile of 300 calls that is compiled already" {
    cat >"$T/hook" <<'EOF'
#!/bin/sh
grep -h -e VmHWM -e VmRSS /proc/$PPID/status >"$1"
EOF
    chmod +x "$T/hook"
    config '.hooks = {createRuntime: [{path: "'"$T"'/hook", args: ["hook", "'"$T"'/memory"]}]}'
    jq --slurpfile p "$TESTS_DIR/data/docker-seccomp.json" '.linux.seccomp = $p[0]' "$B/config.json" >"$T/c" && mv "$T/c" "$B/config.json"
    "$RSBX" --root "$ROOT" --cache "$T/cache" create -b "$B" "$ID-1" </dev/null >/dev/null 2>&1 # compiles it
    rsbx delete --force "$ID-1"
    "$RSBX" --root "$ROOT" --cache "$T/cache" create -b "$B" "$ID" </dev/null >"$T/out" 2>&1 || { cat "$T/out"; false; }
    peak=$(awk '/VmHWM/ {print $2}' "$T/memory")
    [[ $RSBX == *asan* ]] && skip "the sanitizer takes memory of its own"
    [ "$peak" -lt 2048 ] || { cat "$T/memory"; false; }
    # the control: the number is the runtime's
    [ "$peak" -gt 50 ]
}
