# Each property of config.json shows in the container. A test's name begins with the property's path;
# docs/conformance.md refers to them. Mounts: mounts.bats. Cgroups: tests/unit/cgroup_*.c. Filters: seccomp.c.
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle
}
teardown() { rsbx_teardown; }

# Runs the shell script in the bundle's container.
box() {
    sh_args "$1"
    run rsbx run -b "$B" "$ID"
    [ "$status" -eq 0 ] || { echo "status $status: $output"; return 1; }
}
# refused TEXT: create fails with one line that has TEXT in it, and leaves nothing.
refused() {
    status=0 # not `run`: a container that should not be there would keep its output open
    rsbx create -b "$B" "$ID" >"$T/out" 2>&1 || status=$?
    output=$(cat "$T/out")
    [ "$status" -eq 1 ]
    [[ $output == *"$1"* ]] || { echo "got: $output"; echo "wanted: $1"; return 1; }
    [ "$(wc -l <<<"$output")" -eq 1 ]
    assert_nothing_left
}

@test "process.args, process.env, process.cwd" {
    config '.process.env = ["PATH=/bin", "A=b=c", "EMPTY="] | .process.cwd = "/usr"'
    args /bin/sh -c 'echo "$0|$1|$A|${EMPTY-unset}|$PWD"' 'zero x' ''
    run rsbx run -b "$B" "$ID"
    [ "$output" = 'zero x||b=c||/usr' ]
}

@test "process.args: the program is found in the container's PATH, an unknown one is named" {
    args echo found
    run rsbx run -b "$B" "$ID"
    [ "$output" = found ]
    args no-such-program
    run rsbx run -b "$B" "$ID"
    [ "$status" -ne 0 ]
    [[ $output == *'executable file not found in $PATH: "no-such-program": no such file or directory'* ]]
    assert_nothing_left
}

@test "process.env: HOME comes from the container's passwd unless it is given" {
    echo 'u:x:77:77::/home/of/u:/bin/sh' >>"$B/rootfs/etc/passwd"
    config '.process.user = {uid: 77, gid: 77} | .process.env = ["PATH=/bin"]'
    box 'echo $HOME'
    [ "$output" = /home/of/u ]
    config '.process.env += ["HOME=/x"]'
    box 'echo $HOME'
    [ "$output" = /x ]
}

@test "process.cwd: a missing one is made" {
    config '.process.cwd = "/made/here" | .root.readonly = false'
    box pwd
    [ "$output" = /made/here ]
}

@test "process.user: uid, gid, additionalGids, umask" {
    config '.process.user = {uid: 1234, gid: 1235, additionalGids: [7, 4000000000], umask: 63}'
    box 'grep -E "^(Uid|Gid|Groups):" /proc/self/status; umask'
    [ "${lines[0]}" = "$(printf 'Uid:\t1234\t1234\t1234\t1234')" ]
    [ "${lines[1]}" = "$(printf 'Gid:\t1235\t1235\t1235\t1235')" ]
    [[ ${lines[2]} =~ ^Groups:.7\ 4000000000 ]]
    [ "${lines[3]}" = 0077 ]
}

@test "process.capabilities: the five sets" {
    config '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"], permitted: ["CAP_CHOWN", "CAP_KILL"],
        effective: ["CAP_CHOWN"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]} | .process.user.uid = 1000'
    box 'grep ^Cap /proc/self/status'
    # for a user who is not root execve(2) leaves the ambient set
    [[ $output == *"CapInh:	0000000000000020"* ]]
    [[ $output == *"CapPrm:	0000000000000020"* ]]
    [[ $output == *"CapEff:	0000000000000020"* ]]
    [[ $output == *"CapBnd:	00000000000000a1"* ]]
    [[ $output == *"CapAmb:	0000000000000020"* ]]
    config 'del(.process.capabilities)'
    box 'grep ^Cap /proc/self/status | sort -u -k2'
    [ "${#lines[@]}" -eq 1 ]
    [[ ${lines[0]} == *0000000000000000 ]]
}

@test "process.capabilities: an unknown one is a warning" {
    config '.process.capabilities.bounding += ["CAP_MOON"]'
    box true
    [[ $output == *"warning: process.capabilities: ignoring unknown or unavailable capabilities: CAP_MOON"* ]]
}

