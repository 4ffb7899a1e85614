/* Every way in which a document can be wrong, and the exact text about it. */
#include <stdlib.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/buffer.h"
#include "spec/config.h"
#include "tests/unit/test.h"

/* decodes text and expects an error */
static void expect(const char *text, size_t len, const char *error)
{
    AUTO_SPEC struct spec *spec = spec_decode("config.json", text, len);
    CHECK(spec == NULL);
    CHECK_STR(error_text(), error);
    error_clear();
}

#define ERROR(text, error) expect(text, strlen(text), "config.json: " error)

/* In a document that is right otherwise: of the whole, the process, linux, linux.resources. */
#define HEAD            "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}"
#define TOP(x, e)       ERROR(HEAD "," x "}", e)
#define PROCESS(x, e)   ERROR(HEAD ",\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"," x "}}", "process." e)
#define LINUX(x, e)     ERROR(HEAD ",\"linux\":{" x "}}", "linux." e)
#define RESOURCES(x, e) ERROR(HEAD ",\"linux\":{\"resources\":{" x "}}}", "linux.resources." e)

TEST(syntax)
{
    ERROR("", "line 1, column 1: parse error: premature EOF");
    ERROR("{", "line 1, column 2: parse error: premature EOF");
    ERROR("{\"a\":\n  nope}", "line 2, column 3: lexical error: invalid string in json text.");
    ERROR("{}\n{}", "ociVersion: missing");
    ERROR(HEAD "}\n x", "line 2, column 2: parse error: trailing garbage");
    ERROR("{\"a\":[1,]}", "line 1, column 9: parse error: unallowed token at this point in JSON text");
    ERROR("{\"a\":\"\xff\"}", "line 1, column 7: lexical error: invalid bytes in UTF8 string.");
    ERROR("{\"a\":\"\x01\"}", "line 1, column 6: lexical error: invalid character inside string.");
    ERROR("{\"a\":01}",
          "line 1, column 6: parse error: after key and value, inside map, I expect ',' or '}'");
    ERROR("{\"a\":.5}", "line 1, column 6: lexical error: invalid char in json text.");
    expect("{\"a\": 1\0}", 9, "config.json: line 1, column 8: lexical error: invalid char in json text.");
}

/* What went wrong before is not taken for what is wrong now. */
TEST(an_old_error)
{
    fail(0, "something else");
    ERROR("", "line 1, column 1: parse error: premature EOF");
}

TEST(other_documents)
{
    ERROR("[]", "expected an object, found an array");
    ERROR("7 ", "expected an object, found 7");
    ERROR("7", "expected an object, found 7");
    ERROR("\"x\"", "expected an object, found \"x\"");
    ERROR("true", "expected an object, found true");
    ERROR("null", "expected an object, found null");
}

TEST(required)
{
    ERROR("{}", "ociVersion: missing");
    ERROR("{\"ociVersion\":null}", "ociVersion: missing");
    ERROR("{\"ociVersion\":\"\"}", "ociVersion: must not be empty");
    ERROR("{\"ociVersion\":\"1.0.0\"}", "root: missing");
    ERROR("{\"ociVersion\":\"1.0.0\",\"root\":{}}", "root.path: missing");
    TOP("\"process\":{}", "process.cwd: missing");
    TOP("\"process\":{\"cwd\":\"/\"}", "process.args: missing: there is nothing to run");
    TOP("\"process\":{\"cwd\":\"/\",\"args\":[]}", "process.args: missing: there is nothing to run");
    PROCESS("\"rlimits\":[{\"type\":\"A\",\"hard\":1,\"soft\":1},{\"type\":\"B\",\"hard\":1}]",
            "rlimits[1].soft: missing");
    PROCESS("\"rlimits\":[{\"soft\":1,\"hard\":1}]", "rlimits[0].type: missing");
    PROCESS("\"consoleSize\":{\"height\":1}", "consoleSize.width: missing");
    PROCESS("\"scheduler\":{}", "scheduler.policy: missing");
    PROCESS("\"ioPriority\":{}", "ioPriority.class: missing");
    TOP("\"mounts\":[{\"type\":\"proc\"}]", "mounts[0].destination: missing");
    TOP("\"hooks\":{\"prestart\":[{}]}", "hooks.prestart[0].path: missing");
    LINUX("\"namespaces\":[{}]", "namespaces[0].type: missing");
    LINUX("\"uidMappings\":[{\"containerID\":0,\"hostID\":0}]", "uidMappings[0].size: missing");
    LINUX("\"devices\":[{\"path\":\"/dev/a\"}]", "devices[0].type: missing");
    LINUX("\"seccomp\":{}", "seccomp.defaultAction: missing");
    LINUX("\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"action\":\"A\"}]}",
          "seccomp.syscalls[0].names: missing");
    LINUX("\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[\"a\"]}]}",
          "seccomp.syscalls[0].action: missing");
    LINUX("\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"A\",\"args\":[{"
          "\"index\":0,"
          "\"value\":1}]}]}",
          "seccomp.syscalls[0].args[0].op: missing");
    LINUX("\"memoryPolicy\":{}", "memoryPolicy.mode: missing");
    LINUX("\"personality\":{}", "personality.domain: missing");
    RESOURCES("\"devices\":[{}]", "devices[0].allow: missing");
    RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2MB\"}]", "hugepageLimits[0].limit: missing");
    RESOURCES("\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":1,\"minor\":2}]}",
              "blockIO.throttleReadBpsDevice[0].rate: missing");
    RESOURCES("\"network\":{\"priorities\":[{\"name\":\"lo\"}]}", "network.priorities[0].priority: missing");
}

