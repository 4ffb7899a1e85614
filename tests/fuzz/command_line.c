/* Fuzzes the parser of command lines and the numbers in them: the input's lines are the words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strings.h"
#include "commands/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool flag, other;
static const char *text;
static struct option_list list;
static uint32_t u32;
static struct opt_u64 u64;
static struct opt_i64 i64, bytes;
static uint64_t duration, seconds;

static const struct command_option options[] = {
    {"detach", 'd', OPT_FLAG, &flag, NULL, "a flag"},
    {"tty", 't', OPT_FLAG, &other, NULL, "another"},
    {"bundle", 'b', OPT_STRING, &text, "DIR", "text"},
    {"env", 'e', OPT_LIST, &list, "VAR", "repeatable"},
    {"preserve-fds", 0, OPT_U32, &u32, "N", "small"},
    {"cpu-share", 0, OPT_U64, &u64, "N", "large"},
    {"cpu-quota", 0, OPT_I64, &i64, "N", "signed"},
    {"memory", 'm', OPT_SIZE, &bytes, "SIZE", "bytes"},
    {"interval", 0, OPT_DURATION, &duration, "TIME", "Go's syntax"},
    {"time", 0, OPT_SECONDS, &seconds, "TIME", "seconds"},
    {"no-subreaper", 0, OPT_IGNORED, NULL, NULL, NULL},
    {"criu", 0, OPT_IGNORED_ARG, NULL, "PATH", NULL},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

static void require(bool right, const char *what)
{
    if (right)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void numbers(const char *word)
{
    int64_t i;
    uint64_t u;
    char again[32];
    if (parse_size(word, &i) == 0)
        require(i >= -1, "a size below -1");
    (void)parse_duration(word, &u);
    if (parse_u64(word, UINT64_MAX, &u) == 0) {
        snprintf(again, sizeof(again), "%llu", (unsigned long long)u);
        require(strcmp(again, word + strspn(word, "0")) == 0 || u == 0, "a number that reads otherwise");
    }
    if (parse_i64(word, INT64_MIN, INT64_MAX, &i) == 0 && word[0] != '-')
        require(i >= 0, "a negative number without a sign");
}

static void parse(char **words, int n, int stop_after)
{
    char *argv[66];
    int argc = n;
    memcpy(argv, words, sizeof(*argv) * (size_t)n);
    argv[n] = NULL;
    int r = options_parse(options, stop_after, "fuzz", "FILE [-- ARGS...]", &argc, argv);
    if (r < 0)
        require(error_text()[0] != '\0', "no error");
    if (r == 0) {
        require(argc >= 1 && argc <= n && !argv[argc] && argv[0] == words[0], "positional arguments");
        require(*(unsigned char *)&flag <= 1 && *(unsigned char *)&other <= 1, "a flag");
        for (size_t i = 0; i < list.n; i++)
            require(strlen(list.v[i]) < 1 << 20, "a list");
    }
    free(list.v);
    list = (struct option_list){NULL, 0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    copy[size] = '\0';
    char *words[65], *at = copy, *word;
    int n = 0;
    static char name[] = "fuzz";
    words[n++] = name;
    while (n < 65 && (word = strsep(&at, "\n"))) {
        numbers(word);
        words[n++] = word;
    }
    for (int stop_after = -1; stop_after < 3; stop_after++)
        parse(words, n, stop_after);
    free(copy);
    return 0;
}
