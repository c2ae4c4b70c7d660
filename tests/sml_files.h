/* SML files as real meters send them, made by our own encoder with made-up numbers: for the unit
 * tests, the properties, the first inputs of the fuzzer and the benchmark. */
#ifndef OHM_TESTS_SML_FILES_H
#define OHM_TESTS_SML_FILES_H

#include "wire/sml_encode.h"

enum {
    SML_BYTES_MAX = 2048,
    SML_GET_LIST = 0x0701,
    SML_OPEN = 0x0101,
    SML_CLOSE = 0x0201,
};

typedef struct sml_bytes {
    uint8_t bytes[SML_BYTES_MAX];
    size_t len;
} sml_bytes;

static const uint8_t sml_server[] = { 0x0a, 1, 'O', 'H', 'M', 0, 0, 0xbc, 0x61, 0x4e };

static inline ohm_span sml_span(const sml_bytes *b)
{
    return (ohm_span){ b->bytes, b->len };
}

/* The head of an entry up to its value; the time is the meter's seconds index. */
static inline void sml_entry(ohm_writer *w, const uint8_t obis[static OHM_OBIS_LEN], uint8_t unit,
                             int8_t scaler)
{
    ohm_sml_put_list(w, 7);
    ohm_sml_put_octets(w, ohm_span_of(obis, OHM_OBIS_LEN));
    ohm_sml_put_absent(w);
    ohm_sml_put_absent(w);
    ohm_sml_put_unsigned(w, unit, 1);
    ohm_sml_put_integer(w, scaler, 1);
}

static inline void sml_open(ohm_writer *w)
{
    size_t from = ohm_sml_begin_message(w, 1, SML_OPEN);
    ohm_sml_put_list(w, 6);
    ohm_sml_put_absent(w);
    ohm_sml_put_absent(w);
    ohm_sml_put_octets(w, ohm_span_text("file1"));
    ohm_sml_put_octets(w, ohm_span_of(sml_server, sizeof sml_server));
    ohm_sml_put_absent(w);
    ohm_sml_put_absent(w);
    ohm_sml_end_message(w, from);
}

static inline void sml_close(ohm_writer *w)
{
    size_t from = ohm_sml_begin_message(w, 3, SML_CLOSE);
    ohm_sml_put_list(w, 1);
    ohm_sml_put_absent(w);
    ohm_sml_end_message(w, from);
}

/* The head of a list up to its entries. */
static inline size_t sml_begin_list(ohm_writer *w, size_t entries)
{
    size_t from = ohm_sml_begin_message(w, 2, SML_GET_LIST);
    ohm_sml_put_list(w, 7);
    ohm_sml_put_absent(w);
    ohm_sml_put_octets(w, ohm_span_of(sml_server, sizeof sml_server));
    ohm_sml_put_absent(w);
    ohm_sml_put_list(w, 2);
    ohm_sml_put_unsigned(w, 1, 1);
    ohm_sml_put_unsigned(w, 4711, 4);
    ohm_sml_put_list(w, entries);
    return from;
}

static inline void sml_end_list(ohm_writer *w, size_t from)
{
    ohm_sml_put_absent(w);
    ohm_sml_put_absent(w);
    ohm_sml_end_message(w, from);
}

/* A household meter's file: two registers, a signed power, a name. */
static inline sml_bytes sml_household(uint32_t energy_dwh, int32_t power_w)
{
    static const uint8_t name[] = { 1, 0, 96, 50, 1, 1 }, import[] = { 1, 0, 1, 8, 0, 255 },
                         export[] = { 1, 0, 2, 8, 0, 255 }, power[] = { 1, 0, 16, 7, 0, 255 };
    sml_bytes b;
    uint8_t inner[SML_BYTES_MAX];
    ohm_writer m = ohm_writer_over(inner, sizeof inner);
    sml_open(&m);
    size_t from = sml_begin_list(&m, 4);
    sml_entry(&m, name, 255, 0);
    ohm_sml_put_octets(&m, ohm_span_text("OHM"));
    ohm_sml_put_absent(&m);
    sml_entry(&m, import, OHM_UNIT_WH, -1);
    ohm_sml_put_unsigned(&m, energy_dwh, 8);
    ohm_sml_put_absent(&m);
    sml_entry(&m, export, OHM_UNIT_WH, -1);
    ohm_sml_put_unsigned(&m, 0x1b1b1b1b, 8); /* sent with its escape */
    ohm_sml_put_absent(&m);
    sml_entry(&m, power, OHM_UNIT_W, 0);
    ohm_sml_put_integer(&m, power_w, 4);
    ohm_sml_put_absent(&m);
    sml_end_list(&m, from);
    sml_close(&m);
    ohm_writer w = ohm_writer_over(b.bytes, sizeof b.bytes);
    ohm_sml_put_file(&w, ohm_writer_span(&m));
    assert(!m.full && !w.full);
    b.len = w.len;
    return b;
}

#endif
