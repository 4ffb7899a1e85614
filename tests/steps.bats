# All or nothing: in the build with fault injection, every step of create, start and exec is made to fail, and the
# runtime is killed at every step. A failure cleans up by itself; after a kill `delete --force` leaves nothing.
load lib/common

setup() {
    need_root
    [ -x "$RSBX_STEPS" ] || skip "no build with fault injection: make TEST_STEPS=1 build/test/rsbx"
    rsbx_setup
    RSBX=$RSBX_STEPS
    # Everything that a create can make: a user's hooks, a pid file, devices, limits, a sysctl, seccomp.
    bundle '.process.env += ["RSBX_TEST_ID='"$ID"'"]' \
        '.linux.resources.pids = {limit: 64} | .linux.resources.memory = {limit: 67108864}' \
        '.linux.sysctl = {"net.ipv4.ip_forward": "1"}' \
        '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["reboot"], action: "SCMP_ACT_ERRNO"}]}' \
        '.hooks = {createRuntime: [{path: "/bin/true"}], startContainer: [{path: "/bin/true"}]}'
    args /bin/sleep 1000
}
teardown() { rsbx_teardown; }

# steps_of TABLE...: names of all steps of these tables, at least three a table
steps_of() {
    local table
    for table in "$@"; do
        "$RSBX" steps | grep "^$table:" | sort -u >"$T/steps.$table"
        [ "$(wc -l <"$T/steps.$table")" -ge 3 ] || return 1
        cat "$T/steps.$table"
    done
}
create() { timeout -k 2 20 "$RSBX" --root "$ROOT" create --bundle "$B" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1; }

@test "the list of steps covers create, init, start, exec and join" {
    steps_of create init start exec join
    [ "$(cat "$T"/steps.* | wc -l)" -ge 70 ]
}

