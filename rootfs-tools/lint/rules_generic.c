/* What is telling in Bash, Ruby, PHP, Perl, Lua, C and Go. */
#include "rootfs-tools/lint/generic.h"

#define GENERIC_RULES(language, letters)                                                                     \
    const struct rule language##_rules[] = {                                                                 \
        {letters "001", SEV_CRITICAL, "starts another program", NEED_SUBPROCESS | NEED_FORK},                \
        {letters "002", SEV_HIGH, "runs text as code", NEED_DYNAMIC},                                        \
        {letters "003", SEV_CRITICAL, "reaches native code or the kernel directly",                          \
         NEED_NATIVE | NEED_OPAQUE},                                                                         \
        {letters "004", SEV_MEDIUM,                                                                          \
         "talks to the network; there is none in the sandbox unless it was asked for", NEED_NETWORK},        \
        {letters "005", SEV_MEDIUM, "creates, changes or removes files", NEED_FILE_WRITE},                   \
        {letters "006", SEV_HIGH, "a path that tells about the system or its secrets", NEED_FILE_READ},      \
        {letters "007", SEV_MEDIUM, "opaque: what is called is only known at run time", NEED_OPAQUE},        \
        {letters "008", SEV_HIGH, "the text is not what it looks like", NEED_OPAQUE},                        \
        {letters "009", SEV_HIGH, "other processes, identities, modes or limits",                            \
         NEED_FORK | NEED_PRIVILEGE},                                                                        \
    };
#define END                                                                                                  \
    {                                                                                                        \
        0, 0, NULL, 0, NULL, 0                                                                               \
    }

GENERIC_RULES(bash, "SH")
const struct watch bash_watches[] = {
    {G_COMMAND, ON_CALL,
     "python python3 perl ruby node php lua gcc cc tclsh awk gawk docker podman kubectl runc crun",
     SEV_MEDIUM, NULL, 0},
    {G_COMMAND, ON_CALL, "xargs find parallel env busybox watch script", SEV_LOW, NULL, 0},
    {G_CODE, ON_CALL, "eval source .", 0, check_code, 0},
    {G_CODE, ON_CALL, "sh bash dash zsh ksh", SEV_MEDIUM, NULL, 0},
    {G_NATIVE, ON_CALL, "insmod modprobe gdb ld.so ld-linux-x86-64.so.2 debugfs enable", SEV_HIGH, NULL, 0},
    {G_NETWORK, ON_CALL,
     "curl wget nc ncat netcat socat ssh scp sftp ftp telnet rsync dig nslookup ping openssl", 0, NULL, 0},
    {G_FILES, ON_CALL, "rm rmdir mv cp dd shred truncate ln mkfifo mkfs tee install", SEV_LOW, NULL, 0},
    {G_FILES, ON_CALL, "shred mkfs dd mkfs.ext4 wipefs fdisk", SEV_HIGH, NULL, 0},
    {G_PROCESS, ON_CALL,
     "sudo su setsid nsenter unshare chroot mount umount setcap pivot_root capsh setpriv doas pkexec", 0,
     NULL, 0},
    {G_PROCESS, ON_CALL, "chmod chown kill pkill killall ulimit renice nohup crontab at trap disown",
     SEV_MEDIUM, NULL, 0},
    END};

GENERIC_RULES(ruby, "RB")
const struct watch ruby_watches[] = {
    {G_COMMAND, ON_CALL,
     "system exec spawn Process.spawn Process.exec IO.popen Open3.capture2 Open3.capture2e Open3.capture3 "
     "Open3.popen3 "
     "Open3.popen2 Open3.pipeline PTY.spawn PTY.getpty",
     0, NULL, 0},
    {G_CODE, ON_CALL,
     "eval binding.eval *.instance_eval *.class_eval *.module_eval instance_eval class_eval load *.eval", 0,
     check_code, 0},
    {G_CODE, ON_CALL,
     "Marshal.load Marshal.restore YAML.load YAML.unsafe_load *.define_method ERB.new "
     "RubyVM::InstructionSequence.compile",
     SEV_MEDIUM, NULL, 0},
    {G_NATIVE, ON_IMPORT, "fiddle ffi dl win32ole", 0, NULL, 0},
    {G_NATIVE, ON_REF, "Fiddle.dlopen Fiddle.Function Fiddle syscall FFI", 0, NULL, 0},
    {G_NATIVE, ON_CALL, "syscall Fiddle.dlopen", 0, NULL, 0},
    {G_NETWORK, ON_IMPORT, "socket net/http open-uri net/ftp net/smtp openssl drb", 0, NULL, 0},
    {G_NETWORK, ON_CALL,
     "TCPSocket.new TCPSocket.open UDPSocket.new TCPServer.new UNIXSocket.new Net.HTTP URI.open", 0, NULL, 0},
    {G_FILES, ON_CALL,
     "File.delete File.unlink File.write File.rename File.symlink File.link FileUtils.rm FileUtils.rm_rf "
     "FileUtils.rm_r "
     "FileUtils.mv FileUtils.cp IO.write Dir.rmdir Dir.mkdir File.chmod File.chown",
     0, NULL, 0},
    {G_OPAQUE, ON_CALL,
     "*.const_get const_get Object.const_get *.instance_variable_get ObjectSpace.each_object", 0, NULL, 0},
    {G_PROCESS, ON_CALL,
     "fork Process.fork Process.daemon Process.kill Process.setsid Process.setrlimit Process.UID trap "
     "at_exit",
     0, NULL, 0},
    {G_COMMAND, ON_CALL, "open URI.open IO.read IO.readlines IO.foreach IO.write IO.binread", 0, ruby_open,
     0},
    {G_FILES, ON_CALL, "File.open File.new open IO.open", 0, check_opened, 0},
    {G_FILES, ON_CALL,
     "Tempfile.new Tempfile.create Tempfile.open Dir.mktmpdir FileUtils.touch FileUtils.mkdir "
     "FileUtils.mkdir_p File.binwrite IO.binwrite File.truncate File.mkfifo",
     0, check_needs, NEED_FILE_WRITE},
    END};

