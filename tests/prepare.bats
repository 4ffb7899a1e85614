# rsbx prepare: languages, interpreter roots, the bundle and its profile.
load lib/common

setup_file() { # one for the file: making a root takes a second; runc wants to get there with mapped ids
    CACHE=$(mktemp -d /tmp/rsbx-cache.XXXXXX)
    chmod 755 "$CACHE"
    export CACHE
}
teardown_file() { rm -rf "$CACHE"; }

setup() {
    rsbx_setup
    export XDG_RUNTIME_DIR=$T
    SNIPPET=$T/hello.py
    echo 'import sys; print("hello", *sys.argv[1:])' >"$SNIPPET"
}
teardown() { rsbx_teardown; }

prep() { "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --bundle "$B" "$@"; }
conf() { jq -r "$1" "$B/config.json"; }
need() { command -v "$1" >/dev/null || skip "no $1 here"; }

@test "prepare leaves a bundle that runc runs as it stands" {
    need_root
    need runc
    prep "$SNIPPET" -- one "two words"
    run -0 runc --root "$T/runc" run -b "$B" "$ID"
    [ "$output" = "hello one two words" ]
}

@test "prepare leaves a bundle that rsbx runs" {
    prep "$SNIPPET" -- x
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    [ "$output" = "hello x" ]
}

@test "the bundle is prepared in ./.rsbx by default" {
    cd "$T"
    "$RSBX" --root "$ROOT" --cache "$CACHE" prepare hello.py
    [ -f .rsbx/config.json ]
    cmp .rsbx/work/hello.py hello.py
}

@test "errors are one line, say what is wrong, and exit with 1" {
    mkdir "$T/dir"
    truncate -s 17M "$T/big.py"
    : >"$T/what.foo"
    mkfifo "$T/fifo.py"
    local file pattern
    while read -r file pattern; do
        run -1 prep "$T/$file"
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *"$pattern"* ]] || { echo "$file: $output"; return 1; }
        [ ! -e "$B" ]
    done <<-LIST
	missing.py no such file or directory
	dir no main.EXT
	big.py larger than 16 MB
	what.foo cannot tell its language
	fifo.py not a regular file
	LIST
}

@test "options that make no sense are refused, each by its name" {
    local words
    for words in "--memory-limit many" "--memory-limit 1" "--timeout soon" "--pids-limit -3" "--env NOVALUE" \
        "--lint loud" "--language klingon" "--file ../x=$SNIPPET" "--file /x=$SNIPPET" "--file a//b=$SNIPPET" \
        "--rootfs nowhere" "--output-limit x"; do
        # shellcheck disable=SC2086
        run -1 prep "$SNIPPET" $words
        [[ $output == *"${words%% *}"* || $output == *"cannot be the name"* ]] || { echo "$words: $output"; return 1; }
        [ ! -e "$B" ]
    done
}

@test "the language comes from the extension, then from #!" {
    local first
    for first in '#!/usr/bin/python3' '#!/usr/bin/env python3.11' '#!/usr/bin/env -S python3 -u' '#! /opt/bin/python'; do
        printf '%s\nprint(1)\n' "$first" >"$T/script"
        prep "$T/script"
        [ "$(conf '.annotations["org.rsbx.snippet.language"]')" = python ]
    done
    printf '#!/bin/cat\n' >"$T/script"
    run -1 prep "$T/script"
    prep --language py "$T/script"
}

