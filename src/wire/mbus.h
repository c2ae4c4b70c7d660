/* Wired M-Bus as a stream of telegrams (EN 13757-2 link layer, EN 13757-3 application layer).
 *
 * Bytes come in any split; what a meter answered comes out, one message a telegram, whole or not
 * at all. A frame whose length, checksum or stop byte is wrong yields nothing but a refusal, and
 * so does one whose records can't be taken apart to the last byte. Single characters (E5h) and
 * short frames are counted and passed: a recorded line holds both directions.
 *
 *     ohm_mbus_init(&m);
 *     for each piece of input:
 *         while ((code = ohm_mbus_next(&m, &in, &message, &reject)) != OHM_MORE) …
 *
 * A message, its records and every span of them point into the decoder and hold until its next
 * call. Values are exact decimals, mantissa × 10^exponent in the unit of the row `vif`, never
 * doubles; a float32 comes rounded to 17 digits, which read back as the same double. A value
 * that the meter marks as wrong (a digit A to F, NaN, an invalid date, a record error) has the
 * flag OHM_MBUS_INVALID and no number. Times are the meter's own, without a zone.
 *
 * Nothing is allocated; the state is about 7 KiB, of which an idle device touches one page. */
#ifndef OHM_WIRE_MBUS_H
#define OHM_WIRE_MBUS_H

#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"
#include "wire/mbus_frame.h"
#include "wire/mbus_vif.h"

enum {
    OHM_MBUS_RECORDS_MAX = 126, /* each takes two bytes at least */
    OHM_MBUS_EXTENSIONS_MAX = 10,
    OHM_MBUS_TEXT_MAX = 768, /* of a text as UTF-8, of bytes in hex */
    OHM_MBUS_NUMBER_MAX = 32,
};

typedef enum ohm_mbus_function {
    OHM_MBUS_INSTANTANEOUS,
    OHM_MBUS_MAXIMUM,
    OHM_MBUS_MINIMUM,
    OHM_MBUS_IN_ERROR,
    OHM_MBUS_MAKER_BLOCK, /* DIF 0Fh: manufacturer's bytes to the end */
    OHM_MBUS_MORE_BLOCK,  /* DIF 1Fh: the same, and another telegram follows */
    OHM_MBUS_ACTUAL,      /* fixed data structure */
    OHM_MBUS_STORED,      /* fixed data structure, counted at a fixed date */
    OHM_MBUS_FUNCTIONS_COUNT
} ohm_mbus_function;

typedef enum ohm_mbus_kind {
    OHM_MBUS_NO_DATA,
    OHM_MBUS_INTEGER,
    OHM_MBUS_BCD,
    OHM_MBUS_REAL,
    OHM_MBUS_TEXT,    /* ISO 8859-1, in `raw` (last character first unless CI is MSB first) */
    OHM_MBUS_HEX,     /* bytes that are no value */
    OHM_MBUS_DAY,     /* mantissa yyyymmdd */
    OHM_MBUS_MINUTE,  /* mantissa yyyymmddhhmm */
    OHM_MBUS_SECOND,  /* mantissa yyyymmddhhmmss */
    OHM_MBUS_CLOCK,   /* mantissa hhmmss */
    OHM_MBUS_COUNTER, /* of the fixed data structure */
    OHM_MBUS_KINDS_COUNT
} ohm_mbus_kind;

enum {
    OHM_MBUS_INVALID = 0x01,   /* no value: the meter says so, or it is out of every range */
    OHM_MBUS_EXTENDED = 0x02,  /* a DIFE says tariff and subunit */
    OHM_MBUS_SUMMER = 0x04,    /* a time in summer time */
    OHM_MBUS_QUALIFIED = 0x08, /* a VIFE says more than how many */
    OHM_MBUS_IMPORT = 0x10,    /* positive contributions only (VIFE 3Bh) */
    OHM_MBUS_EXPORT = 0x20,    /* negative contributions only (VIFE 3Ch) */
    OHM_MBUS_NEGATED = 0x40,   /* LVAR D0h to D9h */
    OHM_MBUS_MAKERS = 0x80,    /* a manufacturer's VIFE follows */
};

