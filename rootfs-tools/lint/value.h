/* What is known of an expression's value while a front end walks the tree. Values are immutable and live in
 * the lint's arena. */
#ifndef RSBX_LINT_VALUE_H
#define RSBX_LINT_VALUE_H

#include "rootfs-tools/lint/lint.h"

enum value_kind {
    V_UNKNOWN,
    V_NUMBER, /* number */
    V_STRING, /* s, len; may hold NULs */
    V_LIST,   /* items, n: lists, tuples, arrays */
    V_DICT,   /* items, n: key, value, key, value, ... */
    V_PATH,   /* s: "os.system", "?.__globals__" (member of something unknown), "pathlib.Path()" (a result) */
    V_FUNCTION, /* function: its node in the tree `tree`; closure: the scope it was made in */
    V_CLASS,    /* closure: the scope with its members; its instances are the same value */
};

enum value_flags {
    VF_HIDDEN = 1,  /* put together at run time: a folded name, getattr with a constant, a disguised letter */
    VF_DECODED = 2, /* comes out of base64, hex, zlib, ... */
    VF_BYTES = 4,   /* Python bytes, a JavaScript Buffer */
    VF_LITERAL = 8, /* a literal as it stands in the source */
    VF_MODULE = 16, /* a promise or namespace of the module */
    VF_ASYNC = 32,  /* V_FUNCTION: its constructor compiles code too */
    VF_INSTANCE = 256, /* V_CLASS: of the class */
    VF_OPEN = 128,     /* or something that is not known */
    VF_BOUND = 64,     /* V_PATH: first argument is already given (partial, bind) */
};

struct value {
    enum value_kind kind;
    uint32_t flags;
    double number;
    const char *s;
    size_t len;
    const struct value **items;
    size_t n;
    node function;
    uint32_t tree;
    struct scope *closure;
    const struct value *text; /* V_PATH: a constant that belongs to it (the path of a pathlib.Path) */
    const struct value *alt;  /* it may be this instead */
};

#define MAX_ALTERNATIVES 4
#define MAX_STRING       (1u << 20)  /* folding makes nothing longer */
#define MAX_FOLDED       (16u << 20) /* all constants of a file together */
#define MAX_ITEMS        65536

extern const struct value unknown_value, undefined_value; /* undefined: not bound yet */
#define UNKNOWN (&unknown_value)

struct value *value_new(struct lint *l, enum value_kind kind);
const struct value *value_number(struct lint *l, double number);
const struct value *value_string(struct lint *l, const char *s, size_t len, uint32_t flags);
const struct value *value_path(struct lint *l, const char *name, uint32_t flags); /* follows aliases */
const struct value *value_list(struct lint *l, const struct value **items, size_t n);
struct value *value_function(struct lint *l, node n); /* made here: in this tree and scope */
const struct value *value_class(struct lint *l, struct scope *members);
const struct value *value_flag(struct lint *l, const struct value *v, uint32_t flags);
const struct value *value_either(struct lint *l, const struct value *a,
                                 const struct value *b); /* b: or NULL */

static inline bool is_string(const struct value *v)
{
    return v->kind == V_STRING;
}
/* A text that is known, whatever the program does. */
static inline bool is_constant(const struct value *v)
{
    for (; v; v = v->alt)
        if (v->kind != V_STRING || (v->flags & VF_OPEN))
            return false;
    return true;
}
static inline bool is_path(const struct value *v, const char *name)
{
    return v->kind == V_PATH && __builtin_strcmp(v->s, name) == 0;
}
bool string_is(const struct value *v, const char *s);
bool path_starts(const struct value *v, const char *prefix);
const char *last_word(const char *path); /* "system" of "os.system" */

/* "a" + "b", "a" * 3, numbers, lists; UNKNOWN if it cannot be known. op is the operator's text. */
const struct value *fold_binary(struct lint *l, const char *op, size_t op_len, const struct value *a,
                                const struct value *b);
