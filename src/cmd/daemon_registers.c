/* Counters that go down, jump, or become another meter's: held back as long as nothing confirms
 * them, and told to the journal. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "control/supply.h"
#include "host/clock.h"
#include "host/log.h"

enum {
    REMEMBER_MS_DAYS = 400, /* of a meter that was silent for longer nothing is known */
    HELD_AGAIN_MS = OHM_HOUR_MS,
};

static ohm_register_memory memory_of(const ohm_daemon_register *r)
{
    const ohm_register_memory quiet = { .value = r->value, .time_ms = r->time_ms, .pace = r->pace };
    return r->contest ? *r->contest : quiet;
}

/* Without memory for it a contest begins anew with the next reading. */
static void keep(ohm_daemon_register *r, const ohm_register_memory *memory)
{
    r->value = memory->value;
    r->time_ms = memory->time_ms;
    r->pace = memory->pace;
    if (memory->confirmations == 0) {
        free(r->contest);
        r->contest = NULL;
        return;
    }
    if (!r->contest)
        r->contest = malloc(sizeof *r->contest);
    if (r->contest)
        *r->contest = *memory;
}

/* --- after a start: where the registers stood ---------------------------------------------- */

static ohm_daemon_register *register_of(ohm_daemon *d, const char *key, ohm_quantity_id quantity)
{
    for (int i = 0; i < d->site->meters_count; i++) {
        char device[OHM_SERIES_KEY_MAX];
        const ohm_daemon_device *m = &d->devices[i];
        int len = snprintf(device, sizeof device, "%s/%s/%s/", d->site->id, m->zone, m->id);
        if (len <= 0 || strncmp(key, device, (size_t)len) != 0)
            continue;
        ohm_daemon_value *place = ohm_daemon_value_of(&d->latest[i], (uint16_t)quantity);
        return place ? ohm_daemon_counter_of(&d->latest[i], place) : NULL;
    }
    return NULL;
}

/* A row of the list of series must not read: it only marks what there is to read. */
static bool mark(void *ctx, const ohm_series_info *info)
{
    ohm_daemon *d = ctx;
    if (ohm_quantity_get(info->quantity)->kind != OHM_COUNTER)
        return true;
    ohm_daemon_register *r = register_of(d, info->key, info->quantity);
    if (r)
        r->stored = true;
    return true;
}

/* The newest of a range that is not suspect. */
static bool take_newest(void *ctx, const ohm_bucket *reading)
{
    ohm_register_memory *memory = ctx;
    if (reading->quality != OHM_QUALITY_SUSPECT)
        *memory = (ohm_register_memory){ .value = reading->last, .time_ms = reading->from_ms };
    return true;
}

/* What was held back lies in the store too: before it stands what was believed last. */
static void recall_before(ohm_reader *reader, const char *key, ohm_ms last_ms, ohm_ms since_ms,
                          ohm_register_memory *memory)
{
    int64_t back_ms = 10 * OHM_MINUTE_MS;
    while (memory->time_ms == OHM_NO_MS && last_ms - back_ms > since_ms) {
        const ohm_interval range = { last_ms - back_ms, last_ms };
        if (ohm_failed(ohm_reader_range(reader, key, range, 0, take_newest, memory)))
            return;
        back_ms *= 4;
    }
}

static void recall(const ohm_daemon *d, ohm_reader *reader, int device, ohm_quantity_id quantity,
                   ohm_daemon_register *r)
{
    char key[OHM_SERIES_KEY_MAX];
    ohm_bucket last;
    const ohm_daemon_device *m = &d->devices[device];
    ohm_ms since_ms = ohm_clock_utc() - REMEMBER_MS_DAYS * 24 * (int64_t)OHM_HOUR_MS;
    (void)snprintf(key, sizeof key, "%s/%s/%s/%s", d->site->id, m->zone, m->id,
                   ohm_quantity_get(quantity)->name);
    if (ohm_failed(ohm_reader_last(reader, key, since_ms, &last)))
        return;
    ohm_register_memory memory = memory_of(r);
    (void)take_newest(&memory, &last);
    recall_before(reader, key, last.from_ms, since_ms, &memory);
    keep(r, &memory);
}

