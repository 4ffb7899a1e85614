# rsbx: `make demo` shows it, `make check` tests it, `make help` lists the rest.
#
# `make` builds the static program build/rsbx and, beside it, the helper programs (rsbx-lint, rsbx-rootfs,
# rsbx-systemd), which are dynamic. Variants go to directories of their own: TEST_STEPS=1 to build/test (fault
# injection by step name), ASAN=1 to build/asan (AddressSanitizer and UBSan, dynamic), CC=clang B=build/clang.
# The static program is linked with musl where musl-gcc is there: half the size and a third of the start-up time
# of glibc's static start code; LIBC=glibc is the other choice. Objects go to $(B)/$(LIBC).
.DEFAULT_GOAL := all

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/rsbx
MANDIR     ?= $(PREFIX)/share/man
DATADIR    ?= $(PREFIX)/share

ifdef ASAN
B        ?= build/asan
CFLAGS   ?= -O1 -g -fno-omit-frame-pointer
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
LINKING  := -pie
else ifdef TEST_STEPS
B        ?= build/test
else
B        ?= build
endif
ifdef TEST_STEPS
CPPFLAGS += -DRSBX_TEST_STEPS
endif

MUSL     := $(firstword $(wildcard /usr/lib/$(shell uname -m)-linux-musl/musl-gcc.specs))
LIBC     ?= $(if $(ASAN)$(findstring clang,$(CC)),glibc,$(if $(MUSL),musl,glibc))

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef \
            -Wpointer-arith -Wvla -Werror
CFLAGS   ?= -O2 -g
COMMIT   := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DRSBX_COMMIT='"$(COMMIT)"' -iquote runtime -iquote . \
            -I runtime/musl
STD      := -std=gnu11
HARDEN   := -fstack-protector-strong $(if $(ASAN),,-D_FORTIFY_SOURCE=2)
LINKING  ?= -static
LDFLAGS  += -Wl,-z,relro,-z,now -Wl,--gc-sections
CFLAGS_ALL = $(STD) $(WARNINGS) $(HARDEN) $(SANITIZE) -ffunction-sections -fdata-sections $(CFLAGS) $(CPPFLAGS)
LIBS     := -lseccomp -lcap $(if $(ASAN),-lyajl,-lyajl_s)
ifeq ($(LIBC),musl)
# musl-gcc's specs leave out /usr/include; these of it are needed, and are not glibc's.
HEADERS    := $(B)/musl/include
STATIC     := -specs=$(MUSL) -isystem $(HEADERS) -fno-pie -fno-asynchronous-unwind-tables
ifeq ($(origin CFLAGS),file)
# For size: gcc 12 has -Oz. The program is linked from the intermediate code, programs for tests from the rest.
STATIC     += $(shell $(CC) -Oz -E -x c /dev/null >/dev/null 2>&1 && echo -Oz || echo -Os) \
              -flto=auto -ffat-lto-objects
