# rsbx rootfs: roots from images, archives, directories; hostile archives; the store.
load lib/common

setup() {
    rsbx_setup
    CACHE=$T/cache
    export XDG_RUNTIME_DIR=$T
}
teardown() { rsbx_teardown; }

rootfs() { "$RSBX" --root "$ROOT" --cache "$CACHE" rootfs "$@"; }
root_of() { rootfs inspect "$1" | jq -r '.[0].path'; }
digest() { sha256sum "$1" | cut -d' ' -f1; }

# A little root with a static busybox as /bin/bash: enough for the language bash.
small_tree() {
    mkdir -p "$1/usr/bin" "$1/etc"
    cp /bin/busybox "$1/usr/bin/bash"
    ln -s usr/bin "$1/bin"
    echo "made by $2" >"$1/etc/origin"
}

# blob FILE: into the OCI layout $T/oci; prints its descriptor.
blob() {
    mkdir -p "$T/oci/blobs/sha256"
    local hex
    hex=$(digest "$1")
    cp "$1" "$T/oci/blobs/sha256/$hex"
    jq -cn --arg d "sha256:$hex" --argjson s "$(stat -c %s "$1")" '{mediaType: "x", digest: $d, size: $s}'
}

# layout TAG LAYER...: makes $T/oci with these layers (files).
layout() {
    local tag=$1 layers=() layer
    shift
    for layer; do layers+=("$(blob "$layer")"); done
    printf '%s\n' "${layers[@]}" | jq -s '{schemaVersion: 2, layers: .}' >"$T/manifest"
    blob "$T/manifest" | jq --arg t "$tag" '{schemaVersion: 2,
        manifests: [. + {annotations: {"org.opencontainers.image.ref.name": $t}}]}' >"$T/oci/index.json"
    echo '{"imageLayoutVersion": "1.0.0"}' >"$T/oci/oci-layout"
}

# tar_of FILE PYTHON: a tar archive made entry by entry: add(name, type, data, linkname, mode).
tar_of() {
    python3 - "$1" <<-PY
	import io, sys, tarfile
	t = tarfile.open(sys.argv[1], "w")
	def add(name, type=tarfile.REGTYPE, data=b"", link="", mode=0o644):
	    i = tarfile.TarInfo(name); i.type = type; i.size = len(data); i.linkname = link; i.mode = mode
	    t.addfile(i, io.BytesIO(data))
	SYM, LNK, DIR, CHR, FIFO = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE
	$2
	t.close()
	PY
}

@test "a directory becomes a root, and a snippet runs in it" {
    rootfs make bash
    cp -r "$(root_of bash)" "$T/tree"
    echo "made by dir" >"$T/tree/etc/origin"
    rootfs make bash --from "dir:$T/tree" --name mine
    echo 'read -r line </etc/origin; echo "$line"' >"$T/a.sh"
    "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --rootfs mine --bundle "$B" "$T/a.sh"
    [ "$(jq -r .root.path "$B/config.json")" = "$(root_of mine)" ]
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run -b "$B" "$ID"
    [[ $output == *"made by dir"* ]]
}

@test "an OCI layout with gzip and zstd layers, whiteouts, an opaque directory and a hard link" {
    mkdir -p "$T/l1/etc/sub" "$T/l1/opaque" "$T/l2/etc" "$T/l2/opaque"
    small_tree "$T/l1" oci
    echo gone >"$T/l1/etc/gone"
    echo old >"$T/l1/opaque/old"
    echo x >"$T/l1/etc/sub/x"
    : >"$T/l2/etc/.wh.gone"
    : >"$T/l2/etc/.wh.sub"
    echo new >"$T/l2/opaque/new"
    : >"$T/l2/opaque/.wh..wh..opq"
    echo linked >"$T/l2/etc/one"
    ln "$T/l2/etc/one" "$T/l2/etc/two"
    tar -C "$T/l1" -czf "$T/1.tar.gz" .
    tar -C "$T/l2" -c opaque/new opaque/.wh..wh..opq etc | zstd -q -o "$T/2.tar.zst" # the marker comes last
    layout latest "$T/1.tar.gz" "$T/2.tar.zst"
    rootfs make bash --from "oci:$T/oci:latest"
    local root
    root=$(root_of bash-oci)
    [ ! -e "$root/etc/gone" ] && [ ! -e "$root/etc/sub" ] || false
    [ "$(ls "$root/opaque")" = new ]
    [ "$(cat "$root/etc/two")" = linked ]
    [ "$root/etc/one" -ef "$root/etc/two" ]
    [ -z "$(find "$root" -name '.wh.*')" ]
    run -1 rootfs make bash --from "oci:$T/oci:other"
    [[ $output == *"no manifest for other"* ]]
    tar -C "$T/oci" -cf "$T/oci.tar" .
    rootfs make bash --from "oci-archive:$T/oci.tar" --name archived
    [ "$(root_of archived)" = "$root" ] # equal contents are one root
}

