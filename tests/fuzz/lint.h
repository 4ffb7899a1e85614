/* Fuzzes rsbx-lint with one language (LINT_LANGUAGE): whatever the text, it ends, and its findings lie
 * inside. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "rootfs-tools/lint/lint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lint l = {.limits = default_limits, .honour_comments = true};
    AUTO_BUF struct buf text = BUF_INIT, out = BUF_INIT;
    buf_add(&text, data, size); /* a NUL after it, as a file that was read has */
    lint_text(&l, language_by_name(LINT_LANGUAGE), "fuzz", buf_str(&text), text.len);
    for (size_t i = 0; i < l.n_findings; i++) {
        if (l.findings[i].start > size || l.findings[i].end > size) {
            fprintf(stderr, "%s lies outside the text\n", l.findings[i].rule->id);
            abort();
        }
    }
    struct report r = {.v = &l, .n = 1, .source_lines = true};
    report_text(&r, &out);
    report_sarif(&r, &out);
    lint_free(&l);
    return 0;
}
