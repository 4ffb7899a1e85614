/* The options that create and run share, as rows of an option table. */
#ifndef RSBX_COMMANDS_CREATE_OPTIONS_H
#define RSBX_COMMANDS_CREATE_OPTIONS_H

#define CREATE_OPTIONS(o)                                                                                     \
    {"bundle", 'b', OPT_STRING, &(o).bundle, "DIR", "bundle directory (default: the working directory)"},     \
        {"config", 'f', OPT_STRING, &(o).config, "FILE", "config.json to use instead of the bundle's"},       \
        {"console-socket", 0, OPT_STRING, &(o).console_socket, "SOCKET", "send the terminal's master there"}, \
        {"pid-file", 0, OPT_STRING, &(o).pid_file, "FILE", "write the process id to FILE"},                   \
        {"pidfd-socket", 0, OPT_STRING, &(o).pidfd_socket, "SOCKET", "send a pidfd of the process there"},    \
        {"preserve-fds", 0, OPT_U32, &(o).preserve_fds, "N", "pass on N file descriptors, from 3"},           \
        {"no-pivot", 0, OPT_FLAG, &(o).no_pivot, NULL, "move the root instead of pivot_root (ramdisk)"},      \
        {"no-new-keyring", 0, OPT_FLAG, &(o).no_new_keyring, NULL, "keep the caller's session keyring"},      \
    {                                                                                                         \
        "no-subreaper", 0, OPT_FLAG, &(o).no_subreaper, NULL, "do not become a subreaper"                     \
    }

#endif
