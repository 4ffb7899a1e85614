# rsbx-lint: its own program, so that rsbx itself stays small. The grammars come from npm when it is built
# (package-lock.json pins them by hash); each brings its own tree_sitter/parser.h, which must be found before
# the distribution's: with that one the scanners of some grammars allocate without end.
LINT_SRC  := $(wildcard rootfs-tools/lint/*.c)
GRAMMARS  := build/grammars
GRAMMAR_C := tree-sitter-python/src tree-sitter-javascript/src tree-sitter-typescript/typescript/src \
             tree-sitter-typescript/tsx/src tree-sitter-bash/src tree-sitter-ruby/src tree-sitter-php/php/src \
             @tree-sitter-grammars/tree-sitter-lua/src @ganezdragon/tree-sitter-perl/src tree-sitter-c/src \
             tree-sitter-go/src
GRAMMAR_O := $(patsubst %,$(GRAMMARS)/obj/%/parser.o,$(GRAMMAR_C)) \
             $(patsubst %,$(GRAMMARS)/obj/%/scanner.o,$(filter-out tree-sitter-c/src tree-sitter-go/src,$(GRAMMAR_C)))
LINT_LIBS := -ltree-sitter $(if $(ASAN),-lyajl,-lyajl_s) -lm
# Half of what a run on a small file took was glibc's start and its pages; see runtime/musl.
LINT_LINK := $(if $(filter musl,$(LIBC)),$(foreach l,tree-sitter yajl_s,$(shell $(CC) -print-file-name=lib$l.a)) \
             $(B)/musl/runtime/musl/fortify.o $(B)/musl/runtime/musl/ctype.o,$(LINT_LIBS))

HELPERS += $(B)/rsbx-lint

$(GRAMMARS)/installed: rootfs-tools/lint/package.json rootfs-tools/lint/package-lock.json
	@mkdir -p $(GRAMMARS)
	cp rootfs-tools/lint/package.json rootfs-tools/lint/package-lock.json rootfs-tools/lint/.npmrc $(GRAMMARS)
	@command -v npm >/dev/null || packaging/apt-need npm
	cd $(GRAMMARS) && npm ci --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error
	@touch $@

# Scanners allocate from the parse's pool, so that its bound holds for them and nothing of theirs outlives it.
POOLED := -DTREE_SITTER_REUSE_ALLOCATOR -Dmalloc=pool_malloc -Dcalloc=pool_calloc -Drealloc=pool_realloc -Dfree=pool_free

# -O2 and no sections: these are tables and one large switch each; warnings in them are not ours to mend.
$(GRAMMARS)/obj/%.o: $(GRAMMARS)/installed
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) -O2 -w -std=gnu11 $(POOLED) -I $(dir $(GRAMMARS)/node_modules/$*) -c -o $@ $(GRAMMARS)/node_modules/$*.c

ifneq ($(HEADERS),)
$(HEADERS)/tree_sitter: | $(HEADERS)
	@ln -sfn /usr/include/tree_sitter $@
$(call objects,$(LINT_SRC)): | $(HEADERS)/tree_sitter
endif
$(call objects,$(LINT_SRC)): STATIC := $(filter-out -Os,$(STATIC))
# A compiler that knows what malloc is would make calloc() call itself.
$(call objects,rootfs-tools/lint/malloc.c): CFLAGS_ALL += -fno-builtin
$(B)/rsbx-lint: $(call objects,$(LINT_SRC) $(BASE) spec/json.c) $(GRAMMAR_O) $(CHOICE) \
    $(if $(HEADERS),$(B)/musl/runtime/musl/ctype.o)
	$(call Q,LINK)$(CC) $(CFLAGS_ALL) $(STATIC) $(LDFLAGS) $(LINKING) $(NO_UNWIND) -o $@ \
	    $(filter %.o,$(filter-out %/fortify.o %/ctype.o,$^)) $(LINT_LINK)

# Tries what the confined process may do.
$(B)/tests/tools/lint_confined: $(call objects,rootfs-tools/lint/confine.c $(BASE))

# A fuzzer for each grammar; the grammars themselves are as in the program.
$(B)/tests/fuzz/lint_%: $(B)/glibc/tests/fuzz/lint_%.o \
    $(call shared,$(filter-out %/main.c %/hook.c,$(LINT_SRC)) $(BASE) spec/json.c) $(GRAMMAR_O)
	@mkdir -p $(@D)
	$(call Q,LINK)$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LINT_LIBS)

-include $(patsubst %.o,%.d,$(call objects,$(LINT_SRC)) $(call shared,$(LINT_SRC)))
