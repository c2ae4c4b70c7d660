/* Sources that stand for one another: their frames become those of the merge they belong to. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "host/clock.h"
#include "host/log.h"

ohm_err ohm_daemon_merges_start(ohm_daemon *d)
{
    for (int i = 0; i < d->site->meters_count; i++) {
        ohm_merge_config config;
        if (!d->site->meters[i].merge)
            continue;
        ohm_merge *merge = malloc(sizeof *merge);
        if (!merge)
            return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
        ohm_build_merge(d->site, i, &config);
        ohm_merge_init(merge, &config);
        d->merges[d->merges_count++] = merge;
    }
    return ohm_ok();
}

void ohm_daemon_merges_free(ohm_daemon *d)
{
    for (int i = 0; i < d->merges_count; i++)
        free(d->merges[i]);
    d->merges_count = 0;
}

static void tell(ohm_daemon *d, const ohm_merge *merge, const ohm_merge_news *news)
{
    ohm_note note = {
        .notice = news->disagree ? OHM_NOTICE_SOURCES_DISAGREE : OHM_NOTICE_SOURCES_AGREE,
        .device = merge->config.device,
        .quantity = news->quantity,
        .detail = news->difference,
    };
    (void)snprintf(note.device_id, sizeof note.device_id, "%.39s",
                   d->devices[merge->config.device].id);
    ohm_log(OHM_LOG_NOTICE, "merge %s %s quantity=%s source=%s", note.device_id,
            ohm_notice_name(note.notice), ohm_quantity_get((ohm_quantity_id)news->quantity)->name,
            d->devices[news->device].id);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_NOTE, .note = &note });
}

void ohm_daemon_merge_frame(ohm_daemon *d, const ohm_frame *frame)
{
    for (int i = 0; i < d->merges_count; i++) {
        ohm_frame merged, kept;
        ohm_merge_news news[OHM_MERGE_NEWS_MAX];
        size_t count = ohm_merge_take(d->merges[i], frame, ohm_clock_mono(), &merged, news);
        if (merged.count > 0)
            ohm_daemon_frame(d, &merged, &kept);
        for (size_t n = 0; n < count; n++)
            tell(d, d->merges[i], &news[n]);
    }
}

const ohm_merge *ohm_daemon_merge_of(const ohm_daemon *d, int device)
{
    for (int i = 0; i < d->merges_count; i++)
        if (d->merges[i]->config.device == device)
            return d->merges[i];
    return NULL;
}
