/* Java: the JDK. As the compiler wants it, the file is named after its class: Hello.java has `class Hello`.
 */
#include "rootfs-tools/language.h"

static const char query[] =
    "home=$(dirname \"$(dirname \"$(readlink -f \"$1\")\")\")\n"
    "[ -x \"$home/bin/java\" ] || exit 1\n"
    "echo \"version $(sed -n 's/^JAVA_VERSION=\"\\(.*\\)\"/\\1/p' \"$home/release\")\"\n"
    "echo \"program $home/bin/javac /opt/java/bin/javac\"\n"
    "echo \"file $home/bin/java /opt/java/bin/java\"\n"
    "for part in lib conf; do echo \"tree $home/$part /opt/java/$part\"; done\n"
    "for f in release; do echo \"file $home/$f /opt/java/$f\"; done\n";

const struct language language_java = {
    .name = "java",
    .title = "Java",
    .aliases = WORDS("openjdk"),
    .extensions = WORDS("java"),
    .programs = WORDS("/usr/bin/javac", "javac"),
    .query = WORDS("/bin/sh", "-c", query, "sh", "%p"),
    .package = "openjdk-17-jdk-headless",
    .libraries = WORDS("libgcc_s.so.1"),
    .skip = WORDS("src.zip", "*.diz", "libawt*", "libjawt*", "libsplashscreen*", "libfontmanager*",
                  "libfreetype*", "libjsound*", "ct.sym.bak", "libnio.debug", "*.debuginfo"),
    .compile = WORDS("%p", "-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1", "-J-XX:-UsePerfData",
                     "-J-Xmx512m", "-encoding", "UTF-8", "-d", "%d", "%F"),
    /* Without a cgroup to look at, the JVM would size its heap after the host's memory. */
    .syscalls = WORDS("@sockets", "@events", "@owners", "@xattr"),
    .run =
        WORDS("/opt/java/bin/java", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xshare:auto", "-XX:MaxRAM=%mm",
              "-XX:MaxRAMPercentage=60", "-Dfile.encoding=UTF-8", "-cp", "%d:/work", "%n"),
    .limits = {.memory = 512ULL << 20, .pids = 128},
};
