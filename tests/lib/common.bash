# What every bats file starts from: `load lib/common` (or ../lib/common), then
#
#   setup() { rsbx_setup; }        a directory $T and a state root $ROOT of this test's own
#   teardown() { rsbx_teardown; }  deletes what is left, and fails the test if something had leaked
#   bundle [JQ...]                 a bundle in $B: static busybox, config.json from `rsbx spec`, edited by jq
#   rsbx ARGS...                   the program under test with --root $ROOT
#   cid                            a container id of this test's own
bats_require_minimum_version 1.5.0

TESTS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PROJECT_DIR=$(dirname "$TESTS_DIR")
RSBX=${RSBX:-$PROJECT_DIR/build/rsbx}
RSBX_BUILD=$(dirname "$RSBX")
case $RSBX_BUILD in
*asan*) RSBX_STEPS=${RSBX_STEPS:-$PROJECT_DIR/build/asan-test/rsbx} ;;
*) RSBX_STEPS=${RSBX_STEPS:-$PROJECT_DIR/build/test/rsbx} ;; # the build with fault injection
esac
# What is measured, or what the sanitizers' run time does itself: not with them.
not_sanitized() { [[ $RSBX_BUILD != *asan* ]] || skip "not with sanitizers: $1"; }

# CACHE, the machine's if it may be used (roots of a dozen languages: those that are there are used), and AVAILABLE, the
# FIELD of each language that this host can run: languages_available FIELD.
languages_available() {
    CACHE=${RSBX_TEST_CACHE:-/var/cache/rsbx}
    [ -w "$CACHE" ] || CACHE=$BATS_FILE_TMPDIR/cache
    AVAILABLE=$("$RSBX" --cache "$CACHE" languages --json | jq -r ".[] | select(.available).$1")
    export CACHE AVAILABLE
}

rsbx_setup() {
    T=$(mktemp -d /tmp/rsbx-test.XXXXXX)
    chmod 755 "$T"
    ROOT=$T/root
    B=$T/bundle
    ID=t$(basename "$T" | tr -dc 'A-Za-z0-9')
    CG=rsbx-tests/$ID
}

rsbx_teardown() {
    local id left=
    [ -d "${T:-}" ] || return 0
    if [ -d "$ROOT" ]; then
        for id in $("$RSBX" --root "$ROOT" list -q 2>/dev/null) $(ls "$ROOT"); do
            "$RSBX" --root "$ROOT" delete --force "$id" >/dev/null 2>&1 || left="$left $id"
        done
    fi
    rmdir /sys/fs/cgroup/*/rsbx-tests /sys/fs/cgroup/rsbx-tests 2>/dev/null || :
    if grep -q " $T/" /proc/self/mountinfo; then
        echo "mounts left below $T:"
        grep " $T/" /proc/self/mountinfo
        awk -v t="$T/" 'index($5, t) == 1 {print $5}' /proc/self/mountinfo | sort -r | xargs -r umount -l
        left="$left mounts"
    fi
    rm -rf "$T"
    [ -z "$left" ] || { echo "left behind:$left"; return 1; }
}

rsbx() { "$RSBX" --root "$ROOT" "$@"; }

# The shared root file system: static busybox with all its applets, made once for a run.
busybox_root() {
    local dir=$1
    mkdir -p "$dir"/{bin,dev,etc,proc,sys,tmp,root,run,usr,var}
    cp /bin/busybox "$dir/bin/busybox"
    chroot "$dir" /bin/busybox --install -s /bin
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$dir/etc/passwd"
    printf 'root:x:0:\n' >"$dir/etc/group"
    chmod 1777 "$dir/tmp"
}

# bundle [JQ-FILTER...]: $B/rootfs and $B/config.json; arguments are jq filters applied one after the other.
bundle() {
    mkdir -p "$B"
    [ -d "$B/rootfs" ] || busybox_root "$B/rootfs"
    base_config >"$B/config.json"
    config "$@"
}

# The default document, with a cgroup of the test's own and no terminal.
base_config() {
    jq --arg cg "/$CG" '.linux.cgroupsPath = $cg' "$TESTS_DIR/lib/config.json"
}

# config JQ...: edits $B/config.json.
config() {
    local filter
    for filter in "$@"; do
        jq "$filter" "$B/config.json" >"$B/config.new" || { echo "bad jq filter: $filter"; return 1; }
        mv "$B/config.new" "$B/config.json"
    done
}

# args WORD...: the process's argv.
args() {
    config ".process.args = $(jq -cn '$ARGS.positional' --args -- "$@")"
}

# sh SCRIPT: the process runs busybox sh -c SCRIPT.
sh_args() { args /bin/sh -c "$1"; }

# terminal COMMAND: a shell command on a terminal of its own, with an input that does not end: script(1) types ^D when
# its own does, which the terminal echoes anywhere in the output.
terminal() {
    local in r=0
    mkfifo "$T/terminal.in"
    exec {in}<>"$T/terminal.in"
    script -qec "$1" /dev/null <&"$in" || r=$?
    exec {in}>&-
    rm "$T/terminal.in"
    return $r
}

# without_programs COMMAND...: the static program COMMAND where no other is installed.
without_programs() {
    cp /bin/busybox "$T/busybox"
    unshare -m "$T/busybox" sh -c 'for d in /usr/bin /usr/local; do "$0" mount -t tmpfs none $d; done
        PATH=/none exec "$@"' "$T/busybox" "$@"
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || { echo "waited in vain for: $*"; return 1; }
        sleep 0.02
    done
}

status_is() { [ "$(rsbx state "$1" 2>/dev/null | jq -r .status)" = "$2" ]; }
pid_of() { rsbx state "$1" | jq -r .pid; }
gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null; }

# No cgroup, mount, state directory or process of this test is there.
assert_nothing_left() {
    local found=
    found=$(find /sys/fs/cgroup -type d -path "*$ID*" 2>/dev/null) || :
    [ -z "$found" ] || { echo "cgroups left: $found"; return 1; }
    found=$(ls -A "$ROOT" 2>/dev/null) || :
    [ -z "$found" ] || { echo "state left: $found"; return 1; }
    found=$(grep " $T/" /proc/self/mountinfo) || :
    [ -z "$found" ] || { echo "mounts left: $found"; return 1; }
    found=$(grep -lza "RSBX_TEST_ID=$ID" /proc/[0-9]*/environ 2>/dev/null) || :
    [ -z "$found" ] || { echo "processes left: $found"; return 1; }
}

# The host's cgroup layout: v1, hybrid or v2.
cgroup_mode() {
    case $(stat -f -c %T /sys/fs/cgroup) in
    cgroup2fs) echo v2 ;;
    *) [ -d /sys/fs/cgroup/unified ] && echo hybrid || echo v1 ;;
    esac
}

need_root() { [ "$(id -u)" -eq 0 ] || skip "needs root"; }
