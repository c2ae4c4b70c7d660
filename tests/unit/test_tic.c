/* The decoder of the TIC: groups, frames, and what is remembered between them. */
#include "wire/tic.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../tic_script.h"

static ohm_tic decoder;

static void streams(void **state)
{
    (void)state;
    static const struct {
        const char *why, *script, *want;
    } rows[] = {
        { "a frame", "^{ADCO 021861348497}{PAPP 02840}$", "[ADCO PAPP]1+" },
        { "standard mode finds itself", "^{ADSC|021861348497}{SINSTS|00519}$", "[ADSC SINSTS]1+" },
        { "a checksum that is a space", "^{ADCO 021861348497}{PTEC HP..}$", "[ADCO PTEC]1+" },
        { "a value that ends in a space", "^{OPTARIF EJP }$", "[OPTARIF]1+" },
        { "a bad group costs itself only", "^{ADCO 021861348497#}{PAPP 02840}{IINST 012}$",
          "!sum[PAPP IINST]1+" },
        { "a frame of bad groups is none", "^{PAPP 02840#}$^{PAPP 02840}$", "!sum[PAPP]1+" },
        { "joined in mid-frame", "848497 L\r{PAPP 02840}{IINST 012}$^{PAPP 02850}$",
          "[PAPP IINST]?-[PAPP]1+" },
        { "joined in mid-group", "PP 02840 /\r{IINST 012}$", "[IINST]?-" },
        { "the stream ends in mid-frame", "^{PAPP 02840}{IINST 012}", "[PAPP IINST]?-" },
        { "and in mid-group: no fault of the line", "^{PAPP 02840}\nIINST 01", "[PAPP]?-" },
        { "but behind a checksum it is whole", "^{PAPP 02840}\nIINST 012 Z", "[PAPP IINST]?-" },
        { "EOT cuts a frame, also in mid-group", "^{PAPP 02840}\nIINS@^{PAPP 02850}$",
          "[PAPP]?-[PAPP]1+" },
        { "the ETX was lost", "^{PAPP 02840}^{PAPP 02850}$", "[PAPP]?-[PAPP]1+" },
        { "both ends were lost: the address comes again",
          "^{ADCO 021861348497}{PAPP 02840}{ADCO 021861348497}{PAPP 02850}$",
          "[ADCO PAPP]?-[ADCO PAPP]?-" },
        { "CR behind STX, LF before ETX, as some meters do", "^\r{PAPP 02840}\n$", "[PAPP]1+" },
        { "a terminal made LF of CR", "^\nPAPP 02840 /\n\nIINST 012 Z\n$", "[PAPP IINST]1+" },
        { "a CR was lost in damage", "^\nPAPP 02840{IINST 012}$", "!form[IINST]1+" },
        { "an LF was lost: the group is outside of any", "^{PAPP 02840}\x0eIINST 012 Z\r$",
          "[PAPP]1+" },
        { "a byte was lost", "^\nPAPP 0284 /\r{IINST 012}$", "!sum[IINST]1+" },
        { "a separator was lost", "^\nPAPP 02840/\r{IINST 012}$", "!form[IINST]1+" },
        { "no label", "^\n 02840 >\r{IINST 012}$", "!form[IINST]1+" },
        { "no value", "^\nPAPP  1\r{IINST 012}$", "!form[IINST]1+" },
        { "too short", "^\nP A\r{IINST 012}$", "!form[IINST]1+" },
        { "the other mode inside a frame", "^{PAPP 02840}{SINSTS|00519}{IINST 012}$",
          "!form[PAPP IINST]1+" },
        { "the mode may change with the frame", "^{PAPP 02840}$^{SINSTS|00519}$",
          "[PAPP]1+[SINSTS]1+" },
        { "three fields, the first no date", "^{UMOY1|H26112012000x|230}{IINST|012}$",
          "!form[IINST]1+" },
        { "three-phase, and stays it when its groups are damaged",
          "^{IINST1 001}{IINST2 001}$^{IINST1 001#}{PAPP 00540}$",
          "[IINST1 IINST2]3+!sum[PAPP]3+" },
        { "a whole frame says it is not", "^{IRMS1|001}{IRMS2|001}$^{IRMS1|001}$",
          "[IRMS1 IRMS2]3+[IRMS1]1+" },
        { "but none that lost bytes", "^{IRMS1|001}{IRMS2|001}$^{IRMS1|001}x$",
          "[IRMS1 IRMS2]3+[IRMS1]3+" },
        { "another address is another meter",
          "^{ADSC|021861348497}{IRMS2|001}$^{ADSC|021861348498}{SINSTS|00519}$",
          "[ADSC IRMS2]3+[ADSC SINSTS]1+" },
        { "a producer, and stays one", "^{EAIT|000032781}$^{EAIT|000032781#}{IRMS1|001}$",
          "[EAIT]1+p!sum[IRMS1]1+p" },
        { "until a whole frame says otherwise", "^{EAIT|000032781}$^{IRMS1|001}$",
          "[EAIT]1+p[IRMS1]1+" },
        { "an unknown label is a value too", "^{NEWLABEL|42}$", "[NEWLABEL]1+" },
        { "nothing at all", "", "" },
        { "text of another protocol", "/ISk5\r\n1-0:1.8.0*255(1*kWh)\r\n!\r\n", "!form!form" },
        { "noise", "s|s<s|s<", "!form" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tic_bytes b = tic_script(rows[i].script);
        for (size_t chunk = 1; chunk <= b.len + 1; chunk += chunk > 8 ? 37 : 1) {
            tic_outcome got = tic_decode(&decoder, tic_span(&b), chunk, false);
            if (strcmp(got.text, rows[i].want) != 0)
                fail_msg("%s, in bits of %zu: %s for %s", rows[i].why, chunk, got.text,
                         rows[i].want);
        }
    }
}

static void overruns(void **state)
{
    (void)state;
    static const struct {
        const char *why, *script, *want;
    } rows[] = {
        { "at once, and in its frame", "^{ADCO 021861348497}{ADPS 030}{PAPP 02840}$",
          "(ADPS)[ADCO ADPS PAPP]1+o" },
        { "once an overrun", "^{ADPS 030}$^{ADPS 031}$", "(ADPS)[ADPS]1+o[ADPS]1+o" },
        { "again after it was over", "^{ADPS 030}$^{PAPP 02840}$^{ADPS 031}$",
          "(ADPS)[ADPS]1+o[PAPP]1+(ADPS)[ADPS]1+o" },
        { "a damaged frame does not end it", "^{ADPS 030}$^{ADPS 030#}{PAPP 02840}$^{ADPS 031}$",
          "(ADPS)[ADPS]1+o!sum[PAPP]1+[ADPS]1+o" },
        { "short frames of three phases", "^{ADCO 021861348497}{ADIR2 001}{IINST2 063}$",
          "(ADIR2)[ADCO ADIR2 IINST2]3+o" },
        { "two phases of it", "^{ADIR1 001}{ADIR2 001}$", "(ADIR1)[ADIR1 ADIR2]3+o" },
        { "bit 7 of the status register", "^{STGE|003A0081}{PRM|12345678901234}$",
          "(STGE)[STGE PRM]1+o" },
        { "the register says it is over", "^{STGE|003A0081}$^{STGE|003A0001}$^{STGE|003A0081}$",
          "(STGE)[STGE]1+o[STGE]1+(STGE)[STGE]1+o" },
        { "behind a frame that has no end",
          "^{ADCO 021861348497}{PAPP 02840}"
          "{ADCO 021861348497}{ADPS 030}$",
          "[ADCO PAPP]?-(ADPS)[ADCO ADPS]?-o" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tic_bytes b = tic_script(rows[i].script);
        for (size_t chunk = 1; chunk <= 8; chunk++) {
            tic_outcome got = tic_decode(&decoder, tic_span(&b), chunk, true);
            if (strcmp(got.text, rows[i].want) != 0)
                fail_msg("%s: %s for %s", rows[i].why, got.text, rows[i].want);
        }
    }
}

/* The only message of a script. */
static const ohm_tic_message *message_of(const char *script)
{
    const ohm_tic_config config = { .events = false };
    static tic_bytes b;
    const ohm_tic_message *m = NULL;
    ohm_tic_reject reject;
    b = tic_script(script);
    ohm_span in = tic_span(&b);
    ohm_tic_init(&decoder, &config);
    assert_int_equal(ohm_tic_next(&decoder, &in, &m, &reject), OHM_OK);
    return m;
}

static void values(void **state)
{
    (void)state;
    static const struct {
        const char *why, *script, *text, *date;
        ohm_ms time_ms;
        bool degraded;
        int64_t number; /* -1: none */
    } rows[] = {
        { "a number", "{PAPP 02840}", "02840", "", OHM_NO_MS, false, 2840 },
        { "a code is none", "{PTEC HCJB}", "HCJB", "", OHM_NO_MS, false, -1 },
        { "nor is a damaged number", "{PAPP 02 40}", "02 40", "", OHM_NO_MS, false, -1 },
        { "nor one too long", "{PAPP 0000000000000001}", "0000000000000001", "", OHM_NO_MS, false,
          -1 },
        { "nor of an unknown label", "{NEW|42}", "42", "", OHM_NO_MS, false, -1 },
        { "winter is UTC+1", "{UMOY1|H191203125000|232}", "232", "H191203125000", 1575373800000,
          false, 232 },
        { "summer is UTC+2", "{UMOY1|E241011010000|239}", "239", "E241011010000", 1728601200000,
          false, 239 },
        { "a clock that is not sure", "{UMOY1|e241011010000|239}", "239", "e241011010000",
          1728601200000, true, 239 },
        { "nor in winter", "{UMOY1|h191203125000|232}", "232", "h191203125000", 1575373800000, true,
          232 },
        { "the hour that comes twice, first", "{UMOY1|E241027023000|239}", "239", "E241027023000",
          1729989000000, false, 239 },
        { "and again", "{UMOY1|H241027023000|239}", "239", "H241027023000", 1729992600000, false,
          239 },
        { "no season", "{DPM1| 000000000000|00}", "00", " 000000000000", OHM_NO_MS, false, -1 },
        { "no such day", "{UMOY1|H260230120000|230}", "230", "H260230120000", OHM_NO_MS, false,
          230 },
        { "no such hour", "{UMOY1|H261120240000|230}", "230", "H261120240000", OHM_NO_MS, false,
          230 },
        { "the date has no value", "{DATE|E241011010531|}", "", "E241011010531", 1728601531000,
          false, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[128];
        (void)snprintf(script, sizeof script, "^%s$", rows[i].script);
        const ohm_tic_message *m = message_of(script);
        ohm_tic_value v = ohm_tic_at(m, 0);
        int64_t number = v.has_number ? v.number : -1;
        if (!ohm_span_is(v.text, rows[i].text) || !ohm_span_is(v.date, rows[i].date) ||
            v.time_ms != rows[i].time_ms || v.degraded != rows[i].degraded ||
            number != rows[i].number)
            fail_msg("%s: %.*s at %lld, %lld", rows[i].why, (int)v.text.len, v.text.ptr,
                     (long long)v.time_ms, (long long)number);
    }
}

static void a_frame_says_who_and_when(void **state)
{
    (void)state;
    const ohm_tic_message *m = message_of("^{ADSC|021861348497}{DATE|e241011010531|}"
                                          "{NGTF|     TEMPO      }{STGE|013A0501}$");
    assert_true(ohm_span_is(m->id, "021861348497"));
    assert_true(ohm_span_is(m->contract, "TEMPO"));
    assert_int_equal(m->mode, OHM_TIC_STANDARD);
    assert_string_equal(ohm_tic_mode_name(m->mode), "standard");
    assert_int_equal(m->time_ms, 1728601531000);
    assert_true(m->degraded && m->has_stge);
    assert_int_equal(m->stge.bits, 0x013a0501);
    assert_false(m->joined);
    m = message_of("x^{ADCO 021861348497}{OPTARIF EJP }$");
    assert_true(ohm_span_is(m->contract, "EJP ")); /* as sent */
    assert_int_equal(m->offset, 1);
    assert_int_equal(m->time_ms, OHM_NO_MS);
    assert_false(m->has_stge);
    m = message_of("^{STGE|013A050x}$");
    assert_false(m->has_stge);
}

static void the_address_is_remembered(void **state)
{
    (void)state;
    const ohm_tic_message *m = NULL;
    ohm_tic_reject reject;
    const tic_bytes b = tic_script("^{ADCO 021861348497}{PAPP 02840}$^{ADCO 021861348497#}"
                                   "{PAPP 02850}$");
    const ohm_tic_config config = { .events = false };
    ohm_span in = tic_span(&b);
    ohm_tic_init(&decoder, &config);
    assert_int_equal(ohm_tic_next(&decoder, &in, &m, &reject), OHM_OK);
    assert_int_equal(ohm_tic_next(&decoder, &in, &m, &reject), OHM_BAD_CHECKSUM);
    assert_string_equal(reject.label, "ADCO");
    assert_int_equal(reject.offset, b.len - 36);
    assert_int_equal(reject.expected, ohm_tic_checksum(ohm_span_text("ADCO 021861348497")));
    assert_int_equal(ohm_tic_next(&decoder, &in, &m, &reject), OHM_OK);
    assert_true(ohm_span_is(m->id, "021861348497"));
    assert_int_equal(m->rejected, 1);
    assert_int_equal(ohm_tic_next(&decoder, &in, &m, &reject), OHM_MORE);
}

static void what_is_lost_is_counted(void **state)
{
    (void)state;
    const tic_bytes b = tic_script("junk^{PAPP 02840}{IINST 012#}\nIINST012\r$^{PAPP 02840}@");
    tic_outcome o = tic_decode(&decoder, tic_span(&b), 5, false);
    const ohm_tic_counters *c = &decoder.counters;
    assert_string_equal(o.text, "!sum!form[PAPP]1+[PAPP]1-");
    assert_int_equal(c->bytes, b.len);
    assert_int_equal(c->frames, 1);
    assert_int_equal(c->messages, 2);
    assert_int_equal(c->groups, 2);
    assert_int_equal(c->bad_checksum, 1);
    assert_int_equal(c->bad_format, 1);
    assert_int_equal(c->interrupted, 1);
    assert_int_equal(c->bytes_skipped, 4 + 11 + 8);
}

/* 1 + 97 groups without an address and without an end. */
static void no_frame_is_endless(void **state)
{
    (void)state;
    static uint8_t bytes[400 * 14];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    const ohm_span none = { NULL, 0 };
    for (int i = 0; i < 300; i++)
        ohm_tic_put(&w, OHM_TIC_HISTORIC, ohm_span_text("PAPP"), none, ohm_span_text("02840"));
    assert_false(w.full);
    (void)tic_decode(&decoder, ohm_writer_span(&w), 100, false);
    assert_int_equal(decoder.counters.groups, 300);
    assert_int_equal(decoder.counters.messages, 300 / OHM_TIC_VALUES_MAX + 1);
    assert_int_equal(decoder.counters.bytes_skipped, 0);
    /* Groups as long as there can be: the text is full before the places are. */
    char text[OHM_TIC_GROUP_MAX];
    memset(text, '7', sizeof text);
    w.len = 0;
    for (int i = 0; i < 40; i++)
        ohm_tic_put(&w, OHM_TIC_STANDARD, ohm_span_text("PJOURF+1"), none,
                    ohm_span_of(text, OHM_TIC_GROUP_MAX - 11));
    assert_false(w.full);
    (void)tic_decode(&decoder, ohm_writer_span(&w), 64, false);
    assert_int_equal(decoder.counters.groups, 40);
    assert_in_range(decoder.counters.messages, 3, 4);
}

static void a_group_too_long(void **state)
{
    (void)state;
    char script[400] = "^\nPAPP ";
    memset(script + 7, '7', OHM_TIC_GROUP_MAX);
    strcpy(script + 7 + OHM_TIC_GROUP_MAX, " A\r{PAPP 02840}$");
    const tic_bytes b = tic_script(script);
    tic_outcome o = tic_decode(&decoder, tic_span(&b), 50, false);
    assert_string_equal(o.text, "!form[PAPP]1+");
}

static void a_reset_forgets_the_frame(void **state)
{
    (void)state;
    const ohm_tic_config config = { .events = false };
    const ohm_tic_message *m = NULL;
    ohm_tic_reject reject;
    const tic_bytes b = tic_script("^{IINST2 001}$^{PAPP 02840}\nIIN"),
                    rest = tic_script("{PAPP 1}$");
    ohm_span in = tic_span(&b);
    ohm_tic_init(&decoder, &config);
    assert_int_equal(ohm_tic_next(&decoder, &in, &m, &reject), OHM_OK);
    assert_int_equal(ohm_tic_next(&decoder, &in, &m, &reject), OHM_MORE);
    ohm_tic_reset(&decoder);
    in = tic_span(&rest);
    assert_int_equal(ohm_tic_next(&decoder, &in, &m, &reject), OHM_OK);
    assert_int_equal(m->count, 1);
    assert_int_equal(m->phases, 3); /* the same meter is at the other end */
    assert_int_equal(m->offset, b.len);
    assert_false(m->complete);
    assert_true(m->joined);
}

static void parity_is_dropped(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int bit7;     /* 0 even, 1 odd, 2 mark */
        uint8_t flip; /* of the third byte of the last group */
        const char *want;
    } rows[] = {
        { "7E1 read as 8N1", 0, 0, "[ADCO PTEC PAPP]1+" },
        { "7O1", 1, 0, "[ADCO PTEC PAPP]1+" },
        { "a mark", 2, 0, "[ADCO PTEC PAPP]1+" },
        { "a bit that the checksum does not know", 0, 0x40, "!sum[ADCO PTEC]1+" },
        { "a damaged parity bit", 0, 0x80, "!sum[ADCO PTEC]1+" },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        tic_bytes b = tic_script("^{ADCO 021861348497}{PTEC HP..}{PAPP 02840}$");
        for (size_t i = 0; i < b.len; i++)
            if (rows[r].bit7 == 2 || __builtin_parity(b.bytes[i]) != rows[r].bit7)
                b.bytes[i] |= 0x80;
        b.bytes[b.len - 12] ^= rows[r].flip;
        tic_outcome o = tic_decode(&decoder, tic_span(&b), 3, false);
        if (strcmp(o.text, rows[r].want) != 0)
            fail_msg("%s: %s", rows[r].why, o.text);
    }
}

static void dates_are_written_as_read(void **state)
{
    (void)state;
    ohm_tz utc;
    char date[OHM_TIC_DATE_LEN + 1];
    ohm_tz_utc(&utc);
    ohm_tic_date_write(&utc, 1795176000000, false, date);
    assert_string_equal(date, "H261120120000");
    ohm_tic_date_write(&utc, 1795176000000, true, date);
    assert_string_equal(date, "h261120120000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams),
        cmocka_unit_test(overruns),
        cmocka_unit_test(values),
        cmocka_unit_test(a_frame_says_who_and_when),
        cmocka_unit_test(the_address_is_remembered),
        cmocka_unit_test(what_is_lost_is_counted),
        cmocka_unit_test(no_frame_is_endless),
        cmocka_unit_test(a_group_too_long),
        cmocka_unit_test(a_reset_forgets_the_frame),
        cmocka_unit_test(parity_is_dropped),
        cmocka_unit_test(dates_are_written_as_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
