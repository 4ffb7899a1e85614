# Each language of the catalogue: hello, standard input, arguments, limits, a small real program, a refused call.
# What the host has no interpreter for is skipped by name.
load lib/common

setup_file() {
    languages_available name
}

setup() {
    rsbx_setup
    export XDG_RUNTIME_DIR=$T
    cd "$T"
}
teardown() { cd /; rsbx_teardown; }

sandbox() { timeout 170 "$RSBX" --root "$ROOT" --cache "$CACHE" run --lint off "$@"; }
need_language() { grep -qx "$1" <<<"$AVAILABLE" || skip "no $1 on this host"; }

# checks LANGUAGE FILE: FILE prints hello, its arguments, and its standard input in upper case; its profile refuses nothing
# of that; and the bundle says the same under runc.
checks() {
    local want=$'hello\none\ntwo words\nSOME INPUT'
    need_language "$1"
    "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --lint off --timeout 100 --bundle b "$2" -- one "two words"
    run -0 --separate-stderr timeout 170 "$RSBX" --root "$ROOT" --cache "$CACHE" run -b b --report r.json <<<"some input"
    [ "$output" = "$want" ] || { echo "$output"; echo "$stderr"; return 1; }
    jq -e '.refused == []' r.json || { jq .refused r.json; return 1; }
    [ "$(id -u)" -eq 0 ] && command -v runc >/dev/null || return 0
    run -0 --separate-stderr runc --root "$T/runc" run -b b "$ID" <<<"some input"
    [ "$output" = "$want" ] || { echo "runc: $output"; echo "$stderr"; return 1; }
}

# verdict OPTIONS...: the verdict of a run.
verdict() {
    sandbox --report "$T/report.json" "$@" >"$T/out" 2>"$T/err" </dev/null || :
    jq -r .verdict "$T/report.json"
}

# stopped LANGUAGE SPIN SLEEP: files that spin and sleep for ever.
stopped() {
    local got
    got=$(verdict --cpu-limit 1 --timeout 60 "$1")
    [[ $got == cpu* ]] || { echo "spin: $got"; cat "$T/report.json" "$T/err"; return 1; }
    got=$(verdict --timeout 1 "$2")
    [[ $got == *wall* || $got == *time* ]] || { echo "sleep: $got"; cat "$T/report.json"; return 1; }
}

@test "examples: every hello says hello" {
    local file language n=0
    for file in "$PROJECT_DIR"/examples/[hH]ello.*; do
        language=$("$RSBX" --cache "$CACHE" languages --json |
            jq -r --arg e "${file##*.}" '.[] | select(.extensions | index($e)).name')
        [ -n "$language" ]
        grep -qx "$language" <<<"$AVAILABLE" || continue
        run -0 --separate-stderr sandbox "$file"
        [[ $output == "Hello from "* ]] || { echo "$file: $output $stderr"; return 1; }
        n=$((n + 1))
    done
    [ $n -ge 3 ]
}

