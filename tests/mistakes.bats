# What goes wrong for people: one clear line that says what, where and how to mend it, an exit code, nothing left.
load lib/common
setup() { rsbx_setup; need_root; printf 'print("hello")\n' >"$T/hello.py"; }
teardown() { rsbx_teardown; }

# complains CODE PATTERN COMMAND...: that exit code, and one line on stderr that matches
complains() {
    local code=$1 pattern=$2
    shift 2
    run --separate-stderr -"$code" "$@"
    echo "$stderr"
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "rsbx: "$pattern ]]
}
one() { "$RSBX" --root "$ROOT" --cache "$T/cache" "$@"; }
# A command in a mount namespace of its own, with a tmpfs of OPTIONS on $T/small.
small() {
    local options=$1
    shift
    mkdir -p "$T/small"
    unshare -m sh -c 'mount -t tmpfs -o "$0" none "$1"; shift; exec "$@"' "$options" "$T/small" "$@"
}

@test "mistakes: files and options" {
    cd "$T"
    complains 127 "nofile.py: no such file or directory" one run nofile.py
    mkdir empty
    complains 125 "empty: no main.EXT*" one run empty
    complains 125 '--memory-limit: expected a number of MB*found "abc"' one run --memory-limit abc hello.py
    complains 125 '--timeout: expected *found "-1"' one run --timeout -1 hello.py
    complains 125 '--language: "cobol" is unknown; "rsbx languages" lists them' one run --language cobol hello.py
    complains 125 'unknown option "--bogus"; see "rsbx run --help"' one run --bogus hello.py
    complains 1 'unknown command "frob"; "rsbx --help" lists the commands' one frob
    complains 125 'unknown option "--memory-limt"; did you mean --memory-limit? *' one run --memory-limt 5 hello.py
    complains 125 'unknown option "--tiemout=3"; did you mean --timeout? *' one run hello.py --tiemout=3
    complains 125 'unknown option "--mem"; did you mean --memory-limit? *' one run --mem 5 hello.py
    complains 125 'unknown option "--bogus"; *; what is meant for the program goes after --' one run hello.py --bogus
    complains 1 'unknown command "prepair"; did you mean prepare? *' one prepair hello.py
    complains 1 'unknown command "hello.py"; "rsbx run hello.py" runs the file' one hello.py
    complains 127 "--file a=nofile: open nofile: no such file or directory" one run --file a=nofile hello.py
    printf '\0\1' >b
    complains 125 "b: cannot tell its language*use --language NAME*" one run b
    echo '{"a": 1}' >x.json
    complains 1 "report: x.json: not what*" one report x.json
    complains 1 "report: not what*hello.py: line 1*" one report hello.py
    # before the run, of which nothing is to be seen
    complains 125 "--report: /nowhere/r.json: no such file or directory" one run --report /nowhere/r.json hello.py
    complains 125 "--report: $T: is a directory" one run --report "$T" hello.py
    complains 125 "--meta: hello.py/m: not a directory" one run --meta hello.py/m hello.py
    complains 125 "--learn: /nowhere/l: no such file or directory" one run --learn /nowhere/l hello.py
    complains 125 "--output-dir: *hello.py/d*: not a directory" one run --output-dir hello.py/d hello.py
    # what is for the other kind of run is not left out without a word
    complains 125 "--detach is for containers: *" one run -d hello.py
    complains 125 "--pid-file is for containers: *" one run hello.py --pid-file p
    complains 1 "limits and other options of prepare are for snippets: *" one run --memory-limit 10 -b b id
    complains 1 "--json is for snippets: *" one run --json -b b id
    one prepare hello.py
    complains 125 "--config is for containers: *" one run --config x
    complains 125 "--report: /nowhere/r.json: no such file or directory" one run --report /nowhere/r.json
    rm -r .rsbx
    complains 125 "nothing to run: no FILE, no ID, and no bundle*" one run
    [ ! -d "$ROOT" ] || assert_nothing_left
}

@test "mistakes: an interpreter that is missing is named with the package that has it" {
    cd "$T"
    cp hello.py x.rs
    complains 127 "Rust is not installed; get it with: apt-get install rustc*" \
        without_programs "$RSBX" --root "$ROOT" --cache "$T/cache" run x.rs
    assert_nothing_left
}

