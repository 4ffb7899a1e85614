# prepare --tight: a snippet gets what lint finds that it needs; what it hides from lint it goes without.
load lib/common

setup_file() {
    languages_available "extensions[]"
}

setup() {
    rsbx_setup
    export XDG_RUNTIME_DIR=$T
    need_root
    # What it does is known only when it runs: lint says "opaque" and grants nothing.
    cat >"$T/hidden.py" <<-'PY'
	import sys
	module, name, *arguments = sys.argv[1:]
	function = getattr(__import__(module), name)
	try:
	    result = function(*[eval(a) for a in arguments])
	except (OSError, RuntimeError) as e:
	    print("refused", getattr(e, "errno", e))
	else:
	    print("done", result == 0 or "-")
	PY
}
teardown() { rsbx_teardown; }

run_snippet() { timeout 60 "$RSBX" --root "$ROOT" --cache "$CACHE" run --lint off "$@" </dev/null; }
prep() { "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --lint off --bundle "$B" "$@"; }
conf() { jq -r "$1" "$B/config.json"; }

# Each works without --tight, and does not with it.
@test "--tight is narrower: what the snippet hides is refused, and works without it" {
    local words out
    while read -ra words; do
        out=$(run_snippet "$T/hidden.py" -- "${words[@]}")
        [[ $out == *done* || $out == ran ]] || { echo "control: ${words[*]}: $out"; return 1; }
        out=$(run_snippet --tight "$T/hidden.py" -- "${words[@]}")
        [[ $out == *refused* && $out != *done* && $out != *ran* ]] || { echo "tight: ${words[*]}: $out"; return 1; }
    done <<-'LIST'
	socket socket 1
	os execv "/usr/bin/python3" ["python3","-c","print('ran')"]
	os fork
	_thread start_new_thread int ()
	os kill 1 0
	os setuid 1000
	os memfd_create "x"
	os mkdir "/work/x"
	os mkdir "/dev/shm/x"
	LIST
    # /tmp stays
    [[ $(run_snippet --tight "$T/hidden.py" -- os mkdir '"/tmp/x"') == done* ]]
}

@test "--tight takes back the network that the snippet does not need" {
    run -0 run_snippet --network "$T/hidden.py" -- socket socket 2
    [[ $output == *done* ]]
    run -0 run_snippet --network --tight "$T/hidden.py" -- socket socket 2
    [ "$output" = "refused 1" ]
    prep --network --tight "$T/hidden.py"
    conf '.linux.namespaces[].type' | grep -qx network
    echo 'import socket; print(socket.socket(socket.AF_INET).fileno() > 0)' >"$T/net.py"
    run -0 run_snippet --network --tight "$T/net.py"
    [ "$output" = True ]
    prep --network --tight "$T/net.py"
    ! conf '.linux.namespaces[].type' | grep -qx network || false
}

@test "--tight: honest programs of each language run with what is found" {
    local file n=0
    for file in "$BATS_TEST_DIRNAME"/lint/honest/* "$PROJECT_DIR"/examples/hello.*; do
        case ${file##*.} in cpp | rs) continue ;; esac # unknown to lint
        grep -qx "${file##*.}" <<<"$AVAILABLE" || continue
        run run_snippet --tight "$file"
        [ "$status" -eq 0 ] || { echo "$file: $output"; return 1; }
        n=$((n + 1))
    done
    [ $n -ge 10 ]
}

@test "--tight says what it grants, and counts what it refuses" {
    echo 'import threading; threading.Thread(target=print).start()' >"$T/a.py"
    run -0 --separate-stderr run_snippet --tight --verbose "$T/a.py"
    [[ $stderr == *"tight: granted: threads"* && $stderr != *"not granted"* ]]
    prep --tight "$T/a.py"
    [ "$(conf '.annotations["org.rsbx.snippet.tight"]')" = threads ]
    run -0 --separate-stderr run_snippet --tight --verbose --report "$T/report" "$T/hidden.py" -- socket socket 1
    [[ $stderr == *"tight: granted: dynamic-code; what could not be resolved is not granted"* ]]
    jq -e '.refused | tostring | contains("socket")' "$T/report"
}

@test "--tight counts further files of the language in" {
    echo 'import helper' >"$T/main.py"
    echo 'import threading; threading.Thread(target=print, args=("thread",)).start()' >"$T/helper.py"
    run -0 run_snippet --tight --file "helper.py=$T/helper.py" "$T/main.py"
    [ "$output" = thread ]
    [ "$(prep --tight "$T/main.py" && conf '.annotations["org.rsbx.snippet.tight"]')" = "" ]
}

@test "--tight without an answer from lint is an error, and leaves nothing" {
    head -c 100000 /dev/zero | tr '\0' '(' >"$T/deep.py"
    run -1 prep --tight "$T/deep.py"
    [[ $output == *"--tight: not analysed: "* ]]
    [ ! -e "$B" ]
    if grep -qx java <<<"$AVAILABLE"; then
        echo 'class A {}' >"$T/A.java"
        run -1 prep --tight "$T/A.java"
        [[ $output == *"--tight: rsbx-lint does not know Java"* ]]
    fi
}

@test "a tight bundle runs under runc, too" {
    command -v runc >/dev/null || skip "no runc here"
    prep --tight "$T/hidden.py" -- socket socket 1
    run -0 runc --root "$T/runc" run -b "$B" "$ID"
    [ "$output" = "refused 1" ]
}

@test "exec-once: the program starts and no other does" {
    bundle '.annotations["org.rsbx.exec-once"] = "1"' '.process.args = ["sh", "-c", "echo started; /bin/true && echo ran"]' \
        '.process.noNewPrivileges = true' '.process.terminal = false'
    run rsbx run -b "$B" "$ID"
    [[ $output == *started* && $output != *ran* && $output == *"not permitted"* ]]
    config 'del(.annotations["org.rsbx.exec-once"])'
    run -0 rsbx run -b "$B" "$ID"
    [[ $output == *ran* ]]
    config '.annotations["org.rsbx.exec-once"] = "1"' '.process.noNewPrivileges = false'
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *"needs process.noNewPrivileges"* ]]
    config '.annotations["org.rsbx.exec-once"] = "yes"'
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *'expected 0 or 1, found "yes"'* ]]
    config '.annotations["org.rsbx.exec-once"] = "1"' '.process.noNewPrivileges = true' \
        '.hooks.startContainer = [{path: "/bin/true"}]'
    run -1 rsbx run -b "$B" "$ID"
    [[ $output == *"hooks.startContainer could not run"* ]]
}
