# No path that a container controls leads out of its root: the published holes of other runtimes, each with the
# attack's control (what shows that it would work if the defence were not there), and races.
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle 'del(.mounts[] | select(.destination == "/tmp"))'
    V=$T/victim # what must stay as it is
    mkdir "$V"
    echo untouched >"$V/file"
    VICTIM=$(victim)
}
teardown() {
    [ -z "${SWAP:-}" ] || kill "$SWAP" 2>/dev/null || :
    umount "$B/rootfs/shared" 2>/dev/null || :
    rsbx_teardown
}

box() {
    local words
    if [ -n "${DRIVER:-}" ]; then
        mapfile -t words < <(jq -r '.process.args[]' "$B/config.json")
        run "$RSBX_BUILD/tests/tools/rootfs-driver" $DRIVER "$B" "${words[@]}"
    else
        run rsbx run -b "$B" "$@" "$ID"
    fi
}
victim() { (cd "$V" && find . -printf '%p %y %s %U %m\n' | sort && cat file); }
untouched() { diff <(echo "$VICTIM") <(victim); }
# The control: followed by name, from the host, the path in the root leads to the victim.
leads_to_victim() { [ "$(realpath -m "$B/rootfs/$1")" = "$(realpath -m "$2")" ]; }
up="../../../../../../../.."

@test "CVE-2019-18837: a mount point that is a link is made inside the root" {
    ln -s "$up$V/made" "$B/rootfs/etc/resolv.conf"
    leads_to_victim etc/resolv.conf "$V/made"
    echo dns >"$T/dns"
    config ".mounts += [{destination: \"/etc/resolv.conf\", type: \"bind\", source: \"$T/dns\", options: [\"bind\", \"ro\"]}]"
    args cat /etc/resolv.conf
    box
    [ "$status" -eq 0 ] && [ "$output" = dns ] || false
    untouched
    [ -f "$B/rootfs/$V/made" ]
}

@test "CVE-2019-19921, 2023-27561, 2025-54867: /proc or /sys that is a link is refused" {
    local d
    for d in proc sys; do
        rmdir "$B/rootfs/$d"
        ln -s "$up$V" "$B/rootfs/$d"
        leads_to_victim "$d" "$V"
        box
        [ "$status" -ne 0 ]
        [[ "$output" == *'must be mounted on ordinary directory'* ]] || { echo "$output"; false; }
        rm "$B/rootfs/$d"
        mkdir "$B/rootfs/$d"
    done
    untouched
    rmdir "$B/rootfs/proc"
    mkdir "$B/rootfs/elsewhere"
    ln -s elsewhere "$B/rootfs/proc" # also one that stays inside
    box
    [[ "$output" == *'must be mounted on ordinary directory'* ]]
}

@test "CVE-2019-16884: nothing but procfs on /proc, so that labels are not written to a fake file" {
    mkdir -p "$B/rootfs/fake/self/attr"
    touch "$B/rootfs/fake/self/attr/exec"
    config '.mounts += [{destination: "/proc", type: "tmpfs", source: "tmpfs"}]'
    box
    [ "$status" -ne 0 ]
    [[ "$output" == *'not of type proc'* ]]
    config ".mounts[-1] = {destination: \"/proc/self/attr\", type: \"tmpfs\", source: \"tmpfs\"}"
    box
    [ "$status" -ne 0 ]
    [[ "$output" == *'inside /proc'* ]]
    # control: it is the place that is refused; what is written by name there is in the fake
    config '.mounts[-1].destination = "/mnt/self/attr"'
    sh_args 'echo label >/mnt/self/attr/exec && cat /mnt/self/attr/exec'
    box
    [ "$status" -eq 0 ]
    [ "$output" = label ]
}

@test "CVE-2025-31133: /dev/null of the image is not what masks are made of" {
    config '.mounts |= map(select(.destination | startswith("/dev") | not))' '.root.readonly = false' \
        '.linux.maskedPaths = ["/proc/kcore", "/secret"]'
    echo secret >"$B/rootfs/secret"
    echo bait >"$B/rootfs/bait"
    ln -s /bait "$B/rootfs/dev/null"
    sh_args 'cat /secret; echo x >/secret; cat /bait'
    box
    # the control: by name, the image's /dev/null is the bait
    [ "$(chroot "$B/rootfs" /bin/cat /dev/null)" = bait ]
    [ "$status" -ne 0 ]
    [[ "$output" == *'/dev/null: there is something in the root that is not the device 1:3'* ]] || { echo "$output"; false; }
    [ "$(cat "$B/rootfs/bait")" = bait ]
    # a regular file there is covered with the device itself
    rm "$B/rootfs/dev/null"
    echo bait >"$B/rootfs/dev/null"
    sh_args 'cat /secret; stat -c "%t:%T %F" /dev/null /secret'
    box
    [ "$status" -eq 0 ]
    [ "$output" = $'1:3 character special file\n1:3 character special file' ]
    [ "$(cat "$B/rootfs/dev/null")" = bait ]
}