@test "limits stand in their OCI places and in the annotations" {
    prep --memory-limit 100 --pids-limit 7 --cpu-limit 1.5 --timeout 2.5 --file-size-limit 3 --output-limit 9 \
        --disk-limit 5 --open-files-limit 33 --stack-limit 4 "$SNIPPET"
    [ "$(conf .linux.resources.memory.limit)" = $((100 << 20)) ]
    [ "$(conf .linux.resources.memory.swap)" = $((100 << 20)) ]
    [ "$(conf .linux.resources.pids.limit)" = 8 ] # process 1 is ours
    [ "$(conf '.annotations["org.rsbx.limit.pids"]')" = 7 ]
    [ "$(conf '.annotations["org.rsbx.limit.wall-ms"]')" = 2500 ]
    [ "$(conf '.annotations["org.rsbx.limit.cpu-ms"]')" = 1500 ]
    [ "$(conf '.annotations["org.rsbx.limit.output-bytes"]')" = 9216 ]
    [ "$(conf '.process.rlimits[] | select(.type == "RLIMIT_FSIZE").hard')" = $((3 << 20)) ]
    [ "$(conf '.process.rlimits[] | select(.type == "RLIMIT_NOFILE").hard')" = 33 ]
    [ "$(conf '.process.rlimits[] | select(.type == "RLIMIT_STACK").soft')" = $((4 << 20)) ]
    [[ $(conf '.mounts[] | select(.destination == "/tmp").options | join(",")') == *size=5242880* ]]
}

@test "sizes take suffixes and fractions; unlimited and 0 take a limit away" {
    prep --memory-limit 64m "$SNIPPET"
    [ "$(conf .linux.resources.memory.limit)" = $((64 << 20)) ]
    prep --memory-limit 32.5 "$SNIPPET"
    [ "$(conf .linux.resources.memory.limit)" = $((65 << 19)) ]
    prep --memory-limit unlimited --timeout 0 "$SNIPPET"
    [ "$(conf .linux.resources.memory)" = null ]
    [ "$(conf '.annotations["org.rsbx.limit.wall-ms"]')" = null ]
}

@test "as root, ids of the host are drawn for each bundle, and never those of an account" {
    need_root
    local first second
    prep "$SNIPPET"
    first=$(conf '.linux.uidMappings[] | select(.containerID == 1000).hostID')
    prep "$SNIPPET"
    second=$(conf '.linux.uidMappings[] | select(.containerID == 1000).hostID')
    [ "$first" != "$second" ]
    [ "$first" -ge $((0x70000000)) ] && [ "$first" -le $((0x7ffdffff)) ] || false
    [ "$(conf .process.user.uid)" = 1000 ]
    [ "$(conf .process.noNewPrivileges)" = true ]
    [ "$(conf '.process.capabilities | [.[]? | length] | add // 0')" = 0 ]
}

@test "an ordinary user maps itself" {
    need_root # to become one
    local home=$T/home
    mkdir "$home"
    cp "$RSBX" "$SNIPPET" "$home"
    chown -R 12345:12345 "$home"
    run -0 setpriv --reuid 12345 --regid 12345 --clear-groups env -i PATH="$PATH" HOME="$home" "$home/rsbx" prepare \
        --bundle "$home/b" "$home/hello.py"
    [ "$(jq -c '.linux.uidMappings' "$home/b/config.json")" = '[{"containerID":1000,"hostID":12345,"size":1}]' ]
    [ "$(stat -c %u "$home/.cache/rsbx/roots")" = 12345 ]
}

@test "further files lie beside the snippet, in directories too" {
    mkdir "$T/pkg"
    echo 'answer = 42' >"$T/helper.py"
    echo 'import pkg.helper, helper2; print(pkg.helper.answer, helper2.answer)' >"$SNIPPET"
    prep --file pkg/helper.py="$T/helper.py" --file helper2.py="$T/helper.py" "$SNIPPET"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    [ "$output" = "42 42" ]
    run -1 prep --file a="$T/helper.py" --file a="$T/helper.py" "$SNIPPET"
    [[ $output == *"two files are called a"* ]]
}

@test "variables are set, and those of the host are not seen" {
    echo 'import os; print([v for v in os.environ.items() if v[0] != "LC_CTYPE"])' >"$SNIPPET"
    SECRET=leak prep --env A=b=c --env LANG=C "$SNIPPET"
    SECRET=leak run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    [[ $output == *"('A', 'b=c')"* && $output == *"('LANG', 'C')"* ]]
    [[ $output != *SECRET* && $output != *C.UTF-8* ]]
}

