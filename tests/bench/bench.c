/* Runs contenders interleaved and compares their wall time.
 *
 *     bench [-n ROUNDS] [-w WARMUP] [-p PARALLEL] [-t TITLE] [-f] NAME COMMAND... [::: NAME COMMAND...]...
 *
 * A COMMAND is words up to the next ":::"; ",," separates commands that one round runs one after the other; a
 * command that begins with "@" is run but not timed; "{}" in a word becomes a number unique to the run. In
 * every round each contender runs once, in an order that is shuffled anew. With -p each runs PARALLEL copies
 * at once and a round's time is divided by their number. With -f the figure is not the time, but the number
 * that the command prints.
 *
 * Output: one line a contender, tab separated: title, name, rounds, median, p95, quartile distance, minimum
 * (ms), ratio of medians to the first contender, its 95 % interval (paired bootstrap), peak RSS (KiB), page
 * faults, context switches (medians). Exit code 1 if a command failed; its stderr is shown. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONTENDERS 16
#define MAX_WORDS      256
#define RESAMPLES      2000

extern char **environ;

struct contender {
    const char *name;
    char **words; /* n of them, with ",," between commands */
    int n;
    double *ms, *rss, *faults, *switches; /* one a round */
};

static struct contender contenders[MAX_CONTENDERS];
static int n_contenders;
static int rounds = 100, warmup = 5, parallel = 1;
static const char *title = "";
static unsigned long counter;
static int err_fd, null_fd, out_fd;
static bool own_figure;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint64_t random_state = 88172645463325252ULL;
static unsigned random_below(unsigned n) /* xorshift64: the same order in every run */
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state % n);
}

/* Replaces "{}" by the number; the result lives until the next call for the same slot. */
static char *expand(char *word, unsigned long number, int slot)
{
    static char store[MAX_WORDS][512];
    char *at = strstr(word, "{}");
    if (!at)
        return word;
    snprintf(store[slot], sizeof(store[slot]), "%.*s%d-%lu%s", (int)(at - word), word, (int)getpid(), number,
             at + 2);
    return store[slot];
}

static pid_t spawn(char **words, int n, unsigned long number)
{
    char *argv[MAX_WORDS];
    for (int i = 0; i < n; i++)
        argv[i] = expand(words[i], number, i);
    argv[n] = NULL;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, null_fd, 0);
    posix_spawn_file_actions_adddup2(&actions, own_figure ? out_fd : null_fd, 1);
    posix_spawn_file_actions_adddup2(&actions, err_fd, 2);
    pid_t pid = -1;
    int r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (r != 0) {
        fprintf(stderr, "bench: %s: %s\n", argv[0], strerror(r));
        exit(1);
    }
    return pid;
}