@test "what docker save writes" {
    small_tree "$T/l1" docker
    mkdir "$T/save"
    tar -C "$T/l1" -cf "$T/save/layer.tar" .
    jq -n --arg d "sha256:$(digest "$T/save/layer.tar")" '{rootfs: {type: "layers", diff_ids: [$d]}}' >"$T/save/c.json"
    echo '[{"Config": "c.json", "RepoTags": ["x/y:1"], "Layers": ["layer.tar"]}]' >"$T/save/manifest.json"
    tar -C "$T/save" -cf "$T/save.tar" .
    rootfs make bash --from "docker-archive:$T/save.tar"
    grep -q "made by docker" "$(root_of bash-docker)/etc/origin"
    rootfs make bash --from "docker-archive:$T/save.tar:x/y:1" --name tagged
    echo changed >>"$T/save/layer.tar"
    tar -C "$T/save" -cf "$T/save.tar" .
    run -1 rootfs make bash --from "docker-archive:$T/save.tar" --name broken
    [[ $output == *"the image is broken"* ]]
}

@test "a blob that does not have its digest or size is refused" {
    small_tree "$T/l1" oci
    tar -C "$T/l1" -czf "$T/1.tar.gz" .
    layout latest "$T/1.tar.gz"
    local file
    file=$T/oci/blobs/sha256/$(digest "$T/1.tar.gz")
    printf x | dd of="$file" bs=1 seek=100 conv=notrunc 2>/dev/null
    run -1 rootfs make bash --from "oci:$T/oci"
    [[ $output == *"the image is broken"* ]]
    printf more >>"$file"
    run -1 rootfs make bash --from "oci:$T/oci"
    [[ $output == *"size"* ]]
    [ -z "$(ls "$CACHE/roots" "$CACHE/tmp" | grep -v :)" ]
}

@test "an archive does not get out of the root" {
    local canary=$T/canary
    echo safe >"$canary"
    # a control: the same archive, unpacked by tar without its defences, does get out
    tar_of "$T/control.tar" 'add("../canary-control", data=b"out")'
    mkdir "$T/control"
    tar -C "$T/control" --absolute-names -xf "$T/control.tar"
    [ -e "$T/canary-control" ]
    local n=0 script
    while IFS= read -r script; do
        n=$((n + 1))
        tar_of "$T/evil.tar" "$script"
        run rootfs make --name "evil$n" --from "tar:$T/evil.tar"
        [ "$(cat "$canary")" = safe ] || { echo "got out: $script"; return 1; }
        [ ! -e "$T/planted" ] || { echo "got out: $script"; return 1; }
        [ -z "$(find "$T" -path "$CACHE/roots" -prune -o -name planted -print)" ]
    done <<-LIST
	add("../../../../../planted", data=b"x")
	add("/../../../../../../planted", data=b"x")
	add("a", SYM, link="$T"); add("a/planted", data=b"x")
	add("a", SYM, link="../../../.."); add("a/planted", data=b"x")
	add("a", SYM, link="$canary"); add("a", data=b"x")
	add("a", LNK, link="$canary"); add("a", data=b"x")
	add("a", LNK, link="../../../canary")
	add("d", DIR); add("d", SYM, link="$T"); add("d/planted", data=b"x")
	add("d", SYM, link="$T"); add("d", DIR, mode=0o777); add("d/planted", data=b"x")
	add("p", SYM, link="/proc/self/cwd"); add("p/planted", data=b"x")
	add("w", SYM, link="$T"); add("w/.wh.canary")
	LIST
    [ "$n" -eq 11 ]
    # whiteouts in a layer, through a link to the host
    tar_of "$T/1.tar" "add('w', SYM, link='$T')"
    tar_of "$T/2.tar" "add('w/.wh.canary'); add('w/.wh..wh..opq'); add('.wh...'); "
    layout latest "$T/1.tar" "$T/2.tar"
    run rootfs make --name evil --from "oci:$T/oci"
    [ "$(cat "$canary")" = safe ]
}

