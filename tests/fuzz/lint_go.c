#define LINT_LANGUAGE "go"
#include "tests/fuzz/lint.h"
