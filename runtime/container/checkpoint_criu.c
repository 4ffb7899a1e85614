/* Starting criu(8) and speaking its RPC: see checkpoint_criu.h.
 *
 * A request is one message on a SOCK_SEQPACKET socketpair. Until the final answer criu sends notifications,
 * each of which has to be answered before it goes on. It takes directory fds out of our own fd table
 * (/proc/PID/fd, by the socket's peer), but fds that processes are to inherit out of its own. */
#include "container/checkpoint_criu.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/protobuf.h"
#include "base/strings.h"
#include "container/sync.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define ANSWER_MAX   65536
#define ENDED        "criu ended without an answer"
#define LOG_MAX      (64U << 20)

/* ---- the program ---- */

static char *search(const char *path)
{
    for (const char *p = path; *p; p += *p == ':') {
        size_t n = strcspn(p, ":");
        AUTO_FREE char *candidate = xasprintf("%.*s/criu", (int)n, p);
        p += n;
        if (candidate[0] == '/' && access(candidate, X_OK) == 0)
            return take_ptr(candidate);
    }
    return NULL;
}

/* Engines call runtimes with almost no environment, and criu is in an sbin directory. */
static char *find_program(void)
{
    const char *path = getenv("PATH");
    char *found = path ? search(path) : NULL;
    if (!found)
        found = search(DEFAULT_PATH);
    if (!found)
        fail(0, "criu was not found in $PATH or " DEFAULT_PATH
                ": checkpoint and restore need it; install the package \"criu\"");
    return found;
}

/* ---- options that both directions have ---- */

void criu_flag(struct criu *k, enum criu_field field, bool value)
{
    pb_uint(&k->opts, field, value);
}

void criu_pair(struct criu *k, enum criu_field field, const char *key, const char *value)
{
    AUTO_BUF struct buf pair = BUF_INIT;
    pb_string(&pair, 1, key);
    pb_string(&pair, 2, value);
    pb_message(&k->opts, field, &pair);
}

static int open_directory(const char *option, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? fail(errno, "%s %s", option, path) : fd;
}

static int directories(struct criu *k, const struct criu_options *o)
{
    const char *log = k->request == CRIU_RESTORE ? "restore.log" : "dump.log";
    k->image_path = o->image_path && *o->image_path ? o->image_path : "checkpoint";
    k->work_path = o->work_path && *o->work_path ? o->work_path : k->image_path;
    if (k->request != CRIU_RESTORE && make_dirs(k->image_path, 0700) < 0)
        return fail_where("--image-path");
    k->images = open_directory("--image-path", k->image_path);
    if (k->images < 0)
        return -1;
    if (make_dirs(k->work_path, 0700) < 0)
        return fail_where("--work-path");
    k->log_path = xasprintf("%s/%s", k->work_path, log);
    unlink(k->log_path); /* an older one would explain what did not happen */
    pb_uint(&k->opts, CRIU_IMAGES_DIR_FD, 4);
    pb_uint(&k->opts, CRIU_WORK_DIR_FD, 5);
    pb_uint(&k->opts, CRIU_LOG_LEVEL, 4);
    pb_string(&k->opts, CRIU_LOG_FILE, log);
    return 0;
}

static int cgroups_mode(struct criu *k, const char *word)
{
    static const struct name_value modes[] = {
        {"ignore", 0}, {"soft", 3}, {"full", 4}, {"strict", 5}, {NULL, 0}};
    const struct name_value *m = name_find(modes, word && *word ? word : "soft");
    if (!m)
        return fail(0, "--manage-cgroups-mode: expected soft, full, strict or ignore, found \"%s\"", word);
    criu_flag(k, CRIU_MANAGE_CGROUPS, true);
    pb_uint(&k->opts, CRIU_MANAGE_CGROUPS_MODE, m->value);
    return 0;
}

static int network_lock(struct criu *k, const char *word)
{
    static const struct name_value methods[] = {{"iptables", 1}, {"nftables", 2}, {"skip", 3}, {NULL, 0}};
    if (!word)
        return 0;
    const struct name_value *m = name_find(methods, word);
    if (!m)
        return fail(0, "--network-lock: expected iptables, nftables or skip, found \"%s\"", word);
    pb_uint(&k->opts, CRIU_NETWORK_LOCK, m->value);
    return 0;
}

