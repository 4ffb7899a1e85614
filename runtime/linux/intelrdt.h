/* For tests: where resctrl is looked for. */
#ifndef RSBX_LINUX_INTELRDT_H
#define RSBX_LINUX_INTELRDT_H

extern const char *intel_rdt_root;

#endif
