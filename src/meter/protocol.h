/* The protocols that a meter may speak: one table, one row a protocol (protocol_<name>.c).
 *
 * A row is a stream codec of wire behind one shape, so that the driver (meter.c), `decode` and
 * `read` know none of them by name: bytes in any split, messages and refusals out, and what a
 * message says in the terms of the house (json, readings, time, a table for people).
 *
 * The state of a row is memory of `state_size` bytes that starts as zeros; the row's init should
 * leave its buffers untouched, so that an idle device costs little. State and message belong to
 * the owner of the memory; a message, and all that is said of it, is borrowed until the next call
 * of `next`, `reset` or `finish`. Nothing here allocates. */
#ifndef OHM_METER_PROTOCOL_H
#define OHM_METER_PROTOCOL_H

#include "base/aead.h"
#include "base/json.h"
#include "base/reading.h"
#include "meter/counter_folder.h"
#include "meter/meter_clock.h"
#include "meter/meter_deeds.h"
#include "meter/status.h"

struct ohm_poller;          /* meter/poller.h */
struct ohm_modbus_profiles; /* meter/modbus_profiles.h */
struct ohm_profiles;        /* meter/profiles.h */
struct ohm_replay_guard;    /* wire/replay_guard.h */

enum {
    OHM_PROTOCOL_NAME_MAX = 16,
    OHM_PROTOCOL_LINES_MAX = 4,
    OHM_PROTOCOL_KEY_MAX = 32,
    OHM_PROTOCOL_TEXT_MAX = 64,
    OHM_PROTOCOL_DETAIL_MAX = 96,
    /* Every message fits as JSON: 64 KiB of octets, in hex, twice, and what is around them. */
    OHM_PROTOCOL_JSON_MAX = 1536 * 1024,
    OHM_PROTOCOL_LIST_MAX = 256, /* of all names as a sentence */
};

/* Everything that any protocol may want to know of a device; a row takes what it needs. What it
 * points to must stay. */
typedef struct ohm_protocol_config {
    bool line;         /* the bytes come from a serial line, which may be joined anywhere */
    bool among_others; /* other protocols look at the same bytes (meter/decoder.h) */
    bool live;         /* the meter speaks now: what is urgent comes as a message of its own */
    uint8_t key[OHM_PROTOCOL_KEY_MAX], auth_key[OHM_PROTOCOL_KEY_MAX];
    uint8_t key_len, auth_key_len; /* 0 = none */
    const ohm_aead *aead;          /* `key` as a ready cipher; NULL without a key */
    uint32_t key_id;               /* tells keys apart; for the replay guard */
    uint8_t system_title[8];
    bool has_system_title, pin_system_title;  /* pin: any other is refused */
    bool pin_first_title;                     /* any but the first that proved the key */
    struct ohm_replay_guard *guard;           /* NULL: no replay protection */
    const struct ohm_profiles *profiles;      /* of data/meters; NULL: none */
    const struct ohm_modbus_profiles *modbus; /* of data/modbus; NULL: none */
    const char *profile;                      /* the name of one; NULL or "": choose */
    const char *password;                     /* NULL: none */
    const char *address;                      /* of the device on its line; NULL: none */
    const char *settings;                     /* what else its protocol wants to know; or NULL */
    ohm_meter_deeds deeds;                    /* what is done to the device, and allowed */
    ohm_span saved;                           /* what an earlier run saved (ohm_poller.save) */
    ohm_counter_lender counters; /* of our messages; without `lend`: nobody keeps them */
    uint32_t baud;               /* of the serial line; 0: a network */
    const ohm_tz *tz;            /* of the meter's clock; NULL: not known */
} ohm_protocol_config;

/* Why something was not believed. */
typedef struct ohm_protocol_reject {
    uint64_t offset; /* in the stream, of the frame concerned */
    ohm_code code;
    const char *stage, *what; /* static: "frame", "a checksum does not match" */
    /* The state of the meter that it points to: OHM_METER_NO_KEY, _WRONG_KEY, _UNPROTECTED,
     * _REPLAYED, _OTHER_METER or _UNKNOWN_LAYOUT where a frame of this protocol came whole and its
     * content could not be used; OHM_METER_OK where it says nothing of the kind (damage, noise). */
    ohm_meter_state trouble;
    char detail[OHM_PROTOCOL_DETAIL_MAX]; /* "meter 4c475a…, counter 1001", or "" */
} ohm_protocol_reject;

/* Who spoke. The texts are borrowed from the message. */
typedef struct ohm_protocol_sender {
    ohm_span id;         /* may be empty */
    const char *profile; /* its name; NULL: none */
    ohm_span contract;   /* as it names its tariff, and the period of it; may be empty */
    ohm_span period;
    bool authenticated;
} ohm_protocol_sender;

/* One value of a message, for a table for people. */
typedef struct ohm_protocol_item {
    char code[OHM_PROTOCOL_TEXT_MAX]; /* OBIS code or label, or "" */
    const char *quantity;             /* static, or "" */
    const char *unit;                 /* static, or "" */
} ohm_protocol_item;

/* The settings of a serial port. */
typedef struct ohm_protocol_line {
    uint32_t baud;
    char framing[4]; /* "7E1" */
} ohm_protocol_line;

