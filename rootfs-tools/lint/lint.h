/* rsbx-lint from the inside.
 *
 *   source text --ast.c--> compact tree --python.c / javascript.c / generic.c--> values and events
 *   events --match.c and the tables rules_*.c--> findings --report.c--> text, JSON, SARIF
 *
 * A front end walks the tree once, in the order of execution as far as that is known (bodies of functions
 * after the code around them), and gives every expression a value (value.h): a constant, the dotted name of
 * something watched ("os.system"), or nothing known. What happens to such a value is an event; the tables say
 * which events are worth a finding. Nothing is compiled at run time: a whole run takes about a millisecond.
 */
#ifndef RSBX_LINT_H
#define RSBX_LINT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "rootfs-tools/needs.h"

enum severity { SEV_NONE, SEV_INFO, SEV_LOW, SEV_MEDIUM, SEV_HIGH, SEV_CRITICAL, SEV_OFF };
const char *severity_name(enum severity severity);
int severity_parse(const char *word, enum severity *out); /* -1 without fail() */

/* ---- the tree (ast.c) ---- */
enum kind {
    K_other,
#define KIND(name) K_##name,
#include "rootfs-tools/lint/kinds.h"
#undef KIND
    K_count
};
enum field {
    F_none,
#define FIELD(name) F_##name,
#include "rootfs-tools/lint/fields.h"
#undef FIELD
    F_count
};

typedef uint32_t node; /* index in struct ast.v; 0: none; 1: the root */

struct ast_node {
    uint16_t kind;
    uint8_t field;
    uint8_t missing;
    uint32_t start, end; /* bytes */
    node first, next, parent;
};

struct ast {
    struct ast_node *v;
    uint32_t n, cap;
    node first_error; /* an ERROR or missing node, or 0 */
};

/* ---- rules ---- */
struct rule {
    const char *id;
    enum severity severity;
    const char *message;
    uint32_t needs;
};

enum event {
    ON_IMPORT = 1, /* the module is imported */
    ON_REF,        /* the name is mentioned in code that runs, whatever is done with it */
    ON_CALL,       /* it is called (or constructed) */
    ON_ALIAS,      /* it is mentioned but not called in place: stored, passed on, a decorator */
    ON_SET,        /* it is assigned to */
    ON_WORD,       /* not an event: makes the words of the name "watched" for disguises */
};

struct lint;
struct call;
/* What a call's arguments make of its severity: SEV_NONE for no finding. */
typedef enum severity (*check_fn)(struct lint *l, struct call *call, enum severity severity);

struct watch {
    uint16_t rule; /* index in the language's rules */
    enum event on;
    const char *names;      /* separated by blanks: "os.system os.popen"; "*.x": member x of anything */
    enum severity severity; /* 0: the rule's own */
    check_fn check;         /* ON_CALL only; NULL: always */
    uint32_t needs;         /* added to the rule's own; a check that returns SEV_NONE adds nothing */
};

struct language {
    const char *name;       /* "python" */
    const char *extensions; /* " .py .pyw " */
    const char *interpreters;
    const void *(*grammar)(void);
    const struct rule *rules;
    size_t n_rules;
    const struct watch *watches; /* ends with NULL names */
    const char *const *aliases;  /* pairs: a name and what it really is */
    void (*walk)(struct lint *l);
    unsigned disguise; /* the rule for text that is not what it looks like */
};
extern const struct language languages[]; /* ends with a NULL name */
const struct language *language_by_name(const char *name);
const struct language *language_of(const char *path, const char *text, size_t len);

/* Rules of every language (rules_common.c). They come before the language's own in numbering. */
enum { NOT_ANALYSED, NOT_PARSED, COMMON_RULES };
extern const struct rule common_rules[];

struct finding {
    const struct rule *rule;
    enum severity severity;
    const char *message;
    uint32_t start, end;   /* bytes in the source */
    uint32_t line, column; /* from 1; columns count characters (code points) */
    bool allowed;          /* by a comment */
};

/* Bounds: past any of them the file is "not analysed", which is a finding itself. */
struct limits {
    uint64_t max_bytes;
    uint32_t max_depth;
    uint64_t max_memory;
    uint64_t max_ns; /* of CPU; 0: by size */
};
extern const struct limits default_limits;

