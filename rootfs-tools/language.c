/* Looks languages up, by name and by file: see language.h. */
#include "rootfs-tools/language.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"

#define LANGUAGE(name) extern const struct language language_##name;
#include "rootfs-tools/languages/table.h"
#undef LANGUAGE

#define LANGUAGE(name) &language_##name,
const struct language *const languages[] = {
#include "rootfs-tools/languages/table.h"
    NULL};
#undef LANGUAGE

static bool list_has(const char *const *list, const char *word, size_t len)
{
    for (; list && *list; list++)
        if (strlen(*list) == len && strncasecmp(*list, word, len) == 0)
            return true;
    return false;
}

const struct language *language_find(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; languages[i]; i++)
        if (strcasecmp(languages[i]->name, name) == 0 || list_has(languages[i]->aliases, name, len))
            return languages[i];
    return NULL;
}

const struct language *language_by_extension(const char *path)
{
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name ? name : path, '.');
    if (!dot || dot == path || dot[-1] == '/')
        return NULL;
    for (size_t i = 0; languages[i]; i++)
        if (list_has(languages[i]->extensions, dot + 1, strlen(dot + 1)))
            return languages[i];
    return NULL;
}

/* The word after p's blanks; its length in *len. */
static const char *next_word(const char *p, const char *end, size_t *len)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    const char *start = p;
    while (p < end && !isspace((unsigned char)*p))
        p++;
    *len = (size_t)(p - start);
    return start;
}

/* "#!/usr/bin/env -S python3.11 -u" names python: the program's last component, without a version. */
static const struct language *by_interpreter(const char *text, size_t text_len)
{
    if (text_len < 3 || memcmp(text, "#!", 2) != 0)
        return NULL;
    const char *end = memchr(text, '\n', text_len);
    end = end ? end : text + text_len;
    size_t len;
    const char *word = next_word(text + 2, end, &len);
    for (;;) {
        const char *slash = memrchr(word, '/', len);
        if (slash) {
            len -= (size_t)(slash + 1 - word);
            word = slash + 1;
        }
        if (len == 0 ||
            (!(len == 3 && memcmp(word, "env", 3) == 0) && word[0] != '-' && !memchr(word, '=', len)))
            break;
        word = next_word(word + len, end, &len);
    }
    while (len > 0 && (isdigit((unsigned char)word[len - 1]) || word[len - 1] == '.' || word[len - 1] == '-'))
        len--;
    for (size_t i = 0; len > 0 && languages[i]; i++)
        if (list_has(languages[i]->interpreters, word, len))
            return languages[i];
    return NULL;
}

const struct language *language_detect(const char *path, const char *text, size_t len)
{
    const struct language *found = language_by_extension(path);
    if (!found)
        found = by_interpreter(text, len);
    if (found)
        return found;
    AUTO_BUF struct buf known = BUF_INIT;
    for (size_t i = 0; languages[i]; i++)
        buf_printf(&known, "%s%s", i ? ", " : "", languages[i]->name);
    fail(0, "%s: cannot tell its language from its name nor from a #! line; use --language NAME (%s)", path,
         buf_str(&known));
    return NULL;
}

char *language_how_to_get(const struct language *language)
{
    return xasprintf("%sapt-get install %s", geteuid() == 0 ? "" : "sudo ", language->package);
}
