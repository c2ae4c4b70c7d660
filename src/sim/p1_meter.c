#include "sim/p1_meter.h"

#include "sim/registers.h"
#include "wire/readout_encode.h"

enum { CONTROL = 0x30 };

void ohm_p1_meter_init(ohm_p1_meter *meter)
{
    static const uint8_t title[] = { 'O', 'H', 'M', 0x67, 1, 2, 3, 4 };
    *meter = (ohm_p1_meter){ .id = "E0047000012345678", .gas_dm3 = 4711082 };
    memcpy(meter->title, title, sizeof title);
    for (int i = 0; i < OHM_P1_METER_KEY_LEN; i++)
        meter->auth_key[i] = (uint8_t)(0x11 * i);
}

static void put_time(ohm_writer *w, const char *address, const ohm_tz *tz, ohm_ms at_ms)
{
    char text[OHM_READOUT_TIME_TEXT];
    const ohm_readout_time time = {
        .present = true,
        .season = ohm_tz_is_dst(tz, at_ms) ? OHM_READOUT_SUMMER : OHM_READOUT_WINTER,
        .local = ohm_civil_from_utc(tz, at_ms),
    };
    ohm_readout_time_write(&time, text);
    ohm_readout_put_set(w, address, text);
}

static void put_power(ohm_writer *w, const char *import, const char *export, int64_t power_w)
{
    const ohm_readout_number_form in = { import, "kW", 2, 3 }, out = { export, "kW", 2, 3 };
    ohm_readout_put_number(w, &in, power_w > 0 ? power_w : 0);
    ohm_readout_put_number(w, &out, power_w < 0 ? -power_w : 0);
}

static void put_energy(ohm_writer *w, const char *address, int64_t wh)
{
    const ohm_readout_number_form form = { address, "kWh", 6, 3 };
    ohm_readout_put_number(w, &form, wh);
}

static void put_phases(ohm_writer *w, const ohm_sim_registers *r)
{
    static const char *const volts[] = { "1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0" };
    static const char *const amperes[] = { "1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0" };
    static const char *const import[] = { "1-0:21.7.0", "1-0:41.7.0", "1-0:61.7.0" };
    static const char *const export[] = { "1-0:22.7.0", "1-0:42.7.0", "1-0:62.7.0" };
    for (int i = 0; i < OHM_HOUSE_PHASES; i++) {
        const ohm_readout_number_form v = { volts[i], "V", 3, 1 }, a = { amperes[i], "A", 3, 2 };
        ohm_readout_put_number(w, &v, r->phase_dv[i]);
        ohm_readout_put_number(w, &a, r->phase_ca[i]);
        put_power(w, import[i], export[i], r -> phase_w[i]);
    }
}

static void put_telegram(ohm_writer *w, const ohm_p1_meter *meter, const ohm_house *house,
                         const ohm_tz *tz)
{
    const ohm_sim_registers r = ohm_sim_registers_of(house);
    size_t from = w->len;
    ohm_put_text(w, "/OHM5\\2SIM-1000\r\n\r\n");
    ohm_readout_put_set(w, "1-3:0.2.8", "50");
    put_time(w, "0-0:1.0.0", tz, house->time_ms);
    ohm_readout_put_name(w, "0-0:96.1.1", meter->id);
    put_energy(w, "1-0:1.8.1", r.import_t1_wh);
    put_energy(w, "1-0:1.8.2", r.import_t2_wh);
    put_energy(w, "1-0:2.8.1", r.export_wh);
    put_energy(w, "1-0:2.8.2", 0);
    ohm_readout_put_set(w, "0-0:96.14.0", house->off_peak ? "0001" : "0002");
    put_power(w, "1-0:1.7.0", "1-0:2.7.0", r.power_w);
    ohm_readout_put_set(w, "0-0:96.13.0", "");
    put_phases(w, &r);
    ohm_readout_put_set(w, "0-1:24.1.0", "003");
    ohm_readout_put_name(w, "0-1:96.1.0", "G0012345678901234");
    size_t line = w->len;
    put_time(w, "0-1:24.2.1", tz, house->time_ms - house->time_ms % (5 * OHM_MINUTE_MS));
    if (!w->full && w->len > line)
        w->len -= 2; /* the value goes on in the line of its time */
    const ohm_readout_number_form gas = { "", "m3", 5, 3 };
    ohm_readout_put_number(w, &gas, meter->gas_dm3);
    ohm_p1_put_end(w, from);
}

ohm_code ohm_p1_meter_push(ohm_p1_meter *meter, const ohm_house *house, const ohm_tz *tz,
                           ohm_writer *out)
{
    if (!meter->aead) {
        put_telegram(out, meter, house, tz);
        return out->full ? OHM_TOO_BIG : OHM_OK;
    }
    uint8_t inner[OHM_P1_METER_PUSH_MAX];
    ohm_writer w = ohm_writer_over(inner, sizeof inner);
    put_telegram(&w, meter, house, tz);
    if (w.full)
        return OHM_TOO_BIG;
    ohm_glo_seal seal = {
        .aead = meter->aead,
        .title = { meter->title, sizeof meter->title },
        .control = CONTROL,
        .counter = ++meter->counter,
        .auth_key = { meter->auth_key, sizeof meter->auth_key },
    };
    memcpy(seal.nonce_title, meter->title, sizeof seal.nonce_title);
    return ohm_put_glo(out, &seal, ohm_writer_span(&w));
}
