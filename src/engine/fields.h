/* Values as bytes by tables: a table of fields says how a struct is laid out as bytes, and one
 * walker reads, writes and compares by it. Little-endian; booleans and codes are one byte, texts
 * a length byte and their bytes, lists a two-byte count and their items. Every value has exactly
 * one form of each version. Nesting is what the tables nest (four deep): input can't add to it.
 *
 * A field that comes later says since which version it is there, and OHM_FORM goes up by one in the
 * release that brings it: bytes of older versions are read without it, and it keeps what it was
 * before. No field leaves, no list of fixed length grows. */
#ifndef OHM_ENGINE_FIELDS_H
#define OHM_ENGINE_FIELDS_H

#include "base/err.h"
#include "base/span.h"

/* The version that is written; 5 came with `since` itself, 6 with plans, 7 with zones, settings and
 * rules that a person arms, 8 with sensors that always say the same, 9 with what rules look ahead
 * at, and with batteries, 10 with a silence of meters that is declared, and weights. */
enum { OHM_FORM = 10 };

typedef enum ohm_field_type {
    OHM_FIELD_BOOL,
    OHM_FIELD_CODE, /* an enum (four bytes in memory), below `limit` */
    OHM_FIELD_U8,
    OHM_FIELD_U16,
    OHM_FIELD_I16,
    OHM_FIELD_I32,
    OHM_FIELD_I64,
    OHM_FIELD_U64,
    OHM_FIELD_SPAN, /* int64 within ±2^52: a duration, a time of mono_ms, an energy */
    OHM_FIELD_TIME, /* the same, or OHM_NO_MS */
    OHM_FIELD_TEXT, /* char[limit], NUL-terminated */
    OHM_FIELD_LIST, /* `limit` items at most, of `item_size`, by `items`; counted elsewhere */
    OHM_FIELD_MORE, /* the same, with the count of an earlier list */
    OHM_FIELD_ROW,  /* exactly `limit` items */
} ohm_field_type;

typedef struct ohm_fields ohm_fields;

typedef struct ohm_field {
    const char *name;
    ohm_field_type type;
    uint32_t offset;
    uint32_t limit;
    uint32_t item_size;
    uint32_t count_offset; /* LIST: a uint16_t, or a uint8_t if count_is_byte */
    bool count_is_byte;
    uint8_t since; /* the first version that has it; 0 = all */
    const ohm_fields *items;
} ohm_field;

struct ohm_fields {
    uint32_t count;
    const ohm_field *fields;
};

/* Where the walker is. A failure sticks; going on after it is harmless. */
typedef struct ohm_codec {
    uint8_t *out; /* writing */
    size_t cap;
    ohm_span in; /* reading */
    size_t pos;
    uint8_t version; /* of the bytes */
    ohm_err err;
} ohm_codec;

/* As OHM_FORM; codec->version may be set to another one, for writing and reading alike. */
void ohm_codec_write(ohm_codec *codec, uint8_t *out, size_t cap);
void ohm_codec_read(ohm_codec *codec, ohm_span in);
void ohm_codec_fail(ohm_codec *codec, ohm_code code, const char *what);
bool ohm_codec_failed(const ohm_codec *codec);

/* Writes *value by a table. */
void ohm_fields_put(ohm_codec *codec, const ohm_fields *table, const void *value);
/* Reads into *value: what the bytes don't hold stays as it is, so texts and what ends a list must
 * be zeroed. */
void ohm_fields_get(ohm_codec *codec, const ohm_fields *table, void *value);
/* The first field that differs, NULL if none; its two values where it is a number. Tables
 * without lists only. */
const ohm_field *ohm_fields_compare(const ohm_fields *table, const void *a, const void *b,
                                    int64_t *ret_a, int64_t *ret_b);

/* The tables (tables.c). */
extern const ohm_fields ohm_fields_boot, ohm_fields_frame, ohm_fields_signal, ohm_fields_command,
    ohm_fields_output, ohm_fields_clock, ohm_fields_note, ohm_fields_contract_change,
    ohm_fields_rules_change, ohm_fields_rule_set, ohm_fields_rule_state, ohm_fields_input_state,
    ohm_fields_heat_zone, ohm_fields_heat_state, ohm_fields_action, ohm_fields_engine;

#endif
