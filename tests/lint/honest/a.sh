echo hi > x; cat x | tr a-z A-Z; for i in 1 2; do echo $((i*2)); done; seq 3 | sort -r | head -1 > "$TMPDIR/y"
