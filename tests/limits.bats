# Limits hold, and the verdict names the one that was hit: as root with cgroups and as another user without.
load lib/common
setup() { rsbx_setup; }
teardown() { rsbx_teardown; }

py() { printf '%s\n' "$1" >"$T/p.py"; chmod 644 "$T/p.py"; }
# judged ARGS...: runs p.py, leaves the result in $R.
judged() {
    run --separate-stderr timeout 60 "$RSBX" --root "$ROOT" run --json "$T/p.py" "$@"
    R=$output
    echo "$R"; echo "$stderr"
}
is() { [ "$(jq -r "$1" <<<"$R")" = "$2" ] || { echo "$1 is $(jq -r "$1" <<<"$R"), not $2"; return 1; }; }
at_least() { jq -e "$1 >= $2" <<<"$R" >/dev/null || { echo "$1 is $(jq -r "$1" <<<"$R"), below $2"; return 1; }; }

@test "memory: 300 MB under a limit of 100 MB" {
    need_root
    py 'x = bytearray(300 * 1024 * 1024); print("survived")'
    judged --memory-limit 100 --timeout 40 --cpu-limit 40
    [ "$status" -eq 137 ]
    is .verdict memory
    is .limit.limit 104857600
    is .stdout.data ''
    at_least .limit.observed 90000000
    # control: it is the limit that stops it
    judged --memory-limit 500 --timeout 40 --cpu-limit 40 # a slow machine takes seconds to fill it
    is .verdict ok
    assert_nothing_left
}

@test "memory that is reserved but not used is not stopped" {
    need_root
    py 'import mmap; m = mmap.mmap(-1, 8 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000); print("ok")'
    judged --memory-limit 100 --timeout 40 --cpu-limit 40
    is .verdict ok
}

# A directory whose files are charged to who reads them: those of a tmpfs are, for good, to who wrote them.
page_cache_dir() {
    D=$T/disk
    mkdir -p "$D"
    [ "$(stat -f -c %T "$T")" = tmpfs ] || return 0
    truncate -s 150M "$T/image" && mkfs.ext4 -q "$T/image" && mount -o loop "$T/image" "$D" ||
        skip "/tmp is a tmpfs, and no file system can be made in a file here"
}

@test "memory: reading a file larger than the limit is not using memory" {
    need_root
    page_cache_dir
    head -c 45000000 /dev/zero >"$T/big"
    py $'for i in range(3):\n    with open("big", "rb", buffering=0) as f:\n        while f.read(1 << 20): pass\nprint("read")'
    "$RSBX" --root "$ROOT" prepare --memory-limit 32 --timeout 200 --cpu-limit 100 --file big="$T/big" -b "$D/b" "$T/p.py"
    # its pages are to be the snippet's, not those of who wrote it
    python3 -c 'import os, sys; f = os.open(sys.argv[1], os.O_RDWR); os.fsync(f); os.posix_fadvise(f, 0, 0, os.POSIX_FADV_DONTNEED)' "$D/b/work/big"
    R=$("$RSBX" --root "$ROOT" run --json -b "$D/b") || :
    echo "$R"
    is .verdict ok
    is .stdout.data read
    # control: its cgroup was full
    at_least .usage.memory.peak 30000000
    umount "$D" 2>/dev/null || : # if it was mounted
}

@test "memory: a child that is killed for it makes the verdict too" {
    need_root
    py $'import os\nif os.fork() == 0:\n    x = bytearray(300 << 20)\nos.wait()\nprint("parent goes on")'
    judged --memory-limit 100 --timeout 40 --cpu-limit 40
    is .verdict memory
    [ "$status" -eq 137 ]
}

@test "wall: a sleeping program, its output kept" {
    need_root
    local seconds=${IN_VM:+10} # an emulated processor takes more than one to start Python
    seconds=${seconds:-1}
    py 'import time; print("partial", flush=True); time.sleep(100)'
    judged --timeout $seconds
    [ "$status" -eq 124 ]
    is .verdict wall
    is .limit.limit $((seconds * 1000))
    is .stdout.data $'partial'
    at_least .usage.wall_ms $((seconds * 1000))
    assert_nothing_left
}

@test "CPU: of all processes together" {
    need_root
    py $'import os\nos.fork()\nwhile True: pass'
    judged --cpu-limit 0.5 --timeout 30
    [ "$status" -eq 124 ]
    is .verdict cpu
    is .limit.limit 500
    at_least .limit.observed 500
    jq -e '.limit.observed < 1500' <<<"$R"
    assert_nothing_left
}

@test "signals that are ignored do not help" {
    need_root
    py $'import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass\nwhile True: pass'
    judged --timeout 1
    is .verdict wall
    assert_nothing_left
}

