/* A simulated Landis+Gyr E450 on its customer interface: a house in, the meter's bytes out.
 *
 * Pure. Two configurations of the real meter: as in Switzerland, two self-describing lists
 * (power, voltage and current by phase every five seconds; identification and registers every
 * minute), or as in Austria one list of OBIS and value pairs. Each push is a data-notification,
 * plain or in general-glo-ciphering with the tag (security control 0x30), in blocks of
 * general-block-transfer, one a UI frame of HDLC, as the meter's buffer of 128 bytes makes it.
 * As on the real one local time comes without deviation, and no scaler or unit is said.
 *
 * The caller keeps the house at the time of the push, and sends the bytes (sim/ends.h). */
#ifndef OHM_SIM_E450_H
#define OHM_SIM_E450_H

#include "base/reading.h"
#include "sim/house.h"
#include "wire/dlms_encode.h"

enum {
    OHM_E450_PERIOD_MS = 5000,
    OHM_E450_PUSH_MAX = 2048, /* bytes of everything due at one time */
    OHM_E450_DEVICE_MAX = 17,
};

typedef enum ohm_e450_layout {
    OHM_E450_SELF_DESCRIBING, /* Switzerland */
    OHM_E450_PAIRS,           /* Austria */
} ohm_e450_layout;

/* The lists; bits, for ohm_e450_frame. */
enum {
    OHM_E450_POWERS = 1,    /* every five seconds */
    OHM_E450_REGISTERS = 2, /* every minute */
    OHM_E450_AUSTRIAN = 4,  /* every five seconds, instead of both */
};

typedef struct ohm_e450 {
    ohm_e450_layout layout;
    char device[OHM_E450_DEVICE_MAX]; /* logical device name, 16 characters */
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    const ohm_aead *aead; /* the encryption key, NULL: plain */
    uint8_t auth_key[16]; /* taken into the tag when ciphering */
    uint32_t counter;     /* of the last push: invocation counter and invoke id */
} ohm_e450;

/* A plain Swiss meter; the caller may change any field before the first push. */
void ohm_e450_init(ohm_e450 *meter);

/* Appends what is due at house->time_ms, a multiple of OHM_E450_PERIOD_MS: one push, or two on
 * the minute. OHM_TOO_BIG if `out` is too small, or what the cipher says; `out` is then of no
 * use. */
OHM_MUST_CHECK ohm_code ohm_e450_push(ohm_e450 *meter, const ohm_house *house, const ohm_tz *tz,
                                      ohm_writer *out);

/* The frame that a reader makes of these lists: what the demo's store holds from before the
 * first live push. */
void ohm_e450_frame(unsigned lists, const ohm_house *house, uint16_t device, ohm_frame *out);

#endif
