/* What the front ends share: see front.h. Also the frame around them, lint_text(). */
#include "rootfs-tools/lint/front.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/strings.h"

#define MAX_EVAL_DEPTH 3000
#define MAX_NESTED     (64u << 10)

void enter(struct lint *l)
{
    if (++l->depth > MAX_EVAL_DEPTH)
        lint_stop(l, "it is nested too deeply");
    lint_step(l);
}

void leave(struct lint *l)
{
    l->depth--;
}

struct pending *pend(struct lint *l, node function, struct scope *closure)
{
    struct pending *p = arena_alloc(&l->arena, sizeof(*p));
    p->function = function;
    p->closure = closure;
    if (l->last_pending)
        l->last_pending->next = p;
    else
        l->pending = p;
    l->last_pending = p;
    return p;
}

const char *node_name(struct lint *l, node n, bool *disguised)
{
    return identifier(l, l->text + at(l, n)->start, at(l, n)->end - at(l, n)->start, disguised);
}

bool node_is(const struct lint *l, node n, const char *text)
{
    size_t len = strlen(text);
    return n && at(l, n)->end - at(l, n)->start == len && memcmp(l->text + at(l, n)->start, text, len) == 0;
}

void emit_use(struct lint *l, const struct value *v, node where, enum use use)
{
    if (v->kind != V_PATH)
        return;
    emit(l, ON_REF, v, where, NULL);
    if (use == USE_VALUE)
        emit(l, ON_ALIAS, v, where, NULL);
}

const struct value *any_item(struct lint *l, const struct value *list)
{
    if (list->kind != V_LIST || !list->n)
        return UNKNOWN;
    const struct value *out = list->items[0];
    for (size_t i = 1; i < list->n && list->n <= MAX_ALTERNATIVES; i++)
        out = value_either(l, list->items[i], out);
    for (size_t i = 0; i < list->n && list->n > MAX_ALTERNATIVES; i++)
        if (list->items[i]->kind == V_PATH ||
            (list->items[i]->kind == V_STRING && is_watched_word(l, list->items[i]->s)))
            out = value_either(l, list->items[i], out);
    return list->n > MAX_ALTERNATIVES ? value_flag(l, out, VF_OPEN) : out;
}

#define MAX_PATH_NAME 160

const struct value *path_member(struct lint *l, const char *path, const char *name, uint32_t flags)
{
    char s[MAX_PATH_NAME + 1];
    size_t a = strlen(path), b = strlen(name);
    if (a + b + 1 > MAX_PATH_NAME || path[0] == '?') {
        path = "?";
        a = 1;
    }
    if (a + b + 1 > MAX_PATH_NAME)
        return UNKNOWN;
    memcpy(s, path, a);
    s[a] = '.';
    memcpy(s + a + 1, name, b + 1);
    return value_path(l, s, flags);
}

/* "pathlib.Path" gives "pathlib.Path()"; what something unknown gives is unknown. */
const struct value *result_of(struct lint *l, const struct value *path, const struct value *text)
{
    char s[MAX_PATH_NAME + 1];
    if (path->kind != V_PATH || path->s[0] == '?' || path->len + 2 > MAX_PATH_NAME)
        return UNKNOWN;
    memcpy(s, path->s, path->len);
    memcpy(s + path->len, "()", 3);
    const struct value *v = value_path(l, s, path->flags & VF_HIDDEN);
    if (!text || text->kind != V_STRING)
        return v;
    struct value *copy = value_new(l, V_PATH);
    *copy = *v;
    copy->text = text;
    return copy;
}

static bool opens_function(enum kind k)
{
    return k == K_function_definition || k == K_lambda || k == K_function_declaration ||
           k == K_arrow_function || k == K_function_expression || k == K_method_definition ||
           k == K_class_definition;
}

/* Whether something below n has one of the kinds (list ends with K_other). */
bool contains_kind(struct lint *l, node n, const enum kind *kinds, bool into_functions)
{
    for (node c = at(l, n)->first; c;) {
        lint_step(l);
        for (const enum kind *k = kinds; *k; k++)
            if (kind_of(l, c) == *k)
                return true;
        if (at(l, c)->first && (into_functions || !opens_function(kind_of(l, c)))) {
            c = at(l, c)->first;
            continue;
        }
        while (c != n && !at(l, c)->next)
            c = at(l, c)->parent;
        c = c == n ? 0 : at(l, c)->next;
    }
    return false;
}

static void forget(struct lint *l, node name)
{
    struct scope *where = NULL;
    bool disguised;
    if (!name || kind_of(l, name) != K_identifier)
        return;
    const char *s = node_name(l, name, &disguised);
    const struct value *v = scope_find(l, l->scope, s, &where);
    if (v && !(v->flags & VF_OPEN))
        scope_bind(l, where, s, value_flag(l, v, VF_OPEN));
}