@test "devices, fifos and setuid bits do not come along" {
    tar_of "$T/a.tar" 'add("dev/null", CHR); add("pipe", FIFO); add("suid", data=b"x", mode=0o6777); add("d", DIR, mode=0o7777)'
    rootfs make --name odd --from "tar:$T/a.tar"
    local root
    root=$(root_of odd)
    [ -z "$(find "$root" ! -type f ! -type d ! -type l)" ]
    [ "$(stat -c %a "$root/suid")" = 755 ]
    [ "$(stat -c %a "$root/d")" = 755 ]
}

@test "a bomb is stopped, and nothing of it stays" {
    need_root

    truncate -s 20G "$T/zeros"
    (cd "$T" && tar -c --sparse -f "$T/sparse.tar" zeros)
    run -1 rootfs make --name bomb --from "tar:$T/sparse.tar"
    [[ $output == *"larger than 16 GiB"* ]]
    truncate -s 200M "$T/zeros" # and a small one on a small disk
    tar -C "$T" -czf "$T/bomb.tar" zeros
    rm "$T/zeros"
    run -1 timeout 100 unshare -m bash -c 'mkdir -p "$1" && mount -t tmpfs -o size=64m,mode=755 tmpfs "$1" &&
        "$2" --root "$3" --cache "$1/c" rootfs make --name bomb --from "tar:$4"; code=$?; find "$1/c/roots" "$1/c/tmp" -mindepth 1; exit $code' \
        _ "$T/small" "$RSBX" "$ROOT" "$T/bomb.tar"
    [[ $output == *"space left"* || $output == *"larger than"* ]]
    [[ $output != *"/roots/"* ]]
}

@test "something that is no archive is one clear line" {
    head -c 5000 /dev/urandom >"$T/noise"
    run -1 rootfs make --name x --from "tar:$T/noise"
    [[ $output == *"archive"* ]]
    run -1 rootfs make --name x --from "tar:$T/missing"
    [[ $output == *"no such file"* ]]
    run -1 rootfs make --name x --from "floppy:$T/x"
    [[ $output == *"expected tar:"* ]]
    run -1 rootfs make klingon
    [[ $output == *"is no language"* ]]
    small_tree "$T/tree" dir
    run -1 rootfs make python --from "dir:$T/tree"
    [[ $output == *"there is no Python in it"* ]]
    [ -z "$(ls "$CACHE/roots" "$CACHE/tmp" "$CACHE/names" | grep -v :)" ]
}

@test "list, inspect, verify, remove, gc" {
    small_tree "$T/tree" one
    rootfs make bash --from "dir:$T/tree" --name one
    echo more >"$T/tree/etc/more"
    rootfs make bash --from "dir:$T/tree" --name two
    [ "$(rootfs list --json | jq length)" = 2 ]
    [ "$(rootfs inspect one | jq -r '.[0].names[0]')" = one ]
    rootfs verify
    local key
    key=$(rootfs inspect one | jq -r '.[0].key')
    [ "$(rootfs inspect "${key:0:8}" | jq -r '.[0].key')" = "$key" ]
    echo tampered >>"$(root_of one)/etc/origin"
    run -1 rootfs verify one
    [[ $output == *"etc/origin"* ]]
    rootfs verify two
    rootfs remove one
    run -1 rootfs inspect one
    [[ $output == *"no root is called"* ]]
    rootfs gc --days 0 # has a name: stays
    [ "$(rootfs list --json | jq length)" = 1 ]
    rootfs gc --all
    [ "$(rootfs list --json | jq length)" = 0 ]
    [ -z "$(ls "$CACHE/tmp")" ]
}

@test "a root from the host gets a name" {
    rootfs make lua 2>/dev/null || rootfs make bash
    [ "$(rootfs list --json | jq -r '.[0].from' | cut -d' ' -f1)" = host ]
    rootfs verify
}

# The host's perl is $T/perl, a script that answers the question about itself with the lines of $T/facts, and its
# /etc/ssl is $T/ssl: on_host COMMAND...
on_host() {
    unshare -m --propagation private sh -ec 'mount --bind "$0/perl" "$(readlink -f /usr/bin/perl)"
        mount --bind "$0/ssl" /etc/ssl; exec "$@"' "$T" "$@"
}
make_perl() { on_host "$RSBX" --root "$ROOT" --cache "$CACHE" rootfs make perl; }

