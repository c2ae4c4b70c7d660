#include "meter/scan.h"

const ohm_scanner *const ohm_scanners[] = {
    &ohm_scanner_mbus,   &ohm_scanner_dlms,       &ohm_scanner_cosem,
    &ohm_scanner_modbus, &ohm_scanner_modbus_rtu,
};
const size_t ohm_scanners_count = sizeof ohm_scanners / sizeof *ohm_scanners;

const ohm_scanner *ohm_scanner_find(const char *name)
{
    for (size_t i = 0; i < ohm_scanners_count; i++)
        if (!strcmp(ohm_scanners[i]->protocol->name, name))
            return ohm_scanners[i];
    return NULL;
}
