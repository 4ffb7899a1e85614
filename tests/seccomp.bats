#!/usr/bin/env bats
# System call filters in a container: what a program under them sees, the agent's protocol, the cache.
load lib/common

setup() {
    rsbx_setup
    bundle
    cp "$RSBX_BUILD/tests/lib/syscall" "$B/rootfs/bin/syscall"
}
teardown() {
    [ -z "${AGENT:-}" ] || kill "$AGENT" 2>/dev/null || :
    rsbx_teardown
}

# seccomp JSON
seccomp() { config ".linux.seccomp = $1"; }

only_x86_64() { [ "$(uname -m)" = x86_64 ] || skip "the numbers are those of x86_64"; }

@test "an action for each kind of refusal" {
    sh_args 'mkdir /tmp/x; echo "exit $?"'
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":28}]}'
    run -0 rsbx run -b "$B" "$ID"
    [[ $output == *"No space left on device"*"exit 1" ]]
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_KILL_PROCESS"}]}'
    run -0 rsbx run -b "$B" "$ID"
    [[ $output == *"exit 159" ]]
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_TRAP"}]}'
    run -0 rsbx run -b "$B" "$ID"
    [[ $output == *"exit 159" ]]
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_LOG"}]}'
    run -0 rsbx run -b "$B" "$ID"
    [ "$output" = "exit 0" ]
}

@test "the process is under the filter, with and without noNewPrivileges" {
    args grep Seccomp: /proc/self/status
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["acct"],"action":"SCMP_ACT_ERRNO"}]}'
    for nnp in true false; do
        config ".process.noNewPrivileges = $nnp"
        run -0 rsbx run -b "$B" "$ID"
        [ "$(tr -d ' \t' <<<"$output")" = Seccomp:2 ]
    done
}

@test "a profile that denies getcwd is no reason to refuse the working directory, at run and exec" {
    only_x86_64
    sh_args 'syscall 79 0 0; sleep 100'
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["getcwd"],"action":"SCMP_ACT_ERRNO","errnoRet":28}]}'
    config '.process.cwd = "/tmp"'
    for nnp in true false; do
        config ".process.noNewPrivileges = $nnp"
        rsbx run -d -b "$B" "$ID" >"$T/out" 2>&1 </dev/null
        wait_for 10 grep -qx -- '-1 28' "$T/out" # control: it is denied to the program
        [ "$(rsbx exec --cwd /proc "$ID" ls -d self/root)" = self/root ]
        run -255 rsbx exec --cwd /proc/1/fd/0 "$ID" true # and looked at nevertheless
        rsbx delete --force "$ID"
    done
}

@test "a profile that kills for madvise, loaded early, is no end of who looks for HOME in a long /etc/passwd" {
    sh_args 'echo $HOME'
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["madvise"],"action":"SCMP_ACT_KILL_PROCESS"}]}'
    config '.process.noNewPrivileges = false | .process.env |= map(select(startswith("HOME=") | not))'
    seq -f 'user%g:x:1000:100:somebody without a name:/home/of/somebody:/bin/sh' 1 430 >"$B/rootfs/etc/passwd"
    echo 'root:x:0:0:root:/found:/bin/sh' >>"$B/rootfs/etc/passwd"
    run -0 rsbx run -b "$B" "$ID"
    [ "$output" = /found ]
}

@test "an exec'd process is under it, too" {
    args sleep 100
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":28}]}'
    rsbx run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
    run -1 rsbx exec "$ID" mkdir /tmp/x
    [[ $output == *"No space left on device" ]]
}

@test "conditions on arguments" {
    only_x86_64
    # socket(2) is 41: AF_NETLINK (16) of type SOCK_RAW (3) is refused, all others are not
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":97,
      "args":[{"index":0,"value":16,"op":"SCMP_CMP_EQ"},{"index":1,"value":3,"op":"SCMP_CMP_EQ"}]}]}'
    sh_args 'syscall 41 16 3 0; syscall 41 16 2 0; syscall 41 1 1 0'
    run -0 rsbx run -b "$B" "$ID"
    [ "${lines[0]}" = "-1 97" ]
    [ "${lines[1]}" = "3 0" ]
    [ "${lines[2]}" = "3 0" ]
    # the kernel takes 32 bits of the family: high garbage must not get past the condition
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":97,
      "args":[{"index":0,"value":4294967295,"valueTwo":16,"op":"SCMP_CMP_MASKED_EQ"}]}]}'
    sh_args 'syscall 41 16 3 0; syscall 41 0x500000010 3 0'
    run -0 rsbx run -b "$B" "$ID"
    [ "${lines[0]}" = "-1 97" ]
    [ "${lines[1]}" = "-1 97" ]
}

