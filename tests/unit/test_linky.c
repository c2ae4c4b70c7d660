/* The simulated Linky: what it says is the house's, in frames that a decoder takes whole. */
#include "sim/linky.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "meter/tic_readings.h"

/* 2026-11-20T12:00:00Z, a Friday. */
static const ohm_ms noon_ms = 1795176000000;
static const bool all_fed[OHM_HOUSE_LOADS] = { true, true, true, true };
enum { STEP_MS = 60000 };

static ohm_tic decoder;

typedef struct site {
    ohm_tz tz;
    ohm_house house;
    ohm_linky linky;
    uint8_t bytes[OHM_LINKY_FRAME_MAX];
    size_t len;
    const ohm_tic_message *message;
    ohm_frame frame;
} site;

static void start(site *s, ohm_ms at_ms)
{
    ohm_tz_utc(&s->tz);
    ohm_house_init(&s->house, 7, at_ms - OHM_HOUR_MS);
    ohm_house_step(&s->house, &s->tz, at_ms, all_fed);
    ohm_linky_init(&s->linky);
}

/* Pushes one frame and reads it: whole, with nothing refused. */
static void push(site *s)
{
    const ohm_tic_config config = { .events = false };
    ohm_tic_reject reject;
    ohm_writer out = ohm_writer_over(s->bytes, sizeof s->bytes);
    assert_int_equal(ohm_linky_push(&s->linky, &s->house, &s->tz, &out), OHM_OK);
    s->len = out.len;
    ohm_span in = ohm_writer_span(&out);
    ohm_tic_init(&decoder, &config);
    assert_int_equal(ohm_tic_next(&decoder, &in, &s->message, &reject), OHM_OK);
    assert_int_equal(in.len, 0);
    assert_true(s->message->complete);
    assert_int_equal(s->message->rejected, 0);
    assert_int_equal(decoder.counters.bytes_skipped, 0);
    for (unsigned i = 0; i < s->message->count; i++)
        assert_non_null(ohm_tic_at(s->message, i).known);
    ohm_tic_readings(s->message, 0, s->house.time_ms, &s->frame);
}

static void live_on(site *s, int64_t ms)
{
    ohm_house_step(&s->house, &s->tz, s->house.time_ms + ms, all_fed);
    push(s);
}

static bool find(const site *s, ohm_quantity_id id, int64_t *out)
{
    for (int i = 0; i < s->frame.count; i++) {
        if (s->frame.values[i].quantity != id)
            continue;
        *out = s->frame.values[i].value;
        return true;
    }
    return false;
}

static int64_t value(const site *s, ohm_quantity_id id)
{
    int64_t got = 0;
    if (!find(s, id, &got))
        fail_msg("%s is missing", ohm_quantity_get(id)->name);
    return got;
}

static const char *text(const site *s, const char *label, char out[static 128])
{
    ohm_tic_value v;
    assert_true(ohm_tic_find(s->message, label, &v));
    memcpy(out, v.text.ptr, v.text.len);
    out[v.text.len] = 0;
    return out;
}

/* Each kind of meter through a day and a half: sizes, phases, registers. */
static void every_kind_of_meter(void **state)
{
    (void)state;
    for (int kind = 0; kind < 8 * OHM_LINKY_CONTRACTS_COUNT; kind++) {
        site *s = calloc(1, sizeof *s);
        assert_non_null(s);
        start(s, noon_ms);
        s->linky.mode = kind & 1 ? OHM_TIC_STANDARD : OHM_TIC_HISTORIC;
        s->linky.three_phase = kind & 2;
        s->linky.producer = kind & 4;
        s->linky.contract = (ohm_linky_contract)(kind / 8);
        s->linky.power_kva = 36; /* not above it */
        push(s);
        for (int n = 0; n < 36; n++) {
            live_on(s, OHM_HOUR_MS);
            assert_int_equal(s->message->mode, s->linky.mode);
            assert_int_equal(s->message->phases, s->linky.three_phase ? 3 : 1);
            assert_int_equal(s->message->producer, s->linky.producer && (kind & 1));
            assert_true(ohm_span_is(s->message->id, s->linky.id));
            assert_int_equal(value(s, OHM_Q_OVERRUN), 0);
            /* Registers are cut to Wh one by one: their sum may lack up to one each. */
            int64_t import_wh = ohm_house_wh(s->house.import_mj);
            assert_in_range(value(s, OHM_Q_ENERGY_IMPORT), import_wh - 5, import_wh);
            /* Through the line before the next frame is due. */
            assert_true((int64_t)s->len * 11 * 1000 / ohm_linky_baud(&s->linky) <
                        ohm_linky_period_ms(&s->linky));
        }
        free(s);
    }
}