ohm_err ohm_daemon_registers_restore(ohm_daemon *d, ohm_reader *reader)
{
    OHM_TRY(ohm_reader_series(reader, mark, d));
    for (int i = 0; i < d->site->meters_count; i++)
        for (int v = 0; v < d->latest[i].values_count; v++) {
            const ohm_daemon_value *place = &d->latest[i].values[v];
            ohm_daemon_register *r = ohm_daemon_counter_of(&d->latest[i], place);
            if (r && r->stored)
                recall(d, reader, i, (ohm_quantity_id)place->quantity, r);
        }
    return ohm_ok();
}

/* --- while it runs ------------------------------------------------------------------------- */

/* Notices that another meter speaks, by its number. */
static void note_meter(ohm_daemon *d, uint16_t device)
{
    ohm_daemon_latest *latest = &d->latest[device];
    const char *id = ohm_meter_status_of(d->meters[device])->meter_id;
    if (!id[0] || !strcmp(id, latest->meter_id))
        return;
    if (latest->meter_id[0])
        latest->meters_seen++;
    (void)snprintf(latest->meter_id, sizeof latest->meter_id, "%s", id);
}

static void tell_of(ohm_daemon *d, uint16_t device, const ohm_value *v, ohm_notice notice,
                    int64_t detail)
{
    ohm_note note = {
        .notice = notice, .device = device, .quantity = v->quantity, .detail = detail
    };
    (void)snprintf(note.device_id, sizeof note.device_id, "%.39s", d->devices[device].id);
    ohm_log(OHM_LOG_NOTICE, "meter %s %s quantity=%s", d->devices[device].id,
            ohm_notice_name(notice), ohm_quantity_get((ohm_quantity_id)v->quantity)->name);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_NOTE, .note = &note });
}

/* A meter that says 0 now and then would fill the journal. */
static bool is_told(ohm_daemon_register *r, ohm_register_verdict verdict, ohm_ms now_ms)
{
    if (verdict != OHM_REGISTER_DOUBTED && verdict != OHM_REGISTER_ASTRAY)
        return true;
    if (r->held_told_ms != OHM_NO_MS && now_ms >= r->held_told_ms &&
        now_ms - r->held_told_ms < HELD_AGAIN_MS)
        return false;
    r->held_told_ms = now_ms;
    return true;
}

static int64_t detail_of(ohm_register_verdict verdict, int64_t before, int64_t value)
{
    int64_t step = 0;
    if (verdict == OHM_REGISTER_ROLLED || verdict == OHM_REGISTER_REPLACED)
        return before;
    if (__builtin_sub_overflow(value, before, &step))
        return before;
    return verdict == OHM_REGISTER_CORRECTED ? -step : step;
}

static ohm_register_verdict judge(ohm_daemon *d, const ohm_frame *frame, const ohm_value *v)
{
    static const ohm_notice notices[OHM_REGISTER_VERDICTS_COUNT] = {
        [OHM_REGISTER_DOUBTED] = OHM_NOTICE_REGISTER_HELD,
        [OHM_REGISTER_ASTRAY] = OHM_NOTICE_REGISTER_HELD,
        [OHM_REGISTER_ROLLED] = OHM_NOTICE_REGISTER_ROLLED,
        [OHM_REGISTER_REPLACED] = OHM_NOTICE_REGISTER_REPLACED,
        [OHM_REGISTER_CORRECTED] = OHM_NOTICE_REGISTER_CORRECTED,
        [OHM_REGISTER_JUMPED] = OHM_NOTICE_REGISTER_JUMPED,
    };
    ohm_daemon_latest *latest = &d->latest[frame->device];
    ohm_daemon_value *place = ohm_daemon_value_of(latest, v->quantity);
    if (!place)
        return OHM_REGISTER_FIRST;
    ohm_daemon_register *r = ohm_daemon_counter_of(latest, place);
    const int64_t before = r->value;
    const ohm_register_reading reading = {
        .quantity = (ohm_quantity_id)v->quantity,
        .value = v->value,
        .time_ms = frame->time_ms,
        .other_meter = r->meters_seen != latest->meters_seen,
        .power_w_max = d->config->power_w_max,
    };
    ohm_register_memory memory = memory_of(r);
    ohm_register_verdict verdict = ohm_register_take(&memory, &reading);
    keep(r, &memory);
    if (memory.time_ms == frame->time_ms && memory.confirmations == 0)
        r->meters_seen = latest->meters_seen;
    if (notices[verdict] == OHM_NOTICE_NONE || !is_told(r, verdict, frame->time_ms))
        return verdict;
    tell_of(d, frame->device, v, notices[verdict], detail_of(verdict, before, v->value));
    return verdict;
}

