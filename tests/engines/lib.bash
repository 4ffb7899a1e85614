# What the engine tests share. ENGINE_RUNTIME chooses the runtime that the engine drives: rsbx (the program under
# test), runc or crun. Each engine gets storage, sockets and configuration of its own in $E, so that the host's stay as
# they are.
load ../lib/common

ENGINE_RUNTIME=${ENGINE_RUNTIME:-rsbx}
export PODMAN_IGNORE_CGROUPSV1_WARNING=1 # podman 5 would say it at every call
case $ENGINE_RUNTIME in
rsbx) RUNTIME_PATH=$RSBX ;;
*) RUNTIME_PATH=$(command -v "$ENGINE_RUNTIME") ;;
esac

# The directory that the tests of a file share, and the image in it.
engine_setup() {
    if [ "$ENGINE_RUNTIME" = crun ] && [ "$(cgroup_mode)" = hybrid ]; then
        skip "crun does not run where cgroups are hybrid"
    fi
    E=$(mktemp -d /tmp/rsbx-engine.XXXXXX)
    chmod 755 "$E"
    export E
    busybox_root "$E/rootfs"
    printf 'nobody:x:65534:65534:nobody:/:/bin/sh\nuser:x:1000:1000:user:/:/bin/sh\n' >>"$E/rootfs/etc/passwd"
    printf 'extra:x:2000:user\n' >>"$E/rootfs/etc/group"
    tar -C "$E/rootfs" -cf "$E/busybox.tar" .
}
# An OCI image archive of that root file system, by hand: oci_archive FILE NAME; IMAGE_CMD is the image's command.
oci_archive() {
    local dir=$E/oci layer config manifest
    mkdir -p "$dir/blobs/sha256"
    blob() { # stdin to a blob; prints its digest
        local sum
        cat >"$dir/blob"
        sum=$(sha256sum <"$dir/blob" | cut -d' ' -f1)
        mv "$dir/blob" "$dir/blobs/sha256/$sum"
        echo "$sum"
    }
    layer=$(blob <"$E/busybox.tar")
    config=$(jq -cn --arg l "sha256:$layer" --argjson cmd "${IMAGE_CMD:-[\"/bin/sh\"]}" '{architecture: "amd64", os: "linux", rootfs: {type: "layers", diff_ids: [$l]},
        config: {Cmd: $cmd, Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}}' | blob)
    manifest=$(jq -cn --arg l "$layer" --arg c "$config" --argjson ls "$(stat -c %s "$dir/blobs/sha256/$layer")" \
        --argjson cs "$(stat -c %s "$dir/blobs/sha256/$config")" '{schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: "sha256:\($c)", size: $cs},
        layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: "sha256:\($l)", size: $ls}]}' | blob)
    jq -cn --arg m "$manifest" --argjson ms "$(stat -c %s "$dir/blobs/sha256/$manifest")" --arg name "$2" '{schemaVersion: 2,
        manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: "sha256:\($m)", size: $ms,
        platform: {architecture: "amd64", os: "linux"},
        annotations: {"io.containerd.image.name": $name, "org.opencontainers.image.ref.name": "latest"}}]}' >"$dir/index.json"
    echo '{"imageLayoutVersion": "1.0.0"}' >"$dir/oci-layout"
    tar -C "$dir" -cf "$1" .
}
# podman's, in $E: podman_configuration PATH_OF_RUNTIME. nofile and nproc: podman raises them to 1048576, which who has no
# CAP_SYS_RESOURCE may not.
podman_configuration() {
    cat >"$E/containers.conf" <<END
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime_supports_json = ["crun", "runc", "rsbx"]
runtime_supports_nocgroup = ["crun", "rsbx"]
[engine.runtimes]
$ENGINE_RUNTIME = ["$1"]
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
END
}
engine_teardown() {
    [ ! -e "$E/network.pid" ] || kill "$(cat "$E/network.pid")" || :
    awk -v e="$E/" 'index($5, e) == 1 {print $5}' /proc/self/mountinfo | sort -r | xargs -r -n1 umount -l
    rm -rf "$E"
}

# Starts a daemon in the background: daemon NAME COMMAND...; its pid goes to $E/NAME.pid, its output to $E/NAME.log.
daemon() {
    local name=$1
    shift
    "$@" >"$E/$name.log" 2>&1 </dev/null 3>&- &
    echo $! >"$E/$name.pid"
}
stop_daemon() {
    local pid
    pid=$(cat "$E/$1.pid") || return 0
    kill "$pid" 2>/dev/null || :
    wait_for 20 gone "$pid" || kill -KILL "$pid"
    rm -f "$E/$1.pid"
}

# A network namespace of the file's own, so that an engine's bridges and firewall rules are not the host's: a process
# that holds it, and a command in it. For `daemon` it is "$(in_network_words)", for a function would be a process more.
own_network() {
    unshare -n sh -c 'ip link set lo up; echo up; exec sleep 100000' >"$E/network.up" 3>&- 2>/dev/null </dev/null &
    echo $! >"$E/network.pid"
    wait_for 10 grep -q up "$E/network.up"
}
in_network_words() { echo nsenter -t "$(cat "$E/network.pid")" -n; }
in_network() { $(in_network_words) "$@"; }

# only_for RUNTIME...: the rest of the test is for these runtimes.
only_for() { [[ " $* " == *" $ENGINE_RUNTIME "* ]] || skip "not for $ENGINE_RUNTIME"; }
need_criu() {
    local why
    why=$(criu check 2>&1) || skip "criu does not work here: $(grep -m1 Error <<<"$why")"
}
