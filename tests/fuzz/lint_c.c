#define LINT_LANGUAGE "c"
#include "tests/fuzz/lint.h"
