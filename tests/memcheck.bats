# The decoder and encoder of documents under valgrind: no byte read that was not written, none lost.
load lib/common

setup() {
    not_sanitized "valgrind has an allocator of its own"
    command -v valgrind >/dev/null || skip "no valgrind here"
    T=$(mktemp -d /tmp/rsbx-test.XXXXXX)
}
teardown() { rm -rf "${T:-}"; }

# memcheck PROGRAM...: exit code 99 and what it found in $T/log if it found something.
memcheck() {
    (cd "$PROJECT_DIR" && exec valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect,possible \
        --errors-for-leak-kinds=definite,indirect,possible --log-file="$T/log" "$@") || { cat "$T/log"; return 1; }
}

@test "memcheck finds nothing in the decoder and encoder of documents" {
    local name
    for name in spec_decode spec_errors spec_roundtrip json; do
        [ -x "$RSBX_BUILD/memcheck/$name" ] || { echo "make memcheck"; return 1; }
        memcheck "$RSBX_BUILD/memcheck/$name" >"$T/out"
        grep -q '^ok 1 ' "$T/out"
    done
}
