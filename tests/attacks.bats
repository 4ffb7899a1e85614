# Attacks on the sandbox, a file each in tests/attacks: what stops it, and that it works where that is missing.
#
# A file begins with lines "# KEY: VALUE":
#   attack     what it does
#   options    of rsbx prepare; edit: a jq filter for its config.json
#   held       the verdict, and what stdout must match; code: the exit code; cut: bytes of each stream that came through
#   files      how many --output-dir brings back; left: the name of a process of which none may be there afterwards
#   user       the same as another user, where that is different: without a cgroup there is no record of a refused fork
#   twice      the second of two runs counts
# and one of these controls, in which the same file must do what "through" says (through-files as files):
#   without    a jq filter that takes the wall out of config.json ($dir: a directory of the host)
#   within     options and arguments with which it shows by itself that the attack is one
#   host       "root": outside of the sandbox, as root; "none": there is no control, and the file says why
load lib/common

setup_file() { languages_available name; }
setup() {
    rsbx_setup
    need_root
    mkdir -m 777 "$T/dir"
}
teardown() { rsbx_teardown; }

key() { sed -n "s/^. $1: //p" "$FILE"; }
# in_sandbox BUNDLE: runs it; "VERDICT STDOUT" in $GOT, the result in $R.
in_sandbox() {
    local options=(--json)
    [ -z "$(key files)" ] || options+=(--output-dir "$T/files")
    rm -rf "$T/files"
    R=$(timeout 120 "$RSBX" --root "$ROOT" --cache "$CACHE" run "${options[@]}" -b "$1" </dev/null 2>"$T/err") || :
    GOT=$(jq -re '"\(.verdict) \(.stdout.data)"' <<<"$R") || GOT="no result: $(cat "$T/err")"
}
prepared() { # prepared BUNDLE WORD...
    local bundle=$1
    shift
    "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --lint off -b "$bundle" "$FILE" "$@"
    [ -z "$(key edit)" ] || edited "$bundle" "$(key edit)"
}
edited() { # edited BUNDLE FILTER
    jq --arg dir "$T/dir" "$2" "$1/config.json" >"$T/new.json" && cat "$T/new.json" >"$1/config.json"
}
expect() { # expect WHAT REGEX
    [[ $GOT =~ ^$2 ]] || { echo "${FILE##*/}, $1: got \"${GOT:0:300}\", not \"$2\""; return 1; }
}
number() { # number WHAT EXPECTED FOUND
    [ -z "$2" ] || [ "$2" = "$3" ] || { echo "${FILE##*/}, $1: $3, not $2"; return 1; }
}

held() {
    in_sandbox "$T/b"
    [ -z "$(key twice)" ] || in_sandbox "$T/b"
    expect held "$(key held)" || return 1
    number "exit code" "$(key code)" "$(jq -r 'if .signal then .signal.number + 128 else .exit_code end' <<<"$R")" || return 1
    number "files" "$(key files)" "$(find "$T/files" -type f 2>/dev/null | wc -l)" || return 1
    number "bytes" "$(key cut)" "$(jq -r '.stdout.data | length' <<<"$R")" || return 1
    number "seconds" "$(key seconds)" "$(jq --argjson most "$(key seconds || :)0" \
        'if .usage.wall_ms < $most * 100 then ($most / 10) else .usage.wall_ms / 1000 end' <<<"$R")" || return 1
    [ -z "$(key left)" ] || ! pgrep -x "$(key left)" >/dev/null || { echo "${FILE##*/}: a process is left"; return 1; }
    assert_nothing_left
}

control() {
    local how
    if how=$(key within) && [ -n "$how" ]; then
        # shellcheck disable=SC2086
        prepared "$T/c" $how
        in_sandbox "$T/c"
    elif how=$(key host) && [ -n "$how" ]; then
        [ "$how" != none ] || return 0
        GOT=$(cd "$T/dir" && python3 "$FILE" </dev/null 2>&1; echo "exit $?")
    else
        cp -a "$T/b" "$T/c"
        how=$(key without)
        # shellcheck disable=SC2016
        edited "$T/c" 'del(.hooks) | '"$how"
        in_sandbox "$T/c"
        [ -z "$(key twice)" ] || in_sandbox "$T/c"
    fi
    expect "the control" "$(key through)" || return 1
    number "files of the control" "$(key through-files)" "$(find "$T/files" -type f 2>/dev/null | wc -l)"
}