@test "process.rlimits" {
    config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
        {type: "RLIMIT_FSIZE", soft: 1000000, hard: 2000000}]'
    box 'grep -E "open files|core file|file size" /proc/self/limits'
    [[ $output =~ open\ files\ +100\ +200 ]]
    [[ $output =~ core\ file\ size\ +0\ +0 ]]
    [[ $output =~ Max\ file\ size\ +1000000\ +2000000 ]]
}

@test "process.rlimits: unknown, repeated, and soft above hard are refused" {
    config '.process.rlimits = [{type: "RLIMIT_MOON", soft: 1, hard: 1}]'
    refused 'process.rlimits[0].type: unknown limit "RLIMIT_MOON"'
    config '.process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 1}, {type: "RLIMIT_CORE", soft: 1, hard: 1}]'
    refused 'process.rlimits[1].type: RLIMIT_CORE is there twice'
    config '.process.rlimits = [{type: "RLIMIT_CORE", soft: 2, hard: 1}]'
    refused 'process.rlimits[0]'
}

@test "process.noNewPrivileges" {
    box 'grep NoNewPrivs /proc/self/status'
    [[ $output == *1 ]]
    config '.process.noNewPrivileges = false'
    box 'grep NoNewPrivs /proc/self/status'
    [[ $output == *0 ]]
}

@test "process.oomScoreAdj: set, or left alone" {
    config '.process.oomScoreAdj = 321'
    box 'cat /proc/self/oom_score_adj'
    [ "$output" = 321 ]
    config 'del(.process.oomScoreAdj)'
    box 'cat /proc/self/oom_score_adj'
    [ "$output" = "$(cat /proc/self/oom_score_adj)" ]
}

@test "hostname and domainname" {
    config '.hostname = "moon" | .domainname = "example.org"'
    box 'uname -n; cat /proc/sys/kernel/domainname'
    [ "${lines[0]}" = moon ]
    [ "${lines[1]}" = example.org ]
    [ "$(uname -n)" != moon ]
    config '.linux.namespaces |= map(select(.type != "uts"))'
    refused 'hostname: needs a uts namespace in linux.namespaces'
}

@test "annotations are in the container's state" {
    config '.annotations = {"a": "1", "org.example.x": "a b"}'
    args sleep 100
    rsbx create -b "$B" "$ID"
    [ "$(rsbx state "$ID" | jq -c .annotations)" = '{"a":"1","org.example.x":"a b"}' ]
}

