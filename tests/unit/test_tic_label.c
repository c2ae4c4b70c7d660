/* What the TIC's labels, periods and registers mean. */
#include "wire/tic_label.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "wire/tic_stge.h"

static void labels_are_sorted_and_found(void **state)
{
    (void)state;
    assert_true(ohm_tic_labels_count < UINT8_MAX); /* a row's number is a byte */
    for (size_t i = 0; i < ohm_tic_labels_count; i++) {
        const ohm_tic_label *l = &ohm_tic_labels[i];
        if (i > 0)
            assert_true(strcmp(ohm_tic_labels[i - 1].name, l->name) < 0);
        assert_true(strlen(l->name) <= OHM_TIC_LABEL_MAX);
        assert_ptr_equal(ohm_tic_label_find(ohm_span_text(l->name)), l);
    }
    static const char *const unknown[] = { "",     "A",   "PAP",        "PAPPX",
                                           "papp", "ZZZ", "SMAXSN1-1X", "ANYLONGERLABEL" };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_null(ohm_tic_label_find(ohm_span_text(unknown[i])));
}

/* A label's unit, in its quantity's by the exponent; and no apparent power passes for watts. */
static void units_fit_quantities(void **state)
{
    (void)state;
    for (size_t i = 0; i < ohm_tic_labels_count; i++) {
        const ohm_tic_label *l = &ohm_tic_labels[i];
        const ohm_quantity *q = ohm_quantity_get((ohm_quantity_id)l->quantity);
        if (l->quantity == OHM_Q_NONE)
            continue;
        const char *want = l->exponent == 3 ? l->unit + 1 : l->unit;
        if (strcmp(want, q->unit) != 0 || (l->exponent == 3 && l->unit[0] != 'k'))
            fail_msg("%s: %s, but %s is in %s", l->name, l->unit, q->name, q->unit);
        assert_int_equal(l->unit[0] == 0, q->kind == OHM_TEXT || q->kind == OHM_STATE);
    }
}

static void registers_are_indexes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ohm_tic_contracts_count; i++) {
        const ohm_tic_contract *c = &ohm_tic_contracts[i];
        for (int k = 0; k < c->count; k++) {
            const ohm_tic_label *l = ohm_tic_label_find(ohm_span_text(c->registers[k]));
            assert_non_null(l);
            char want[32] = "energy_import"; /* the only register is the total */
            if (c->count > 1) {
                strcat(want, "_t1");
                want[strlen(want) - 1] = (char)('1' + k);
            }
            assert_string_equal(ohm_quantity_get((ohm_quantity_id)l->quantity)->name, want);
        }
    }
}