typedef struct ohm_protocol {
    const char *name;  /* "dlms": of the command line, the configuration, the API */
    const char *label; /* "DLMS/COSEM", for people */
    uint32_t baud;     /* the usual ones of a serial port */
    char framing[4];
    /* Others that are met: tried in turn while bytes come and no frame (meter/line_hunt.h). The
     * first without a speed is the end. */
    ohm_protocol_line others[OHM_PROTOCOL_LINES_MAX];
    /* Its meters have profiles. Where one is named and the protocol is not, it is one of these. */
    bool has_profiles;
    /* Almost anything looks like a damaged frame of it: damage is no hint of what a stream is. */
    bool loose;
    /* How its devices are asked; NULL: they only speak by themselves. Its messages are of the
     * same type as those of `next`, and all that is said of them below holds for both. */
    const struct ohm_poller *poller;
    /* A row without a stream (`next` is NULL) has a poller, or is one of payloads
     * (meter/payload.h). `asked`: its devices never speak by themselves, and its stream is for
     * captures. */
    bool asked;
    /* Of such a row: its frames can't be taken for another's, so captures of it are found out. */
    bool found_out;
    /* The line of a device, where its profile knows it better than the row; NULL: as above. */
    void (*line)(const ohm_protocol_config *config, uint32_t *baud, char framing[static 4]);
    size_t state_size;
    /* So much of it is wanted while nothing is under way, and is all that `count` looks at; what
     * lies behind, and with it the last message, then reads as zeros (host/sleeper.h). `rest` says
     * that nothing is under way. 0 and NULL: all is wanted, always. */
    size_t kept_size;
    bool (*rest)(void *state);

    /* The state of a new stream over zeroed memory. OHM_UNKNOWN: no profile of that name. */
    ohm_err (*init)(void *state, const ohm_protocol_config *config);
    /* Takes bytes from the front of *in, as many as it needs. OHM_OK: *message is set. OHM_MORE:
     * all of *in is taken and no message is complete. OHM_END: after `finish`, nothing is left.
     * Any other code: *reject says what was refused; go on calling. */
    ohm_code (*next)(void *state, ohm_span *in, const void **message, ohm_protocol_reject *reject);
    void (*finish)(void *state); /* no more bytes will come */
    /* The network has been silent for a moment: a message that waits for what may stand behind it
     * is whole; `next` with no bytes gives it. NULL: its checksums need no silence. */
    void (*quiet)(void *state);
    void (*reset)(void *state); /* the line broke: forgets partial frames; counters stay */
    /* All of *out but `reconnects`. */
    void (*count)(const void *state, ohm_meter_counters *out);

    /* The message as one JSON object:
     *     {"protocol":…,"meter":{"system_title":…,"id":…,"profile":…},"time":…,"security":…,
     *      "values":[…]} */
    void (*json)(ohm_json *json, const void *message, const ohm_meter_clock *clock);
    void (*sender)(const void *message, ohm_protocol_sender *out);
    /* Is it of the past, as a meter recorded it, rather than of now? NULL: never. */
    bool (*recorded)(const void *message);
    /* The time that a frame of it gets (ohm_meter_clock_accept): OHM_NO_MS when nobody knows. */
    ohm_ms (*time_of)(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms);
    /* Known quantities, quantised, each once; out->count may be 0. */
    void (*readings)(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out);
    /* Does another message of the same reading follow this one? NULL: never. */
    bool (*continues)(const void *message);
    /* And they are parts of one: who asks for a reading is told them together (meter/answer.h). */
    bool joined;
    /* Does it hold numbers? If it does and no reading comes of it, nothing says what they are. */
    bool (*wanted)(const void *message);
    /* Is it less than the meter says each time: the end of a message whose beginning was missed, or
     * an early word of one? Who asks for one message waits for another. NULL: it never is. */
    bool (*partial)(const void *message);
    /* For people: a heading ("LGZ…: Landis+Gyr E450, plain"), then the values one by one: the
     * value as JSON into `value`, false past the last. */
    void (*heading)(const void *message, ohm_ms time_ms, char *out, size_t cap);
    bool (*item)(const void *message, size_t index, const ohm_meter_clock *clock, ohm_json *value,
                 ohm_protocol_item *out);
} ohm_protocol;

/* What `next` of a row makes of its codec's answer: `got` is the message of OHM_OK, `why` what a
 * refusal says. */
static inline ohm_code ohm_protocol_answer(ohm_code code, const void *got,
                                           const ohm_protocol_reject *why, const void **message,
                                           ohm_protocol_reject *reject)
{
    if (code == OHM_OK)
        *message = got;
    else if (code != OHM_MORE && code != OHM_END)
        *reject = *why;
    return code;
}

/* Every row, in the order in which they are named to people. */
extern const ohm_protocol *const ohm_protocols[];
extern const size_t ohm_protocols_count;

/* The rows whose devices speak by themselves, for those who listen (meter/decoder.h); returns
 * their number. */
size_t ohm_protocol_streams(const ohm_protocol **out, size_t cap);

/* The row of that name, or NULL; "auto" is none. */
const ohm_protocol *ohm_protocol_find(const char *name);

/* "auto, dlms, mbus": every accepted name. */
void ohm_protocol_list(char out[static OHM_PROTOCOL_LIST_MAX]);

extern const ohm_protocol ohm_protocol_cosem;
extern const ohm_protocol ohm_protocol_dlms;
extern const ohm_protocol ohm_protocol_mbus;
extern const ohm_protocol ohm_protocol_modbus, ohm_protocol_modbus_rtu;
extern const ohm_protocol ohm_protocol_sml;
extern const ohm_protocol ohm_protocol_p1;
extern const ohm_protocol ohm_protocol_d0;
extern const ohm_protocol ohm_protocol_tic;

#endif
