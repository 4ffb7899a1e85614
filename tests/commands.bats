# Commands and their options as callers use them: golden command lines of engines, exit codes, texts that are
# matched, formats that are parsed.
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle
    args sleep 100
}
teardown() { rsbx_teardown; }

# Not `run`: a container keeps the output open. Sets $status, $output (both streams).
try() {
    status=0
    rsbx "$@" >"$T/out" 2>&1 </dev/null || status=$?
    output=$(cat "$T/out")
}
created() { rsbx create -b "$B" "${1:-$ID}" </dev/null >"$T/created" 2>&1 || { cat "$T/created"; return 1; }; }
started() { created "$@" && rsbx start "${1:-$ID}"; }
says() { [[ $output == *"$1"* ]] || { echo "status $status: $output"; echo "wanted: $1"; return 1; }; }

@test "conmon's command line: create with pid file, options before and after the id" {
    "$RSBX" --log-format=json --log "$T/log" --root="$ROOT" create --bundle "$B" --pid-file "$T/pid" --no-pivot \
        --no-new-keyring --preserve-fds 0 "$ID" </dev/null >/dev/null 2>&1
    [ "$(cat "$T/pid")" = "$(pid_of "$ID")" ]
    [ "$(wc -l <"$T/pid")" -eq 0 ] # no newline: go-runc parses the whole file as a number
    [ ! -s "$T/log" ]
    rsbx delete --force "$ID"
    rsbx create "$ID" --bundle "$B" </dev/null >/dev/null 2>&1
    status_is "$ID" created
}

@test "create: a failure is one JSON object in the log and one line on stderr" {
    config '.process.cwd = "relative"'
    run "$RSBX" --root "$ROOT" --log "$T/log" --log-format json create -b "$B" "$ID"
    [ "$status" -eq 1 ]
    [ "$(jq -s length "$T/log")" -eq 1 ]
    [ "$(jq -r .level "$T/log")" = error ]
    [[ $(jq -r .msg "$T/log") == *'process.cwd: must be an absolute path'* ]]
    date -d "$(jq -r .time "$T/log")" >/dev/null
    [ "$(wc -l <<<"$output")" -eq 1 ]
    assert_nothing_left
}

@test "create: ids that exist, or are none" {
    created
    try create -b "$B" "$ID"
    [ "$status" -eq 1 ]
    says 'container with given ID already exists'
    for id in .. . a/b 'a b' ''; do
        try create -b "$B" "$id"
        [ "$status" -ne 0 ]
    done
    status_is "$ID" created
}

@test "create: a full state directory is an error, and nothing is left" {
    mkdir -p "$ROOT"
    local n
    for n in nr_inodes=1 nr_inodes=2 nr_inodes=3 nr_inodes=4 nr_inodes=5 nr_inodes=6 size=4k size=8k; do
        mount -t tmpfs -o "$n" tmpfs "$ROOT"
        try create -b "$B" --pid-file "$T/pid" "$ID"
        [ "$status" -eq 1 ] || { echo "$n: $status"; umount "$ROOT"; false; }
        says 'no space left on device' || { umount "$ROOT"; false; }
        [ ! -e "$T/pid" ]
        [ -z "$(ls -A "$ROOT")" ]
        umount "$ROOT"
    done
    assert_nothing_left
}

@test "create --config, --bundle from the working directory" {
    mv "$B/config.json" "$T/other.json"
    cd "$B"
    try create --config "$T/other.json" "$ID"
    [ "$status" -eq 0 ]
    [ "$(rsbx state "$ID" | jq -r .bundle)" = "$B" ]
}

@test "create --console-socket needs a terminal, a terminal needs one of the two" {
    try create -b "$B" --console-socket "$T/none" "$ID"
    [ "$status" -eq 1 ]
    says 'cannot use console socket if runc will not detach or allocate tty'
    config '.process.terminal = true'
    try run -d -b "$B" "$ID"
    [ "$status" -eq 1 ]
    says 'use --console-socket'
    assert_nothing_left
}