static void powers_and_voltages(void **state)
{
    (void)state;
    site s = { .len = 0 };
    start(&s, noon_ms);
    s.linky.mode = OHM_TIC_STANDARD;
    s.linky.three_phase = s.linky.producer = true;
    push(&s);
    for (int i = 0; i < OHM_HOUSE_PHASES; i++) {
        int64_t v = value(&s, (ohm_quantity_id)(OHM_Q_VOLTAGE_L1 + i));
        assert_in_range(v, 100 * (int64_t)(s.house.phase_v[i] - 1),
                        100 * (int64_t)(s.house.phase_v[i] + 1));
        int64_t va = value(&s, (ohm_quantity_id)(OHM_Q_APPARENT_POWER_IMPORT_L1 + i));
        double w = s.house.phase_w[i];
        assert_true(va / 10 >= (int64_t)w - 1); /* apparent power is never less than active */
    }
    double net_w = s.house.phase_w[0] + s.house.phase_w[1] + s.house.phase_w[2];
    bool injects = net_w < 0;
    assert_int_equal(value(&s, OHM_Q_APPARENT_POWER_IMPORT) > 0, !injects);
    assert_int_equal(value(&s, OHM_Q_APPARENT_POWER_EXPORT) > 0, injects);
    assert_int_equal(ohm_tic_stge_get(&s.message->stge, OHM_STGE_INJECTING), injects);
    assert_int_equal(s.message->time_ms, s.house.time_ms - OHM_HOUR_MS); /* UTC for Paris: H */
    assert_int_equal(value(&s, OHM_Q_ENERGY_EXPORT), ohm_house_wh(s.house.export_mj));
    assert_int_equal(value(&s, OHM_Q_SUBSCRIBED_POWER), 9000);
}

static void a_day_of_tempo(void **state)
{
    (void)state;
    for (int standard = 0; standard < 2; standard++) {
        site s = { .len = 0 };
        int64_t colour = -1, announced = -1;
        start(&s, noon_ms - 12 * (int64_t)OHM_HOUR_MS);
        s.linky.contract = OHM_LINKY_TEMPO;
        s.linky.mode = standard ? OHM_TIC_STANDARD : OHM_TIC_HISTORIC;
        push(&s);
        for (int h = 1; h < 24 * 7; h++) {
            live_on(&s, OHM_HOUR_MS);
            int64_t today = value(&s, OHM_Q_TEMPO_TODAY);
            int64_t tomorrow = value(&s, OHM_Q_TEMPO_TOMORROW);
            bool off_peak = h % 24 < 6 || h % 24 >= 22;
            assert_in_range(today, OHM_TEMPO_BLUE, OHM_TEMPO_RED);
            assert_int_equal(value(&s, OHM_Q_TARIFF_INDEX), 2 * today - off_peak);
            assert_int_equal(tomorrow != 0, h % 24 >= 11 || h % 24 < 6);
            if (h % 24 == 6 && announced > 0)
                assert_int_equal(today, announced); /* the day begins at six, as announced */
            else if (colour > 0 && h % 24 != 6)
                assert_int_equal(today, colour);
            colour = today;
            announced = h % 24 == 5 ? tomorrow : announced;
        }
    }
}

static void ejp_has_its_peak_and_its_notice(void **state)
{
    (void)state;
    site s = { .len = 0 };
    int peaks = 0, notices = 0;
    start(&s, noon_ms);
    s.linky.contract = OHM_LINKY_EJP;
    push(&s);
    for (int n = 0; n < 2 * 24 * 20; n++) {
        live_on(&s, OHM_HOUR_MS / 2);
        int64_t peak = value(&s, OHM_Q_PEAK);
        assert_int_equal(value(&s, OHM_Q_TARIFF_INDEX), peak ? 2 : 1);
        peaks += peak != 0;
        notices += !peak && value(&s, OHM_Q_PEAK_NOTICE);
    }
    assert_true(notices > 0);
    assert_int_equal(peaks, notices * 36); /* 18 hours for each half an hour of notice */
}

