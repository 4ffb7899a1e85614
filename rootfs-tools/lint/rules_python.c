/* Python's rules and what they watch. To add one: a line in python.def, its watches here, its cases in
 * tests/lint/cases/python.txt. */
#include "rootfs-tools/lint/rules.h"

#include "rootfs-tools/lint/checks_python.h"

#define RULE(id, severity, message, needs) {#id, severity, message, needs},
const struct rule python_rules[] = {
#include "rootfs-tools/lint/python.def"
};
#undef RULE

#define EXEC                                                                                                 \
    "os.execl os.execle os.execlp os.execlpe os.execv os.execve os.execvp os.execvpe os.spawnl os.spawnle "  \
    "os.spawnlp os.spawnlpe os.spawnv os.spawnve os.spawnvp os.spawnvpe os.posix_spawn os.posix_spawnp "     \
    "os.startfile"
#define SUBPROCESS                                                                                           \
    "subprocess.Popen subprocess.run subprocess.call subprocess.check_call subprocess.check_output"
#define NETWORK                                                                                              \
    "urllib.request urllib2 http.client httplib requests httpx aiohttp ftplib smtplib telnetlib xmlrpc "     \
    "poplib "                                                                                                \
    "imaplib nntplib urllib3 paramiko websockets websocket pycurl xmlrpc.client http.server"
#define RUNNERS                                                                                              \
    "timeit.timeit timeit.repeat timeit.Timer cProfile.run cProfile.runctx profile.run profile.runctx "      \
    "pdb.run pdb.runeval bdb.Bdb().run trace.Trace().run trace.Trace().runctx "                              \
    "code.InteractiveInterpreter().runsource "                                                               \
    "code.InteractiveInterpreter().runcode code.InteractiveConsole().push "                                  \
    "code.InteractiveConsole().runsource "                                                                   \
    "doctest.testfile"