@test "mistakes: a full disk below the cache or the state" {
    complains 125 "*$T/small/c*no space left on device*" \
        small size=16k,nr_inodes=6 "$RSBX" --root "$ROOT" --cache "$T/small/c" run "$T/hello.py"
    one run "$T/hello.py" # makes the interpreter's root
    complains 125 "bundle $T/small/r/,run-*: no space left on device" \
        small size=8k "$RSBX" --root "$T/small/r" --cache "$T/cache" run "$T/hello.py"
    assert_nothing_left
}

@test "mistakes: directories that cannot be written" {
    complains 1 "make the bundle $T/small/b (--bundle DIR puts it elsewhere): read-only file system" \
        small ro "$RSBX" --root "$ROOT" --cache "$T/cache" prepare --bundle "$T/small/b" "$T/hello.py"
    cp "$RSBX" "$T/rsbx"
    mkdir -m 777 "$T/user"
    user() { setpriv --reuid 65534 --regid 65534 --clear-groups env -i "$@"; }
    complains 125 "cache /proc/.cache/rsbx: *; --cache DIR or XDG_CACHE_HOME puts it elsewhere" \
        user HOME=/proc "$T/rsbx" --root "$T/user/r" run "$T/hello.py"
    complains 125 "no place for a cache: *--cache DIR" user "$T/rsbx" --root "$T/user/r" run "$T/hello.py"
    complains 125 "mkdir $T/none: permission denied" user HOME="$T/user" "$T/rsbx" --root "$T/none" run "$T/hello.py"
}

@test "a state directory in /tmp that somebody else has made is not used" {
    local dir
    cp "$RSBX" "$T/rsbx"
    mkdir -m 777 "$T/user"
    user() { setpriv --reuid 23456 --regid 23456 --clear-groups env -i HOME="$T/user" PATH="$PATH" "$T/rsbx" "$@"; }
    dir=/tmp/rsbx-23456
    [ ! -e $dir ] || skip "$dir is there"
    mkdir -m 777 $dir
    chown 23457 $dir
    complains 125 "$dir: refused, it is not a directory that only we can write to; *--root DIR*" user run "$T/hello.py"
    complains 1 "$dir: refused, *" user list
    rmdir $dir
    ln -s "$T/user" $dir
    complains 125 "$dir: refused, *" user run "$T/hello.py"
    rm $dir
    run -0 user run "$T/hello.py"
    [ "$(stat -c '%u %a' $dir)" = "23456 700" ]
    rmdir $dir
}

@test "mistakes: Ctrl-C ends the program, leaves nothing, and the exit code says so" {
    printf 'while True: pass\n' >"$T/loop.py"
    # a shell without job control has its background ignore SIGINT
    env --default-signal=INT "$RSBX" --root "$ROOT" --cache "$T/cache" run "$T/loop.py" </dev/null >/dev/null 2>&1 3>&- &
    local pid=$!
    running() { [ "$(one list -q | wc -l)" -eq 1 ]; }
    wait_for 30 running
    wait_for 30 status_is "$(one list -q)" running
    kill -INT $pid
    local code=0
    wait $pid || code=$?
    echo "exit code $code"
    [ $code -eq 130 ]
    assert_nothing_left
}

@test "mistakes: Ctrl-C while the root is made, or waited for, leaves nothing" {
    env --default-signal=INT "$RSBX" --root "$ROOT" --cache "$T/cache" run "$T/hello.py" </dev/null >/dev/null 2>&1 3>&- &
    local pid=$! code=0
    wait_for 20 sh -c '[ -n "$(ls "$0/cache/tmp" 2>/dev/null)" ]' "$T"
    kill -INT $pid
    wait $pid || code=$?
    [ $code -eq 130 ]
    [ -z "$(ls "$T/cache/tmp" "$T/cache/roots" | grep -v :)" ]
    assert_nothing_left
    # somebody else makes it
    local lock
    lock=$(ls "$T"/cache/locks/python-*)
    exec 8>"$lock"
    flock 8
    env --default-signal=INT "$RSBX" --root "$ROOT" --cache "$T/cache" run "$T/hello.py" </dev/null >/dev/null 2>"$T/err" 3>&- 8>&- &
    pid=$! code=0
    claimed() { ls "$ROOT"/,run-*.lock >/dev/null 2>&1; }
    wait_for 20 claimed
    kill -INT $pid
    wait $pid || code=$?
    exec 8>&-
    [ $code -eq 130 ]
    assert_nothing_left
}