@test "a snippet's odd name is harmless" {
    local name
    for name in $'a\nb.py' ' .py' '-x.py' '"quoted".py' $'\xff.py' '$(touch x).py'; do
        echo 'print("ran")' >"$T/$name"
        prep "$T/$name"
        run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
        [ "$output" = ran ]
    done
}

@test "a directory with other things in it is not replaced" {
    mkdir "$B"
    echo keep >"$B/mine"
    run -1 prep "$SNIPPET"
    [[ $output == *"has other things in it"* ]]
    [ "$(cat "$B/mine")" = keep ]
    rm "$B/mine"
    prep "$SNIPPET" # an empty one is fine
    prep "$SNIPPET" # and so is one of ours
}

@test "the root holds the interpreter and nothing else of the host" {
    prep "$SNIPPET"
    local root
    root=$(conf .root.path)
    [ "$(conf .root.readonly)" = true ]
    [ ! -e "$root/etc/shadow" ] && [ ! -e "$root/root" ] && [ ! -e "$root/usr/bin/ls" ] && [ ! -e "$root/usr/bin/sh" ] || false
    [ -z "$(find "$root" -perm /6022 ! -type l)" ]
    [ -z "$(find "$root" ! -type f ! -type d ! -type l)" ]
    [ -z "$(find "$root" -type f -links +1)" ] # no inode is shared with the host
    ! grep -q "$(id -un)-not-here" "$root/etc/passwd" || false
}

@test "the root works: threads, tempfile, multiprocessing, decimal, sqlite3, ssl, uuid, json" {
    cat >"$SNIPPET" <<-'PY'
	import concurrent.futures, ctypes, decimal, hashlib, json, lzma, multiprocessing, sqlite3, ssl, subprocess, tempfile
	import threading, uuid, zlib, asyncio, locale, os
	t = threading.Thread(target=print, args=("thread",)); t.start(); t.join()
	with tempfile.NamedTemporaryFile() as f: f.write(b"x")
	with multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, -2]))
	with concurrent.futures.ThreadPoolExecutor(3) as e: print(sum(e.map(int, "123")))
	db = sqlite3.connect(":memory:"); print(db.execute("select 1+1").fetchone()[0])
	async def main(): await asyncio.sleep(0); return "async"
	print(asyncio.run(main()))
	open("here", "w").write("ä"); print(open("here").read(), locale.getpreferredencoding())
	print(os.getuid(), os.getcwd(), uuid.uuid4().version, len(hashlib.sha256(b"").hexdigest()))
	PY
    prep --lint off "$SNIPPET"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    diff <(echo "$output") - <<-'END'
	thread
	[1, 2]
	6
	2
	async
	ä UTF-8
	1000 /work 4 64
	END
}

@test "the root has time zones, names of protocols and services, and whom the host trusts; not which zone the host is in" {
    cat >"$SNIPPET" <<-'PY'
	import datetime, os, socket, ssl, time, zoneinfo
	print(datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset())
	os.environ["TZ"] = "America/New_York"; time.tzset(); print(time.strftime("%H %Z", time.localtime(1720000000)))
	print(socket.getservbyname("https", "tcp"), socket.getprotobyname("tcp"))
	print(ssl.create_default_context().cert_store_stats()["x509_ca"])
	PY
    [ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "the host has no time zones"
    prep --lint off "$SNIPPET"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    diff <(echo "$output") <(/usr/bin/python3 "$SNIPPET")
    [ ! -L "$(conf .root.path)/usr/share/zoneinfo/localtime" ]
    [ ! -e "$(conf .root.path)/usr/share/zoneinfo/localtime" ]
}

@test "what was printed before the end is there although stdout is a pipe" {
    echo 'import os; print("first"); os._exit(0)' >"$SNIPPET" # no flush at exit
    prep "$SNIPPET"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    [ "$output" = first ]
}

@test "a warm prepare runs no interpreter" {
    need strace
    prep "$SNIPPET"
    strace -f -qq -e trace=execve -o "$T/trace" "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --bundle "$B" "$SNIPPET"
    [ "$(grep -c execve "$T/trace")" -eq 1 ]
}

@test "a shim on PATH is seen through" {
    mkdir "$T/shims" "$T/empty"
    printf '#!/bin/sh\nexec /usr/bin/node "$@"\n' >"$T/shims/node"
    chmod 755 "$T/shims/node"
    [ -x /usr/bin/node ] || skip "no node here"
    # the catalogue prefers /usr/bin/node; without it the shim is asked
    run -0 unshare -m sh -c 'mount --bind /usr/bin/node "$0/empty" 2>/dev/null; exit 0' "$T"
    echo 'console.log("js")' >"$T/a.js"
    PATH=$T/shims:$PATH prep "$T/a.js"
    [ "$(conf '.process.args[3]')" = /usr/bin/node ]
    file -L "$(conf .root.path)/usr/bin/node" | grep -q ELF
}

@test "a missing interpreter is one line that says how to get it" {
    need_root
    echo 'puts 1' >"$T/a.rb"
    run -1 without_programs "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --bundle "$B" "$T/a.rb"
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"apt-get install ruby"* ]]
}

