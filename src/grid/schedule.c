#include "grid/schedule.h"

#include "base/json.h"
#include "base/number.h"

enum {
    SPREAD_MS = 5 * OHM_MINUTE_MS,
    OFFLINE_MAX_MS = 15 * OHM_MINUTE_MS,
};

void ohm_schedule_init(ohm_schedule *schedule, const ohm_pace *pace, int64_t usual_ms,
                       uint32_t random, ohm_mono_ms now)
{
    if (usual_ms == 0)
        usual_ms = pace->usual_ms;
    if (usual_ms < pace->gap_ms)
        usual_ms = pace->gap_ms;
    *schedule =
        (ohm_schedule){ .pace = pace, .not_before = now, .usual_ms = usual_ms, .spread = random };
}

/* A part of `range_ms` in proportion to a random number. */
static int64_t part_of(int64_t range_ms, uint32_t random)
{
    return (int64_t)(((uint64_t)range_ms * random) >> 32);
}

static ohm_mono_ms later(ohm_mono_ms a, ohm_mono_ms b)
{
    return a.v > b.v ? a : b;
}

static ohm_mono_ms sooner(ohm_mono_ms a, ohm_mono_ms b)
{
    return a.v < b.v ? a : b;
}

void ohm_schedule_started(ohm_schedule *schedule, ohm_mono_ms now)
{
    schedule->called_before = schedule->called;
    schedule->last_before = schedule->last;
    schedule->called = true;
    schedule->last = now;
}

/* first, 2·first, 4·first... up to `max`, and up to a quarter more by chance. */
static int64_t backoff_ms(int64_t first_ms, int64_t max_ms, unsigned failures, uint32_t random)
{
    int64_t wait_ms = first_ms;
    for (unsigned i = 1; i < failures && wait_ms < max_ms; i++)
        wait_ms *= 2;
    wait_ms = wait_ms < max_ms ? wait_ms : max_ms;
    return wait_ms + part_of(wait_ms / 4, random);
}

static uint16_t one_more(uint16_t count)
{
    return count < UINT16_MAX ? (uint16_t)(count + 1) : count;
}

static int64_t failed_wait_ms(const ohm_schedule *schedule, uint32_t random)
{
    return backoff_ms(schedule->pace->gap_ms, OHM_SCHEDULE_BACKOFF_MAX_MS, schedule->failures,
                      random);
}

/* How long the outcome itself asks to wait. */
static int64_t wait_ms_for(const ohm_schedule *schedule, ohm_call_outcome outcome, uint32_t random)
{
    switch (outcome) {
    case OHM_CALL_DONE:
        return 0;
    case OHM_CALL_OFFLINE:
        return backoff_ms(OHM_SCHEDULE_OFFLINE_MS, OFFLINE_MAX_MS, schedule->offline, random);
    case OHM_CALL_UNAUTHORISED: /* once with a new token, then it is the key that is refused */
        if (schedule->unauthorised > 1)
            return OHM_SCHEDULE_STOP_MS + part_of(SPREAD_MS, random);
        return schedule->pace->gap_ms + part_of(OHM_MINUTE_MS, random);
    case OHM_CALL_FORBIDDEN:
        return OHM_SCHEDULE_STOP_MS + part_of(SPREAD_MS, random);
    case OHM_CALL_TOO_MANY:
    case OHM_CALL_FAILED:
    case OHM_CALL_OUTCOMES_COUNT:
        break;
    }
    return failed_wait_ms(schedule, random);
}

void ohm_schedule_ended(ohm_schedule *schedule, ohm_call_outcome outcome, int64_t retry_after_s,
                        uint32_t random, ohm_mono_ms now)
{
    if (outcome == OHM_CALL_OFFLINE) { /* nobody was asked: the call does not count */
        schedule->called = schedule->called_before;
        schedule->last = schedule->last_before;
        schedule->offline = one_more(schedule->offline);
    } else {
        bool done = outcome == OHM_CALL_DONE;
        bool refused = outcome == OHM_CALL_UNAUTHORISED;
        schedule->offline = 0;
        schedule->failures = done ? 0 : one_more(schedule->failures);
        schedule->unauthorised = refused ? one_more(schedule->unauthorised) : 0;
    }
    int64_t wait_ms = wait_ms_for(schedule, outcome, random);
    if (retry_after_s >= 0 && outcome != OHM_CALL_DONE) {
        int64_t asked_ms = OHM_SCHEDULE_HOLD_MAX_MS;
        if (retry_after_s < asked_ms / OHM_SECOND_MS)
            asked_ms = retry_after_s * OHM_SECOND_MS;
        /* Obeyed, and not all to the same second; one that asks for nothing leaves our own. */
        asked_ms += part_of(OHM_MINUTE_MS, random);
        wait_ms = retry_after_s > 0 || wait_ms < asked_ms ? asked_ms : wait_ms;
    }
    schedule->not_before = ohm_mono_after(now, wait_ms);
}

/* The instant of hh:mm local on the day of `now_ms`, plus days. */
static ohm_ms local_time(const ohm_tz *tz, ohm_date today, int64_t days, int minutes)
{
    ohm_civil local = { .date = ohm_date_from_days(ohm_days_from_date(today) + days),
                        .hour = (uint8_t)(minutes / 60),
                        .minute = (uint8_t)(minutes % 60) };
    ohm_ms first_ms, last_ms;
    (void)ohm_civil_to_utc(tz, local, &first_ms, &last_ms);
    return first_ms;
}

/* Is something missing that should be there by now? */
static bool lacks(const ohm_pace *pace, ohm_ms known_ms, const ohm_tz *tz, ohm_date today)
{
    return known_ms == OHM_NO_MS ||
           known_ms <= local_time(tz, today, pace->reach_days, pace->reach_min);
}

