/* The decoder of SML, the smart message language of German meters (BSI TR-03109-1, annex "SML";
 * FNN "Lastenheft Basiszähler"): bytes of an optical port or an M-Bus gateway in, lists out.
 *
 * Transport, version 1: 1B1B1B1B 01010101, the messages, up to three bytes of padding, then
 * 1B1B1B1B 1A, the number of padding bytes, and a CRC-16/X.25 over all of it, sent low byte
 * first; a 1B1B1B1B of the messages is sent twice. Some meters (Holley) count the CRC as Kermit:
 * both are taken, here and for each message. A message's own CRC is read in either byte order,
 * as the text of the standard can be: it stands inside the transport's.
 *
 * Each message is {transaction, group, abort, {tag, body}, CRC, end}; what comes out is each
 * GetList.Res (tag 0701), the others are counted and passed. A file is given out only when its
 * CRC, every message of it and every list entry are sound; a file that is cut by the next one,
 * or by the end of the stream, is a refusal.
 *
 * Values are what the meter says, to the letter. One old meter (DZG DVS74) sends a power above
 * 327.67 W in a signed 16-bit field, where it reads as negative: nothing in the message tells
 * it from a real export, so it stands as it is.
 *
 * Call order and ownership as of wire/dlms.h: init, then next until OHM_MORE for each chunk;
 * finish at the end of a file, reset when the line broke. A message and its spans are borrowed
 * until the next call. No allocation; an ohm_sml is about 40 KiB and must not be copied. */
#ifndef OHM_WIRE_SML_H
#define OHM_WIRE_SML_H

#include "base/time.h"
#include "wire/dlms_unit.h"
#include "wire/obis.h"

enum {
    OHM_SML_FILE_MAX = 16384, /* bytes of a file on the line, escapes included */
    OHM_SML_VALUES_MAX = 128,
    OHM_SML_ID_MAX = 65, /* 32 bytes in hex */
};

typedef enum ohm_sml_kind {
    OHM_SML_NULL,     /* the meter sends the place, but no value */
    OHM_SML_INTEGER,  /* raw */
    OHM_SML_UNSIGNED, /* raw; above INT64_MAX, raw holds its 64 bits and `huge` is set */
    OHM_SML_BOOL,     /* raw: 0 or 1 */
    OHM_SML_OCTETS,   /* bytes */
    OHM_SML_LIST,     /* bytes: a list, as it came */
} ohm_sml_kind;

typedef enum ohm_sml_clock {
    OHM_SML_NO_TIME,
    OHM_SML_INDEX, /* seconds since the meter started to count */
    OHM_SML_UTC,   /* seconds since 1970 */
} ohm_sml_clock;

typedef struct ohm_sml_time {
    uint8_t clock; /* ohm_sml_clock */
    uint32_t seconds;
} ohm_sml_time;

/* One entry of a list: raw × 10^scaler in `unit`. */
typedef struct ohm_sml_value {
    uint8_t obis[OHM_OBIS_LEN];
    uint8_t kind; /* ohm_sml_kind */
    uint8_t unit; /* DLMS code, OHM_UNIT_UNKNOWN */
    int8_t scaler;
    bool has_scaler, has_status, huge;
    uint16_t quantity; /* ohm_quantity_id */
    ohm_sml_time time;
    uint64_t status;
    int64_t raw;
    ohm_span bytes;
} ohm_sml_value;

typedef struct ohm_sml_message {
    uint64_t offset; /* in the stream, of its file */
    ohm_span server_id;
    char id[OHM_SML_ID_MAX]; /* ohm_sml_server_text of it */
    ohm_span list_name;      /* may be empty */
    ohm_sml_time sensor_time;
    uint16_t count;
    ohm_sml_value values[OHM_SML_VALUES_MAX];
} ohm_sml_message;

typedef struct ohm_sml_reject {
    uint64_t offset; /* in the stream, of the file concerned */
    ohm_code code;
    const char *stage; /* static: "frame" or "message" */
    const char *what;  /* static */
} ohm_sml_reject;

typedef struct ohm_sml_counters {
    uint64_t bytes;
    uint64_t frames;   /* whole files with a good CRC */
    uint64_t messages; /* given out */
    uint64_t bad_crc;  /* of a file or of a message */
    uint64_t gaps;     /* files cut short */
    uint64_t bad_format;
    uint64_t others; /* messages of other services */
    uint64_t bytes_skipped;
} ohm_sml_counters;

typedef struct ohm_sml {
    ohm_sml_counters counters;
    uint64_t offset; /* in the stream, of window[head] */
    uint64_t muted_until;
    size_t head, tail; /* of window[] */
    size_t scan;       /* window[head..scan) was looked through for the file's end */
    size_t file_len;   /* of file[]: a good file */
    size_t file_at;    /* its next message */
    uint64_t file_offset;
    bool finished, told;
    ohm_sml_message message; /* from here on untouched while nothing comes */
    uint8_t window[2 * OHM_SML_FILE_MAX];
    uint8_t file[OHM_SML_FILE_MAX];
} ohm_sml;

void ohm_sml_init(ohm_sml *s);

/* As ohm_dlms_next: OHM_OK: *message is set. OHM_MORE: all of *in is taken. OHM_END: after
 * ohm_sml_finish, nothing is left. Any other code: *reject says what was refused; go on. */
OHM_MUST_CHECK ohm_code ohm_sml_next(ohm_sml *s, ohm_span *in, const ohm_sml_message **message,
                                     ohm_sml_reject *reject);
void ohm_sml_finish(ohm_sml *s);
void ohm_sml_reset(ohm_sml *s);

/* raw × 10^scaler as a quantised value of the house: OHM_OK, OHM_UNKNOWN if it is not a number
 * of a known quantity in that quantity's unit, OHM_RANGE. */
OHM_MUST_CHECK ohm_code ohm_sml_value_quantise(const ohm_sml_value *value, int64_t *out);

/* A server id for people, with its terminator: the 14 characters of DIN 43863-5
 * ("1EMH0012345678") where it is of that form, itself where it is text, else hex. */
void ohm_sml_server_text(ohm_span server_id, char out[static OHM_SML_ID_MAX]);

/* Private to wire/sml*.c: reads the message that file[at..] begins with. OHM_OK: a list is in
 * *out; OHM_MORE: another service; OHM_END: only padding follows. *used is set unless refused;
 * else *what says why. */
OHM_MUST_CHECK ohm_code ohm_sml_read_message(ohm_span file, size_t at, size_t *used,
                                             ohm_sml_message *out, const char **what);

#endif
