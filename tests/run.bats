# rsbx run: OCI containers in the foreground, snippets by file and by bundle, exit codes, streams, signals.
load lib/common
setup() { rsbx_setup; }
teardown() { rsbx_teardown; }

snippet() { printf '%s\n' "$2" >"$T/$1"; }
# A snippet's bundle without prepare: busybox, with a name.
snippet_bundle() { bundle '.annotations = {"org.rsbx.snippet.language": "sh"}'; sh_args "$1"; }

@test "run ID: the program's exit code, and nothing is left" {
    need_root
    bundle; sh_args 'echo out; echo err >&2; exit 7'
    run --separate-stderr rsbx run -b "$B" "$ID"
    [ "$status" -eq 7 ]
    [ "$output" = out ]
    [ "$stderr" = err ]
    assert_nothing_left
}

@test "run --keep ID leaves a stopped container" {
    need_root
    bundle; sh_args 'exit 0'
    rsbx run --keep -b "$B" "$ID"
    [ "$(rsbx state "$ID" | jq -r .status)" = stopped ]
    rsbx delete "$ID"
    assert_nothing_left
}

@test "run -d --pid-file ID returns while it runs" {
    need_root
    bundle; sh_args 'exec sleep 60'
    rsbx run -d --pid-file "$T/pid" -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&-
    status_is "$ID" running
    [ "$(cat "$T/pid")" = "$(pid_of "$ID")" ]
    rsbx delete --force "$ID"
    assert_nothing_left
}

@test "run ID: where the pid file cannot be written the program does not run" {
    need_root
    bundle '.mounts += [{destination: "/out", type: "bind", source: "'"$T"'", options: ["bind", "rw"]}]' '.root.readonly = false'
    sh_args 'touch /out/ran'
    run ! rsbx run --pid-file "$T/none/pid" -b "$B" "$ID"
    [[ $output == *"--pid-file: "* ]]
    [ ! -e "$T/ran" ]
    assert_nothing_left
    run -0 rsbx run --pid-file "$T/pid" -b "$B" "$ID"
    [ -e "$T/ran" ]
}

@test "run where a config.json lies: a name is an id, a path is a file" {
    need_root
    bundle; sh_args 'echo container'
    snippet p.py 'print("snippet")'
    mv "$T/p.py" "$B/p.py"
    cd "$B"
    run -0 rsbx run "$ID"
    [ "$output" = container ]
    run -0 rsbx run ./p.py
    [ "$output" = snippet ]
    run -0 rsbx run p.py
    [ "$output" = container ]
    assert_nothing_left
}

@test "run ID: SIGTERM is passed on" {
    need_root
    bundle; sh_args 'trap "exit 5" TERM; touch /tmp/ready; echo ready; while :; do sleep 0.02; done'
    "$RSBX" --root "$ROOT" run -b "$B" "$ID" >"$T/out" 3>&- &
    wait_for 10 grep -q ready "$T/out"
    kill -TERM $!
    status=0; wait $! || status=$?
    [ "$status" -eq 5 ]
    assert_nothing_left
}

@test "run ID that cannot start exits 1, as other runtimes do" {
    need_root
    bundle; args /bin/no-such-program
    run --separate-stderr rsbx run -b "$B" "$ID"
    [ "$status" -eq 1 ]
    [[ $stderr == *"no such file or directory"* ]]
    assert_nothing_left
}

@test "run hello.py and hello.js print their greeting" {
    need_root
    run --separate-stderr rsbx run "$PROJECT_DIR/examples/hello.py"
    [ "$status" -eq 0 ]
    [[ $output == Hello* ]]
    [ -z "$stderr" ] || [[ $stderr == *"making the root"* ]]
    command -v node >/dev/null || skip "no node"
    run --separate-stderr rsbx run "$PROJECT_DIR/examples/hello.js"
    [ "$status" -eq 0 ]
    [[ $output == Hello* ]]
    assert_nothing_left
}