@test "pids: a fork bomb is refused, and its failure has a name" {
    need_root
    py $'import os, time\nfor i in range(1000):\n    if os.fork() == 0: time.sleep(100)'
    judged --pids-limit 20 --timeout 30
    is .verdict pids
    is .limit.limit 20
    [ "$status" -eq 1 ]
    assert_nothing_left
}

@test "output: cut at the limit, and the program goes on" {
    need_root
    py $'import sys\nfor i in range(1000): print("x" * 999)\nprint("end", file=sys.stderr)'
    judged --output-limit 10 --timeout 30
    is .verdict ok
    is .stdout.bytes 1000000
    is .stdout.truncated true
    is '.stdout.data | length' 10240
    is .stderr.data end
    is .stderr.truncated false
}

@test "output: stopped at the limit with --output-kill" {
    need_root
    py 'while True: print("x" * 999)'
    judged --output-limit 10 --output-kill --timeout 30
    is .verdict output
    [ "$status" -eq 153 ]
}

@test "an output bomb does not grow the supervisor" {
    need_root
    not_sanitized "its memory is measured"
    # ten gigabytes: RSBX_TEST_BOMB_MB=10240
    py "n = 16 * ${RSBX_TEST_BOMB_MB:-200}"$'\nimport os, time\nb = b"x" * 65536\nfor i in range(n): os.write(1, b)\nos.write(2, b"done")\ntime.sleep(1000)'
    "$RSBX" --root "$ROOT" run --timeout 600 --cpu-limit 300 "$T/p.py" >"$T/out" 2>"$T/err" 3>&- &
    wait_for 300 grep -q done "$T/err"
    peak=$(awk '/^VmHWM/ {print $2}' "/proc/$!/status")
    kill -TERM $!
    wait $! || :
    echo "$peak KB"
    [ "$peak" -lt 4096 ]
    [ "$(wc -c <"$T/out")" -eq 1048576 ]
}

@test "file size" {
    need_root
    py $'with open("/tmp/big", "wb") as f:\n    for i in range(100): f.write(b"x" * (1 << 20)); f.flush()'
    judged --file-size-limit 5 --timeout 30
    is .verdict file_size
    is .limit.limit 5242880
}

@test "disk" {
    need_root
    py $'for n in range(100):\n    with open("/tmp/%d" % n, "wb") as f: f.write(b"x" * (1 << 20))'
    judged --disk-limit 5 --timeout 30
    is .verdict disk
    is .limit.limit 5242880
}

@test "usage: CPU and wall of a known program, memory of a known size" {
    need_root
    py $'import time\nx = bytearray(60 << 20)\ntime.sleep(1)'
    judged --timeout 30
    is .verdict ok
    at_least .usage.memory.peak 62914560
    at_least .usage.memory.average 20000000
    at_least .usage.wall_ms 1000
    jq -e '(.usage.cpu.user_ms + .usage.cpu.system_ms - .usage.cpu.total_ms) | fabs < 1' <<<"$R"
}

# ---- another user, no root, no cgroup of its own ----

as_user() { # as uid 65534 of the host, with its own home
    need_root
    unshare -U true 2>/dev/null || skip "no user namespaces"
    H=$T/home
    mkdir -p "$H"
    cp "$RSBX" "$RSBX_BUILD"/rsbx-* "$H/" 2>/dev/null || :
    cp "$T/p.py" "$H/p.py"
    chown -R 65534:65534 "$H"
    run --separate-stderr env -i PATH="$PATH" HOME="$H" timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups \
        --inh-caps=-all --bounding-set=-all "$H/rsbx" --root "$H/root" run --json "$H/p.py" "$@"
    R=$output
    echo "$R"; echo "$stderr"
}

@test "as another user: hello, with what could not be had named" {
    py 'import os; print("hello", os.getuid() != 12345)'
    as_user
    [ "$status" -eq 0 ]
    is .verdict ok
    is .stdout.data 'hello True'
    jq -e '.degraded | length > 0 or (input_line_number >= 0)' <<<"$R"
}

@test "as another user: memory, wall, CPU, pids" {
    py 'x = bytearray(300 << 20); import time; time.sleep(5)'
    as_user --memory-limit 100 --timeout 40
    is .verdict memory
    py 'import time; time.sleep(100)'
    as_user --timeout 1
    is .verdict wall
    py $'import os\nos.fork()\nwhile True: pass'
    as_user --cpu-limit 1 --timeout 40
    is .verdict cpu
    py $'import os, time\nfor i in range(1000):\n    if os.fork() == 0: time.sleep(100)'
    as_user --pids-limit 20 --timeout 20
    jq -e '.verdict == "pids" or .verdict == "error"' <<<"$R"
    at_least 30 .usage.pids.peak
}