@test "ten at once make one root" {
    local own=$T/cache pids=() i
    for i in 1 2 3 4 5 6 7 8 9 10; do
        "$RSBX" --root "$ROOT" --cache "$own" prepare --verbose --bundle "$T/b$i" "$SNIPPET" 2>"$T/log$i" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    [ "$(cat "$T"/log* | grep -c ', made in')" -eq 1 ]
    [ "$(cat "$T"/log* | grep -c ', found in')" -eq 9 ]
    [ "$(ls "$own/roots" | wc -l)" -eq 1 ]
    [ -z "$(ls "$own/tmp")" ]
}

@test "Ctrl-C while a root is made leaves nothing" {
    local own=$T/cache pid
    "$RSBX" --root "$ROOT" --cache "$own" prepare --bundle "$B" "$SNIPPET" &
    pid=$!
    wait_for 20 sh -c "[ -n \"\$(ls '$own/tmp' 2>/dev/null)\" ]"
    kill -INT $pid # a background job of a script ignores SIGINT: TERM does the same
    kill -TERM $pid
    ! wait $pid || false
    [ -z "$(ls "$own/tmp" "$own/roots" "$own/host" | grep -v :)" ]
    [ ! -e "$B" ]
}

@test "killed while a root is made: the next one sweeps up" {
    local own=$T/cache pid
    "$RSBX" --root "$ROOT" --cache "$own" prepare --bundle "$B" "$SNIPPET" &
    pid=$!
    wait_for 20 sh -c "[ -n \"\$(ls '$own/tmp' 2>/dev/null)\" ]"
    kill -KILL $pid
    wait $pid || :
    [ -n "$(ls "$own/tmp")" ]
    "$RSBX" --root "$ROOT" --cache "$own" prepare --bundle "$B" "$SNIPPET"
    [ -z "$(ls "$own/tmp")" ]
}

@test "a full disk is a clear error and leaves nothing" {
    need_root
    mkdir "$T/small"
    run -0 unshare -m bash -c '
        mount -t tmpfs -o size=8m,mode=755 tmpfs "$1/small"
        "$2" --root "$3" --cache "$1/small/cache" prepare --bundle "$1/small/b" "$4" 2>"$1/err"
        echo "code $?"
        find "$1/small/cache/roots" "$1/small/cache/tmp" "$1/small/b" -mindepth 1 2>/dev/null || :' _ "$T" "$RSBX" "$ROOT" "$SNIPPET"
    [ "$output" = "code 1" ]
    grep -qi "no space left on device" "$T/err"
    [ "$(wc -l <"$T/err")" -eq 1 ]
}

@test "a changed interpreter means a new root; the old one is not touched" {
    need_root
    mkdir "$T/bin"
    cp "$(readlink -f /usr/bin/bash)" "$T/bin/interp"
    echo 'echo hi' >"$T/a.sh"
    prep "$T/a.sh"
    local before
    before=$(conf .root.path)
    prep "$T/a.sh"
    [ "$(conf .root.path)" = "$before" ]
    # the index names the files it depends on: touch one of them in the index
    sed -i 's/^\(source [0-9]* [0-9]* \)[0-9]*/\11/' "$CACHE"/host/bash-*
    prep --verbose "$T/a.sh" 2>"$T/log"
    grep -q ', made in' "$T/log"
    [ "$(conf .root.path)" = "$before" ] # equal contents are one root
}

