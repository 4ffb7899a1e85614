# rsbx spec: the documents to start from, and how broken ones are refused on the command line.
load lib/common
setup() { rsbx_setup; }
teardown() { rsbx_teardown; }

@test "spec writes config.json into the working directory, and silently" {
    cd "$T"
    run --separate-stderr "$RSBX" spec
    [ "$status" -eq 0 ]
    [ -z "$output" ] && [ -z "$stderr" ] || false
    [ "$(jq -r .ociVersion config.json)" = "$("$RSBX" --version | sed -n 's/^spec: //p')" ]
    [ "$(jq -c .process.args config.json)" = '["sh"]' ]
    [ "$(jq -c '[.linux.namespaces[].type] | sort' config.json)" = '["cgroup","ipc","mount","network","pid","uts"]' ]
    [ "$(jq .process.terminal config.json)" = true ]
    [ "$(jq .root.readonly config.json)" = true ]
    [ "$(jq .process.noNewPrivileges config.json)" = true ]
    [ "$(jq '.linux.resources.devices[0].allow' config.json)" = false ]
    jq -e '.linux.maskedPaths | index("/proc/kcore")' config.json
    jq -e '.linux.readonlyPaths | index("/proc/sys")' config.json
}

@test "spec never overwrites, and says what to do" {
    cd "$T"
    echo mine >config.json
    run --separate-stderr "$RSBX" spec
    [ "$status" -eq 1 ]
    [[ $stderr == "rsbx: config.json exists already: remove it first"* ]]
    [ "$(cat config.json)" = mine ]
    ln -s nowhere other.json # not through a link either
    run "$RSBX" spec --file other.json
    [ "$status" -eq 1 ]
    [ ! -e nowhere ]
}

@test "spec --bundle, --file and standard output" {
    mkdir "$B"
    "$RSBX" spec --bundle "$B"
    "$RSBX" spec -b "$B" -f second.json
    cmp "$B/config.json" "$B/second.json"
    "$RSBX" spec -f - | cmp - "$B/config.json"
    run "$RSBX" spec --bundle "$T/absent"
    [ "$status" -eq 1 ]
    [[ $output == *"$T/absent: no such file or directory" ]]
}

@test "spec --rootless maps the caller to root and asks for no cgroup" {
    cd "$T"
    chmod 777 "$T"
    setpriv --reuid 1234 --regid 1235 --clear-groups "$RSBX" spec --rootless
    [ "$(jq -c .linux.uidMappings config.json)" = '[{"containerID":0,"hostID":1234,"size":1}]' ]
    [ "$(jq -c .linux.gidMappings config.json)" = '[{"containerID":0,"hostID":1235,"size":1}]' ]
    [ "$(jq '.linux | has("resources")' config.json)" = false ]
    jq -e '[.linux.namespaces[].type] | index("user")' config.json
    [ "$(jq '[.linux.namespaces[].type] | index("network")' config.json)" = null ]
    [ "$(jq -r '.mounts[] | select(.destination == "/sys").source' config.json)" = /sys ]
    [ "$(jq '[.mounts[].options // [] | .[] | select(startswith("gid="))] | length' config.json)" = 0 ]
}
