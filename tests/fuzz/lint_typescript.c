#define LINT_LANGUAGE "typescript"
#include "tests/fuzz/lint.h"