# An installation in a closed home directory, whose interpreter others may but run.
small_perl() {
    mkdir -p "$T/home/bin" "$T/home/lib/closed" "$T/home/lib/listed" "$T/vault" "$T/ssl"
    cp /bin/busybox "$T/home/bin/perl"
    printf '#!/bin/sh\ncat %s/facts\n' "$T" >"$T/perl"
    chmod 755 "$T/perl"
    chmod 711 "$T/home/bin/perl"
    chmod 700 "$T/home"
    printf 'program %s /usr/bin/perl\nversion 5.0\ntree %s /usr/lib/perl\n' "$T/home/bin/perl" "$T/home/lib" >"$T/facts"
}

@test "what ordinary users of the host may not read does not enter a root" {
    need_root
    [ -x /usr/bin/perl ] || skip "no perl here"
    small_perl
    local file
    for file in home/lib/{secret,group,closed/file,listed/file} vault/file home/ini ssl/{cert.pem,openssl.cnf}; do
        echo SECRET >"$T/$file"
    done
    echo known >"$T/home/lib/known"
    ln -s "$T/vault/file" "$T/home/lib/linked"
    chmod 600 "$T"/home/lib/secret "$T"/ssl/*
    chmod 640 "$T/home/lib/group" "$T/home/ini"
    chmod 750 "$T/home/lib/closed" "$T/vault"
    chmod 754 "$T/home/lib/listed"
    printf 'file? %s /etc/%s\n' "$T/home/ini" ini "$T/vault/file" vault "$T/none" none >>"$T/facts"
    printf 'tree? %s /var/vault\n' "$T/vault" >>"$T/facts"
    make_perl
    local root
    root=$(root_of perl)
    [ "$(ls "$root/usr/lib/perl")" = known ]
    [ -x "$root/usr/bin/perl" ]
    [ ! -e "$root/etc/ssl" ]
    run -1 grep -r SECRET "$root"
    # a control: with other modes it is all there
    chmod -R o+rX "$T/home/lib" "$T/home/ini" "$T/vault" "$T/ssl"
    CACHE=$T/cache2
    make_perl
    root=$(root_of perl)
    [ "$(grep -rl SECRET "$root" | wc -l)" -eq 10 ]
    # and when that of one that the root is known to depend on changes, it is made anew
    chmod 600 "$T/ssl/cert.pem"
    make_perl
    [ ! -e "$(root_of perl)/etc/ssl/cert.pem" ]
}

@test "an interpreter that ordinary users of the host may not read is an error that says what to do" {
    need_root
    [ -x /usr/bin/perl ] || skip "no perl here"
    small_perl
    local wrong="ordinary users of this host may not read it"
    echo x >"$T/vault/file"
    chmod 750 "$T/home/bin/perl" "$T/home/lib" "$T/vault"
    echo "file $T/vault/file" >>"$T/facts"
    run -1 make_perl
    [[ $output == *"$T/home/bin/perl: $wrong"*"\"chmod o+rX $T/home/bin/perl\""* ]]
    chmod 755 "$T/home/bin/perl"
    run -1 make_perl
    [[ $output == *"$T/home/lib: $wrong"*"\"chmod -R o+rX $T/home/lib\""* ]]
    chmod 755 "$T/home/lib"
    run -1 make_perl
    [[ $output == *"$T/vault/file: $wrong"*"\"chmod o+x $T/vault\""* ]]
    [ "${#lines[@]}" -eq 2 ] # that it makes the root, and the error
    chmod o+x "$T/vault"
    make_perl
}

@test "changed settings of OpenSSL mean a new root" {
    need_root
    [ -x /usr/bin/perl ] || skip "no perl here"
    small_perl
    local text
    make_perl
    [ ! -e "$(root_of perl)/etc/ssl/openssl.cnf" ]
    for text in first second; do
        echo "$text" >"$T/ssl/openssl.cnf"
        make_perl
        [ "$(cat "$(root_of perl)/etc/ssl/openssl.cnf")" = "$text" ]
    done
    rm "$T/ssl/openssl.cnf"
    make_perl
    [ ! -e "$(root_of perl)/etc/ssl/openssl.cnf" ]
}

# A small installation of Rust, whose $T/bin/rustc says where it is.
small_rust() {
    mkdir -p "$T/bin" "$T/rust/bin" "$T/rust/lib/rustlib/x/lib"
    cp /bin/busybox "$T/rust/bin/rustc"
    cat >"$T/bin/rustc" <<-E
	#!/bin/sh
	case \$1 in --print) echo $T/rust;; -vV) echo host: x;; *) echo rustc 1.2.3;; esac
	E
    chmod 755 "$T/bin/rustc"
}

@test "a root for Rust on a host without Debian's package manager, with BusyBox's commands" {
    need_root
    command -v gcc >/dev/null || skip "no gcc here"
    small_rust
    ln -s /bin/busybox "$T/bin/xargs"
    ln -s /bin/busybox "$T/bin/find"
    unshare -m --propagation private sh -ec 'if [ -d /var/lib/dpkg ]; then mount -t tmpfs none /var/lib/dpkg; fi
        if [ -e /usr/bin/rustc ]; then mount --bind "$0/rustc" "$(readlink -f /usr/bin/rustc)"; fi
        exec env PATH="$0:$PATH" "$@"' "$T/bin" "$RSBX" --root "$ROOT" --cache "$CACHE" rootfs make rust
    [ -x "$(root_of rust)/usr/bin/cc" ]
    [ -f "$(root_of rust)/usr/include/stdio.h" ]
}

# The host's php is a script that runs it with $T/php.ini, and with the PHP text that it gets edited by sed: php_is SED.
php_is() {
    cp /usr/bin/php "$T/real"
    echo "memory_limit = 77M" >"$T/php.ini"
    printf '#!/bin/sh\nexec %s -c %s -r "$(printf %%s "$2" | sed "%s")"\n' "$T/real" "$T/php.ini" "$1" >"$T/php"
    chmod 755 "$T/php"
}
make_php() {
    unshare -m --propagation private sh -ec 'mount --bind "$0/php" "$(readlink -f /usr/bin/php)"
        exec "$@"' "$T" "$RSBX" --root "$ROOT" --cache "$CACHE" rootfs make php
}

@test "a root for PHP where it was built with musl, which has no GLOB_BRACE" {
    need_root
    [ -x /usr/bin/php ] || skip "no php here"
    php_is s/GLOB_BRACE/GLOB_ABSENT/g
    make_php
    cmp "$T/real" "$(root_of php)/usr/bin/php"
    [ "$(find /usr/lib*/gconv /usr/lib*/*/gconv -prune 2>/dev/null | sort)" = \
        "$(cd "$(root_of php)" && find usr/lib*/gconv usr/lib*/*/gconv -prune 2>/dev/null | sed 's,^,/,' | sort)" ]
}

@test "a changed php.ini means a new root; one that ordinary users may not read is left out" {
    need_root
    [ -x /usr/bin/php ] || skip "no php here"
    php_is ""
    make_php
    grep 77M "$(root_of php)$T/php.ini"
    echo "memory_limit = 78M" >"$T/php.ini"
    make_php
    grep 78M "$(root_of php)$T/php.ini"
    chmod 640 "$T/php.ini"
    make_php
    [ ! -e "$(root_of php)$T/php.ini" ]
}

@test "commands in a root for Bash are the host's: those that are builtins, too, and none from the working directory" {
    local name
    for name in echo printf true; do printf 'planted\n' >"$T/$name"; done
    chmod 755 "$T"/{echo,printf,true}
    (cd "$T" && rootfs make bash)
    for name in echo printf true; do cmp "/bin/$name" "$(root_of bash)/usr/bin/$name"; done
}

@test "the interpreter is asked about itself in /, where no file of the caller's answers in its place" {
    need_root
    [ -x /usr/bin/perl ] || skip "no perl here"
    small_perl
    printf '#!/bin/sh\ncat facts || cat %s/facts\n' "$T" >"$T/perl"
    mkdir "$T/here"
    sed 's/5.0/6.6/' "$T/facts" >"$T/here/facts"
    (cd "$T/here" && make_perl)
    [ "$(rootfs inspect perl | jq -r '.[0].version')" = 5.0 ]
}

@test "gc and remove leave a root alone that a bundle or a running container uses" {
    need_root
    rootfs make bash
    echo 'echo ready; read x; echo "got $x"' >"$T/p.sh"
    "$RSBX" --root "$ROOT" --cache "$CACHE" prepare -b "$T/b" --rootfs bash "$T/p.sh"
    run -0 rootfs gc --all
    [[ $output == *"stays: $T/b uses it"* ]]
    run -1 rootfs remove bash
    [[ $output == *"$T/b uses it"* ]]
    rm -rf "$T/b"
    mkfifo "$T/in"
    "$RSBX" --root "$ROOT" --cache "$CACHE" run --rootfs bash "$T/p.sh" <"$T/in" >"$T/out" 3>&- &
    exec 9>"$T/in"
    wait_for 10 grep -q ready "$T/out"
    rootfs gc --all 9>&-
    [ "$(rootfs list --json | jq length)" = 1 ]
    echo word >&9
    exec 9>&-
    wait $!
    grep -q "got word" "$T/out"
    rootfs gc --all
    [ "$(rootfs list --json | jq length)" = 0 ]
}

@test "a directory of wheels" {
    command -v python3 >/dev/null || skip "no python3 here"
    mkdir "$T/wheels"
    python3 - "$T/wheels/tiny-1.0-py3-none-any.whl" "$T/wheels/evil-1.0-py3-none-any.whl" <<-'PY'
	import sys, zipfile
	z = zipfile.ZipFile(sys.argv[1], "w")
	z.writestr("tiny/__init__.py", "value = 42\n")
	z.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
	z.close()
	z = zipfile.ZipFile(sys.argv[2], "w"); z.writestr("../../../../../../canary", "out"); z.close()
	PY
    mv "$T/wheels/evil"* "$T/"
    rootfs make python --with "$T/wheels"
    echo 'import tiny, importlib.metadata as m; print(tiny.value, m.version("tiny"))' >"$T/p.py"
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run --rootfs python-wheels "$T/p.py"
    [ "$output" = "42 1.0" ]
    mv "$T/evil"* "$T/wheels/"
    run rootfs make python --with "$T/wheels" --name evil
    [ -z "$(find "$T" /canary -name canary -not -path '*/roots/*' -not -path '*/tmp/*' 2>/dev/null)" ]
    mkdir "$T/none"
    run -1 rootfs make python --with "$T/none"
    [[ $output == *"there is no *.whl in it"* ]]
}

@test "reading an archive runs no program, and reads and writes nothing else" {
    # libarchive hands some formats to programs on PATH: rsbx-rootfs lets none run
    mkdir "$T/bin" "$T/o"
    printf '#!/bin/sh\ntouch %s/canary\ncat\n' "$T" >"$T/bin/lrzip"
    chmod 755 "$T/bin/lrzip"
    python3 -c 'import sys; sys.stdout.buffer.write(b"LRZI\0\6" + bytes(1000))' >"$T/x.tar"
    run -1 env PATH="$T/bin:$PATH" "$RSBX_BUILD/rsbx-rootfs" "tar:$T/x.tar" "$T/o"
    [[ $output == *lrzip* ]] # it was asked for
    [ ! -e "$T/canary" ]
}

@test "numpy and pandas from Debian" {
    need_root
    [ -n "${RSBX_TEST_DEBIAN:-}" ] || skip "takes minutes and a mirror: RSBX_TEST_DEBIAN=1 runs it"
    command -v mmdebstrap >/dev/null || skip "no mmdebstrap here"
    local mounts
    mounts=$(wc -l </proc/self/mountinfo)
    rootfs make python --from debian --with numpy,pandas
    [ "$(wc -l </proc/self/mountinfo)" -eq "$mounts" ]
    cat >"$T/p.py" <<-'PY'
	import multiprocessing, numpy, pandas, tempfile, threading, uuid
	a = numpy.random.rand(200, 200)
	print(numpy.allclose(numpy.linalg.inv(a) @ a, numpy.eye(200)), pandas.DataFrame({"x": [1, 2, 3]}).x.mean())
	uuid.uuid1()
	def square(x): return x * x
	with multiprocessing.Pool(2) as p: print(p.map(square, [1, 2, 3]))
	PY
    run -0 --separate-stderr "$RSBX" --root "$ROOT" --cache "$CACHE" run --rootfs python-debian --timeout 60 "$T/p.py"
    [ "$output" = $'True 2.0\n[1, 4, 9]' ]
}
