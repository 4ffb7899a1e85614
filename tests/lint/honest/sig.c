#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static void f(int s)
{
    (void)s;
    write(1, "sig\n", 4);
}
int main(void)
{
    signal(SIGALRM, f);
    raise(SIGALRM);
    return 0;
}
