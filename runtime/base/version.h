/* The one place where versions are written down. */
#ifndef RSBX_BASE_VERSION_H
#define RSBX_BASE_VERSION_H

#define RSBX_VERSION    "0.1.0"
#define OCI_VERSION     "1.3.0" /* runtime-spec: state, features, hooks' stdin, seccomp state, --version */
#define OCI_VERSION_MIN "1.0.0"
#ifndef RSBX_COMMIT
#define RSBX_COMMIT "unknown"
#endif

#endif
