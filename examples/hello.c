#include <stdio.h>

int main(void)
{
    printf("Hello from C, compiled by GCC %s\n", __VERSION__);
    return 0;
}
