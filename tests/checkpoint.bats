# checkpoint and restore through criu(8). Where the installed criu does not work on this kernel ("criu check"), the
# tests that need it are skipped with what it says; those of the messages and options run everywhere.
load lib/common

setup() {
    need_root
    rsbx_setup
    IMG=$T/images
    bundle '.process.env += ["RSBX_TEST_ID='"$ID"'"]'
}
teardown() {
    local pid
    for pid in $HELPERS; do kill "$pid" 2>/dev/null || :; done
    rsbx_teardown
}

need_criu() {
    local why
    why=$(criu check 2>&1) || skip "criu does not work here: $(grep -m1 Error <<<"$why")"
}
counter='i=0; while :; do i=$((i + 1)); echo $i; echo $i >/tmp/count; sleep 0.05; done'
# A container whose output goes to a pipe that we hold, as engines do it.
start_counter() {
    sh_args "$counter"
    start_with_pipe
}
start_with_pipe() {
    mkfifo "$T/pipe"
    cat "$T/pipe" >"$T/out" 3>&- &
    HELPERS="$HELPERS $!"
    rsbx run -d -b "$B" "$ID" </dev/null >"$T/pipe" 2>&1
}
# restore ARGS...: with another pipe.
restore() {
    rm -f "$T/pipe2" && mkfifo "$T/pipe2"
    cat "$T/pipe2" >"$T/out2" 3>&- &
    HELPERS="$HELPERS $!"
    rsbx restore -d -b "$B" --image-path "$IMG" "$@" </dev/null >"$T/pipe2" 2>&1 || { cat "$T/out2" "$IMG/restore.log"; return 1; }
}
count() { rsbx exec "${1:-$ID}" cat /tmp/count; }
count_above() { [ "$(count)" -gt "$1" ]; }
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
now_ns() { date +%s%N; }

# asked COMMAND [OPTION VALUE?]...: runs it with a criu that only listens; the fields of the request are in $T/request.
asked() {
    command -v python3 >/dev/null || skip "no python3 here"
    mkdir -p "$T/fake"
    ln -sf "$TESTS_DIR/lib/criu-listener" "$T/fake/criu"
    rm -f "$T/request"
    run env PATH="$T/fake:$PATH" CRIU_REQUEST="$T/request" "$RSBX" --root "$ROOT" "$@" </dev/null
    [ "$status" -eq 1 ]
    [ -s "$T/request" ] || { echo "$output"; return 1; }
}

@test "what criu is asked for: each option is a field of the request, and is not there without it" {
    args sleep 1000
    start_with_pipe
    mkdir "$IMG"
    asked checkpoint --image-path "$IMG" "$ID"
    cp "$T/request" "$T/plain"
    local line
    while IFS='|' read -r option field; do
        ! grep -qx "$field" "$T/plain" || { echo "$option: $field without it"; false; }
        asked checkpoint --image-path "$IMG" $option "$ID"
        grep -qx "$field" "$T/request" || { echo "$option: no $field:"; cat "$T/request"; false; }
    done <<'END'
--leave-running|3 1
--ext-unix-sk|4 1
--tcp-established|5 1
--shell-job|7 1
--file-locks|8 1
--auto-dedup|16 1
--link-remap|18 1
--tcp-skip-in-flight|46 1
--network-lock skip|64 3
END
    status_is "$ID" running
    rsbx delete --force "$ID"
    asked restore -d -b "$B" --image-path "$IMG" "$ID"
    cp "$T/request" "$T/plain"
    while IFS='|' read -r option field; do
        ! grep -qx "$field" "$T/plain" || { echo "$option: $field without it"; false; }
        asked restore -d -b "$B" --image-path "$IMG" $option "$ID"
        grep -qx "$field" "$T/request" || { echo "$option: no $field:"; cat "$T/request"; false; }
    done <<'END'
--tcp-established|5 1
--tcp-close|52 1
--ext-unix-sk|4 1
--shell-job|7 1
--file-locks|8 1
--auto-dedup|16 1
--lsm-profile selinux:system_u:object_r:x_t:s0|53 selinux:system_u:object_r:x_t:s0
--lsm-mount-context system_u:object_r:y_t:s0|63 system_u:object_r:y_t:s0
END
    assert_nothing_left
}