const struct watch python_watches[] = {
    {PY001, ON_REF,
     "os.system os.popen os.popen2 os.popen3 os.popen4 commands.getoutput commands.getstatusoutput", 0, NULL,
     0},
    {PY001, ON_CALL, "pydoc.pipepager pydoc.tempfilepager pipes.Template().open", 0, NULL, 0},
    {PY001, ON_ALIAS, "pydoc.pipepager", SEV_HIGH, NULL, 0},
    {PY001, ON_CALL, "platform.system os.system os.popen", 0, check_needs, 0}, /* not the next one */
    {PY001, ON_CALL, "*.system *.popen", SEV_MEDIUM, py_of_any, NEED_OPAQUE},
    {PY002, ON_REF, EXEC, 0, NULL, 0},
    {PY002, ON_CALL, EXEC, 0, check_needs, 0},
    {PY002, ON_CALL,
     "*.execl *.execlp *.execv *.execve *.execvp *.execvpe *.spawnl *.spawnlp *.spawnv *.spawnve *.spawnvp "
     "*.posix_spawn *.posix_spawnp",
     SEV_MEDIUM, py_of_any, NEED_OPAQUE},
    {PY003, ON_REF, "os.fork os.forkpty pty.spawn pty.fork _posixsubprocess.fork_exec", 0, NULL, 0},
    {PY003, ON_IMPORT, "_posixsubprocess", 0, NULL, 0},
    {PY004, ON_CALL, SUBPROCESS, 0, py_subprocess, 0},
    {PY004, ON_ALIAS, SUBPROCESS, SEV_MEDIUM, NULL, 0},
    {PY004, ON_REF, "subprocess.getoutput subprocess.getstatusoutput", SEV_CRITICAL, NULL, 0},
    {PY004, ON_CALL,
     "subprocess.list2cmdline subprocess.getoutput subprocess.getstatusoutput commands.getoutput "
     "commands.getstatusoutput",
     0, check_needs, 0},
    {PY004, ON_CALL, "*.Popen *.check_output *.check_call *.getoutput *.getstatusoutput", SEV_MEDIUM,
     py_of_any, NEED_OPAQUE},
    {PY005, ON_REF,
     "asyncio.create_subprocess_exec asyncio.create_subprocess_shell "
     "asyncio.subprocess.create_subprocess_exec "
     "asyncio.subprocess.create_subprocess_shell",
     0, NULL, 0},
    {PY005, ON_CALL,
     "*.subprocess_exec *.subprocess_shell *.create_subprocess_exec *.create_subprocess_shell", 0, NULL, 0},
    {PY006, ON_CALL,
     "multiprocessing.Process multiprocessing.Pool multiprocessing.pool.Pool multiprocessing.Manager "
     "multiprocessing.get_context().Process multiprocessing.get_context().Pool "
     "concurrent.futures.ProcessPoolExecutor "
     "concurrent.futures.process.ProcessPoolExecutor multiprocessing.managers.BaseManager",
     0, NULL, 0},
    {PY006, ON_ALIAS, "multiprocessing.Process multiprocessing.Pool concurrent.futures.ProcessPoolExecutor",
     0, NULL, 0},
    {PY007, ON_CALL, "builtins.eval", 0, check_code, 0},
    {PY007, ON_ALIAS, "builtins.eval", SEV_MEDIUM, NULL, 0},
    {PY008, ON_CALL, "builtins.exec builtins.execfile", 0, py_exec, 0},
    {PY008, ON_CALL, RUNNERS, SEV_MEDIUM, check_code, 0},
    {PY008, ON_REF,
     "timeit.timeit timeit.repeat code.InteractiveInterpreter code.InteractiveConsole cProfile.run "
     "cProfile.runctx",
     SEV_MEDIUM, NULL, 0},
    {PY008, ON_ALIAS, "builtins.exec", SEV_MEDIUM, NULL, 0},
    {PY008, ON_REF, "runpy.run_path runpy.run_module runpy._run_code runpy._run_module_code", 0, NULL, 0},
    {PY008, ON_CALL, "doctest.testmod doctest.run_docstring_examples doctest.DocTestRunner().run", SEV_MEDIUM,
     NULL, 0},
    {PY008, ON_CALL, "logging.config.fileConfig logging.config.listen", SEV_MEDIUM, NULL, 0},
    {PY009, ON_CALL, "builtins.compile", SEV_MEDIUM, check_code, 0},
    {PY009, ON_ALIAS, "builtins.compile", SEV_MEDIUM, NULL, 0},
    {PY009, ON_CALL,
     "types.FunctionType types.CodeType types.LambdaType *.replace_code code.compile_command "
     "codeop.compile_command",
     0, NULL, 0},
    {PY009, ON_SET, "*.__code__ *.func_code", 0, NULL, 0},
    {PY010, ON_CALL,
     "builtins.__import__ importlib.import_module importlib.__import__ imp.load_module "
     "imp.find_module pkgutil.get_loader pkgutil.find_loader pkgutil.resolve_name "
     "pydoc.locate "
     "pydoc.safeimport importlib.util.find_spec imp.load_compiled *.load_module *.exec_module",
     0, py_import, 0},
    {PY010, ON_CALL,
     "importlib.util.spec_from_file_location importlib.machinery.SourceFileLoader "
     "importlib.machinery.SourcelessFileLoader imp.load_source zipimport.zipimporter site.addsitedir",
     0, NULL, NEED_OPAQUE},
    {PY011, ON_CALL, "importlib.machinery.ExtensionFileLoader imp.load_dynamic _imp.create_dynamic", 0, NULL,
     0},
    {PY011, ON_REF, "mmap.PROT_EXEC", SEV_HIGH, NULL, 0},
    {PY011, ON_CALL, "mmap.mmap", SEV_HIGH, py_executable, 0},
    {PY010, ON_ALIAS, "builtins.__import__ importlib.import_module", 0, NULL, 0},
    {PY011, ON_IMPORT, "ctypes _ctypes cffi _cffi_backend numpy.ctypeslib", 0, NULL, 0},
    {PY011, ON_REF,
     "ctypes.CDLL ctypes.PyDLL ctypes.cdll ctypes.pydll ctypes.pythonapi ctypes.WinDLL ctypes.windll "
     "ctypes.CFUNCTYPE _ctypes.dlopen cffi.FFI",
     0, NULL, 0},
    {PY012, ON_REF,
     "pickle.loads pickle.load pickle.Unpickler dill.loads dill.load shelve.open marshal.loads marshal.load "
     "jsonpickle.decode torch.load joblib.load pandas.read_pickle cloudpickle.loads cloudpickle.load "
     "_pickle.loads "
     "pickle._loads pickle._Unpickler",
     0, NULL, 0},
    {PY012, ON_REF, "yaml.load yaml.load_all yaml.unsafe_load yaml.full_load", SEV_MEDIUM, NULL, 0},
    {PY012, ON_CALL, "copyreg.pickle", SEV_MEDIUM, NULL, 0},
    {PY013, ON_REF,
     "*.__subclasses__ *.__globals__ *.__builtins__ *.f_globals *.f_builtins *.f_locals *.gi_frame "
     "*.cr_frame "
     "*.tb_frame *.func_globals *.ag_frame *.f_back",
     0, NULL, 0},
    {PY013, ON_REF, "*.__mro__ *.__bases__ *.__base__ *.__closure__ *.cell_contents *.mro", SEV_LOW, NULL, 0},
    {PY013, ON_REF, "?.__loader__ builtins.__loader__ builtins.__spec__", SEV_MEDIUM, NULL, 0},
    {PY013, ON_CALL, "*.format *.format_map string.Formatter().format string.Formatter().vformat", 0,
     py_format_walk, 0},
    {PY014, ON_CALL, "builtins.getattr builtins.setattr builtins.delattr", 0, py_getattr, 0},
    {PY014, ON_CALL, "operator.attrgetter operator.methodcaller *.__getattribute__", 0, py_first_name, 0},
    {PY014, ON_REF, "operator.attrgetter operator.methodcaller", SEV_MEDIUM, NULL, 0},
    {PY014, ON_CALL, "string.Formatter().get_field", 0, NULL, 0},
    {PY014, ON_ALIAS, "builtins.getattr", SEV_MEDIUM, NULL, 0},
    {PY015, ON_CALL,
     "builtins.globals builtins.locals sys._getframe inspect.stack inspect.currentframe gc.get_objects "
     "gc.get_referrers gc.get_referents sys._current_frames inspect.getouterframes",
     0, NULL, 0},
    {PY015, ON_ALIAS, "builtins.globals builtins.locals builtins.vars sys._getframe gc.get_objects builtins",
     0, NULL, 0},
    {PY015, ON_ALIAS,
     "os.__dict__ sys.__dict__ builtins.__dict__ subprocess.__dict__ importlib.__dict__ ctypes.__dict__ "
     "pty.__dict__ socket.__dict__ shutil.__dict__",
     0, NULL, NEED_OPAQUE},
    {PY015, ON_CALL, "*.items *.values *.copy inspect.getmembers inspect.getmembers_static", 0,
     py_all_members, NEED_OPAQUE},
    {PY016, ON_REF,
     "sys.modules sys.meta_path sys.path_hooks sys.settrace sys.setprofile sys.addaudithook "
     "threading.settrace "
     "sys.path_importer_cache sys.monitoring",
     0, NULL, 0},
    {PY016, ON_SET, "sys.path builtins.open builtins.print builtins.__import__ *.__builtins__", 0, NULL, 0},
    {PY016, ON_CALL, "sys.path.insert sys.path.append sys.path.extend", 0, NULL, 0},
    {PY017, ON_CALL, "socket.socket socket.socketpair", 0, py_network_socket, NEED_NETWORK},
    {PY017, ON_CALL,
     "socket.create_connection socket.create_server socket.fromfd "
     "asyncio.open_connection asyncio.start_server asyncio.open_unix_connection asyncio.start_unix_server "
     "ssl.wrap_socket "
     "ssl.create_default_context socketserver.TCPServer socketserver.UDPServer "
     "socketserver.ThreadingTCPServer "
     "socketserver.UnixStreamServer socket.getaddrinfo socket.gethostbyname",
     0, NULL, 0},
    {PY017, ON_ALIAS, "socket.socket socket.create_connection", 0, NULL, 0},
    {PY018, ON_IMPORT, NETWORK, 0, NULL, 0},
    {PY018, ON_CALL, "urllib.request.urlopen urllib.request.urlretrieve urllib.urlopen urllib2.urlopen", 0,
     NULL, 0},
    {PY019, ON_CALL, "socket.socket socket.socketpair", 0, py_socket, 0},
    {PY019, ON_REF, "socket.AF_ALG socket.AF_NETLINK socket.AF_PACKET socket.AF_VSOCK socket.SOCK_RAW",
     SEV_MEDIUM, NULL, 0},
    {PY020, ON_CALL,
     "builtins.open builtins.file codecs.open io.FileIO fileinput.input gzip.open bz2.open lzma.open "
     "tokenize.open "
     "io.open_code zipfile.ZipFile tarfile.open",
     0, py_open, 0},
    {PY020, ON_REF, "io.FileIO", SEV_MEDIUM, NULL, NEED_FILE_READ},
    {PY020, ON_CALL, "os.open", 0, py_os_open, 0},
    {PY020, ON_CALL, "pathlib.Path().open", 0, py_path_open, 0},
    {PY020, ON_CALL,
     "pathlib.Path().write_text pathlib.Path().write_bytes pathlib.Path().touch pathlib.Path().mkdir", 0,
     py_path_write, 0},
    {PY020, ON_CALL,
     "os.mkdir os.makedirs os.truncate os.ftruncate shutil.copy shutil.copyfile shutil.copytree shutil.copy2 "
     "tempfile.NamedTemporaryFile tempfile.TemporaryFile tempfile.mkdtemp tempfile.TemporaryDirectory "
     "tempfile.mkstemp "
     "sqlite3.connect dbm.open logging.FileHandler",
     0, check_needs, NEED_FILE_WRITE | NEED_FILE_READ},
    {PY021, ON_CALL,
     "os.listdir os.scandir os.walk glob.glob os.stat pathlib.Path().read_text pathlib.Path().read_bytes "
     "pathlib.Path().iterdir pathlib.Path().glob linecache.getline",
     0, check_needs, NEED_FILE_READ},
    {PY023, ON_REF,
     "os.remove os.unlink os.rmdir os.removedirs shutil.rmtree shutil.move os.rename os.renames os.replace "
     "pathlib.Path().unlink pathlib.Path().rmdir pathlib.Path().rename pathlib.Path().replace",
     0, NULL, 0},
    {PY024, ON_REF,
     "os.symlink os.link os.mkfifo os.mknod pathlib.Path().symlink_to pathlib.Path().hardlink_to", 0, NULL,
     0},
    {PY025, ON_CALL, "os.chmod os.fchmod os.lchmod pathlib.Path().chmod", 0, py_chmod, 0},
    {PY025, ON_ALIAS, "stat.S_ISUID stat.S_ISGID", SEV_LOW, NULL, 0},
    {PY025, ON_REF,
     "os.chown os.fchown os.lchown shutil.chown os.setuid os.setgid os.seteuid os.setegid os.setreuid "
     "os.setregid "
     "os.setresuid os.setresgid os.initgroups os.setgroups os.chroot os.setns os.unshare",
     0, NULL, 0},
    {PY026, ON_REF,
     "os.kill os.killpg os.pidfd_open os.abort signal.pidfd_send_signal signal.pthread_kill "
     "signal.raise_signal "
     "signal.pthread_sigmask",
     0, NULL, 0},
    {PY026, ON_CALL, "signal.signal", 0, py_signal, NEED_SIGNALS},
    {PY027, ON_REF, "resource.setrlimit resource.prlimit", 0, NULL, 0},
    {PY028, ON_REF, "os.setsid os.setpgid os.setpgrp daemon.DaemonContext", 0, NULL, 0},
    {PY029, ON_CALL,
     "threading.Thread threading.Timer _thread.start_new_thread _thread.start_new thread.start_new_thread "
     "concurrent.futures.ThreadPoolExecutor multiprocessing.dummy.Pool multiprocessing.pool.ThreadPool "
     "concurrent.futures.thread.ThreadPoolExecutor",
     0, py_thread, NEED_THREADS},
    {PY029, ON_REF, "asyncio.to_thread *.run_in_executor", 0, check_needs, NEED_THREADS},
    {PY030, ON_CALL,
     "builtins.list builtins.sum builtins.tuple builtins.set builtins.max builtins.min builtins.sorted", 0,
     py_endless, 0},
    {PY031, ON_CALL,
     "builtins.list builtins.tuple builtins.set builtins.sorted builtins.bytes builtins.bytearray", 0,
     py_huge_range, 0},
    {PY031, ON_CALL, "builtins.bytearray builtins.bytes numpy.zeros numpy.ones numpy.empty mmap.mmap", 0,
     py_huge, 0},
    {PY032, ON_CALL, "*.extractall tarfile.open().extract shutil.unpack_archive", 0, NULL, 0},
    {PY032, ON_CALL, "zlib.decompress gzip.decompress bz2.decompress lzma.decompress", SEV_LOW, NULL, 0},
    {PY033, ON_REF, "tempfile.mktemp os.tempnam os.tmpnam", 0, NULL, 0},
    {PY034, ON_CALL,
     "builtins.input builtins.raw_input sys.stdin.read sys.stdin.readlines sys.stdin.buffer.read", 0, NULL,
     0},
    {PY036, ON_CALL,
     "builtins.exec builtins.eval builtins.compile builtins.__import__ importlib.import_module marshal.loads "
     "pickle.loads types.FunctionType os.system subprocess.run subprocess.Popen",
     0, check_decoded, 0},
    {PY037, ON_ALIAS, "os.environ os.environb", 0, NULL, 0},
    {PY037, ON_CALL, "os.getenv os.environ.get os.getenvb", 0, py_getenv, NEED_ENVIRONMENT},
    {PY038, ON_REF, "builtins.breakpoint pdb.set_trace code.interact IPython.embed pdb.post_mortem", SEV_LOW,
     NULL, 0},
    {PY038, ON_REF, "code.interact builtins.breakpoint sys.breakpointhook", SEV_MEDIUM, NULL, 0},
    {PY039, ON_REF, "atexit.register", 0, NULL, 0},
    {PY039, ON_SET, "sys.excepthook sys.unraisablehook threading.excepthook sys.exit sys.displayhook", 0,
     NULL, 0},
    {PY040, ON_REF, "ssl._create_unverified_context ssl.CERT_NONE hashlib.md5 hashlib.sha1", 0, NULL, 0},
    {PY040, ON_CALL,
     "requests.get requests.post requests.put requests.request requests.delete requests.head httpx.get "
     "httpx.Client",
     0, py_unverified, 0},
    {PY041, ON_IMPORT, "pip ensurepip venv virtualenv", 0, NULL, 0},
    {PY041, ON_CALL, "runpy.run_module runpy._run_module_as_main", 0, py_pip, 0},
    {PY041, ON_REF, "pip.main pip._internal.main ensurepip.bootstrap venv.create", 0, NULL, 0},
    {PY042, ON_IMPORT, "antigravity webbrowser readline tkinter turtle curses pty Tkinter", 0, NULL, 0},
    {PY042, ON_CALL, "fcntl.ioctl", 0, py_ioctl, 0},
    {PY042, ON_REF, "termios.TIOCSTI", 0, NULL, 0},
    {0, 0, NULL, 0, NULL, 0},
};