static void above_the_contract(void **state)
{
    (void)state;
    site s = { .len = 0 };
    start(&s, noon_ms);
    s.house.phase_w[0] = 6000;
    s.house.phase_w[1] = 6000;
    push(&s);
    assert_true(s.message->overrun); /* ADPS: 12 kW of 9 kVA, less what the sun gives */
    ohm_tic_value adps, iinst;
    assert_true(ohm_tic_find(s.message, "ADPS", &adps));
    assert_true(ohm_tic_find(s.message, "IINST", &iinst));
    assert_int_equal(adps.number, iinst.number);
    s.linky.power_kva = 15;
    push(&s);
    assert_false(s.message->overrun);
    s.linky.mode = OHM_TIC_STANDARD;
    s.linky.power_kva = 9;
    push(&s);
    assert_true(s.message->overrun); /* STGE */
}

/* Twenty short frames, a long one, and again; afterwards long ones only. */
static void three_phases_in_an_overload(void **state)
{
    (void)state;
    site s = { .len = 0 };
    ohm_tic_value v;
    start(&s, noon_ms);
    s.linky.three_phase = true;
    s.linky.power_kva = 18;
    for (int n = 0; n < 63; n++) {
        s.house.phase_w[0] = 9000;
        push(&s);
        assert_int_equal(ohm_tic_find(s.message, "ADIR1", &v), n % 21 != 20);
        assert_int_equal(ohm_tic_find(s.message, "PAPP", &v), n % 21 == 20);
        assert_false(ohm_tic_find(s.message, "ADIR2", &v));
        assert_int_equal(s.message->phases, 3);
    }
    s.house.phase_w[0] = 1000;
    push(&s);
    assert_true(ohm_tic_find(s.message, "PAPP", &v));
}

static void a_suppliers_calendar(void **state)
{
    (void)state;
    char got[128];
    site s = { .len = 0 };
    start(&s, noon_ms);
    s.linky.contract = OHM_LINKY_WEEKEND;
    push(&s);
    assert_string_equal(text(&s, "OPTARIF", got), "BASE"); /* as a real one does */
    s.linky.mode = OHM_TIC_STANDARD;
    push(&s);
    assert_true(ohm_span_is(s.message->contract, "HC et Week-End"));
    assert_int_equal(value(&s, OHM_Q_TARIFF_INDEX), 2);
    assert_string_equal(text(&s, "PJOURF+1", got),
                        "0000C001 06008002 2200C001 NONUTILE NONUTILE NONUTILE NONUTILE NONUTILE "
                        "NONUTILE NONUTILE NONUTILE");
    live_on(&s, 24 * (int64_t)OHM_HOUR_MS); /* Saturday */
    assert_int_equal(value(&s, OHM_Q_TARIFF_INDEX), 3);
    assert_string_equal(text(&s, "RELAIS", got), "000");
    live_on(&s, 11 * (int64_t)OHM_HOUR_MS);
    assert_string_equal(text(&s, "RELAIS", got), "001"); /* off-peak: the contact closes */
}

static void maxima_and_means(void **state)
{
    (void)state;
    site s = { .len = 0 };
    start(&s, noon_ms);
    s.linky.mode = OHM_TIC_STANDARD;
    int64_t most = 0;
    push(&s);
    int64_t from_mj = s.house.import_mj;
    for (int n = 0; n < 30; n++) {
        int64_t va = value(&s, OHM_Q_APPARENT_POWER_IMPORT) / 10;
        most = va > most ? va : most;
        live_on(&s, STEP_MS);
    }
    int64_t va = value(&s, OHM_Q_APPARENT_POWER_IMPORT) / 10;
    most = va > most ? va : most;
    assert_int_equal(value(&s, OHM_Q_APPARENT_POWER_IMPORT_MAX), most);
    assert_int_equal(value(&s, OHM_Q_POWER_IMPORT_MEAN), (s.house.import_mj - from_mj) / 1800000);
    live_on(&s, 24 * (int64_t)OHM_HOUR_MS);
    ohm_tic_value v;
    assert_true(ohm_tic_find(s.message, "SMAXSN-1", &v));
    assert_int_equal(v.number, most);
}

static void a_small_buffer_is_said(void **state)
{
    (void)state;
    site s = { .len = 0 };
    uint8_t bytes[100];
    ohm_writer out = ohm_writer_over(bytes, sizeof bytes);
    start(&s, noon_ms);
    assert_int_equal(ohm_linky_push(&s.linky, &s.house, &s.tz, &out), OHM_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_meter),    cmocka_unit_test(powers_and_voltages),
        cmocka_unit_test(a_day_of_tempo),         cmocka_unit_test(ejp_has_its_peak_and_its_notice),
        cmocka_unit_test(above_the_contract),     cmocka_unit_test(three_phases_in_an_overload),
        cmocka_unit_test(a_suppliers_calendar),   cmocka_unit_test(maxima_and_means),
        cmocka_unit_test(a_small_buffer_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
