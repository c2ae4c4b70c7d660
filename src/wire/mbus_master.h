/* What an M-Bus master says (EN 13757-2 §5.7, EN 13757-3 §11): which meter is meant, and the
 * frames that reset it, select it and ask it. */
#ifndef OHM_WIRE_MBUS_MASTER_H
#define OHM_WIRE_MBUS_MASTER_H

#include "wire/mbus.h"

enum {
    OHM_MBUS_PRIMARY_MAX = 250,
    OHM_MBUS_SELECTED = 0xfd, /* the address of who is selected */
    OHM_MBUS_ONLY = 0xfe,     /* everybody answers: for a line with one meter */
    OHM_MBUS_SND_NKE = 0x40,
    OHM_MBUS_SND_UD = 0x73, /* FCV, FCB */
    OHM_MBUS_REQ_UD1 = 0x5a,
    OHM_MBUS_REQ_UD2 = 0x5b,
    OHM_MBUS_FCB = 0x20,
    OHM_MBUS_ACD = 0x20, /* of an answer: an alarm waits */
    OHM_MBUS_REQUEST_MAX = 32,
    OHM_MBUS_TARGET_TEXT_MAX = 28,
};

/* Which meter: its primary address, or as much of its secondary one as is known. */
typedef struct ohm_mbus_target {
    bool secondary;
    uint8_t primary;
    /* As in ohm_mbus_message: 8 digits, first one first, of which F is any; manufacturer as it
     * goes on the wire, FFFF any; version and medium, FF any. */
    uint8_t mask[8];
    bool has_fabrication;
    uint8_t fabrication[4]; /* 8 digits, first one first */
} ohm_mbus_target;

/* "5"; "12345678" or "1234567824400107", with F where any digit will do; either with
 * "+87654321" behind it, a fabrication number. `at` is a position in the text. */
OHM_MUST_CHECK ohm_err ohm_mbus_target_parse(ohm_span text, ohm_mbus_target *out);
/* The way back; returns the length. */
size_t ohm_mbus_target_write(const ohm_mbus_target *target,
                             char out[static OHM_MBUS_TARGET_TEXT_MAX]);

/* May the telegram be of that meter? */
bool ohm_mbus_target_fits(const ohm_mbus_target *target, const ohm_mbus_message *message);

/* Is `said` (as ohm_mbus_message.secondary) one of those that the mask means? `nibbles`: F stands
 * for any digit in manufacturer, version and medium too, as many meters have it; the standard
 * knows it of whole bytes only. */
bool ohm_mbus_mask_fits(const uint8_t mask[static 8], const uint8_t said[static 8], bool nibbles);

/* SND_UD with CI 52h: who fits the mask is selected, everybody else is not. */
size_t ohm_mbus_put_select(const ohm_mbus_target *target, uint8_t out[static OHM_MBUS_REQUEST_MAX]);

/* Times of a line at that speed; `remote`: behind TCP or UDP, whose ways take their own. */
uint32_t ohm_mbus_answer_ms(uint32_t baud, bool remote); /* until an answer must have begun */
uint32_t ohm_mbus_gap_ms(uint32_t baud, bool remote);    /* silence that ends a frame */
uint32_t ohm_mbus_idle_ms(uint32_t baud);                /* behind an error: 33 bit times */

#endif
