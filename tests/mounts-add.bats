# rsbx mounts add and remove: mounts of a running container, and what it may do meanwhile.
load lib/common

setup() {
    need_root
    rsbx_setup
    bundle '.root.readonly = false'
    sh_args 'sleep 1000'
    mkdir "$T/src"
    echo text >"$T/src/file"
    bind_src=$(jq -cn --arg s "$T/src" '{destination: "/data", type: "bind", source: $s, options: ["bind", "ro"]}')
}
teardown() { rsbx_teardown; }

up() { rsbx run -d -b "$B" "$ID" >"$T/out" 2>&1 </dev/null || { cat "$T/out"; false; }; }
user_ns() {
    chmod 777 "$B/rootfs"
    config '.linux.namespaces += [{type: "user"}]' \
        '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
}
mounts() { echo "$2" | rsbx mounts "$1" "$ID" -; }
inside() { rsbx exec "$ID" sh -c "$1"; }
points() { awk '{print $5}' "/proc/$(pid_of "$ID")/mountinfo"; }
fails_with() {
    [ "$status" -eq 1 ] || { echo "status $status: $output"; return 1; }
    [[ "$output" == *"$1"* ]] || { echo "got: $output"; echo "wanted: $1"; return 1; }
}

@test "a bind mount and a tmpfs, added and removed; paused and created containers too" {
    rsbx create -b "$B" "$ID" >"$T/out" 2>&1 </dev/null || { cat "$T/out"; false; }
    jq -n --argjson m "$bind_src" '[$m, {destination: "/deep/er", type: "tmpfs", source: "tmpfs", options: ["ro", "size=64k"]}]' >"$T/mounts.json"
    rsbx mounts add "$ID" "$T/mounts.json"
    rsbx start "$ID"
    run inside 'cat /data/file; echo x >/data/file; echo x >/deep/er/x; grep -c " /deep/er .*size=64k" /proc/mounts'
    [ "$output" = $'text\nsh: can\'t create /data/file: Read-only file system\nsh: can\'t create /deep/er/x: Read-only file system\n1' ]
    rsbx mounts remove "$ID" "$T/mounts.json"
    run points
    [[ "$output" != *data* && "$output" != *deep* ]]
    rsbx pause "$ID"
    mounts add "[$bind_src]"
    rsbx resume "$ID"
    [ "$(inside 'cat /data/file')" = text ]
}

@test "user namespace: as its root, from where only the host's root can read, and no peer of the host" {
    user_ns
    chmod 700 "$T/src"
    chmod 711 "$B/.."
    up
    mounts add "[$bind_src, {\"destination\": \"/t\", \"type\": \"tmpfs\"}]"
    [ "$(inside 'stat -c %u /t')" = 0 ]
    grep -q " /data .*idmapped" "/proc/$(pid_of "$ID")/mountinfo" && false
    mounts remove "[$bind_src, {\"destination\": \"/t\"}]"
    mounts add "[$(jq -c '.options = ["bind", "idmap"]' <<<"$bind_src")]"
    [ "$(inside 'stat -c %u:%a /data; cat /data/file')" = $'0:700\ntext' ]
}

@test "a shared source: what the container mounts on it does not show on the host" {
    config '.process.capabilities |= with_entries(.value += ["CAP_SYS_ADMIN"])'
    export T B ID ROOT RSBX bind_src
    run unshare -m --propagation private bash -ec '
        mount --bind "$T/src" "$T/src"
        mount --make-shared "$T/src"
        "$RSBX" --root "$ROOT" run -d -b "$B" "$ID" </dev/null >"$T/out" 2>&1
        echo "[$bind_src]" | "$RSBX" --root "$ROOT" mounts add "$ID" -
        "$RSBX" --root "$ROOT" exec "$ID" mount -t tmpfs mine /data
        grep -c " - tmpfs mine" "/proc/$("$RSBX" --root "$ROOT" state "$ID" | jq .pid)/mountinfo"
        grep -c " - tmpfs mine" /proc/self/mountinfo || :
        mkdir "$T/peer" && mount --bind "$T/src" "$T/peer" && mount -t tmpfs mine "$T/peer" # the control
        grep -c " - tmpfs mine" /proc/self/mountinfo'
    [ "$output" = $'1\n0\n2' ] || { echo "$output"; false; }
}

@test "all or none: the first mounts go when a later one fails" {
    up
    before=$(points)
    run mounts add "[$bind_src, {\"destination\": \"/bin/busybox\", \"type\": \"tmpfs\"}]"
    fails_with "mounts[1]"
    [ "$(points)" = "$before" ]
    run mounts remove "[$bind_src]"
    fails_with "nothing was added on /data"
}

@test "remove takes what was added and nothing else: no mask by a renamed directory, no mount of config.json" {
    mkdir "$B/rootfs/secret"
    echo hidden >"$B/rootfs/secret/data"
    config '.linux.maskedPaths += ["/secret/data"]'
    up
    in_srv=$(jq -c '.destination = "/srv/data"' <<<"$bind_src")
    mounts add "[$in_srv]"
    inside 'mv /srv /away && mv /secret /srv'
    [ -z "$(inside 'cat /srv/data')" ] # the control: by its path, the mask is what /srv/data is now
    run mounts remove "[$in_srv]"
    fails_with "/srv/data: what was added there is gone, moved or covered"
    [ -z "$(inside 'cat /srv/data')" ]
    inside 'mv /srv /secret && ln -s /away /srv'
    mounts remove "[$in_srv]"
    run mounts remove '[{"destination": "/proc"}]'
    fails_with "nothing was added on /proc"
}

@test "a destination that is a link stays in the root" {
    mkdir "$T/victim"
    ln -s "../../../../../../../..$T/victim" "$B/rootfs/data"
    up
    mounts add "[$bind_src]"

    [ "$(inside "cat $T/victim/file")" = text ] # of the container's own root
    [ -z "$(ls "$T/victim")" ]
    ! grep -q "$T/victim" /proc/self/mountinfo || false
    mounts remove "[$bind_src]"
}

@test "what cannot be added is refused, and nothing is there" {
    up
    before=$(points)
    while read -r mount wanted; do
        run mounts add "[$mount]"
        fails_with "$wanted"
    done <<END
{"destination":"/x","type":"proc","source":"proc"} mounts[0].type: only bind mounts and tmpfs can be added, found "proc"
{"destination":"/","type":"tmpfs"} mounts[0].destination: the root of a running container cannot be covered
{"destination":"/a/..","type":"tmpfs"} mounts[0].destination: the root of a running container cannot be covered
{"destination":"/proc/sys","type":"bind","source":"/tmp","options":["bind"]} cannot be mounted because it is inside /proc
{"destination":"/x","type":"bind","source":"/no/such","options":["bind"]} mounts[0].source: /no/such: no such file or directory
{"destination":"/x","type":"tmpfs","options":["tmpcopyup"]} mounts[0].options: no remount, copy-symlink or tmpcopyup
{"type":"tmpfs"} mounts[0].destination: missing
END
    run mounts add '{}'
    fails_with "standard input: mounts: expected an array, found an object"
    run mounts add null
    fails_with "expected an array, found null"
    run mounts add '[]x'
    fails_with "standard input: line 1, column 3"
    run mounts move '[]'
    fails_with "expected add or remove"
    [ "$(points)" = "$before" ]
    rsbx kill "$ID" KILL
    wait_for 10 status_is "$ID" stopped
    run mounts add "[$bind_src]"
    fails_with "container not running"
}