GENERIC_RULES(php, "PHP")
const struct watch php_watches[] = {
    {G_COMMAND, ON_CALL,
     "system exec passthru shell_exec proc_open popen pcntl_exec mail mb_send_mail expect_popen", 0, NULL, 0},
    {G_CODE, ON_CALL, "eval assert create_function preg_replace_callback_eval", 0, check_code, 0},
    {G_CODE, ON_CALL, "preg_replace", 0, php_replace, 0},
    {G_CODE, ON_CALL, "unserialize extract parse_str", SEV_MEDIUM, NULL, 0},
    {G_CODE, ON_CALL, "eval assert create_function system", SEV_CRITICAL, check_decoded, 0},
    {G_NATIVE, ON_CALL, "ffi ffi.cdef ffi.load ffi.scope dl", 0, NULL, 0},
    {G_NETWORK, ON_CALL,
     "fsockopen pfsockopen curl_init curl_exec socket_create stream_socket_client stream_socket_server "
     "ftp_connect "
     "socket_connect gethostbyname dns_get_record",
     0, NULL, 0},
    {G_FILES, ON_CALL,
     "unlink rmdir rename file_put_contents symlink link chmod chown chgrp mkdir copy move_uploaded_file "
     "touch fwrite",
     0, NULL, 0},
    {G_PROCESS, ON_CALL,
     "pcntl_fork pcntl_signal posix_kill posix_setuid posix_setgid posix_setsid proc_nice ini_set putenv "
     "set_time_limit "
     "apache_setenv pcntl_unshare",
     SEV_HIGH, NULL, 0},
    {G_FILES, ON_CALL, "fopen SplFileObject", 0, check_opened, 0},
    {G_FILES, ON_CALL, "tempnam tmpfile ftruncate fputcsv", 0, check_needs, NEED_FILE_WRITE},
    END};

GENERIC_RULES(perl, "PL")
const struct watch perl_watches[] = {
    {G_COMMAND, ON_CALL, "system exec qx readpipe IPC::Open3.open3 IPC::Open2.open2 open3 open2", 0, NULL, 0},
    {G_COMMAND, ON_IMPORT, "IPC::Open3 IPC::Open2 IPC::Run", SEV_HIGH, NULL, 0},
    {G_COMMAND, ON_CALL, "open", 0, perl_open, 0},
    {G_CODE, ON_CALL, "eval", 0, check_code, 0},
    {G_CODE, ON_CALL, "do require", SEV_LOW, NULL, 0},
    {G_NATIVE, ON_CALL, "syscall DynaLoader.dl_load_file", 0, NULL, 0},
    {G_NATIVE, ON_IMPORT, "Inline FFI::Platypus DynaLoader XSLoader", 0, NULL, 0},
    {G_NETWORK, ON_IMPORT,
     "Socket IO::Socket IO::Socket::INET LWP::UserAgent LWP::Simple HTTP::Tiny Net::FTP", 0, NULL, 0},
    {G_NETWORK, ON_CALL, "socket connect bind listen gethostbyname", 0, NULL, 0},
    {G_FILES, ON_CALL, "unlink rmdir rename symlink link chmod chown mkdir truncate utime", 0, NULL, 0},
    {G_PROCESS, ON_CALL, "fork kill setpgrp POSIX.setsid POSIX.setuid chroot", 0, NULL, 0},
    {G_FILES, ON_CALL, "open sysopen", 0, check_opened, 0},
    {G_FILES, ON_CALL, "make_path remove_tree tempfile tempdir copy move", 0, check_needs, NEED_FILE_WRITE},
    {G_PROCESS, ON_CALL, "threads.create threads.new async", 0, check_needs, NEED_THREADS},
    END};