const char *const python_aliases[] = {"posix",
                                      "os",
                                      "nt",
                                      "os",
                                      "_socket",
                                      "socket",
                                      "__builtin__",
                                      "builtins",
                                      "cPickle",
                                      "pickle",
                                      "_pickle",
                                      "pickle",
                                      "builtins.__builtins__",
                                      "builtins",
                                      "io.open",
                                      "builtins.open",
                                      "_io",
                                      "io",
                                      "_io.open",
                                      "builtins.open",
                                      "_pyio.open",
                                      "builtins.open",
                                      "io.open_code",
                                      "builtins.open",
                                      "_thread",
                                      "_thread",
                                      "importlib._bootstrap._gcd_import",
                                      "importlib.import_module",
                                      "os.environb",
                                      "os.environ",
                                      "_signal",
                                      "signal",
                                      "builtins.object",
                                      "builtins.object",
                                      "pathlib.PosixPath",
                                      "pathlib.Path",
                                      "pathlib.PurePath",
                                      "pathlib.Path",
                                      "pathlib.Path.home()",
                                      "pathlib.Path()",
                                      "pathlib.Path.cwd()",
                                      "pathlib.Path()",
                                      "pathlib.PurePosixPath",
                                      "pathlib.Path",
                                      "pathlib.Path().parent",
                                      "pathlib.Path()",
                                      "_frozen_importlib._gcd_import",
                                      "importlib.import_module",
                                      "_bootlocale",
                                      "locale",
                                      "_operator",
                                      "operator",
                                      "_codecs",
                                      "codecs",
                                      "_multiprocessing",
                                      "multiprocessing",
                                      "builtins.open.__self__",
                                      "builtins",
                                      "builtins.print.__self__",
                                      "builtins",
                                      "builtins.len.__self__",
                                      "builtins",
                                      NULL};
