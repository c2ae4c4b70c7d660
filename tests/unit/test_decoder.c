/* A stream whose protocol is found out, with toy protocols of one letter each. */
#include "meter/decoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/site.h"
#include "meter/payload.h"

/* A toy frame is: its letter, digits, ';'. With at least `digits` of them it is a message, with
 * none one that lacks a key, else a damaged one; any other byte is noise. "alpha" begins with a,
 * "beta" with b; "any" takes both, but wants four digits. */
typedef struct toy {
    char first, other;
    unsigned digits;
    bool open, finished;
    unsigned count;
    int64_t value;
    uint64_t offset;
    ohm_meter_counters counters;
} toy;

static ohm_err toy_init(void *state, char first, char other, unsigned digits,
                        const ohm_protocol_config *c)
{
    if (c->profile && *c->profile && *c->profile != first)
        return ohm_fail(OHM_UNKNOWN, 0, "no such profile");
    *(toy *)state = (toy){ .first = first, .other = other, .digits = digits };
    return ohm_ok();
}

static ohm_err alpha_init(void *state, const ohm_protocol_config *c)
{
    return toy_init(state, 'a', 'a', 2, c);
}

static ohm_err beta_init(void *state, const ohm_protocol_config *c)
{
    return toy_init(state, 'b', 'b', 2, c);
}

static ohm_err any_init(void *state, const ohm_protocol_config *c)
{
    return toy_init(state, 'a', 'b', 4, c);
}

static ohm_code refuse(const toy *t, ohm_protocol_reject *reject, ohm_code code, const char *what)
{
    *reject = (ohm_protocol_reject){ .offset = t->offset, .code = code, .stage = "toy" };
    reject->what = what;
    reject->trouble = code == OHM_NO_KEY ? OHM_METER_NO_KEY : OHM_METER_OK;
    return code;
}

static ohm_code toy_end(toy *t, const void **message, ohm_protocol_reject *reject)
{
    t->open = false;
    if (t->count >= t->digits) {
        t->counters.frames++;
        t->counters.messages++;
        *message = t;
        return OHM_OK;
    }
    t->counters.frames += t->count == 0;
    t->counters.bad_fcs += t->count > 0;
    return t->count == 0 ? refuse(t, reject, OHM_NO_KEY, "no key")
                         : refuse(t, reject, OHM_BAD_CHECKSUM, "damaged");
}

static ohm_code toy_next(void *state, ohm_span *in, const void **message,
                         ohm_protocol_reject *reject)
{
    toy *t = state;
    while (in->len > 0) {
        char c = (char)*in->ptr;
        *in = ohm_span_part(*in, 1, in->len - 1);
        t->counters.bytes++;
        if (c == t->first || c == t->other) {
            t->open = true;
            t->count = 0;
            t->value = 0;
            t->offset = t->counters.bytes - 1;
        } else if (t->open && c >= '0' && c <= '9') {
            t->count++;
            t->value = 10 * t->value + (c - '0');
        } else if (t->open && c == ';') {
            return toy_end(t, message, reject);
        } else {
            t->offset = t->counters.bytes - 1;
            t->counters.bytes_skipped++;
            return refuse(t, reject, OHM_BAD_FORMAT, "noise");
        }
    }
    if (t->finished && t->open) {
        t->open = false;
        return refuse(t, reject, OHM_GAP, "cut short");
    }
    return t->finished ? OHM_END : OHM_MORE;
}

static void toy_finish(void *state)
{
    ((toy *)state)->finished = true;
}

static void toy_reset(void *state)
{
    ((toy *)state)->open = false;
}

static void toy_count(const void *state, ohm_meter_counters *out)
{
    *out = ((const toy *)state)->counters;
}

#define TOY(title, begin)                                                                          \
    {                                                                                              \
        .name = title, .state_size = sizeof(toy), .init = begin, .next = toy_next,                 \
        .finish = toy_finish, .reset = toy_reset, .count = toy_count, .has_profiles = true         \
    }
static const ohm_protocol alpha = TOY("alpha", alpha_init), beta = TOY("beta", beta_init),
                          any = TOY("any", any_init);
static const ohm_protocol *const all[] = { &any, &alpha, &beta };

static ohm_decoder *decoder_of(const char *profile)
{
    const ohm_protocol_config config = { .profile = profile };
    ohm_decoder *d = NULL;
    assert_int_equal(ohm_decoder_new(all, 3, &config, &d).code, OHM_OK);
    return d;
}