# What a shell with the syscall program needs.
allowed='"access","arch_prctl","brk","clone","close","dup2","execve","exit","exit_group","faccessat2","fcntl","fstat",
"fstatfs","futex","getcwd","getdents64","getegid","geteuid","getgid","getpgid","getpid","getppid","getrandom","getuid",
"ioctl","lseek","lstat","mmap","mprotect","munmap","newfstatat","open","openat","pipe","prctl","pread64","read","readlink",
"rseq","rt_sigaction","rt_sigprocmask","rt_sigreturn","sendmsg","recvmsg","set_robust_list","set_tid_address","setpgid",
"sigaltstack","stat","uname","vfork","wait4","write","writev","chdir","setuid","setgid","setgroups","capset","capget",
"setresuid","setresgid","getsid","poll","ppoll","prlimit64"'

@test "system calls newer than the profile are ENOSYS, others the default" {
    only_x86_64
    seccomp "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\"],
      \"syscalls\":[{\"names\":[$allowed],\"action\":\"SCMP_ACT_ALLOW\"}]}"
    sh_args 'syscall 165; syscall 440; syscall 999; syscall 39'
    run -0 rsbx run -b "$B" "$ID"
    [ "${lines[0]}" = "-1 1" ]  # mount: refused
    [ "${lines[1]}" = "-1 38" ] # process_madvise: above faccessat2 (439), the newest named
    [ "${lines[2]}" = "-1 38" ]
    [[ ${lines[3]} == [1-9]*" 0" ]]
}

@test "x32 calls do not get past a profile of x86_64" {
    only_x86_64
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],
      "syscalls":[{"names":["getpid"],"action":"SCMP_ACT_ERRNO"}]}'
    sh_args 'syscall 39; syscall 0x40000027; echo "exit $?"'
    run -0 rsbx run -b "$B" "$ID"
    [ "${lines[0]}" = "-1 1" ]
    [[ $output == *"exit 159" ]]
}

@test "flags reach the kernel: as given, SPEC_ALLOW when there are none" {
    args true
    for flags in 'null 4' '[] 0' '["SECCOMP_FILTER_FLAG_LOG"] 2' \
        '["SECCOMP_FILTER_FLAG_TSYNC","SECCOMP_FILTER_FLAG_SPEC_ALLOW"] 5'; do
        seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["acct"],"action":"SCMP_ACT_ERRNO"}]}'
        [ "${flags% *}" = null ] || config ".linux.seccomp.flags = ${flags% *}"
        strace -f -qq -X raw -e trace=seccomp -o "$T/trace" "$RSBX" --root "$ROOT" run -b "$B" "$ID"
        grep -q "seccomp(0x1, 0*x*${flags##* }, {len=" "$T/trace" || { cat "$T/trace"; false; }
    done
}

@test "what cannot be meant is refused before anything is made" {
    local profile='{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/nowhere","syscalls":[{"names":["%s"],"action":"SCMP_ACT_NOTIFY"}]}'
    # shellcheck disable=SC2059
    seccomp "$(printf "$profile" write)"
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *"SCMP_ACT_NOTIFY cannot be used for the write syscall"* ]]
    seccomp '{"defaultAction":"SCMP_ACT_NOTIFY","listenerPath":"/nowhere"}'
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *"SCMP_ACT_NOTIFY cannot be used as default action"* ]]
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]}'
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *linux.seccomp.listenerPath* ]]
    seccomp '{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_WHAT"]}'
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *'linux.seccomp.flags[0]'* ]]
    assert_nothing_left
}

start_agent() {
    "$TESTS_DIR/lib/seccomp-agent" "$T/agent" "$T/received" >"$T/agent.out" 2>&1 3>&- &
    AGENT=$!
    wait_for 30 grep -q ready "$T/agent.out"
}

@test "SCMP_ACT_NOTIFY: the agent gets the state and the fd, and decides" {
    only_x86_64
    start_agent
    sh_args 'mkdir /tmp/x; echo "exit $?"; touch /tmp/y && echo touched'
    seccomp "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"$T/agent\",\"listenerMetadata\":\"the data\",
      \"syscalls\":[{\"names\":[\"mkdir\",\"mkdirat\",\"chdir\",\"setresuid\",\"close\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}"
    for nnp in true false; do
        config ".process.noNewPrivileges = $nnp"
        run -0 timeout 60 "$RSBX" --root "$ROOT" run -b "$B" "$ID"
        [[ $output == *"Cannot assign requested address"*"exit 1"*touched ]]
        [ "$(jq -r '[.ociVersion, .fds[0], .metadata, .state.id, .state.status, .state.bundle] | join(" ")' "$T/received")" = \
            "1.3.0 seccompFd the data $ID creating $B" ]
        [ "$(jq '.pid == .state.pid and .pid > 1' "$T/received")" = true ]
        wait "$AGENT" || :
        rm -f "$T/agent" "$T/received"
        [ "$nnp" = false ] || start_agent
    done
}

