/* libseccomp's way to print a filter for people (seccomp_export_pfc(3)), which rsbx never asks for but which
 * comes along with the functions that it does call: 4 KB of program. */
#include <errno.h>

struct db_filter_col;
int gen_pfc_generate(const struct db_filter_col *col, int fd);

int gen_pfc_generate(const struct db_filter_col *col, int fd)
{
    (void)col;
    (void)fd;
    return -EOPNOTSUPP;
}
