#define LINT_LANGUAGE "ruby"
#include "tests/fuzz/lint.h"
