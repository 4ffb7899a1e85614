/* PHP's command line with the extensions that its php.ini loads. */
#include "rootfs-tools/language.h"

static const char query[] =
    "echo 'program ', realpath(PHP_BINARY), \" /usr/bin/php\\nversion \", PHP_VERSION, \"\\n\";\n"
    "if (is_dir(PHP_EXTENSION_DIR)) echo 'tree ', PHP_EXTENSION_DIR, \"\\n\";\n"
    "$trees = array_merge(glob('/usr/lib*/gconv') ?: [], glob('/usr/lib*/*/gconv') ?: []);\n" /* iconv */
    "foreach ($trees as $tree) echo 'tree? ', $tree, \"\\n\";\n"
    "$files = array_map('trim', explode(',', php_ini_loaded_file() . ',' . php_ini_scanned_files()));\n"
    "foreach (array_filter($files) as $file)\n"
    "    echo 'file? ', realpath($file), ' ', $file, \"\\nwatch \", $file, \"\\n\";\n";

const struct language language_php = {
    .name = "php",
    .title = "PHP",
    .aliases = WORDS("php8", "php-cli"),
    .extensions = WORDS("php"),
    .interpreters = WORDS("php"),
    .programs = WORDS("/usr/bin/php", "php"),
    .query = WORDS("%p", "-r", query),
    .package = "php-cli",
    .debian_name = "php-%s",
    .run = WORDS("%p", "-d", "date.timezone=UTC", "-d", "session.save_path=/tmp", "%f"),
    .syscalls = WORDS("@sockets", "@owners", "@ids", "@sysv"),
    .lint = "php",
};