@test "create --preserve-fds passes on the fds, and only those" {
    sh_args 'cat <&3; cat <&4; ls /proc/self/fd | tr "\n" " "'
    echo three >"$T/3"; echo four >"$T/4"; echo five >"$T/5"
    run rsbx run -b "$B" --preserve-fds 2 "$ID" 3<"$T/3" 4<"$T/4" 5<"$T/5"
    [ "${lines[0]}" = three ]
    [ "${lines[1]}" = four ]
    [[ ${lines[2]} == "0 1 2 3 4 "* ]]
    [[ ${lines[2]} != *" 6"* ]]
    # descriptors of our own are none that could be passed on: the signalfd of run, a namespace's
    config ".linux.namespaces |= map(if .type == \"ipc\" then .path = \"/proc/$$/ns/ipc\" else . end)"
    for n in 1 200 4294967290 4294967295; do
        try create -b "$B" --preserve-fds $n "$ID" 3>&-
        says 'fd 3 is not open'
        try run -b "$B" --preserve-fds $n "$ID" 3>&-
        says 'fd 3 is not open'
    done
    args sleep 100
    started
    try exec --preserve-fds 4294967295 "$ID" true 3>&-
    [ "$status" -eq 255 ]
    says 'fd 3 is not open'
}

@test "stdio: passed on also where hardly more files than that may be open; only pipes and sockets change owner" {
    config 'del(.process.rlimits)'
    args sh -c 'cat; echo err >&2'
    run bash -c 'ulimit -n 50; echo in | "$@"' - "$RSBX" --root "$ROOT" run -b "$B" "$ID"
    [ "$output" = $'in\nerr' ]
    config '.process.user = {uid: 1000, gid: 1000}'
    mkdir "$T/dir"
    mkfifo "$T/fifo"
    args true
    rsbx run -b "$B" "$ID" <"$T/dir" 2<>"$T/fifo"
    [ "$(stat -c %u "$T/dir" "$T/fifo" | tr '\n' ' ')" = "0 1000 " ]
}

@test "start: once, and never a stopped one" {
    started
    try start "$ID"
    [ "$status" -eq 1 ]
    says 'cannot start an already running container'
    rsbx kill "$ID" KILL
    wait_for 5 status_is "$ID" stopped
    try start "$ID"
    [ "$status" -eq 1 ]
    says 'stopped'
}

@test "state: the specification's object, silent, and an error for unknown ids" {
    config '.annotations = {"k": "v"}'
    started
    run --separate-stderr rsbx state "$ID"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "$(jq -r '.ociVersion' <<<"$output")" = "$("$RSBX" --version | sed -n 's/^spec: //p')" ]
    [ "$(jq -r '.id + " " + .status + " " + .bundle + " " + .annotations.k' <<<"$output")" = "$ID running $B v" ]
    [ "$(jq .pid <<<"$output")" -gt 1 ]
    date -d "$(jq -r .created <<<"$output")" >/dev/null
    rsbx kill "$ID" 9
    wait_for 5 status_is "$ID" stopped
    [ "$(rsbx state "$ID" | jq .pid)" = 0 ]
    run --separate-stderr rsbx state nobody
    [ "$status" -eq 1 ]
    [[ $stderr == *'container "nobody" does not exist'* ]]
}

@test "kill: names, numbers, TERM if none is given" {
    sh_args 'trap "echo usr1 >>/tmp/s" USR1; trap "echo hup >>/tmp/s" HUP; trap "exit 0" TERM; echo >/tmp/ready; while :; do sleep 0.05; done'
    started
    wait_for 5 rsbx exec "$ID" test -e /tmp/ready
    rsbx kill "$ID" SIGUSR1
    wait_for 5 rsbx exec "$ID" grep -q usr1 /tmp/s
    rsbx kill "$ID" HUP
    wait_for 5 rsbx exec "$ID" grep -q hup /tmp/s
    rsbx kill "$ID" 10
    wait_for 5 rsbx exec "$ID" sh -c '[ $(grep -c usr1 /tmp/s) -eq 2 ]'
    try kill "$ID" MOON
    [ "$status" -eq 1 ]
    rsbx kill "$ID"
    wait_for 5 status_is "$ID" stopped
}

