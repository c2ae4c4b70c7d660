/* The decoder of P1, the customer port of Dutch, Belgian, Luxembourgish, Irish, Swedish and some
 * Austrian meters (Netbeheer Nederland, "P1 Companion Standard" 5.0.2; eMUCS-P1; DSMR 2.2 to
 * 4.2 before them): one telegram a second or ten, `/` identification, data sets, `!`, CRC.
 *
 * From DSMR 4 on the telegram ends with CRC-16/ARC over "/" to "!" in four hex digits (three from
 * a Warmtelink, which drops a leading zero); without its CRC right it yields nothing. The
 * versions before have none. But the digits may also be what got lost on the way, so a telegram
 * without them is believed only where it is one of those: it has a line that they had to have
 * (0-0:96.13.1, or the gas of 0-n:24.3.0), none that came later (1-3:0.2.8, 0-0:96.1.4, mostly
 * 0-0:1.0.0), and the same stream never had a CRC before. At the end of a recording such an old
 * telegram may lack its "!".
 *
 * Ciphered (Luxembourg; Sagemcom T210-D in Austria): the telegram inside general-glo-ciphering,
 * DB 08 title 82 length 30 counter text tag, AES-128-GCM. The tag must be right, by the
 * authentication key given, else by Luxembourg's, which is public; there are no telegrams without
 * one. Where a key is set, a plain telegram is refused: anybody could have written it.
 *
 * A message is a readout (wire/readout.h); the registers of other meters on the bus of this one
 * (0-n:24.2.1, in DSMR 2 and 3 0-n:24.3.0) are quantities of their own by the kind of meter that
 * 0-n:24.1.0 says: gas, water, heat.
 *
 * Call order and ownership as of wire/dlms.h. */
#ifndef OHM_WIRE_P1_H
#define OHM_WIRE_P1_H

#include "base/aead.h"
#include "wire/readout.h"
#include "wire/replay_guard.h"

enum {
    OHM_P1_TELEGRAM_MAX = 16384,
    OHM_P1_KEY_MAX = 32,
    OHM_P1_ID_MAX = 65,
};

typedef struct ohm_p1_config {
    const ohm_aead *aead; /* the encryption key as a ready cipher; NULL: plain telegrams only */
    uint32_t key_id;
    uint8_t auth_key[OHM_P1_KEY_MAX];
    uint8_t auth_key_len;      /* 0: Luxembourg's */
    bool pin_title, pin_first; /* any other title than that, or than the first, is refused */
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    ohm_replay_guard *guard; /* NULL: no replay protection */
} ohm_p1_config;

typedef struct ohm_p1_message {
    uint64_t offset; /* in the stream */
    bool ciphered;   /* and proven by its tag */
    bool checked;    /* its CRC was there, and right */
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    uint8_t control;
    uint32_t counter;
    ohm_readout_ident ident;
    char id[OHM_P1_ID_MAX]; /* equipment identifier, decoded; may be empty */
    ohm_readout_time time;  /* of 0-0:1.0.0 */
    ohm_readout readout;
} ohm_p1_message;

typedef struct ohm_p1_reject {
    uint64_t offset;
    ohm_code code;
    const char *stage, *what; /* static */
    bool has_title;
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    uint32_t counter; /* with the title */
} ohm_p1_reject;

typedef struct ohm_p1_counters {
    uint64_t bytes, frames, messages;
    uint64_t bad_crc, gaps, bad_format;
    uint64_t tag_failures, no_key, replays, refused;
    uint64_t strangers; /* of the refused: another meter's title */
    uint64_t bytes_skipped;
} ohm_p1_counters;

typedef struct ohm_p1 {
    ohm_p1_config config;
    ohm_p1_counters counters;
    uint64_t offset; /* in the stream, of window[head] */
    uint64_t muted_until;
    size_t head, tail, scan;
    bool finished, told;
    bool has_crc; /* this stream's telegrams: one of them did */
    ohm_p1_message message;
    uint8_t window[2 * OHM_P1_TELEGRAM_MAX];
    uint8_t text[OHM_P1_TELEGRAM_MAX]; /* what the message borrows from */
} ohm_p1;

void ohm_p1_init(ohm_p1 *p, const ohm_p1_config *config);

/* As ohm_dlms_next. */
OHM_MUST_CHECK ohm_code ohm_p1_next(ohm_p1 *p, ohm_span *in, const ohm_p1_message **message,
                                    ohm_p1_reject *reject);
void ohm_p1_finish(ohm_p1 *p);
void ohm_p1_reset(ohm_p1 *p);

/* Private to wire/p1*.c: what is known of a telegram before it is read. */
typedef enum ohm_p1_trust {
    OHM_P1_CUT = 1,     /* it may lack its "!" */
    OHM_P1_PROVEN = 2,  /* a tag proves it: it needs no CRC */
    OHM_P1_HAS_CRC = 4, /* its meter sends one */
} ohm_p1_trust;

/* Likewise: reads a whole telegram, "/" to its end, into out's ident, id, time, checked and
 * readout. `trust`: of ohm_p1_trust. */
OHM_MUST_CHECK ohm_code ohm_p1_read_telegram(ohm_span telegram, unsigned trust, ohm_p1_message *out,
                                             const char **what);

#endif
