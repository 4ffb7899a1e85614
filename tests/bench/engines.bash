# The scenario "engines" of tests/bench/run: one container by podman, docker and containerd, with each runtime below.
# By podman and containerd privileged ones, for crun 1.8 cannot load a device program without CAP_SYS_RESOURCE; by
# docker plain ones, whose privileged ones runc cannot give all capabilities here. A runtime that cannot run is left
# out and named. Each engine has storage, sockets and configuration of its own; nothing asks for a limit whose
# controller cgroup2 may lack here.

engine_runtime() { # RUNTIME: the program
    case $1 in
    rsbx) echo "$T/rsbx-bin" ;;
    *) command -v "$1" ;;
    esac
}
engine_daemon() { # NAME COMMAND...
    local name=$1
    shift
    "$@" >"$T/$name.log" 2>&1 </dev/null &
    echo $! >"$T/$name.daemon"
}
end_engines() {
    local file pid
    for file in "$T"/*.daemon; do
        [ -e "$file" ] || continue
        pid=$(cat "$file")
        kill "$pid" 2>/dev/null && wait_for 20 gone "$pid"
        rm -f "$file"
    done
    awk -v t="$T/" 'index($5, t) == 1 {print $5}' /proc/self/mountinfo | sort -r | xargs -r -n1 umount -l 2>/dev/null
    find /sys/fs/cgroup/libpod_parent -depth -type d -exec rmdir {} + 2>/dev/null || :
}
engine_measure() { # TITLE, then a function that gives the command for a runtime in "words"
    local r words
    c=()
    for r in "${runtimes[@]}"; do
        "$2" "$r"
        "${words[@]//{\}/0}" >/dev/null 2>"$T/engine.err" || { echo "$1 with $r: $(grep -v '^$\|^Run ' "$T/engine.err" | tail -1)"; continue; }
        [ ${#c[@]} -eq 0 ] || c+=(:::)
        c+=("$r" "${words[@]}")
    done
    [ ${#c[@]} -eq 0 ] || measure "$1" -- "${c[@]}"
}
podman_words() {
    words=(podman --root "$T/store" --runroot "$T/run" --storage-driver vfs --runtime "$(engine_runtime "$1")"
        run --rm --network none --privileged busybox /bin/true)
}
docker_words() {
    words=(docker --host "unix://$T/docker.sock" run --rm --network none --runtime "$1" busybox /bin/true)
}
ctr_words() {
    words=(ctr --address "$T/containerd.sock" --namespace rsbx-bench run --rm --privileged --cpu-shares 0 --snapshotter native
        --runc-binary "$(engine_runtime "$1")" --cgroup /rsbx-bench/ctr docker.io/library/busybox:latest "b{}" /bin/true)
}
bench_podman() {
    printf '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n[containers]\npids_limit = 0\n' >"$T/containers.conf"
    printf 'default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\n' >>"$T/containers.conf"
    export CONTAINERS_CONF=$T/containers.conf
    tar -C "$B/rootfs" -c . | podman --root "$T/store" --runroot "$T/run" --storage-driver vfs import - busybox >/dev/null 2>&1
    engine_measure "podman run" podman_words
}
bench_docker() {
    local others
    others=$(for r in crun rsbx; do have $r || [ $r = rsbx ] && jq -n --arg r $r --arg p "$(engine_runtime $r)" '{($r): {path: $p}}'; done | jq -s add)
    jq -n --argjson r "$others" '{runtimes: $r, "exec-opts": ["native.cgroupdriver=cgroupfs"], "cgroup-parent": "/rsbx-bench",
        "storage-driver": "vfs", iptables: false, "ip-forward": false, "ip-masq": false, bridge: "none"}' >"$T/daemon.json"
    export DOCKER_CONFIG=$T/client
    engine_daemon dockerd dockerd --config-file "$T/daemon.json" --host "unix://$T/docker.sock" --data-root "$T/docker" \
        --exec-root "$T/docker-exec" --pidfile "$T/docker.pid"
    wait_for 30 docker --host "unix://$T/docker.sock" version >/dev/null 2>&1 || { tail -3 "$T/dockerd.log"; return 0; }
    tar -C "$B/rootfs" -c . | docker --host "unix://$T/docker.sock" import - busybox >/dev/null
    engine_measure "docker run" docker_words
}
bench_ctr() {
    printf 'version = 2\nroot = "%s/ctr"\nstate = "%s/ctr-state"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' "$T" "$T" >"$T/config.toml"
    printf '[grpc]\naddress = "%s/containerd.sock"\n[ttrpc]\naddress = "%s/containerd.sock.ttrpc"\n' "$T" "$T" >>"$T/config.toml"
    engine_daemon containerd containerd --config "$T/config.toml"
    wait_for 30 ctr --address "$T/containerd.sock" version >/dev/null 2>&1 || { tail -3 "$T/containerd.log"; return 0; }
    tar -C "$B/rootfs" -cf "$T/busybox.tar" .
    E=$T oci_archive "$T/busybox.oci" docker.io/library/busybox:latest
    ctr --address "$T/containerd.sock" --namespace rsbx-bench image import "$T/busybox.oci" >/dev/null
    engine_measure "ctr run" ctr_words
    rmdir /run/containerd/runc/rsbx-bench 2>/dev/null || :
}
bench_engines() {
    local engine
    plain_bundle
    for engine in ${ENGINES:-podman docker ctr}; do
        have $engine || continue
        ROUNDS=$((ROUNDS / 3 + 3)) "bench_$engine"
    done
    end_engines
}
