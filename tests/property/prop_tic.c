/* What holds for every stream of the TIC: the same messages in any split, every group that was not
 * damaged, nothing that was not said, and what was encoded comes out again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../tic_script.h"

enum { ROUNDS = 1500, GROUPS_MAX = 60 };

static ohm_tic decoder;
static uint64_t seed = 20261122;

static uint32_t next_random(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

/* A frame, and what it says. */
typedef struct said {
    const char *label;
    char date[OHM_TIC_DATE_LEN + 1], text[20];
    size_t from, to; /* its bytes, LF to CR */
} said;

typedef struct frame {
    ohm_tic_mode mode;
    int count;
    said groups[GROUPS_MAX];
    tic_bytes bytes;
} frame;

/* Labels that don't end a frame or hide a number. */
static const char *any_label(void)
{
    for (;;) {
        const ohm_tic_label *l = &ohm_tic_labels[next_random((uint32_t)ohm_tic_labels_count)];
        if (!(l->says & OHM_TIC_IS_ID))
            return l->name;
    }
}

/* What meters write. Not '@', whose loss the checksum can't see; nor, in historic mode, a space,
 * which might make a checksum of what stands behind it. */
static char any_char(bool historic)
{
    static const char chars[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.-+( ";
    return chars[next_random(sizeof chars - (historic ? 2 : 1))];
}

static void make_text(said *g, bool historic)
{
    size_t len = next_random(sizeof g->text) + (historic ? 1 : 0);
    if (len >= sizeof g->text)
        len = sizeof g->text - 1;
    for (size_t i = 0; i < len; i++)
        g->text[i] = any_char(historic);
    g->text[len] = 0;
    g->date[0] = 0;
    if (!historic && next_random(4) == 0)
        (void)snprintf(g->date, sizeof g->date, "%c26%02u%02u%02u%02u%02u", "HEhe "[next_random(5)],
                       1 + next_random(12), 1 + next_random(28), next_random(24), next_random(60),
                       next_random(60));
}

static void make_frame(frame *f)
{
    ohm_writer w = ohm_writer_over(f->bytes.bytes, sizeof f->bytes.bytes);
    bool historic = next_random(2);
    f->mode = historic ? OHM_TIC_HISTORIC : OHM_TIC_STANDARD;
    f->count = 1 + (int)next_random(GROUPS_MAX);
    if (f->count > 40) /* the text of a frame has an end too */
        f->count = 40;
    ohm_tic_put_open(&w);
    for (int i = 0; i < f->count; i++) {
        said *g = &f->groups[i];
        g->label = any_label();
        make_text(g, historic);
        g->from = w.len;
        ohm_tic_put(&w, f->mode, ohm_span_text(g->label), ohm_span_text(g->date),
                    ohm_span_text(g->text));
        g->to = w.len;
    }
    ohm_tic_put_close(&w);
    assert_false(w.full);
    f->bytes.len = w.len;
}

static bool is_said(const said *g, const ohm_tic_value *v)
{
    return ohm_span_is(v->label, g->label) && ohm_span_is(v->date, g->date) &&
           ohm_span_is(v->text, g->text);
}

/* Decodes; checks that each value is one of the frame's groups but those of [from, to), in their
 * order. Returns how many there were. */
static int check(const frame *f, ohm_span bytes, size_t from, size_t to)
{
    const ohm_tic_config config = { .events = false };
    int found = 0, at = 0;
    ohm_tic_init(&decoder, &config);
    for (bool more = true; more;) {
        size_t n = next_random(40);
        if (n > bytes.len)
            n = bytes.len;
        if (bytes.len == 0)
            ohm_tic_finish(&decoder);
        ohm_span in = ohm_span_part(bytes, 0, n);
        bytes = ohm_span_part(bytes, n, bytes.len - n);
        const ohm_tic_message *m;
        ohm_tic_reject reject;
        ohm_code code;
        while ((code = ohm_tic_next(&decoder, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
            for (unsigned i = 0; code == OHM_OK && i < m->count; i++) {
                ohm_tic_value v = ohm_tic_at(m, i);
                while (at < f->count && !is_said(&f->groups[at], &v))
                    at++;
                if (at == f->count)
                    fail_msg("%.*s was not said", (int)v.label.len, v.label.ptr);
                bool damaged = f->groups[at].from < to && f->groups[at].to > from;
                found += !damaged;
                at++;
            }
        }
        more = code != OHM_END;
    }
    return found;
}

static void what_was_encoded_comes_out(void **state)
{
    (void)state;
    static frame f;
    for (int round = 0; round < ROUNDS; round++) {
        make_frame(&f);
        assert_int_equal(check(&f, tic_span(&f.bytes), 0, 0), f.count);
        assert_int_equal(decoder.counters.frames, 1);
        assert_int_equal(decoder.counters.bytes_skipped, 0);
    }
}

static void any_split_gives_the_same(void **state)
{
    (void)state;
    static frame f;
    for (int round = 0; round < ROUNDS / 10; round++) {
        make_frame(&f);
        for (uint32_t k = next_random(4); k > 0; k--)
            f.bytes.bytes[next_random((uint32_t)f.bytes.len)] = (uint8_t)next_random(256);
        tic_outcome whole = tic_decode(&decoder, tic_span(&f.bytes), f.bytes.len, true);
        ohm_tic_counters counters = decoder.counters;
        for (size_t chunk = 1; chunk < 20; chunk += 3) {
            tic_outcome o = tic_decode(&decoder, tic_span(&f.bytes), chunk, true);
            assert_string_equal(o.text, whole.text);
            assert_memory_equal(&decoder.counters, &counters, sizeof counters);
        }
    }
}

/* One byte lost, or one bit flipped that the checksum knows: only the groups that it touches are
 * gone, and no group says anything else. A lost CR or LF may cost the group behind too. */
static void damage_costs_what_it_touches(void **state)
{
    (void)state;
    static frame f;
    static tic_bytes damaged;
    for (int round = 0; round < ROUNDS; round++) {
        make_frame(&f);
        size_t at = 1 + next_random((uint32_t)f.bytes.len - 2);
        uint8_t was = f.bytes.bytes[at];
        bool lose = next_random(2);
        uint8_t flipped = (uint8_t)(was ^ 1u << next_random(6));
        bool cuts = flipped < 5 || flipped == 0x0a || flipped == 0x0d; /* another frame */
        if (!lose && cuts)
            continue;
        damaged = f.bytes;
        if (lose) {
            memmove(damaged.bytes + at, damaged.bytes + at + 1, damaged.len - at - 1);
            damaged.len--;
        } else {
            damaged.bytes[at] = flipped;
        }
        int touched = 0;
        for (int i = 0; i < f.count; i++)
            touched += f.groups[i].from < at + 2 && f.groups[i].to > at - 1;
        int found = check(&f, tic_span(&damaged), at - 1, at + 2);
        if (found != f.count - touched)
            fail_msg("%d of %d groups, %d touched", found, f.count, touched);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_encoded_comes_out),
        cmocka_unit_test(any_split_gives_the_same),
        cmocka_unit_test(damage_costs_what_it_touches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