@test "kill: a stopped container is not running; with --all that is success" {
    started
    rsbx kill --all "$ID" 9
    wait_for 5 status_is "$ID" stopped
    try kill "$ID" 15
    [ "$status" -eq 1 ]
    says 'container not running: no such process'
    rsbx kill --all "$ID" 9
    try kill nobody 9
    [ "$status" -eq 1 ]
    says 'does not exist'
}

@test "delete: created and stopped ones, running ones only by force, unknown ones only by force" {
    created
    rsbx delete "$ID"
    started
    try delete "$ID"
    [ "$status" -eq 1 ]
    says "cannot delete container $ID that is not stopped: running"
    rsbx delete --force "$ID"
    assert_nothing_left
    try delete "$ID"
    [ "$status" -eq 1 ]
    says 'does not exist'
    rsbx delete --force "$ID"
}

@test "delete --force: what can be found of a container whose files are damaged" {
    local damage pid
    for damage in 'head -c 100 "$s" >"$s.new" && mv "$s.new" "$s"' 'echo garbage >"$s"' 'head -c 4096 /dev/urandom >"$s"' \
        'jq ".format = 99" "$s" >"$s.new" && mv "$s.new" "$s"' 'rm "$s" && mkdir "$s"' 'echo "{}" >"$c"' \
        'jq ".cgroup.directories[0].path = \"x\"" "$s" >"$s.new" && mv "$s.new" "$s"' \
        'jq ".format = 2 | .process = .pid | del(.pid)" "$s" >"$s.new" && mv "$s.new" "$s"'; do
        echo "$damage"
        started
        pid=$(pid_of "$ID")
        s=$ROOT/$ID/state.json c=$ROOT/$ID/config.json
        eval "$damage"
        try delete "$ID"
        [ "$status" -eq 1 ]
        says 'delete --force removes what can be found'
        kill -0 "$pid"
        try delete --force "$ID"
        [ "$status" -eq 0 ]
        says 'warning: '
        wait_for 5 gone "$pid"
        assert_nothing_left
    done
    # one that has ended long ago, whose cgroup another has by now
    started
    pid=$(pid_of "$ID")
    kill -9 "$pid"
    wait_for 5 gone "$pid"
    started "$ID-2"
    jq '.format = 99' "$ROOT/$ID/state.json" >"$T/state"
    mv "$T/state" "$ROOT/$ID/state.json"
    rsbx delete --force "$ID"
    status_is "$ID-2" running
    rsbx delete --force "$ID-2"
    # nothing to read at all: as after a create that was killed
    started
    pid=$(pid_of "$ID")
    : >"$ROOT/$ID/state.json"
    rsbx delete --force "$ID"
    wait_for 5 gone "$pid"
    assert_nothing_left
    # both files: the process cannot be found any more, the name is free again
    started
    pid=$(pid_of "$ID")
    echo '{' | tee "$ROOT/$ID/state.json" >"$ROOT/$ID/config.json"
    rsbx delete --force "$ID"
    [ -z "$(ls "$ROOT")" ]
    kill -9 "$pid"
    wait_for 5 gone "$pid"
    find /sys/fs/cgroup -depth -type d -path "*$ID*" -exec rmdir {} +
}

