/* syscall NUMBER [ARG...]: makes one system call and prints "result ERRNO" ("-1 38"). Numbers in C notation;
 * for numbers that no C library knows, such as those of x32 (0x40000000 + n). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long a[7] = {0};
    for (int i = 1; i < argc && i < 8; i++)
        a[i - 1] = (long)strtoull(argv[i], NULL, 0);
    errno = 0;
    long r = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    printf("%ld %d\n", r, errno);
    return 0;
}