TEST(types)
{
    PROCESS("\"rlimits\":[{\"type\":\"A\",\"hard\":1,\"soft\":1},{\"type\":\"B\",\"hard\":1,\"soft\":1},{"
            "\"soft\":\"many\"}]",
            "rlimits[2].soft: expected an unsigned integer, found \"many\"");
    PROCESS("\"terminal\":1", "terminal: expected true or false, found 1");
    PROCESS("\"terminal\":\"yes\"", "terminal: expected true or false, found \"yes\"");
    PROCESS("\"env\":\"A=1\"", "env: expected an array, found \"A=1\"");
    PROCESS("\"env\":{}", "env: expected an array, found an object");
    PROCESS("\"env\":[\"A=1\",2]", "env[1]: expected a string, found 2");
    PROCESS("\"env\":[null]", "env[0]: expected a string, found null");
    PROCESS("\"env\":[[]]", "env[0]: expected a string, found an array");
    PROCESS("\"env\":[{}]", "env[0]: expected a string, found an object");
    PROCESS("\"user\":[]", "user: expected an object, found an array");
    PROCESS("\"user\":0", "user: expected an object, found 0");
    PROCESS("\"user\":{\"uid\":\"root\"}", "user.uid: expected an unsigned integer, found \"root\"");
    PROCESS("\"user\":{\"additionalGids\":[1,true]}",
            "user.additionalGids[1]: expected an unsigned integer, found true");
    PROCESS("\"oomScoreAdj\":1.5", "oomScoreAdj: expected an integer, found 1.5");
    PROCESS("\"oomScoreAdj\":1e2", "oomScoreAdj: expected an integer, found 1e2");
    PROCESS("\"cwd\":[]", "cwd: expected a string, found an array");
    TOP("\"mounts\":{}", "mounts: expected an array, found an object");
    TOP("\"mounts\":[null]", "mounts[0]: expected an object, found null");
    TOP("\"mounts\":[[]]", "mounts[0]: expected an object, found an array");
    TOP("\"mounts\":[\"/proc\"]", "mounts[0]: expected an object, found \"/proc\"");
    TOP("\"annotations\":[]", "annotations: expected an object, found an array");
    TOP("\"annotations\":{\"a.b/c\":1}", "annotations[\"a.b/c\"]: expected a string, found 1");
    TOP("\"annotations\":{\"a\":{}}", "annotations.a: expected a string, found an object");
    LINUX("\"timeOffsets\":{\"boottime\":5}", "timeOffsets.boottime: expected an object, found 5");
    LINUX("\"netDevices\":{\"eth0\":{\"name\":1}}", "netDevices.eth0.name: expected a string, found 1");
    TOP("\"hostname\":false", "hostname: expected a string, found false");
    TOP("\"linux\":\"a\\nb0123456789012345678901234567890123456789012345678901234567890\"",
        "linux: expected an object, found "
        "\"a?b012345678901234567890123456789012345678901234567890123456...\"");
}