WHOLE      := -flto=auto
APART      := -fno-lto
endif
# One segment for code and constants: a page less of file, of mapping and of faults than two.
NO_UNWIND  := -Wl,-T,runtime/musl/no-unwind.ld -Wl,-z,noseparate-code
HOT        := runtime/musl/hot.ld
HOT_FIRST  := -Wl,-T,$(HOT)
OVER_MUSL  := $(patsubst %.c,$(B)/musl/%.o,$(wildcard runtime/musl/*.c))
LIBS       := $(OVER_MUSL) $(foreach l,seccomp cap yajl_s,$(shell $(CC) -print-file-name=lib$l.a))
endif

BASE     := $(wildcard runtime/base/*.c)
SPEC     := $(wildcard spec/*.c)
RUNTIME  := $(wildcard runtime/commands/*.c runtime/container/*.c runtime/linux/*.c runtime/cgroup/*.c \
            runtime/supervise/*.c)
TOOLS    := $(wildcard rootfs-tools/*.c rootfs-tools/languages/*.c)
ROOTFS   := $(wildcard rootfs-tools/archive/*.c)
SYSTEMD  := $(wildcard runtime/cgroup/systemd/*.c)
# What helpers use beyond base and spec.
HELPED   := runtime/linux/landlock.c
UNITS    := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
FUZZERS  := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
# V=1 shows the whole command lines.
Q         = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@printf '  %-5s %s\n' '$(1)' '$@';)
objects   = $(patsubst %.c,$(B)/$(LIBC)/%.o,$(1))
shared    = $(patsubst %.c,$(B)/glibc/%.o,$(1))
# What depends on this is made anew when LIBC is another than the last time.
CHOICE   := $(B)/.libc-$(LIBC) $(OVER_MUSL)

# Helper programs: found at run time beside rsbx or in ../libexec/rsbx (base/helper.h). rootfs-tools/lint/lint.mk
# adds its own.
HELPERS :=
ifneq ($(ROOTFS),)
HELPERS += $(B)/rsbx-rootfs
endif
ifneq ($(SYSTEMD),)
HELPERS += $(B)/rsbx-systemd
endif
-include rootfs-tools/lint/lint.mk

all: $(B)/rsbx $(HELPERS)

# Everything but main(): the program, the helpers and the unit tests take from it what they use.
LIBRSBX  := $(B)/$(LIBC)/librsbx.a
$(LIBRSBX): $(call objects,$(BASE) $(SPEC) $(RUNTIME) $(TOOLS))
	@rm -f $@
	$(call Q,AR)$(AR) rcs $@ $^
# The same for helpers, which only need the lower half.
$(B)/glibc/libhelper.a: $(call shared,$(BASE) $(SPEC) $(HELPED))
	@rm -f $@
	$(call Q,AR)$(AR) rcs $@ $^

$(B)/.libc-$(LIBC):
	@mkdir -p $(B)
	@rm -f $(B)/.libc-*
	@touch $@

define link_static
@mkdir -p $(@D)
$(call Q,LINK)$(CC) $(CFLAGS_ALL) $(STATIC) $(1) $(LDFLAGS) $(LINKING) $(NO_UNWIND) -o $@ $(filter-out $(CHOICE) $(HOT),$^) $(LIBS)
endef
$(B)/rsbx: $(B)/$(LIBC)/runtime/main.o $(LIBRSBX) $(CHOICE) $(HOT)
	$(call link_static,$(WHOLE) $(HOT_FIRST))

$(B)/rsbx-rootfs: $(call shared,$(ROOTFS)) $(B)/glibc/libhelper.a
	$(call Q,LINK)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ -larchive -lyajl

$(B)/rsbx-systemd: $(call shared,$(SYSTEMD)) $(B)/glibc/libhelper.a
	$(call Q,LINK)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ -lsystemd -lyajl

# Process 1 of sandboxes: freestanding, for the processor that CC builds for; carried in rsbx.
$(B)/pid1: rootfs-tools/pid1/pid1.c spec/snippet.h Makefile
	@mkdir -p $(@D)
	$(call Q,LINK)$(CC) $(STD) $(WARNINGS) -Os -ffreestanding -fno-stack-protector -fno-pic \
	    -fno-asynchronous-unwind-tables -iquote . -nostdlib -static -s -Wl,--build-id=none -Wl,-z,norelro \
	    -Wl,-z,noseparate-code -Wl,-z,noexecstack -o $@ $<
$(call objects,rootfs-tools/pid1_image.c): CPPFLAGS += -DPID1_IMAGE='"$(B)/pid1"'
$(call objects,rootfs-tools/pid1_image.c): $(B)/pid1

$(B)/glibc/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(B)/musl/%.o: %.c Makefile | $(HEADERS)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(CFLAGS_ALL) $(STATIC) -MMD -MP -c -o $@ $<

$(B)/musl/include:
	@mkdir -p $@/sys
	@ln -sfn /usr/include/linux /usr/include/asm-generic /usr/include/$(shell $(CC) -print-multiarch)/asm \
	    /usr/include/seccomp.h /usr/include/seccomp-syscalls.h /usr/include/yajl $@
	@ln -sfn /usr/include/sys/capability.h $@/sys

$(B)/tests/unit/%: $(B)/$(LIBC)/tests/unit/%.o $(LIBRSBX) $(CHOICE)
	$(call link_static,$(APART))

# Those of the decoder and the encoder once more, for valgrind, which needs an allocator that it can replace.
MEMCHECKED := spec_decode spec_errors spec_roundtrip json
$(B)/memcheck/%: $(B)/glibc/tests/unit/%.o $(B)/glibc/libhelper.a
	@mkdir -p $(@D)
	$(call Q,LINK)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ -lyajl
memcheck: $(addprefix $(B)/memcheck/,$(MEMCHECKED))

units: $(addprefix $(B)/tests/unit/,$(UNITS))

# Programs that the bats files use (tests/lib/NAME.c), static.
TEST_PROGRAMS := $(patsubst %.c,$(B)/%,$(wildcard tests/lib/*.c tests/bench/*.c))
$(TEST_PROGRAMS): $(B)/%: %.c Makefile
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(STD) $(WARNINGS) $(CFLAGS) -D_GNU_SOURCE -iquote . -static -o $@ $< -lm
# Those that call into rsbx itself.
DRIVERS := $(patsubst %.c,$(B)/%,$(wildcard tests/tools/*.c))
$(DRIVERS): $(B)/%: $(B)/$(LIBC)/%.o $(LIBRSBX) $(CHOICE)
	$(call link_static,$(APART))
test-programs: $(TEST_PROGRAMS) $(DRIVERS)

-include $(patsubst %.o,%.d,$(call objects,runtime/main.c $(BASE) $(SPEC) $(RUNTIME) $(TOOLS) \
           $(wildcard tests/unit/*.c tests/tools/*.c)) $(call shared,$(BASE) $(SPEC) $(HELPED) $(ROOTFS) $(SYSTEMD)))

# ---- what has to be installed (Debian names) ----
BUILD_DEPS := gcc libc6-dev musl-tools make libseccomp-dev libcap-dev libyajl-dev libarchive-dev libsystemd-dev \
              libtree-sitter-dev
DEMO_DEPS  := python3 nodejs
TEST_DEPS  := bats jq git busybox-static runc crun bubblewrap util-linux uidmap python3 nodejs strace file \
              podman buildah docker.io containerd slirp4netns criu libcap2-bin iproute2 procps tmux valgrind \
              containernetworking-plugins protobuf-compiler python3-grpcio python3-protobuf iptables catatonit socat \
              zsh fish apparmor
# What the snippet sandbox can run beyond what is there anyway: 260 MB to fetch.
TEST_DEPS  += perl g++ ruby php-cli lua5.4 rustc golang-go default-jdk-headless node-typescript
LINT_DEPS  := clang clang-format clang-tidy cppcheck libclang-rt-14-dev

deps:
	@packaging/apt-need $(BUILD_DEPS)
demo-deps:
	@packaging/apt-need $(BUILD_DEPS) $(DEMO_DEPS)
test-deps:
	@packaging/apt-need $(BUILD_DEPS) $(TEST_DEPS)
lint-deps:
	@packaging/apt-need $(BUILD_DEPS) $(LINT_DEPS)

-include tests/vm/vm.mk

# ---- show, test, measure ----
demo: demo-deps
	@$(MAKE) --no-print-directory -s all
	@RSBX=$(CURDIR)/build/rsbx examples/demo

T ?=
check: $(if $(SKIP_DEPS),,test-deps)
	@$(MAKE) --no-print-directory -s all units test-programs memcheck
	@$(MAKE) --no-print-directory -s TEST_STEPS=1 build/test/rsbx
	@RSBX=$(CURDIR)/build/rsbx tests/run $(T)

# Everything but the engines, whose time is their own.
check-asan: $(if $(SKIP_DEPS),,test-deps)
	@$(MAKE) --no-print-directory -s ASAN=1 B=build/asan all units test-programs
	@$(MAKE) --no-print-directory -s ASAN=1 TEST_STEPS=1 B=build/asan-test build/asan-test/rsbx
	@RSBX=$(CURDIR)/build/asan/rsbx tests/run $(or $(T),$(notdir $(wildcard tests/*.bats)) $(UNITS))

check-valgrind: $(if $(SKIP_DEPS),,test-deps)
	@$(MAKE) --no-print-directory -s all memcheck
	@RSBX=$(CURDIR)/build/rsbx tests/run memcheck.bats

C_FILES = $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h')
lint-code: $(if $(SKIP_DEPS),,lint-deps)
	@echo 'clang-format --dry-run --Werror (all files)'; clang-format --dry-run --Werror $(C_FILES)
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,portability \
	    --suppressions-list=tests/cppcheck.txt -D_GNU_SOURCE -D__x86_64__ -DRSBX_COMMIT='""' -Iruntime -I. \
	    runtime spec rootfs-tools tests/lib tests/bench
	@if grep -nE '^ *(! |\[.*\] && \[)' tests/*.bats tests/*/*.bats | grep -v '||' | grep -v '\\$$'; then \
	    echo 'bats does not notice when these fail in the middle of a test: add "|| false"' >&2; exit 1; fi
	@$(MAKE) --no-print-directory -s CC=clang B=build/clang build/clang/rsbx

# config.json's reader for FUZZ_SECONDS, the others a sixth of that each; what is found is kept in build/fuzz.
FUZZ_SECONDS ?= 60
FUZZ         ?= $(FUZZERS)
fuzz: $(if $(SKIP_DEPS),,lint-deps)
	@$(MAKE) --no-print-directory -s CC='$(if $(findstring ccache,$(CC)),ccache )clang' ASAN=1 B=build/fuzz \
	    SANITIZE='-fsanitize=fuzzer-no-link,address,undefined' $(addprefix build/fuzz/tests/fuzz/,$(FUZZ))
	@for f in $(FUZZ); do \
	    case $$f in config) t=$(FUZZ_SECONDS) ;; *) t=$$(($(FUZZ_SECONDS) / 6 + 1)) ;; esac; \
	    seeds=build/fuzz/seeds/$$f; tests/fuzz/seeds $$f $$seeds || exit 1; \
	    echo "fuzz $$f: $$t s"; mkdir -p build/fuzz/corpus/$$f; \
	    build/fuzz/tests/fuzz/$$f -max_total_time=$$t -print_final_stats=0 -print_funcs=0 -verbosity=0 -timeout=10 \
	        -artifact_prefix=build/fuzz/$$f- build/fuzz/corpus/$$f $$seeds || exit 1; done
