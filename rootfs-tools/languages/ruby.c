/* Ruby with its standard library. */
#include "rootfs-tools/language.h"

static const char query[] = "c = RbConfig::CONFIG\n"
                            "puts \"program #{File.realpath(RbConfig.ruby)} /usr/bin/ruby\"\n"
                            "puts \"version #{RUBY_VERSION}\"\n"
                            "name = c['ruby_install_name'] + c['EXEEXT']\n" /* RbConfig.ruby */
                            "puts \"link /usr/bin/#{name} ruby\" if name != 'ruby'\n"
                            "[c['rubylibdir'], c['rubyarchdir'], c['vendordir'], c['vendorarchdir'], "
                            "Gem.default_dir].compact.uniq.each do |d|\n"
                            "  next unless File.directory?(d)\n"
                            "  from = c['prefix'] == '/usr' ? '' : c['prefix']\n"
                            "  puts \"tree #{d} #{from.empty? ? d : '/usr' + d.delete_prefix(from)}\"\n"
                            "end\n";

const struct language language_ruby = {
    .name = "ruby",
    .title = "Ruby",
    .aliases = WORDS("rb"),
    .extensions = WORDS("rb"),
    .interpreters = WORDS("ruby"),
    .programs = WORDS("/usr/bin/ruby", "ruby"),
    .query = WORDS("%p", "-e", query),
    .package = "ruby",
    .debian_name = "ruby-%s",
    .libraries = WORDS("libgcc_s.so.1"),
    .skip = WORDS("*/test", "*/spec", "rdoc", "irb", "bundler", "*.ri"),
    .syscalls = WORDS("@sockets", "@owners", "@ids"),
    .run = WORDS("%p", "%f"),
    .lint = "ruby",
    .needs = WORDS("threads"),
};