/* The call that the calendar asks for, after `last_ms`; OHM_NO_MS if none today. */
static ohm_ms calendar_call(const ohm_schedule *schedule, ohm_ms known_ms, const ohm_tz *tz,
                            ohm_ms last_ms, ohm_ms now_ms)
{
    const ohm_pace *pace = schedule->pace;
    int64_t spread_ms = part_of(SPREAD_MS, schedule->spread);
    ohm_date today = ohm_civil_from_utc(tz, now_ms).date;
    ohm_ms call_ms = OHM_NO_MS;
    for (int i = 0; i < OHM_PACE_DUES_MAX && pace->due_min[i] && call_ms == OHM_NO_MS; i++) {
        ohm_ms due_ms = local_time(tz, today, 0, pace->due_min[i]) + spread_ms;
        if (last_ms < due_ms)
            call_ms = due_ms; /* maybe past: then at once */
    }
    ohm_ms from_ms = local_time(tz, today, 0, pace->watch_from_min);
    ohm_ms to_ms = local_time(tz, today, 0, pace->watch_to_min);
    if (now_ms < from_ms || now_ms >= to_ms || !lacks(pace, known_ms, tz, today))
        return call_ms;
    ohm_ms again_ms = last_ms + pace->again_ms + spread_ms;
    return call_ms == OHM_NO_MS || again_ms < call_ms ? again_ms : call_ms;
}

ohm_mono_ms ohm_schedule_next(const ohm_schedule *schedule, ohm_ms known_ms, const ohm_tz *tz,
                              ohm_ms now_ms, ohm_mono_ms now)
{
    if (!schedule->called)
        return schedule->not_before;
    ohm_mono_ms allowed =
        later(ohm_mono_after(schedule->last, schedule->pace->gap_ms), schedule->not_before);
    if (schedule->failures > 0)
        return allowed;
    ohm_mono_ms wanted = ohm_mono_after(schedule->last, schedule->usual_ms);
    ohm_ms last_ms = now_ms - ohm_mono_since(now, schedule->last);
    ohm_ms calendar_ms = calendar_call(schedule, known_ms, tz, last_ms, now_ms);
    if (calendar_ms != OHM_NO_MS)
        wanted = sooner(wanted, ohm_mono_after(now, calendar_ms - now_ms));
    return later(allowed, wanted);
}

/* --- across restarts ------------------------------------------------------------------------ */

/* The record is JSON of our own making: {"last":…,"not_before":…,"failures":…,"unauthorised":…},
 * read back by position, so that no parser of foreign bodies is needed here. */
static const char *const record_keys[] = { "{\"last\":", ",\"not_before\":", ",\"failures\":",
                                           ",\"unauthorised\":", "}" };
enum { RECORD_FIELDS = 4 };

size_t ohm_schedule_save(const ohm_schedule *schedule, ohm_ms now_ms, ohm_mono_ms now,
                         char out[static OHM_SCHEDULE_RECORD_MAX])
{
    ohm_json json;
    ohm_json_init(&json, out, OHM_SCHEDULE_RECORD_MAX);
    ohm_json_object(&json);
    int64_t since_ms = ohm_mono_since(now, schedule->last);
    ohm_json_key_int(&json, "last", schedule->called ? now_ms - since_ms : 0);
    ohm_json_key_int(&json, "not_before", now_ms + ohm_mono_since(schedule->not_before, now));
    ohm_json_key_int(&json, "failures", schedule->failures);
    ohm_json_key_int(&json, "unauthorised", schedule->unauthorised);
    ohm_json_end(&json);
    size_t len = 0;
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK); /* four integers always fit */
    return len;
}

static bool read_record(ohm_span record, int64_t fields[static RECORD_FIELDS])
{
    size_t at = 0;
    for (int i = 0; i <= RECORD_FIELDS; i++) {
        size_t key_len = strlen(record_keys[i]);
        if (record.len - at < key_len || memcmp(record.ptr + at, record_keys[i], key_len) != 0)
            return false;
        at += key_len;
        if (i == RECORD_FIELDS)
            break;
        size_t from = at;
        while (at < record.len && record.ptr[at] != ',' && record.ptr[at] != '}')
            at++;
        if (ohm_number_int(ohm_span_part(record, from, at - from), &fields[i]) != OHM_OK)
            return false;
    }
    return at == record.len;
}

static int64_t between(int64_t value, int64_t min, int64_t max)
{
    return value < min ? min : value > max ? max : value;
}

ohm_code ohm_schedule_restore(ohm_schedule *schedule, ohm_span record, ohm_ms now_ms,
                              ohm_mono_ms now)
{
    int64_t fields[RECORD_FIELDS];
    bool good = read_record(record, fields);
    for (int i = 0; good && i < RECORD_FIELDS; i++)
        good = fields[i] >= 0; /* and then no difference below can overflow */
    if (!good) {
        schedule->not_before = ohm_mono_after(now, schedule->pace->gap_ms);
        return OHM_BAD_FORMAT;
    }
    /* A last call in the future means that the wall clock went back: then it was just now. */
    int64_t since_ms = between(now_ms - fields[0], 0, OHM_SCHEDULE_HOLD_MAX_MS);
    int64_t hold_ms = between(fields[1] - now_ms, 0, OHM_SCHEDULE_HOLD_MAX_MS);
    schedule->called = fields[0] != 0;
    schedule->last = ohm_mono_after(now, -since_ms);
    schedule->not_before = ohm_mono_after(now, hold_ms);
    schedule->failures = (uint16_t)between(fields[2], 0, UINT16_MAX);
    schedule->unauthorised = (uint16_t)between(fields[3], 0, UINT16_MAX);
    return OHM_OK;
}
