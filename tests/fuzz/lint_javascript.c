#define LINT_LANGUAGE "javascript"
#include "tests/fuzz/lint.h"
