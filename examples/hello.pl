use strict;
use warnings;

printf "Hello from Perl %vd\n", $^V;