@test "a failing step of create or init: an error that names it, and nothing left" {
    steps_of create init >"$T/list"
    while read -r step; do
        if RSBX_FAIL_AT=$step create; then
            echo "$step: create succeeded"
            return 1
        fi
        name=${step#*:}
        grep -qF "$name: injected" "$T/out" || { echo "$step: the error does not name it: $(cat "$T/out")"; return 1; }
        [ ! -e "$T/pid" ] || { echo "$step: pid file left"; return 1; }
        assert_nothing_left || { echo "after a failure at $step"; return 1; }
    done <"$T/list"
}

@test "killed at a step of create or init: delete --force leaves nothing" {
    steps_of create init >"$T/list"
    while read -r step; do
        if RSBX_KILL_AT=$step create; then
            echo "$step: create was not killed"
            return 1
        fi
        rsbx delete --force "$ID" >"$T/out" 2>&1 || { echo "$step: delete: $(cat "$T/out")"; return 1; }
        wait_for 5 assert_nothing_left >"$T/left" || { echo "killed at $step: $(sort -u "$T/left")"; return 1; }
        rm -f "$T/pid"
    done <"$T/list"
}

# run -d without hooks and pid file releases init before it is ready, and starts it at once.
run_early() { timeout -k 2 20 "$RSBX" --root "$ROOT" run -d --bundle "$B" "$ID" </dev/null >"$T/out" 2>&1; }

@test "run releases init early: a failing step, or a kill at it, leaves nothing" {
    config 'del(.hooks)'
    steps_of create init | grep -v 'hooks' >"$T/list"
    while read -r step; do
        if RSBX_FAIL_AT=$step run_early; then
            echo "$step: run succeeded"
            return 1
        fi
        grep -qF "${step#*:}: injected" "$T/out" || { echo "$step: the error does not name it: $(cat "$T/out")"; return 1; }
        wait_for 5 assert_nothing_left >"$T/left" || { echo "after a failure at $step: $(sort -u "$T/left")"; return 1; }
        if RSBX_KILL_AT=$step run_early; then
            echo "$step: run was not killed"
            return 1
        fi
        rsbx delete --force "$ID" >"$T/out" 2>&1 || { echo "$step: delete: $(cat "$T/out")"; return 1; }
        wait_for 5 assert_nothing_left >"$T/left" || { echo "killed at $step: $(sort -u "$T/left")"; return 1; }
    done <"$T/list"
    run_early # the control: without all that it runs
    status_is "$ID" running
    rsbx delete --force "$ID"
    assert_nothing_left
}

@test "a failing create leaves a pid file that was there before alone" {
    echo before >"$T/pid"
    RSBX_FAIL_AT='create:pid file' run ! create
    [ "$(cat "$T/pid")" = before ]
}

@test "neither pid file nor pidfd before init is ready: whoever has one may join its namespaces at once" {
    config 'del(.hooks)'
    "$TESTS_DIR/lib/receive-fd" "$T/s" >"$T/fds" 3>&- &
    receiver=$!
    wait_for 20 test -S "$T/s"
    # the last step of the runtime before it waits for init
    ! RSBX_KILL_AT=create:init timeout -k 2 20 "$RSBX" --root "$ROOT" create --bundle "$B" --pid-file "$T/pid" \
        --pidfd-socket "$T/s" "$ID" </dev/null >"$T/out" 2>&1
    wait $receiver || : # it has seen the end of the connection
    echo "$(cat "$T/fds" "$T/pid" 2>/dev/null)"
    [ ! -e "$T/pid" ]
    run ! grep pid "$T/fds"
    rsbx delete --force "$ID"
    rm -f "$T/s"
    "$TESTS_DIR/lib/receive-fd" "$T/s" >"$T/fds" 3>&- & # the control: with all of it
    wait_for 20 test -S "$T/s"
    "$RSBX" --root "$ROOT" create --bundle "$B" --pid-file "$T/pid" --pidfd-socket "$T/s" "$ID" </dev/null >"$T/out" 2>&1
    wait_for 20 grep -qx "pid $(cat "$T/pid")" "$T/fds"
    rsbx delete --force "$ID"
    wait
}

@test "killed before the cgroup was looked at: delete leaves the container that is in it alone" {
    create
    config '.hooks = {}'
    ! RSBX_KILL_AT=create:cgroup "$RSBX" --root "$ROOT" create --bundle "$B" other </dev/null >"$T/out" 2>&1 || false
    status_is other creating
    rsbx delete --force other
    status_is "$ID" created
    rsbx start "$ID"
    # the control: without the other one its processes are ended
    config '.linux.cgroupsPath = "/rsbx-tests/'"$ID"'x"'
    ! RSBX_KILL_AT="create:save state" "$RSBX" --root "$ROOT" create --bundle "$B" other </dev/null >"$T/out" 2>&1 || false
    rsbx delete --force other
    [ -z "$(find /sys/fs/cgroup -path "*$ID""x*")" ]
}

@test "a failing step of start: start says so; delete leaves nothing" {
    steps_of start >"$T/list"
    while read -r step; do
        RSBX_FAIL_AT=$step create || { cat "$T/out"; return 1; }
        if timeout -k 2 20 "$RSBX" --root "$ROOT" start "$ID" >"$T/out" 2>&1; then
            echo "$step: start succeeded"
            return 1
        fi
        # where init ends before it waits, there is nobody left to tell why
        grep -qE "${step#*:}: injected|has stopped" "$T/out" || { echo "$step: not the error: $(cat "$T/out")"; return 1; }
        rsbx delete --force "$ID"
        assert_nothing_left || { echo "after a failure at $step"; return 1; }
    done <"$T/list"
}

@test "start killed while init is at a step of start: delete --force leaves nothing" {
    local late=0
    steps_of start >"$T/list"
    while read -r step; do
        code=0
        RSBX_KILL_AT=$step create || code=$?
        if [ "$code" -eq 0 ]; then
            # init stops at the step; whoever waits for it is killed
            run timeout -s KILL 0.5 "$RSBX" --root "$ROOT" start "$ID"
            # but where it killed a create that had just done its work
            [ "$status" -ne 0 ] || late=$((late + 1))
            [ "$late" -le 1 ] || { echo "$step: start succeeded"; return 1; }
        else
            # create had not ended when init came to the step: it is what was killed
            [ "$code" -eq 137 ] || { cat "$T/out"; return 1; }
        fi
        rsbx delete --force "$ID"
        wait_for 5 assert_nothing_left >"$T/left" || { echo "killed at $step: $(sort -u "$T/left")"; return 1; }
    done <"$T/list"
}

@test "a failing step of exec: 255, an error that names it, the container runs on" {
    create && rsbx start "$ID"
    steps_of exec join >"$T/list"
    while read -r step; do
        code=0
        RSBX_FAIL_AT=$step timeout -k 2 20 "$RSBX" --root "$ROOT" exec "$ID" /bin/true >"$T/out" 2>&1 </dev/null || code=$?
        [ $code -eq 255 ] || { echo "$step: exit code $code: $(cat "$T/out")"; return 1; }
        grep -qF "${step#*:}: injected" "$T/out" || { echo "$step: the error does not name it: $(cat "$T/out")"; return 1; }
        status_is "$ID" running
        [ "$(rsbx ps --format json "$ID" | jq length)" -eq 1 ] || { echo "$step: a process is left"; return 1; }
    done <"$T/list"
    rsbx exec "$ID" /bin/true
    rsbx delete --force "$ID"
    assert_nothing_left
}

@test "killed at a step of exec: the container runs on, delete --force leaves nothing" {
    create && rsbx start "$ID"
    steps_of exec join >"$T/list"
    while read -r step; do
        code=0
        RSBX_KILL_AT=$step timeout -k 2 5 "$RSBX" --root "$ROOT" exec "$ID" /bin/sleep 1000 >"$T/out" 2>&1 </dev/null || code=$?
        [ $code -eq 137 ] || { echo "$step: exit code $code: $(cat "$T/out")"; return 1; }
        status_is "$ID" running
    done <"$T/list"
    rsbx exec "$ID" /bin/true
    rsbx delete --force "$ID"
    wait_for 5 assert_nothing_left
}
