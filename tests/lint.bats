#!/usr/bin/env bats
# rsbx lint: the rules, what they must not say, and what hostile text does to the linter.
load lib/common

LINT=$RSBX_BUILD/rsbx-lint

setup() { T=$(mktemp -d /tmp/rsbx-lint-test.XXXXXX); }
teardown() { rm -rf "$T"; }

# The worst severity that rsbx-lint finds in stdin's text; nothing if it finds nothing.
worst() {
    "$LINT" --language "$1" --level off --json - | jq -r '[.findings[].severity | {info:1,low:2,medium:3,high:4,critical:5}[.]] | max // 0'
}

# The cases of LANGUAGE hold, and there is one of each kind for every rule in its table.
cases() {
    local file=$BATS_TEST_DIRNAME/lint/cases/$1.txt rules rule kind
    run "$BATS_TEST_DIRNAME/lint/run-cases" "$LINT" "$1" "$file"
    echo "$1: $output"
    [ "$status" -eq 0 ]
    rules=$("$LINT" --rules --json | jq -r --arg l "$1" '.[] | select(.language == $l) | .id')
    [ -n "$rules" ]
    for rule in $rules; do
        for kind in fires evades silent; do
            grep -q "^@ $rule $kind$" "$file" || { echo "no case: $rule $kind"; return 1; }
        done
    done
}

@test "Python: each rule fires, sees through an evasion, and leaves a look-alike alone" { cases python; }
@test "JavaScript: each rule fires, sees through an evasion, and leaves a look-alike alone" { cases javascript; }

@test "other languages: each rule fires, sees through an evasion, and leaves a look-alike alone" {
    local languages
    languages=$("$LINT" --rules --json | jq -r '[.[].language] | unique - ["all"] | .[]')
    [ "$(wc -w <<<"$languages")" -ge 9 ]
    for language in $languages; do
        [[ $language == python || $language == javascript ]] || cases "$language"
    done
    "$BATS_TEST_DIRNAME/lint/run-cases" "$LINT" typescript "$BATS_TEST_DIRNAME/lint/cases/typescript.txt"
}

