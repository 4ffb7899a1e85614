# What packaging/ and `rsbx completion` hand to other programs: does each parse?
load lib/common
setup() { rsbx_setup; }
teardown() { rsbx_teardown; }

parses() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
    "$RSBX" completion "$1" >"$T/rsbx.$1"
    [ -s "$T/rsbx.$1" ]
    "$1" -n "$T/rsbx.$1"
}
@test "the completion for bash parses" { parses bash; }
@test "the completion for zsh parses" { parses zsh; }
@test "the completion for fish parses" { parses fish; }

@test "bash completes commands and options" {
    "$RSBX" completion bash >"$T/completion"
    run bash -c '. "$1"; COMP_WORDS=(rsbx pau) COMP_CWORD=1 COMP_LINE="rsbx pau" COMP_POINT=8
        $(complete -p rsbx | sed "s/.*-F \([^ ]*\).*/\1/") rsbx pau rsbx; echo "${COMPREPLY[@]}"' - "$T/completion"
    [[ $output == pause* ]]
}

@test "fish completes commands and options" {
    command -v fish >/dev/null || skip "fish is not installed"
    "$RSBX" completion fish >"$T/completion"
    run env HOME="$T" fish --no-config -c 'source $argv[1]; complete -C "rsbx pau"; complete -C "rsbx run --memory-l"' "$T/completion"
    echo "$output"
    [[ $output == pause*--memory-limit* ]]
}

@test "the AppArmor profile parses" {
    command -v apparmor_parser >/dev/null || skip "apparmor is not installed"
    sed '/^abi /d' "$PROJECT_DIR/packaging/apparmor/rsbx" >"$T/profile" # the abi file comes with apparmor 4
    run apparmor_parser --version
    # `userns` is a rule since version 4: with an older parser the rest of the profile is checked
    [[ $output =~ version\ 4 ]] || sed -i '/userns,/d' "$T/profile"
    run apparmor_parser --skip-kernel-load --skip-cache "$T/profile"
    echo "$output"
    [ "$status" -eq 0 ]
}

# The recipes of docs/engines.md to the letter: the file unchanged where it belongs, the program in /usr/local/bin.
@test "podman and buildah know the runtime from the drop-in as it is" {
    command -v podman >/dev/null || skip "podman is not installed"
    need_root
    mkdir -p "$T/bin" /etc/containers
    cp "$RSBX" "$T/bin/rsbx"
    as_installed() {
        # a mount namespace in which the two directories are ours; the first may not be there
        unshare -m --propagation private sh -ec 'project=$1 t=$2; shift 2
            mkdir -p "$t/containers/containers.conf.d"
            cp -r /etc/containers/. "$t/containers"
            cp "$project/packaging/containers.conf.d/50-rsbx.conf" "$t/containers/containers.conf.d/"
            mount --bind "$t/containers" /etc/containers
            mount --bind "$t/bin" /usr/local/bin
            exec "$@"' - "$PROJECT_DIR" "$T" "$@"
    }
    podman_with() { as_installed podman --root "$T/store" --runroot "$T/run" --storage-driver vfs "$@"; }
    run podman_with --runtime rsbx info --format '{{.Host.OCIRuntime.Path}}'
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = /usr/local/bin/rsbx ]
    # the line that makes it the default
    sed 's/^#runtime = /runtime = /' "$PROJECT_DIR/packaging/containers.conf.d/50-rsbx.conf" >"$T/default.conf"
    CONTAINERS_CONF=$T/default.conf run podman_with info --format '{{.Host.OCIRuntime.Name}}'
    [ "${lines[-1]}" = rsbx ]
    # and the control: without the file podman does not know the name
    CONTAINERS_CONF=/dev/null run podman --root "$T/store" --runroot "$T/run" --storage-driver vfs --runtime rsbx info
    [ "$status" -ne 0 ]
}

@test "containerd takes the snippet" {
    command -v containerd >/dev/null || skip "containerd is not installed"
    { echo 'version = 2'; cat "$PROJECT_DIR/packaging/containerd/rsbx.toml"; } >"$T/config.toml"
    run containerd --config "$T/config.toml" config dump
    [ "$status" -eq 0 ]
    [[ $output == *'runtimes.rsbx]'*'BinaryName = "/usr/local/bin/rsbx"'*'SystemdCgroup = true'* ]]
}

