#define LINT_LANGUAGE "perl"
#include "tests/fuzz/lint.h"
