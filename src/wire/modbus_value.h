/* Registers to numbers: the types that devices use, as exact decimals, and back.
 *
 * Every number comes out as mantissa × 10^exponent. Integers and BCD are exact; a float is the
 * shortest decimal that reads back as the same float, so 230.1 V stays 230.1 and nothing goes
 * through a double. */
#ifndef OHM_WIRE_MODBUS_VALUE_H
#define OHM_WIRE_MODBUS_VALUE_H

#include "base/err.h"
#include "base/span.h"

typedef enum ohm_modbus_type {
    OHM_MODBUS_UINT16,
    OHM_MODBUS_INT16,
    OHM_MODBUS_UINT32,
    OHM_MODBUS_INT32,
    OHM_MODBUS_UINT64,
    OHM_MODBUS_INT64,
    OHM_MODBUS_FLOAT32,
    OHM_MODBUS_FLOAT64,
    OHM_MODBUS_BCD16,
    OHM_MODBUS_BCD32,
    OHM_MODBUS_STRING, /* two characters a register, high byte first */
    OHM_MODBUS_BIT,    /* a coil or discrete input */
    OHM_MODBUS_TYPES_COUNT
} ohm_modbus_type;

/* How the bytes A (highest) to D of a number lie in its registers; likewise for eight. Every
 * register is sent high byte first; the last two orders are of devices that turn that around. */
typedef enum ohm_modbus_order {
    OHM_MODBUS_ABCD, /* high word first: the usual */
    OHM_MODBUS_CDAB, /* low word first */
    OHM_MODBUS_BADC,
    OHM_MODBUS_DCBA,
    OHM_MODBUS_ORDERS_COUNT
} ohm_modbus_order;

typedef struct ohm_modbus_decimal {
    int64_t mantissa;
    int exponent;
} ohm_modbus_decimal;

/* "uint16", "abcd"; ended by NULL. */
extern const char *const ohm_modbus_type_names[];
extern const char *const ohm_modbus_order_names[];

/* Registers of a number of that type; 0 for strings (as many as they are told) and bits. */
unsigned ohm_modbus_type_words(ohm_modbus_type type);

/* The bits of a number in its registers (two bytes each, as they were sent), lowest first. */
uint64_t ohm_modbus_raw(ohm_modbus_type type, ohm_modbus_order order, const uint8_t *registers);

/* What those bits say. OHM_UNKNOWN: a float that is no number; OHM_RANGE: above what 63 bits
 * hold; OHM_BAD_FORMAT: BCD with a digit above 9. *out is written on OHM_OK only. */
OHM_MUST_CHECK ohm_code ohm_modbus_decimal_of(ohm_modbus_type type, uint64_t raw,
                                              ohm_modbus_decimal *out);

/* Printable characters up to the first NUL, spaces at the end taken off; returns the length. */
size_t ohm_modbus_text(ohm_modbus_order order, ohm_span registers, char *out, size_t cap);

/* The way back, for simulated devices: the registers of mantissa × 10^exponent, rounded to what
 * the type holds. OHM_RANGE when it can't. Strings and bits are not numbers (asserted). */
OHM_MUST_CHECK ohm_code ohm_modbus_registers_of(ohm_modbus_type type, ohm_modbus_order order,
                                                ohm_modbus_decimal value, uint8_t *registers);

#endif