$(B)/tests/fuzz/%: $(B)/$(LIBC)/tests/fuzz/%.o $(LIBRSBX)
	@mkdir -p $(@D)
	$(call Q,LINK)$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS)

bench: $(if $(SKIP_DEPS),,test-deps)
	@$(MAKE) --no-print-directory -s all test-programs
	@RSBX=$(CURDIR)/build/rsbx tests/bench/run $(BENCH)

order:
	@$(MAKE) --no-print-directory -s all test-programs
	@tests/bench/order

soak: $(if $(SKIP_DEPS),,test-deps)
	@$(MAKE) --no-print-directory -s all
	@RSBX=$(CURDIR)/build/rsbx tests/engines/soak

# ---- install ----
build/rsbx.1: docs/rsbx.1.in docs/make-man build/rsbx
	docs/make-man -v rsbx=build/rsbx docs/rsbx.1.in > $@
man: build/rsbx.1

install: all build/rsbx.1
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(MANDIR)/man1 \
	    $(DESTDIR)$(DATADIR)/bash-completion/completions $(DESTDIR)$(DATADIR)/zsh/site-functions \
	    $(DESTDIR)$(DATADIR)/fish/vendor_completions.d
	install -s -m 755 build/rsbx $(DESTDIR)$(BINDIR)/rsbx
	for h in $(notdir $(HELPERS)); do install -s -m 755 build/$$h $(DESTDIR)$(LIBEXECDIR)/$$h || exit 1; done
	install -m 644 build/rsbx.1 $(DESTDIR)$(MANDIR)/man1/rsbx.1
	build/rsbx completion bash > $(DESTDIR)$(DATADIR)/bash-completion/completions/rsbx
	build/rsbx completion zsh > $(DESTDIR)$(DATADIR)/zsh/site-functions/_rsbx
	build/rsbx completion fish > $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/rsbx.fish

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/rsbx $(DESTDIR)$(MANDIR)/man1/rsbx.1 \
	    $(DESTDIR)$(DATADIR)/bash-completion/completions/rsbx $(DESTDIR)$(DATADIR)/zsh/site-functions/_rsbx \
	    $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/rsbx.fish
	rm -rf $(DESTDIR)$(LIBEXECDIR)

