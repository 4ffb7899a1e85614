# buildah as root: what RUN lines and `buildah run` make of a container.
load lib

setup_file() {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    command -v buildah >/dev/null || skip "buildah is not installed"
    engine_setup
    podman_configuration "$RUNTIME_PATH" # for its limits: buildah since 1.34 raises them, too
    local c
    c=$(buildah from scratch)
    buildah add -q "$c" "$E/busybox.tar" / >/dev/null
    buildah config --cmd /bin/sh --env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$c"
    buildah commit -q "$c" localhost/busybox >/dev/null
    buildah rm "$c" >/dev/null
}
teardown_file() {
    [ -n "${E:-}" ] || return 0
    buildah rm --all >/dev/null 2>&1 || :
    engine_teardown
}
setup() { CONTAINER=; }
teardown() { [ -z "$CONTAINER" ] || buildah rm "$CONTAINER" >/dev/null 2>&1 || :; }

buildah() { # the storage options come first, those of a command behind it
    CONTAINERS_CONF=$E/containers.conf BUILDAH_RUNTIME=$RUNTIME_PATH BUILDAH_ISOLATION=oci command buildah --root "$E/store" --runroot "$E/run" --storage-driver vfs "$@"
}
from() { CONTAINER=$(buildah from --pull=false localhost/busybox); }
in_container() { buildah run --network none "$@"; }
build() { buildah build --pull=false --network none --layers=false -q "$@"; }

@test "run: output, exit code, user, environment, working directory" {
    from
    run in_container "$CONTAINER" echo hello
    [ "$status" -eq 0 ]
    [ "$output" = hello ]
    run in_container "$CONTAINER" sh -c 'exit 7'
    [ "$status" -eq 7 ]
    run in_container --user 1000:1000 --env A=b --workingdir /tmp "$CONTAINER" sh -c 'echo $(id -u) $A $PWD'
    [ "$output" = "1000 b /tmp" ]
    [ "$(echo text | in_container "$CONTAINER" cat)" = text ]
}

@test "run: what one run writes the next one sees, and the image after commit" {
    from
    in_container "$CONTAINER" sh -c 'echo made >/root/made'
    [ "$(in_container "$CONTAINER" cat /root/made)" = made ]
    buildah commit -q "$CONTAINER" committed >/dev/null
    second=$(buildah from --pull=false localhost/committed)
    run in_container "$second" cat /root/made
    buildah rm "$second" >/dev/null
    [ "$output" = made ]
}

@test "run: a missing program is named" {
    from
    run in_container "$CONTAINER" /no/such/program
    [ "$status" -ne 0 ]
    [[ $output == *"/no/such/program"*"no such file or directory"* ]]
}

@test "run -t: a terminal" {
    from
    run in_container -t "$CONTAINER" sh -c 'test -t 1 && echo tty'
    [ "$status" -eq 0 ]
    [[ $output == tty* ]]
}

@test "run: volumes, capabilities, host network, hostname" {
    from
    mkdir -p "$E/volume"
    in_container -v "$E/volume:/mnt" "$CONTAINER" sh -c 'echo x >/mnt/file'
    [ "$(cat "$E/volume/file")" = x ]
    run in_container -v "$E/volume:/mnt:ro" "$CONTAINER" touch /mnt/other
    [ "$status" -ne 0 ]
    run in_container --cap-drop CAP_CHOWN --cap-add CAP_NET_RAW "$CONTAINER" grep CapEff /proc/self/status
    echo "$output"
    (((16#${output: -16} & 16#2001) == 16#2000)) # CAP_CHOWN is bit 0, CAP_NET_RAW bit 13
    run buildah run --network host "$CONTAINER" ls /sys/class/net
    [ "$output" = "$(ls /sys/class/net)" ]
    run in_container --hostname name "$CONTAINER" hostname
    [ "$output" = name ]
}

@test "build: RUN, ARG, USER, several stages, COPY --from" {
    mkdir -p "$E/build"
    cat >"$E/build/Containerfile" <<END_FILE
FROM localhost/busybox AS one
ARG WORD
RUN echo \$WORD >/root/made && mkdir /out && cp /root/made /out/
FROM localhost/busybox
COPY --from=one /out/made /m
USER 1000
RUN test \$(id -u) = 1000
CMD ["cat", "/m"]
END_FILE
    run build --build-arg WORD=word -t made "$E/build"
    echo "$output"
    [ "$status" -eq 0 ]
    second=$(buildah from --pull=false localhost/made)
    run in_container "$second" cat /m
    buildah rm "$second" >/dev/null
    [ "$output" = word ]
}

@test "build: RUN --mount=type=bind, tmpfs and secret" {
    mkdir -p "$E/build2"
    echo context >"$E/build2/file"
    echo hidden >"$E/secret"
    cat >"$E/build2/Containerfile" <<END_FILE
FROM localhost/busybox
RUN --mount=type=bind,target=/mnt,source=. test "\$(cat /mnt/file)" = context
RUN --mount=type=tmpfs,target=/scratch touch /scratch/x
RUN --mount=type=secret,id=word test "\$(cat /run/secrets/word)" = hidden
RUN test ! -e /mnt/file && test ! -e /scratch/x && test ! -s /run/secrets/word
END_FILE
    run build --secret "id=word,src=$E/secret" -t mounts "$E/build2"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "build: a RUN that fails fails the build with its exit code" {
    mkdir -p "$E/build3"
    printf 'FROM localhost/busybox\nRUN exit 9\n' >"$E/build3/Containerfile"
    run build -t failing "$E/build3"
    echo "$output"
    [ "$status" -ne 0 ]
    [[ $output == *"exit status 9"* ]]
}

@test "build: in a user namespace" {
    mkdir -p "$E/build4"
    printf 'FROM localhost/busybox\nRUN grep -q "0  *100000  *65536" /proc/self/uid_map\n' >"$E/build4/Containerfile"
    run build --userns-uid-map 0:100000:65536 --userns-gid-map 0:100000:65536 -t mapped "$E/build4"
    echo "$output"
    [ "$status" -eq 0 ]
}
