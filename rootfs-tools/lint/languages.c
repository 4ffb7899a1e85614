/* The languages rsbx-lint knows, and how a file's language is found. */
#include "rootfs-tools/lint/front.h"

#include <string.h>

#include "base/auto.h"
#include "base/strings.h"
#include "rootfs-tools/lint/generic.h"

const struct rule common_rules[] = {
    [NOT_ANALYSED] = {"LINT1", SEV_HIGH, "not analysed", NEED_OPAQUE},
    [NOT_PARSED] = {"LINT2", SEV_INFO, "does not parse from here on as the language it should be",
                    NEED_OPAQUE},
};

const void *tree_sitter_python(void);
const void *tree_sitter_javascript(void);
const void *tree_sitter_typescript(void);
const void *tree_sitter_tsx(void);
const void *tree_sitter_bash(void);
const void *tree_sitter_ruby(void);
const void *tree_sitter_php(void);
const void *tree_sitter_perl(void);
const void *tree_sitter_lua(void);
const void *tree_sitter_c(void);
const void *tree_sitter_go(void);

#define GENERIC(name, extensions, interpreters)                                                              \
    {                                                                                                        \
#name, extensions, interpreters, tree_sitter_##name, name##_rules, G_END - COMMON_RULES,             \
            name##_watches, NULL, generic_walk, G_DISGUISE                                                   \
    }

const struct language languages[] = {
    {"python", " .py .pyw .pyi ", " python python2 python3 pypy pypy3 ", tree_sitter_python, python_rules,
     PY_END - COMMON_RULES, python_watches, python_aliases, py_walk, PY035},
    {"javascript", " .js .mjs .cjs .jsx ", " node nodejs ", tree_sitter_javascript, javascript_rules,
     JS_END - COMMON_RULES, javascript_watches, javascript_aliases, js_walk, JS032},
    {"typescript", " .ts .mts .cts ", " ts-node tsx deno bun ", tree_sitter_typescript, javascript_rules,
     JS_END - COMMON_RULES, javascript_watches, javascript_aliases, js_walk, JS032},
    {"tsx", " .tsx ", " ", tree_sitter_tsx, javascript_rules, JS_END - COMMON_RULES, javascript_watches,
     javascript_aliases, js_walk, JS032},
    GENERIC(bash, " .sh .bash ", " sh bash dash ksh zsh "),
    GENERIC(ruby, " .rb ", " ruby "),
    GENERIC(php, " .php ", " php "),
    GENERIC(perl, " .pl .pm ", " perl "),
    GENERIC(lua, " .lua ", " lua luajit "),
    GENERIC(c, " .c .h ", " tcc "),
    GENERIC(go, " .go ", " gorun "),
    {0},
};

const struct language *language_by_name(const char *name)
{
    static const char *const others[][2] = {{"js", "javascript"}, {"node", "javascript"}, {"py", "python"},
                                            {"ts", "typescript"}, {"sh", "bash"},         {"golang", "go"},
                                            {"shell", "bash"},    {"python3", "python"}};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (str_eq(others[i][0], name))
            name = others[i][1];
    for (const struct language *l = languages; l->name; l++)
        if (str_eq(l->name, name))
            return l;
    return NULL;
}

/* The interpreter a "#!" line names: its last path component, or the word after "env". */
static const char *interpreter(const char *text, size_t len, char *word, size_t size)
{
    if (len < 3 || text[0] != '#' || text[1] != '!')
        return NULL;
    const char *end = memchr(text, '\n', len);
    AUTO_FREE char *line = xstrndup(text + 2, end ? (size_t)(end - text) - 2 : (len < 256 ? len : 256) - 2);
    char *rest = NULL, *program = strtok_r(line, " \t\r", &rest);
    const char *base = program ? strrchr(program, '/') : NULL;
    if (base && str_eq(base + 1, "env")) {
        do {
            program = strtok_r(NULL, " \t\r", &rest);
        } while (program && (program[0] == '-' || strchr(program, '=')));
        base = program ? strrchr(program, '/') : NULL;
    }
    if (!program)
        return NULL;
    size_t n = strcspn(base ? base + 1 : program, ".0123456789");
    if (n + 1 > size)
        return NULL;
    memcpy(word, base ? base + 1 : program, n);
    word[n] = '\0';
    return word;
}

static const struct language *language_with(const char *word, bool extension)
{
    AUTO_FREE char *padded = xasprintf(" %s ", word);
    for (const struct language *l = languages; l->name; l++)
        if (strstr(extension ? l->extensions : l->interpreters, padded))
            return l;
    return NULL;
}

const struct language *language_of(const char *path, const char *text, size_t len)
{
    char word[32];
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    const struct language *l = dot ? language_with(dot, true) : NULL;
    if (!l && interpreter(text, len, word, sizeof(word)))
        l = language_with(word, false);
    return l;
}
