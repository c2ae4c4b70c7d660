/* Bodies of services and what is to come of them, a row each: the lines of CSV after the head, or
 * the reason of a refusal. */
#ifndef OHM_TESTS_ANSWERS_H
#define OHM_TESTS_ANSWERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fetch/answer.h"
#include "host/tzdata.h"

/* Most rows name no series. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

typedef struct answer_row {
    const char *why;
    ohm_source source;
    const char *body;
    const char *want; /* "from,to,value\n"...; "!words" is a refusal that says them */
    const char *series;
    const ohm_answer_generic *generic;
} answer_row;

enum { ANSWER_TEXT_MAX = 8192 };

/* What a body comes to, in one text. */
static inline void answer_write(const answer_row *row, const ohm_tz *tz, char *out, size_t cap)
{
    ohm_answer answer;
    ohm_refusal why;
    const ohm_answer_options options = { .tz = tz, .series = row->series, .generic = row->generic };
    if (ohm_answer_read(row->source, ohm_span_text(row->body), &options, &answer, &why) != OHM_OK) {
        out[0] = '!';
        (void)ohm_refusal_text(&why, out + 1, cap - 1);
        return;
    }
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < answer.count; i++) {
        char from[OHM_RFC3339_MAX], to[OHM_RFC3339_MAX], value[OHM_SEGMENT_VALUE_MAX];
        (void)ohm_rfc3339_write(answer.segments[i].when.from_ms, from);
        (void)ohm_rfc3339_write(answer.segments[i].when.to_ms, to);
        (void)ohm_segment_write(&answer.segments[i], answer.unit, value);
        len += (size_t)snprintf(out + len, cap - len, "%s,%s,%s\n", from, to, value);
        assert_true(len < cap);
    }
    ohm_answer_release(&answer);
}

static inline void check_answers(const answer_row *rows, size_t count)
{
    ohm_tz tz;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    for (size_t i = 0; i < count; i++) {
        char got[ANSWER_TEXT_MAX];
        answer_write(&rows[i], &tz, got, sizeof got);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s:\n%s\nnot\n%s", rows[i].why, got, rows[i].want);
    }
}

#endif
