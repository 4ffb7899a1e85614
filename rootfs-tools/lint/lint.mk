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

$(B)/rsbx-lint: $(call shared,$(LINT_SRC) $(BASE) spec/json.c) $(GRAMMAR_O)
	$(call Q,LINK)$(CC) $(CFLAGS_ALL) $(LDFLAGS) $(LINKING) -o $@ $^ $(LINT_LIBS)

# A fuzzer for each grammar; the grammars themselves are as in the program.
$(B)/tests/fuzz/lint_%: $(B)/glibc/tests/fuzz/lint_%.o \
    $(call shared,$(filter-out %/main.c %/hook.c,$(LINT_SRC)) $(BASE) spec/json.c) $(GRAMMAR_O)
	@mkdir -p $(@D)
	$(call Q,LINK)$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LINT_LIBS)

-include $(patsubst %.o,%.d,$(call shared,$(LINT_SRC)))
