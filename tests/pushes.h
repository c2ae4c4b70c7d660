/* Pushes as real meters send them, made by our own encoders with made-up numbers: for the unit
 * tests, the properties, the first inputs of the fuzzers and the benchmark. */
#ifndef OHM_TESTS_PUSHES_H
#define OHM_TESTS_PUSHES_H

#include "wire/axdr.h"
#include "wire/dlms_encode.h"
#include "wire/dlms_unit.h"
#include "wire/meter_profile.h"

enum {
    PUSH_MAX = 2048,
    E450_INFO_MAX = 129, /* bytes of information that an E450 puts into a frame */
    PUSH_INVOKE = 4711,
};

static const uint8_t push_title[OHM_SYSTEM_TITLE_LEN] = { 'L', 'G', 'Z', 0x67, 0x01, 2, 3, 4 };
static const uint8_t push_key[32] = "not a key of any meter, 32 bytes";
static const uint8_t push_auth_key[32] = "nor is this one, 32 bytes long..";

static const ohm_dlms_time push_time = {
    .present = true,
    .weekday = 5,
    .local = { { 2026, 11, 20 }, 10, 58, 50, 0 },
};

/* An APDU or a stream of frames under construction. */
typedef struct push {
    uint8_t bytes[PUSH_MAX];
    size_t len;
} push;

static inline ohm_writer push_writer(push *p)
{
    return ohm_writer_over(p->bytes, sizeof p->bytes);
}

static inline void push_done(push *p, const ohm_writer *w)
{
    assert(!w->full);
    p->len = w->len;
}

static inline ohm_span push_span(const push *p)
{
    return (ohm_span){ p->bytes, p->len };
}

/* The self-describing list of a Swiss E450: 412 bytes, in four frames 491. */
static inline push push_e450_list(uint32_t energy_wh)
{
    static const struct {
        uint16_t class_id;
        uint8_t obis[OHM_OBIS_LEN];
        int8_t attribute;
    } objects[] = {
        { 40, { 0, 8, 25, 9, 0, 255 }, 2 }, { 40, { 0, 8, 25, 9, 0, 255 }, 1 },
        { 1, { 0, 0, 42, 0, 0, 255 }, 2 },  { 1, { 0, 0, 96, 1, 1, 255 }, 2 },
        { 8, { 0, 0, 1, 0, 0, 255 }, 2 },   { 3, { 1, 0, 1, 7, 0, 255 }, 2 },
        { 3, { 1, 0, 2, 7, 0, 255 }, 2 },   { 3, { 1, 0, 3, 7, 0, 255 }, 2 },
        { 3, { 1, 0, 4, 7, 0, 255 }, 2 },   { 3, { 1, 1, 1, 8, 0, 255 }, 2 },
        { 3, { 1, 1, 2, 8, 0, 255 }, 2 },   { 3, { 1, 1, 5, 8, 0, 255 }, 2 },
        { 3, { 1, 1, 6, 8, 0, 255 }, 2 },   { 3, { 1, 1, 7, 8, 0, 255 }, 2 },
        { 3, { 1, 1, 8, 8, 0, 255 }, 2 },   { 3, { 1, 0, 13, 7, 0, 255 }, 2 },
    };
    enum { OBJECTS = sizeof objects / sizeof *objects };
    push p;
    ohm_writer w = push_writer(&p);
    ohm_put_notification(&w, PUSH_INVOKE, OHM_TIME_PLAIN, &push_time);
    ohm_axdr_put_structure(&w, OBJECTS);
    ohm_axdr_put_array(&w, OBJECTS);
    for (int i = 0; i < OBJECTS; i++)
        ohm_axdr_put_object(&w, objects[i].class_id, objects[i].obis, objects[i].attribute);
    ohm_axdr_put_obis(&w, objects[0].obis);
    ohm_axdr_put_octets(&w, ohm_span_text("LGZ1030012345678"));
    ohm_axdr_put_octets(&w, ohm_span_text("7654321"));
    ohm_axdr_put_time(&w, &push_time);
    for (uint32_t i = 0; i < 4; i++)
        ohm_axdr_put_u32(&w, 28 + i);
    for (uint32_t i = 0; i < 6; i++)
        ohm_axdr_put_u32(&w, energy_wh + i);
    ohm_axdr_put_u16(&w, 941);
    push_done(&p, &w);
    return p;
}

/* The list of pairs of an Austrian E450: 242 bytes, ciphered in three frames 332. */
static inline push push_e450_pairs(uint32_t energy_wh)
{
    static const uint8_t codes[][3] = {
        { 1, 8, 0 }, { 1, 8, 1 }, { 1, 8, 2 }, { 1, 7, 0 }, { 2, 8, 0 }, { 2, 8, 1 },
        { 2, 8, 2 }, { 2, 7, 0 }, { 3, 8, 0 }, { 3, 8, 1 }, { 3, 8, 2 }, { 3, 7, 0 },
        { 4, 8, 0 }, { 4, 8, 1 }, { 4, 8, 2 }, { 4, 7, 0 },
    };
    enum { CODES = sizeof codes / sizeof *codes };
    push p;
    ohm_writer w = push_writer(&p);
    ohm_put_notification(&w, PUSH_INVOKE, OHM_TIME_PLAIN, &push_time);
    ohm_axdr_put_structure(&w, 1 + 2 * CODES);
    ohm_axdr_put_time(&w, &push_time);
    for (uint32_t i = 0; i < CODES; i++) {
        const uint8_t obis[] = { 1, 0, codes[i][0], codes[i][1], codes[i][2], 255 };
        ohm_axdr_put_obis(&w, obis);
        ohm_axdr_put_u32(&w, energy_wh + i);
    }
    push_done(&p, &w);
    return p;
}