@test "masks: a link in the image masks what it points to in the root, never on the host" {
    ln -s "$up$V/file" "$B/rootfs/m"
    mkdir -p "$B/rootfs$V"
    echo inner >"$B/rootfs$V/file"
    config '.linux.maskedPaths = ["/m"]' '.linux.readonlyPaths = ["/m"]'
    sh_args "cat $V/file"
    box
    [ "$status" -eq 0 ]
    [ "$output" = "" ]
    untouched
}

@test "CVE-2025-52565, crun CVE-2026-88264: /dev/console that is a link is not followed" {
    config '.mounts |= map(select(.destination | startswith("/dev") | not))' '.root.readonly = false' '.process.terminal = true'
    ln -s "$up$V/console" "$B/rootfs/dev/console"
    leads_to_victim dev/console "$V/console"
    mkdir -p "$B/rootfs/dev/pts"
    config '.mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
    args true
    run terminal "$RSBX --root $ROOT run -b $B $ID"
    [ "$status" -ne 0 ]
    [[ "$output" == *'/dev/console'* ]] || { echo "$output"; false; }
    untouched
    [ ! -e "$V/console" ]
    rm "$B/rootfs/dev/console"
    ln -s /proc/sys/kernel/core_pattern "$B/rootfs/dev/console"
    run terminal "$RSBX --root $ROOT run -b $B $ID"
    [ "$status" -ne 0 ]
}

@test "CVE-2026-41579, crun CVE-2026-47766: /dev that is a link fills nothing outside the root" {
    config '.mounts |= map(select(.destination | startswith("/dev") | not))' '.root.readonly = false'
    rmdir "$B/rootfs/dev"
    ln -s "$up$V" "$B/rootfs/dev"
    leads_to_victim dev "$V"
    touch "$V/ptmx"
    VICTIM=$(victim)
    args true
    box
    untouched
    [ -f "$V/ptmx" ]
}

@test "crun CVE-2026-88265: stdio is not reopened through the image's /dev/null" {
    config '.mounts |= map(select(.destination | startswith("/dev") | not))' '.root.readonly = false' \
        '.process.user = {uid: 1000, gid: 1000}'
    echo secret >"$B/rootfs/secret"
    chmod 600 "$B/rootfs/secret"
    ln -s /secret "$B/rootfs/dev/null"
    args cat
    echo plain >"$T/in"
    # the control: by name, the image's /dev/null is the file, of no device number like the stdin here
    [ "$(chroot "$B/rootfs" /bin/cat /dev/null)" = secret ]
    [ "$(stat -c %r "$T/in")" = "$(stat -c %r "$B/rootfs/secret")" ]
    run sh -c "'$RSBX' --root '$ROOT' run -b '$B' '$ID' <'$T/in' 2>&1"
    [[ "$output" == plain || "$output" == *'/dev/null: there is something in the root'* ]] || { echo "$output"; false; }
    [ "$(stat -c %u:%a "$B/rootfs/secret")" = 0:600 ]
}

@test "devices, copy-symlink and cwd through links stay inside" {
    ln -s "$up$V" "$B/rootfs/out"
    leads_to_victim out "$V"
    ln -s /x "$T/link"
    config '.root.readonly = false' '.linux.devices = [{path: "/out/dev", type: "c", major: 1, minor: 3},
                {path: "/out/sub/fifo", type: "p"}]' \
        ".mounts += [{destination: \"/out/copied\", type: \"bind\", source: \"$T/link\", options: [\"bind\", \"copy-symlink\"]},
                     {destination: \"/out/t\", type: \"tmpfs\", source: \"tmpfs\"}]" '.process.cwd = "/out/cwd"'
    args true
    box
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    untouched
    [ -L "$B/rootfs$V/copied" ] && [ -p "$B/rootfs$V/sub/fifo" ] || false
}

