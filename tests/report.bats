# rsbx report.
load lib/common
setup() { rsbx_setup; }
teardown() { rsbx_teardown; }

kept() { # runs busybox under the supervisor with a cache of the test's own
    need_root
    bundle '.annotations = {"org.rsbx.snippet.language": "sh", "org.rsbx.snippet.name": "<x>.sh",
        "org.rsbx.limit.memory-bytes": "50000000", "org.rsbx.limit.wall-ms": "20000"}'
    sh_args "$1"
    run "$RSBX" --root "$ROOT" --cache "$T/cache" run -b "$B"
}
report() { "$RSBX" --root "$ROOT" --cache "$T/cache" report "$@"; }

@test "report: a table of the last run; without runs an error" {
    run --separate-stderr report
    [ "$status" -eq 1 ]
    [[ $stderr == *"no run is kept"* ]]
    kept 'sleep 0.2; exit 3'
    run report
    [[ $output == *"error"* ]]
    [[ $output == *"exit code 3"* ]]
    [ "$(report --list | wc -l)" -eq 1 ]
    [ "$(report "$(report --list)" --json | jq -r .exit_code)" = 3 ]
}

@test "report --html: one page, nothing from outside, the program's text escaped" {
    kept 'echo "<script>alert(1)</script>"; sleep 0.3'
    report --html "$T/r.html"
    grep -q '&lt;script&gt;alert(1)' "$T/r.html"
    ! grep -qi '<script' "$T/r.html" || false
    ! grep -qiE '(src|href)=' "$T/r.html" || false
    grep -q '&lt;x&gt;.sh' "$T/r.html"
    [ "$(grep -o 'role="img"' "$T/r.html" | wc -l)" -ge 3 ]
    grep -q "<summary>Samples as a table</summary>" "$T/r.html"
    [ "$(wc -c <"$T/r.html")" -lt 300000 ]
    if command -v xmllint >/dev/null; then xmllint --html --noout "$T/r.html" 2>"$T/lint" || :; fi
}

