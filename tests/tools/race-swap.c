/* Exchanges two directory entries as fast as it can, for tests of races: a directory and a symbolic link,
 * say.
 *
 *     race-swap DIR NAME OTHER
 *
 * Prints "ready" after the first exchange and goes on until it is killed, or its parent is gone; then puts
 * the number of exchanges on stdout. renameat2(2), RENAME_EXCHANGE: there is never a moment without either.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/fs.h>

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
    (void)sig;
    stop = 1;
}

int main(int argc, char **argv)
{
    struct sigaction act = {.sa_handler = on_term};
    if (argc != 4) {
        fprintf(stderr, "usage: race-swap DIR NAME OTHER\n");
        return 2;
    }
    sigaction(SIGTERM, &act, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int dir = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
    unsigned long long n = 0;
    for (; dir >= 0 && !stop; n++) {
        if (syscall(SYS_renameat2, dir, argv[2], dir, argv[3], RENAME_EXCHANGE) < 0)
            break;
        if (n == 0) {
            puts("ready");
            fflush(stdout);
        }
    }
    if (!stop) {
        fprintf(stderr, "race-swap: %s\n", strerror(errno));
        return 1;
    }
    printf("%llu\n", n);
    return 0;
}