# evasions LANGUAGE JSON MAX: of known evasions at most MAX may stay below medium.
evasions() {
    local name code
    while IFS= read -r name; do
        code=$(jq -j --arg n "$name" '.[$n]' "$2"; echo x) # x: newlines at the end stay
        printf %s "${code%x}" >"$T/$name"
    done < <(jq -r 'keys[]' "$2")
    "$LINT" --language "$1" --level off --json "$T"/* | jq -e --argjson max "$3" '
        [.findings[] | select(.severity | IN("medium", "high", "critical")) | .file] as $caught
        | [.files[].file] - $caught | if length <= $max then true else ("missed: \(.)\n" | halt_error) end'
    [ "$(find "$T" -type f | wc -l)" -ge 28 ]
}

@test "Python evasions that a list of regular expressions misses" {
    evasions python "$BATS_TEST_DIRNAME/lint/evasions-python.json" 1
}

@test "JavaScript evasions that a list of regular expressions misses" {
    evasions javascript "$BATS_TEST_DIRNAME/lint/evasions-javascript.json" 1
}

@test "more evasions: classes, containers, patterns, generators, reflection, import machinery" {
    evasions python "$BATS_TEST_DIRNAME/lint/evasions-more-python.json" 2 # os.memfd_create and a private member
    rm "$T"/*
    evasions javascript "$BATS_TEST_DIRNAME/lint/evasions-more-javascript.json" 0
}

@test "what only looks like something is no finding" {
    while IFS= read -r line; do
        [ "$(printf '%b' "$line" | worst python)" -eq 0 ] || { echo "$line"; false; }
    done <<'END'
# this prints the http status\nprint(1)
print('import os is a statement')
def reopen(x): return x\nreopen(1)
def my_eval(x): return x\nmy_eval(2)
'''uses sockets'''\nx=1
import sys\nprint(sys.version)
END
    while IFS= read -r line; do
        [ "$(printf '%b' "$line" | worst javascript)" -eq 0 ] || { echo "$line"; false; }
    done <<'END'
/a/.exec('a')
const offs={a:1};offs.a
// requirements for the network\n1
const s='evaluate(x)'; const x='retrieval(1)'
END
}

@test "a finding has file, line, column, severity, rule, source line and caret" {
    printf 'import os as x\nß = x.system("ls")\n' >"$T/a.py"
    run "$RSBX" lint "$T/a.py"
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = "$T/a.py:2:7: critical: os.system: runs a command through the shell [PY001]" ]
    [ "${lines[1]}" = '    ß = x.system("ls")' ]
    [ "${lines[2]}" = '          ^~~~~~' ]
}

@test "exit codes: 0 nothing refused, 1 refused, 2 trouble" {
    echo 'import socket; socket.socket()' >"$T/a.py"
    run "$RSBX" lint "$T/a.py"
    [ "$status" -eq 0 ]
    run "$RSBX" lint --level medium "$T/a.py"
    [ "$status" -eq 1 ]
    run "$RSBX" lint --deny PY017 "$T/a.py"
    [ "$status" -eq 1 ]
    run "$RSBX" lint --deny network "$T/a.py"
    [ "$status" -eq 1 ]
    run "$RSBX" lint --deny subprocess "$T/a.py"
    [ "$status" -eq 0 ]
    run "$RSBX" lint "$T/missing.py"
    [ "$status" -eq 2 ]
    run "$RSBX" lint --level worst "$T/a.py"
    [ "$status" -eq 2 ]
    echo x >"$T/text"
    run "$RSBX" lint "$T/text"
    [ "$status" -eq 2 ]
}

@test "a comment allows a rule on its line or the next one, and only that rule" {
    printf 'import os\nos.system("a")  # rsbx: allow PY001\n# rsbx: allow PY004, PY001\nos.system("b")\n' >"$T/a.py"
    run "$RSBX" lint "$T/a.py"
    [ "$status" -eq 0 ] && [ -z "$output" ] || false
    run "$RSBX" lint --no-comments "$T/a.py"
    [ "$status" -eq 1 ]
    printf 'import os\nos.system("a")  # rsbx: allow PY002\n' >"$T/a.py"
    run "$RSBX" lint "$T/a.py"
    [ "$status" -eq 1 ]
}

@test "JSON and SARIF parse and say the same" {
    printf 'import os\nos.system("a")\nos.system("b")  # rsbx: allow PY001\n' >"$T/a.py"
    "$RSBX" lint --level off --json "$T/a.py" | jq -e '.findings | length == 1 and .[0].rule == "PY001" and .[0].line == 2'
    "$RSBX" lint --level off --sarif "$T/a.py" >"$T/sarif"
    jq -e '.version == "2.1.0" and (.runs[0].results | length) == 2 and .runs[0].results[0].level == "error"
           and (.runs[0].tool.driver.rules | map(.id) | index("PY001")) != null
           and .runs[0].results[1].suppressions[0].kind == "inSource"' "$T/sarif"
}

# What its schema asks of the parts that are there. The schema itself: docs/lint.md says when and how.
@test "SARIF has the structure that its schema asks for" {
    local file="$T/ä b%?:#.py"
    printf 'import os\nos.system("a")\nx = "\0"\n' >"$file"
    truncate -s 2000000 "$T/large.js"
    "$RSBX" lint --level off --sarif "$file" "$T/large.js" "$BATS_TEST_DIRNAME"/lint/honest/* >"$T/sarif"
    jq -e 'def only($k): (keys - $k) == [];
        def whole: type == "number" and . == floor and . >= 0;
        only(["$schema", "version", "runs"]) and .version == "2.1.0" and (.runs | length) == 1 and
        (.runs[0] | only(["tool", "results", "columnKind"]) and .columnKind == "unicodeCodePoints" and
            (.tool | only(["driver"])) and
            (.tool.driver | only(["name", "version", "rules"]) and (.name | type) == "string" and
                ([.rules[].id] | length == (unique | length)) and
                all(.rules[]; only(["id", "shortDescription", "defaultConfiguration", "properties"]) and
                    (.shortDescription.text | type) == "string" and
                    (.defaultConfiguration.level | IN("none", "note", "warning", "error")))) and
            ([.tool.driver.rules[].id] as $ids | all(.results[]; .ruleId as $r | $ids | index($r))) and
            all(.results[];
                only(["ruleId", "level", "message", "locations", "properties", "suppressions"]) and
                (.level | IN("none", "note", "warning", "error")) and (.message.text | length) > 0 and
                (.locations | length) == 1 and
                all(.suppressions[]?; only(["kind"]) and .kind == "inSource") and
                (.locations[0].physicalLocation | only(["artifactLocation", "region"]) and
                    (.artifactLocation.uri | test("^([A-Za-z0-9._~/-]|%[0-9A-F]{2})+$")) and
                    (.region | .startLine >= 1 and .startColumn >= 1 and all(.[]; whole)))))' "$T/sarif"
    jq -e '[.runs[0].results[].locations[0].physicalLocation.artifactLocation.uri] |
        any(endswith("/%C3%A4%20b%25%3F%3A%23.py"))' "$T/sarif"
}

@test "--needs lists what a snippet uses" {
    echo 'import threading, os; threading.Thread(); os.environ["HOME"]; open("x", "w")' >"$T/a.py"
    "$RSBX" lint --needs --json "$T/a.py" | jq -e '.files[0] | .needs == ["threads", "file-read", "file-write", "environment"] and .opaque == false'
    echo 'print(sum(range(10)))' >"$T/b.py"
    "$RSBX" lint --needs --json "$T/b.py" | jq -e '.files[0] | .needs == [] and .opaque == false'
    echo 'getattr(x, y)()' >"$T/c.py"
    "$RSBX" lint --needs --json "$T/c.py" | jq -e '.files[0].opaque'
}

@test "no colours where nobody looks" {
    echo 'import os; os.system("a")' >"$T/a.py"
    run "$RSBX" lint "$T/a.py"
    [[ "$output" != *$'\033'* ]]
}

# Ends with the wanted finding within 100 ms of CPU (a hundred and a bit: the limit is the kernel's, in ticks).
hostile() {
    local file=$1 want=$2
    run bash -c 'ulimit -t 1; exec timeout 10 "$@"' - "$LINT" --level off "$file"
    echo "$file: $status: ${output:0:200}"
    [ "$status" -eq 0 ]
    [[ "$output" == *"$want"* ]]
}

@test "hostile text ends with a clear finding" {
    printf 'x = 1\0\nimport os\n' >"$T/nul.py"
    hostile "$T/nul.py" "a NUL byte"
    printf 'x = "\xff\xfe"\n' >"$T/utf8.py"
    hostile "$T/utf8.py" "not UTF-8"
    printf '/* \xe2\x80\xae } \xe2\x81\xa6if (a) */ x\n' >"$T/bidi.js"
    hostile "$T/bidi.js" "a bidirectional control"
    truncate -s 100000000 "$T/big.js"
    hostile "$T/big.js" "not analysed: it has 100000000 bytes"
    head -c 100000 /dev/zero | tr '\0' '(' >"$T/deep.py"
    hostile "$T/deep.py" "not analysed: it is nested too deeply"
    { head -c 100000 /dev/zero | tr '\0' '['; head -c 100000 /dev/zero | tr '\0' ']'; } >"$T/deep.js"
    hostile "$T/deep.js" "not analysed: it is nested too deeply"
    printf 'x = %s1\n' "$(printf "'a' + %.0s" $(seq 5000))" >"$T/sum.py"
    hostile "$T/sum.py" "not analysed: it is nested too deeply"
    head -c 100000 /dev/urandom >"$T/noise.py"
    hostile "$T/noise.py" "not analysed: it is not text"
    printf '{ try { } catch { (, e' >"$T/try.js"
    hostile "$T/try.js" "does not parse"
}