@test "tmpcopyup copies the image's links, not what they point to" {
    mkdir "$B/rootfs/seed"
    ln -s "$up$V/file" "$B/rootfs/seed/l"
    mkfifo "$B/rootfs/seed/fifo"
    config '.mounts += [{destination: "/seed", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
    sh_args 'cat /seed/l; test -p /seed/fifo && echo fifo'
    box
    [[ "$output" != *untouched* && "$output" == *fifo* ]] || { echo "$output"; false; }
}

@test "CVE-2025-52881: writes to /proc do not go where the container's /proc says" {
    # the image's /proc is covered by the configuration's own mounts: only lxcfs' files may be
    mkdir "$T/fake"
    echo 0 >"$T/fake/domainname"
    config ".mounts += [{destination: \"/proc/sys/kernel\", type: \"bind\", source: \"$T/fake\", options: [\"bind\"]}]" \
        '.linux.sysctl = {"kernel.domainname": "x"}'
    box
    [ "$status" -ne 0 ]
    [[ "$output" == *"inside /proc"* || "$output" == *sysctl* ]]
    [ "$(cat "$T/fake/domainname")" = 0 ]
    # control: without that mount it is written
    config 'del(.mounts[-1])'
    args cat /proc/sys/kernel/domainname
    box
    [ "$status" -eq 0 ]
    [ "$output" = x ]
}

@test "CVE-2023-25809: the host's cgroups below a read-only rbind of /sys cannot be written" {
    config '.mounts |= map(select(.destination | startswith("/sys") | not))' \
        '.mounts += [{destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"]}]'
    # the control: elsewhere, the same words leave what is below as it is
    config '.mounts += [{destination: "/mnt", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"]}]'
    sh_args 'awk "\$5 ~ \"^/(sys|mnt)/fs/cgroup\" {print \$5, \$6}" /proc/self/mountinfo'
    box
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    grep -q '^/sys/fs/cgroup.* ro' <<<"$output"
    ! grep '^/sys/fs/cgroup.* rw' <<<"$output" || false
    grep -q '^/mnt/fs/cgroup.* rw' <<<"$output"
}

# What the host sees mounted from or on anything of this test.
seen() { grep -F "$T" /proc/self/mountinfo; }

# race NAME OTHER: exchanges two names in the shared directory until the test ends.
race() {
    "$RSBX_BUILD/tests/tools/race-swap" "$T/shared" "$1" "$2" >"$T/swapped" &
    SWAP=$!
    wait_for 10 grep -q ready "$T/swapped"
}

# tries N: at which of at most N times the naive program got out; 0: never.
tries() {
    local i code
    for ((i = 1; i <= $1; i++)); do
        code=0
        "$RSBX_BUILD/tests/tools/naive-mount" "$B/rootfs" shared/d || code=$?
        [ $code -ne 4 ] || { echo $i; return; }
    done
    echo 0
}