@test "a cache that others can write to is refused" {
    mkdir -p "$T/cache"
    chmod 777 "$T/cache"
    run -1 "$RSBX" --root "$ROOT" --cache "$T/cache" prepare --bundle "$B" "$SNIPPET"
    [[ $output == *"others can write to it"* ]]
}

# Programs that try what the profile refuses. Each prints the name of the errno.
@test "the profile refuses: EPERM for what is dangerous, ENOSYS for what is unknown; threads and processes work" {
    cat >"$SNIPPET" <<-'PY'
	import ctypes, errno, os, socket, sys, threading
	libc = ctypes.CDLL(None, use_errno=True)
	def call(name, *args):
	    ctypes.set_errno(0)
	    r = libc.syscall(*args)
	    print(name, errno.errorcode.get(ctypes.get_errno(), "ok"))
	call("unshare", 272, 0x10000000)
	call("setns", 308, 0, 0)
	call("mount", 165, 0, 0, 0, 0, 0)
	call("fsopen", 430, b"tmpfs", 0)
	call("open_tree", 428, -100, b"/", 0)
	call("move_mount", 429, 0, 0, 0, 0, 0)
	call("mount_setattr", 442, 0, 0, 0, 0, 0)
	call("bpf", 321, 0, 0, 0)
	call("userfaultfd", 323, 0)
	call("keyctl", 250, 0, 0)
	call("add_key", 248, 0, 0, 0, 0, 0)
	call("ptrace", 101, 0, 0, 0, 0)
	call("process_vm_readv", 310, 1, 0, 0, 0, 0, 0)
	call("kexec_load", 246, 0, 0, 0, 0)
	call("init_module", 175, 0, 0, 0)
	call("perf_event_open", 298, 0, 0, 0, 0, 0)
	call("pidfd_getfd", 438, 0, 0, 0)
	call("open_by_handle_at", 304, 0, 0, 0)
	call("seccomp", 317, 1, 0, 0)
	call("prctl-seccomp", 157, 22, 0, 0)
	call("personality", 135, 0x40000)
	if len(sys.argv) == 1: call("clone-newuser", 56, 0x10000000 | 17, 0, 0, 0, 0)
	if len(sys.argv) == 1: call("clone-parent", 56, 0x8000 | 17, 0, 0, 0, 0)
	call("io_uring_setup", 425, 1, 0)
	call("clone3", 435, 0, 0)
	call("unknown", 1000)
	call("tiocsti", 16, 0, 0x5412, 0)
	call("tiocsti-high", 16, 0, 0xffffffff00005412, 0)
	for family in (2, 10, 16, 17, 38, 40, 44):
	    call("socket-%d" % family, 41, family, 1, 0)
	call("socketpair-inet", 53, 2, 1, 0, 0)
	socket.socketpair()[0].close()
	t = threading.Thread(target=lambda: None); t.start(); t.join()
	pid = os.fork()
	if pid == 0: os._exit(7)
	print("fork", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	PY
    [ "$(uname -m)" = x86_64 ] || skip "numbers of x86_64"
    prep --lint off "$SNIPPET"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    echo "$output" | grep -v -e ' EPERM$' >"$T/rest"
    diff "$T/rest" - <<-'END'
	io_uring_setup ENOSYS
	clone3 ENOSYS
	unknown ENOSYS
	fork 7
	END
    [ "$(echo "$output" | grep -c ' EPERM$')" -eq 33 ]
    # the control: without the filter the kernel answers otherwise
    jq 'del(.linux.seccomp) | .process.args += ["control"]' "$B/config.json" >"$T/c.json"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run --config "$T/c.json" -b "$B" "$ID"
    [ "$(echo "$output" | grep -c ' EPERM$')" -lt 25 ]
}

@test "i386 and x32 system calls end the process" {
    [ "$(uname -m)" = x86_64 ] || skip "x86_64 only"
    cat >"$SNIPPET" <<-'PY'
	import ctypes, mmap, sys
	code = {"i386": b"\xb8\x14\x00\x00\x00\xcd\x80\xc3", "x32": b"\xb8\x27\x00\x00\x40\x0f\x05\xc3"}[sys.argv[1]]
	m = mmap.mmap(-1, 4096, prot=7); m.write(code)
	f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))
	print("answered", f())
	PY
    local abi
    for abi in i386 x32; do
        prep --lint off "$SNIPPET" -- "$abi"
        run --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
        [[ $output != *answered* ]] && [ "$status" -ne 0 ] || false
    done
}

