/* A streaming JSON writer into a caller's buffer (RFC 8259). No allocation, no recursion.
 *
 * The writer inserts commas and checks nesting by assert: what it writes is always well formed,
 * or the call order was a programmer's mistake. Strings are escaped; bytes that are not valid
 * UTF-8 come out as U+FFFD. Numbers never go through printf: a decimal is an integer mantissa
 * and an exponent, so 230.10 V is written exactly.
 *
 * When the buffer is too small the writer goes on counting and writes nothing more; check
 * ohm_json_finish. Call order: ohm_json_init, one value (of any depth), ohm_json_finish. */
#ifndef OHM_BASE_JSON_H
#define OHM_BASE_JSON_H

#include "base/err.h"
#include "base/span.h"

enum { OHM_JSON_DEPTH_MAX = 32 };

typedef struct ohm_json {
    char *out;
    size_t cap;
    size_t len; /* bytes wanted so far; above cap means overflow */
    uint8_t depth;
    bool after_key;
    bool has_items[OHM_JSON_DEPTH_MAX];
    char close[OHM_JSON_DEPTH_MAX]; /* '}' or ']' */
} ohm_json;

void ohm_json_init(ohm_json *json, char *out, size_t cap);

void ohm_json_object(ohm_json *json); /* '{' */
void ohm_json_array(ohm_json *json);  /* '[' */
void ohm_json_end(ohm_json *json);    /* closes the innermost */
void ohm_json_key(ohm_json *json, const char *key);

void ohm_json_null(ohm_json *json);
void ohm_json_bool(ohm_json *json, bool value);
void ohm_json_int(ohm_json *json, int64_t value);
/* mantissa × 10^exponent, exactly: (23010, -2) → 230.1, (5, 3) → 5000. Exponent -18..18. */
void ohm_json_decimal(ohm_json *json, int64_t mantissa, int exponent);
void ohm_json_unsigned(ohm_json *json, uint64_t mantissa, int exponent);
void ohm_json_str(ohm_json *json, const char *text);
void ohm_json_span(ohm_json *json, ohm_span text);
/* Bytes as lower-case hexadecimal text. */
void ohm_json_hex(ohm_json *json, ohm_span bytes);
/* An RFC 3339 instant as text; OHM_NO_MS becomes null. */
void ohm_json_time(ohm_json *json, int64_t utc_ms);
/* One complete, well-formed JSON value made elsewhere. */
void ohm_json_raw(ohm_json *json, ohm_span value);

/* Key and value in one call. */
void ohm_json_key_int(ohm_json *json, const char *key, int64_t value);
void ohm_json_key_bool(ohm_json *json, const char *key, bool value);
void ohm_json_key_str(ohm_json *json, const char *key, const char *text); /* NULL → null */
void ohm_json_key_span(ohm_json *json, const char *key, ohm_span text);
void ohm_json_key_time(ohm_json *json, const char *key, int64_t utc_ms);
void ohm_json_key_decimal(ohm_json *json, const char *key, int64_t mantissa, int exponent);
void ohm_json_key_null(ohm_json *json, const char *key);

/* The number of bytes written; OHM_TOO_BIG when the buffer was too small (ret_len then says
 * how many it would have taken). Asserts that every object and array is closed. */
OHM_MUST_CHECK ohm_code ohm_json_finish(ohm_json *json, size_t *ret_len);

#endif