@test "CVE-2021-30465, 2024-45310: mounting while a component is exchanged with a link to the host" {
    mkdir -p "$T/shared/d" "$B/rootfs/shared" "$V/sub"
    VICTIM=$(victim)
    ln -s "$up$V" "$T/shared/l"
    # the volume is the image's own directory here, as two containers with one volume see it
    mount --bind "$T/shared" "$B/rootfs/shared"
    config '.root.readonly = false' ".mounts += [
        {destination: \"/shared/d\", type: \"tmpfs\", source: \"tmpfs\", options: [\"size=4k\"]},
        {destination: \"/shared/d/sub\", type: \"tmpfs\", source: \"tmpfs\", options: [\"size=4k\"]},
        {destination: \"/shared/d/made/deep\", type: \"bind\", source: \"$T/bundle\", options: [\"bind\"]}]" \
        '.linux.maskedPaths += ["/shared/d/file"]' '.linux.readonlyPaths += ["/shared/d"]' \
        '.linux.devices = [{path: "/shared/d/null", type: "c", major: 1, minor: 3}]'
    args true
    seen >"$T/before"
    race d l
    local i good=0
    for ((i = 0; i < ${RACES:-200}; i++)); do
        box
        [ "$status" -ne 0 ] || good=$((good + 1))
    done
    # the control: the same race does beat a program that checks and then mounts by name
    local naive
    naive=$(tries 5000)
    kill "$SWAP"
    wait "$SWAP" || :
    SWAP=
    diff "$T/before" <(seen)
    umount "$B/rootfs/shared"
    rm -f "$V/made"
    untouched
    echo "# $good of ${RACES:-200} containers started, the naive program escaped the ${naive}th time," \
        "$(tail -1 "$T/swapped") exchanges" >&3
    [ "$naive" -gt 0 ]
    [ "$good" -gt 0 ]
}

@test "a device node in a volume that is exchanged with a link to the host keeps the host's modes and owners" {
    mkdir -p "$T/shared" "$B/rootfs/shared"
    chmod 600 "$V/file"
    VICTIM=$(victim)
    mkfifo -m 600 "$T/shared/n"
    ln -s "$up$V/file" "$T/shared/l"
    mount --bind "$T/shared" "$B/rootfs/shared"
    config '.linux.devices = [{path: "/shared/n", type: "p", fileMode: 438, uid: 1000, gid: 1000}]'
    args true
    race n l
    local i good=0 naive=0
    for ((i = 0; i < ${RACES:-200}; i++)); do
        box
        [ "$status" -ne 0 ] || good=$((good + 1))
        untouched
        chmod 600 "$T/shared/n" # what the next one has to change; if it is the link, as the victim has it
    done
    # the control: the same race beats a look and a change by name
    for ((i = 1; i < 2000 && naive == 0; i++)); do
        [ ! -p "$T/shared/n" ] || chmod 666 "$T/shared/n"
        [ "$(stat -c %a "$V/file")" = 600 ] || naive=$i
    done
    kill "$SWAP"
    wait "$SWAP" || :
    SWAP=
    umount "$B/rootfs/shared"
    echo "# $good of ${RACES:-200} containers started, by name it went wrong the ${naive}th time" >&3
    [ "$naive" -gt 0 ]
    [ "$good" -gt 0 ]
}

@test "youki GHSA-3q8j-pf29-vwv8: readonlyPaths hold while a component is exchanged" {
    mkdir -p "$T/shared/d" "$T/shared/e" "$B/rootfs/shared"
    touch "$T/shared/d/f" "$T/shared/e/f"
    mount --bind "$T/shared" "$B/rootfs/shared"
    # both directories: whichever is there under either name has to be read-only
    config '.root.readonly = false' '.linux.readonlyPaths = ["/shared/d", "/shared/e"]'
    sh_args 'grep -c " /shared/[de] ro" /proc/self/mountinfo'
    race d e
    local i bad=0
    for ((i = 0; i < 50; i++)); do
        box
        # one directory may have been caught twice; but a mount that was made is always read-only
        [[ "${output##*$'\n'}" == [12] ]] || { bad=$((bad + 1)); echo "$output"; }
    done
    # the control: who makes the mount and then makes it read-only, by name, leaves one that is not
    local naive
    naive=$(unshare -m bash -c 'mount --make-rprivate /; cd "$1" || exit
        for ((i = 1; i <= 500; i++)); do
            mount --bind d d 2>/dev/null && mount -o remount,bind,ro d 2>/dev/null
            ! grep -q " $1/[de] rw" /proc/self/mountinfo || { echo $i; exit; }
            umount "$1/d" "$1/e" 2>/dev/null
        done; echo 0' - "$T/shared")
    kill "$SWAP"
    wait "$SWAP" || :
    SWAP=
    umount "$B/rootfs/shared"
    [ $bad -eq 0 ]
    echo "# by name it went wrong the ${naive}th time" >&3
    [ "$naive" -gt 0 ]
}

@test "/proc and /sys raced with a link to a directory of the container's choice" {
    mkdir -p "$B/rootfs/decoy"
    ln -s decoy "$B/rootfs/link"
    mkdir -p "$T/shared"
    args grep -c ' /decoy ' /proc/self/mountinfo
    "$RSBX_BUILD/tests/tools/race-swap" "$B/rootfs" proc link >"$T/swapped" &
    SWAP=$!
    wait_for 10 grep -q ready "$T/swapped"
    local i
    for ((i = 0; i < 60; i++)); do
        box
        [[ "$output" != [1-9]* ]] || { echo "$output"; false; }
    done
    # the control: the same race beats a look and a mount by name
    local naive
    naive=$(unshare -m bash -c 'mount --make-rprivate /; cd "$1" || exit
        for ((i = 1; i <= 500; i++)); do
            [ -L proc ] || mount -t tmpfs naive "$1/proc" 2>/dev/null
            ! grep -q " $1/decoy " /proc/self/mountinfo || { echo $i; exit; }
            umount "$1/proc" "$1/link" "$1/decoy" 2>/dev/null
        done; echo 0' - "$B/rootfs")
    echo "# by name it went wrong the ${naive}th time" >&3
    [ "$naive" -gt 0 ]
    kill "$SWAP"
    wait "$SWAP" || :
    SWAP=
    rm -f "$B/rootfs/link" "$B/rootfs/proc" 2>/dev/null || :
}