@test "what is called may be a function of its own or a watched one" {
    printf 'import os\nf = lambda *x: x\nif input():\n    f = os.chmod\nf("x", 0o4755)\n' >"$T/a.py"
    run "$LINT" --level off "$T/a.py"
    [ "$status" -eq 0 ]
    [[ "$output" == *":5:1: high: os.chmod: "*PY025* ]]
}

# The tree of such code is gone when the function is called.
@test "a function that code in a string defines is not looked for in the code around it" {
    local names
    names=$(printf 'a%d=1;' $(seq 3000))
    printf 'exec("global f\\n%s\\nf = lambda x: x")\nf(2)\n' "$names" >"$T/a.py"
    printf 'eval("%sf = (x) => x;"); f(2);\n' "$names" >"$T/a.js"
    run "$LINT" --level off "$T/a.py" "$T/a.js"
    [ "$status" -eq 0 ]
    [[ "$output" == *PY008* && "$output" == *JS004* ]]
}

hook() {
    jq -n --arg b "$T/bundle" '{ociVersion: "1.0.2", id: "x", status: "created", pid: 1, bundle: $b}' | "$LINT" --hook "$@"
}
make_bundle() {
    mkdir -p "$T/bundle/work"
    cat >"$T/bundle/work/a.$2"
    jq -n --arg l "$1" --arg s "work/a.$2" '{ociVersion: "1.0.2", annotations: {"org.rsbx.snippet.language": $l,
        "org.rsbx.snippet.source": $s, "org.rsbx.snippet.name": "hello"}}' >"$T/bundle/config.json"
}