@test "SCMP_ACT_NOTIFY: small limits do not get in the way of what comes after the filter" {
    only_x86_64
    sh_args 'echo "$HOME"; ulimit -n'
    seccomp "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"$T/agent\",
      \"syscalls\":[{\"names\":[\"prctl\",\"setresuid\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}"
    config '.process.env |= map(select(startswith("HOME=") | not)) | del(.mounts[].options | arrays[] | select(. == "gid=5"))' \
        'del(.linux.cgroupsPath, .linux.resources) | .annotations["run.oci.keep_original_groups"] = "1"' \
        '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 3, hard: 3}]'
    echo 'root:x:0:0:root:/found:/bin/sh' >"$B/rootfs/etc/passwd"
    for nnp in true false; do
        start_agent
        config ".process.noNewPrivileges = $nnp"
        # in a user namespace: CAP_SYS_RESOURCE, with which the runtime sets limits from outside, is not everywhere
        run timeout 60 unshare -Ur "$RSBX" --root "$ROOT" run -b "$B" "$ID"
        echo "$output"
        [ "${lines[*]}" = "/found 3" ]
        wait "$AGENT" || :
        rm -f "$T/agent"
    done
}

@test "SCMP_ACT_NOTIFY: exec's process has an fd of its own, and no file of the host's while it hands it over" {
    only_x86_64
    start_agent
    config '.process.noNewPrivileges = true | .root.readonly = false'
    sh_args 'exec >>/seen
        while :; do
            for f in /proc/[0-9]*/fd/*; do case $f in /proc/1/*) ;; *) readlink "$f" ;; esac; done 2>/dev/null
        done'
    seccomp "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"$T/agent\",
      \"syscalls\":[{\"names\":[\"mkdir\",\"mkdirat\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}"
    rsbx run -d -b "$B" "$ID" </dev/null >"$T/out" 2>&1
    local first=$AGENT
    rm "$T/agent"
    start_agent
    run -1 timeout 60 "$RSBX" --root "$ROOT" exec "$ID" mkdir /tmp/x
    [[ $output == *"Cannot assign requested address"* ]]
    [ "$(jq -r '.state.status' "$T/received")" = running ]
    [ "$(jq -r '.state.pid' "$T/received")" = "$(pid_of "$ID")" ]
    [ "$(jq '.pid != .state.pid' "$T/received")" = true ]
    wait "$AGENT" || :
    # an agent that accepts nothing holds the next one up, where a process of the container may look into it
    rm "$T/agent"
    python3 -c 'import socket, sys
s, c = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1]); s.listen(0); c.connect(sys.argv[1]); print("ready", flush=True); sys.stdin.read()' \
        "$T/agent" < <(sleep 60) >"$T/stuck" 3>&- &
    AGENT=$!
    wait_for 20 grep -q ready "$T/stuck"
    : >"$B/rootfs/seen"
    "$RSBX" --root "$ROOT" --log "$T/secret-log" exec "$ID" true </dev/null >"$T/out" 2>&1 3>&- &
    local exec=$!
    # the control: it can be looked into, time and again, and has a socket
    seen_often() { [ "$(grep -c socket: "$B/rootfs/seen")" -gt 3 ]; }
    wait_for 10 seen_often
    ! grep secret-log "$B/rootfs/seen" || false
    kill $exec "$first" 2>/dev/null || :
    wait $exec || :
}

@test "SCMP_ACT_NOTIFY: without an agent there is no container" {
    args true
    seccomp "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"$T/nobody\",
      \"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}"
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *"failed to connect with seccomp agent"* ]]
    assert_nothing_left
}

@test "a profile that is loaded early and refuses faccessat2 does not keep the program from being found" {
    config '.process.noNewPrivileges = false' \
        '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["faccessat2"], action: "SCMP_ACT_ERRNO"}]}'
    args /bin/echo there
    run -0 rsbx run -b "$B" "$ID"
    [ "$output" = there ]
    args echo there
    run -0 rsbx run -b "$B" "$ID"
    [ "$output" = there ]
}