/* All that comes of it: "beta:12 !noise@0 …". */
static void feed(ohm_decoder *d, ohm_span in, char *out, size_t cap)
{
    const void *message = NULL;
    ohm_protocol_reject reject;
    size_t len = strlen(out);
    for (;;) {
        ohm_code code = ohm_decoder_next(d, &in, &message, &reject);
        if (code == OHM_MORE || code == OHM_END)
            return;
        const ohm_protocol *protocol = ohm_decoder_protocol(d);
        assert_non_null(protocol);
        if (code != OHM_OK) /* a state of the meter, or OHM_METER_OK: never the default */
            assert_int_not_equal(reject.trouble, OHM_METER_STARTING);
        if (code == OHM_OK)
            len += (size_t)snprintf(out + len, cap - len, "%s:%lld ", protocol->name,
                                    (long long)((const toy *)message)->value);
        else
            len += (size_t)snprintf(out + len, cap - len, "!%s@%llu ", reject.what,
                                    (unsigned long long)reject.offset);
        assert_true(len < cap);
    }
}

static const struct {
    const char *why, *in, *out;
} streams[] = {
    { "nothing", "", "" },
    { "the first message decides", "b12;b34;", "beta:12 beta:34 " },
    { "and it stays", "b12;a77;b33;", "beta:12 !noise@4 !noise@5 !noise@6 !noise@7 beta:33 " },
    { "what the winner refused before is told first", "xb55;", "!noise@0 beta:55 " },
    { "what the others refused is not", "a55;", "alpha:55 " },
    { "a message counts more than another's frame without a key", "a;b55;",
      "!noise@0 !noise@1 beta:55 " },
    { "fewer bytes win over the order of the table", "a12;a1234;", "alpha:12 alpha:1234 " },
    { "equal ones: the order of the table", "a1234;b1234;", "any:1234 any:1234 " },
    { "a frame without a key decides too: the table's first", "b;b1;b1234;",
      "!no key@0 !damaged@2 any:1234 " },
    { "the end, and nobody was believed: the most damaged frames", "xa1;", "!noise@0 !damaged@1 " },
    { "the end cuts a frame off", "xb1;b2", "!noise@0 !damaged@1 !cut short@4 " },
    { "the end of noise", "hello", "!no frame of any known protocol in it@0 " },
};

/* In pieces of `piece` bytes, 0: as a whole. */
static void run_stream(ohm_decoder *d, const char *in, size_t piece, char *out, size_t cap)
{
    ohm_span rest = ohm_span_text(in);
    out[0] = 0;
    while (rest.len > 0) {
        size_t len = piece == 0 || piece > rest.len ? rest.len : piece;
        feed(d, ohm_span_part(rest, 0, len), out, cap);
        rest = ohm_span_part(rest, len, rest.len - len);
    }
    ohm_decoder_finish(d);
    feed(d, ohm_span_of(NULL, 0), out, cap);
}

static void finds_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        char got[512];
        ohm_decoder *d = decoder_of(NULL);
        run_stream(d, streams[i].in, 0, got, sizeof got);
        if (strcmp(got, streams[i].out) != 0)
            fail_msg("%s: '%s', not '%s'", streams[i].why, got, streams[i].out);
        ohm_decoder_free(d);
    }
}

/* Where one protocol alone is spoken, the pieces in which it comes change nothing. */
static void in_any_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 6; piece++) {
        char got[512];
        ohm_decoder *d = decoder_of(NULL);
        run_stream(d, "xxb12;b34;yb56;b7", piece, got, sizeof got);
        assert_string_equal(got, "!noise@0 !noise@1 beta:12 beta:34 !noise@10 beta:56 "
                                 "!cut short@15 ");
        ohm_meter_counters counters = { .reconnects = 7 };
        ohm_decoder_count(d, &counters);
        assert_int_equal(counters.messages, 3);
        assert_int_equal(counters.bytes, 17);
        ohm_decoder_free(d);
    }
}

static void tells_the_first_of_many_refusals(void **state)
{
    (void)state;
    char noise[3 * OHM_DECODER_HELD_MAX + 1], got[2048];
    memset(noise, 'x', sizeof noise - 5);
    memcpy(noise + sizeof noise - 5, "b12;", 5);
    ohm_decoder *d = decoder_of(NULL);
    run_stream(d, noise, 0, got, sizeof got);
    unsigned told = 0;
    for (const char *at = got; (at = strchr(at, '!')) != NULL; at++)
        told++;
    assert_int_equal(told, OHM_DECODER_HELD_MAX + 1);
    assert_non_null(strstr(got, "more was refused"));
    assert_non_null(strstr(got, "beta:12"));
    ohm_decoder_free(d);
}