@test "a container goes on where it was: memory, tmpfs, stdout, pid file, state" {
    need_criu
    start_counter
    wait_for 30 has_lines "$T/out" 5
    rsbx checkpoint --image-path "$IMG" "$ID"
    run -1 rsbx state "$ID"
    assert_nothing_left
    last=$(tail -1 "$T/out")
    restore --pid-file "$T/pid" "$ID"
    [[ $(od -An -c "$T/pid" | tr -d ' \n') =~ ^[0-9]+$ ]]
    [ "$(pid_of "$ID")" = "$(cat "$T/pid")" ]
    status_is "$ID" running
    wait_for 30 has_lines "$T/out2" 3
    [ "$(head -1 "$T/out2")" -gt 1 ]
    [ "$(head -1 "$T/out2")" -ge "$last" ]
    [ "$(head -1 "$T/out2")" -le $((last + 2)) ]
    [ "$(count)" -ge "$last" ]
    # it is a container like any other
    [ "$(rsbx exec "$ID" hostname)" = box ]
    grep -qx "$(cat "$T/pid")" "$(find /sys/fs/cgroup -path "*$ID/cgroup.procs" | head -1)"
    rsbx pause "$ID"
    status_is "$ID" paused
    rsbx resume "$ID"
    rsbx kill "$ID" KILL
    wait_for 30 status_is "$ID" stopped
    rsbx delete "$ID"
    assert_nothing_left
}

@test "twice in a row, and under another id and cgroup" {
    need_criu
    start_counter
    wait_for 30 has_lines "$T/out" 3
    rsbx checkpoint --image-path "$IMG" "$ID"
    restore "$ID"
    before=$(count)
    wait_for 30 count_above "$before"
    IMG=$T/images2
    rsbx checkpoint --image-path "$IMG" "$ID"
    config ".linux.cgroupsPath = \"/$CG-2\""
    restore "$ID-2"
    [ "$(count "$ID-2")" -ge "$before" ]
    grep -qx "$(pid_of "$ID-2")" "$(find /sys/fs/cgroup -path "*$ID-2/cgroup.procs" | head -1)"
    rsbx delete --force "$ID-2"
    assert_nothing_left
}

@test "--leave-running: the container goes on, and its images are whole" {
    need_criu
    start_counter
    wait_for 30 has_lines "$T/out" 3
    rsbx checkpoint --leave-running --image-path "$IMG" --work-path "$T/work" "$ID"
    status_is "$ID" running
    [ -s "$T/work/dump.log" ]
    [ ! -e "$IMG/dump.log" ]
    before=$(count)
    wait_for 30 count_above "$before"
    rsbx delete --force "$ID"
    restore --work-path "$T/work" "$ID"
    [ -s "$T/work/restore.log" ]
    [ "$(count)" -gt 0 ]
}

@test "--pre-dump and --parent-path: memory ahead, then the rest" {
    need_criu
    criu check --feature mem_dirty_track >/dev/null 2>&1 || skip "this kernel does not track memory"
    start_counter
    wait_for 30 has_lines "$T/out" 3
    rsbx checkpoint --pre-dump --image-path "$T/parent" "$ID"
    status_is "$ID" running
    compgen -G "$T/parent/pages-*.img" >/dev/null
    rsbx checkpoint --image-path "$IMG" --parent-path ../parent "$ID"
    [ "$(readlink "$IMG/parent")" = ../parent ]
    restore "$ID"
    [ "$(count)" -gt 0 ]
}