typedef struct ohm_mbus_record {
    const ohm_mbus_vif *vif;
    int64_t mantissa;
    uint64_t storage;
    uint32_t tariff;
    uint16_t subunit;
    int8_t exponent;
    uint8_t function; /* ohm_mbus_function */
    uint8_t kind;     /* ohm_mbus_kind */
    uint8_t flags;
    uint8_t phase; /* 1 to 3 where a VIFE says so, else 0 */
    uint8_t lvar;  /* the length byte, with data field Dh */
    uint8_t at;    /* in `data`: DIF and DIFEs, VIF and VIFEs, (LVAR), data */
    uint8_t dib_len, vib_len, raw_at, raw_len;
    uint8_t unit_len; /* of a plain text unit, two bytes behind the VIB's start */
} ohm_mbus_record;

typedef enum ohm_mbus_body {
    OHM_MBUS_RECORDS, /* CI 72h 76h 7Ah 78h */
    OHM_MBUS_FIXED,   /* CI 73h 77h */
    OHM_MBUS_ERROR,   /* CI 70h 6Eh 6Fh: `code` */
    OHM_MBUS_ALARM,   /* CI 71h 74h 75h: `code` */
} ohm_mbus_body;

struct ohm_mbus_profile;

/* A meter's key. Without digests: none. */
typedef struct ohm_mbus_cipher {
    const ohm_digests *digests;
    uint8_t key[OHM_CIPHER_BLOCK_LEN];
} ohm_mbus_cipher;

/* How a telegram was enciphered (EN 13757-7 §9). */
typedef struct ohm_mbus_security {
    uint8_t mode; /* 0: in the clear */
    bool has_counter, authenticated;
    uint32_t counter;
} ohm_mbus_security;

typedef struct ohm_mbus_message {
    uint8_t control, address, ci;
    uint8_t body; /* ohm_mbus_body */
    bool msb_first;
    bool has_id;     /* id, and but for a fixed structure manufacturer, version */
    bool has_maker;  /* manufacturer and version */
    bool has_medium; /* medium */
    bool has_access; /* access, status, signature */
    bool more_follows;
    bool has_code;
    char id[9];           /* 8 hex digits */
    char manufacturer[4]; /* "ACW" */
    uint8_t version, medium, access, status, code;
    uint16_t signature;
    ohm_mbus_security security; /* the decoder's; none of one telegram alone */
    uint8_t secondary[8]; /* as it goes on the wire but for the digits: id, man, ver, medium */
    uint8_t records_count;
    uint16_t data_len;
    uint64_t offset;     /* of the telegram in the stream */
    const uint8_t *data; /* behind CI */
    /* What its reader knows of the meter (wire/mbus_quantity.h); the decoder sets NULL. */
    const struct ohm_mbus_profile *profile;
    ohm_mbus_record records[OHM_MBUS_RECORDS_MAX];
} ohm_mbus_message;

typedef enum ohm_mbus_stage {
    OHM_MBUS_AT_FRAME,
    OHM_MBUS_AT_CIPHER,
    OHM_MBUS_AT_HEADER,
    OHM_MBUS_AT_RECORD,
    OHM_MBUS_STAGES_COUNT
} ohm_mbus_stage;

typedef struct ohm_mbus_reject {
    uint64_t offset;
    ohm_mbus_stage stage;
    ohm_code code;
    const char *what;
} ohm_mbus_reject;

typedef struct ohm_mbus_counters {
    uint64_t bytes, bytes_skipped;
    uint64_t frames; /* whole ones, of any form */
    uint64_t acks;   /* E5h */
    uint64_t messages;
    uint64_t bad_frames;   /* length, checksum or stop byte */
    uint64_t refused;      /* whole telegrams of a meter that can't be taken apart */
    uint64_t no_key;       /* encrypted ones */
    uint64_t tag_failures; /* ones that the key does not open */
    uint64_t others;       /* whole frames that no meter sent: of the master, DLMS */
} ohm_mbus_counters;

