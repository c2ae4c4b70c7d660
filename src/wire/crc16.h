/* CRC-16/X-25 (ISO/IEC 13239), the check sequence of HDLC and of the optical ports. */
#ifndef OHM_WIRE_CRC16_H
#define OHM_WIRE_CRC16_H

#include "base/span.h"

enum { OHM_CRC16_INIT = 0xffff };

/* Carries a running value over more bytes. */
uint16_t ohm_crc16_update(uint16_t running, const uint8_t *ptr, size_t len);

/* The check sequence, sent low byte first, of a running value. */
static inline uint16_t ohm_crc16_final(uint16_t running)
{
    return (uint16_t)~running;
}

static inline uint16_t ohm_crc16(const uint8_t *ptr, size_t len)
{
    return ohm_crc16_final(ohm_crc16_update(OHM_CRC16_INIT, ptr, len));
}

#endif
