# Scenarios of tests/bench/run that ask for more than the time of one command: what a program's own work costs inside a
# container ("inside"), containers without root ("rootless"), and what does not depend on the machine ("counts").

inside_bundle() { # DIR JQ...: the benchmark's bundle with the load program, in a directory of its own
    B=$1
    shift
    plain_bundle "$@"
    cp "$PROJECT/build/tests/bench/load" "$B/rootfs/bin/load"
}
# The profile that `prepare` gives a C program, which asks for the fewest calls that a libc needs.
snippet_profile() {
    printf 'int main(void) { return 0; }\n' >"$T/profile.c"
    $rsbx prepare --lint off --bundle "$T/profile" "$T/profile.c" >/dev/null 2>&1 || return 1
    jq '.linux.seccomp' "$T/profile/config.json"
}
bench_inside() {
    local outer=$B profiles=(none) p kind what r
    docker_profile >"$T/seccomp.json" && profiles+=(docker)
    snippet_profile >"$T/snippet.json" && profiles+=(snippet)
    for p in "${profiles[@]}"; do
        case $p in
        none) inside_bundle "$T/inside-none" 'del(.linux.seccomp)' ;;
        docker) inside_bundle "$T/inside-docker" ".linux.seccomp = $(cat "$T/seccomp.json")" ;;
        snippet) inside_bundle "$T/inside-snippet" ".linux.seccomp = $(cat "$T/snippet.json")" ;;
        esac
    done
    for kind in "syscall getppid(2)" "fork fork, exit and wait" "exec fork, execve, exit and wait" "io 16 blocks of 4 KiB in /tmp" "cpu arithmetic"; do
        what=${kind#* } kind=${kind%% *}
        c=(bare "$PROJECT/build/tests/bench/load" "$kind" "$STATE") # a tmpfs, as the container's /tmp
        for p in "${profiles[@]}"; do
            jq --arg kind "$kind" '.process.args = ["/bin/load", $kind]' "$T/inside-$p/config.json" >"$T/inside-$p/$kind.json"
            mkdir -p "$T/inside-$p-$kind"
            ln -sfn "$T/inside-$p/rootfs" "$T/inside-$p-$kind/rootfs"
            jq --arg root "$T/inside-$p/rootfs" '.root.path = $root' "$T/inside-$p/$kind.json" >"$T/inside-$p-$kind/config.json"
            for r in "${runtimes[@]}"; do
                # shellcheck disable=SC2206
                c+=(::: "$r, $p" ${!r} run --bundle "$T/inside-$p-$kind" "b{}")
            done
        done
        ROUNDS=$((ROUNDS / 4 + 5)) measure "inside: $what, ns each" -f -- "${c[@]}"
    done
    B=$outer
}

# As a user without root and without a cgroup: what podman's users have where nothing is delegated.
bench_rootless() {
    local user=64321
    plain_bundle '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 64321, size: 1}] | .linux.gidMappings = .linux.uidMappings
        | .mounts |= map(select(.type != "cgroup") | if .type == "devpts" then .options -= ["gid=5"] else . end)'
    chmod 755 "$T"
    chown -hR $user:$user "$B/rootfs"
    mkdir -p "$STATE/user"
    chown $user:$user "$STATE/user"
    c=(rsbx "$T/rsbx-bin" --root "$STATE/user/rsbx" --cache "$STATE/user/cache" --cgroup-manager disabled run --bundle "$B" "b{}")
    have crun && c+=(::: crun crun --root "$STATE/user/crun" --cgroup-manager=disabled run --bundle "$B" "b{}")
    have bwrap && c+=(::: bubblewrap bwrap --unshare-all --bind "$B/rootfs" / --proc /proc --dev /dev --tmpfs /tmp /bin/true)
    c+=(::: unshare unshare -Urmpfniu --kill-child chroot "$B/rootfs" /bin/true)
    local as_root=$BENCHER
    cp "$BENCHER" "$T/bencher"
    printf '#!/bin/sh\nexec setpriv --reuid=%s --regid=%s --clear-groups --inh-caps=-all env -u XDG_RUNTIME_DIR HOME=/tmp %s "$@"\n' \
        $user $user "$T/bencher" >"$T/as-user"
    chmod 755 "$T/as-user" "$T/bencher"
    BENCHER=$T/as-user
    measure "run, rootless" -- "${c[@]}"
    BENCHER=$as_root
    chown -hR 0:0 "$B/rootfs"
}

# System calls of a command, with all its children until it ends; what goes on after that is traced on, for a tracer that
# ends would end what it has under it.
counted() { # TITLE COMMAND...
    local title=$1 calls
    shift
    : >"$T/strace"
    strace -f -qq -o "$T/strace" sh -c '"$@"; echo >"$0.end"' "$T/strace" "$@" >/dev/null 2>&1 </dev/null &
    wait_for 60 test -e "$T/strace.end"
    rm -f "$T/strace.end"
    # of the shell around it: what it does is counted with an empty command, too
    calls=$(grep -cE '^[0-9]+ +[a-z_0-9]+\(' "$T/strace")
    [ "$title" = shell ] || printf '  %-28s %6s\n' "$title" $((calls - shell_calls))
    [ "$title" != shell ] || shell_calls=$calls
}
bench_counts() {
    local r shell_calls=0
    local -a command
    have strace || return 0
    plain_bundle
    printf '\nsystem calls, all processes of the command together\n'
    counted shell "$B/rootfs/bin/true"
    for r in "${runtimes[@]}"; do
        # shellcheck disable=SC2206
        command=(${!r})
        args /bin/true
        counted "$r run" "${command[@]}" run --bundle "$B" counted
        args /bin/sleep 1000
        counted "$r create" "${command[@]}" create --bundle "$B" counted
        counted "$r start" "${command[@]}" start counted
        counted "$r exec" "${command[@]}" exec counted /bin/true
        counted "$r state" "${command[@]}" state counted
        counted "$r kill" "${command[@]}" kill counted 0
        counted "$r delete --force" "${command[@]}" delete --force counted
        wait
    done
}
