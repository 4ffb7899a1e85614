/* Go: the compiler, the linker and the standard library. */
#include "rootfs-tools/language.h"

static const char query[] =
    "root=$(\"$1\" env GOROOT) || exit 1\n"
    "echo \"program $(readlink -f \"$root/bin/go\") /opt/go/bin/go\"\n"
    "echo \"version $(\"$1\" env GOVERSION | sed 's/^go//')\"\n"
    "for part in src pkg; do echo \"tree $root/$part /opt/go/$part\"; done\n"
    "for f in VERSION go.env; do [ -f \"$root/$f\" ] && echo \"file $root/$f /opt/go/$f\"; done\n"
    "true\n";

const struct language language_go = {
    .name = "go",
    .title = "Go",
    .aliases = WORDS("golang"),
    .extensions = WORDS("go"),
    .programs = WORDS("/usr/bin/go", "/usr/local/go/bin/go", "go"),
    .query = WORDS("/bin/sh", "-c", query, "sh", "%p"),
    .version = WORDS("%p", "version"),
    .package = "golang-go",
    .skip = WORDS("*_test.go", "*/testdata", "testdata", "cmd", "tool/*/pprof", "tool/*/trace",
                  "tool/*/cover", "tool/*/vet", "tool/*/doc", "tool/*/fix", "tool/*/api", "tool/*/test2json",
                  "tool/*/dist", "*_race", "*_dynlink", "*_shared"),
    .env = WORDS("GOROOT=/opt/go", "GOCACHE=/tmp/go-cache", "GOPATH=/tmp/go", "GO111MODULE=off",
                 "CGO_ENABLED=0", "GOTOOLCHAIN=local", "GOFLAGS=-p=2"),
    .compile = WORDS("%p", "build", "-buildmode=exe", "-o", "%d/main", "%F"),
    .syscalls = WORDS("@system"),
    .run = WORDS("%d/main"),
    .compile_limits = {.wall_ms = 60000, .cpu_ms = 120000, .disk = 512ULL << 20},
    .lint = "go",
    .needs = WORDS("threads"),
};
