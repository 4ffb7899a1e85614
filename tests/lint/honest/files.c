#include <stdio.h>
int main(void)
{
    FILE *f = fopen("out", "w");
    if (!f) {
        perror("fopen");
        return 1;
    }
    fputs("x", f);
    fclose(f);
    puts("ok");
}