GENERIC_RULES(lua, "LUA")
const struct watch lua_watches[] = {
    {G_COMMAND, ON_REF, "os.execute io.popen", 0, NULL, 0},
    {G_CODE, ON_CALL, "load loadstring dofile loadfile", 0, check_code, 0},
    {G_CODE, ON_ALIAS, "load loadstring dofile loadfile", SEV_MEDIUM, NULL, 0},
    {G_NATIVE, ON_REF, "package.loadlib package.cpath ffi.load ffi.cdef ffi.C", 0, NULL, 0},
    {G_NATIVE, ON_IMPORT, "ffi alien", 0, NULL, 0},
    {G_NETWORK, ON_IMPORT, "socket socket.http ssl http.request", 0, NULL, 0},
    {G_FILES, ON_REF, "os.remove os.rename os.tmpname", 0, NULL, 0},
    {G_OPAQUE, ON_REF,
     "debug.getregistry debug.getupvalue debug.setupvalue debug.sethook debug.getinfo debug.getmetatable "
     "debug.setmetatable "
     "string.dump package.loaded package.searchers package.preload getfenv setfenv",
     0, NULL, 0},
    {G_OPAQUE, ON_CALL, "pairs next rawget setmetatable", 0, lua_whole, 0},
    {G_PROCESS, ON_REF, "os.exit", SEV_INFO, NULL, 0},
    {G_PROCESS, ON_IMPORT, "posix posix.unistd", 0, NULL, 0},
    {G_FILES, ON_CALL, "io.open", 0, check_opened, 0},
    {G_FILES, ON_CALL, "io.output", 0, check_needs, NEED_FILE_WRITE},
    END};

GENERIC_RULES(c, "C")
const struct watch c_watches[] = {
    {G_COMMAND, ON_REF,
     "system popen execl execlp execle execv execve execvp execvpe execveat fexecve posix_spawn posix_spawnp "
     "wordexp",
     0, NULL, 0},
    {G_CODE, ON_CALL, "dlopen dlsym mprotect memfd_create pkey_mprotect", 0, NULL, 0},
    {G_NATIVE, ON_REF,
     "syscall ptrace process_vm_readv process_vm_writev init_module finit_module bpf perf_event_open "
     "userfaultfd io_uring_setup "
     "iopl ioperm keyctl open_by_handle_at",
     0, NULL, 0},
    {G_NETWORK, ON_CALL, "socket connect bind listen accept getaddrinfo gethostbyname socketpair sendto", 0,
     NULL, 0},
    {G_FILES, ON_CALL, "unlink unlinkat remove rmdir rename symlink link mkfifo mknod chmod fchmod truncate",
     0, NULL, 0},
    {G_PROCESS, ON_REF,
     "fork vfork clone setuid setgid setresuid setreuid setgroups chroot mount umount umount2 pivot_root "
     "unshare setns setsid "
     "daemon prctl kill setrlimit prlimit chown",
     0, NULL, 0},
    {G_FILES, ON_CALL, "fopen freopen fopen64 open open64", 0, check_opened, 0},
    {G_FILES, ON_CALL, "openat creat mkdir mkdirat mkstemp mkdtemp tmpfile shm_open", 0, check_needs,
     NEED_FILE_READ | NEED_FILE_WRITE},
    {G_PROCESS, ON_CALL, "pthread_create thrd_create", 0, check_needs, NEED_THREADS},
    {G_PROCESS, ON_CALL, "sigqueue killpg", 0, check_needs, NEED_SIGNALS},
    END};

GENERIC_RULES(go, "GO")
const struct watch go_watches[] = {
    {G_COMMAND, ON_CALL,
     "os/exec.Command os/exec.CommandContext syscall.Exec syscall.ForkExec syscall.StartProcess "
     "os.StartProcess "
     "golang.org/x/sys/unix.Exec",
     0, NULL, 0},
    {G_CODE, ON_IMPORT, "plugin", 0, NULL, 0},
    {G_NATIVE, ON_IMPORT, "C", 0, NULL, 0},
    {G_NATIVE, ON_IMPORT, "unsafe syscall golang.org/x/sys/unix", SEV_HIGH, NULL, 0},
    {G_NATIVE, ON_CALL, "syscall.Syscall syscall.RawSyscall syscall.Syscall6 golang.org/x/sys/unix.Syscall",
     0, NULL, 0},
    {G_NETWORK, ON_IMPORT, "net net/http net/rpc net/smtp crypto/tls", 0, NULL, 0},
    {G_FILES, ON_CALL,
     "os.Remove os.RemoveAll os.Rename os.WriteFile os.Create os.Symlink os.Link os.Chmod os.Chown os.Mkdir "
     "os.MkdirAll "
     "io/ioutil.WriteFile os.Truncate",
     0, NULL, 0},
    {G_OPAQUE, ON_CALL, "*.MethodByName reflect.NewAt", 0, NULL, 0},
    {G_PROCESS, ON_CALL,
     "syscall.Kill syscall.Setuid syscall.Chroot syscall.Mount syscall.Unshare syscall.Setrlimit "
     "os.FindProcess",
     0, NULL, 0},
    {G_FILES, ON_CALL, "os.OpenFile os.CreateTemp os.MkdirTemp io/ioutil.TempFile io/ioutil.TempDir", 0,
     check_needs, NEED_FILE_READ | NEED_FILE_WRITE},
    END};
