/* Brings back the files that a program left in /work (--output-dir), after all its processes are dead: nobody
 * moves things under our feet, and still nothing is followed. Regular files only, never through a symbolic
 * link or onto another mount; what a program may make of sizes, numbers, depths and names is bounded. */
#ifndef RSBX_SUPERVISE_COLLECT_H
#define RSBX_SUPERVISE_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/config.h"
#include "spec/json.h"

enum { COLLECT_FILES = 1000, COLLECT_DEPTH = 16, COLLECT_ENTRIES = 20000 };
#define COLLECT_BYTES (256ULL << 20) /* all files together */

struct collected_file {
    char *name; /* below /work, as the program called it */
    uint64_t bytes;
};

struct collected {
    struct collected_file *v;
    size_t n;
    uint64_t bytes;
    unsigned skipped;     /* links, devices, fifos, sockets; what could not be read */
    bool truncated;       /* there was more than the bounds allow */
    unsigned left_to_see; /* private */
};

/* from: /work of the dead container. `spec` names the snippet's own files, which are left out. `dir` is made
 * if it is missing; files of the same names there are replaced. -1: `dir` could not be written. */
int collect_files(int from, const struct spec *spec, const char *dir, struct collected *out);
void collected_free(struct collected *c);

/* "files": [{"name": ..., "bytes": ...}], "files_skipped", "files_truncated". */
void collected_json(struct json *j, const struct collected *c);

#endif
