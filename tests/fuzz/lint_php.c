#define LINT_LANGUAGE "php"
#include "tests/fuzz/lint.h"
