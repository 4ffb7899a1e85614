# The container's mounts: options, order, places, propagation, masks. Security of paths: security-paths.bats.
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle
}
teardown() { rsbx_teardown; }

# Runs the bundle; with DRIVER set the steps of linux/rootfs.h alone, without a container around them.
box() {
    local words
    if [ -n "${DRIVER:-}" ]; then
        mapfile -t words < <(jq -r '.process.args[]' "$B/config.json")
        run "$RSBX_BUILD/tests/tools/rootfs-driver" $DRIVER "$B" "${words[@]}"
    else
        run rsbx run -b "$B" "$@" "$ID"
    fi
}
ok() { [ "$status" -eq 0 ] || { echo "status $status: $output"; return 1; }; }
# fails_with TEXT: an error of one line that says so.
fails_with() {
    [ "$status" -ne 0 ] || { echo "succeeded: $output"; return 1; }
    [[ "$output" == *"$1"* ]] || { echo "got: $output"; echo "wanted: $1"; return 1; }
}
# mounts JSON: added to config.json's.
mounts() { config ".mounts += [$1]"; }
# The options of the mount on that path, as the container sees them; and its propagation.
show() { sh_args "awk '\$5 == \"$1\" {print \$6 \" \" \$7 \" \" \$8}' /proc/self/mountinfo"; }

@test "bind: each option shows in the container" {
    mkdir -p "$T/src"
    for o in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
        mounts "{destination: \"/m/$o\", type: \"bind\", source: \"$T/src\", options: [\"bind\", \"$o\"]}"
    done
    mounts "{destination: \"/m/strictatime\", type: \"bind\", source: \"$T/src\", options: [\"bind\", \"strictatime\"]}"
    sh_args 'grep " /m/" /proc/self/mountinfo | awk "{print \$5, \$6}"'
    box
    ok
    for o in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
        grep -Eq "^/m/$o .*\b$o\b" <<<"$output" || { echo "$o: $output"; false; }
    done
    ! grep -E "^/m/strictatime .*relatime" <<<"$output" || false
}

@test "bind: what is not named stays as it is at the source" {
    mkdir "$T/src"
    mount -t tmpfs -o nosuid,noexec none "$T/src"
    mounts "{destination: \"/m\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"ro\"]},
            {destination: \"/n\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"suid\", \"exec\"]}"
    sh_args 'grep -E " /[mn] " /proc/self/mountinfo | awk "{print \$5, \$6}"'
    box
    umount "$T/src"
    ok
    grep -q '^/m ro,nosuid,noexec' <<<"$output"
    grep -q '^/n rw,relatime' <<<"$output"
}

@test "rro reaches submounts, ro does not" {
    mkdir -p "$T/src"
    mount -t tmpfs none "$T/src"
    mkdir "$T/src/sub"
    mount -t tmpfs none "$T/src/sub"
    mounts "{destination: \"/r\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"rro\", \"rnoexec\"]},
            {destination: \"/o\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"ro\"]}"
    sh_args 'grep -E " /[ro]/sub " /proc/self/mountinfo | awk "{print \$5, \$6}"; touch /r/sub/x; touch /o/sub/x && echo written'
    box
    umount "$T/src/sub" "$T/src"
    ok
    grep -q '^/r/sub ro,noexec' <<<"$output"
    grep -q '^/o/sub rw' <<<"$output"
    grep -q 'Read-only file system' <<<"$output"
    grep -q written <<<"$output"
}

@test "bind takes one mount, rbind the tree" {
    mkdir -p "$T/src/sub"
    mount -t tmpfs none "$T/src/sub"
    touch "$T/src/sub/deep"
    mounts "{destination: \"/one\", source: \"$T/src\", options: [\"bind\"]},
            {destination: \"/tree\", source: \"$T/src\", options: [\"rbind\"]}"
    sh_args 'ls /one/sub; ls /tree/sub'
    box
    umount "$T/src/sub"
    ok
    [ "$output" = deep ]
}

@test "propagation options" {
    mkdir -p "$T/src"
    for o in private rprivate shared rshared slave rslave unbindable runbindable; do
        mounts "{destination: \"/m/$o\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"$o\"]}"
    done
    sh_args 'grep " /m/" /proc/self/mountinfo | awk "{print \$5, \$7}"'
    box
    ok
    grep -q '^/m/rprivate -' <<<"$output"
    grep -q '^/m/private -' <<<"$output"
    grep -q '^/m/shared shared:' <<<"$output"
    grep -q '^/m/rshared shared:' <<<"$output"
    grep -q '^/m/unbindable unbindable' <<<"$output"
    grep -q '^/m/runbindable unbindable' <<<"$output"
}

@test "rootfsPropagation: private, slave, shared, unbindable" {
    show /
    for p in private slave shared unbindable rprivate rslave rshared; do
        config ".linux.rootfsPropagation = \"$p\""
        box
        ok
        case $p in
        *shared) [[ "$output" == *shared:* ]] ;;
        unbindable) [[ "$output" == *unbindable* ]] ;;
        *private) [[ "$output" != *shared:* && "$output" != *master:* ]] ;;
        esac || { echo "$p: $output"; false; }
    done
    config '.linux.rootfsPropagation = "sideways"'
    box
    fails_with 'linux.rootfsPropagation: "sideways"'
}