@test "report: what a hostile program prints, is called, and has in its source stays text" {
    need_root
    local name="$T/"$'<b>"x&\e[31m.py'
    cat >"$name" <<'PY'
import os, sys
print('</script><svg onload=alert(1)>"\'><img src=x onerror=alert(2)>')
print('\x1b[31mred\x1b]0;title\x07 \x9b1;1H \u202eleft', flush=True)
sys.stderr.write('</pre></article><script>alert(3)</script>\n')
try: os.chroot("</code><script>alert(4)</script>")
except Exception: pass
PY
    rsbx --cache "$T/cache" run --lint critical --report "$T/r.html" "$name" >/dev/null 2>&1
    python3 - "$T/r.html" <<'PY'
import html.parser, sys
text = open(sys.argv[1], encoding="utf-8").read()
tags, seen = set(), []
class P(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        tags.add(tag)
        for k, v in attributes:
            assert not k.startswith("on") and k not in ("src", "href", "style", "xlink:href"), (tag, k)
    def handle_data(self, data): seen.append(data)
P().feed(text)
allowed = set("html head meta title style body main article h1 h2 p table tr th td div svg line text polygon polyline "
              "circle details summary pre code br".split())
assert tags <= allowed, tags - allowed
seen = "".join(seen)
for payload in ("</script><svg onload=alert(1)>\"'><img src=x onerror=alert(2)>", "</article><script>alert(3)</script>",
                'os.chroot("</code><script>alert(4)</script>")', "chroot (1)", "<b>\"x&"):
    assert payload in seen, payload
bad = [hex(ord(c)) for c in text if (ord(c) < 32 and c not in "\n\t") or 0x7f <= ord(c) < 0xa0 or 0x2028 <= ord(c) <= 0x202e]
assert not bad, bad
PY
    report >"$T/text" # and on the terminal
    grep -qF '<b>"x&?[31m.py' "$T/text"
    ! grep -q $'\e' "$T/text" || false
}

@test "report: a page of 600 samples is below 300 KB" {
    kept 'sleep 0.2'
    local f
    f=$(ls "$T"/cache/runs/*.json)
    jq -c '.samples = [range(600) | [. * 1000.1, 50000000 + (. * 7919 % 97) * 1234567, . * 573.3, 3 + . % 5,
        . * 1234567, . * 7654321]] | .usage.wall_ms = 600000' "$f" >"$T/long.json"
    report "$T/long.json" --html "$T/r.html"
    [ "$(wc -c <"$T/r.html")" -lt 300000 ]
    [ "$(grep -o '<svg' "$T/r.html" | wc -l)" -eq 5 ]
}

@test "report of a container that is there still; lint's refusal is told as one" {
    need_root
    bundle; sh_args 'exec sleep 60'
    rsbx run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&-
    run report "$ID"
    [[ $output == *"running"*"runs still"* ]]
    report "$ID" --html "$T/r.html"
    grep -q "<h1>$ID</h1>" "$T/r.html"
    rsbx delete --force "$ID"
    run --separate-stderr report "$ID"
    [ "$status" -eq 1 ]
    [[ $stderr == *'no run "'"$ID"'" is kept'* ]]
    echo 'import ctypes' >"$T/c.py"
    run "$RSBX" --root "$ROOT" --cache "$T/cache" run "$T/c.py"
    [ "$status" -eq 126 ]
    run report
    [[ $output == *"refused by lint"*"did not run"* ]]
    [[ $output =~ "Wall clock "\ +- ]]
}

@test "run --report FILE.html in one go; --svg is well-formed; --csv has the samples" {
    need_root
    bundle '.annotations = {"org.rsbx.snippet.language": "sh"}'
    sh_args 'sleep 0.3'
    rsbx run -b "$B" --report "$T/r.html"
    grep -q '<!doctype html>' "$T/r.html"
    kept 'sleep 0.3'
    report --svg "$T/r.svg"
    python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$T/r.svg"
    report --csv "$T/r.csv"
    [ "$(head -n 1 "$T/r.csv")" = time_ms,memory_bytes,cpu_ms,pids,read_bytes,written_bytes ]
    [ "$(wc -l <"$T/r.csv")" -ge 3 ]
}

@test "report A B lays two runs side by side" {
    kept 'exit 0'
    kept 'exit 9'
    run report last-1 last
    [[ $output == *"exit code 0"*"exit code 9"* ]]
    report last-1 last --html "$T/r.html"
    [ "$(grep -o '<article>' "$T/r.html" | wc -l)" -eq 2 ]
    # and on the same axes: twice the memory and half the time
    local f
    f=$(ls "$T"/cache/runs/*.json | head -n 1)
    jq '.samples = [[0, 1000000, 0, 1, 0, 0], [20000, 10000000, 9000, 1, 0, 0]] | .usage.memory.peak = 10000000' "$f" >"$T/a.json"
    jq '.samples = [[0, 1000000, 0, 1, 0, 0], [10000, 20000000, 9000, 1, 0, 0]] | .usage.memory.peak = 20000000' "$f" >"$T/b.json"
    report "$T/a.json" "$T/b.json" --html "$T/r.html"
    python3 - "$T/r.html" <<'PY'
import re, sys
axes = {}
for chart in re.findall(r"<svg.*?</svg>", open(sys.argv[1]).read()):
    title, *words = re.findall(r"<text[^>]*>([^<]*)</text>", chart)
    axes.setdefault(title, []).append([w for w in words if not w.startswith(("peak", "average", "limit"))])
assert axes["Memory, MiB"][0] == ["0", "25", "50", "0 s", "5 s", "10 s", "15 s", "20 s"], axes
assert all(len(a) == 2 and a[0] == a[1] for a in axes.values()), axes
PY
}

@test "report: many findings are counted, the worst are shown first, the others folded away" {
    kept 'sleep 0.2'
    local f
    f=$(ls "$T"/cache/runs/*.json)
    jq -c '.lint = [range(40) | {line: (. + 1), column: 1, severity: (if . == 37 then "critical" else "low" end),
        rule: "PY001", message: "m", source: ("s\(.)" + ("x" * 300))}]' "$f" >"$T/many.json"
    report "$T/many.json" --html "$T/r.html"
    python3 - "$T/r.html" <<'PY'
import re, sys
text = open(sys.argv[1]).read()
assert "<p>40 findings: 1 critical, 39 low</p>" in text
assert "<summary>30 more</summary>" in text
assert re.findall(r"<tr><td>(\d+):1</td>", text)[:3] == ["38", "1", "2"], re.findall(r"<tr><td>(\d+):1</td>", text)
assert text.count("<h1>") == 1 and "height=\"auto\"" not in text
PY
    report "$T/many.json" "$f" --html "$T/r.html" # one heading of the page, and a column for each run
    [ "$(grep -o '<h1>' "$T/r.html" | wc -l)" -eq 1 ]
    [ "$(grep -o '<article><h2>' "$T/r.html" | wc -l)" -eq 2 ]
    grep -q '<th scope="row">Wall clock</th><td>[^<]* s</td><td>[^<]* s</td></tr>' "$T/r.html"
}

@test "report: of much output the beginning and the end, whole characters" {
    kept 'i=0; while [ $i -lt 9000 ]; do echo "line $i é<"; i=$((i + 1)); done'
    report --html "$T/r.html"
    # nothing but the last lines is kept without --json and --report
    grep -q 'of which this is the end' "$T/r.html"
    rsbx --cache "$T/cache" run -b "$B" --report "$T/r.html" >/dev/null
    grep -q '^line 8999 é&lt;$' "$T/r.html"
    grep -q 'line 0 é&lt;$' "$T/r.html"
    ! grep -q '^line 4500 ' "$T/r.html" || false
    grep -qE '<p>[0-9]+ bytes are left out here' "$T/r.html"
    iconv -f utf-8 -t utf-16 "$T/r.html" >"$T/utf-16"
    [ "$(wc -c <"$T/r.html")" -lt 100000 ]
}

@test "no more than 20 runs are kept" {
    kept true
    name=$(ls "$T/cache/runs")
    for i in $(seq -w 1 30); do cp "$T/cache/runs/$name" "$T/cache/runs/000000000000000000$i-old$i.json"; done
    kept true
    [ "$(report --list | wc -l)" -eq 20 ]
    report --list | grep -q 'old30'
    ! report --list | grep -q 'old01' || false
    # also after one that did not get as far as to run
    for i in $(seq -w 1 30); do cp "$T/cache/runs/$name" "$T/cache/runs/000000000000000000$i-old$i.json"; done
    args no-such-program
    run -127 "$RSBX" --root "$ROOT" --cache "$T/cache" run -b "$B"
    [ "$(report --list | wc -l)" -eq 20 ]
}

# staircase STEPS MIB MS under the supervisor: its average by rsbx and by its own clock, within 5 %. Where others hold the
# CPUs the sampler comes late: then within what its own gaps (the samples tell them) can hide, and 2 %.
staircase() {
    bundle '.annotations = {"org.rsbx.snippet.language": "c"}'
    cp "$RSBX_BUILD/tests/lib/staircase" "$B/rootfs/staircase"
    args /staircase "$@"
    rsbx run --report "$T/s.json" -b "$B"
    jq -e '.verdict == "ok" and .usage.memory.average_looks >= 10' "$T/s.json"
    jq -r '(.samples[] | [.[0], .[1]]), [.usage.wall_ms, .usage.memory.average, .usage.memory.peak],
        (.stdout.data | split(" ") | map(tonumber)) | @tsv' "$T/s.json" |
        awk -v n="$(jq '.samples | length' "$T/s.json")" -v top=$(($1 * $2 << 20)) '
            function size(x) {return x < 0 ? -x : x}
            NR == 1 {hidden = $1 * $2}
            NR > 1 && NR <= n {hidden += size($2 - memory) * ($1 - time) / 2; gap = $1 - time}
            NR <= n {time = $1; memory = $2}
            NR == n + 1 {wall = $1; average = $2; peak = $3; hidden += (peak - memory) * gap}
            NR == n + 2 {want = $1 + peak - top
                hidden = (hidden + (wall - $2) * (peak > 2 * want ? peak - want : want)) / wall / want
                bound = hidden + 0.02 > 0.05 ? hidden + 0.02 : 0.05; d = (average - want) / want
                printf "# average %d, by its own clock %d: %.2f %%; gaps hide %.2f %%\n", average, want, d * 100, hidden * 100
                exit !(size(d) < bound)}'
}

@test "the average of memory is that of a known staircase, within 5 %: two seconds and half a one" {
    need_root
    staircase 4 16 500
    staircase 5 16 120
}
