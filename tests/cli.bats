# The command line: help, versions, wrong arguments and their texts.
load lib/common
setup() { rsbx_setup; }
teardown() { rsbx_teardown; }

@test "--version names program, commit and specification, as docker parses them" {
    run "$RSBX" --version
    [ "$status" -eq 0 ]
    [[ ${lines[0]} =~ ^rsbx\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
    [[ ${lines[1]} =~ ^commit:\ [0-9a-z]+ ]]
    [[ ${lines[2]} =~ ^spec:\ 1\.[0-9]+\.[0-9]+ ]]
}

@test "--help lists every command, and each command's --help exits 0" {
    run "$RSBX" --help
    [ "$status" -eq 0 ]
    commands=$(sed -n '/^Commands:/,/^$/p' <<<"$output" | awk 'NR > 1 && NF {print $1}')
    [ -n "$commands" ]
    for c in $commands; do
        run --separate-stderr "$RSBX" "$c" --help
        [ "$status" -eq 0 ]
        [[ $output == "Usage: rsbx $c"* ]]
        [ -z "$stderr" ]
    done
}

@test "no command: usage on stderr, exit 1" {
    run --separate-stderr "$RSBX"
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    [[ $stderr == Usage:* ]]
}

@test "an unknown command and an unknown option are named in one line" {
    run --separate-stderr "$RSBX" frobnicate
    [ "$status" -eq 1 ]
    [[ $stderr == *'unknown command "frobnicate"'* ]]
    [ "${#stderr_lines[@]}" -eq 1 ]
    run --separate-stderr "$RSBX" spec --frobnicate
    [ "$status" -eq 1 ]
    [[ $stderr == *'unknown option "--frobnicate"'* ]]
}

@test "wrong global values are refused with what was expected" {
    run "$RSBX" --cgroup-manager what spec
    [ "$status" -eq 1 ]
    [[ $output == *'expected cgroupfs, systemd or disabled, found "what"'* ]]
    run "$RSBX" --log-format xml spec
    [ "$status" -eq 1 ]
    [[ $output == *'expected text or json, found "xml"'* ]]
    run "$RSBX" --root / spec
    [ "$status" -eq 1 ]
    [[ $output == *'cannot be the state directory'* ]]
}