@test "mistakes: output that cannot be written is not a success" {
    local code=0
    one run "$T/hello.py" >/dev/full 2>"$T/err" || code=$?
    [ $code -eq 125 ]
    [ "$(cat "$T/err")" = "rsbx: write to stdout: no space left on device" ]
    code=0
    one run --json "$T/hello.py" >/dev/full 2>"$T/err" || code=$?
    [ $code -eq 125 ]
    grep -q "^rsbx: --json: .*no space left on device" "$T/err"
    assert_nothing_left
}

@test "odd callers: SIGCHLD ignored, umask 077, tight limits of their own" {
    # the hook that lints is waited for
    run -0 bash -c 'trap "" CHLD; "$@"' - "$RSBX" --root "$ROOT" --cache "$T/cache" run --lint high "$T/hello.py"
    [ "$output" = hello ]
    # a root that is made so is one for all
    run -0 bash -c 'umask 077; "$@"' - "$RSBX" --root "$ROOT" --cache "$T/private" run "$T/hello.py"
    [ "$output" = hello ]
    [ "$(stat -c %a "$T"/private/roots/*/rootfs)" = 755 ]
    # what cannot be raised is not asked for; what was asked for and cannot be had is an error
    run -0 bash -c 'ulimit -t 4; ulimit -n 300; ulimit -s 4096; "$@"' - "$RSBX" --root "$ROOT" --cache "$T/cache" run "$T/hello.py"
    [ "$output" = hello ]
    capsh --has-p=CAP_SYS_RESOURCE 2>/dev/null ||
        complains 125 "*RLIMIT_NOFILE*ask for at most 300" bash -c 'ulimit -n 300; "$@"' - \
            "$RSBX" --root "$ROOT" --cache "$T/cache" run --open-files-limit 400 "$T/hello.py"
    assert_nothing_left
}

@test "root with its cgroups read-only, as in a container: it runs, and the result says what it lacks" {
    run -0 --separate-stderr unshare -m sh -c 'for m in /sys/fs/cgroup /sys/fs/cgroup/*; do
            mountpoint -q $m && mount -o remount,bind,ro $m
        done; exec "$@"' sh "$RSBX" --root "$ROOT" --cache "$T/cache" run --json "$T/hello.py"
    [ "$(jq -r '[.verdict, .degraded[]] | join(" ")' <<<"$output")" = "ok memory-cgroup cpu-cgroup pids-cgroup" ]
    complains 125 "--require cgroup: *" unshare -m sh -c 'for m in /sys/fs/cgroup /sys/fs/cgroup/*; do
            mountpoint -q $m && mount -o remount,bind,ro $m
        done; exec "$@"' sh "$RSBX" --root "$ROOT" --cache "$T/cache" run --require cgroup "$T/hello.py"
}

# nested JQ WORD...: rsbx in a container with the capabilities of docker's, edited by JQ.
nested() {
    mkdir -p "$T/nested"
    jq --arg rsbx "$RSBX" '.root.path = "/" | .root.readonly = true | .process.args = [$rsbx, $ARGS.positional[]]
        | .mounts |= map(select(.destination != "/tmp")) | .mounts += [{destination: "/run", type: "tmpfs", source: "tmpfs"}]
        | (["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE",
            "NET_RAW", "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP"] | map("CAP_" + .)) as $c
        | .process.capabilities = {bounding: $c, effective: $c, permitted: $c} | '"$1" \
        "$TESTS_DIR/lib/config.json" --args -- "${@:2}" >"$T/nested/config.json"
    "$RSBX" --root "$ROOT" run -b "$T/nested" "n$ID"
}

@test "in a container: with a whole /proc it runs; without, doctor names the option of docker that gives it" {
    not_sanitized "LeakSanitizer wants ptrace"
    local whole='.linux.maskedPaths = [] | .linux.readonlyPaths = []'
    run nested "$whole" run "$T/hello.py"
    [ "$output" = hello ] || { echo "$output"; return 1; }
    run -125 nested . run "$T/hello.py"
    [[ $output == *"/proc without masks"* ]]
    run -1 nested . doctor
    [[ $output == *"broken    proc"*"--security-opt systempaths=unconfined"* ]]
    local no_setfcap='| .process.capabilities[] -= ["CAP_SETFCAP"]'
    run -125 nested "$whole$no_setfcap" run "$T/hello.py"
    [[ $output == *'"rsbx doctor" says what this host lacks'* ]]
    run -1 nested "$whole$no_setfcap" doctor
    [[ $output == *"broken    id maps"*"--cap-add SETFCAP"* ]]
}
