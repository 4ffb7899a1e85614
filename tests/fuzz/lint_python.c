#define LINT_LANGUAGE "python"
#include "tests/fuzz/lint.h"