@test "delete: a cgroupsPath in systemd's form is not yet systemd's, and a scope is stopped only if it is the container's" {
    cp "$RSBX" "$T/rsbx"
    RSBX=$T/rsbx
    # for rsbx-systemd: notes what it is asked, and fails
    printf '#!/bin/sh\ncat >>"%s"\necho "{\\"error\\":\\"no answer\\"}"\n' "$T/asked" >"$T/rsbx-systemd"
    chmod +x "$T/rsbx-systemd"
    config ".linux.cgroupsPath = \"system.slice:rsbx-tests:$ID\""
    half() {
        mkdir -p "$ROOT/$ID"
        cp "$B/config.json" "$ROOT/$ID"
        echo "$1" >"$ROOT/$ID/state.json"
    }
    half '{"format":1,"cgroupManager":0}'
    rsbx delete "$ID"
    [ ! -e "$T/asked" ]
    assert_nothing_left
    # systemd's: what cannot be stopped is an error
    half '{"format":1,"cgroupManager":1}'
    try delete --force "$ID"
    [ "$status" -eq 1 ]
    says 'no answer'
    [ "$(jq -r .command "$T/asked")" = stop ]
    [ "$(jq -r .unit "$T/asked")" = "rsbx-tests-$ID.scope" ]
    [ "$(jq -r .description "$T/asked")" = "rsbx container $ID" ] # others of that name stay
    rm -r "$ROOT/$ID" "$T/asked"
    # not known: the scope is asked for, and the cgroup of the other driver is looked for
    started
    pid=$(pid_of "$ID")
    : >"$ROOT/$ID/state.json"
    try delete --force "$ID"
    [ "$status" -eq 0 ]
    says 'warning: no answer'
    [ "$(jq -r .command "$T/asked")" = stop ]
    wait_for 5 gone "$pid"
    assert_nothing_left
}

@test "kill and delete --regex" {
    config 'del(.linux.cgroupsPath)' # each in one of its own
    created "$ID-a"
    created "$ID-b"
    created "$ID"x
    rsbx kill --regex "^$ID-" KILL
    wait_for 5 status_is "$ID-a" stopped
    wait_for 5 status_is "$ID-b" stopped
    status_is "${ID}x" created
    rsbx delete --regex "^$ID-"
    [ "$(rsbx list -q)" = "${ID}x" ]
    rsbx delete --force "${ID}x"
}

@test "list: table, ids, JSON; null without containers" {
    config 'del(.linux.cgroupsPath)' # each in one of its own
    [ "$(rsbx list -f json)" = null ]
    [ "$(rsbx list | head -1 | tr -s ' ')" = "ID PID STATUS BUNDLE CREATED OWNER" ]
    started "$ID-1"
    created "$ID-2"
    [ "$(rsbx list -q | tr '\n' ' ')" = "$ID-1 $ID-2 " ]
    rsbx list | grep -Eq "^$ID-1 +[0-9]+ +running +$B +20.*Z"
    [[ $(rsbx list --format json) == '[{"ociVersion":"'*'","id":"'$ID-1'","pid":'*',"status":"running",'* ]]
    [ "$(rsbx list -f json | jq length)" -eq 2 ]
    try list -f yaml
    [ "$status" -eq 1 ]
}

@test "ps: a half-made container has no processes that are known, one without a cgroup its init" {
    mkdir -p "$ROOT/half"
    try ps half
    [ "$status" -eq 1 ]
    says 'container not running'
    rsbx delete half
    config 'del(.linux.cgroupsPath, .linux.resources)'
    rsbx --cgroup-manager disabled create -b "$B" "$ID" </dev/null >"$T/out" 2>&1
    [ "$(rsbx ps --format json "$ID")" = "[$(pid_of "$ID")]" ]
}

@test "ps: JSON for containerd, a table for people" {
    sh_args 'sleep 100 & sleep 100'
    started
    wait_for 5 sh -c "[ \$('$RSBX' --root '$ROOT' ps -f json $ID | jq length) -ge 2 ]"
    [[ $(rsbx ps --format json "$ID") =~ ^\[[0-9]+(,[0-9]+)+\]$ ]]
    rsbx ps "$ID" | head -1 | grep -q PID
    rsbx ps "$ID" | grep -q sleep
    [ "$(rsbx ps "$ID" -o pid | grep -c '[0-9]')" -ge 2 ]
}