@test "as a hook: refuses by level, reports into the bundle" {
    echo 'import os; os.system("x")  # rsbx: allow PY001' | make_bundle python py
    run hook
    [ "$status" -eq 1 ]
    [[ "$output" == *"hello:1:15: critical: os.system: runs a command through the shell [PY001]"* ]]
    jq -e '.findings[0].rule == "PY001"' "$T/bundle/lint.json"
    run hook --level off
    [ "$status" -eq 0 ]
    echo 'print(1)' | make_bundle python py
    run hook --level info
    [ "$status" -eq 0 ] && [ -z "$output" ] || false
    jq -e '.findings == []' "$T/bundle/lint.json"
}

@test "as a hook: what it cannot read is an error, what it does not know a finding" {
    run bash -c "echo '{}' | '$LINT' --hook"
    [ "$status" -eq 2 ]
    echo x | make_bundle cobol cob
    run hook
    [ "$status" -eq 0 ]
    run hook --level high
    [ "$status" -eq 1 ]
    echo x | make_bundle python py
    ln -sf /etc/passwd "$T/bundle/work/a.py"
    run hook
    [ "$status" -eq 2 ]
}

@test "as a hook: many findings are reported like few" {
    { echo 'import os'; for i in $(seq 500); do echo "os.system('$i')"; done; } | make_bundle python py
    run hook
    [ "$status" -eq 1 ]
    jq -e '.findings | length == 500' "$T/bundle/lint.json"
}

# What runs in the process after seccomp(2): nothing but computing and writing.
@test "one file or many: system calls are given up before a text is parsed" {
    not_sanitized "their run time makes calls of its own"
    for i in $(seq 200); do echo "import os; os.system('$i')"; done >"$T/a.py"
    cp "$T/a.py" "$T/b.py"
    run strace -f "$LINT" --level off "$T/a.py"
    [ "$status" -eq 0 ] || skip "strace cannot run here"
    [ -z "$(sed -n '/SECCOMP_MODE_FILTER/,$p' <<<"$output" | grep -E '^(open|socket|execve|clone|unlink|read)')" ]
    grep -q 'PR_SET_SECCOMP.*= 0' <<<"$output"
    grep -q 'prlimit64(0, RLIMIT_AS, {rlim_cur=.*, NULL) = 0' <<<"$output"
    run strace -f -e trace=prctl,openat,socket,execve "$LINT" --level off "$T/a.py" "$T/b.py"
    [ "$status" -eq 0 ]
    [ "$(sed -n '/SECCOMP_MODE_FILTER/,$p' <<<"$output" | grep -c 'openat(.*O_RDONLY')" -eq 2 ]
    [ -z "$(sed -n '/SECCOMP_MODE_FILTER/,$p' <<<"$output" | grep -E 'O_WRONLY|O_RDWR|O_CREAT|socket\(|execve\(')" ]
}

@test "who has taken over the parser can write to what is open, and read files only of many" {
    not_sanitized "their run time makes calls of its own"
    local do=$RSBX_BUILD/tests/tools/lint_confined what killed=159 file_too_large=153
    [ -x "$do" ] || make -s -C "$BATS_TEST_DIRNAME/.." B="$RSBX_BUILD" "$do"
    for what in read write truncate socket fork exec memory output remove; do
        : >"$T/x"
        run "$do" free "$what" "$T/x" # the control: it does work
        [ "$status" -eq 0 ] || { echo "free $what: $status"; false; }
    done
    for mode in hook file files; do
        for what in write truncate socket fork exec remove; do
            : >"$T/x"
            run "$do" "$mode" "$what" "$T/x"
            [ "$status" -eq $killed ] || { echo "$mode $what: $status"; false; }
        done
        run "$do" "$mode" output x
        [ "$status" -eq 0 ]
    done
    for mode in hook file; do
        run "$do" "$mode" read x
        [ "$status" -eq $killed ]
        run "$do" "$mode" memory x
        [ "$status" -eq 1 ]
    done
    run "$do" files read x
    [ "$status" -eq 0 ]
    truncate -s 17M "$T/report"
    run bash -c '"$1" hook output x >>"$2"' - "$do" "$T/report"
    [ "$status" -eq $file_too_large ]
}

@test "as a hook: it has given up system calls when it parses" {
    not_sanitized "their run time makes calls of its own"
    echo 'print(1)' | make_bundle python py
    run strace -f -e trace=openat,seccomp,prctl,setitimer bash -c "jq -n --arg b '$T/bundle' '{bundle: \$b}' | '$LINT' --hook"
    [ "$status" -eq 0 ] || skip "strace cannot run here"
    # nothing is opened between the filter and the end
    ! sed -n '/PR_SET_SECCOMP/,$p' <<<"$output" | grep -q 'openat(' || false
    grep -q PR_SET_SECCOMP <<<"$output"
}