# here: this host can try it.
here() {
    case $(key arch) in '' | "$(uname -m)") ;; *) return 1 ;; esac
    case $(key needs) in landlock) "$RSBX" doctor | grep -q 'landlock  *version' || return 1 ;; esac
    case $(key needs) in core-file) [[ $(cat /proc/sys/kernel/core_pattern) =~ ^[a-z] ]] || return 1 ;; esac
    case $FILE in *.pl) grep -qx perl <<<"$AVAILABLE" ;; esac
}

attacks() {
    local n=0 failed=0
    for FILE in "$TESTS_DIR"/attacks/$1; do
        here || continue
        rm -rf "$T/b" "$T/c"
        # shellcheck disable=SC2046
        prepared "$T/b" $(key options)
        held && control || failed=$((failed + 1))
        n=$((n + 1))
    done
    echo "$n attacks, $failed got through or had no control"
    [ $n -gt 0 ] && [ $failed -eq 0 ] || false
}

@test "attacks on processes, time and signals are held, and work without the wall" { attacks '[01]*'; }
@test "attacks on memory, disk and output are held, and work without the wall" { attacks '[23]*'; }
@test "attacks on files are held, and work without the wall" { attacks '[45]*'; }
@test "attacks on the kernel's surface are held, and work without the wall" { attacks '[67]*'; }

@test "as another user, without root and cgroups, they are held too, with the same verdicts" {
    local n=0 failed=0 options
    mkdir "$T/user"
    chown 12345:12345 "$T/user"
    for FILE in "$TESTS_DIR"/attacks/*; do
        here && [ -z "$(key edit)" ] || continue
        options=$(key options)
        # shellcheck disable=SC2086
        R=$(setpriv --reuid 12345 --regid 12345 --clear-groups env -i PATH="$PATH" HOME="$T/user" XDG_RUNTIME_DIR="$T/user" \
            XDG_CACHE_HOME="$T/user/cache" timeout 120 "$RSBX" run --json --lint off ${options/--lint off/} "$FILE" \
            </dev/null 2>"$T/err") || :
        GOT=$(jq -re '"\(.verdict) \(.stdout.data)"' <<<"$R") || GOT="no result: $(cat "$T/err")"
        expect "as another user" "$(key user | grep . || key held)" || failed=$((failed + 1))
        [ -z "$(key left)" ] || ! pgrep -x "$(key left)" >/dev/null || { echo "${FILE##*/}: a process is left"; failed=$((failed + 1)); }
        n=$((n + 1))
    done
    echo "$n attacks, $failed got through"
    [ $n -gt 0 ] && [ $failed -eq 0 ] || false
}

@test "under runc they say the same, verdicts aside" {
    command -v runc >/dev/null || skip "no runc here"
    local n=0 failed=0 words
    for FILE in "$TESTS_DIR"/attacks/*; do
        here && [ -z "$(key edit)" ] || continue
        rm -rf "$T/b"
        # shellcheck disable=SC2046
        prepared "$T/b" $(key options)
        words=$(key held)
        GOT=$(timeout 60 runc --root "$T/runc" run -b "$T/b" "$ID" </dev/null 2>"$T/err") || :
        [[ $words == *" "* ]] || words=" "
        expect "under runc" "${words#* }" || failed=$((failed + 1))
        ! grep -i "permission denied" "$T/err" || { echo "${FILE##*/}: under runc"; failed=$((failed + 1)); }
        n=$((n + 1))
    done
    echo "$n attacks, $failed differ"
    [ $n -gt 0 ]
    [ $failed -eq 0 ]
}

# ---- those that need somebody outside ----