@test "languages lists each with what it needs; --json is JSON" {
    run -0 "$RSBX" --cache "$CACHE" languages
    [[ $output == *python* && $output == *java* ]]
    [ "$("$RSBX" --cache "$CACHE" languages --json | jq length)" -eq $((${#lines[@]} - 1)) ]
    [ "$("$RSBX" --cache "$CACHE" languages --json | jq '[.[] | select(.available | not) | .install | startswith("sudo apt-get install") or startswith("apt-get install")] | all')" = true ]
}

@test "python" {
    cat >a.py <<-'E'
	import sys
	print("hello")
	for a in sys.argv[1:]: print(a)
	print(sys.stdin.read().strip().upper())
	E
    checks python a.py
    echo 'while True: pass' >spin.py
    echo 'import time; time.sleep(99)' >sleep.py
    stopped spin.py sleep.py
}

@test "javascript, its worker threads too" {
    cat >a.js <<-'E'
	const {Worker} = require('worker_threads');
	console.log("hello");
	process.argv.slice(2).forEach(a => console.log(a));
	const w = new Worker("require('worker_threads').parentPort.postMessage(6 * 7)", {eval: true});
	w.on('message', m => { if (m === 42) console.log(require('fs').readFileSync(0, 'utf8').trim().toUpperCase()); });
	E
    checks javascript a.js
    echo 'for (;;);' >spin.js
    echo 'setTimeout(() => {}, 99999)' >sleep.js
    stopped spin.js sleep.js
    echo 'export const x = 1; console.log(await Promise.resolve("module"))' >m.mjs
    run -0 --separate-stderr sandbox m.mjs
    [ "$output" = module ]
}

@test "typescript" {
    cat >a.ts <<-'E'
	import * as fs from "fs";
	interface Greeting { text: string }
	const g: Greeting = {text: "hello"};
	console.log(g.text);
	process.argv.slice(2).forEach((a: string) => console.log(a));
	console.log(fs.readFileSync(0, "utf8").trim().toUpperCase());
	E
    checks typescript a.ts
}

@test "bash and its commands" {
    cat >a.sh <<-'E'
	echo hello
	for a in "$@"; do echo "$a"; done
	tr a-z A-Z | sed 's/ *$//' | cat
	E
    checks bash a.sh
    echo 'while :; do :; done' >spin.sh
    echo 'sleep 99' >sleep.sh
    stopped spin.sh sleep.sh
    printf 'f=$(mktemp); echo 3 > $f; sort -n <(echo 10; cat $f) | head -1; awk "BEGIN { print 6 * 7 }"' >b.sh
    run -0 --separate-stderr sandbox b.sh
    [ "$output" = "$(printf '3\n42')" ]
}

@test "ruby" {
    cat >a.rb <<-'E'
	require 'json'
	require 'set'
	puts JSON.parse('["hello"]').to_set.first
	puts ARGV
	puts $stdin.read.strip.upcase
	E
    checks ruby a.rb
    # it finds itself under the name that it was installed by
    echo 'print IO.popen([RbConfig.ruby, "-e", "print 6 * 7"], &:read)' >self.rb
    run -0 --separate-stderr sandbox self.rb
    [ "$output" = 42 ]
    echo 'loop {}' >spin.rb
    echo 'sleep' >sleep.rb
    stopped spin.rb sleep.rb
}

@test "perl" {
    cat >a.pl <<-'E'
	use strict; use warnings; use List::Util 'first'; use POSIX 'floor'; use Data::Dumper; use Encode; use JSON::PP;
	print first { 1 } "hello", "x"; print "\n";
	print "$_\n" for @ARGV;
	print uc <STDIN>;
	E
    checks perl a.pl
    echo '1 while 1' >spin.pl
    echo 'sleep' >sleep.pl
    stopped spin.pl sleep.pl
}

@test "php" {
    cat >a.php <<-'E'
	<?php
	echo json_decode('"hello"'), "\n";
	foreach (array_slice($argv, 1) as $a) echo $a, "\n";
	echo strtoupper(trim(stream_get_contents(STDIN)));
	E
    checks php a.php
    echo '<?php for (;;);' >spin.php
    echo '<?php sleep(99);' >sleep.php
    stopped spin.php sleep.php
}

@test "php: time zones, character sets, keys" {
    need_language php
    cat >a.php <<-'E'
	<?php
	foreach (['Europe/Berlin', 'America/New_York', 'Asia/Kolkata'] as $zone)
	    echo (new DateTime('2024-07-01 12:00', new DateTimeZone($zone)))->format('c T'), "\n";
	echo bin2hex(iconv('UTF-8', 'EUC-JP', "あ")), "\n";
	echo get_class(openssl_pkey_new()), "\n";
	E
    run -0 --separate-stderr php a.php
    local want=$output
    [[ $want == *CEST* ]] || skip "the host's PHP has no time zones"
    run -0 --separate-stderr sandbox a.php
    [ "$output" = "$want" ]
}

@test "php: owners and ids to no effect" {
    need_language php
    cat >a.php <<-'E'
	<?php
	$session = session_start();
	touch("/tmp/f");
	var_dump(chown("/tmp/f", posix_getuid()), chgrp("/tmp/f", posix_getgid()), posix_setuid(posix_getuid()), posix_setgid(posix_getgid()));
	var_dump(@chown("/tmp/f", 0), posix_setuid(0), $session);
	E
    run -0 --separate-stderr sandbox --report r.json a.php
    [ "$(tr '\n' ' ' <<<"$output")" = "bool(true) bool(true) bool(true) bool(true) bool(false) bool(false) bool(true) " ]
    jq -e '.refused == []' r.json
}

@test "lua" {
    cat >a.lua <<-'E'
	print("hello")
	for _, a in ipairs(arg) do print(a) end
	print((io.read("a"):gsub("%s+$", ""):upper()))
	E
    checks lua a.lua
    echo 'while true do end' >spin.lua
    got=$(verdict --cpu-limit 1 --timeout 60 spin.lua)
    [[ $got == cpu* ]]
}

@test "c" {
    cat >a.c <<-'E'
	#include <ctype.h>
	#include <math.h>
	#include <pthread.h>
	#include <stdio.h>
	static void *run(void *p) { puts(sqrt(4.0) == 2.0 ? "hello" : "?"); return p; }
	int main(int argc, char **argv)
	{
	    pthread_t t;
	    pthread_create(&t, NULL, run, NULL);
	    pthread_join(t, NULL);
	    for (int i = 1; i < argc; i++) puts(argv[i]);
	    for (int c; (c = getchar()) != EOF;) putchar(toupper(c));
	}
	E
    checks c a.c
    echo 'int main(void) { for (volatile int x;; x++); }' >spin.c
    printf '#include <unistd.h>\nint main(void) { pause(); }' >sleep.c
    stopped spin.c sleep.c
}

@test "a program that does not compile: its errors on stderr, exit code not 0, nothing is run" {
    need_language c
    echo 'int main(void) { return undeclared; }' >bad.c
    run --separate-stderr sandbox bad.c
    [ "$status" -ne 0 ] && [ -z "$output" ] || false
    [[ $stderr == *undeclared* ]]
}

@test "the compiler runs in the sandbox too: no file of the host comes in" {
    need_language c
    echo secret-of-the-host >"$T/secret"
    printf '#include "%s"\nint main(void) {}\n' "$T/secret" >inc.c
    printf 'int main(void) { }\n__asm__(".incbin \\"%s\\"");\n' /etc/shadow >incbin.c
    for file in inc.c incbin.c; do
        run --separate-stderr sandbox "$file"
        [ "$status" -ne 0 ]
        [[ $stderr == *[Nn]"o such file"* || $stderr == *"file not found"* ]]
        [[ $stderr != *secret-of* ]]
    done
    # the control: outside of it the compiler reads both
    run gcc -fsyntax-only inc.c
    [[ $output == *secret* ]]
}

@test "c: System V IPC, character sets" {
    cat >a.c <<-'E'
	#include <iconv.h>
	#include <stdio.h>
	#include <string.h>
	#include <sys/msg.h>
	#include <sys/sem.h>
	#include <sys/shm.h>
	#include <sys/wait.h>
	#include <unistd.h>
	int main(void)
	{
	    int shm = shmget(IPC_PRIVATE, 4096, 0600), sem = semget(IPC_PRIVATE, 1, 0600), q = msgget(IPC_PRIVATE, 0600);
	    char *p = shmat(shm, NULL, 0);
	    struct { long type; char text[4]; } m = {1, "msg"}, got = {0};
	    if (fork() == 0) {
	        strcpy(p, "shared");
	        msgsnd(q, &m, 4, 0);
	        semop(sem, &(struct sembuf){0, 1, 0}, 1);
	        _exit(0);
	    }
	    semop(sem, &(struct sembuf){0, -1, 0}, 1);
	    msgrcv(q, &got, 4, 0, 0);
	    printf("%s %s\n", p, got.text);
	    shmctl(shm, IPC_RMID, NULL);
	    semctl(sem, 0, IPC_RMID);
	    msgctl(q, IPC_RMID, NULL);
	    char in[] = "\303\244", out[8], *from = in, *to = out;
	    size_t n = 2, room = 8;
	    iconv(iconv_open("UTF-16LE", "UTF-8"), &from, &n, &to, &room);
	    printf("%d %x\n", (int)(8 - room), (unsigned char)out[0]);
	    return wait(NULL) < 0;
	}
	E
    need_language c
    run -0 --separate-stderr sandbox a.c
    [ "$output" = $'shared msg\n2 e4' ]
}

@test "c++" {
    cat >a.cpp <<-'E'
	#include <algorithm>
	#include <iostream>
	#include <string>
	#include <thread>
	int main(int argc, char **argv)
	{
	    std::thread([] { std::cout << "hello\n"; }).join();
	    for (int i = 1; i < argc; i++) std::cout << argv[i] << "\n";
	    std::string s;
	    std::getline(std::cin, s);
	    std::transform(s.begin(), s.end(), s.begin(), ::toupper);
	    std::cout << s << "\n";
	    try { throw std::string("x"); } catch (std::string &) { }
	}
	E
    checks cpp a.cpp
}

@test "rust" {
    cat >a.rs <<-'E'
	use std::io::Read;
	fn main() {
	    std::thread::spawn(|| println!("hello")).join().unwrap();
	    for a in std::env::args().skip(1) { println!("{a}"); }
	    let mut s = String::new();
	    std::io::stdin().read_to_string(&mut s).unwrap();
	    println!("{}", s.trim().to_uppercase());
	}
	E
    checks rust a.rs
}

@test "go" {
    cat >a.go <<-'E'
	package main
	import ("fmt"; "io"; "os"; "strings")
	func main() {
		c := make(chan string)
		go func() { c <- "hello" }()
		fmt.Println(<-c)
		for _, a := range os.Args[1:] { fmt.Println(a) }
		b, _ := io.ReadAll(os.Stdin)
		fmt.Println(strings.ToUpper(strings.TrimSpace(string(b))))
	}
	E
    checks go a.go
    # io.Copy to a TCP connection is splice(2) where that works
    cat >s.go <<-'E'
	package main
	import ("fmt"; "io"; "net"; "os")
	func pair(network, name string) (net.Conn, net.Conn) {
		l, e := net.Listen(network, name)
		if e != nil { panic(e) }
		a, e := net.Dial(network, l.Addr().String())
		if e != nil { panic(e) }
		b, _ := l.Accept()
		return a, b
	}
	func main() {
		a, b := pair("unix", "/tmp/s")
		c, d := pair("tcp", "127.0.0.1:0")
		fmt.Fprint(a, "through two sockets\n")
		a.Close()
		if _, e := io.Copy(c, b); e != nil { panic(e) }
		c.Close()
		io.Copy(os.Stdout, d)
	}
	E
    run -0 --separate-stderr sandbox --network s.go
    [ "$output" = "through two sockets" ]
}

@test "java" {
    cat >Shout.java <<-'E'
	import java.util.*;
	public class Shout {
	    public static void main(String[] args) throws Exception {
	        Thread t = new Thread(() -> System.out.println("hello"));
	        t.start();
	        t.join();
	        for (String a : args) System.out.println(a);
	        System.out.println(new Scanner(System.in).nextLine().toUpperCase());
	    }
	}
	E
    checks java Shout.java
}

@test "java: the loopback address and its interface, owners" {
    cat >Net.java <<-'E'
	import java.net.*;
	import java.nio.file.*;
	public class Net {
	    public static void main(String[] args) throws Exception {
	        InetAddress a = InetAddress.getLoopbackAddress();
	        System.out.println(a.getHostAddress() + " " + NetworkInterface.getByInetAddress(a).getName());
	        System.out.println(NetworkInterface.getByName("lo").isLoopback());
	        Path p = Files.createTempFile("a", "b");
	        System.out.println(Files.getOwner(Files.setOwner(p, Files.getOwner(p))).getName());
	    }
	}
	E
    need_language java
    run -0 --separate-stderr sandbox --network Net.java
    [ "$output" = $'127.0.0.1 lo\ntrue\nsandbox' ]
}

@test "what ends by a signal is told so, as a shell tells; what was sent from outside is not" {
    need_language python
    echo 'import os; os.kill(os.getpid(), 11)' >a.py
    run -139 --separate-stderr sandbox a.py
    [ "$stderr" = "rsbx: ended by SIGSEGV" ]
    echo 'import os; os.kill(os.getpid(), 15)' >a.py
    run -143 --separate-stderr sandbox a.py
    [ -z "$stderr" ]
}

@test "go: a package that is no program" {
    need_language go
    echo 'package other' >a.go
    run -1 --separate-stderr sandbox a.go
    [[ $stderr == *"main package"* ]]
}

@test "memory: each language is stopped at its limit, and the verdict says so" {
    need_root
    printf 'b = []\nwhile True: b.append(bytearray(b"x") * 1000000)\n' >m.py
    printf 'const b = []; for (;;) b.push(Buffer.alloc(1000000, 1));\n' >m.js
    printf 'b = []; loop { b << "x" * 1000000 }\n' >m.rb
    printf 'my @b; push @b, "x" x 1000000 while 1;\n' >m.pl
    printf 'b = {} while true do b[#b + 1] = string.rep("x", 1000000) .. #b end\n' >m.lua
    printf '#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) memset(malloc(1000000), 1, 1000000); }\n' >m.c
    local file language got
    for file in m.*; do
        language=$("$RSBX" --cache "$CACHE" languages --json |
            jq -r --arg e "${file##*.}" '.[] | select(.extensions | index($e)).name')
        grep -qx "$language" <<<"$AVAILABLE" || continue
        got=$(verdict --memory-limit 100 "$file")
        [ "$got" = memory ] || { echo "$file: $got"; cat "$T/report.json" "$T/err"; return 1; }
    done
}

@test "system calls: every family that has to be refused is, in each language's profile" {
    need_root
    local probe=$RSBX_BUILD/tests/lib/refusals language extension without
    [ -x "$probe" ] || skip "make test-programs builds the program"
    for language in $AVAILABLE; do
        extension=$("$RSBX" languages --json | jq -r --arg l "$language" '.[] | select(.name == $l).extensions[0]')
        echo >"p.$extension"
        "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --lint off -b b --language "$language" "p.$extension"
        jq --arg p "$probe" 'del(.hooks) | .process.args = [.process.args[0:3][], "/dev/probe"]
            | .mounts += [{destination: "/dev/probe", type: "bind", source: $p, options: ["bind", "ro"]}]' \
            b/config.json >new && mv new b/config.json
        rm -rf b/compile
        run "$RSBX" --root "$ROOT" run -b b
        [ "$status" -eq 0 ] || { echo "$language:"; echo "$output"; return 1; }
    done
    # the control: without the profile the kernel lets most of them in
    jq 'del(.linux.seccomp)' b/config.json >new && mv new b/config.json
    run "$RSBX" --root "$ROOT" run -b b
    echo "without: $status"
    [ "$status" -gt 50 ]
}

@test "system calls: a language gets the groups that it has a use for" {
    allowed() { # allowed FILE CALL
        "$RSBX" --root "$ROOT" --cache "$CACHE" prepare --lint off -b b "$1"
        jq -e --arg c "$2" '[.linux.seccomp.syscalls[] | select(.action == "SCMP_ACT_ALLOW").names[]] | index($c)' \
            b/config.json >/dev/null
    }
    need_language lua
    echo >p.lua
    allowed p.lua read
    ! allowed p.lua connect || false
    ! allowed p.lua socket || false
    ! allowed p.lua setuid || false
    need_language ruby
    echo >p.rb
    allowed p.rb setuid
    ! allowed p.rb inotify_init1 || false
    ! allowed p.rb pidfd_open || false
    need_language python
    echo >p.py
    allowed p.py inotify_init1
    allowed p.py connect
    ! allowed p.py sync || false
}