@test "nothing a container mounts shows on the host, whatever the propagation" {
    mkdir "$T/src"
    for p in private rslave shared rshared; do
        config ".linux.rootfsPropagation = \"$p\""
        sh_args 'true'
        box
        ok
        ! grep -F "$T" /proc/self/mountinfo || false
    done
}

@test "a shared bind mount stays a peer of the host's: what is mounted in it shows there; rslave gets, but does not give" {
    mkdir "$T/src"
    mount --bind "$T/src" "$T/src"
    mount --make-shared "$T/src"
    mkdir "$T/src/a" "$T/src/b"
    config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
    mounts "{destination: \"/s\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"rshared\"]},
            {destination: \"/l\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"rslave\"]}"
    sh_args 'mount -t tmpfs shown /s/a && mount -t tmpfs hidden /l/b; grep -c "/l/a" /proc/self/mountinfo'
    box
    local seen
    seen=$(grep -F "$T/src/" /proc/self/mountinfo) || :
    umount "$T/src/a" "$T/src/b" 2>/dev/null || :
    umount "$T/src"
    ok
    [[ "$seen" == *"$T/src/a"*shown* && "$seen" != *hidden* ]] || { echo "$seen"; false; }
    [ "$output" = 1 ]
}

@test "words of the file system are said to mean nothing on a bind mount" {
    mounts "{destination: \"/s\", type: \"bind\", source: \"$T\", options: [\"bind\", \"sync\"]}"
    box
    ok
    [[ "$output" == *"mounts[8].options: sync"* ]]
}

@test "the cgroup mount shows the container's cgroups and is read-only" {
    config '.linux.namespaces += [{type: "cgroup"}]'
    sh_args 'ls /sys/fs/cgroup; mkdir /sys/fs/cgroup/x; for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do mkdir $d/x 2>/dev/null && echo WRITABLE $d; done; true'
    box
    ok
    [[ "$output" == *"Read-only file system"* && "$output" != *WRITABLE* ]] || { echo "$output"; false; }
    [ "$(cgroup_mode)" = v2 ] || [[ "$output" == *memory* && "$output" == *systemd* ]] || { echo "$output"; false; }
}

@test "a root that only the host's root can reach serves a user namespace all the same" {
    mkdir -m 700 "$T/private"
    mv "$B/rootfs" "$T/private/"
    chmod 777 "$T/private/rootfs"
    config ".root.path = \"$T/private/rootfs\"" '.linux.namespaces += [{type: "user"}]' \
        '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]' \
        '.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
    sh_args 'ls /; cat /proc/self/mountinfo'
    box
    ok
    [[ "$output" == *bin* && "$output" != *"/dev/vda / "* ]]
}

@test "tmpfs: data, the mode of what is there, 1777 where nothing was" {
    mkdir -m 0711 "$B/rootfs/was"
    mounts '{destination: "/was", type: "tmpfs", source: "tmpfs", options: ["size=64k", "nosuid"]},
            {destination: "/set", type: "tmpfs", source: "tmpfs", options: ["mode=0750", "size=1m"]},
            {destination: "/new", type: "tmpfs", source: "tmpfs"}'
    sh_args 'stat -c "%n %a" /was /set /new; dd if=/dev/zero of=/was/f bs=1k count=100 2>&1 | grep -o "No space.*"'
    box
    [[ "$output" == *"/was 711"*"/set 750"*"/new 1777"*"No space left on device"* ]] || { echo "$output"; false; }
}

@test "a read-only tmpfs gets its submounts first" {
    mounts '{destination: "/ro", type: "tmpfs", source: "tmpfs", options: ["ro"]},
            {destination: "/ro/below", type: "tmpfs", source: "tmpfs", options: ["rw"]}'
    sh_args 'touch /ro/below/x && echo below; touch /ro/x'
    box
    [[ "$output" == *below*"/ro/x: Read-only file system"* ]] || { echo "$output"; false; }
}

@test "a read-only /dev still gets its devices" {
    config '(.mounts[] | select(.destination == "/dev") | .options) += ["ro"]'
    sh_args 'echo x >/dev/null && test -L /dev/ptmx && touch /dev/x'
    box
    fails_with '/dev/x: Read-only file system'
}

@test "tmpcopyup copies files, links, modes and owners; later writes stay in the tmpfs" {
    mkdir -p "$B/rootfs/seed/sub"
    echo text >"$B/rootfs/seed/sub/file"
    chmod 4711 "$B/rootfs/seed/sub/file"
    chown 12:34 "$B/rootfs/seed/sub"
    ln -s /etc/passwd "$B/rootfs/seed/link"
    mounts '{destination: "/seed", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}'
    sh_args 'cat /seed/sub/file; stat -c "%a %u:%g %n" /seed/sub/file /seed/sub; readlink /seed/link; echo more >/seed/new'
    box
    ok
    [[ "$output" == *text*"4711 0:0 /seed/sub/file"*"755 12:34 /seed/sub"*/etc/passwd* ]] || { echo "$output"; false; }
    [ ! -e "$B/rootfs/seed/new" ]
    config '.mounts[-1].destination = "/"'
    box
    fails_with 'tmpcopyup is not possible on /'
}

@test "a file is bound on a missing destination, which becomes an empty file" {
    echo content >"$T/file"
    mounts "{destination: \"/new/dir/file\", type: \"bind\", source: \"$T/file\", options: [\"bind\", \"ro\"]}"
    args cat /new/dir/file
    box
    ok
    [ "$output" = content ]
    [ -f "$B/rootfs/new/dir/file" ] && [ ! -s "$B/rootfs/new/dir/file" ] || false
}

@test "a directory on a file, or a file on a directory: not a directory" {
    touch "$T/file" "$B/rootfs/file"
    mkdir "$T/dir"
    mounts "{destination: \"/file\", type: \"bind\", source: \"$T/dir\", options: [\"bind\"]}"
    box
    fails_with 'not a directory'
    config ".mounts[-1] |= (.destination = \"/tmp\" | .source = \"$T/file\")"
    box
    fails_with 'not a directory'
    [[ "$output" == *"mounts[8]"* ]]
}

@test "a source that is not there is named" {
    mounts '{destination: "/x", type: "bind", source: "/no/such/thing", options: ["rbind"]}'
    box
    fails_with 'mounts[8].source: /no/such/thing: no such file or directory'
}

@test "a relative source counts from the bundle, a relative destination from the root" {
    mkdir "$B/data"
    echo here >"$B/data/f"
    mounts '{destination: "rel/dest", type: "bind", source: "data", options: ["bind"]}'
    args cat /rel/dest/f
    box
    ok
    [ "${lines[-1]}" = here ]
}

@test "mounts are made in order, through links of the root, below earlier mounts" {
    mkdir -p "$B/rootfs/real" "$T/src"
    echo deep >"$T/src/f"
    ln -s /real "$B/rootfs/link"
    ln -s ../../made/here "$B/rootfs/dangling"
    mounts '{destination: "/link/t", type: "tmpfs", source: "tmpfs"}' \
        && mounts "{destination: \"/real/t/sub\", type: \"bind\", source: \"$T/src\", options: [\"bind\"]},
                   {destination: \"/dangling\", type: \"bind\", source: \"$T/src\", options: [\"bind\"]}"
    sh_args 'cat /link/t/sub/f /made/here/f'
    box
    ok
    [ "$output" = $'deep\ndeep' ]
}

@test "idmap: owners are shifted by the mount's mappings" {
    mkdir "$T/src"
    touch "$T/src/f"
    chown 1000:2000 "$T/src/f"
    mounts "{destination: \"/m\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"idmap\"],
             uidMappings: [{containerID: 1000, hostID: 5000, size: 10}],
             gidMappings: [{containerID: 2000, hostID: 6000, size: 10}]}"
    args stat -c %u:%g /m/f
    box
    ok
    [ "$output" = 5000:6000 ]
    config 'del(.mounts[-1].gidMappings)'
    box
    fails_with 'mounts[8].gidMappings: missing'
    config 'del(.mounts[-1].uidMappings)'
    box
    fails_with 'mounts[8].options: idmap needs uidMappings'
}

@test "idmap=uids=...;gids=...: crun's mappings in the option, @ for an id of the user namespace" {
    mkdir "$T/src"
    touch "$T/src/f" "$T/src/g"
    chown 1000:2000 "$T/src/f"
    chown 1001:2000 "$T/src/g"
    option() { # OPTION: rbind with it
        mounts "{destination: \"/m\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"$1\"]}"
    }
    option 'idmap=uids=1000-5000-1#1001-5011-1;gids=2000-6000-10'
    args stat -c %u:%g /m/f /m/g
    box
    ok
    [ "$output" = $'5000:6000\n5011:6000' ]
    config '.mounts |= .[:-1]'
    option 'ridmap=uids=1000-5000-2;gids=2000-6000-10'
    box
    ok
    [ "$output" = $'5000:6000\n5001:6000' ]
    # the mount's own mappings come first
    config '.mounts[-1] += {uidMappings: [{containerID: 1000, hostID: 7, size: 2}],
                            gidMappings: [{containerID: 2000, hostID: 8, size: 1}]}'
    box
    ok
    [ "$output" = $'7:8\n8:8' ]
    local bad
    for bad in uids=1000-5000 uids=1000-5000-1: 'uids=1-1-1#' 'uids=1-1-1;' uds=1-1-1 '' 'uids=' \
        uids=@1-1-1 uids=1-4294967296-1 'uids=-1-1-1'; do
        config '.mounts |= .[:-1]'
        option "idmap=$bad"
        box
        fails_with "mounts[8].options[1]: \"idmap=$bad\" is not like"
    done
    config '.mounts |= .[:-1]'
    option 'idmap=uids=1000-5000-1'
    box
    fails_with 'mounts[8].gidMappings: missing'
}