py() { printf '%s\n' "$1" >"$T/p.py"; }
prepare() { "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --lint off --timeout 60 -b "$T/b" "$T/p.py" "$@"; }
stdout_of() { timeout 60 "$RSBX" --root "$ROOT" --cache "$CACHE" run "$@" -b "$T/b" </dev/null; }

@test "kill(-1) and every number of a process: nobody outside, and the run is judged" {
    py $'import os, sys\nhit = 0\nfor p in [-1, *range(2, 5000)]:
    if p == os.getpid(): continue
    try: os.kill(p, 9); hit += 1
    except OSError: pass
print("hit", hit)'
    # a process of the very id that the snippet has
    prepare
    local id canary
    id=$(jq '.linux.uidMappings[] | select(.containerID == 1000).hostID' "$T/b/config.json")
    setpriv --reuid "$id" --clear-groups sleep 100 3>&- &
    canary=$!
    wait_for 10 grep -q sleep "/proc/$canary/comm"
    [ "$(stdout_of)" = "hit 0" ]
    kill -0 $canary
    # the control: in the host's pid namespace it reaches it
    edited "$T/b" 'del(.linux.namespaces[] | select(.type == "pid")) | .mounts[0] = {destination: "/proc", type: "bind",
        source: "/proc", options: ["rbind"]} | del(.annotations["org.rsbx.snippet.init"], .annotations["org.rsbx.landlock"])
        | .process.args |= .[3:] | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
    stdout_of >"$T/out" 2>&1 || :
    cat "$T/out"
    wait_for 10 gone $canary
    wait $canary || :
}

@test "a name that confuses readers of /proc/PID/stat does not hide CPU time" {
    py $'import os
open("/proc/self/comm", "w").write("x) R 1 1 (")
while os.times().user < 0.2: pass
naive, real = open("/proc/self/stat").read().split()[13], os.times().user
print("read" if naive.isdigit() and abs(int(naive) - 100 * real) < 20 else "misread", flush=True)
while True: pass'
    prepare --cpu-limit 1
    run --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" --cgroup-manager disabled run --json -b "$T/b"
    echo "$output"
    [ "$(jq -r '"\(.verdict) \(.stdout.data)"' <<<"$output")" = $'cpu misread' ]
    jq -e '.limit.observed >= 1000 and .limit.observed < 3000' <<<"$output"
}

