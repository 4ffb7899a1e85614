#include <pthread.h>
#include <stdio.h>
static void *f(void *a)
{
    (void)a;
    puts("thread");
    return 0;
}
int main(void)
{
    pthread_t t;
    if (pthread_create(&t, 0, f, 0)) {
        puts("no");
        return 1;
    }
    pthread_join(t, 0);
}
