/* What holds for all Modbus frames, streams and plans: what was encoded comes out again, in any
 * split; damage never becomes a value; a plan reads everything with the fewest requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../modbus_streams.h"
#include "wire/modbus_ask.h"
#include "wire/modbus_map.h"

static uint32_t seed = 1;

static uint32_t below(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % limit;
}

static uint8_t noise[512];

static ohm_modbus_frame any_frame(bool reply)
{
    static const uint8_t functions[] = { 1, 2, 3, 4, 5, 6, 15, 16 };
    ohm_modbus_frame f = { .transaction = (uint16_t)below(65536),
                           .reply = reply,
                           .unit = (uint8_t)(1 + below(247)),
                           .function = functions[below(8)],
                           .address = (uint16_t)below(60000) };
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)below(256);
    bool bits = f.function <= 2 || f.function == 15, one = f.function == 5 || f.function == 6;
    f.count = (uint16_t)(one ? 1 : 1 + below(bits ? 1900 : 120));
    size_t len = one ? 2 : bits ? (f.count + 7u) / 8 : 2u * f.count;
    if (f.function == 5)
        noise[0] = noise[0] & 1 ? 0xff : 0, noise[1] = 0;
    bool carries = one || (reply ? f.function <= 4 : f.function >= 15);
    f.data = ohm_span_of(noise, carries ? len : 0);
    if (reply && f.function <= 4)
        f.address = f.count = 0;
    return f;
}

static void what_was_encoded_comes_out(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        ohm_modbus_framing framing = below(2) ? OHM_MODBUS_TCP : OHM_MODBUS_RTU;
        ohm_modbus_frame f = any_frame(below(2)), back;
        uint8_t bytes[OHM_MODBUS_ADU_MAX];
        size_t len = ohm_modbus_encode(framing, &f, bytes);
        assert_int_equal(ohm_modbus_parse(framing, ohm_span_of(bytes, len), f.reply, &back),
                         OHM_OK);
        assert_true(back.unit == f.unit && back.function == f.function &&
                    back.address == f.address && back.count == f.count &&
                    ohm_span_equal(back.data, f.data) && back.size == len);
        if (!f.reply)
            assert_int_equal(ohm_modbus_request_check(&back), OHM_MODBUS_NO_EXCEPTION);
        if (framing == OHM_MODBUS_TCP)
            continue;
        bytes[below((uint32_t)len)] ^= (uint8_t)(1u << below(8));
        assert_int_not_equal(ohm_modbus_parse(framing, ohm_span_of(bytes, len), f.reply, &back),
                             OHM_OK);
    }
}

static void no_split_makes_a_difference(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        stream s = { 0 };
        ohm_modbus_framing framing = below(2) ? OHM_MODBUS_TCP : OHM_MODBUS_RTU;
        for (int i = 0; i < 8; i++) {
            if (below(3)) {
                stream_pair(&s, framing, (uint8_t)(1 + below(3)), (uint16_t)below(100),
                            (uint16_t)(1 + below(20)));
            } else {
                ohm_modbus_frame f = any_frame(below(2));
                stream_add(&s, framing, &f);
            }
        }
        for (uint32_t i = below(4); i > 0; i--)
            s.bytes[below((uint32_t)s.len)] ^= (uint8_t)(1u << below(8));
        uint64_t whole = digest_modbus(ohm_span_of(s.bytes, s.len), s.len);
        for (int i = 0; i < 4; i++)
            assert_true(digest_modbus(ohm_span_of(s.bytes, s.len), 1 + below(40)) == whole);
    }
}

/* Whatever surrounds it, the answer is found, and nothing else is taken for it. */
static void an_answer_is_found_in_any_company(void **state)
{
    (void)state;
    static ohm_modbus_ask ask;
    for (int round = 0; round < 5000; round++) {
        uint8_t bytes[3 * OHM_MODBUS_ADU_MAX];
        size_t len = below(12);
        const ohm_modbus_frame request = { .unit = 7, .function = 4, .address = 1, .count = 5 };
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)below(256);
        for (size_t i = 0; i < 10; i++)
            noise[i] = (uint8_t)below(256);
        ohm_modbus_frame answer = {
            .reply = true, .unit = 7, .function = 4, .data = { noise, 10 }
        };
        len += ohm_modbus_encode(OHM_MODBUS_RTU, &answer, bytes + len);
        ohm_modbus_ask_init(&ask);
        (void)ohm_modbus_ask_begin(&ask, OHM_MODBUS_RTU, &request);
        ohm_code code = OHM_MORE;
        ohm_modbus_frame reply;
        for (size_t at = 0; at < len && code == OHM_MORE;) {
            size_t n = 1 + below(9);
            n = n < len - at ? n : len - at;
            code = ohm_modbus_ask_take(&ask, ohm_span_of(bytes + at, n), &reply);
            at += n;
        }
        assert_int_equal(code, OHM_OK);
        assert_memory_equal(reply.data.ptr, noise, 10);
    }
}

/* The fewest reads by trying: from each value on, as far as the limits go. */
static unsigned fewest(const uint16_t *starts, size_t count, uint16_t words, uint16_t most,
                       uint16_t gap)
{
    unsigned best[17] = { 0 };
    for (size_t i = count; i-- > 0;) {
        best[i] = 1 + best[i + 1];
        for (size_t j = i + 1; j < count; j++) {
            bool reach = starts[j] + words - starts[i] <= most;
            bool near = starts[j] <= starts[j - 1] + words + gap;
            if (!reach || !near)
                break;
            if (1 + best[j + 1] < best[i])
                best[i] = 1 + best[j + 1];
        }
    }
    return best[0];
}

static void plans_read_all_with_the_fewest_reads(void **state)
{
    (void)state;
    static ohm_modbus_profile profile;
    static ohm_modbus_plan plan;
    for (int round = 0; round < 5000; round++) {
        uint16_t starts[16];
        size_t count = 1 + below(16);
        profile = (ohm_modbus_profile){ .registers_max = (uint16_t)(2 + below(40)),
                                        .gap = (uint16_t)below(12) };
        uint16_t at = 0;
        for (size_t i = 0; i < count; i++) {
            at = (uint16_t)(at + 2 + below(14));
            starts[i] = at;
            profile.points[i] = (ohm_modbus_point){ .function = 3,
                                                    .address = at,
                                                    .words = 2,
                                                    .type = OHM_MODBUS_UINT32,
                                                    .scale = 1,
                                                    .unit = "" };
        }
        profile.points_count = (uint16_t)count;
        assert_int_equal(ohm_modbus_plan_make(&profile, &plan), OHM_OK);
        assert_int_equal(plan.reads_count,
                         fewest(starts, count, 2, profile.registers_max, profile.gap));
        size_t parts = 0;
        for (size_t i = 0; i < plan.reads_count; i++) {
            const ohm_modbus_read *r = &plan.reads[i];
            assert_true(r->count <= profile.registers_max && r->first == parts);
            parts += r->parts;
            for (size_t k = r->first; k < parts; k++)
                assert_true(plan.parts[k].address >= r->address &&
                            plan.parts[k].address + 2 <= r->address + r->count);
        }
        assert_int_equal(parts, count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_encoded_comes_out),
        cmocka_unit_test(no_split_makes_a_difference),
        cmocka_unit_test(an_answer_is_found_in_any_company),
        cmocka_unit_test(plans_read_all_with_the_fewest_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