static void complain(const struct contender *c, int status)
{
    char text[2000];
    ssize_t n = pread(err_fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = 0;
    fprintf(stderr, "bench: %s: %s: status %#x: %s\n", title, c->name, (unsigned)status, text);
    exit(1);
}

static double printed(const struct contender *c)
{
    char text[100], *end;
    ssize_t n = pread(out_fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = 0;
    double figure = strtod(text, &end);
    if (end == text)
        complain(c, 0);
    return figure;
}

/* Runs one command PARALLEL times; returns its time. */
static double run_command(const struct contender *c, char **words, int n, unsigned long first,
                          struct rusage *sum)
{
    pid_t pids[64];
    bool timed = words[0][0] != '@';
    char *program = words[0];
    if (!timed)
        words[0]++;
    if (ftruncate(err_fd, 0) < 0 || lseek(err_fd, 0, SEEK_SET) < 0 || ftruncate(out_fd, 0) < 0 ||
        lseek(out_fd, 0, SEEK_SET) < 0)
        exit(1);
    double start = now_ms();
    for (int i = 0; i < parallel; i++)
        pids[i] = spawn(words, n, first + (unsigned long)i);
    for (int i = 0; i < parallel; i++) {
        int status;
        struct rusage u;
        if (wait4(pids[i], &status, 0, &u) < 0 || status != 0)
            complain(c, status);
        if (!timed)
            continue;
        if (u.ru_maxrss > sum->ru_maxrss)
            sum->ru_maxrss = u.ru_maxrss;
        sum->ru_minflt += u.ru_minflt;
        sum->ru_nvcsw += u.ru_nvcsw + u.ru_nivcsw;
    }
    double ms = (now_ms() - start) / parallel;
    words[0] = program;
    return !timed ? 0 : own_figure ? printed(c) : ms;
}

static void run_round(struct contender *c, int round)
{
    struct rusage sum = {0};
    double ms = 0;
    unsigned long first = counter;
    counter += (unsigned long)parallel;
    for (int i = 0; i < c->n;) {
        int end = i;
        while (end < c->n && strcmp(c->words[end], ",,") != 0)
            end++;
        ms += run_command(c, c->words + i, end - i, first, &sum);
        i = end + 1;
    }
    if (round < 0)
        return;
    c->ms[round] = ms;
    c->rss[round] = (double)sum.ru_maxrss;
    c->faults[round] = (double)sum.ru_minflt / parallel;
    c->switches[round] = (double)sum.ru_nvcsw / parallel;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *v, int n, double q)
{
    double *sorted = malloc((size_t)n * sizeof(*sorted));
    if (!sorted)
        exit(1);
    memcpy(sorted, v, (size_t)n * sizeof(*sorted));
    qsort(sorted, (size_t)n, sizeof(*sorted), by_value);
    double at = q * (n - 1);
    int low = (int)floor(at);
    int high = low + 1 < n ? low + 1 : low;
    double r = sorted[low] + (sorted[high] - sorted[low]) * (at - low);
    free(sorted);
    return r;
}

/* Resamples whole rounds, so that a slow moment of the machine hits both sides alike. */
static void bootstrap(const struct contender *c, const struct contender *base, double *low, double *high)
{
    static double ratios[RESAMPLES];
    double *a = malloc((size_t)rounds * sizeof(*a)), *b = malloc((size_t)rounds * sizeof(*b));
    if (!a || !b)
        exit(1);
    for (int r = 0; r < RESAMPLES; r++) {
        for (int i = 0; i < rounds; i++) {
            unsigned pick = random_below((unsigned)rounds);
            a[i] = c->ms[pick];
            b[i] = base->ms[pick];
        }
        ratios[r] = quantile(a, rounds, 0.5) / quantile(b, rounds, 0.5);
    }
    *low = quantile(ratios, RESAMPLES, 0.025);
    *high = quantile(ratios, RESAMPLES, 0.975);
    free(a);
    free(b);
}

static void print_results(void)
{
    double base = quantile(contenders[0].ms, rounds, 0.5);
    for (int i = 0; i < n_contenders; i++) {
        const struct contender *c = &contenders[i];
        double low, high, median = quantile(c->ms, rounds, 0.5);
        bootstrap(c, &contenders[0], &low, &high);
        printf("%s\t%s\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.0f\t%.0f\t%.0f\n", title, c->name,
               rounds, median, quantile(c->ms, rounds, 0.95),
               quantile(c->ms, rounds, 0.75) - quantile(c->ms, rounds, 0.25), quantile(c->ms, rounds, 0),
               median / base, low, high, quantile(c->rss, rounds, 0.5), quantile(c->faults, rounds, 0.5),
               quantile(c->switches, rounds, 0.5));
    }
}

static void add_contender(char **words, int n)
{
    if (n < 2 || n > MAX_WORDS || n_contenders == MAX_CONTENDERS) {
        fprintf(stderr, "bench: each contender is a name and a command\n");
        exit(2);
    }
    struct contender *c = &contenders[n_contenders++];
    c->name = words[0];
    c->words = words + 1;
    c->n = n - 1;
    c->ms = calloc((size_t)rounds * 4, sizeof(double));
    if (!c->ms)
        exit(1);
    c->rss = c->ms + rounds;
    c->faults = c->rss + rounds;
    c->switches = c->faults + rounds;
}

static void parse(int argc, char **argv)
{
    int opt;
    while ((opt = getopt(argc, argv, "+n:w:p:t:f")) != -1) {
        if (opt == 'n')
            rounds = atoi(optarg);
        else if (opt == 'w')
            warmup = atoi(optarg);
        else if (opt == 'p')
            parallel = atoi(optarg);
        else if (opt == 't')
            title = optarg;
        else if (opt == 'f')
            own_figure = true;
        else
            exit(2);
    }
    if (rounds < 3 || parallel < 1 || parallel > 64) {
        fprintf(stderr, "bench: at least 3 rounds, 1 to 64 in parallel\n");
        exit(2);
    }
    for (int i = optind; i < argc;) {
        int end = i;
        while (end < argc && strcmp(argv[end], ":::") != 0)
            end++;
        add_contender(argv + i, end - i);
        i = end + 1;
    }
    if (n_contenders == 0)
        exit(2);
}

int main(int argc, char **argv)
{
    parse(argc, argv);
    err_fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    out_fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (err_fd < 0 || out_fd < 0 || null_fd < 0)
        return 1;
    int order[MAX_CONTENDERS];
    for (int i = 0; i < n_contenders; i++)
        order[i] = i;
    for (int round = -warmup; round < rounds; round++) {
        for (int i = n_contenders - 1; i > 0; i--) {
            int j = (int)random_below((unsigned)i + 1), t = order[i];
            order[i] = order[j];
            order[j] = t;
        }
        for (int i = 0; i < n_contenders; i++)
            run_round(&contenders[order[i]], round);
    }
    print_results();
    return 0;
}
