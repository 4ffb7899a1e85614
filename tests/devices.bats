# /dev: default and configured devices, links, the console; as root and in a user namespace.
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle
}
teardown() {
    umount "$T/dev" 2>/dev/null || :
    rsbx_teardown
}

box() { run rsbx run -b "$B" "$ID"; }
ok() { [ "$status" -eq 0 ] || { echo "status $status: $output"; return 1; }; }
fails_with() {
    [ "$status" -ne 0 ] || { echo "succeeded: $output"; return 1; }
    [[ "$output" == *"$1"* ]] || { echo "got: $output"; echo "wanted: $1"; return 1; }
}
# Root in the container is 100000 outside; the root is readable by it.
user_ns() {
    chmod 755 "$T" "$B" "$B/rootfs"
    config '.linux.namespaces += [{type: "user"}]' \
        '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]' \
        '.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
}
default_devices='/dev/full 1:7 666
/dev/null 1:3 666
/dev/random 1:8 666
/dev/tty 5:0 666
/dev/urandom 1:9 666
/dev/zero 1:5 666'
show_devices="stat -c '%n %t:%T %a' /dev/full /dev/null /dev/random /dev/tty /dev/urandom /dev/zero"

@test "default devices and links" {
    sh_args "$show_devices; cd /dev; for l in fd stdin stdout stderr ptmx; do readlink \$l; done"
    box
    ok
    [ "$output" = "$default_devices
/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx" ]
}

@test "they work: null swallows, zero gives, full is full, random is readable" {
    sh_args 'echo x >/dev/null && head -c 3 /dev/zero | wc -c && head -c 5 /dev/urandom | wc -c; echo x >/dev/full'
    box
    [[ "$output" == $'3\n5\n'*"No space left on device"* ]] || { echo "$output"; false; }
}

@test "default devices in a user namespace are the host's" {
    user_ns
    sh_args "$show_devices; echo x >/dev/null && head -c 3 /dev/zero | wc -c"
    box
    ok
    [ "$output" = "$default_devices
3" ]
}

@test "configured devices: type, numbers, mode, owner, whatever the umask" {
    config '.linux.devices = [{path: "/dev/mine", type: "c", major: 1, minor: 5, fileMode: 432, uid: 7, gid: 8},
                              {path: "/dev/sub/blk", type: "b", major: 7, minor: 200, fileMode: 384},
                              {path: "/dev/pipe", type: "p", fileMode: 438},
                              {path: "/run/u", type: "u", major: 1, minor: 3}]' '.root.readonly = false'
    args stat -c '%n %F %t:%T %a %u:%g' /dev/mine /dev/sub/blk /dev/pipe /run/u
    umask 077
    box
    umask 022
    ok
    [ "$output" = "/dev/mine character special file 1:5 660 7:8
/dev/sub/blk block special file 7:c8 600 0:0
/dev/pipe fifo 0:0 666 0:0
/run/u character special file 1:3 666 0:0" ]
}

@test "a configured default device keeps its configured mode" {
    config '.linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 384}]'
    args stat -c %a /dev/null
    box
    ok
    [ "$output" = 600 ]
}

@test "a configured device in a user namespace" {
    user_ns
    config '.linux.devices = [{path: "/dev/kmsg", type: "c", major: 1, minor: 11}]'
    if [ -c /dev/kmsg ]; then
        args stat -c %t:%T /dev/kmsg
        box
        ok
        [ "$output" = 1:b ]
    fi
}

@test "configured devices in a user namespace have their owner and mode, also those the host has not" {
    user_ns
    [ "$(printf '6.15\n%s\n' "$(uname -r)" | sort -V | head -1)" = 6.15 ] ||
        skip "before Linux 6.15 nothing can be copied out of a mount that is attached nowhere: the host's nodes are bound"
    config '.linux.devices = [{path: "/dev/mine", type: "c", major: 1, minor: 5, fileMode: 432, uid: 7, gid: 8},
                              {path: "/dev/blk", type: "b", major: 7, minor: 200, fileMode: 257},
                              {path: "/dev/pipe", type: "p", fileMode: 438}]'
    sh_args 'stat -c "%n %F %t:%T %a %u:%g" /dev/mine /dev/blk /dev/pipe; awk "/dev.mine/ {print \$6}" /proc/self/mountinfo; head -c 2 /dev/mine | wc -c'
    box
    ok
    [ "$output" = "/dev/mine character special file 1:5 660 7:8
/dev/blk block special file 7:c8 401 0:0
/dev/pipe fifo 0:0 666 0:0
rw,nosuid,noexec,relatime
2" ] || { echo "$output"; false; }
}

@test "a /dev that is a link is refused" {
    config '.mounts |= map(select(.destination | startswith("/dev") | not))' '.root.readonly = false'
    rmdir "$B/rootfs/dev"
    ln -s tmp "$B/rootfs/dev"
    box
    fails_with '/dev: must be an ordinary directory'
}

@test "what is wrong in linux.devices is named" {
    config '.linux.devices = [{path: "/dev/x", type: "z", major: 1, minor: 3}]'
    box
    fails_with 'linux.devices[0].type'
    config '.linux.devices = [{path: "dev/x", type: "c", major: 1, minor: 3}]'
    box
    fails_with 'linux.devices[0].path'
}

@test "an image's own device node is kept if it is the right one, refused if not" {
    config '.mounts |= map(select(.destination | startswith("/dev") | not))' '.root.readonly = false'
    rm -rf "$B/rootfs/dev"
    mkdir "$B/rootfs/dev"
    mknod -m 666 "$B/rootfs/dev/null" c 1 3
    sh_args "$show_devices"
    box
    ok
    [ "$output" = "$default_devices" ]
    box # a second time: everything is there already
    ok
    rm "$B/rootfs/dev/zero"
    mknod "$B/rootfs/dev/zero" c 1 7
    box
    fails_with '/dev/zero: there is something in the root that is not the device 1:5'
}

@test "a /dev bound from the host is taken as it is" {
    mkdir "$T/dev"
    mount -t tmpfs -o mode=755 none "$T/dev"
    mknod -m 666 "$T/dev/null" c 1 3
    config '.mounts |= map(select(.destination | startswith("/dev") | not))' \
        ".mounts += [{destination: \"/dev\", type: \"bind\", source: \"$T/dev\", options: [\"rbind\"]}]"
    args ls /dev
    box
    ok
    [ "$output" = null ]
}

@test "an image's ptmx is replaced by the link to the container's devpts" {
    config '.mounts |= map(select(.destination != "/dev"))' '.root.readonly = false'
    mknod "$B/rootfs/dev/ptmx" c 5 2
    args readlink /dev/ptmx
    box
    ok
    [ "$output" = pts/ptmx ]
}

@test "the console is the terminal's own device" {
    config '.process.terminal = true'
    sh_args 'tty; stat -c %t:%T /dev/console "$(tty)"; grep -c " /dev/console " /proc/self/mountinfo; test -t 0 && echo x >/dev/console'
    run terminal "'$RSBX' --root '$ROOT' run -b '$B' '$ID'"
    ok
    mapfile -t got < <(tr -d "\r" <<<"$output")
    [ "${got[0]}" = /dev/pts/0 ] || [ "${got[0]}" = /dev/console ] || { echo "$output"; false; }
    [ "${got[1]}" = "${got[2]}" ]
    [ "${got[3]}" = 1 ]
    [ "${got[4]}" = x ]
}

@test "user namespace: proc, sysfs, devpts, mqueue and cgroup are mounted, masks hold" {
    user_ns
    sh_args 'awk "{print \$5}" /proc/self/mountinfo; touch /sys/x /proc/sys/kernel/x; cat /proc/kcore; cat /proc/timer_list'
    box
    for m in /proc /sys /dev /dev/pts /dev/shm /dev/mqueue; do
        grep -qx "$m" <<<"$output" || { echo "$m: $output"; false; }
    done
}

@test "user namespace: a source that only the host's root can reach is bound all the same" {
    user_ns
    mkdir -m 700 "$T/private"
    echo inner >"$T/private/f"
    mkdir -m 755 "$T/private/dir"
    echo deep >"$T/private/dir/f"
    chmod 644 "$T/private/f" "$T/private/dir/f"
    config ".mounts += [{destination: \"/f\", type: \"bind\", source: \"$T/private/f\", options: [\"bind\", \"ro\"]},
                        {destination: \"/d\", type: \"bind\", source: \"$T/private/dir\", options: [\"rbind\"]}]"
    chmod 777 "$B/rootfs"
    args cat /f /d/f
    box
    ok
    [ "$output" = $'inner\ndeep' ]
}

@test "user namespace: flags of the host that are locked stay, clearing them is refused" {
    user_ns
    chmod 777 "$B/rootfs"
    mkdir "$T/dev"
    mount -t tmpfs -o nosuid,nodev,noexec,mode=755 none "$T/dev"
    config ".mounts += [{destination: \"/m\", type: \"bind\", source: \"$T/dev\", options: [\"rbind\", \"ro\"]}]"
    sh_args 'awk "\$5 == \"/m\" {print \$6}" /proc/self/mountinfo'
    box
    ok
    [[ "$output" == ro,nosuid,nodev,noexec* ]] || { echo "$output"; false; }
    config '.mounts[-1].options = ["rbind", "exec"]'
    box
    fails_with "mounts[$(jq '.mounts | length - 1' "$B/config.json")]: bind $T/dev on /m"
}

@test "user namespace: idmap without mappings takes the container's" {
    user_ns
    chmod 777 "$B/rootfs"
    mkdir "$T/src"
    touch "$T/src/f"
    config ".mounts += [{destination: \"/m\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"idmap\"]},
                        {destination: \"/r\", type: \"bind\", source: \"$T/src\",
                         options: [\"rbind\", \"idmap=uids=@0-7-1;gids=@0-7-1\"]},
                        {destination: \"/p\", type: \"bind\", source: \"$T/src\", options: [\"rbind\"]}]"
    args stat -c %u:%g /m/f /r/f /p/f
    box
    ok
    [ "$output" = $'0:0\n7:7\n65534:65534' ]
}

@test "user namespace with the host's network: /sys is the host's, read-only down the tree; writable is an error" {
    user_ns
    config '.linux.namespaces |= map(select(.type != "network"))' \
        '(.mounts[] | select(.destination == "/sys")) |= (.options = ["nosuid", "noexec", "nodev", "ro"])'
    sh_args 'awk "\$5 ~ /^\/sys/ {print \$6}" /proc/self/mountinfo | cut -d, -f1 | sort -u'
    box
    ok
    [ "$output" = ro ]
    config '(.mounts[] | select(.destination == "/sys")).options = ["nosuid"]'
    box
    fails_with 'a user namespace needs a network namespace of its own for it'
}

@test "user namespace: what is mounted in it stays in it, also where the host shares the source and the root" {
    user_ns
    config ".root.path = \"$T/private/root\"" \
        ".mounts += [{destination: \"/m\", type: \"bind\", source: \"$T/private/src\", options: [\"bind\"]}]" \
        '.process.capabilities |= with_entries(.value += ["CAP_SYS_ADMIN"])'
    sh_args 'mount -t tmpfs mine /m && mount -t tmpfs mine /opt && echo mounted'
    mkdir -m 700 "$T/private"
    export T B ID ROOT RSBX
    run unshare -m --propagation private bash -ec '
        mount -t tmpfs -o mode=700 none "$T/private"
        mount --make-shared "$T/private"
        mkdir "$T/private/src" "$T/private/peer"
        cp -a "$B/rootfs" "$T/private/root"
        mkdir -p "$T/private/root/opt" "$T/private/root/m"
        chown 100000:100000 "$T/private/src" "$T/private/root" "$T/private/root/opt" "$T/private/root/m"
        "$RSBX" --root "$ROOT" run -b "$B" "$ID"
        grep -c " - tmpfs mine " /proc/self/mountinfo || :
        mount --bind "$T/private/src" "$T/private/peer" # the control: a peer shows it
        mount -t tmpfs mine "$T/private/peer"
        grep -c " - tmpfs mine " /proc/self/mountinfo'
    ok
    [ "$output" = $'mounted\n0\n2' ] || { echo "$output"; false; }
}