@test "prepare, then run without arguments" {
    need_root
    cd "$T"
    snippet a.py 'import sys; print("args", sys.argv[1:])'
    rsbx prepare a.py -- x "y z"
    run --separate-stderr rsbx run
    [ "$status" -eq 0 ]
    [ "$output" = "args ['x', 'y z']" ]
    assert_nothing_left
}

@test "a missing file: 127, one line" {
    run -127 --separate-stderr rsbx run "$T/nosuch.py"
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *"nosuch.py: no such file or directory"* ]]
}

@test "an unknown language: 125, one line" {
    snippet a.zzz 'hello'
    run --separate-stderr rsbx run "$T/a.zzz"
    [ "$status" -eq 125 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *language* ]]
}

@test "a refusal by lint: 126, one line; it runs with --lint off" {
    need_root
    [ -x "$RSBX_BUILD/rsbx-lint" ] || skip "no rsbx-lint"
    snippet bad.py 'import os; os.system("true"); print("ran")'
    run --separate-stderr rsbx run "$T/bad.py"
    [ "$status" -eq 126 ]
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *"bad.py:1:"*"refused by lint"* ]]
    run --separate-stderr rsbx run --json "$T/bad.py"
    [ "$status" -eq 126 ]
    [ "$(jq -r .verdict <<<"$output")" = refused ]
    [ "$(jq -r '.lint[0].line' <<<"$output")" = 1 ]
    run --separate-stderr rsbx run --lint off "$T/bad.py"
    [[ $output == *ran* ]]
    assert_nothing_left
}

