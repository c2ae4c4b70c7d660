#include "meter/protocol.h"

#include <stdio.h>

#include "meter/payload.h"

const ohm_protocol *const ohm_protocols[] = {
    &ohm_protocol_dlms,       &ohm_protocol_cosem, &ohm_protocol_mbus, &ohm_protocol_sml,
    &ohm_protocol_p1,         &ohm_protocol_d0,    &ohm_protocol_tic,  &ohm_protocol_modbus,
    &ohm_protocol_modbus_rtu, &ohm_protocol_mqtt,  &ohm_protocol_http,
};
const size_t ohm_protocols_count = sizeof ohm_protocols / sizeof *ohm_protocols;

const ohm_protocol *ohm_protocol_find(const char *name)
{
    for (size_t i = 0; i < ohm_protocols_count; i++)
        if (!strcmp(ohm_protocols[i]->name, name))
            return ohm_protocols[i];
    return NULL;
}

size_t ohm_protocol_streams(const ohm_protocol **out, size_t cap)
{
    size_t count = 0;
    for (size_t i = 0; i < ohm_protocols_count; i++) {
        const ohm_protocol *p = ohm_protocols[i];
        if (!p->next || (p->asked && !p->found_out))
            continue;
        assert(count < cap);
        out[count++] = p;
    }
    return count;
}

void ohm_protocol_list(char out[static OHM_PROTOCOL_LIST_MAX])
{
    int len = snprintf(out, OHM_PROTOCOL_LIST_MAX, "auto");
    for (size_t i = 0; i < ohm_protocols_count; i++) {
        len += snprintf(out + len, OHM_PROTOCOL_LIST_MAX - (size_t)len, ", %s",
                        ohm_protocols[i]->name);
        assert(len < OHM_PROTOCOL_LIST_MAX);
    }
}