@test "pause: also before start, which a paused container does not do" {
    created
    rsbx pause "$ID"
    status_is "$ID" paused
    try start "$ID"
    [ "$status" -eq 1 ]
    says 'cannot start an already paused container'
    rsbx resume "$ID"
    status_is "$ID" created
    rsbx start "$ID"
    status_is "$ID" running
}

@test "pause and resume; exec waits for neither" {
    started
    rsbx pause "$ID"
    status_is "$ID" paused
    try exec "$ID" true
    [ "$status" -eq 255 ]
    says 'cannot exec in a paused container'
    rsbx resume "$ID"
    status_is "$ID" running
    try resume "$ID"
    [ "$status" -eq 1 ]
}

@test "exec: exit codes of programs, of signals, of failures" {
    started
    try exec "$ID" sh -c 'exit 7'
    [ "$status" -eq 7 ]
    try exec "$ID" sh -c 'kill -9 $$'
    [ "$status" -eq 137 ]
    try exec "$ID" no-such-program
    [ "$status" -eq 255 ]
    says 'executable file not found in $PATH: "no-such-program": no such file or directory'
    rsbx kill "$ID" 9
    wait_for 5 status_is "$ID" stopped
    try exec "$ID" true
    [ "$status" -eq 255 ]
    says 'cannot exec in a stopped container'
}

@test "exec: user, groups, environment, directory, capabilities, no-new-privs" {
    config '.process.noNewPrivileges = false'
    started
    run rsbx exec --user 12:34 --additional-gids 56 --additional-gids 78 --env A=1 -e "B=x y" --cwd /bin "$ID" \
        sh -c 'id -u; id -g; id -G; echo "$A|$B|$PWD"'
    [ "${lines[0]}" = 12 ]
    [ "${lines[1]}" = 34 ]
    [ "${lines[2]}" = "34 56 78" ]
    [ "${lines[3]}" = "1|x y|/bin" ]
    run rsbx exec --cap CAP_SYS_PTRACE --no-new-privs "$ID" grep -E 'CapEff|NoNewPrivs' /proc/self/status
    [[ ${lines[1]} == *1 ]]
    caps=$((0x$(cut -f2 <<<"${lines[0]}")))
    [ $((caps >> 19 & 1)) -eq 1 ]
    try exec --cap CAP_MOON "$ID" true
    [ "$status" -eq 255 ]
    says 'CAP_MOON'
    # options after the id belong to the program
    [ "$(rsbx exec "$ID" echo --user 5 -e)" = "--user 5 -e" ]
}

@test "exec --process FILE --detach --pid-file: what engines send" {
    started
    cat >"$T/p.json" <<'END'
{"terminal": false, "user": {"uid": 3, "gid": 4, "additionalGids": [5]}, "args": ["sleep", "77"],
 "env": ["PATH=/bin"], "cwd": "/", "capabilities": {"bounding": ["CAP_KILL"]}, "noNewPrivileges": true}
END
    rsbx exec --process "$T/p.json" --detach --pid-file "$T/exec.pid" "$ID" </dev/null >/dev/null 2>&1
    pid=$(cat "$T/exec.pid")
    [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "sleep 77 " ]
    [ "$(awk '/^Uid/ {print $2}' "/proc/$pid/status")" = 3 ]
    [ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink "/proc/$(pid_of "$ID")/ns/pid")" ]
    grep -q "^CapBnd:.*20$" "/proc/$pid/status"
    echo '{"args": ["true"]}' >"$T/p.json"
    rm "$T/exec.pid"
    try exec --process "$T/p.json" --detach --pid-file "$T/exec.pid" "$ID"
    [ "$status" -eq 255 ]
    says "p.json: cwd: missing"
    [ ! -e "$T/exec.pid" ] # conmon's only sign of failure
}

