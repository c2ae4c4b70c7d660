/* What the files of the M-Bus decoder share. Private to the room. */
#ifndef OHM_WIRE_MBUS_INTERNAL_H
#define OHM_WIRE_MBUS_INTERNAL_H

#include "wire/mbus.h"

enum {
    OHM_MBUS_DATA_FIELD = 0x0f, /* of a DIF */
    OHM_MBUS_LVAR_FIELD = 0x0d,
    OHM_MBUS_LVAR_POSITIVE = 0xc0,
    OHM_MBUS_LVAR_NEGATIVE = 0xd0,
    OHM_MBUS_LVAR_BINARY = 0xe0,
};

/* What the VIFEs of one record add up to. */
typedef struct ohm_mbus_scaling {
    int exponent;
    int64_t add_milli;
    uint8_t coding;
} ohm_mbus_scaling;

/* Numbers from `n` bytes, least significant first. */
bool ohm_mbus_bcd(const uint8_t *p, size_t n, int64_t *out); /* false: a digit above 9 */
uint64_t ohm_mbus_unsigned(const uint8_t *p, size_t n);      /* n <= 8 */
int64_t ohm_mbus_signed(const uint8_t *p, size_t n);         /* 1 <= n <= 8 */
/* A float32's bits to at most 17 digits, correctly rounded; not for NaN and infinities. */
void ohm_mbus_real(uint32_t bits, int64_t *mantissa, int *exponent);

/* Dates and times of types G, J, F and I (n = 2, 3, 4, 6): kind, mantissa and flags of *r. */
void ohm_mbus_time(const uint8_t *p, size_t n, ohm_mbus_record *r);

/* The value of a record whose VIF, kind of data, raw bytes and LVAR are known. `field` is the
 * DIF's data field. */
void ohm_mbus_value(uint8_t field, const uint8_t *raw, bool msb_first,
                    const ohm_mbus_scaling *scaling, ohm_mbus_record *r);

/* The records of `message`, whose data begin at `from`. */
OHM_MUST_CHECK ohm_code ohm_mbus_records(ohm_mbus_message *message, size_t from,
                                         ohm_mbus_reject *reject);

OHM_MUST_CHECK static inline ohm_code ohm_mbus_refuse(ohm_mbus_reject *reject, ohm_mbus_stage stage,
                                                      uint64_t at, ohm_code code, const char *what)
{
    *reject = (ohm_mbus_reject){ .offset = at, .stage = stage, .code = code, .what = what };
    return code;
}

#endif