TEST(ranges)
{
    PROCESS("\"user\":{\"uid\":-1}", "user.uid: expected an integer from 0 to 4294967295, found -1");
    PROCESS("\"user\":{\"uid\":4294967296}",
            "user.uid: expected an integer from 0 to 4294967295, found 4294967296");
    PROCESS("\"user\":{\"umask\":4096}", "user.umask: expected an integer from 0 to 4095, found 4096");
    PROCESS("\"user\":{\"additionalGids\":[4294967296]}",
            "user.additionalGids[0]: expected an integer from 0 to 4294967295, found 4294967296");
    PROCESS("\"oomScoreAdj\":1001", "oomScoreAdj: expected an integer from -1000 to 1000, found 1001");
    PROCESS(
        "\"rlimits\":[{\"soft\":18446744073709551616}]",
        "rlimits[0].soft: expected an integer from 0 to 18446744073709551615, found 18446744073709551616");
    PROCESS("\"scheduler\":{\"nice\":2147483648}",
            "scheduler.nice: expected an integer from -2147483648 to 2147483647, found 2147483648");
    TOP("\"hooks\":{\"poststop\":[{\"timeout\":-1}]}",
        "hooks.poststop[0].timeout: expected an integer from 0 to 2147483647, found -1");
    RESOURCES("\"memory\":{\"limit\":9223372036854775808}",
              "memory.limit: expected an integer from -9223372036854775808 to 9223372036854775807, found "
              "9223372036854775808");
    RESOURCES("\"blockIO\":{\"weight\":65536}",
              "blockIO.weight: expected an integer from 0 to 65535, found 65536");
}

TEST(strings)
{
    PROCESS("\"cwd\":\"tmp\"", "cwd: must be an absolute path, found \"tmp\"");
    PROCESS("\"cwd\":\"\"", "cwd: must not be empty");
    PROCESS("\"env\":[\"A=\\u0000\"]", "env[0]: a string with a NUL byte (\\u0000) in it");
    TOP("\"hostname\":\"a\\u0000b\"", "hostname: a string with a NUL byte (\\u0000) in it");
    TOP("\"annotations\":{\"a\\u0000\":\"1\"}", "annotations: a key with a NUL byte (\\u0000) in it");
    TOP("\"annotations\":{\"\":\"1\"}", "annotations: an empty key");
    TOP("\"mounts\":[{\"destination\":\"\"}]", "mounts[0].destination: must not be empty");
    TOP("\"hooks\":{\"startContainer\":[{\"path\":\"x\"}]}",
        "hooks.startContainer[0].path: must be an absolute path, found \"x\"");
    LINUX("\"namespaces\":[{\"type\":\"pid\",\"path\":\"ns\"}]",
          "namespaces[0].path: must be an absolute path, found \"ns\"");
    LINUX("\"maskedPaths\":[\"/a\",\"b\"]", "maskedPaths[1]: must be an absolute path, found \"b\"");
    LINUX("\"readonlyPaths\":[\"\"]", "readonlyPaths[0]: must be an absolute path, found \"\"");
    LINUX("\"devices\":[{\"path\":\"null\"}]", "devices[0].path: must be an absolute path, found \"null\"");
}

TEST(versions)
{
#define VERSION(v, e)                                                                                        \
    ERROR("{\"ociVersion\":\"" v "\",\"root\":{\"path\":\"r\"}}", "ociVersion: \"" v "\" " e)
#define NOT_ONE "is not a version such as \"1.2.0\""
    VERSION("1", NOT_ONE);
    VERSION("1.0", NOT_ONE);
    VERSION("1.0.x", NOT_ONE);
    VERSION("01.0.0", NOT_ONE);
    VERSION("1.0.0-", NOT_ONE);
    VERSION("1.0.0+", NOT_ONE);
    VERSION("1.0.0 ", NOT_ONE);
    VERSION("v1.0.0", NOT_ONE);
    VERSION("0.5.0-dev", "is not supported: rsbx knows 1.x");
    VERSION("2.0.0", "is not supported: rsbx knows 1.x");
    VERSION("10.0.0", "is not supported: rsbx knows 1.x");
}

