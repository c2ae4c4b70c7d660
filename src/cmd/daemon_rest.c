/* What a main meter counts and none of its sub-meters: a device of its own, "divers". */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "host/clock.h"
#include "host/log.h"

ohm_err ohm_daemon_rests_start(ohm_daemon *d)
{
    for (int i = 0; i < d->site->meters_count; i++) {
        ohm_residue_config config;
        if (!d->site->meters[i].rest)
            continue;
        ohm_residue *rest = malloc(sizeof *rest);
        if (!rest)
            return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
        ohm_build_rest(d->site, i, &config);
        ohm_residue_init(rest, &config);
        d->rests[d->rests_count++] = rest;
    }
    return ohm_ok();
}

void ohm_daemon_rests_free(ohm_daemon *d)
{
    for (int i = 0; i < d->rests_count; i++)
        free(d->rests[i]);
    d->rests_count = 0;
}

/* Sub-meters that count more than their main meter disagree with it. */
static void tell(ohm_daemon *d, const ohm_residue *rest, bool negative, int64_t left)
{
    ohm_note note = {
        .notice = negative ? OHM_NOTICE_SOURCES_DISAGREE : OHM_NOTICE_SOURCES_AGREE,
        .device = rest->config.device,
        .quantity = OHM_Q_POWER,
        .detail = left,
    };
    (void)snprintf(note.device_id, sizeof note.device_id, "%.39s",
                   d->devices[rest->config.device].id);
    ohm_log(negative ? OHM_LOG_WARNING : OHM_LOG_NOTICE, "rest %s %s main=%s", note.device_id,
            negative ? "below_zero" : "good_again", d->devices[rest->config.main.device].id);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_NOTE, .note = &note });
}

void ohm_daemon_rest_frame(ohm_daemon *d, const ohm_frame *frame)
{
    for (int i = 0; i < d->rests_count; i++) {
        ohm_frame left, kept;
        ohm_residue_news news = ohm_residue_take(d->rests[i], frame, ohm_clock_mono(), &left);
        if (left.count > 0)
            ohm_daemon_frame(d, &left, &kept); /* a rest has no sub-meters: this ends here */
        if (news != OHM_RESIDUE_NO_NEWS)
            tell(d, d->rests[i], news == OHM_RESIDUE_BELOW_ZERO, left.values[0].value);
    }
}

const ohm_residue *ohm_daemon_rest_of(const ohm_daemon *d, int device)
{
    for (int i = 0; i < d->rests_count; i++)
        if (d->rests[i]->config.device == device)
            return d->rests[i];
    return NULL;
}