@test "what is written stays in its place: root read-only, /work and /tmp bounded in bytes and inodes" {
    cat >"$SNIPPET" <<-'PY'
	import errno, os
	def attempt(name, f):
	    try: f(); print(name, "ok")
	    except OSError as e: print(name, errno.errorcode[e.errno])
	attempt("root", lambda: open("/x", "w"))
	attempt("usr", lambda: open("/usr/bin/x", "w"))
	attempt("snippet", lambda: open(__file__, "w"))
	attempt("dev", lambda: open("/dev/x", "w"))
	attempt("mknod", lambda: os.mknod("/tmp/null", 0o20666, os.makedev(1, 3)))
	attempt("shadow", lambda: open("/etc/shadow"))
	attempt("core_pattern", lambda: open("/proc/sys/kernel/core_pattern", "w"))
	attempt("work", lambda: open("/work/x", "w").close())
	def fill():
	    for i in range(100):
	        with open("/tmp/%d" % i, "wb") as f: f.write(b"x" * (1 << 20))
	attempt("fill", fill)
	for i in range(100):
	    try: os.unlink("/tmp/%d" % i)
	    except OSError: break
	def inodes():
	    for i in range(100000): open("/tmp/i%d" % i, "w").close()
	attempt("inodes", inodes)
	print(sorted(os.listdir("/dev")))
	PY
    prep --disk-limit 8 --lint off "$SNIPPET"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    local denied=EPERM # Landlock, where the kernel has it, is asked first
    [ "$("$RSBX" doctor --json | jq -r '.[] | select(.name == "landlock").status')" != ok ] || denied=EACCES
    diff <(head -10 <<<"${output/mknod $denied/mknod DENIED}") - <<-'END'
	root EROFS
	usr EROFS
	snippet EROFS
	dev EACCES
	mknod DENIED
	shadow ENOENT
	core_pattern EROFS
	work ok
	fill ENOSPC
	inodes ENOSPC
	END
}

@test "a bundle of JavaScript runs under runc too, and says nothing else" {
    need_root
    need runc
    need node
    cp "$PROJECT_DIR/examples/hello.js" "$T/hello.js"
    prep "$T/hello.js"
    run -0 --separate-stderr runc --root "$T/runc" run -b "$B" "$ID"
    [[ $output == "Hello from Node.js "* ]]
    [ -z "$stderr" ]
}

@test "--network: the host's network and resolver, internet families only; without it none" {
    cat >"$SNIPPET" <<-'PY'
	import errno, socket
	for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET, 40, 38):
	    try: socket.socket(family, socket.SOCK_RAW if family > 10 else socket.SOCK_STREAM).close(); print("ok")
	    except OSError as e: print(errno.errorcode[e.errno])
	print(bool(open("/etc/resolv.conf").read()))
	PY
    prep --network --lint off "$SNIPPET"
    [ "$(conf '[.linux.namespaces[].type] | index("network")')" = null ]
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    [ "$output" = "$(printf 'ok\nok\nEPERM\nEPERM\nEPERM\nEPERM\nTrue')" ]
    prep --lint off "$SNIPPET"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    [ "$output" = "$(printf 'EPERM\nEPERM\nEPERM\nEPERM\nEPERM\nEPERM\nFalse')" ]
}