typedef struct ohm_mbus {
    ohm_mbus_counters counters;
    uint64_t offset; /* of the window's first byte */
    uint64_t muted_until;
    uint16_t head, tail;
    bool finished, told_dlms, told;
    uint8_t first;
    ohm_mbus_cipher cipher; /* to be set behind ohm_mbus_init */
    uint8_t window[2 * OHM_MBUS_LONG_MAX];
    ohm_mbus_message message;
} ohm_mbus;

void ohm_mbus_init(ohm_mbus *m);

/* OHM_OK: *message is set. OHM_MORE: all of *in is taken. OHM_END: after ohm_mbus_finish, nothing
 * is left. Any other code: *reject says what was refused; go on calling. */
OHM_MUST_CHECK ohm_code ohm_mbus_next(ohm_mbus *m, ohm_span *in, const ohm_mbus_message **message,
                                      ohm_mbus_reject *reject);

void ohm_mbus_finish(ohm_mbus *m); /* no more bytes will come */
void ohm_mbus_reset(ohm_mbus *m);  /* the line broke: forgets what was begun; counters stay */

const char *ohm_mbus_stage_name(ohm_mbus_stage stage);

/* --- one telegram ---------------------------------------------------------------------------- */

/* The application layer of one long frame, whose parts the link layer has checked: `data` is what
 * is behind CI, and must outlive *out. *reject is written on failure only; its offset counts from
 * `data`. */
OHM_MUST_CHECK ohm_code ohm_mbus_parse(uint8_t control, uint8_t address, uint8_t ci, ohm_span data,
                                       ohm_mbus_message *out, ohm_mbus_reject *reject);

static inline ohm_span ohm_mbus_dib(const ohm_mbus_message *m, const ohm_mbus_record *r)
{
    return ohm_span_of(m->data + r->at, r->dib_len);
}

static inline ohm_span ohm_mbus_vib(const ohm_mbus_message *m, const ohm_mbus_record *r)
{
    return ohm_span_of(m->data + r->at + r->dib_len, r->vib_len);
}

static inline ohm_span ohm_mbus_raw(const ohm_mbus_message *m, const ohm_mbus_record *r)
{
    return ohm_span_of(m->data + r->raw_at, r->raw_len);
}

/* Walks the combinable VIFEs of a record: *at starts at 0; false past the last. *vife is by value
 * its row, *code the byte without its extension bit. After OHM_MBUS_VIFE_MAKER nothing follows. */
bool ohm_mbus_vifes(const ohm_mbus_message *m, const ohm_mbus_record *r, size_t *at,
                    ohm_mbus_vife *vife, uint8_t *code);

/* --- words ----------------------------------------------------------------------------------- */

/* "Instantaneous value". */
const char *ohm_mbus_function_name(ohm_mbus_function function);
/* "Heat: Outlet"; never NULL. */
const char *ohm_mbus_medium_name(uint8_t medium);
/* What an application error (EN 13757-3 §10) says. */
const char *ohm_mbus_error_text(uint8_t code);

/* The unit as UTF-8: that of the row, or the text that the meter sent. Returns its length. */
size_t ohm_mbus_unit(const ohm_mbus_message *m, const ohm_mbus_record *r,
                     char out[static OHM_MBUS_TEXT_MAX]);

/* The value as text: of TEXT as UTF-8, of HEX "0A 1B", of times "2026-01-31T12:00". Returns its
 * length; 0 for numbers, which are mantissa and exponent. */
size_t ohm_mbus_text(const ohm_mbus_message *m, const ohm_mbus_record *r,
                     char out[static OHM_MBUS_TEXT_MAX]);

/* The time that the data is when a VIFE makes it one (39h, 6Fh…) though its VIF is another's: the
 * record then holds a number that is none. False: it is no such time. */
bool ohm_mbus_moment(const ohm_mbus_message *m, const ohm_mbus_record *r, ohm_mbus_record *out);

/* A number of any exponent as JSON writes it: "41.7", "1e-30". Returns its length. */
size_t ohm_mbus_number(int64_t mantissa, int exponent, char out[static OHM_MBUS_NUMBER_MAX]);

#endif
