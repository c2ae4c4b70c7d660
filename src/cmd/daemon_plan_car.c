/* What somebody asks of the car: "ready at seven with 20 kWh", once or daily. It is the plan's own
 * and no event of the engine: what follows from it is asked as every plan is. */
#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"
#include "host/clock.h"
#include "host/log.h"

#define CAR_KEY  "plan/car"
#define STAY_KEY "plan/car_stay"

enum { WISH_WORDS = 4, STAY_WORDS = 2, TEXT_MAX = 96, KEEP_WH = 200, STAY_WH_MAX = 1000000 };
#define LATEST_MS INT64_C(4102444800000) /* 2100 */

/* "daily need_wh ready_ms asked_ms", in decimal. */
size_t ohm_day_wish_write(const ohm_day_wish *wish, char *out, size_t cap)
{
    int n = snprintf(out, cap, "%d %lld %lld %lld", wish->daily ? 1 : 0, (long long)wish->need_wh,
                     (long long)wish->ready_ms, (long long)wish->asked_ms);
    assert(n > 0 && (size_t)n < cap);
    return (size_t)n;
}

/* So many numbers with a space between, and nothing else. */
static bool read_words(ohm_span text, int count, int64_t *words)
{
    const uint8_t *at = text.ptr, *end = text.ptr + text.len;
    for (int i = 0; i < count; i++) {
        const uint8_t *to = at;
        while (to < end && *to != ' ')
            to++;
        if (ohm_number_int(ohm_span_of(at, (size_t)(to - at)), &words[i]) != OHM_OK)
            return false;
        if ((i == count - 1) != (to == end))
            return false;
        at = to == end ? end : to + 1;
    }
    return true;
}

bool ohm_day_wish_read(ohm_span text, ohm_day_wish *out)
{
    int64_t words[WISH_WORDS];
    if (!read_words(text, WISH_WORDS, words) || words[0] < 0 || words[0] > 1 || words[1] < 0 ||
        words[1] > OHM_WISH_WH_MAX || words[2] < 0 || words[2] > LATEST_MS || words[3] < 0 ||
        words[3] > LATEST_MS)
        return false;
    *out = (ohm_day_wish){ true, words[0] == 1, words[1], words[2], words[3] };
    return true;
}

static uint16_t ready_minute(const ohm_day_wish *wish, const ohm_tz *tz)
{
    ohm_civil local = ohm_civil_from_utc(tz, wish->ready_ms);
    return (uint16_t)(local.hour * 60 + local.minute);
}

bool ohm_day_wish_fits(const ohm_day_wish *wish, const ohm_tz *tz, const ohm_site_plan *plan)
{
    return !wish->daily || ready_minute(wish, tz) != plan->home_minute;
}

/* A car that is wanted once is there until then; one that is wanted daily as its hours say. */
bool ohm_day_wish_use(const ohm_day_wish *wish, const ohm_tz *tz, ohm_ms now_ms,
                      ohm_site_plan *plan)
{
    if (!wish->there || (!wish->daily && now_ms >= wish->ready_ms))
        return false;
    plan->need_wh = wish->need_wh;
    if (wish->daily && ohm_day_wish_fits(wish, tz, plan)) /* home may be configured anew since */
        plan->ready_minute = ready_minute(wish, tz);
    return true;
}

/* "got_wh end_ms", in decimal. */
size_t ohm_day_stay_write(const ohm_day_stay *stay, char *out, size_t cap)
{
    int n = snprintf(out, cap, "%lld %lld", (long long)stay->got_wh, (long long)stay->end_ms);
    assert(n > 0 && (size_t)n < cap);
    return (size_t)n;
}

bool ohm_day_stay_read(ohm_span text, ohm_day_stay *out)
{
    int64_t words[STAY_WORDS];
    if (!read_words(text, STAY_WORDS, words) || words[0] < 0 || words[0] > STAY_WH_MAX ||
        words[1] < 0 || words[1] > LATEST_MS)
        return false;
    *out = (ohm_day_stay){ words[0], words[1] };
    return true;
}

ohm_ms ohm_day_stay_end(const ohm_site_plan *plan, const ohm_tz *tz, ohm_ms wish_ready_ms,
                        ohm_ms now_ms)
{
    if (wish_ready_ms != OHM_NO_MS)
        return wish_ready_ms;
    ohm_civil local = ohm_civil_from_utc(tz, now_ms);
    int minutes = plan->ready_minute - (local.hour * 60 + local.minute);
    return now_ms + (minutes > 0 ? minutes : minutes + 24 * 60) * (ohm_ms)OHM_MINUTE_MS;
}

/* --- of the daemon ---------------------------------------------------------------------------- */