@test "bind mounts come from where config.json says at restore; links in their destination, masks, devices" {
    need_criu
    mkdir "$T/a" "$T/b" "$B/rootfs/real" "$B/rootfs/sub"
    echo from-a >"$T/a/file"
    echo from-b >"$T/b/file"
    ln -s real "$B/rootfs/link"
    config '.mounts += [{destination: "/link/data", type: "bind", source: "'"$T"'/a", options: ["rbind", "ro"]}]' \
        '.mounts += [{destination: "/sub/file", type: "none", source: "'"$T"'/a/file", options: ["bind"]}]' \
        '.linux.maskedPaths += ["/proc/timer_list", "/etc/passwd", "/root"]'
    start_counter
    wait_for 30 has_lines "$T/out" 3
    rsbx checkpoint --image-path "$IMG" "$ID"
    config '.mounts |= map(.source |= sub("'"$T"'/a"; "'"$T"'/b"))'
    restore "$ID"
    [ "$(rsbx exec "$ID" cat /real/data/file /sub/file | tr '\n' ' ')" = "from-b from-b " ]
    run -1 rsbx exec "$ID" touch /real/data/new
    [ -z "$(rsbx exec "$ID" cat /etc/passwd)" ]
    [ -z "$(rsbx exec "$ID" ls /root)" ]
    rsbx exec "$ID" sh -c 'echo >/dev/null && head -c1 /dev/urandom >/dev/null && [ -c /dev/full ]'
    # nothing of it was mounted on the host
    run ! grep "$T" /proc/self/mountinfo
}

@test "mount points that a new root does not have are made" {
    need_criu
    mkdir "$T/a"
    echo x >"$T/a/file"
    config '.mounts += [{destination: "/deep/place", type: "bind", source: "'"$T"'/a", options: ["bind"]}]' \
        '.mounts += [{destination: "/deep/place/file", type: "bind", source: "'"$T"'/a/file", options: ["bind"]}]'
    start_counter
    wait_for 30 has_lines "$T/out" 3
    rsbx checkpoint --image-path "$IMG" "$ID"
    rm -r "$B/rootfs/deep" && rmdir "$B/rootfs/proc"
    restore "$ID"
    [ "$(rsbx exec "$ID" cat /deep/place/file)" = x ]
    [ "$(count)" -gt 0 ]
}

@test "files as stdin, stdout and stderr are those of restore; a pipe instead is refused in words" {
    need_criu
    sh_args "$counter"
    rsbx run -d -b "$B" "$ID" </dev/null >"$T/log" 2>&1
    wait_for 30 has_lines "$T/log" 3
    rsbx checkpoint --image-path "$IMG" "$ID"
    last=$(tail -1 "$T/log")
    run -1 rsbx restore -d -b "$B" --image-path "$IMG" "$ID"
    [[ $output == *"was a file at the checkpoint"* ]]
    assert_nothing_left
    rsbx restore -d -b "$B" --image-path "$IMG" "$ID" </dev/null >>"$T/log" 2>&1
    wait_for 30 has_lines "$T/log" $((last + 3))
    [ "$(sed -n $((last + 1))p "$T/log")" -ge $((last)) ]
}

@test "a terminal goes to the new console socket" {
    need_criu
    config '.process.terminal = true'
    sh_args 'i=0; while read l; do i=$((i + 1)); echo "$i:$l"; done'
    "$TESTS_DIR/lib/receive-fd" "$T/tty" one >"$T/out" 3>&- &
    HELPERS="$HELPERS $!"
    wait_for 20 test -S "$T/tty"
    rsbx create -b "$B" --console-socket "$T/tty" "$ID" </dev/null >/dev/null 2>&1
    rsbx start "$ID"
    wait_for 30 grep -q 1:one "$T/out"
    rsbx checkpoint --image-path "$IMG" "$ID"
    "$TESTS_DIR/lib/receive-fd" "$T/tty2" two >"$T/out2" 3>&- &
    HELPERS="$HELPERS $!"
    wait_for 20 test -S "$T/tty2"
    rsbx restore -d -b "$B" --image-path "$IMG" --console-socket "$T/tty2" "$ID" </dev/null >/dev/null 2>"$T/err" ||
        { cat "$T/err" "$IMG/restore.log"; false; }
    wait_for 30 grep -q 2:two "$T/out2"
    rsbx exec "$ID" sh -c '[ -c /dev/console ]'
}

