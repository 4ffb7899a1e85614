/* From source text to a compact tree: tree-sitter parses, one pass with a cursor copies what front ends look
 * at (named nodes, and those with a field, such as operators) into an array, and the parser's own tree is
 * given back. All bounds on what a hostile text can cost are here: bytes, depth, memory, time. */
#include "rootfs-tools/lint/lint.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <tree_sitter/api.h>
#include <tree_sitter/parser.h>

#include "base/auto.h"
#include "base/strings.h"
#include "rootfs-tools/lint/pages.h"
#include "rootfs-tools/lint/pool.h"

#define MAX_STEPS 50000000 /* far past any honest file of a megabyte */

const struct limits default_limits = {
    .max_bytes = 1 << 20, .max_depth = 2000, .max_memory = 512u << 20, .max_ns = 0};

_Noreturn void lint_stop(struct lint *l, const char *reason)
{
    l->stop_reason = reason;
    longjmp(l->stop, 1);
}

/* ---- time: of the CPU, so that a busy machine does not change what is found ---- */

static volatile size_t out_of_time; /* tree-sitter looks at it, too */

static void time_is_up(int signal)
{
    (void)signal;
    out_of_time = 1;
}

static void start_clock(uint64_t ns)
{
    struct sigaction act = {.sa_handler = time_is_up};
    struct itimerval timer = {
        .it_value = {.tv_sec = (time_t)(ns / 1000000000), .tv_usec = (suseconds_t)(ns / 1000 % 1000000)}};
    out_of_time = 0;
    sigaction(SIGPROF, &act, NULL);
    setitimer(ITIMER_PROF, &timer, NULL);
}

void lint_step(struct lint *l)
{
    if (out_of_time || ++l->steps > MAX_STEPS)
        lint_stop(l, "it takes too long to understand");
}

/* ---- names of the grammar's nodes and fields as our own numbers ---- */

static const char *const kind_names[] = {
    "",
#define KIND(name) #name,
#include "rootfs-tools/lint/kinds.h"
#undef KIND
};
static const char *const field_names[] = {
    "",
#define FIELD(name) #name,
#include "rootfs-tools/lint/fields.h"
#undef FIELD
};

#define NAME_SLOTS 1024
struct numbering {
    uint16_t slots[NAME_SLOTS];
    const char *const *names;
};

static uint32_t name_hash(const char *s)
{
    uint32_t h = 2166136261u;
    for (; *s; s++)
        h = (h ^ (uint8_t)*s) * 16777619u;
    return h ^ h >> 15;
}

static void numbering_fill(struct numbering *n, const char *const *names, size_t count)
{
    n->names = names;
    for (size_t i = 1; i < count; i++) {
        uint32_t slot = name_hash(names[i]) % NAME_SLOTS;
        while (n->slots[slot])
            slot = (slot + 1) % NAME_SLOTS;
        n->slots[slot] = (uint16_t)i;
    }
}

static uint16_t numbering_find(const struct numbering *n, const char *name)
{
    for (uint32_t slot = name_hash(name) % NAME_SLOTS; n->slots[slot]; slot = (slot + 1) % NAME_SLOTS)
        if (strcmp(n->names[n->slots[slot]], name) == 0)
            return n->slots[slot];
    return 0;
}

/* Our numbers for one grammar's symbols and fields, made when it is first used. */
struct grammar {
    const TSLanguage *language;
    uint16_t *kinds;
    uint8_t fields[256];
};

/* The parser jumps about in its grammar's tables, which lie together. */
static void expect_tables(const TSLanguage *g)
{
    const void *tables[] = {g->parse_table,     g->small_parse_table, g->small_parse_table_map,
                            g->parse_actions,   g->field_map_slices,  g->field_map_entries,
                            g->symbol_metadata, g->public_symbol_map, g->alias_map,
                            g->alias_sequences, g->lex_modes};
    const char *from = (const char *)g->lex_modes, *to = from;
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        const char *t = tables[i];
        from = t && t < from ? t : from;
        to = t > to ? t : to;
    }
    pages_expect(from, to);
}

static const struct grammar *grammar_of(const TSLanguage *language)
{
    static struct grammar known[16];
    static struct numbering kinds, fields;
    size_t i = 0;
    for (; known[i].language; i++)
        if (known[i].language == language)
            return &known[i];
    if (!kinds.names) {
        numbering_fill(&kinds, kind_names, K_count);
        numbering_fill(&fields, field_names, F_count);
    }
    struct grammar *g = &known[i];
    uint32_t symbols = ts_language_symbol_count(language);
    g->kinds = xcalloc(symbols, sizeof(*g->kinds));
    for (uint32_t s = 0; s < symbols; s++)
        if (ts_language_symbol_type(language, (TSSymbol)s) == TSSymbolTypeRegular)
            g->kinds[s] = numbering_find(&kinds, ts_language_symbol_name(language, (TSSymbol)s));
    uint32_t n = ts_language_field_count(language);
    for (uint32_t f = 1; f <= n && f < 256; f++)
        g->fields[f] =
            (uint8_t)numbering_find(&fields, ts_language_field_name_for_id(language, (TSFieldId)f));
    g->language = language;
    return g;
}