/* Another meter on the same line; what was counted stays counted. */
static void forgets(void **state)
{
    (void)state;
    char got[512] = "";
    ohm_decoder *d = decoder_of(NULL);
    assert_null(ohm_decoder_protocol(d));
    feed(d, ohm_span_text("b12;"), got, sizeof got);
    assert_ptr_equal(ohm_decoder_protocol(d), &beta);
    ohm_decoder_reset(d);
    ohm_decoder_forget(d);
    assert_null(ohm_decoder_protocol(d));
    feed(d, ohm_span_text("a34;"), got, sizeof got);
    assert_string_equal(got, "beta:12 alpha:34 ");
    ohm_meter_counters counters = { 0 };
    ohm_decoder_count(d, &counters);
    assert_int_equal(counters.messages, 2);
    assert_int_equal(counters.bytes, 8);
    ohm_decoder_free(d);
}

/* What one line began is no part of what the next one brings. */
static void a_line_that_breaks(void **state)
{
    (void)state;
    char got[512] = "";
    ohm_decoder *d = decoder_of(NULL);
    feed(d, ohm_span_text("xb1"), got, sizeof got);
    ohm_decoder_reset(d);
    feed(d, ohm_span_text("2;b34;"), got, sizeof got);
    assert_string_equal(got, "!noise@3 !noise@4 beta:34 ");
    ohm_decoder_free(d);
}

static void candidates_that_fit(void **state)
{
    (void)state;
    char got[512] = "";
    ohm_decoder *d = decoder_of("b"); /* a profile that only beta has */
    assert_ptr_equal(ohm_decoder_protocol(d), &beta);
    feed(d, ohm_span_text("a34;b12;"), got, sizeof got);
    assert_string_equal(got, "!noise@0 !noise@1 !noise@2 !noise@3 beta:12 ");
    ohm_decoder_free(d);
    const ohm_protocol_config nobody = { .profile = "z" }, plain = { 0 };
    assert_int_equal(ohm_decoder_new(all, 3, &nobody, &d).code, OHM_UNKNOWN);
    assert_int_equal(ohm_decoder_open("morse", &plain, &d).code, OHM_UNSUPPORTED);
}

/* The table itself, and what the configuration accepts of it. */
static void the_table(void **state)
{
    (void)state;
    char list[OHM_PROTOCOL_LIST_MAX], from_site[OHM_PROTOCOL_LIST_MAX] = "";
    size_t len = 0;
    for (size_t i = 0; i < ohm_protocols_count; i++) {
        const ohm_protocol *p = ohm_protocols[i];
        assert_ptr_equal(ohm_protocol_find(p->name), p);
        assert_true(strlen(p->name) < OHM_PROTOCOL_NAME_MAX && p->json);
        if (!ohm_payload_is(p) && p->next) {
            assert_true(p->state_size > 0 && p->baud > 0);
            assert_true(p->init && p->finish && p->reset && p->count);
        }
        assert_true(ohm_payload_is(p) || p->next || p->poller);
        assert_true(p->sender && p->time_of && p->readings && p->wanted && p->heading && p->item);
    }
    assert_null(ohm_protocol_find("auto"));
    const ohm_protocol *found[OHM_DECODER_CANDIDATES_MAX];
    bool mbus = false;
    for (size_t i = ohm_protocol_streams(found, OHM_DECODER_CANDIDATES_MAX); i-- > 0;) {
        assert_true(!found[i]->asked || found[i]->found_out);
        mbus |= found[i] == &ohm_protocol_mbus; /* captures of it are found out */
    }
    assert_true(mbus);
    for (size_t i = 0; ohm_site_protocols[i]; i++)
        len += (size_t)snprintf(from_site + len, sizeof from_site - len, "%s%s", i ? ", " : "",
                                ohm_site_protocols[i]);
    ohm_protocol_list(list);
    assert_string_equal(from_site, list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_out),
        cmocka_unit_test(in_any_pieces),
        cmocka_unit_test(tells_the_first_of_many_refusals),
        cmocka_unit_test(forgets),
        cmocka_unit_test(a_line_that_breaks),
        cmocka_unit_test(candidates_that_fit),
        cmocka_unit_test(the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