@test "exec --process: what the object leaves out is the container's; a variable given twice counts as the last" {
    config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 333, hard: 444}] | .process.env += ["FOO=old"]' \
        '.process.capabilities = {bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"]}'
    started
    echo '{"cwd": "/", "args": ["sh", "-c", "ulimit -n; grep CapEff /proc/self/status"], "env": ["PATH=/bin"]}' >"$T/p"
    run rsbx exec --process "$T/p" "$ID"
    [ "$output" = $'333\nCapEff:\t0000000000000001' ]
    jq '.rlimits = [{type: "RLIMIT_NOFILE", soft: 222, hard: 222}] | .capabilities = {}' "$T/p" >"$T/q"
    run rsbx exec --process "$T/q" "$ID"
    [ "$output" = $'222\nCapEff:\t0000000000000000' ]
    run rsbx exec --env FOO=new --env BAR=1 "$ID" env
    [ "$(grep -c FOO <<<"$output")" -eq 1 ]
    [[ $output == *FOO=new* && $output == *BAR=1* ]]
    run rsbx exec --env PATH=/nowhere "$ID" true
    [ "$status" -eq 255 ]
}

@test "create --no-new-keyring: the caller's session keyring, for exec too" {
    [ -e /proc/keys ] || skip "a kernel without keyrings"
    config 'del(.linux.maskedPaths)'
    created
    rsbx exec "$ID" grep -q "_ses.$ID" /proc/keys || skip "keyctl(2) is refused here"
    config ".linux.cgroupsPath += \"n\""
    rsbx create -b "$B" --no-new-keyring "n$ID" </dev/null >"$T/out" 2>&1
    run rsbx exec "n$ID" grep "_ses.n$ID" /proc/keys
    [ "$status" -eq 1 ]
    [ -z "$output" ]
}

@test "run: exit code of the program, nothing left; --keep leaves it" {
    sh_args 'exit 9'
    try run -b "$B" "$ID"
    [ "$status" -eq 9 ]
    assert_nothing_left
    try run --keep -b "$B" "$ID"
    [ "$status" -eq 9 ]
    status_is "$ID" stopped
    rsbx delete "$ID"
}

@test "run -d: returns at once, the container goes on" {
    "$RSBX" --root "$ROOT" run -d -b "$B" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
    status_is "$ID" running
    [ "$(cat "$T/pid")" = "$(pid_of "$ID")" ]
}

@test "single-dash long options, as go-runc writes them" {
    try create -no-subreaper -bundle "$B" "$ID"
    [ "$status" -eq 0 ]
    status_is "$ID" created
}

@test "global options: --log-level and --rootless are accepted, a wrong word is not" {
    for o in --log-level=debug --rootless=true --rootless=false --rootless=auto; do
        try $o list
        [ "$status" -eq 0 ]
    done
    try --rootless=perhaps list
    [ "$status" -eq 1 ]
}

@test "update: Intel RDT schemas are refused without resctrl, not dropped" {
    started
    [ ! -e /sys/fs/resctrl/schemata ] || skip "this machine has resctrl"
    try update --l3-cache-schema L3:0=f "$ID"
    [ "$status" -eq 1 ]
    says 'there is no resctrl file system'
    try update --mem-bw-schema MB:0=20 "$ID"
    [ "$status" -eq 1 ]
    says 'there is no resctrl file system'
}

@test "events --stats: one line, the numbers where runc has them" {
    started
    [ "$(rsbx events --stats "$ID" | wc -l)" -eq 1 ]
    rsbx events --stats "$ID" | jq -e --arg id "$ID" '.type == "stats" and .id == $id and
        (.data.cpu.usage.total | type) == "number" and (.data.memory.usage.usage | type) == "number" and
        .data.pids.current >= 1'
    try events --stats nobody
    [ "$status" -eq 1 ]
    says 'does not exist'
}

@test "events: one line each interval, until the container is deleted" {
    started
    rsbx events --interval 100ms "$ID" >"$T/events" 2>&1 </dev/null &
    watcher=$!
    wait_for 5 sh -c "[ \$(grep -c stats '$T/events') -ge 3 ]"
    rsbx delete --force "$ID"
    wait_for 5 gone "$watcher"
    wait "$watcher"
    jq -e .type "$T/events" >/dev/null
}