/* ---- the copy ---- */

struct copy {
    struct lint *l;
    const struct grammar *grammar;
    TSTreeCursor cursor;
    struct {
        node parent, last;
    } * level; /* where children are hung */
    uint32_t depth;
};

static void grow(struct ast *a, uint32_t cap)
{
    a->v = xrealloc(a->v, cap, sizeof(*a->v));
    memset(a->v + a->n, 0, sizeof(*a->v) * (cap - a->n));
    a->cap = cap;
}

static node copy_node(struct copy *c, TSNode n, bool named, uint8_t field)
{
    struct ast *a = &c->l->ast;
    if (a->n == a->cap)
        grow(a, a->cap * 2);
    node id = a->n++;
    struct ast_node *out = &a->v[id];
    TSSymbol symbol = ts_node_symbol(n);
    out->missing = ts_node_is_missing(n);
    out->kind = !named ? K_other : symbol == (TSSymbol)-1 ? K_ERROR : c->grammar->kinds[symbol];
    out->field = field;
    out->start = ts_node_start_byte(n);
    out->end = ts_node_end_byte(n);
    if ((out->kind == K_ERROR || out->missing) && !a->first_error)
        a->first_error = id;
    node parent = c->level[c->depth].parent, last = c->level[c->depth].last;
    out->parent = parent;
    if (last)
        a->v[last].next = id;
    else if (parent)
        a->v[parent].first = id;
    c->level[c->depth].last = id;
    return id;
}

/* Copies the cursor's node if it is worth it; true if its children are to be visited. */
static bool visit(struct copy *c, node *made)
{
    TSNode n = ts_tree_cursor_current_node(&c->cursor);
    bool named = ts_node_is_named(n);
    uint8_t field = c->grammar->fields[ts_tree_cursor_current_field_id(&c->cursor) & 255];
    if (!named && !field)
        return false;
    *made = copy_node(c, n, named, field);
    lint_step(c->l);
    return true;
}

static void copy_tree(struct copy *c)
{
    struct lint *l = c->l;
    for (;;) {
        node made = 0;
        if (visit(c, &made) && ts_tree_cursor_goto_first_child(&c->cursor)) {
            if (++c->depth >= l->limits.max_depth)
                lint_stop(l, "it is nested too deeply");
            c->level[c->depth].parent = made;
            c->level[c->depth].last = 0;
            continue;
        }
        while (!ts_tree_cursor_goto_next_sibling(&c->cursor)) {
            if (!ts_tree_cursor_goto_parent(&c->cursor))
                return;
            c->depth--;
        }
    }
}

static uint64_t time_allowed(const struct lint *l)
{
    return l->limits.max_ns ? l->limits.max_ns : 60000000 + (uint64_t)l->len * 1000;
}

static TSTree *parse(struct lint *l, TSParser *parser)
{
    const TSLanguage *language = l->language->grammar();
    if (!ts_parser_set_language(parser, language))
        lint_stop(l, "its grammar does not fit this tree-sitter");
    expect_tables(language);
    ts_parser_set_cancellation_flag(parser, (const size_t *)&out_of_time);
    TSTree *tree = ts_parser_parse_string(parser, NULL, l->text, l->len);
    if (!tree)
        lint_stop(l, "it takes too long to parse");
    return tree;
}

void ast_build(struct lint *l)
{
    pool_start(l);
    ts_set_allocator(pool_malloc, pool_calloc, pool_realloc, pool_free);
    if (!l->nested)
        start_clock(time_allowed(l));
    TSParser *parser = ts_parser_new();
    TSTree *tree = parse(l, parser);
    struct copy c = {.l = l, .grammar = grammar_of(l->language->grammar())};
    c.level = arena_alloc(&l->arena, sizeof(*c.level) * l->limits.max_depth);
    c.cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    grow(&l->ast, 1024 + l->len / 4);
    l->ast.n = 1;
    copy_tree(&c);
    pool_end(); /* the tree, the cursor and the parser go with it */
}

void ast_free(struct ast *ast)
{
    free(ast->v);
    *ast = (struct ast){0};
}

node child(const struct lint *l, node n, enum field field)
{
    FOR_CHILDREN(l, c, n)
    if (at(l, c)->field == field && kind_of(l, c) != K_comment)
        return c;
    return 0;
}

node child_of_kind(const struct lint *l, node n, enum kind kind)
{
    FOR_CHILDREN(l, c, n)
    if (kind_of(l, c) == kind)
        return c;
    return 0;
}