@test "namespaces: lo is up again, a network namespace by path is joined, the clock of exec is the container's" {
    need_criu
    config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)'
    unshare -n sleep 1000 3>&- &
    holder=$!
    HELPERS="$HELPERS $holder"
    wait_for 20 sh -c "[ \$(readlink /proc/$holder/ns/net) != $(readlink /proc/self/ns/net) ]"
    config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/'$holder'/ns/net" else . end)'
    start_counter
    wait_for 30 has_lines "$T/out" 3
    rsbx checkpoint --image-path "$IMG" "$ID"
    restore "$ID"
    [ "$(readlink "/proc/$(pid_of "$ID")/ns/net")" = "$(readlink /proc/$holder/ns/net)" ]
    rsbx delete --force "$ID"

    config '.linux.namespaces |= map(del(.path))'
    IMG=$T/images2
    rm "$T/pipe"
    start_counter
    wait_for 30 has_lines "$T/out" 3
    rsbx checkpoint --image-path "$IMG" "$ID"
    restore "$ID"
    rsbx exec "$ID" ifconfig lo | grep -q UP
    [ "$(rsbx exec "$ID" readlink /proc/self/ns/time)" = "$(readlink "/proc/$(pid_of "$ID")/ns/time")" ]
}

@test "hooks: poststop at the checkpoint, prestart and createRuntime at restore, with the new pid; a failing one undoes it" {
    need_criu
    cat >"$T/hook" <<'EOF'
#!/bin/sh
printf '%s %s\n' "$1" "$(jq -c '[.status, .pid]')" >>"$2"
[ "$1" != bad ]
EOF
    chmod +x "$T/hook"
    for kind in prestart createRuntime poststop; do
        config ".hooks.$kind = [{path: \"$T/hook\", args: [\"hook\", \"$kind\", \"$T/hooks\"]}]"
    done
    start_counter
    wait_for 30 has_lines "$T/out" 3
    rm "$T/hooks"
    rsbx checkpoint --image-path "$IMG" "$ID"
    [ "$(cut -d' ' -f1 "$T/hooks")" = poststop ]
    rm "$T/hooks"
    restore "$ID"
    pid=$(pid_of "$ID")
    [ "$(cat "$T/hooks")" = "$(printf 'prestart ["creating",%s]\ncreateRuntime ["creating",%s]' "$pid" "$pid")" ]
    rsbx delete --force "$ID"
    config '.hooks.createRuntime[0].args[1] = "bad"'
    run -1 restore "$ID"
    [[ $output == *'error running createRuntime hook #0'* ]]
    assert_nothing_left
}

@test "restore in the foreground ends with the container's exit code and deletes it" {
    need_criu
    sh_args 'while [ ! -e /go/end ]; do sleep 0.05; done; echo done; exit 7'
    mkdir "$T/go"
    config '.mounts += [{destination: "/go", type: "bind", source: "'"$T"'/go", options: ["bind"]}]'
    start_with_pipe
    wait_for 20 status_is "$ID" running
    rsbx checkpoint --image-path "$IMG" "$ID"
    touch "$T/go/end"
    run bash -c '"$1" --root "$2" restore -b "$3" --image-path "$4" "$5" </dev/null | cat; exit ${PIPESTATUS[0]}' - \
        "$RSBX" "$ROOT" "$B" "$IMG" "$ID"
    [ "$output" = done ] && [ "$status" -eq 7 ] || { echo "$status: $output"; false; }
    assert_nothing_left
}

@test "a paused container can be checkpointed; file locks need --file-locks" {
    need_criu
    ln -s usr/lib "$B/rootfs/lib" && ln -s usr/lib64 "$B/rootfs/lib64"
    config '.mounts += [{destination: "/usr", type: "bind", source: "/usr", options: ["bind", "ro"]}]'
    args flock -x /tmp/lock sh -c "$counter"
    start_with_pipe
    wait_for 30 has_lines "$T/out" 3
    run -1 rsbx checkpoint --image-path "$IMG" "$ID"
    [[ $output == *"criu failed to checkpoint: "*lock*"its log: $IMG/dump.log"* ]] || { echo "$output"; false; }
    # the failure leaves it as it was
    status_is "$ID" running
    before=$(count)
    wait_for 30 count_above "$before"
    rsbx pause "$ID"
    rsbx checkpoint --file-locks --image-path "$IMG" "$ID"
    restore --file-locks "$ID"
    before=$(count)
    wait_for 30 count_above "$before"
    run -1 rsbx exec "$ID" flock -n /tmp/lock true
}