/* The network is always one of them: engines make interfaces and addresses anew. */
static int empty_namespaces(struct criu *k, const struct criu_options *o)
{
    for (size_t i = 0; i < o->n_empty_ns; i++)
        if (!str_eq(o->empty_ns[i], "network"))
            return fail(0, "--empty-ns: only \"network\" is supported, found \"%s\"", o->empty_ns[i]);
    pb_uint(&k->opts, CRIU_EMPTY_NS, CLONE_NEWNET);
    return 0;
}

/* A configuration file for criu outranks what it is told otherwise. criu ignores one that is not there. */
static void config_file(struct criu *k, const struct container *c)
{
    const char *file = spec_annotation(c->spec, "org.criu.config");
    if (!file)
        file = access("/etc/criu/rsbx.conf", F_OK) == 0 ? "/etc/criu/rsbx.conf" : "/etc/criu/runc.conf";
    if (*file)
        pb_string(&k->opts, CRIU_CONFIG_FILE, file);
}

int criu_init(struct criu *k, enum criu_request request, const struct container *c,
              const struct criu_options *o)
{
    *k = (struct criu){.request = request, .stdio = {-1, -1, -1}, .images = -1, .socket = -1};
    k->program = find_program();
    if (!k->program)
        return -1;
    TRY(directories(k, o));
    TRY(cgroups_mode(k, o->cgroups_mode));
    TRY(network_lock(k, o->network_lock));
    TRY(empty_namespaces(k, o));
    config_file(k, c);
    criu_flag(k, CRIU_NOTIFY_SCRIPTS, true);
    criu_flag(k, CRIU_ORPHAN_PTS_MASTER, true);
    criu_flag(k, CRIU_TCP_ESTABLISHED, o->tcp_established);
    criu_flag(k, CRIU_EXT_UNIX_SK, o->ext_unix_sk);
    criu_flag(k, CRIU_SHELL_JOB, o->shell_job);
    criu_flag(k, CRIU_FILE_LOCKS, o->file_locks);
    criu_flag(k, CRIU_AUTO_DEDUP, o->auto_dedup);
    criu_flag(k, CRIU_LAZY_PAGES, o->lazy_pages);
    return 0;
}