static void periods(void **state)
{
    (void)state;
    static const struct {
        const char *ptec;
        unsigned index;
        ohm_tempo colour;
        bool peak;
    } rows[] = {
        { "TH..", 1, OHM_TEMPO_UNKNOWN, false }, { "HC..", 1, OHM_TEMPO_UNKNOWN, false },
        { "HP..", 2, OHM_TEMPO_UNKNOWN, false }, { "HN..", 1, OHM_TEMPO_UNKNOWN, false },
        { "PM..", 2, OHM_TEMPO_UNKNOWN, true },  { "HCJB", 1, OHM_TEMPO_BLUE, false },
        { "HPJB", 2, OHM_TEMPO_BLUE, false },    { "HCJW", 3, OHM_TEMPO_WHITE, false },
        { "HPJW", 4, OHM_TEMPO_WHITE, false },   { "HCJR", 5, OHM_TEMPO_RED, false },
        { "HPJR", 6, OHM_TEMPO_RED, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_tic_period *p = ohm_tic_period_find(ohm_span_text(rows[i].ptec));
        assert_non_null(p);
        assert_int_equal(p->index, rows[i].index);
        assert_int_equal(p->colour, rows[i].colour);
        assert_int_equal(p->peak, rows[i].peak);
    }
    assert_null(ohm_tic_period_find(ohm_span_text("HP")));
    assert_int_equal(ohm_tic_tomorrow(ohm_span_text("BLEU")), OHM_TEMPO_BLUE);
    assert_int_equal(ohm_tic_tomorrow(ohm_span_text("BLAN")), OHM_TEMPO_WHITE);
    assert_int_equal(ohm_tic_tomorrow(ohm_span_text("ROUG")), OHM_TEMPO_RED);
    assert_int_equal(ohm_tic_tomorrow(ohm_span_text("----")), OHM_TEMPO_UNKNOWN);
    assert_null(ohm_tempo_name(OHM_TEMPO_UNKNOWN));
    assert_string_equal(ohm_tempo_name(OHM_TEMPO_RED), "red");
}

static void days(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        ohm_code code;
        int count;
    } rows[] = {
        { "two changes", "00008002 0256C001 07568002", OHM_OK, 3 },
        { "the rest is not used", "00008001 NONUTILE NONUTILE", OHM_OK, 1 },
        { "nothing at all", "NONUTILE", OHM_OK, 0 },
        { "eleven",
          "00008001 00008001 00008001 00008001 00008001 00008001 00008001 00008001 "
          "00008001 00008001 00008001",
          OHM_OK, 11 },
        { "twelve",
          "00008001 00008001 00008001 00008001 00008001 00008001 00008001 00008001 "
          "00008001 00008001 00008001 00008001",
          OHM_BAD_FORMAT, 0 },
        { "empty", "", OHM_BAD_FORMAT, 0 },
        { "cut", "0000800", OHM_BAD_FORMAT, 0 },
        { "a space too many", "00008001 ", OHM_BAD_FORMAT, 0 },
        { "no space", "00008001+NONUTILE", OHM_BAD_FORMAT, 0 },
        { "no such hour", "24008001", OHM_BAD_FORMAT, 0 },
        { "no such minute", "00608001", OHM_BAD_FORMAT, 0 },
        { "an hour in hex", "0A008001", OHM_BAD_FORMAT, 0 },
        { "no hex", "0000800G", OHM_BAD_FORMAT, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_tic_day day = { 0 };
        ohm_code code = ohm_tic_day_parse(ohm_span_text(rows[i].text), &day);
        if (code != rows[i].code || day.count != rows[i].count)
            fail_msg("%s: %s, %u periods", rows[i].why, ohm_code_name(code), day.count);
    }
    ohm_tic_day day;
    assert_int_equal(ohm_tic_day_parse(ohm_span_text("00008002 0256C001"), &day), OHM_OK);
    assert_int_equal(day.periods[1].hour, 2);
    assert_int_equal(day.periods[1].minute, 56);
    assert_int_equal(day.periods[1].index, 1);
    assert_int_equal(day.periods[1].bits, 0xc001);
    assert_string_equal(ohm_tic_contact_name((ohm_tic_contact)day.periods[0].contact), "open");
    assert_string_equal(ohm_tic_contact_name((ohm_tic_contact)day.periods[1].contact), "closed");
}

static void status_registers(void **state)
{
    (void)state;
    ohm_tic_stge s;
    assert_int_equal(ohm_tic_stge_parse(ohm_span_text("013A0501"), &s), OHM_OK);
    assert_int_equal(ohm_tic_stge_get(&s, OHM_STGE_CONTACT), 1);
    assert_int_equal(ohm_tic_stge_get(&s, OHM_STGE_BREAKER), 0);
    assert_int_equal(ohm_tic_stge_get(&s, OHM_STGE_PRODUCER), 1);
    assert_int_equal(ohm_tic_stge_get(&s, OHM_STGE_TARIFF), 1);
    assert_int_equal(ohm_tic_stge_get(&s, OHM_STGE_STANDARD_MODE), 1);
    assert_int_equal(ohm_tic_stge_get(&s, OHM_STGE_EURIDIS), 3);
    assert_int_equal(ohm_tic_stge_get(&s, OHM_STGE_TEMPO_TODAY), OHM_TEMPO_BLUE);
    assert_int_equal(ohm_tic_stge_parse(ohm_span_text("ffffFFFF"), &s), OHM_OK);
    assert_int_equal(s.bits, UINT32_MAX);
    static const char *const bad[] = { "",         "013A050",  "013A05011", "013A050G",
                                       "013A050@", "013A050/", "013A050:",  "013A050`" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ohm_tic_stge_parse(ohm_span_text(bad[i]), &s), OHM_BAD_FORMAT);
    /* No two fields share a bit. */
    uint32_t all = 0;
    for (int f = 0; f < OHM_STGE_FIELDS_COUNT; f++) {
        ohm_tic_stge ones = { UINT32_MAX };
        ohm_tic_stge one = ohm_tic_stge_with((ohm_tic_stge){ 0 }, (ohm_stge_field)f,
                                             ohm_tic_stge_get(&ones, (ohm_stge_field)f));
        assert_int_equal(all & one.bits, 0);
        all |= one.bits;
        ones = ohm_tic_stge_with(ones, (ohm_stge_field)f, 0);
        assert_int_equal(ones.bits, ~one.bits);
    }
    assert_int_equal(all, 0xfffbffdf); /* but bits 5 and 18, which mean nothing */
    assert_string_equal(ohm_tic_breaker_name(3), "open_shedding");
    assert_null(ohm_tic_breaker_name(7));
    assert_null(ohm_tic_euridis_name(2));
    assert_string_equal(ohm_tic_plc_name(2), "registered");
    assert_null(ohm_tic_plc_name(3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_sorted_and_found),
        cmocka_unit_test(units_fit_quantities),
        cmocka_unit_test(registers_are_indexes),
        cmocka_unit_test(periods),
        cmocka_unit_test(days),
        cmocka_unit_test(status_registers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
