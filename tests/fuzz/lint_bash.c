#define LINT_LANGUAGE "bash"
#include "tests/fuzz/lint.h"