/* A stay that goes on has what it got; of one that is over nothing is left. */
static void recall_stay(ohm_daemon_plan *p, ohm_reader *reader)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_day_stay stay;
    if (!ohm_failed(ohm_reader_get(reader, STAY_KEY, &bytes, &len)) &&
        ohm_day_stay_read(ohm_span_of(bytes, len), &stay) && ohm_clock_utc() < stay.end_ms) {
        p->car_was_home = true;
        p->car_got_kwh = p->car_kept_kwh = (double)stay.got_wh / 1000;
    }
    free(bytes);
}

void ohm_daemon_car_keep(ohm_daemon_plan *p, ohm_ms utc_ms)
{
    char text[TEXT_MAX];
    if (!p->car_was_home || fabs(p->car_got_kwh - p->car_kept_kwh) * 1000 < KEEP_WH)
        return;
    const ohm_day_stay stay = { llround(p->car_got_kwh * 1000),
                                ohm_day_stay_end(&p->facts.plan, p->facts.tz,
                                                 p->facts.wish_ready_ms, utc_ms) };
    p->car_kept_kwh = p->car_got_kwh;
    if (ohm_store_put(p->daemon->store, STAY_KEY,
                      ohm_span_of(text, ohm_day_stay_write(&stay, text, sizeof text))) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "what the car got is not kept");
}

void ohm_daemon_car_recall(ohm_daemon_plan *p, ohm_reader *reader)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (!ohm_failed(ohm_reader_get(reader, CAR_KEY, &bytes, &len)) && len > 0 &&
        !ohm_day_wish_read(ohm_span_of(bytes, len), &p->wish))
        ohm_log(OHM_LOG_WARNING, "what was asked of the car can't be read");
    free(bytes);
    p->asked_wish = p->wish;
    recall_stay(p, reader);
}

static bool is_same(const ohm_day_wish *a, const ohm_day_wish *b)
{
    return a->there == b->there &&
           (!a->there ||
            (a->daily == b->daily && a->need_wh == b->need_wh && a->ready_ms == b->ready_ms));
}

/* On the loop, after what any thread kept: of several that asked at once the store has the one
 * that holds. */
static void keep(ohm_daemon_plan *p)
{
    char text[TEXT_MAX];
    ohm_span value = { NULL, 0 }; /* none: it is taken back */
    if (p->wish.there)
        value = ohm_span_of(text, ohm_day_wish_write(&p->wish, text, sizeof text));
    if (ohm_store_put(p->daemon->store, CAR_KEY, value) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "what was asked of the car is not kept");
}

/* On the loop: what was asked since. */
void ohm_daemon_car_tick(ohm_daemon_plan *p)
{
    const ohm_site_plan *site = &p->daemon->site->plan;
    (void)pthread_mutex_lock(&p->lock);
    if (p->order_waits && !is_same(&p->order, &p->asked_wish)) {
        p->asked_wish = p->order;
        p->wish_news = true;
    }
    p->order_waits = false;
    bool news = p->wish_news;
    p->wish_news = false;
    if (news)
        p->wish = p->asked_wish;
    (void)pthread_mutex_unlock(&p->lock);
    if (news)
        keep(p);
    if (news && p->wish.there)
        p->car_got_kwh = 0; /* so much more is wanted from now on */
    p->facts.plan.need_wh = site->need_wh;
    p->facts.plan.ready_minute = site->ready_minute;
    ohm_ms now_ms = ohm_clock_utc();
    bool used = ohm_day_wish_use(&p->wish, &p->daemon->config->tz, now_ms, &p->facts.plan);
    p->facts.wish_ready_ms = used && !p->wish.daily ? p->wish.ready_ms : OHM_NO_MS;
    p->facts.wished = used;
}

/* On the web's thread, which may wait. */
ohm_code ohm_daemon_car_ask(void *daemon, const ohm_day_wish *wish)
{
    ohm_daemon *d = daemon;
    ohm_daemon_plan *p = d->plan;
    char text[TEXT_MAX];
    ohm_span value = { NULL, 0 }; /* none: it is taken back */
    ohm_day_wish asked = { .there = false };
    ohm_ms now_ms = ohm_clock_utc();
    if (!p || !p->facts.loads[OHM_HOME_CAR].there)
        return OHM_UNKNOWN;
    if (wish) {
        asked = *wish;
        asked.there = true;
        asked.asked_ms = now_ms;
        if (!ohm_day_wish_ok(&asked, now_ms) ||
            !ohm_day_wish_fits(&asked, &d->config->tz, &d->site->plan))
            return OHM_RANGE;
        value = ohm_span_of(text, ohm_day_wish_write(&asked, text, sizeof text));
    }
    if (ohm_failed(ohm_store_put_wait(d->store, CAR_KEY, value)))
        return OHM_IO;
    (void)pthread_mutex_lock(&p->lock);
    p->asked_wish = asked;
    p->wish_news = true;
    (void)pthread_mutex_unlock(&p->lock);
    return OHM_OK;
}