@test "a listener of the host is not reached: by TCP, UDP, or an abstract name; with the walls away it is" {
    cat >"$T/listen.py" <<-'PY'
	import socket, sys
	tcp, udp, name = socket.socket(), socket.socket(type=socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)
	tcp.bind(("127.0.0.1", 0)); tcp.listen(); udp.bind(("127.0.0.1", 0)); name.bind("\0" + sys.argv[1]); name.listen()
	print(tcp.getsockname()[1], udp.getsockname()[1], flush=True)
	for s, what in ((tcp, "tcp"), (name, "name")): s.accept()[0].sendall(b"x"); print(what, flush=True)
	udp.sendto(b"x", udp.recvfrom(9)[1]); print("udp", flush=True)
	PY
    py $'import socket, sys
tcp, udp, name = int(sys.argv[1]), int(sys.argv[2]), "\\0" + sys.argv[3]
for family, kind, to in ((socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", tcp)), (socket.AF_UNIX, socket.SOCK_STREAM, name),
                         (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", udp))):
    try:
        s = socket.socket(family, kind); s.settimeout(20); s.connect(to); kind == socket.SOCK_DGRAM and s.send(b"x"); s.recv(1); print("reached")
    except OSError as e: print(e.strerror)'
    python3 "$T/listen.py" "$ID" >"$T/heard" 3>&- &
    local server=$! ports
    wait_for 10 test -s "$T/heard"
    ports=$(cat "$T/heard")
    # shellcheck disable=SC2086
    prepare -- $ports "$ID"
    run stdout_of
    [ "$output" = $'Operation not permitted\nConnection refused\nOperation not permitted' ]
    # each wall by itself: system calls let through; and the namespace away, the system calls not
    edited "$T/b" 'del(.linux.seccomp)'
    run stdout_of
    [[ $output != *reached* ]]
    [ "$(cat "$T/heard")" = "$ports" ]
    edited "$T/b" 'del(.linux.namespaces[] | select(.type == "network")) | del(.annotations["org.rsbx.landlock"])'
    run stdout_of
    [ "$output" = $'reached\nreached\nreached' ] || { echo "$output"; return 1; }
    wait $server
    [ "$(tail -n +2 "$T/heard" | tr '\n' ' ')" = "tcp name udp " ]
}

@test "System V memory of the host has no number inside" {
    grep -qx perl <<<"$AVAILABLE" || skip "no perl"
    local key id
    key=$((0x7a000000 + RANDOM))
    id=$(perl -e '$i = shmget(shift, 4096, 0666 | 01000) // die; shmwrite($i, "canary", 0, 6); print $i' $key)
    echo 'my $b; my $i = shmget(shift, 0, 0); defined $i && shmread($i, $b, 0, 6) ? print $b : print "none: $!"' >"$T/p.pl"
    "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --lint off -b "$T/b" "$T/p.pl" -- $key
    run stdout_of
    local inside=$output
    edited "$T/b" 'del(.linux.namespaces[] | select(.type == "ipc"))'
    run stdout_of
    ipcrm -m "$id"
    [ "$inside" = "none: No such file or directory" ]
    [ "$output" = canary ] || { echo "$output"; return 1; }
}

@test "what rsbx ignores is at its default in the program" {
    py 'print([l.split()[1] for l in open("/proc/self/status") if l.startswith("SigBlk") or l.startswith("SigIgn")])'
    echo 'grep -E "^Sig(Blk|Ign)" /proc/self/status' >"$T/p.sh"
    local got
    got=$(trap '' TERM HUP PIPE; "$RSBX" --root "$ROOT" --cache "$CACHE" run --lint off "$T/p.sh")
    [ "$got" = $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000' ] || { echo "$got"; return 1; }
}

@test "a core dump that the host pipes to a program starts none" {
    # the pattern is the machine's: what prepare sees of it is a file laid over it
    echo 'kill -SEGV $$' >"$T/p.sh"
    echo '|/bin/false' >"$T/pattern"
    unshare -m sh -c 'mount --bind "$0" /proc/sys/kernel/core_pattern && exec "$@"' "$T/pattern" \
        "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --lint off -b "$T/b" "$T/p.sh"
    jq -e '.process.rlimits[] | select(.type == "RLIMIT_CORE") | .soft == 1 and .hard == 1' "$T/b/config.json"
    # and the program cannot make that 0, which would start it
    echo 'ulimit -c 0 && echo changed; ulimit -n 60 && echo as before' >"$T/q.sh"
    unshare -m sh -c 'mount --bind "$0" /proc/sys/kernel/core_pattern && exec "$@"' "$T/pattern" \
        "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --lint off -b "$T/q" "$T/q.sh"
    run --separate-stderr "$RSBX" --root "$ROOT" run -b "$T/q"
    [ "$output" = "as before" ]
}

@test "a core dump that the host pipes starts the host's program under a limit of 0, and not under 1" {
    [ -e /bats-filter ] || skip "the pattern is the machine's; in a virtual machine: VM_FILTER='core dump' tests/vm/run attacks"
    local before limit
    printf '#!/bin/sh\ncat >/dev/null\necho dumped >>%s\n' "$T/dumps" >"$T/helper"
    chmod 755 "$T/helper"
    before=$(cat /proc/sys/kernel/core_pattern)
    echo "|$T/helper" >/proc/sys/kernel/core_pattern
    for limit in 1 0; do
        bundle ".process.rlimits = [{type: \"RLIMIT_CORE\", soft: $limit, hard: $limit}]"
        sh_args 'sh -c "kill -SEGV \$\$"; exit $?' # process 1 would not end by it
        run rsbx run -b "$B" "$ID"
        [ "$status" -eq 139 ]
        [ $limit = 0 ] || [ ! -e "$T/dumps" ]
    done
    echo "$before" >/proc/sys/kernel/core_pattern
    wait_for 10 test -s "$T/dumps"
    [ "$(wc -l <"$T/dumps")" -eq 1 ]
}
