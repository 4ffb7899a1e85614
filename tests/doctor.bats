# rsbx doctor: what a host lacks is found, and the command that mends it is named.
load lib/common
setup() { rsbx_setup; }
teardown() { rsbx_teardown; }

doctor() { "$RSBX" --root "$ROOT" --cache "$T/cache" doctor "$@"; }
row() { doctor --json | jq -ce --arg n "$1" '.[] | select(.name == $n)'; }

@test "doctor: every row has a status; JSON has the same; exit code 0 where snippets run" {
    run doctor
    [ "$status" -eq 0 ]
    [ "$(grep -cE '^(ok|degraded|broken) ' <<<"$output")" -ge 10 ]
    doctor --json >"$T/json"
    jq -e 'map(select(.status == "broken")) | length == 0' "$T/json"
    [ "$(jq length "$T/json")" -eq "$(grep -cE '^(ok|degraded|broken) ' <<<"$output")" ]
    jq -e 'all(.[]; (.name | type) == "string" and (.found | length) > 0 and (.status == "ok" or (.fix | length) > 0))' "$T/json"
}

@test "doctor: what is broken has a way to mend it, and exit code 1" {
    run "$RSBX" --root /proc/nothing --cache "$T/cache" doctor
    [ "$status" -eq 1 ]
    [[ $output == *"broken"*"directories"*"mend:"*"rsbx --root DIR --cache DIR"* ]]
}

@test "doctor: without a user namespace the sysctl that gives one is named" {
    unshare -Ur true || skip "no user namespaces"
    # the limit is of this user namespace alone (namespaces(7))
    run unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' sh \
        "$RSBX" --root "$ROOT" --cache "$T/cache" doctor
    [[ $output == *"user namespaces"*"cannot be made: "*"mend: sudo sysctl -w user.max_user_namespaces=15000"* ]]
}

@test "doctor: without rsbx-lint beside it" {
    cp "$RSBX" "$T/rsbx"
    RSBX=$T/rsbx
    row lint | jq -e '.status == "degraded" and .fix == "make install"'
}

@test "doctor: without an interpreter" {
    need_root
    not_sanitized "its libraries lie where empty directories are laid"
    cp "$RSBX" "$T/rsbx"
    cp /bin/busybox "$T/busybox"
    unshare -m env PATH=/none "$T/busybox" sh -c 'for d in /usr/bin /usr/local /usr/lib; do "$0" mount -t tmpfs none $d; done; exec "$@"' \
        "$T/busybox" "$T/rsbx" --root "$ROOT" --cache "$T/cache" doctor >"$T/text" && false
    grep -A2 '^broken  *languages' "$T/text" | grep -q 'mend: sudo apt-get install python3$'
}

@test "doctor as another user: directories of its own, cgroup by systemd, id maps by uidmap" {
    need_root
    cp "$RSBX" "$T/rsbx"
    mkdir -m 700 "$T/home"
    chown 65534:65534 "$T/home"
    as() { setpriv --reuid 65534 --regid 65534 --clear-groups env -i PATH="$PATH" HOME="$1" XDG_RUNTIME_DIR="$1" "$T/rsbx" doctor "${@:2}"; }
    as "$T/home" --json >"$T/json"
    jq -e --arg h "$T/home" '(.[] | select(.name == "directories")) | .status == "ok" and (.found | contains($h))' "$T/json"
    jq -e '(.[] | select(.name == "user namespaces")) | .status == "ok"' "$T/json"
    jq -e '(.[] | select(.name == "cgroups")) | .status == "ok" or (.fix | contains("systemd-run --user --scope -p Delegate=yes")
        or contains("mount the cgroup"))' "$T/json"
    # a home that cannot be written
    run as /proc/nothing
    [ "$status" -eq 1 ]
    [[ $output == *"cannot write /proc/nothing"*"XDG_CACHE_HOME"* ]]
}