@test "dockerd knows the runtime from daemon.json as it is" {
    command -v dockerd >/dev/null || skip "dockerd is not installed"
    need_root
    mkdir -p "$T/bin"
    cp "$RSBX" "$T/bin/rsbx"
    unshare -m -n --propagation private sh -ec 'mount --bind "$2/bin" /usr/local/bin
        exec dockerd --config-file "$1/packaging/docker/daemon.json" --host "unix://$2/docker.sock" --data-root "$2/data" \
            --exec-root "$2/exec" --pidfile "$2/docker.pid" --bridge none --iptables=false' - "$PROJECT_DIR" "$T" \
        >"$T/log" 2>&1 </dev/null 3>&- &
    pid=$!
    info() { DOCKER_CONFIG=$T /usr/bin/docker --host "unix://$T/docker.sock" info --format '{{json .Runtimes}}' >"$T/info" 2>"$T/err" &&
        jq -e .rsbx "$T/info" >/dev/null; }
    wait_for 30 info || { tail -5 "$T/log"; kill $pid; false; }
    kill $pid
    wait $pid || :
    cat "$T/info"
    [ "$(jq -r .rsbx.path "$T/info")" = /usr/local/bin/rsbx ]
}

@test "install-node: adds its table once, and runc's where there was none" {
    command -v containerd >/dev/null || skip "containerd is not installed"
    table='containerd\.runtimes\.rsbx\]'
    install_node() { CONTAINERD_CONFIG=$1 RSBX_TARGET=$T/bin "$PROJECT_DIR/packaging/kubernetes/install-node" --no-restart "$RSBX"; }
    echo 'version = 2' >"$T/small.toml"
    install_node "$T/small.toml"
    install_node "$T/small.toml"
    [ "$(grep -c "$table" "$T/small.toml")" -eq 1 ]
    grep -q 'containerd\.runtimes\.runc\]' "$T/small.toml"
    install_node "$T/default.toml" # made from containerd's defaults
    [ "$(grep -c 'containerd\.runtimes\.runc\]' "$T/default.toml")" -eq 1 ]
    for f in small default; do
        run containerd --config "$T/$f.toml" config dump
        [ "$status" -eq 0 ]
        [[ $output == *"BinaryName = \"$T/bin\""* ]]
    done
}

# With the make of whoever runs this test, whose variables are not for this one.
make_here() { env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u T -u ASAN -u TEST_STEPS -u B make -s -C "$PROJECT_DIR" "$@"; }
need_make() {
    not_sanitized "it installs the ordinary build"
    command -v gcc >/dev/null && command -v make >/dev/null && [ -e "$PROJECT_DIR/Makefile" ] || skip "no sources and compiler here"
}
files_in() { (cd "$1" && find . ! -type d "${@:2}" | LC_ALL=C sort); }

@test "make install to DESTDIR: what is installed runs; make uninstall leaves no file" {
    need_make
    mkdir -p "$T/d/usr/local/bin"
    echo mine >"$T/d/usr/local/bin/other"
    make_here install DESTDIR="$T/d"
    run files_in "$T/d"
    echo "$output"
    for f in bin/rsbx libexec/rsbx/rsbx-lint libexec/rsbx/rsbx-rootfs share/man/man1/rsbx.1 \
        share/bash-completion/completions/rsbx share/zsh/site-functions/_rsbx share/fish/vendor_completions.d/rsbx.fish; do
        [ -s "$T/d/usr/local/$f" ]
    done
    [[ $("$T/d/usr/local/bin/rsbx" --version) == "rsbx version"* ]]
    # it finds its helpers there
    echo 'print(1)' >"$T/hello.py"
    "$T/d/usr/local/bin/rsbx" lint "$T/hello.py"
    make_here uninstall DESTDIR="$T/d"
    [ "$(files_in "$T/d")" = ./usr/local/bin/other ]
}

@test "make deb: dpkg installs it, purging it leaves no file" {
    need_make
    need_root
    command -v dpkg-deb >/dev/null || skip "no dpkg here"
    make_here deb
    deb=$(ls -t "$PROJECT_DIR"/build/rsbx_*.deb | head -1)
    [ "$(dpkg-deb -f "$deb" Package)" = rsbx ]
    [[ $(dpkg-deb -f "$deb" Depends) == *libc6* ]]
    mkdir -p "$T/d/var/lib/dpkg/info" "$T/d/var/lib/dpkg/updates"
    : >"$T/d/var/lib/dpkg/status"
    into() { dpkg --root="$T/d" --force-depends --log=/dev/null "$@" >"$T/out" 2>&1 || { cat "$T/out"; return 1; }; }
    into --install "$deb"
    [[ $("$T/d/usr/bin/rsbx" --version) == "rsbx version"* ]]
    [ -s "$T/d/etc/containers/containers.conf.d/50-rsbx.conf" ]
    [ -s "$T/d/usr/share/man/man1/rsbx.1.gz" ]
    into --remove rsbx # a file of configuration stays until it is purged
    [ -s "$T/d/etc/containers/containers.conf.d/50-rsbx.conf" ]
    into --purge rsbx
    [ -z "$(files_in "$T/d" ! -path './var/lib/dpkg/*')" ]
}