@test "nothing to run: 125, one line" {
    cd "$T"
    run --separate-stderr rsbx run
    [ "$status" -eq 125 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
}

@test "exit codes of a program are its own, also those that look like verdicts" {
    need_root
    for code in 0 1 3 124 125 126 137 152 255; do
        snippet_bundle "exit $code"
        run rsbx run -b "$B" --report "$T/r.json"
        [ "$status" -eq "$code" ]
        [ "$(jq -r .verdict "$T/r.json")" = "$([ $code = 0 ] && echo ok || echo error)" ]
        [ "$(jq -r .exit_code "$T/r.json")" = "$code" ]
    done
    assert_nothing_left
}

@test "stdin, stdout and stderr are the program's, byte for byte" {
    need_root
    snippet_bundle 'tee /dev/stderr'
    head -c 1000000 /dev/urandom >"$T/in"
    rsbx run -b "$B" <"$T/in" >"$T/out" 2>"$T/err"
    cmp "$T/in" "$T/out"
    cmp "$T/in" "$T/err"
}

@test "the program cannot write to the file that is our stdin" {
    need_root
    echo original >"$T/in"
    snippet_bundle 'echo changed >/proc/self/fd/0; cat'
    run rsbx run -b "$B" <"$T/in"
    [ "$(cat "$T/in")" = original ]
    # control: with its own fd a program can
    bash -c 'echo changed >/proc/self/fd/0' <"$T/in"
    [ "$(cat "$T/in")" = changed ]
}

@test "when nobody reads its output the program is told" {
    need_root
    snippet_bundle 'yes'
    run bash -c '"$1" --root "$2" run -b "$3" 2>/dev/null | head -n 2' - "$RSBX" "$ROOT" "$B"
    [ "$output" = $'y\ny' ]
    assert_nothing_left
}

@test "a program that never reads its stdin does not wait for it" {
    need_root
    snippet_bundle 'exec 0<&-; echo done'
    run bash -c 'head -c 10000000 /dev/zero | timeout 20 "$1" --root "$2" run -b "$3"' - "$RSBX" "$ROOT" "$B"
    [ "$output" = done ]
}

@test "a grandchild that holds stdout does not hang the run" {
    need_root
    snippet_bundle '(setsid sleep 100 &) ; echo now'
    SECONDS=0
    run timeout 60 "$RSBX" --root "$ROOT" run -b "$B"
    [ "$output" = now ]
    [ "$status" -eq 0 ]
    [ $SECONDS -lt 30 ]
    assert_nothing_left
}

@test "SIGTERM reaches the program; one that left it at its default ends by it" {
    need_root
    snippet_bundle 'trap "echo got; exit 5" TERM; echo ready; while :; do sleep 0.02; done'
    "$RSBX" --root "$ROOT" run -b "$B" >"$T/out" 3>&- &
    wait_for 10 grep -q ready "$T/out"
    kill -TERM $!
    status=0; wait $! || status=$?
    [ "$status" -eq 5 ]
    grep -q got "$T/out"
    snippet_bundle 'echo again; exec sleep 100'
    "$RSBX" --root "$ROOT" run -b "$B" >"$T/out" 3>&- &
    wait_for 10 grep -q again "$T/out"
    kill -TERM $!
    status=0; wait $! || status=$?
    [ "$status" -eq 143 ]
    assert_nothing_left
}

@test "a second SIGTERM kills a program that does not listen" {
    need_root
    snippet_bundle 'trap "echo one" TERM; echo ready; while :; do sleep 0.02; done'
    "$RSBX" --root "$ROOT" run -b "$B" >"$T/out" 3>&- &
    wait_for 10 grep -q ready "$T/out"
    kill -TERM $!
    wait_for 10 grep -q one "$T/out"
    kill -TERM $!
    status=0; wait $! || status=$?
    [ "$status" -eq 143 ]
    assert_nothing_left
}

@test "kill and delete --force reach a snippet's container while it runs" {
    need_root
    snippet_bundle 'echo ready; exec sleep 100'
    "$RSBX" --root "$ROOT" run -b "$B" --report "$T/r.json" >"$T/out" 3>&- &
    wait_for 10 grep -q ready "$T/out"
    timeout 10 "$RSBX" --root "$ROOT" kill "$(rsbx list -q)" KILL
    status=0; wait $! || status=$?
    [ "$status" -eq 137 ]
    [ "$(jq -r .verdict "$T/r.json")" = signal ]
    assert_nothing_left
}

@test "--json holds the output: text, and base64 where it is not UTF-8" {
    need_root
    snippet_bundle 'printf "gr\303\274n\n"; printf "\377\000x" >&2'
    run --separate-stderr rsbx run -b "$B" --json
    [ "$(jq -r .stdout.data <<<"$output")" = grün ]
    [ "$(jq -r .stdout.encoding <<<"$output")" = utf-8 ]
    [ "$(jq -r .stderr.encoding <<<"$output")" = base64 ]
    [ "$(jq -r .stderr.data <<<"$output")" = /wB4 ]
    [ -z "$stderr" ]
}

@test "--meta is what isolate writes" {
    need_root
    snippet_bundle 'exit 3'
    rsbx run -b "$B" --meta "$T/meta" || :
    grep -qx 'exitcode:3' "$T/meta"
    grep -qx 'status:RE' "$T/meta"
    grep -qx 'message:Exited with error status 3' "$T/meta"
    grep -qE '^time:[0-9]+\.[0-9]{3}$' "$T/meta"
    grep -qE '^time-wall:[0-9]+\.[0-9]{3}$' "$T/meta"
}

@test "refused system calls are named and counted, and see the profile's errno" {
    need_root
    snippet_bundle 'for i in 1 2 3; do mkdir /tmp/x; done; ls -d /tmp'
    config '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls":
        [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}'
    run --separate-stderr rsbx run -b "$B" --json
    [ "$(jq -c .refused <<<"$output")" = '[{"syscall":"mkdir","count":3}]' ]
    [[ $(jq -r .stderr.data <<<"$output") == *"Permission denied"* ]]
    # control: without the rule they are made
    config 'del(.linux.seccomp)'
    run --separate-stderr rsbx run -b "$B" --json
    [ "$(jq -c .refused <<<"$output")" = '[]' ]
    [[ $(jq -r .stderr.data <<<"$output") != *"Permission denied"* ]]
}

@test "limits given to a bundle that is made are an error" {
    need_root
    snippet_bundle 'true'
    run --separate-stderr rsbx run -b "$B" --memory-limit 10
    [ "$status" -eq 125 ]
    [[ $stderr == *prepare* ]]
}
