/* The options that checkpoint and restore share, as rows of an option table. */
#ifndef RSBX_COMMANDS_CRIU_OPTIONS_H
#define RSBX_COMMANDS_CRIU_OPTIONS_H

#define CRIU_OPTIONS(o, namespaces)                                                                            \
    {"image-path", 0, OPT_STRING, &(o).image_path, "DIR", "directory of the images (default: checkpoint)"},    \
        {"work-path", 0, OPT_STRING, &(o).work_path, "DIR", "directory of criu's log (default: the images')"}, \
        {"tcp-established", 0, OPT_FLAG, &(o).tcp_established, NULL, "allow open TCP connections"},            \
        {"ext-unix-sk", 0, OPT_FLAG, &(o).ext_unix_sk, NULL, "allow Unix sockets from outside"},               \
        {"shell-job", 0, OPT_FLAG, &(o).shell_job, NULL, "allow a terminal of the caller's"},                  \
        {"file-locks", 0, OPT_FLAG, &(o).file_locks, NULL, "allow file locks"},                                \
        {"lazy-pages", 0, OPT_FLAG, &(o).lazy_pages, NULL, "memory is fetched when it is used"},               \
        {"auto-dedup", 0, OPT_FLAG, &(o).auto_dedup, NULL, "drop memory from the images that is elsewhere"},   \
        {"manage-cgroups-mode", 0,      OPT_STRING,                                                            \
         &(o).cgroups_mode,     "MODE", "soft (default), full, strict, ignore"},                               \
        {"network-lock", 0, OPT_STRING, &(o).network_lock, "METHOD", "iptables, nftables, skip"},              \
    {                                                                                                          \
        "empty-ns", 0, OPT_LIST, &(namespaces), "TYPE", "leave that namespace empty: network"                  \
    }

#endif
