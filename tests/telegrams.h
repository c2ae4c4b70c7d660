/* P1 telegrams as real meters send them, with made-up numbers: for the unit tests, the
 * properties, the first inputs of the fuzzers and the benchmark. */
#ifndef OHM_TESTS_TELEGRAMS_H
#define OHM_TESTS_TELEGRAMS_H

#include <stdio.h>

#include "wire/p1.h"
#include "wire/readout_encode.h"

enum { TELEGRAM_BYTES_MAX = 4096 };

typedef struct telegram {
    uint8_t bytes[TELEGRAM_BYTES_MAX];
    size_t len;
} telegram;

static const uint8_t telegram_title[OHM_SYSTEM_TITLE_LEN] = { 'O', 'H', 'M', 0x67, 1, 2, 3, 4 };
static const uint8_t telegram_key[] = "not a key of any meter";
static const uint8_t telegram_public_key[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                                 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

static inline ohm_span telegram_span(const telegram *t)
{
    return (ohm_span){ t->bytes, t->len };
}

/* These lines between an identification and the CRC of DSMR 4 and later. */
static inline telegram telegram_of(const char *lines)
{
    telegram t;
    ohm_writer w = ohm_writer_over(t.bytes, sizeof t.bytes);
    ohm_put_text(&w, "/OHM5\\2TEST\r\n\r\n");
    ohm_put_text(&w, lines);
    ohm_p1_put_end(&w, 0);
    assert(!w.full);
    t.len = w.len;
    return t;
}

/* A household of DSMR 5 with a gas meter. */
static inline telegram telegram_household(uint32_t import_wh, uint32_t power_w)
{
    char lines[1024];
    (void)snprintf(lines, sizeof lines,
                   "1-3:0.2.8(50)\r\n0-0:1.0.0(261120130000W)\r\n"
                   "0-0:96.1.1(4F484D30303031)\r\n1-0:1.8.1(%06u.%03u*kWh)\r\n"
                   "1-0:1.8.2(000042.000*kWh)\r\n1-0:2.8.1(000001.500*kWh)\r\n"
                   "0-0:96.14.0(0002)\r\n1-0:1.7.0(%02u.%03u*kW)\r\n1-0:32.7.0(230.1*V)\r\n"
                   "1-0:99.97.0(2)(0-0:96.7.19)(161208152415W)(0000000240*s)"
                   "(161208151004W)(0000000301*s)\r\n0-0:96.13.0()\r\n"
                   "0-1:24.1.0(003)\r\n0-1:24.2.1(261120125500W)(04711.082*m3)\r\n",
                   import_wh / 1000, import_wh % 1000, power_w / 1000, power_w % 1000);
    return telegram_of(lines);
}

/* The telegram under a key, with a tag by this authentication key, or without one (0x20). */
static inline telegram telegram_sealed(const telegram *plain, const ohm_aead *aead,
                                       const uint8_t *auth_key, uint8_t control, uint32_t counter)
{
    telegram t;
    ohm_writer w = ohm_writer_over(t.bytes, sizeof t.bytes);
    ohm_glo_seal seal = {
        .aead = aead,
        .title = { telegram_title, sizeof telegram_title },
        .control = control,
        .counter = counter,
        .auth_key = { auth_key, 16 },
    };
    memcpy(seal.nonce_title, telegram_title, sizeof seal.nonce_title);
    ohm_code code = ohm_put_glo(&w, &seal, telegram_span(plain));
    assert(code == OHM_OK);
    (void)code;
    t.len = w.len;
    return t;
}

static inline void telegram_append(telegram *t, ohm_span more)
{
    assert(more.len <= sizeof t->bytes - t->len);
    memcpy(t->bytes + t->len, more.ptr, more.len);
    t->len += more.len;
}

#endif