TEST(namespaces)
{
    LINUX("\"namespaces\":[{\"type\":\"network\"},{\"type\":\"net\"}]",
          "namespaces[1].type: unknown namespace \"net\"");
    LINUX("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"uts\"},{\"type\":\"pid\"}]",
          "namespaces[2].type: \"pid\" is already in namespaces[0]");
    TOP("\"hostname\":\"h\"", "hostname: needs a uts namespace in linux.namespaces");
    TOP("\"domainname\":\"h\",\"linux\":{}", "domainname: needs a uts namespace in linux.namespaces");
    LINUX("\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
          "uidMappings: needs a user namespace in linux.namespaces");
    LINUX("\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
          "gidMappings: needs a user namespace in linux.namespaces");
    LINUX("\"netDevices\":{\"eth0\":{}}", "netDevices: needs a network namespace in linux.namespaces");
    LINUX("\"timeOffsets\":{\"boottime\":{\"secs\":1}}",
          "timeOffsets: needs a new time namespace in linux.namespaces");
    LINUX("\"namespaces\":[{\"type\":\"time\",\"path\":\"/x\"}],\"timeOffsets\":{\"boottime\":{\"secs\":1}}",
          "timeOffsets: needs a new time namespace in linux.namespaces");
    LINUX("\"namespaces\":[{\"type\":\"time\"}],\"timeOffsets\":{\"realtime\":{\"secs\":1}}",
          "timeOffsets: unknown clock \"realtime\"");
    LINUX("\"namespaces\":[{\"type\":\"time\"}],\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}",
          "timeOffsets.boottime.nanosecs: expected an integer from 0 to 999999999, found 1000000000");
}

#define MAP(c, h, s) "{\"containerID\":" #c ",\"hostID\":" #h ",\"size\":" #s "}"

TEST(id_maps)
{
    LINUX("\"uidMappings\":[" MAP(0, 0, 0) "]", "uidMappings[0].size: must not be 0");
    LINUX("\"uidMappings\":[" MAP(0, 4294967295, 1) "]",
          "uidMappings[0]: reaches past the last id, 4294967294");
    LINUX("\"gidMappings\":[" MAP(1, 0, 4294967295) "]",
          "gidMappings[0]: reaches past the last id, 4294967294");
    LINUX("\"gidMappings\":[" MAP(0, 0, 10) "," MAP(9, 20, 10) "]",
          "gidMappings[1]: overlaps gidMappings[0]");
    LINUX("\"gidMappings\":[" MAP(0, 0, 10) "," MAP(10, 5, 1) "]", "gidMappings[1]: overlaps gidMappings[0]");
    TOP("\"mounts\":[{\"destination\":\"/a\",\"uidMappings\":[" MAP(0, 0, 1) "]}]",
        "mounts[0].gidMappings: missing: uidMappings must not stand alone");
    TOP("\"mounts\":[{\"destination\":\"/a\",\"gidMappings\":[" MAP(0, 0, 1) "]}]",
        "mounts[0].uidMappings: missing: gidMappings must not stand alone");
    TOP("\"mounts\":[{\"destination\":\"/a\",\"uidMappings\":[" MAP(0, 0, 0) "],\"gidMappings\":[" MAP(
            0, 0, 1) "]}]",
        "mounts[0].uidMappings[0].size: must not be 0");
    TOP("\"mounts\":[{\"destination\":\"/a\",\"options\":[\"idmap=uids=0-1-2\"]}]",
        "mounts[0].gidMappings: missing: uidMappings must not stand alone");
    TOP("\"mounts\":[{\"destination\":\"/a\",\"options\":[\"bind\",\"ridmap=uids=0-1;gids=0-1-2\"]}]",
        "mounts[0].options[1]: \"ridmap=uids=0-1;gids=0-1-2\" is not like idmap=uids=0-1000-10#10-5000-1;"
        "gids=@0-0-10 (id in the file system, id shown, number; after @ an id of the user namespace)");
}

