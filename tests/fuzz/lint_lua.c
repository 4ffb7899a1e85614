#define LINT_LANGUAGE "lua"
#include "tests/fuzz/lint.h"