/* What a loop's body assigns is something else the second time round. */
void forget_assigned(struct lint *l, node loop)
{
    for (node c = at(l, loop)->first; c;) {
        lint_step(l);
        enum kind k = kind_of(l, c);
        if (k == K_assignment || k == K_augmented_assignment || k == K_assignment_expression ||
            k == K_augmented_assignment_expression) {
            node left = child(l, c, F_left);
            forget(l, left);
            if (left && kind_of(l, left) != K_identifier)
                FOR_CHILDREN(l, item, left)
            forget(l, item);
        } else if (k == K_named_expression) {
            forget(l, child(l, c, F_name));
        }
        if (at(l, c)->first && !opens_function(k)) {
            c = at(l, c)->first;
            continue;
        }
        while (c != loop && !at(l, c)->next)
            c = at(l, c)->parent;
        c = c == loop ? 0 : at(l, c)->next;
    }
}

/* ---- one text ---- */

static void analyse(struct lint *l)
{
    matcher_prepare(l);
    scan_text(l);
    ast_build(l);
    if (l->ast.first_error)
        add_finding(l, NOT_PARSED, SEV_NONE, l->ast.first_error, NULL);
    l->language->walk(l);
}

static void refuse(struct lint *l, const char *reason)
{
    char *text = xasprintf("not analysed: %s", reason);
    add_finding_at(l, NOT_ANALYSED, SEV_NONE, 0, 0, arena_strndup(&l->arena, text, strlen(text)));
    free(text);
    l->needs |= NEED_OPAQUE;
}

void lint_refused(struct lint *l, const char *file, const char *reason)
{
    l->file = file;
    l->text = "";
    refuse(l, reason);
}

static int by_position(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    return strcmp(x->rule->id, y->rule->id);
}

/* Fills in lines and columns; findings are in the order of their positions by now. */
static void locate(struct lint *l)
{
    uint32_t line = 1;
    size_t i = 0, line_start = 0;
    for (size_t f = 0; f < l->n_findings; f++) {
        struct finding *x = &l->findings[f];
        for (; i < x->start; i++) {
            if (l->text[i] == '\n') {
                line++;
                line_start = i + 1;
            }
        }
        x->line = line;
        x->column = 1;
        for (size_t k = line_start; k < x->start; k++)
            x->column += ((uint8_t)l->text[k] & 0xc0) != 0x80;
    }
}

void lint_text(struct lint *l, const struct language *language, const char *file, const char *text,
               size_t len)
{
    l->language = language;
    l->file = file;
    l->text = text;
    l->len = (uint32_t)len;
    if (len > l->limits.max_bytes) {
        char *reason =
            xasprintf("it has %zu bytes, more than %llu", len, (unsigned long long)l->limits.max_bytes);
        lint_refused(l, file, reason);
        free(reason);
        return;
    }
    if (setjmp(l->stop) == 0)
        analyse(l);
    else
        refuse(l, l->stop_reason);
    ast_free(&l->ast);
    if (l->n_findings)
        qsort(l->findings, l->n_findings, sizeof(*l->findings), by_position);
    locate(l);
    apply_allow_comments(l);
}

void lint_nested(struct lint *l, const struct value *code, node where)
{
    if (l->nested >= 3 || code->kind != V_STRING || code->len > MAX_NESTED || code->len == 0 ||
        l->inlined > 2)
        return;
    struct lint outer = *l;
    l->offset_override = l->nested ? l->offset_override : at(l, where)->start;
    l->end_override = l->nested ? l->end_override : at(l, where)->end;
    l->nested++;
    l->tree = ++l->trees;
    l->text = code->s;
    l->len = (uint32_t)code->len;
    l->ast = (struct ast){0};
    l->pending = l->last_pending = NULL;
    l->conditional = l->loops = l->quiet = 0;
    if (setjmp(l->stop) == 0) {
        ast_build(l);
        l->language->walk(l);
    }
    ast_free(&l->ast);
    /* Findings, needs, names and the arena go on; the place in the outer code is as before. */
    l->nested = outer.nested;
    l->tree = outer.tree;
    l->text = outer.text;
    l->len = outer.len;
    l->ast = outer.ast;
    l->pending = outer.pending;
    l->last_pending = outer.last_pending;
    l->scope = outer.scope;
    l->conditional = outer.conditional;
    l->loops = outer.loops;
    l->quiet = outer.quiet;
    l->depth = outer.depth;
    l->inlined = outer.inlined;
    l->front = outer.front;
    memcpy(l->stop, outer.stop, sizeof(l->stop));
}

void lint_free(struct lint *l)
{
    free(l->findings);
    names_free(l);
    arena_free(&l->arena);
    *l = (struct lint){0};
}
