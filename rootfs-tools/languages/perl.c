/* Perl 5 with its standard modules. */
#include "rootfs-tools/language.h"

static const char query[] =
    "use Config; use Cwd 'realpath';\n"
    "print \"program \", realpath($^X), \" /usr/bin/perl\\nversion $Config{version}\\n\";\n"
    "my %seen;\n"
    "for my $dir ($Config{privlibexp}, $Config{archlibexp}, grep { m{/perl-base$} } @INC) {\n"
    "    print \"tree $dir\\n\" if -d $dir && !$seen{$dir}++;\n"
    "}\n";

const struct language language_perl = {
    .name = "perl",
    .title = "Perl",
    .aliases = WORDS("pl", "perl5"),
    .extensions = WORDS("pl", "pm"),
    .interpreters = WORDS("perl"),
    .programs = WORDS("/usr/bin/perl", "perl"),
    .query = WORDS("%p", "-e", query),
    .package = "perl",
    .debian_name = "lib%s-perl",
    .skip = WORDS("*.pod", "pod", "CPAN", "CPAN.pm", "*/t", "perl5db.pl"),
    .run = WORDS("%p", "%f"),
    .syscalls = WORDS("@sockets", "@owners", "@ids", "@sysv"),
    .lint = "perl",
};