deb: all
	packaging/make-deb

check-deb: deb
	@packaging/apt-need mmdebstrap
	@tests/deb

clean:
	rm -rf build

help:
	@echo 'make              build build/rsbx (static) and its helper programs'
	@echo 'make deps         install what the build needs (Debian, as root)'
	@echo 'make demo         install, build, run the examples'
	@echo 'make check        install what the tests need, run every test; T="name..." runs only those'
	@echo 'make check-asan   the same with AddressSanitizer and UBSan'
	@echo 'make check-valgrind  decoder and encoder under valgrind (part of make check)'
	@echo 'make lint-code    format, cppcheck, second compiler'
	@echo 'make fuzz         fuzz the reader of config.json for FUZZ_SECONDS (60), each other parser for a sixth; FUZZ="config lint_go"'
	@echo 'make bench        measure against crun, runc, bubblewrap; BENCH="scenario..." only those'
	@echo 'make order        which functions lie together in the program (runtime/musl/hot.ld), from what common commands run'
	@echo 'make soak         thousands of containers through podman and containerd, then a look for what is left; SOAK=2000'
	@echo 'make install      to DESTDIR, PREFIX (/usr/local); make uninstall'
	@echo 'make deb          a Debian package in build/; make check-deb: in a minimal Debian, and purged again'
	@echo 'make check-vm     tests on cgroup2 alone, beside v1 and with systemd, in qemu; make check-vm-quick: a part of the first'
	@echo 'make clean        remove build/'

.PHONY: all man units memcheck test-programs deps demo-deps test-deps lint-deps demo check check-asan check-valgrind lint-code fuzz \
        bench order soak install uninstall deb check-deb clean help
