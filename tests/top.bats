# rsbx top: the table, and what a terminal shows of it (tmux).
load lib/common
setup() { rsbx_setup; need_root; }
teardown() {
    [ ! -S "$T/tmux" ] || tmux -S "$T/tmux" kill-server || :
    rsbx_teardown
}

top() { "$RSBX" --root "$ROOT" --cache "$T/cache" top "$@"; }
container() { # ID SCRIPT: detached
    sh_args "$2"
    config '.linux.cgroupsPath = "/rsbx-tests/'"$1"'"'
    rsbx run -d -b "$B" "$1" </dev/null >/dev/null 2>&1 3>&-
}
snippet() { # NAME SCRIPT: under the supervisor, in the background
    bundle '.annotations = {"org.rsbx.snippet.language": "sh", "org.rsbx.limit.wall-ms": "30000"}' \
        '.linux.resources.memory = {"limit": 32000000}'
    jq --arg n "$1" '.annotations["org.rsbx.snippet.name"] = $n' "$B/config.json" >"$B/new"
    mv "$B/new" "$B/config.json"
    sh_args "$2"
    "$RSBX" --root "$ROOT" --cache "$T/cache" run -b "$B" </dev/null >/dev/null 2>&1 3>&- &
}
running() { [ "$(rsbx list --format json | jq '[.[]? | select(.status == "running")] | length')" -eq "$1" ]; }

terminal() { # COLUMNS LINES [VAR=VALUE...]: a shell in a terminal of its own
    local w=$1 h=$2
    shift 2
    command -v tmux >/dev/null || skip "no tmux"
    tmux -S "$T/tmux" -f /dev/null new-session -d -x "$w" -y "$h" env -u NO_COLOR "$@" PS1='$ ' sh 3>&-
    wait_for 20 shows '^\$' # before its prompt a shell may throw away what was typed
    keys 'echo before' Enter
    wait_for 20 shows '^before$'
}
# Until its server has ended: it removes its socket last, which would be the next one's.
end_terminal() {
    local server
    server=$(tmux -S "$T/tmux" display -p '#{pid}')
    tmux -S "$T/tmux" kill-server
    wait_for 20 gone "$server"
    rm -f "$T/tmux"
}
keys() { tmux -S "$T/tmux" send-keys "$@"; }
screen() { tmux -S "$T/tmux" capture-pane -p "$@"; }
shows() { screen | grep -qE -- "$1"; }
shows_not() { ! shows "$1"; }
start_top() {
    keys "$RSBX --root $ROOT --cache $T/cache top $*" Enter
    wait_for 20 shows '^rsbx top: '
}
# The shell's own screen is back, echoing and with a cursor.
terminal_restored() {
    wait_for 20 shows_not '^rsbx top: '
    shows '^before$'
    [ "$(tmux -S "$T/tmux" display -p '#{alternate_on} #{cursor_flag}')" = "0 1" ]
    keys 'stty -a' Enter
    wait_for 20 shows ' icanon'
    shows ' echo '
}

@test "top -b: a row for each container, sorted and filtered, as often as -n says" {
    bundle
    container "$ID-a" 'exec sleep 60'
    container "$ID-b" 'while :; do :; done'
    run top -b -n 2 -d 200ms
    [ "$status" -eq 0 ]
    [ "$(grep -c '^rsbx top: 2 containers, 0 ended' <<<"$output")" -eq 2 ]
    [ "$(grep -cE "^$ID-a .* running +[0-9]+\.[0-9] +[0-9.]+[BKM] " <<<"$output")" -eq 2 ]
    [ "$(grep "^$ID" <<<"$output" | head -n 1 | cut -d ' ' -f 1)" = "$ID-b" ]
    run top -n 1 --sort name --filter "${ID^^}-A"
    [[ $output == *"1 of 2 match"* ]]
    [[ $output == *"$ID-a "* ]]
    [[ $output != *"$ID-b"* ]]
    ! grep -q $'\e' <<<"$output" || false
}

@test "top: wrong options are one line and exit code 1" {
    for o in "--sort size" "-d 1ms" "-n x" "extra"; do
        run --separate-stderr top $o
        [ "$status" -eq 1 ]
        [ "${#stderr_lines[@]}" -eq 1 ]
        [ -z "$output" ]
    done
}