@test "hooks run in the specification's order, with the container's state on stdin" {
    cat >"$T/hook" <<HOOK
#!/bin/sh
echo "\$1 \$(jq -r '.id + " " + .status + " " + .bundle') \$HOOK" >>"$T/order"
HOOK
    chmod 755 "$T/hook"
    # this one runs in the container, where the file has another name
    printf '#!/bin/sh\ngrep -q "\\"id\\"" && echo "$1" >>/order\n' >"$B/rootfs/inner"
    chmod 755 "$B/rootfs/inner"
    config ".hooks = {
        prestart: [{path: \"$T/hook\", args: [\"hook\", \"prestart\"], env: [\"PATH=$PATH\", \"HOOK=1\"]}],
        createRuntime: [{path: \"$T/hook\", args: [\"hook\", \"createRuntime\"], env: [\"PATH=$PATH\"]},
                        {path: \"$T/hook\", args: [\"hook\", \"createRuntime2\"], env: [\"PATH=$PATH\"]}],
        createContainer: [{path: \"$T/hook\", args: [\"hook\", \"createContainer\"], env: [\"PATH=$PATH\"]}],
        startContainer: [{path: \"/inner\", args: [\"inner\", \"startContainer\"], env: [\"PATH=/bin\"]}],
        poststart: [{path: \"$T/hook\", args: [\"hook\", \"poststart\"], env: [\"PATH=$PATH\"]}],
        poststop: [{path: \"$T/hook\", args: [\"hook\", \"poststop\"], env: [\"PATH=$PATH\"]}]}
        | .mounts += [{destination: \"/order\", type: \"bind\", source: \"$T/order\", options: [\"bind\"]}]"
    : >"$T/order"
    args sleep 100
    rsbx create -b "$B" "$ID"
    [ "$(wc -l <"$T/order")" -eq 4 ]
    rsbx start "$ID"
    rsbx delete --force "$ID"
    cat "$T/order"
    diff "$T/order" - <<END
prestart $ID creating $B 1
createRuntime $ID creating $B 
createRuntime2 $ID creating $B 
createContainer $ID creating $B 
startContainer
poststart $ID running $B 
poststop $ID stopped $B 
END
}

@test "hooks: one that fails stops the create and leaves nothing; one that hangs is stopped" {
    config '.hooks.createRuntime = [{path: "/bin/false"}]'
    refused 'error running createRuntime hook #0: exit status 1'
    config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "100"], timeout: 1}]'
    refused 'hook ran past specified timeout of 1.0s'
    # 0: none, with a warning
    config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "0.3"], timeout: 0}]'
    rsbx create -b "$B" "$ID" >"$T/out" 2>&1 </dev/null
    grep -q 'warning: config.json: hooks.createRuntime\[0\].timeout: 0 is taken as no limit' "$T/out"
    rsbx delete "$ID"
}

@test "linux.namespaces: new ones are new, absent ones are the host's" {
    config '.linux.namespaces = [{type: "mount"}, {type: "pid"}, {type: "uts"}, {type: "ipc"}, {type: "network"}, {type: "cgroup"}]'
    box 'for n in mnt pid uts ipc net cgroup user; do readlink /proc/self/ns/$n; done; echo $$'
    for n in mnt pid uts ipc net cgroup; do
        [[ $output != *"$(readlink /proc/self/ns/$n)"* ]] || { echo "$n is the host's"; false; }
    done
    [[ $output == *"$(readlink /proc/self/ns/user)"* ]]
    [ "${lines[-1]}" = 1 ]
    config '.linux.namespaces = [{type: "mount"}, {type: "pid"}] | del(.hostname)'
    box 'for n in uts ipc net cgroup; do readlink /proc/self/ns/$n; done'
    for n in uts ipc net cgroup; do [[ $output == *"$(readlink /proc/self/ns/$n)"* ]]; done
}

@test "linux.namespaces: joined by path; a path to another kind is refused" {
    unshare --uts --ipc sleep 100 3>&- &
    other=$!
    wait_for 5 sh -c "[ \$(readlink /proc/$other/ns/uts) != \$(readlink /proc/self/ns/uts) ]"
    config "(.linux.namespaces[] | select(.type == \"ipc\")).path = \"/proc/$other/ns/ipc\""
    box 'readlink /proc/self/ns/ipc'
    [ "$output" = "$(readlink /proc/$other/ns/ipc)" ]
    config "(.linux.namespaces[] | select(.type == \"ipc\")).path = \"/proc/$other/ns/uts\""
    refused 'ns/uts is not a namespace of type ipc'
    kill "$other"
}

@test "linux.namespaces: the mount namespace of the runtime itself is not joined: its root would be changed" {
    config '(.linux.namespaces[] | select(.type == "mount")).path = "/proc/self/ns/mnt"'
    # in one of its own, which is all that the control could spoil
    run unshare -m bash -c 'mount --make-rprivate /; "$@"; echo "code $?"; ls -d "$0"' "$T" "$RSBX" --root "$ROOT" run -b "$B" "$ID"
    [[ $output == *"is the runtime's own mount namespace"*"code 1"*"$T" ]] || { echo "$output"; false; }
    # another one is
    unshare -m --propagation private sleep 1000 3>&- &
    local other=$!
    wait_for 20 eval '[ "$(readlink /proc/$other/exe)" = "$(readlink -f /bin/sleep)" ]'
    config "(.linux.namespaces[] | select(.type == \"mount\")).path = \"/proc/$other/ns/mnt\""
    args ls -d /bin/busybox
    run rsbx run -b "$B" "$ID"
    kill $other
    [ "$status" -eq 0 ]
    [ "$output" = /bin/busybox ]
}

@test "linux.timeOffsets" {
    config '.linux.namespaces += [{type: "time"}]
        | .linux.timeOffsets = {boottime: {secs: 1000000}, monotonic: {secs: 500, nanosecs: 5}}'
    box 'cat /proc/self/timens_offsets; cut -d. -f1 /proc/uptime'
    [[ ${lines[0]} =~ ^monotonic\ +500\ +5$ ]]
    [[ ${lines[1]} =~ ^boottime\ +1000000\ +0$ ]]
    [ "${lines[2]}" -ge 1000000 ]
}

@test "linux.uidMappings, linux.gidMappings" {
    chown -R 100000:100000 "$B/rootfs"
    config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}]
        | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 500}, {containerID: 500, hostID: 200000, size: 1}]'
    box 'cat /proc/self/uid_map /proc/self/gid_map; id -u'
    [[ ${lines[0]} =~ ^\ +0\ +100000\ +1000$ ]]
    [[ ${lines[1]} =~ ^\ +0\ +100000\ +500$ ]]
    [[ ${lines[2]} =~ ^\ +500\ +200000\ +1$ ]]
    [ "${lines[3]}" = 0 ]
}

@test "linux.sysctl: of the container's own namespaces only" {
    config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shmmax": "12345"}'
    box 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax'
    [ "${lines[0]}" = 1 ]
    [ "${lines[1]}" = 12345 ]
    config '.linux.sysctl = {"kernel.panic": "1"}'
    refused 'linux.sysctl: "kernel.panic" is not in a separate kernel namespace'
    config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))'
    refused 'linux.sysctl'
}

@test "linux.devices: the default ones and the configured ones, with mode and owner" {
    config '.linux.devices = [{path: "/dev/sub/mine", type: "c", major: 1, minor: 5, fileMode: 416, uid: 5, gid: 6},
        {path: "/dev/fifo", type: "p"}]'
    box 'for d in null zero full random urandom tty; do [ -c /dev/$d ] || echo no $d; done
        stat -c "%F %a %u %g %t %T" /dev/sub/mine /dev/fifo /dev/null; for l in ptmx fd stdin; do readlink /dev/$l; done'
    diff - <<<"$output" <(printf '%s\n' 'character special file 640 5 6 1 5' 'fifo 666 0 0 0 0' \
        'character special file 666 0 0 1 3' pts/ptmx /proc/self/fd /proc/self/fd/0)
    config '.linux.devices = [{path: "/dev/x", type: "q"}]'
    refused 'linux.devices[0].type: "q" is none of c, b, u, p'
    config '.linux.devices = [{path: "/bin", type: "c", major: 1, minor: 3}]'
    refused '/bin'
}

@test "linux.namespaces network: the loopback is up" {
    box 'cat /sys/class/net/lo/flags; cat /proc/net/dev | grep -c :'
    [ $(( ${lines[0]} & 1 )) -eq 1 ]
    [ "${lines[1]}" -eq 1 ]
}

@test "linux.cgroupsPath: the same place each time; not above its root" {
    box 'cat /proc/1/cgroup' || :
    args sleep 100
    rsbx create -b "$B" "$ID"
    grep -q "$CG" "/proc/$(pid_of "$ID")/cgroup"
    rsbx delete --force "$ID"
    config '.linux.cgroupsPath = "/a/../../b"'
    refused 'linux.cgroupsPath: "/a/../../b" must not contain ".."'
}

@test "linux.seccomp: an errno, and the default action" {
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
        {names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 42},
        {names: ["sethostname"], action: "SCMP_ACT_KILL_PROCESS"}]} | .root.readonly = false'
    sh_args 'mkdir /x 2>&1; grep Seccomp: /proc/self/status'
    run rsbx run -b "$B" "$ID"
    [[ $output == *"No message of desired type"* ]] # ENOMSG, 42
    [[ $output == *"Seccomp:	2"* ]]
    config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_MOON"'
    refused 'linux.seccomp.syscalls[0].action'
}

@test "unknown properties and those of other platforms are ignored" {
    config '.new = {"a": [1]} | .windows = {"layerFolders": [1]} | .process.commandLine = "x" | .linux.new = 1'
    box 'echo fine'
    [ "$output" = fine ]
}

@test "a broken document is refused with its path, and nothing is made" {
    config '.process.rlimits = [{type: "RLIMIT_CORE", soft: "many", hard: 1}]'
    refused 'config.json: process.rlimits[0].soft: expected an unsigned integer, found "many"'
    echo '{"ociVersion": "1.0.0",' >"$B/config.json"
    refused 'config.json: line 2, column 1: parse error: premature EOF'
    rm "$B/config.json"
    refused "config.json: no such file or directory"
}