@test "a socket from outside needs --ext-unix-sk; TCP connections need --tcp-established or are closed" {
    need_criu
    config '.linux.namespaces |= map(select(.type != "network"))'
    sh_args "$counter"
    python3 - "$RSBX" "$ROOT" "$B" "$ID" <<'EOF' 3>&- &
import socket, subprocess, sys, time
ours, theirs = socket.socketpair()
subprocess.run([sys.argv[1], "--root", sys.argv[2], "run", "-d", "-b", sys.argv[3], sys.argv[4]], stdin=theirs,
               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
time.sleep(1000)
EOF
    HELPERS="$HELPERS $!"
    wait_for 30 status_is "$ID" running
    run -1 rsbx checkpoint --image-path "$IMG" "$ID"
    [[ $output == *"--ext-unix-sk"* ]] || { echo "$output"; false; }
    status_is "$ID" running
    wait_for 20 count_above 1
}

@test "the command lines of go-runc and conmon" {
    need_criu
    start_counter
    wait_for 30 has_lines "$T/out" 3
    shim() { "$RSBX" --root "$ROOT" --log "$B/log.json" --log-format json "$@"; }
    shim checkpoint --image-path "$IMG" --work-path "$T/work" --tcp-established --ext-unix-sk --shell-job --file-locks \
        --empty-ns network "$ID"
    rm "$T/pipe" && mkfifo "$T/pipe" "$T/pipe2"
    cat "$T/pipe" >"$T/out" 3>&- &
    cat "$T/pipe2" >"$T/out2" 3>&- &
    HELPERS="$HELPERS $!"
    shim restore --image-path "$IMG" --work-path "$T/work" --tcp-established --ext-unix-sk --shell-job --file-locks \
        --empty-ns network --detach --bundle "$B" --pid-file "$B/init.pid" -no-subreaper "$ID" </dev/null >"$T/pipe" 2>&1
    [ "$(pid_of "$ID")" = "$(cat "$B/init.pid")" ]
    "$RSBX" --root "$ROOT" --log-format=json --log "$T/oci-log" checkpoint --image-path "$T/i2" --work-path "$B" \
        --tcp-established --file-locks "$ID"
    "$RSBX" --root "$ROOT" --log-format=json --log "$T/oci-log" restore --bundle "$B" --pid-file "$T/pidfile" --no-pivot \
        --no-new-keyring --detach --image-path "$T/i2" --work-path "$B" --tcp-established --tcp-close --file-locks "$ID" \
        </dev/null >"$T/pipe2" 2>&1
    status_is "$ID" running
    [ "$(pid_of "$ID")" = "$(cat "$T/pidfile")" ]
    [ ! -s "$T/oci-log" ]
}

@test "--lazy-pages: --status-fd gets its byte when pages can be fetched; when criu is killed the container runs on" {
    need_criu
    criu check --feature uffd-noncoop >/dev/null 2>&1 || skip "this kernel has no userfaultfd for criu"
    start_counter
    wait_for 30 has_lines "$T/out" 3
    mkfifo "$T/status"
    exec 8<>"$T/status"
    "$RSBX" --root "$ROOT" checkpoint --lazy-pages --page-server 127.0.0.1:27777 --status-fd 8 \
        --manage-cgroups-mode ignore --image-path "$IMG" "$ID" 2>"$T/err" 3>&- &
    dump=$!
    [ "$(timeout 60 head -c 1 <&8 | od -An -tx1)" = " 00" ]
    kill "$(pgrep -P "$dump")"
    ! wait "$dump" || false
    grep -q 'criu failed to checkpoint' "$T/err"
    status_is "$ID" running
    before=$(count)
    wait_for 30 count_above "$before"
}

@test "restore --lazy-pages without a page daemon: said in words, and nothing is left" {
    need_criu
    criu check --feature uffd-noncoop >/dev/null 2>&1 || skip "this kernel has no userfaultfd for criu"
    start_counter
    wait_for 30 has_lines "$T/out" 3
    rsbx checkpoint --image-path "$IMG" "$ID"
    run restore --lazy-pages "$ID"
    [ "$status" -eq 1 ]
    [[ $output == *"lazy-pages.socket"* ]] || { echo "$output"; false; }
    assert_nothing_left
    restore "$ID"
}

@test "a TCP connection in the container goes on with --tcp-established, and is an error without" {
    need_criu
    sh_args 'nc -l -p 99 -e sh -c "while :; do echo tick; sleep 0.1; done" &
        until sleep 1000 | nc 127.0.0.1 99 >/tmp/got; do sleep 0.1; done; sleep 1000'
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
    ticks() { rsbx exec "$ID" sh -c 'cat /tmp/got 2>/dev/null | wc -l'; }
    ticks_above() { [ "$(ticks)" -gt "$1" ]; }
    wait_for 30 ticks_above 2
    run -1 rsbx checkpoint --image-path "$IMG" "$ID"
    [[ $output == *"--tcp-established"* ]] || { echo "$output"; false; }
    run rsbx checkpoint --tcp-established --image-path "$IMG" "$ID"
    # SO_PASSCRED, which newer kernels refuse to TCP sockets, and criu before 4.2 asks for
    [[ $output != *"Can't get 1:16 opt: Operation not supported"* ]] || skip "$(criu --version | head -1): cannot save TCP sockets of this kernel"
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    rsbx restore -d --tcp-established -b "$B" --image-path "$IMG" "$ID" </dev/null >/dev/null 2>"$T/err" || { cat "$T/err"; false; }
    before=$(ticks)
    [ "$before" -gt 2 ]
    wait_for 30 ticks_above "$before"
}

@test "annotation org.criu.config: a configuration file for criu" {
    need_criu
    echo 'log-file mine.log' >"$T/criu.conf"
    config ".annotations[\"org.criu.config\"] = \"$T/criu.conf\""
    start_counter
    wait_for 30 has_lines "$T/out" 3
    rsbx checkpoint --image-path "$IMG" "$ID"
    [ -s "$IMG/mine.log" ]
    [ ! -e "$IMG/dump.log" ] # the control: where it goes otherwise
}

@test "a restore that fails at any step, or is killed there, leaves nothing behind" {
    need_criu
    [ -x "$RSBX_STEPS" ] || skip "no build with fault injection: make TEST_STEPS=1 build/test/rsbx"
    sh_args "$counter"
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
    wait_for 20 count_above 1
    rsbx checkpoint --image-path "$IMG" "$ID"
    RSBX=$RSBX_STEPS
    try() { timeout -k 2 60 "$RSBX" --root "$ROOT" restore -d -b "$B" --image-path "$IMG" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1; }
    "$RSBX" steps | grep ^restore: >"$T/list"
    [ "$(wc -l <"$T/list")" -ge 10 ]
    while read -r step; do
        ! RSBX_FAIL_AT=$step try || { echo "$step: restore succeeded"; return 1; }
        grep -qF "${step#*:}: injected" "$T/out" || { echo "$step: $(cat "$T/out")"; return 1; }
        [ ! -e "$T/pid" ] || { echo "$step: pid file left"; return 1; }
        wait_for 20 assert_nothing_left || { echo "after a failure at $step"; return 1; }
        ! RSBX_KILL_AT=$step try || { echo "$step: restore was not killed"; return 1; }
        rsbx delete --force "$ID"
        wait_for 20 assert_nothing_left >"$T/left" || { echo "killed at $step: $(sort -u "$T/left")"; return 1; }
        rm -f "$T/pid"
    done <"$T/list"
    try || { cat "$T/out"; false; }
}

# ---- everywhere ----

@test "checkpoint --help and restore --help exit 0; an option without its argument is said as podman expects" {
    run -0 rsbx checkpoint --help
    [[ $output == *--image-path* && $output == *--pre-dump* ]]
    run -0 rsbx restore --help
    [[ $output == *--image-path* && $output == *--tcp-close* ]]
    run -1 rsbx restore --lsm-mount-context
    [[ $output == *"requires an argument"* ]]
    [ "$("$RSBX" features | jq -r '.annotations["org.opencontainers.runc.checkpoint.enabled"]')" = true ]
}

@test "without criu: said in words, and the container runs on" {
    args sleep 1000
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
    # an unreadable null device stands in the way of every criu
    run -1 unshare -m bash -c 'for p in $(type -ap criu); do mount --bind /dev/null "$p" || exit 9; done; "$@"' - \
        "$RSBX" --root "$ROOT" checkpoint --image-path "$IMG" "$ID"
    [[ $output == *'criu was not found in $PATH'*'install the package "criu"'* ]] || { echo "$output"; false; }
    status_is "$ID" running
}

@test "a criu that fails: its reason and its log are named, and the container runs on" {
    args sleep 1000
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
    mkdir "$T/bin"
    printf '#!/bin/sh\necho "(00.01) Error (criu/x.c:1): all is lost" >"%s/dump.log"\nexit 3\n' "$IMG" >"$T/bin/criu"
    chmod +x "$T/bin/criu"
    PATH=$T/bin:$PATH run -1 rsbx checkpoint --image-path "$IMG" "$ID"
    [[ $output == *"criu failed to checkpoint: Error (criu/x.c:1): all is lost; its log: $IMG/dump.log" ]] || { echo "$output"; false; }
    printf '#!/bin/sh\nexit 3\n' >"$T/bin/criu"
    PATH=$T/bin:$PATH run -1 rsbx checkpoint --image-path "$IMG" "$ID"
    [[ $output == *"criu failed to checkpoint: criu ended without an answer; its log: $IMG/dump.log" ]] || { echo "$output"; false; }
    status_is "$ID" running
    # a restore that fails leaves nothing behind
    rsbx delete --force "$ID"
    echo '["","",""]' >"$IMG/descriptors.json"
    PATH=$T/bin:$PATH run -1 rsbx restore -d -b "$B" --image-path "$IMG" --pid-file "$T/pid" "$ID"
    [[ $output == *"criu failed to restore"* ]]
    [ ! -e "$T/pid" ]
    assert_nothing_left
}

@test "what cannot be done is refused before criu is called" {
    args sleep 1000
    rsbx create -b "$B" "$ID" </dev/null >/dev/null 2>&1
    refused() {
        local text=$1
        shift
        run -1 rsbx "$@"
        [[ $output == *"$text"* ]] || { echo "$*: $output"; return 1; }
    }
    refused 'cannot be checkpointed in created state' checkpoint --image-path "$IMG" "$ID"
    rsbx start "$ID"
    mkdir -p "$IMG"
    refused '--manage-cgroups-mode: expected' checkpoint --image-path "$IMG" --manage-cgroups-mode x "$ID"
    refused '--network-lock: expected' checkpoint --image-path "$IMG" --network-lock x "$ID"
    refused '--empty-ns: only' checkpoint --image-path "$IMG" --empty-ns pid "$ID"
    refused '--page-server: expected' checkpoint --image-path "$IMG" --page-server 1.2.3.4 "$ID"
    refused '--parent-path must be relative' checkpoint --image-path "$IMG" --parent-path /x "$ID"
    refused 'invalid --parent-path' checkpoint --image-path "$IMG" --parent-path ../nowhere "$ID"
    refused 'invalid --status-fd argument 99' checkpoint --image-path "$IMG" --status-fd 99 "$ID"
    refused 'invalid --status-fd argument 0: not writable' checkpoint --image-path "$IMG" --status-fd 0 "$ID" </dev/null
    refused 'does not exist' checkpoint --image-path "$IMG" nobody
    refused 'already exists' restore -d -b "$B" --image-path "$IMG" "$ID"
    refused "--image-path $T/none" restore -d -b "$B" --image-path "$T/none" "$ID-2"
    status_is "$ID" running
    rsbx kill "$ID" KILL
    wait_for 20 status_is "$ID" stopped
    refused 'cannot be checkpointed in stopped state' checkpoint --image-path "$IMG" "$ID"
}