const struct value *fold_join(struct lint *l, const struct value *glue, const struct value *list);
const struct value *fold_slice(struct lint *l, const struct value *v, const struct value *from,
                               const struct value *to, const struct value *step);
const struct value *fold_index(struct lint *l, const struct value *v, const struct value *index);
const struct value *fold_reverse(struct lint *l, const struct value *v);
const struct value *fold_replace(struct lint *l, const struct value *v, const struct value *from,
                                 const struct value *to);
const struct value *fold_char(struct lint *l, const struct value *code); /* chr(), one item of fromCharCode */
const struct value *dict_get(const struct value *dict, const struct value *key); /* NULL: not there */
const struct value *decode_base64(struct lint *l, const struct value *v);
const struct value *decode_hex(struct lint *l, const struct value *v);
const struct value *decode_rot13(struct lint *l, const struct value *v);
const struct value *decode_percent(struct lint *l, const struct value *v);
const struct value *as_items(struct lint *l, const struct value *v); /* a string as a list of characters */

/* ---- a call as the checks see it ---- */
#define MAX_ARGS 24
struct call {
    node where; /* the whole expression */
    const struct value *callee;
    const struct value *receiver; /* of a method call: the object; else UNKNOWN */
    const char *method;           /* last word of the callee when it is a member, else NULL */
    const struct value *args[MAX_ARGS];
    node arg_nodes[MAX_ARGS];
    const char *keywords[MAX_ARGS]; /* Python keyword arguments; NULL: positional */
    size_t n;
    bool spread; /* *args, **kwargs, ...args: there may be more */
    bool is_new; /* JavaScript new, a decorator */
    node body;   /* a function given as the last argument */
};
const struct value *call_arg(const struct call *call, size_t i); /* positional, UNKNOWN if absent */
const struct value *call_keyword(const struct call *call, const char *keyword); /* NULL if absent */
size_t call_positional(const struct call *call);

/* ---- names and scopes (scope.c) ---- */
struct scope {
    struct scope *up;
    uint32_t id;
    bool is_class;            /* Python: not seen from functions inside */
    bool is_function;         /* JavaScript: var lands here */
    const struct value *with; /* JavaScript: names may be its members; or NULL */
    const char **stars;       /* modules imported with * */
    size_t n_stars;
    const char **globals; /* names declared global or nonlocal */
    size_t n_globals;
};
const char *intern(struct lint *l, const char *s, size_t len); /* equal names are the same pointer */
struct scope *scope_push(struct lint *l, bool is_class, bool is_function);
void scope_bind(struct lint *l, struct scope *scope, const char *name, const struct value *v); /* interned */
const struct value *scope_own(struct lint *l, const struct scope *scope, const char *name);    /* or NULL */
const struct value *scope_find(struct lint *l, struct scope *from, const char *name,
                               struct scope **where); /* or NULL */
void names_free(struct lint *l);

/* ---- text (text.c) ---- */
/* Undoes \x41, \u0041, \N{...} is left alone; raw: no escapes. js: JavaScript's rules. */
const struct value *unescape(struct lint *l, const char *s, size_t len, bool js, uint32_t flags);
/* An identifier as the language sees it: NFKC for Python, escapes for JavaScript. *disguised: it was not
 * plain. */
const char *identifier(struct lint *l, const char *s, size_t len, bool *disguised);
size_t utf8_put(char *out, uint32_t code);
/* Next code point at *i, or -1 for a bad sequence (then *i moves one byte). */
int64_t utf8_next(const char *s, size_t len, size_t *i);

/* ---- shared between front ends ---- */
struct pending { /* a function body to walk when the code around it is done */
    node function;
    struct scope *closure;
    const struct value *self;
    struct pending *next;
};

/* Lints constant code found in an argument of eval() and the like; findings point at `where`. */
void lint_nested(struct lint *l, const struct value *code, node where);

#endif
