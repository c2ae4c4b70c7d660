/* The CRC of polynomial x^16 + x^15 + x^2 + 1, low bit first: from 0 it is CRC-16/ARC, which P1
 * telegrams end with; from FFFFh it is that of Modbus RTU (Modbus over Serial Line V1.02
 * §6.2.2). Neither inverts at the end. Not the polynomial of wire/crc16.h. */
#ifndef OHM_WIRE_CRC16_ARC_H
#define OHM_WIRE_CRC16_ARC_H

#include "base/span.h"

enum { OHM_CRC16_MODBUS_INIT = 0xffff };

/* Carries a running value over more bytes. */
uint16_t ohm_crc16_arc_update(uint16_t running, const uint8_t *ptr, size_t len);

/* Sent low byte first. */
static inline uint16_t ohm_crc16_modbus(const uint8_t *ptr, size_t len)
{
    return ohm_crc16_arc_update(OHM_CRC16_MODBUS_INIT, ptr, len);
}

#endif