struct value;
struct scope;
struct lint {
    struct arena arena; /* values, names, messages */
    const struct language *language;
    const char *file; /* what findings call it */
    const char *text;
    uint32_t len;
    struct ast ast;
    struct limits limits;
    uint64_t steps, folded;
    uint32_t depth;       /* of the evaluator */
    bool honour_comments; /* "rsbx: allow" comments count */
    uint32_t nested;      /* this is code found in a string of other code, that many levels down */
    uint32_t tree, trees; /* which text l->ast is of; how many texts there were */
    jmp_buf stop;         /* out of time, memory or depth: stop_reason says it */
    const char *stop_reason;

    struct finding *findings;
    size_t n_findings, cap_findings;
    uint32_t needs;
    uint32_t offset_override, end_override; /* nested code: where its findings point */

    struct matcher *matcher;
    struct names *names;
    struct scope *scope; /* the current one */
    struct pending *pending, *last_pending;
    uint32_t conditional; /* > 0: what is bound here may not be bound */
    uint32_t loops;       /* > 0: inside a loop */
    uint32_t quiet;       /* > 0: mentions are no events (types, comparisons) */
    uint32_t inlined;     /* calls of small functions being followed */
    void *front;          /* the front end's own */
};

/* Lints one text. The lint must be zeroed but for limits; lint_free() frees all of it. */
void lint_text(struct lint *l, const struct language *language, const char *file, const char *text,
               size_t len);
void lint_refused(struct lint *l, const char *file, const char *reason); /* "not analysed" without a text */
void lint_free(struct lint *l);

/* ast.c: parses into l->ast, or stops with a reason. */
void ast_build(struct lint *l);
void ast_free(struct ast *ast);
_Noreturn void lint_stop(struct lint *l, const char *reason);
void lint_step(struct lint *l); /* counts work, stops past the deadline */

static inline const struct ast_node *at(const struct lint *l, node n)
{
    return &l->ast.v[n];
}
static inline enum kind kind_of(const struct lint *l, node n)
{
    return (enum kind)l->ast.v[n].kind;
}
node child(const struct lint *l, node n, enum field field); /* first child with that field, or 0 */
node child_of_kind(const struct lint *l, node n, enum kind kind);
#define FOR_CHILDREN(l, c, n) for (node c = at((l), (n))->first; c; c = at((l), c)->next)

/* match.c */
void matcher_prepare(struct lint *l);
bool is_watched(struct lint *l, enum event on, const char *name);
bool is_watched_word(struct lint *l, const char *word); /* part of a watched name */
const char *name_alias(struct lint *l, const char *name);
void emit(struct lint *l, enum event on, const struct value *v, node where, struct call *call);
struct finding *add_finding(struct lint *l, unsigned rule, enum severity severity, node where,
                            const char *message);
struct finding *add_finding_at(struct lint *l, unsigned rule, enum severity severity, uint32_t start,
                               uint32_t end, const char *message);

/* scan.c: what needs no tree: disguised text, coding cookies, allow-comments. */
void scan_text(struct lint *l);
void apply_allow_comments(struct lint *l);

/* report.c */
enum output { OUT_TEXT, OUT_JSON, OUT_SARIF };
struct report {
    struct lint *v; /* one a file */
    size_t n;
    bool colour, source_lines;
    enum severity show; /* from here up */
};
void report_text(const struct report *r, struct buf *out);
void report_json(const struct report *r, struct buf *out);
void report_sarif(const struct report *r, struct buf *out);
void report_needs_text(const struct report *r, struct buf *out);
void report_rules(struct buf *out, bool json);
const char *need_name(uint32_t bit);

/* confine.c: from here on this process can compute and write to what it has open, and for FILES open files to
 * read; other system calls end it. max_ns: CPU that the file may take. */
enum confine_for { CONFINE_HOOK, CONFINE_FILE, CONFINE_FILES };
int lint_confine(enum confine_for what, uint64_t max_ns);

/* hook.c: reads the state on stdin, lints the bundle's snippet. Returns the exit code. */
int lint_hook(enum severity level);

#define EXIT_CLEAN   0
#define EXIT_REFUSED 1
#define EXIT_TROUBLE 2

#endif
