# What packaging/ and `rsbx completion` hand to other programs: does each parse?
load lib/common
setup() { rsbx_setup; }
teardown() { rsbx_teardown; }

@test "completions are valid bash, zsh and fish" {
    for shell in bash zsh fish; do
        "$RSBX" completion $shell >"$T/rsbx.$shell"
        [ -s "$T/rsbx.$shell" ]
        ! command -v $shell >/dev/null || $shell -n "$T/rsbx.$shell"
    done
}

@test "bash completes commands and options" {
    "$RSBX" completion bash >"$T/completion"
    run bash -c '. "$1"; COMP_WORDS=(rsbx pau) COMP_CWORD=1 COMP_LINE="rsbx pau" COMP_POINT=8
        $(complete -p rsbx | sed "s/.*-F \([^ ]*\).*/\1/") rsbx pau rsbx; echo "${COMPREPLY[@]}"' - "$T/completion"
    [[ $output == pause* ]]
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

@test "podman knows the runtime from the drop-in" {
    command -v podman >/dev/null || skip "podman is not installed"
    need_root
    sed "s|\"/usr/local/bin/rsbx\"|\"$RSBX\"|" "$PROJECT_DIR/packaging/containers.conf.d/50-rsbx.conf" >"$T/containers.conf"
    CONTAINERS_CONF=$T/containers.conf run podman --root "$T/store" --runroot "$T/run" --storage-driver vfs --runtime rsbx \
        info --format '{{.Host.OCIRuntime.Path}}'
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = "$RSBX" ]
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