TEST(resources)
{
    RESOURCES("\"blockIO\":{\"weightDevice\":[{\"major\":1,\"minor\":2}]}",
              "blockIO.weightDevice[0]: neither weight nor leafWeight");
    RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"../2MB\",\"limit\":1}]",
              "hugepageLimits[0].pageSize: expected a size such as \"2MB\", found \"../2MB\"");
    RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2TB\",\"limit\":1}]",
              "hugepageLimits[0].pageSize: expected a size such as \"2MB\", found \"2TB\"");
    RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2\",\"limit\":1}]",
              "hugepageLimits[0].pageSize: expected a size such as \"2MB\", found \"2\"");
    RESOURCES("\"rdma\":{\"mlx5_1\":{}}", "rdma.mlx5_1: neither hcaHandles nor hcaObjects");
}

TEST(seccomp_and_rdt)
{
    LINUX("\"seccomp\":{\"defaultAction\":\"A\",\"listenerMetadata\":\"x\"}",
          "seccomp.listenerMetadata: must not be set without listenerPath");
    LINUX("\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[],\"action\":\"A\"}]}",
          "seccomp.syscalls[0].names: must not be empty");
    LINUX("\"intelRdt\":{\"closID\":\"..\"}", "intelRdt.closID: \"..\" is not a directory name");
    LINUX("\"intelRdt\":{\"closID\":\"a/b\"}", "intelRdt.closID: \"a/b\" is not a directory name");
    LINUX("\"intelRdt\":{\"memBwSchema\":\"L3:0=1\"}",
          "intelRdt.memBwSchema: must be one line that begins with \"MB:\"");
    LINUX("\"intelRdt\":{\"memBwSchema\":\"MB:0=1\\nL3:0=1\"}",
          "intelRdt.memBwSchema: must be one line that begins with \"MB:\"");
    LINUX("\"intelRdt\":{\"schemata\":[\"L3:0=1\",\"L2:\\n\"]}", "intelRdt.schemata[1]: must be one line");
}

/* ---- bounds ---- */

static void nested(struct buf *b, size_t depth)
{
    buf_adds(b, HEAD ",\"x\":");
    for (size_t i = 0; i < depth; i++)
        buf_addc(b, '[');
    for (size_t i = 0; i < depth; i++)
        buf_addc(b, ']');
    buf_addc(b, '}');
}

TEST(depth)
{
    AUTO_BUF struct buf b = BUF_INIT;
    nested(&b, 63);
    AUTO_SPEC struct spec *spec = spec_decode("config.json", b.data, b.len);
    CHECK(spec != NULL);
    buf_clear(&b);
    nested(&b, 64);
    expect(b.data, b.len, "config.json: line 1, column 110: nested more than 64 levels deep");
    buf_clear(&b);
    nested(&b, 1000000);
    expect(b.data, b.len, "config.json: line 1, column 110: nested more than 64 levels deep");
}

TEST(size)
{
    AUTO_BUF struct buf b = BUF_INIT;
    buf_adds(&b, HEAD "}");
    while (b.len < 16 << 20)
        buf_adds(&b, "                                                                ");
    b.len = 16 << 20;
    AUTO_SPEC struct spec *spec = spec_decode("config.json", b.data, b.len);
    CHECK(spec != NULL);
    buf_addc(&b, ' ');
    expect(b.data, b.len, "config.json: larger than 16 MiB");
}

TEST(list_lengths)
{
    AUTO_BUF struct buf b = BUF_INIT;
    buf_adds(&b, HEAD ",\"process\":{\"cwd\":\"/\",\"args\":[\"\"");
    for (int i = 1; i < 65536; i++)
        buf_adds(&b, ",\"\"");
    size_t full = b.len;
    buf_adds(&b, "]}}");
    AUTO_SPEC struct spec *spec = spec_decode("config.json", b.data, b.len);
    CHECK(spec && spec->process->args.n == 65536);
    b.len = full;
    buf_adds(&b, ",\"\"]}}");
    expect(b.data, b.len, "config.json: process.args[65536]: more than 65536 elements");
    buf_clear(&b);
    buf_adds(&b, HEAD ",\"annotations\":{");
    for (int i = 0; i < 4097; i++)
        buf_printf(&b, "%s\"k%d\":\"\"", i ? "," : "", i);
    buf_adds(&b, "}}");
    expect(b.data, b.len, "config.json: annotations.k4096: more than 4096 elements");
}

TEST_MAIN()
