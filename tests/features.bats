# rsbx features: what callers look for in it, and that it does not say more than the runtime does.
load lib/common
setup() { rsbx_setup; }
teardown() { rsbx_teardown; }

features() { "$RSBX" features; }

@test "features is one JSON object and nothing is written to stderr" {
    run --separate-stderr "$RSBX" features
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    jq -e 'type == "object"' <<<"$output"
    [ "$(jq -r .ociVersionMin <<<"$output")" = 1.0.0 ]
    [ "$(jq -r .ociVersionMax <<<"$output")" = "$("$RSBX" --version | sed -n 's/^spec: //p')" ]
}

@test "features: the six hooks, in the specification's order" {
    [ "$(features | jq -c .hooks)" = \
        '["prestart","createRuntime","createContainer","startContainer","poststart","poststop"]' ]
}

# config.md, Linux mount options: those marked MUST, and idmap and ridmap (SHOULD), tmpcopyup (MAY)
@test "features: every mount option that the specification names" {
    options=$(features | jq -r '.mountOptions[]')
    for o in async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev \
        nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private \
        ratime rbind rdev rdiratime relatime remount rexec rnoatime rnodev rnodiratime rnoexec rnorelatime \
        rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid \
        rsymfollow runbindable rw shared silent slave strictatime suid symfollow sync tmpcopyup unbindable \
        idmap ridmap; do
        grep -qx -- "$o" <<<"$options" || { echo "missing: $o"; return 1; }
    done
    [ "$(sort <<<"$options" | uniq -d)" = "" ]
}

@test "features: namespaces, cgroups and the rest of linux" {
    f=$(features)
    [ "$(jq -c '.linux.namespaces | sort' <<<"$f")" = \
        '["cgroup","ipc","mount","network","pid","time","user","uts"]' ]
    [ "$(jq -c .linux.cgroup <<<"$f")" = '{"v1":true,"v2":true,"systemd":true,"systemdUser":true,"rdma":true}' ]
    [ "$(jq -c .linux.mountExtensions <<<"$f")" = '{"idmap":{"enabled":true}}' ]
    [ "$(jq -c .linux.netDevices <<<"$f")" = '{"enabled":true}' ]
    [ "$(jq -c .linux.intelRdt <<<"$f")" = '{"enabled":true,"schemata":true,"monitoring":true}' ]
    jq -e '.linux.apparmor.enabled and .linux.selinux.enabled and .linux.seccomp.enabled' <<<"$f"
    for m in DEFAULT BIND INTERLEAVE WEIGHTED_INTERLEAVE PREFERRED PREFERRED_MANY LOCAL; do
        jq -e --arg m "MPOL_$m" '.linux.memoryPolicy.modes | index($m)' <<<"$f"
    done
    [ "$(jq '.linux.memoryPolicy.flags | length' <<<"$f")" -ge 3 ]
}

@test "features: capabilities are those of this kernel, spelled CAP_*" {
    f=$(features)
    [ "$(jq '[.linux.capabilities[] | select(test("^CAP_[A-Z_]+$") | not)] | length' <<<"$f")" = 0 ]
    jq -e '.linux.capabilities | index("CAP_CHOWN")' <<<"$f"
    [ "$(jq '.linux.capabilities | length' <<<"$f")" -le $(($(cat /proc/sys/kernel/cap_last_cap) + 1)) ]
}

@test "features: seccomp words; supported flags are some of the known ones" {
    f=$(features)
    for a in KILL KILL_PROCESS KILL_THREAD TRAP ERRNO TRACE ALLOW LOG NOTIFY; do
        jq -e --arg a "SCMP_ACT_$a" '.linux.seccomp.actions | index($a)' <<<"$f"
    done
    for o in NE LT LE EQ GE GT MASKED_EQ; do
        jq -e --arg o "SCMP_CMP_$o" '.linux.seccomp.operators | index($o)' <<<"$f"
    done
    jq -e '.linux.seccomp.archs | index("SCMP_ARCH_X86_64") and index("SCMP_ARCH_AARCH64")' <<<"$f"
    for x in TSYNC LOG SPEC_ALLOW WAIT_KILLABLE_RECV; do
        jq -e --arg x "SECCOMP_FILTER_FLAG_$x" '.linux.seccomp.knownFlags | index($x)' <<<"$f"
    done
    jq -e '.linux.seccomp | .supportedFlags - .knownFlags == []' <<<"$f"
    jq -e '.linux.seccomp.supportedFlags | index("SECCOMP_FILTER_FLAG_LOG")' <<<"$f"
}

@test "features: annotations that callers read" {
    f=$(features)
    [[ $(jq -r '.annotations["io.github.seccomp.libseccomp.version"]' <<<"$f") =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
    [[ $(jq -r '.annotations["org.opencontainers.runc.version"]' <<<"$f") =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
    checkpoint=$(jq -r '.annotations["org.opencontainers.runc.checkpoint.enabled"]' <<<"$f")
    if "$RSBX" --help | grep -q '^  *checkpoint '; then [ "$checkpoint" = true ]; else [ "$checkpoint" = false ]; fi
    jq -e '.potentiallyUnsafeConfigAnnotations | index("org.systemd.property.")' <<<"$f"
}
