use strict; open(my $f, '>', 'x') or die "open: $!"; print $f "hi\n"; close $f; open($f, '<', 'x'); print <$f>;
my @l = sort { $a <=> $b } (3,1,2); print "@l\n"; local $SIG{ALRM} = sub { print "alarm\n" };
