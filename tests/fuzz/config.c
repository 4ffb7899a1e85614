/* Fuzzes the reader of config.json: whatever is accepted must be written, read again and written the same. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "spec/config.h"
#include "spec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right, const char *what, const struct buf *text)
{
    if (right)
        return;
    fprintf(stderr, "%s: %s\n%s\n", what, error_text(), text->data ? text->data : "");
    abort();
}

static bool same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void whole(const char *text, size_t size)
{
    AUTO_SPEC struct spec *spec = spec_decode("fuzz", text, size);
    AUTO_BUF struct buf first = BUF_INIT, second = BUF_INIT;
    if (!spec) {
        check(error_text()[0] != '\0', "no error", &first);
        return;
    }
    spec_encode(spec, false, &first);
    AUTO_SPEC struct spec *again = spec_decode("again", first.data, first.len);
    check(again != NULL, "what was written cannot be read", &first);
    spec_encode(again, false, &second);
    check(same(&first, &second), "written differently", &second);
    buf_clear(&second);
    spec_encode(spec, true, &second);
    AUTO_SPEC struct spec *pretty = spec_decode("pretty", second.data, second.len);
    check(pretty != NULL, "what was written with blanks cannot be read", &second);
    struct json_value *tree = json_parse("tree", second.data, second.len);
    check(tree != NULL, "the other reader cannot read it", &second);
    json_free(tree);
}

static void parts(const char *text, size_t size)
{
    AUTO_BUF struct buf out = BUF_INIT;
    AUTO_SPEC struct spec *process = spec_decode_process("fuzz", text, size);
    if (process)
        spec_encode_process(process->process, false, &out);
    AUTO_SPEC struct spec *resources = spec_decode_resources("fuzz", text, size);
    if (resources)
        spec_encode_resources(resources->linux_->resources, true, &out);
    json_free(json_parse("fuzz", text, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* a copy that is not terminated, so that reading past its end is seen */
    char *text = malloc(size ? size : 1);
    if (!text)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    error_clear();
    whole(text, size);
    parts(text, size);
    free(text);
    return 0;
}