void criu_free(struct criu *k)
{
    auto_close_fd(&k->socket); /* criu ends, and lets go on what it had stopped */
    while (k->pid > 0 && waitpid(k->pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
    auto_close_fd(&k->images);
    buf_free(&k->opts);
    free(k->program);
    free(k->log_path);
    free(k->failure);
}

/* ---- its process ---- */

/* Moves fds to 0, 1, 2, 3, ...: first out of the way of each other. -1 stands for /dev/null. */
static int place_fds(const int *fds, int n)
{
    int high[CRIU_FIRST_PASSED + CRIU_MAX_PASS];
    for (int i = 0; i < n; i++) {
        AUTO_FD int null = fds[i] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
        high[i] = fcntl(fds[i] < 0 ? null : fds[i], F_DUPFD_CLOEXEC, 64);
        if (high[i] < 0)
            return fail(errno, "file descriptors for criu");
    }
    for (int i = 0; i < n; i++)
        if (dup2(high[i], i) < 0)
            return fail(errno, "file descriptors for criu");
    return 0;
}

/* Its socket is made here, not by us: criu looks for the directories in the fds of who made it, and they have
 * to be in its own mount namespace. */
static int prepare(const struct criu *k, int sync)
{
    int pair[2], fds[CRIU_FIRST_PASSED + CRIU_MAX_PASS] = {k->stdio[0], k->stdio[1], k->stdio[2]};
    if (k->enter)
        TRY(k->enter(k->arg));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return fail(errno, "socketpair");
    fds[3] = pair[1];
    TRY(fds[4] = open_directory("--image-path", k->image_path));
    TRY(fds[5] = open_directory("--work-path", k->work_path));
    for (int i = 0; i < k->n_pass; i++)
        fds[CRIU_FIRST_PASSED + i] = k->pass[i];
    TRY(sync_send(sync, SYNC_READY, 0, NULL, pair[0]));
    return place_fds(fds, CRIU_FIRST_PASSED + k->n_pass);
}

/* Returns when it failed. */
static void execute(const struct criu *k, int sync)
{
    char *argv[] = {k->program, (char[]){"swrk"}, (char[]){"3"}, NULL};
    sigset_t none;
    sigemptyset(&none);
    for (int sig = 1; sig < NSIG; sig++)
        if (sig != SIGKILL && sig != SIGSTOP)
            signal(sig, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (prepare(k, sync) < 0)
        return;
    execv(k->program, argv);
    fail(errno, "%s", k->program);
}

/* Its socket; then the end of sync, which is what execve(2) does to it. */
static int wait_for_execution(struct criu *k, int sync)
{
    if (sync_receive(sync, NULL, NULL, &k->socket) != SYNC_READY)
        return -1;
    sync_receive(sync, NULL, NULL, NULL);
    if (!str_starts(error_text(), SYNC_ENDED))
        return -1;
    error_clear();
    return 0;
}

int criu_start(struct criu *k)
{
    int sync[2];
    TRY(sync_pair(sync));
    AUTO_FD int ours = sync[0];
    pid_t pid = fork();
    if (pid == 0) {
        int high = fcntl(sync[1], F_DUPFD_CLOEXEC, 128); /* out of the way of what it gets */
        close(sync[1]);
        execute(k, high);
        sync_send(high, SYNC_ERROR, error_errno(), error_text(), -1);
        _exit(127);
    }
    close(sync[1]);
    if (pid < 0)
        return fail(errno, "fork");
    k->pid = pid;
    return wait_for_execution(k, ours);
}

/* ---- the conversation ---- */

struct answer {
    uint64_t type;
    bool success;
    int error;
    char *message; /* criu's first error, if it tells */
    char *script;
    pid_t pid;
    int fd;
};

static void answer_free(struct answer *a)
{
    free(a->message);
    free(a->script);
    auto_close_fd(&a->fd);
}

static int read_part(struct answer *a, const struct pb_field *part)
{
    struct pb_reader r = pb_reader(part->bytes, part->len);
    struct pb_field f;
    int more;
    while ((more = pb_next(&r, &f)) > 0) {
        if (part->number == 5 && f.number == 1 && f.bytes && !a->script)
            a->script = xstrndup(f.bytes, f.len);
        else if (!f.bytes && f.number == (part->number == 5 ? 2U : 1U))
            a->pid = (pid_t)f.value;
    }
    return more;
}

/* criu_resp: 1 type, 2 success, 4 restore {1: pid}, 5 notify {1: script, 2: pid}, 7 errno, 9 message. */
static int read_answer(struct answer *a, const void *bytes, size_t len)
{
    struct pb_reader r = pb_reader(bytes, len);
    struct pb_field f;
    int more;
    while ((more = pb_next(&r, &f)) > 0) {
        if (f.number == 1)
            a->type = f.value;
        else if (f.number == 2)
            a->success = f.value != 0;
        else if (f.number == 7)
            a->error = (int)f.value;
        else if (f.number == 9 && f.bytes && !a->message)
            a->message = xstrndup(f.bytes, f.len);
        else if ((f.number == 4 || f.number == 5) && f.bytes && read_part(a, &f) < 0)
            more = -1;
        if (more < 0)
            break;
    }
    return more < 0 ? fail(0, "criu sent an answer that is none") : 0;
}

static int receive_answer(struct criu *k, struct answer *a)
{
    AUTO_FREE char *bytes = xcalloc(1, ANSWER_MAX);
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = {bytes, ANSWER_MAX};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.space,
                       .msg_controllen = sizeof(control.space)};
    ssize_t n;
    do
        n = recvmsg(k->socket, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(&a->fd, CMSG_DATA(c), sizeof(int));
    if (n < 0 && errno != ECONNRESET)
        return fail(errno, "criu's socket");
    if (n <= 0)
        return fail(0, ENDED);
    if (m.msg_flags & MSG_TRUNC)
        return fail(0, "criu's answer is longer than %d bytes", ANSWER_MAX);
    return read_answer(a, bytes, (size_t)n);
}

static int send_message(struct criu *k, struct buf *b)
{
    ssize_t n;
    do
        n = send(k->socket, buf_str(b), b->len, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EPIPE)
        return fail(0, ENDED);
    return n < 0 ? fail(errno, "criu's socket") : 0;
}

/* criu_req: 1 type, 2 opts, 3 notify_success. */
static int send_request(struct criu *k)
{
    AUTO_BUF struct buf b = BUF_INIT;
    pb_uint(&b, 1, k->request);
    pb_message(&b, 2, &k->opts);
    return send_message(k, &b);
}

static int send_notified(struct criu *k, bool success)
{
    AUTO_BUF struct buf b = BUF_INIT;
    pb_uint(&b, 1, CRIU_NOTIFY);
    pb_uint(&b, 3, success);
    return send_message(k, &b);
}

/* The last few errors in criu's log, without their time stamps: the first of all may be of a try that criu
 * can do without, and the very last only says that it failed. */
static char *last_errors(char *log)
{
    enum { KEPT = 3 };
    const char *kept[KEPT] = {NULL};
    size_t n = 0;
    char *save = NULL;
    AUTO_BUF struct buf b = BUF_INIT;
    for (char *line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        const char *error = strstr(line, "Error (");
        if (error && !strstr(error, "FAILED"))
            kept[n++ % KEPT] = error;
    }
    for (size_t i = n < KEPT ? 0 : n - KEPT; i < n; i++)
        buf_printf(&b, "%s%s", b.len ? "; " : "", kept[i % KEPT]);
    return b.len ? buf_take(&b) : NULL;
}

/* reason: what is known otherwise, may be NULL. */
static int explain(const struct criu *k, const char *reason)
{
    AUTO_BUF struct buf log = BUF_INIT;
    AUTO_FREE char *line = NULL;
    const char *what = k->request == CRIU_RESTORE ? "restore" : "checkpoint";
    if (read_file_at(AT_FDCWD, k->log_path, LOG_MAX, &log) == 0 && log.data)
        line = last_errors(log.data);
    if (line)
        return fail(0, "criu failed to %s: %s; its log: %s", what, line, k->log_path);
    return fail(0, "criu failed to %s: %s; its log: %s", what, reason ? reason : "no reason given",
                k->log_path);
}

/* Our own part in its work. What goes wrong in it is the error that people see. */
static int take_notification(struct criu *k, const struct answer *a)
{
    log_debug("criu: %s", a->script ? a->script : "");
    bool ok = !k->notify || k->notify(k->arg, a->script ? a->script : "", a->pid, a->fd) == 0;
    if (!ok && !k->failure)
        k->failure = xstrdup(error_text());
    error_clear();
    return send_notified(k, ok);
}

static int converse(struct criu *k, struct answer *a)
{
    for (;;) {
        *a = (struct answer){.fd = -1};
        TRY(receive_answer(k, a));
        if (a->type != CRIU_NOTIFY || !a->success)
            break;
        int r = take_notification(k, a);
        answer_free(a);
        TRY(r);
    }
    if (a->success)
        return 0;
    return fail(a->error, "%s", a->message ? a->message : "it failed");
}

/* It stays for more only after a pre-dump: the end of the socket ends it. */
static int wait_for_criu(struct criu *k)
{
    int status = 0;
    shutdown(k->socket, SHUT_WR);
    while (waitpid(k->pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    k->pid = 0;
    if (k->request == CRIU_PRE_DUMP || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return 0;
    return fail(0, "criu ended with status 0x%x", (unsigned)status);
}

int criu_finish(struct criu *k, pid_t *restored)
{
    struct answer a = {.fd = -1};
    int r = send_request(k);
    if (r == 0)
        r = converse(k, &a);
    if (restored)
        *restored = a.pid;
    answer_free(&a);
    AUTO_FREE char *reason = r < 0 ? xstrdup(error_text()) : NULL;
    if (wait_for_criu(k) < 0 && r == 0) {
        r = -1;
        reason = xstrdup(error_text());
    }
    if (k->failure)
        return error_receive(0, k->failure);
    return r < 0 ? explain(k, reason) : 0;
}
