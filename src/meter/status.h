/* What is known of one source of readings, in terms a householder understands.
 *
 * The driver keeps it; the page and `ohmstead doctor` say it in words (meter/status.c holds the
 * sentences, French and English, with what to do). */
#ifndef OHM_METER_STATUS_H
#define OHM_METER_STATUS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum ohm_meter_state {
    OHM_METER_STARTING, /* opened, too early to tell */
    OHM_METER_OK,
    OHM_METER_UNREACHABLE,    /* the port or the address can't be opened */
    OHM_METER_NO_BYTES,       /* open, and nothing comes */
    OHM_METER_NO_FRAME,       /* bytes, but no frame: wrong speed, parity, or protocol */
    OHM_METER_NO_KEY,         /* encrypted, and no key is configured */
    OHM_METER_WRONG_KEY,      /* frames whose tag or content the key does not open */
    OHM_METER_UNPROTECTED,    /* in the clear, or without a tag, though a key is configured */
    OHM_METER_REPLAYED,       /* counters that are not above the last one believed */
    OHM_METER_OTHER_METER,    /* another system title than the one that is trusted */
    OHM_METER_UNKNOWN_LAYOUT, /* messages, but nothing says what their values mean */
    OHM_METER_NO_ANSWER,      /* asked, and it says nothing: address, wiring, power */
    OHM_METER_REFUSED,        /* it answers, but not what it is asked for */
    OHM_METER_WRONG_PROFILE,  /* it answers with values that can't be */
    OHM_METER_STALE,          /* worked, and has been silent for too long */
    OHM_METER_PARTLY,     /* read, but the last conversation broke off, or a part did not come */
    OHM_METER_NO_PROFILE, /* read, but not what it recorded: its profiles or logs */
    OHM_METER_STATES_COUNT
} ohm_meter_state;

typedef struct ohm_meter_counters {
    uint64_t bytes, frames, messages;
    uint64_t bad_fcs, gaps, tag_failures, replays, unknown_layout, no_key;
    uint64_t bytes_skipped;
    uint64_t reconnects;
    /* Of devices that are asked. */
    uint64_t requests, timeouts;
    uint64_t late;    /* answers that came too late, or from another device: dropped */
    uint64_t refused; /* answers that say no */
} ohm_meter_counters;

ohm_meter_counters ohm_meter_counters_sum(const ohm_meter_counters *a, const ohm_meter_counters *b);

enum {
    OHM_METER_TEXT_MAX = 64,
    OHM_METER_WORD_MAX = 32, /* a profile's name; a contract as a Linky writes it: 16 */
};

typedef struct ohm_meter_status {
    ohm_meter_state state;
    bool authenticated;
    int64_t clock_off_s; /* its clock less ours, when that is more than ten minutes; else 0 */
    char protocol[16];   /* "dlms"; "auto" as long as it is not known */
    char meter_id[OHM_METER_TEXT_MAX]; /* "" = not said yet */
    char profile[OHM_METER_WORD_MAX];  /* "" = none */
    char contract[OHM_METER_WORD_MAX]; /* as the meter names its tariff; "" = it does not */
    char period[OHM_METER_WORD_MAX];   /* of the tariff, now */
    ohm_meter_counters counters;
} ohm_meter_status;

/* The code of the API ("no_bytes"), and the sentence with advice; `french` or English. */
const char *ohm_meter_state_code(ohm_meter_state state);
const char *ohm_meter_state_text(ohm_meter_state state, bool french);
/* The same for a source of that protocol: one on MQTT or HTTP has no cable. */
const char *ohm_meter_state_text_for(const char *protocol, ohm_meter_state state, bool french);

/* Is it read, if not all of it? */
bool ohm_meter_state_read(ohm_meter_state state);

/* What a device's bytes, or the want of them, can put it into; the others come of the line and of
 * time, or are no trouble. */
bool ohm_meter_state_trouble(ohm_meter_state state);

/* Trouble that waiting does not cure: whoever wants one reading may stop. */
bool ohm_meter_state_hopeless(ohm_meter_state state);

#endif
