#include "sim/sml_meter.h"

#include "sim/registers.h"

enum {
    TAG_OPEN = 0x0101,
    TAG_CLOSE = 0x0201,
    TAG_GET_LIST = 0x0701,
    OPEN_FIELDS = 6,
    LIST_FIELDS = 7,
    ENTRY_FIELDS = 7,
    TIME_INDEX = 1,
    STATUS = 0x1c0104, /* as two-way meters send it */
};

static const uint8_t vendor[OHM_OBIS_LEN] = { 1, 0, 96, 50, 1, 1 };
static const uint8_t device[OHM_OBIS_LEN] = { 1, 0, 96, 1, 0, 255 };

void ohm_sml_meter_init(ohm_sml_meter *meter, ohm_ms started_ms)
{
    static const uint8_t server[] = { 0x0a, 1, 'O', 'H', 'M', 0, 0, 0xbc, 0x61, 0x4e };
    *meter = (ohm_sml_meter){ .transaction = 1, .started_ms = started_ms };
    memcpy(meter->server, server, sizeof meter->server);
}

static ohm_span server_of(const ohm_sml_meter *meter)
{
    return ohm_span_of(meter->server, sizeof meter->server);
}

static void put_time(ohm_writer *w, const ohm_sml_meter *meter, ohm_ms at_ms)
{
    ohm_sml_put_list(w, 2);
    ohm_sml_put_unsigned(w, TIME_INDEX, 1);
    ohm_sml_put_unsigned(w, (uint32_t)((at_ms - meter->started_ms) / OHM_SECOND_MS), 4);
}

static void put_name(ohm_writer *w, const uint8_t *obis, ohm_span name)
{
    ohm_sml_put_list(w, ENTRY_FIELDS);
    ohm_sml_put_octets(w, ohm_span_of(obis, OHM_OBIS_LEN));
    for (int i = 0; i < 4; i++)
        ohm_sml_put_absent(w);
    ohm_sml_put_octets(w, name);
    ohm_sml_put_absent(w);
}

/* A register 1-0:C.D.E*255: raw × 10^scaler in `unit`. */
static void put_register(ohm_writer *w, uint8_t c, uint8_t d, uint8_t e, uint8_t unit,
                         int8_t scaler, int64_t raw)
{
    const uint8_t obis[OHM_OBIS_LEN] = { 1, 0, c, d, e, 255 };
    bool energy = unit == OHM_UNIT_WH;
    ohm_sml_put_list(w, ENTRY_FIELDS);
    ohm_sml_put_octets(w, ohm_span_of(obis, sizeof obis));
    if (energy && e == 0)
        ohm_sml_put_unsigned(w, STATUS, 4);
    else
        ohm_sml_put_absent(w);
    ohm_sml_put_absent(w);
    ohm_sml_put_unsigned(w, unit, 1);
    ohm_sml_put_integer(w, scaler, 1);
    if (energy)
        ohm_sml_put_unsigned(w, (uint64_t)raw, 8);
    else
        ohm_sml_put_integer(w, raw, 4);
    ohm_sml_put_absent(w);
}

static void put_list(ohm_writer *w, const ohm_sml_meter *meter, const ohm_house *house)
{
    static const uint8_t power[OHM_HOUSE_PHASES] = { 36, 56, 76 }, volts[] = { 32, 52, 72 },
                         amperes[] = { 31, 51, 71 };
    enum { ENTRIES = 2 + 5 + 3 * OHM_HOUSE_PHASES };
    const ohm_sim_registers r = ohm_sim_registers_of(house);
    size_t from = ohm_sml_begin_message(w, meter->transaction + 1, TAG_GET_LIST);
    ohm_sml_put_list(w, LIST_FIELDS);
    ohm_sml_put_absent(w);
    ohm_sml_put_octets(w, server_of(meter));
    ohm_sml_put_absent(w);
    put_time(w, meter, house->time_ms);
    ohm_sml_put_list(w, ENTRIES);
    put_name(w, vendor, ohm_span_part(server_of(meter), 2, 3));
    put_name(w, device, server_of(meter));
    put_register(w, 1, 8, 0, OHM_UNIT_WH, -1, 10 * r.import_wh);
    put_register(w, 1, 8, 1, OHM_UNIT_WH, -1, 10 * r.import_t1_wh);
    put_register(w, 1, 8, 2, OHM_UNIT_WH, -1, 10 * r.import_t2_wh);
    put_register(w, 2, 8, 0, OHM_UNIT_WH, -1, 10 * r.export_wh);
    put_register(w, 16, 7, 0, OHM_UNIT_W, 0, r.power_w);
    for (int i = 0; i < OHM_HOUSE_PHASES; i++) {
        put_register(w, power[i], 7, 0, OHM_UNIT_W, 0, r.phase_w[i]);
        put_register(w, volts[i], 7, 0, OHM_UNIT_V, -1, r.phase_dv[i]);
        put_register(w, amperes[i], 7, 0, OHM_UNIT_A, -2, r.phase_ca[i]);
    }
    ohm_sml_put_absent(w);
    ohm_sml_put_absent(w);
    ohm_sml_end_message(w, from);
}

ohm_code ohm_sml_meter_push(ohm_sml_meter *meter, const ohm_house *house, ohm_writer *out)
{
    uint8_t inner[OHM_SML_METER_PUSH_MAX];
    ohm_writer w = ohm_writer_over(inner, sizeof inner);
    size_t from = ohm_sml_begin_message(&w, meter->transaction, TAG_OPEN);
    uint8_t file[4];
    ohm_put_be32(file, meter->transaction);
    ohm_sml_put_list(&w, OPEN_FIELDS);
    ohm_sml_put_absent(&w);
    ohm_sml_put_absent(&w);
    ohm_sml_put_octets(&w, ohm_span_of(file, sizeof file));
    ohm_sml_put_octets(&w, server_of(meter));
    put_time(&w, meter, house->time_ms);
    ohm_sml_put_unsigned(&w, 1, 1);
    ohm_sml_end_message(&w, from);

    put_list(&w, meter, house);

    from = ohm_sml_begin_message(&w, meter->transaction + 2, TAG_CLOSE);
    ohm_sml_put_list(&w, 1);
    ohm_sml_put_absent(&w);
    ohm_sml_end_message(&w, from);
    if (w.full)
        return OHM_TOO_BIG;
    ohm_sml_put_file(out, ohm_writer_span(&w));
    meter->transaction += 3;
    return out->full ? OHM_TOO_BIG : OHM_OK;
}
