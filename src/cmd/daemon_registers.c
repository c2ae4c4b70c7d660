/* Counters that go down, or become another meter's, are told to the journal. */
#include <stdio.h>

#include "cmd/daemon.h"
#include "host/clock.h"
#include "host/log.h"

enum { REMEMBER_MS_DAYS = 400 }; /* of a meter that was silent for longer nothing is known */

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
        return place ? &place->counter : NULL;
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

static void recall(const ohm_daemon *d, ohm_reader *reader, int device, ohm_quantity_id quantity,
                   ohm_daemon_register *r)
{
    char key[OHM_SERIES_KEY_MAX];
    ohm_bucket last;
    const ohm_daemon_device *m = &d->devices[device];
    ohm_ms since_ms = ohm_clock_utc() - REMEMBER_MS_DAYS * 24 * (int64_t)OHM_HOUR_MS;
    (void)snprintf(key, sizeof key, "%s/%s/%s/%s", d->site->id, m->zone, m->id,
                   ohm_quantity_get(quantity)->name);
    if (ohm_failed(ohm_reader_last(reader, key, since_ms, &last)) ||
        last.quality == OHM_QUALITY_SUSPECT)
        return;
    r->memory = (ohm_register_memory){ last.last, last.from_ms };
}

ohm_err ohm_daemon_registers_restore(ohm_daemon *d, ohm_reader *reader)
{
    OHM_TRY(ohm_reader_series(reader, mark, d));
    for (int i = 0; i < d->site->meters_count; i++)
        for (int v = 0; v < d->latest[i].values_count; v++) {
            ohm_daemon_value *place = &d->latest[i].values[v];
            if (place->counter.stored)
                recall(d, reader, i, (ohm_quantity_id)place->value.quantity, &place->counter);
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

static void tell(ohm_daemon *d, uint16_t device, const ohm_note *note)
{
    ohm_log(OHM_LOG_NOTICE, "meter %s %s quantity=%s", d->devices[device].id,
            ohm_notice_name(note->notice), ohm_quantity_get((ohm_quantity_id)note->quantity)->name);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_NOTE, .note = note });
}

static void judge(ohm_daemon *d, const ohm_frame *frame, const ohm_value *v)
{
    static const ohm_notice notices[OHM_REGISTER_VERDICTS_COUNT] = {
        [OHM_REGISTER_ROLLED] = OHM_NOTICE_REGISTER_ROLLED,
        [OHM_REGISTER_REPLACED] = OHM_NOTICE_REGISTER_REPLACED,
        [OHM_REGISTER_CORRECTED] = OHM_NOTICE_REGISTER_CORRECTED,
    };
    ohm_daemon_latest *latest = &d->latest[frame->device];
    ohm_daemon_value *place = ohm_daemon_value_of(latest, v->quantity);
    if (!place)
        return;
    ohm_daemon_register *r = &place->counter;
    ohm_register_memory before = r->memory;
    ohm_register_verdict verdict =
        ohm_register_judge(&before, (ohm_quantity_id)v->quantity, v->value, frame->time_ms,
                           r->meters_seen != latest->meters_seen);
    if (verdict == OHM_REGISTER_OLD || verdict == OHM_REGISTER_COARSER)
        return;
    r->memory = (ohm_register_memory){ v->value, frame->time_ms };
    r->meters_seen = latest->meters_seen;
    if (notices[verdict] == OHM_NOTICE_NONE)
        return;
    bool down = verdict == OHM_REGISTER_CORRECTED;
    ohm_note note = {
        .notice = notices[verdict],
        .device = frame->device,
        .quantity = v->quantity,
        .detail = down ? before.value - v->value : before.value,
    };
    (void)snprintf(note.device_id, sizeof note.device_id, "%.39s", d->devices[frame->device].id);
    tell(d, frame->device, &note);
}

void ohm_daemon_registers_frame(ohm_daemon *d, const ohm_frame *frame)
{
    if (d->meters[frame->device]) /* else it is a merge */
        note_meter(d, frame->device);
    for (int i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        if (v->quality != OHM_QUALITY_SUSPECT &&
            ohm_quantity_get((ohm_quantity_id)v->quantity)->kind == OHM_COUNTER)
            judge(d, frame, v);
    }
}
