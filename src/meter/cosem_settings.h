/* How a DLMS meter is asked, as one line of text: words "key=value", in any order.
 *
 *     line=hdlc client=1 server=1 physical=17 auth=gmac security=both profile=1-0:99.1.0
 *
 * docs/dlms-client.md says what each means. Secrets are never part of it. */
#ifndef OHM_METER_COSEM_SETTINGS_H
#define OHM_METER_COSEM_SETTINGS_H

#include "base/time.h"
#include "wire/cosem.h"
#include "wire/mode_e.h"

enum {
    OHM_COSEM_SETTINGS_MAX = 512, /* bytes of the text */
    OHM_COSEM_REGISTERS_MAX = 64,
    OHM_COSEM_PROFILES_MAX = 4,
};

typedef enum ohm_cosem_line {
    OHM_COSEM_LINE_USUAL, /* HDLC on a serial line, the wrapper over TCP */
    OHM_COSEM_LINE_HDLC,
    OHM_COSEM_LINE_WRAPPER,
    OHM_COSEM_LINE_MODE_E,
} ohm_cosem_line;

typedef struct ohm_cosem_settings {
    ohm_cosem_line line;
    uint8_t client;
    uint16_t server, physical;
    uint8_t address_len; /* 0: as short as can be */
    uint16_t info_max;   /* 0: usual */
    uint8_t window;
    int64_t timeout_ms; /* T1, or the answer's over TCP; 0: usual */
    ohm_cosem_auth auth;
    uint8_t control; /* security policy and suite */
    bool dedicated;
    bool secret_hex; /* the password is hex digits */
    bool has_title;  /* else who keeps our counters names us, or nobody: at random */
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    char call[OHM_MODE_E_ADDRESS_MAX + 1]; /* mode E: whom to call */
    uint32_t baud_max;
    bool has_counter; /* recover the invocation counter from this object */
    uint8_t counter[OHM_OBIS_LEN];
    bool transfer;           /* offer general-block-transfer */
    bool browse;             /* read the list of objects, nothing else */
    uint8_t registers_count; /* 0: those of the object list that mean something */
    ohm_cosem_ref
        registers[OHM_COSEM_REGISTERS_MAX]; /* class 0: not said; attribute 0: the value */
    uint8_t profiles_count;
    uint8_t profiles[OHM_COSEM_PROFILES_MAX][OHM_OBIS_LEN];
    ohm_ms from_ms, to_ms; /* of rows; OHM_NO_MS: open */
    uint32_t first, last;  /* rows by entry, 1 the oldest, `last` 0 to the end; first 0: by time */
    uint16_t days;         /* of history that a first reading asks for */
} ohm_cosem_settings;

/* `text` may be NULL or empty: all as usual. `at` is a byte position. *out is written on success
 * only. */
OHM_MUST_CHECK ohm_err ohm_cosem_settings_parse(const char *text, ohm_cosem_settings *out);

#endif