@test "a source may lie in the container's own tree, below an earlier mount, with mapped ids or without" {
    mkdir -p "$T/src/sub" "$B/rootfs/mnt"
    touch "$T/src/sub/f"
    chown 1000:1000 "$T/src/sub/f"
    mounts "{destination: \"/mnt\", type: \"bind\", source: \"$T/src\", options: [\"bind\"]},
            {destination: \"/a\", type: \"bind\", source: \"$B/rootfs/mnt/sub\", options: [\"bind\"]},
            {destination: \"/b\", type: \"bind\", source: \"rootfs/mnt/sub\", options: [\"bind\", \"idmap\"],
             uidMappings: [{containerID: 1000, hostID: 5000, size: 1}],
             gidMappings: [{containerID: 1000, hostID: 5000, size: 1}]}"
    args stat -c %u /a/f /b/f
    box
    ok
    [ "$output" = $'1000\n5000' ]
}

@test "ridmap reaches submounts, idmap does not" {
    mkdir -p "$T/src/sub"
    mount -t tmpfs none "$T/src/sub"
    touch "$T/src/sub/f"
    chown 1000:1000 "$T/src/sub/f"
    local maps='uidMappings: [{containerID: 1000, hostID: 5000, size: 1}], gidMappings: [{containerID: 1000, hostID: 5000, size: 1}]'
    mounts "{destination: \"/r\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"ridmap\"], $maps},
            {destination: \"/o\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"idmap\"], $maps}"
    args stat -c %u /r/sub/f /o/sub/f
    box
    umount "$T/src/sub"
    ok
    [ "$output" = $'5000\n1000' ]
}

@test "copy-symlink makes the link, src-nofollow and dest-nofollow mount on it" {
    ln -s /over/there "$T/link"
    mounts "{destination: \"/etc/copied\", type: \"bind\", source: \"$T/link\", options: [\"bind\", \"copy-symlink\"]}"
    args readlink /etc/copied
    box
    ok
    [ "$output" = /over/there ]
    box
    ok
    # both nofollow: the link itself lies over the link that was there, and what they point to is untouched
    mkdir -p "$B/rootfs/target"
    ln -s /target "$B/rootfs/there"
    config ".mounts[-1] = {destination: \"/there\", type: \"bind\", source: \"$T/link\",
                          options: [\"bind\", \"src-nofollow\", \"dest-nofollow\"]}"
    args readlink /there
    box
    ok
    [ "$output" = /over/there ]
}

@test "unknown words are the file system's: its own message comes back" {
    mounts '{destination: "/x", type: "tmpfs", source: "tmpfs", options: ["size=many"]}'
    box
    fails_with "mounts[8]: mount tmpfs on /x (tmpfs: Bad value for 'size'): invalid argument"
    config '.mounts[-1] = {destination: "/x", type: "bind", source: "/tmp", options: ["rbind", "roo"]}'
    box
    ok
    [[ $output == *"mounts[8].options: roo: a bind mount has no file system to pass it to; did you mean ro?"* ]]
    # a file system's setting on a bind mount
    config '.mounts[-1].options = ["rbind", "mode=755"]'
    box
    ok
    [[ $output == *"mounts[8].options: mode=755: a bind mount has no file system to pass it to"* ]]
    config '.mounts[-1] = {destination: "/x", type: "nosuchfs", source: "none"}'
    box
    fails_with 'mounts[8]: mount nosuchfs on /x (this kernel does not know that file system): no such device'
}

@test "nothing is mounted on or in /proc but procfs and what lxcfs stands in for" {
    mkdir "$T/src"
    touch "$T/src/f"
    mounts '{destination: "/proc", type: "tmpfs", source: "tmpfs"}'
    box
    fails_with 'cannot be mounted because it is not of type proc'
    config ".mounts[-1] = {destination: \"/proc\", type: \"bind\", source: \"$T/src\", options: [\"bind\"]}"
    box
    fails_with 'cannot be mounted because it is not of type proc'
    config ".mounts[-1] = {destination: \"/proc/self/attr\", type: \"bind\", source: \"$T/src\", options: [\"bind\"]}"
    box
    fails_with 'cannot be mounted because it is inside /proc'
    ln -s /proc/sys "$B/rootfs/alias"
    config ".mounts[-1].destination = \"/alias/kernel\""
    box
    fails_with 'cannot be mounted because it is inside /proc'
    echo 'cpus' >"$T/src/f"
    config ".mounts[-1] = {destination: \"/proc/cpuinfo\", type: \"bind\", source: \"$T/src/f\", options: [\"bind\"]}"
    args cat /proc/cpuinfo
    box
    ok
    [ "$output" = cpus ]
}

@test "root.readonly, readonlyPaths and maskedPaths" {
    mkdir -p "$B/rootfs/data/sub" "$B/rootfs/hidden"
    echo secret | tee "$B/rootfs/hidden/f" >"$B/rootfs/file"
    ln -s /hidden "$B/rootfs/by-link"
    config '.root.readonly = false' '.linux.readonlyPaths = ["/data", "/not/there", "/file/x", "/proc/sys"]' \
        '.linux.maskedPaths = ["/hidden", "/file", "/not/there", "/by-link", "/proc/kcore", "/etc", "/tmp"]'
    sh_args 'touch /data/sub/x; touch /w && echo writable; ls -A /hidden /etc /tmp; cat /file; touch /hidden/x; echo 1 >/proc/sys/vm/swappiness; echo y >/file'
    box
    [[ "$output" == *"/data/sub/x: Read-only file system"*writable*"/hidden/x: Read-only file system"*"Read-only file system"* ]] || { echo "$output"; false; }
    [[ "$output" != *secret* ]]
    config '.root.readonly = true'
    args touch /w2
    box
    fails_with '/w2: Read-only file system'
    config '.linux.maskedPaths = ["relative"]'
    box
    fails_with 'linux.maskedPaths[0]: must be an absolute path'
}

@test "an empty mask directory is one mount shared by all, and cannot be written after remounting a copy" {
    mkdir -p "$B/rootfs/"{a,b,c}
    config '.linux.maskedPaths = ["/a", "/b", "/c"]'
    sh_args 'grep -E " /[abc] " /proc/self/mountinfo | cut -d" " -f3 | sort -u | wc -l'
    box
    ok
    [ "$output" = 1 ]
}

@test "--no-pivot: the container keeps its /proc, however root.path is written" {
    [ -z "${DRIVER:-}" ] || skip "the path is the driver's"
    ln -s rootfs "$B/link"
    local path
    for path in rootfs ./rootfs rootfs/ link "$B/../bundle/rootfs"; do
        config ".root.path = \"$path\""
        args readlink /proc/self
        box --no-pivot
        [ "$output" = 1 ] || { echo "$path: $output"; false; }
    done
}

@test "--no-pivot: the host's tree is gone all the same" {
    sh_args 'ls /work /home 2>&1 | head -1; cat /proc/1/mountinfo | wc -l; touch /proc/sys/kernel/x; mount -t proc proc /tmp; ls /tmp'
    if [ -n "${DRIVER:-}" ]; then DRIVER="$DRIVER --no-pivot" box; else box --no-pivot; fi
    [[ "$output" == *"No such file or directory"* ]] || { echo "$output"; false; }
    args true
    if [ -n "${DRIVER:-}" ]; then DRIVER="$DRIVER --no-pivot" box; else box --no-pivot; fi
    ok
}

@test "a mount on / takes the root's place" {
    mkdir "$T/other"
    cp -a "$B/rootfs/." "$T/other/"
    echo new >"$T/other/which"
    config ".mounts |= [{destination: \"/\", type: \"bind\", source: \"$T/other\", options: [\"rbind\"]}] + ." '.root.readonly = false'
    args cat /which
    box
    ok
    [ "$output" = new ]
}

@test "remount changes what an earlier entry mounted" {
    mounts '{destination: "/m", type: "tmpfs", source: "tmpfs", options: ["size=1m"]},
            {destination: "/m", type: "tmpfs", source: "tmpfs", options: ["remount", "ro", "size=2m"]}'
    args touch /m/x
    box
    fails_with 'Read-only file system'
}

@test "the ways of an old kernel give the same container" {
    mkdir -p "$T/src" "$B/rootfs/hidden"
    echo s >"$T/src/f"
    mounts "{destination: \"/m\", type: \"bind\", source: \"$T/src\", options: [\"rbind\", \"ro\", \"noexec\", \"rprivate\"]},
            {destination: \"/t\", type: \"tmpfs\", source: \"tmpfs\", options: [\"ro\", \"size=1m\"]}"
    config '.linux.maskedPaths += ["/hidden"]'
    sh_args 'awk "{print \$4, \$5, \$6}" /proc/self/mountinfo | grep -v " /proc/[a-z_]* rw" | sort; cat /m/f; touch /m/x /t/x /hidden/x 2>&1; ls -l /dev | cut -c1-10,30-80'
    DRIVER=" " box
    ok
    local new=$output
    DRIVER=--old-kernel box
    ok
    diff <(echo "$new") <(echo "$output")
}

@test "without a mount namespace nothing is mounted: what would need one is refused, the rest runs in the root" {
    config '.linux.namespaces |= map(select(.type != "mount"))'
    box
    fails_with 'mounts: needs a mount namespace in linux.namespaces'
    config '.mounts = []'
    box
    fails_with 'root.readonly: needs a mount namespace'
    config '.root.readonly = false' 'del(.linux.maskedPaths)' 'del(.linux.readonlyPaths)' 'del(.linux.devices)'
    args ls /
    box
    ok
    [[ "$output" == *bin* && "$output" != *boot* ]] || { echo "$output"; false; }
}

@test "annotation run.oci.mount_context_type and mountLabel are checked" {
    config '.annotations["run.oci.mount_context_type"] = "sideways"'
    box
    fails_with 'run.oci.mount_context_type: "sideways" is none of'
    [ -e /sys/fs/selinux/status ] && skip "this host has SELinux"
    config 'del(.annotations)' '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
    box
    fails_with 'linux.mountLabel: SELinux is not enabled on this host'
}

@test "a bind mount of /proc/self/ns/net shows the container's namespace, not the host's" {
    touch "$B/rootfs/netns"
    config '.mounts = [{destination: "/netns", type: "bind", source: "/proc/self/ns/net", options: ["bind"]}] + .mounts'
    sh_args 'stat -c %i /netns; stat -Lc %i /proc/self/ns/net'
    box
    ok
    [ "${lines[0]}" = "${lines[1]}" ]
    [ "${lines[0]}" != "$(stat -Lc %i /proc/self/ns/net)" ]
}

@test "a runtime that lies in the container's root leaves no mount over itself there" {
    cp "$RSBX" "$B/rootfs/bin/rsbx"
    sh_args 'grep -c " /bin/rsbx " /proc/self/mountinfo; test -x /bin/rsbx && echo there'
    run "$B/rootfs/bin/rsbx" --root "$ROOT" run -b "$B" "$ID"
    ok
    [ "$output" = $'0\nthere' ]
}