/* A Norwegian list: records that bring scaler and unit, no date-time. */
static inline push push_records(uint32_t power_w)
{
    static const uint8_t list[] = { 1, 1, 0, 2, 129, 255 }, power[] = { 1, 0, 1, 7, 0, 255 },
                         voltage[] = { 1, 0, 32, 7, 0, 255 };
    push p;
    ohm_writer w = push_writer(&p);
    ohm_put_notification(&w, 0x40000000, OHM_TIME_ABSENT, NULL);
    ohm_axdr_put_array(&w, 3);
    ohm_axdr_put_structure(&w, 2);
    ohm_axdr_put_obis(&w, list);
    ohm_axdr_put_text(&w, ohm_span_text("AIDON_V0001"));
    ohm_axdr_put_structure(&w, 3);
    ohm_axdr_put_obis(&w, power);
    ohm_axdr_put_u32(&w, power_w);
    ohm_axdr_put_scaler_unit(&w, 0, OHM_UNIT_W);
    ohm_axdr_put_structure(&w, 3);
    ohm_axdr_put_obis(&w, voltage);
    ohm_axdr_put_u16(&w, 2301);
    ohm_axdr_put_scaler_unit(&w, -1, OHM_UNIT_V);
    push_done(&p, &w);
    return p;
}

/* One value without a code, behind a date-time with a type of its own. */
static inline push push_positional(uint32_t power_w)
{
    push p;
    ohm_writer w = push_writer(&p);
    ohm_put_notification(&w, 0x40000000, OHM_TIME_TAGGED, &push_time);
    ohm_axdr_put_structure(&w, 1);
    ohm_axdr_put_u32(&w, power_w);
    push_done(&p, &w);
    return p;
}

static inline ohm_glo_seal push_seal(const ohm_aead *aead, uint8_t control, uint32_t counter)
{
    ohm_glo_seal seal = {
        .aead = aead,
        .title = { push_title, sizeof push_title },
        .control = control,
        .counter = counter,
        .auth_key = { push_auth_key, 16 },
    };
    memcpy(seal.nonce_title, push_title, sizeof push_title);
    return seal;
}

/* The APDU ciphered; with both keys unless the control byte says otherwise. */
static inline push push_sealed(const ohm_aead *aead, uint8_t control, uint32_t counter,
                               const push *apdu)
{
    push p;
    ohm_writer w = push_writer(&p);
    ohm_glo_seal seal = push_seal(aead, control, counter);
    ohm_code code = ohm_put_glo(&w, &seal, push_span(apdu));
    assert(code == OHM_OK);
    (void)code;
    push_done(&p, &w);
    return p;
}

/* The APDU as an E450 sends it: one block a frame. */
static inline push push_gbt(const push *apdu)
{
    push p;
    ohm_writer w = push_writer(&p);
    const ohm_hdlc_addresses to = ohm_hdlc_e450();
    ohm_put_gbt_push(&w, &to, push_span(apdu), E450_INFO_MAX);
    push_done(&p, &w);
    return p;
}

static inline push push_hdlc(const push *apdu, size_t info_max)
{
    push p;
    ohm_writer w = push_writer(&p);
    const ohm_hdlc_addresses to = ohm_hdlc_e450();
    ohm_put_hdlc_push(&w, &to, push_span(apdu), info_max);
    push_done(&p, &w);
    return p;
}

static inline push push_mbus(const push *apdu)
{
    push p;
    ohm_writer w = push_writer(&p);
    ohm_put_mbus_push(&w, push_span(apdu), 245);
    push_done(&p, &w);
    return p;
}

static inline push push_wrapper(const push *apdu)
{
    push p;
    ohm_writer w = push_writer(&p);
    ohm_put_wrapper(&w, 1, 103, push_span(apdu));
    push_done(&p, &w);
    return p;
}

static inline void push_append(push *p, ohm_span more)
{
    assert(more.len <= sizeof p->bytes - p->len);
    memcpy(p->bytes + p->len, more.ptr, more.len);
    p->len += more.len;
}

/* The profiles that these pushes need. */
static const ohm_meter_profile push_profiles[] = {
    { .name = "e450",
      .rules_count = 1,
      .rules = { { .manufacturer = "LGZ" } },
      .rows_count = 3,
      .rows = { { .obis = { { 1, 0, 13, 7, 0, 255 }, 0x3d }, .scaler = -3 },
                { .obis = { { 1, 0, 0, 7, 0, 255 }, 0x39 }, .scaler = 0 },
                { .obis = { { 1, 0, 0, 8, 0, 255 }, 0x29 }, .scaler = 0 } } },
    { .name = "one value",
      .rules_count = 1,
      .rules = { { .layout = OHM_PUSH_POSITIONAL } },
      .rows_count = 1,
      .rows = { { .obis = { { 1, 0, 1, 7, 0, 255 }, 0x3f }, .scaler = 0 } },
      .lists_count = 1,
      .lists = { { .count = 1,
                   .items = { { .obis = { 1, 0, 1, 7, 0, 255 }, .type = OHM_AXDR_U32 } } } } },
};

enum {
    PUSH_PROFILES = sizeof push_profiles / sizeof *push_profiles,
};

#endif
