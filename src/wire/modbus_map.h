/* What the registers of a device mean: its points, the fewest requests that read them, and the
 * values that the answers hold. Plain data and pure functions; the files of data/modbus are read
 * into it by meter/modbus_profiles.h, SunSpec devices describe themselves (wire/sunspec.h).
 *
 * Addresses are those of the wire: from 0. */
#ifndef OHM_WIRE_MODBUS_MAP_H
#define OHM_WIRE_MODBUS_MAP_H

#include "base/quantity.h"
#include "wire/modbus.h"
#include "wire/modbus_value.h"

enum {
    OHM_MODBUS_NAME_MAX = 32,
    OHM_MODBUS_LABEL_MAX = 64,
    OHM_MODBUS_SOURCE_MAX = 256,
    OHM_MODBUS_POINTS_MAX = 96,
    OHM_MODBUS_ADDS_MAX = 5, /* further addresses of one point */
    OHM_MODBUS_STRING_WORDS_MAX = 32,
    OHM_MODBUS_SPANS_MAX = 160, /* of all points: what is read */
    OHM_MODBUS_POOL_MAX = 1024, /* bytes of all spans */
};

typedef struct ohm_modbus_point {
    char name[OHM_MODBUS_NAME_MAX]; /* of the quantity, or its own where there is none */
    uint16_t quantity;              /* ohm_quantity_id, or OHM_Q_NONE */
    uint8_t function;               /* that reads it: 1 to 4 */
    uint8_t type, order;            /* ohm_modbus_type, ohm_modbus_order */
    uint8_t words;                  /* registers; 1 for a bit */
    uint16_t address;
    uint8_t adds_count;
    uint16_t adds[OHM_MODBUS_ADDS_MAX]; /* values that are added to it: the other phases */
    bool has_absent;
    uint64_t absent; /* these bits say that there is no value */
    uint64_t mask;   /* of the number; 0: all of it */
    /* A register of the same table that says a power of ten to multiply with, as an int16; 8000h
     * there: the value does not exist. */
    bool has_factor;
    uint16_t factor;
    /* value = number × scale × 10^scale_exponent, in the base unit */
    int64_t scale;
    int8_t scale_exponent;
    const char *unit; /* base unit, static; "" for none */
} ohm_modbus_point;

typedef struct ohm_modbus_profile {
    char name[OHM_MODBUS_NAME_MAX];
    char label[OHM_MODBUS_LABEL_MAX];
    char source[OHM_MODBUS_SOURCE_MAX];
    bool sunspec;           /* the device describes itself; no points */
    uint16_t registers_max; /* of one request */
    uint16_t gap;           /* registers that may be read in vain to spare a request */
    uint16_t pause_ms;      /* between requests */
    uint16_t reply_ms;      /* the longest wait for an answer */
    uint32_t baud;
    char framing[4];
    uint8_t unit;
    uint16_t points_count;
    ohm_modbus_point points[OHM_MODBUS_POINTS_MAX];
} ohm_modbus_profile;

/* --- planning ----------------------------------------------------------------------------------
 */

/* Registers (or a bit) that belong together, and where their bytes are kept. */
typedef struct ohm_modbus_part {
    uint8_t function;
    uint16_t address, words;
    uint16_t point; /* index */
    uint16_t pool;  /* offset of their bytes */
    bool factor;    /* they are the point's factor */
    bool have;      /* the last poll read them */
    bool refused;   /* the device says that there are none */
    bool alone;     /* it refused them together with others */
} ohm_modbus_part;

typedef struct ohm_modbus_read {
    uint8_t function;
    uint16_t address, count;
    uint16_t first, parts; /* of plan->parts, which are sorted */
} ohm_modbus_read;

/* The reads of a profile, and the registers that they brought. */
typedef struct ohm_modbus_plan {
    const ohm_modbus_profile *profile;
    uint16_t parts_count, reads_count;
    uint16_t own[OHM_MODBUS_POINTS_MAX]; /* the part at each point's own address */
    ohm_modbus_part parts[OHM_MODBUS_SPANS_MAX];
    ohm_modbus_read reads[OHM_MODBUS_SPANS_MAX];
    uint8_t pool[OHM_MODBUS_POOL_MAX];
} ohm_modbus_plan;

/* The fewest reads within the profile's limits; no value is cut in two. The profile is borrowed.
 * OHM_TOO_BIG: more points than a plan holds. */
OHM_MUST_CHECK ohm_code ohm_modbus_plan_make(const ohm_modbus_profile *profile,
                                             ohm_modbus_plan *out);

/* Keeps the data of a good answer to reads[index]. */
void ohm_modbus_plan_keep(ohm_modbus_plan *plan, size_t index, ohm_span data);

/* The device refused the address of reads[index]: it is read value by value from now on, and a
 * single value that was refused not any more. True if there are new reads to try at this index. */
bool ohm_modbus_plan_refused(ohm_modbus_plan *plan, size_t index);

/* What was refused so far, a byte for each of plan->parts, so that another plan of the same profile
 * can begin with it, fresh from ohm_modbus_plan_make. */
void ohm_modbus_plan_note(const ohm_modbus_plan *plan, uint8_t *out);
void ohm_modbus_plan_recall(ohm_modbus_plan *plan, const uint8_t *noted);

/* --- values ------------------------------------------------------------------------------------
 */

typedef enum ohm_modbus_value_kind {
    OHM_MODBUS_NO_VALUE, /* not read, or the device says that there is none */
    OHM_MODBUS_NUMBER,
    OHM_MODBUS_TEXT,
} ohm_modbus_value_kind;

typedef struct ohm_modbus_value {
    uint8_t kind;
    bool wrong;                /* bits that can't be: BCD above 9, a number too large */
    ohm_modbus_decimal number; /* in the point's base unit */
    char text[2 * OHM_MODBUS_STRING_WORDS_MAX + 1];
} ohm_modbus_value;

/* The value of a point. A sum has none unless all that it adds up were read. */
void ohm_modbus_plan_value(const ohm_modbus_plan *plan, size_t point, ohm_modbus_value *out);

/* The same from one answer to a read alone (with its address and count), where that holds all of
 * the point; else OHM_MODBUS_NO_VALUE. */
void ohm_modbus_reply_value(const ohm_modbus_point *point, const ohm_modbus_frame *reply,
                            ohm_modbus_value *out);

/* A prefix and a unit of a register ("kWh") against the base unit of the house ("Wh", 3). False:
 * no such unit. *ret_base is static. */
bool ohm_modbus_unit(ohm_span text, const char **ret_base, int *ret_exponent);

#endif
