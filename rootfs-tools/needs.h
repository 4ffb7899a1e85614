/* What a snippet appears to need: rsbx-lint says it by these names, `prepare --tight` grants it. */
#ifndef RSBX_ROOTFS_TOOLS_NEEDS_H
#define RSBX_ROOTFS_TOOLS_NEEDS_H

enum need {
    NEED_SUBPROCESS = 1 << 0,  /* starts other programs */
    NEED_FORK = 1 << 1,        /* processes of its own */
    NEED_THREADS = 1 << 2,     /* threads */
    NEED_NETWORK = 1 << 3,     /* sockets, DNS */
    NEED_FILE_READ = 1 << 4,   /* opens files to read */
    NEED_FILE_WRITE = 1 << 5,  /* creates, writes, removes files */
    NEED_NATIVE = 1 << 6,      /* native code: ctypes, dlopen, WebAssembly */
    NEED_DYNAMIC = 1 << 7,     /* code made at run time: eval, pickle */
    NEED_ENVIRONMENT = 1 << 8, /* environment variables */
    NEED_SIGNALS = 1 << 9,     /* sends or masks signals */
    NEED_PRIVILEGE = 1 << 10,  /* ids, modes, namespaces, limits */
    NEED_OPAQUE = 1 << 11,     /* something could not be resolved: the list may be incomplete */
};

/* Rows of a struct name_value table; NEED_OPAQUE has no name: it is not a need. */
#define NEED_NAMES                                                                                           \
    {"subprocess", NEED_SUBPROCESS}, {"fork", NEED_FORK}, {"threads", NEED_THREADS},                         \
        {"network", NEED_NETWORK}, {"file-read", NEED_FILE_READ}, {"file-write", NEED_FILE_WRITE},           \
        {"native-code", NEED_NATIVE}, {"dynamic-code", NEED_DYNAMIC}, {"environment", NEED_ENVIRONMENT},     \
        {"signals", NEED_SIGNALS},                                                                           \
    {                                                                                                        \
        "privilege", NEED_PRIVILEGE                                                                          \
    }

#endif