@test "top -b: what has ended stays, with its verdict" {
    "$RSBX" --root "$ROOT" --cache "$T/cache" top -b -d 200ms >"$T/top" 3>&- &
    local top=$!
    wait_for 20 grep -q 'top: 0 containers' "$T/top"
    snippet big.sh 'sleep 0.3; dd if=/dev/zero of=/dev/null bs=40M'
    wait_for 40 grep -qE '^run-.* big.sh +ended .* memory: stopped: memory limit of 30.5 MiB reached' "$T/top"
    kill -INT $top
    local code=0
    wait $top || code=$?
    [ $code -eq 130 ]
    wait
}

@test "top: a name with escape sequences, line feeds and wide characters does neither harm nor shift a column" {
    snippet $'e\e[2J\e]0;x\a\n\x9b1;1Hü日\u202e.sh' 'sleep 60'
    wait_for 20 running 1
    run top -b -n 1
    [[ $output == *"e?[2J?]0;x???1;1Hü?? running"* ]]
    ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' <<<"$output" || false
    rsbx kill "$(rsbx list -q)" KILL
    wait
}

@test "top on a terminal: keys sort, filter and hide; a resize is followed; q gives the terminal back" {
    bundle
    container "$ID-a" 'exec sleep 60'
    container "$ID-b" 'exec sleep 60'
    terminal 150 20
    start_top -d 200ms
    wait_for 20 shows "^$ID-a .* running .*\[[-# ]+\]"
    shows 'WALL'
    shows '^q quit'
    keys m
    wait_for 20 shows 'by memory'
    keys r
    wait_for 20 shows 'by memory, reversed'
    keys / -b
    wait_for 20 shows 'show only those with: -b_'
    wait_for 20 shows_not "^$ID-a"
    keys Enter
    wait_for 20 shows '^q quit'
    shows "^$ID-b"
    keys Escape
    wait_for 20 shows "^$ID-a"
    # narrower: columns go, nothing wraps
    tmux -S "$T/tmux" resize-window -x 60 -y 8
    wait_for 20 shows_not 'AVG'
    shows "^$ID-a"
    shows 'MEM'
    [ "$(screen | grep -c "^$ID")" -eq 2 ]
    rsbx kill "$ID-a" KILL
    rsbx delete --force "$ID-a"
    wait_for 20 shows '1 container, 1 ended'
    keys e
    wait_for 20 shows_not "^$ID-a"
    keys q
    terminal_restored
}

@test "top gives the terminal back after Ctrl-C, a signal, a stop, and a crash of its own" {
    terminal 100 20
    start_top
    keys C-c
    terminal_restored
    for s in TERM SEGV; do
        keys 'clear; echo before' Enter
        start_top
        kill -$s "$(pgrep -P "$(tmux -S "$T/tmux" display -p '#{pane_pid}')")"
        terminal_restored
    done
    keys 'clear; set -m; echo before' Enter
    start_top
    keys C-z
    terminal_restored
    keys 'clear; fg' Enter
    wait_for 20 shows '^rsbx top: '
    keys q
    wait_for 20 shows_not '^rsbx top: '
}

@test "top: colours on a terminal, none with NO_COLOR" {
    terminal 120 10
    start_top
    screen -e | grep -q $'\e\[7m'
    keys q
    end_terminal
    terminal 120 10 NO_COLOR=1
    start_top
    wait_for 20 shows '^ID'
    ! screen -e | grep -q $'\e\[' || false
    keys q
}

@test "top: a terminal that goes away ends it, also in the middle of a filter" {
    bundle
    for typed in '' /abc; do
        terminal 80 12
        keys "trap '' HUP" Enter # else that signal would end it before the end of its input does
        start_top -d 30s
        local pid
        pid=$(pgrep -f -- "--root $ROOT --cache $T/cache top")
        [ -z "$typed" ] || keys "$typed"
        [ -z "$typed" ] || wait_for 20 shows abc
        end_terminal
        wait_for 20 gone "$pid"
    done
}