/* A mapping in kVA: control goes by the contract then, and whoever wrote it should know why. */
static void tell_rating(ohm_daemon *d, const ohm_frame *frame, const ohm_value *v)
{
    bool rating = v->quantity == OHM_Q_SUBSCRIBED_POWER || v->quantity == OHM_Q_BREAKING_POWER;
    if (!rating || v->value <= 0 || v->value >= OHM_SUPPLY_RATED_VA_MIN || d->rating_told)
        return;
    d->rating_told = true;
    ohm_log(OHM_LOG_WARNING,
            "meter=%s says %s=%" PRId64 " VA: ignored, no site has less than %d (is it in kVA?)",
            d->devices[frame->device].id, ohm_quantity_get((ohm_quantity_id)v->quantity)->name,
            v->value, OHM_SUPPLY_RATED_VA_MIN);
}

void ohm_daemon_registers_sift(ohm_daemon *d, const ohm_frame *frame, ohm_frame *out)
{
    *out = *frame;
    if (frame->time_ms < OHM_STORE_TIME_MIN || frame->time_ms >= OHM_STORE_TIME_MAX)
        return;                   /* it is not kept at all */
    if (d->meters[frame->device]) /* else it is a merge */
        note_meter(d, frame->device);
    out->count = 0;
    for (int i = 0; i < frame->count; i++) {
        ohm_value v = frame->values[i];
        tell_rating(d, frame, &v);
        bool judged = v.quality != OHM_QUALITY_SUSPECT &&
                      ohm_quantity_get((ohm_quantity_id)v.quantity)->kind == OHM_COUNTER;
        ohm_register_verdict verdict = judged ? judge(d, frame, &v) : OHM_REGISTER_NEXT;
        if (verdict == OHM_REGISTER_COARSER)
            continue; /* the last one says more */
        if (ohm_register_held(verdict))
            v.quality = OHM_QUALITY_SUSPECT;
        out->values[out->count++] = v;
    }
}

/* --- what a meter recorded ----------------------------------------------------------------- */

static bool row_is_held(ohm_daemon *d, const ohm_frame *row, const ohm_value *v)
{
    ohm_daemon_latest *latest = &d->latest[row->device];
    const ohm_daemon_value *place = ohm_daemon_value_of(latest, v->quantity);
    ohm_daemon_register *r = place ? ohm_daemon_counter_of(latest, place) : NULL;
    if (r && !r->rows && (r->rows = calloc(1, sizeof *r->rows)) != NULL)
        r->rows->time_ms = OHM_NO_MS;
    if (!r || !r->rows)
        return false;
    const int64_t before = r->rows->value;
    const ohm_register_reading reading = {
        .quantity = (ohm_quantity_id)v->quantity,
        .value = v->value,
        .time_ms = row->time_ms,
        .power_w_max = d->config->power_w_max,
    };
    ohm_register_verdict verdict = ohm_register_take(r->rows, &reading);
    bool doubted = verdict == OHM_REGISTER_DOUBTED || verdict == OHM_REGISTER_ASTRAY;
    if (doubted && is_told(r, verdict, row->time_ms))
        tell_of(d, row->device, v, OHM_NOTICE_REGISTER_HELD, detail_of(verdict, before, v->value));
    return ohm_register_held(verdict) && verdict != OHM_REGISTER_COARSER;
}

void ohm_daemon_registers_sift_row(ohm_daemon *d, const ohm_frame *row, ohm_frame *out)
{
    *out = *row;
    if (row->time_ms < OHM_STORE_TIME_MIN || row->time_ms >= OHM_STORE_TIME_MAX)
        return; /* it is not kept at all */
    for (int i = 0; i < out->count; i++) {
        ohm_value *v = &out->values[i];
        if (v->quality != OHM_QUALITY_SUSPECT &&
            ohm_quantity_get((ohm_quantity_id)v->quantity)->kind == OHM_COUNTER &&
            row_is_held(d, row, v))
            v->quality = OHM_QUALITY_SUSPECT;
    }
}
