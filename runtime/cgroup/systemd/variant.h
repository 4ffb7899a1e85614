/* Values in GVariant text ("uint64 5", "'word'", "['a', 'b']", "@as []"), as annotations
 * org.systemd.property.NAME have them, put into a D-Bus message as a variant. */
#ifndef RSBX_CGROUP_SYSTEMD_VARIANT_H
#define RSBX_CGROUP_SYSTEMD_VARIANT_H

#include <systemd/sd-bus.h>

/* Appends (sv): the property and its value. A NAMESec becomes NAMEUSec with the value in microseconds.
 * -1 after fail(). */
int variant_append_property(sd_bus_message *m, const char *name, const char *text);

#endif
