/* "health" of the state: what is wrong, where the history is, and the mirrors. */
#include "web/view_json.h"

/* What each problem is called, and whether it takes away what the house relies on. */
static const struct {
    ohm_problem bit;
    const char *name;
    bool alarm;
} problems[] = {
    { OHM_PROBLEM_METER_SILENT, "meter_silent", false },
    { OHM_PROBLEM_STORE_FAILED, "store_failed", true },
    { OHM_PROBLEM_STORE_FULL, "store_full", true },
    { OHM_PROBLEM_CLOCK_UNSET, "clock_unset", false },
    { OHM_PROBLEM_ECOWATT_STALE, "ecowatt_stale", false },
    { OHM_PROBLEM_ECOWATT_REFUSED, "ecowatt_refused", false },
    { OHM_PROBLEM_OUTPUT_FAILED, "output_failed", true },
    { OHM_PROBLEM_QUEUE_DROPS, "queue_drops", false },
    { OHM_PROBLEM_SOURCES_DISAGREE, "sources_disagree", false },
    { OHM_PROBLEM_METER_CLOCK, "meter_clock", false },
    { OHM_PROBLEM_HISTORY_AWAY, "history_away", false },
    { OHM_PROBLEM_HISTORY_DAMAGED, "history_damaged", false },
    { OHM_PROBLEM_MIRROR_BEHIND, "mirror_behind", false },
    { OHM_PROBLEM_SAFE_MODE, "safe_mode", true },
    { OHM_PROBLEM_OPTION_IGNORED, "option_ignored", false },
    { OHM_PROBLEM_ABORTS_UNREAD, "aborts_unreadable", true },
};

/* Text that may be empty, for "not known". */
static void key_text(ohm_json *json, const char *key, const char *text)
{
    ohm_json_key_str(json, key, text[0] ? text : NULL);
}

static void write_mirror(ohm_json *json, const ohm_view_mirror *mirror)
{
    const ohm_mirror_status *s = &mirror->status;
    ohm_json_object(json);
    ohm_json_key_str(json, "id", mirror->id);
    ohm_json_key_str(json, "kind", ohm_mirror_kind_name(mirror->kind));
    ohm_json_key_str(json, "state", ohm_mirror_state_name(s->state));
    key_text(json, "detail", s->detail);
    ohm_json_key_time(json, "sent_time", s->sent_ms);
    ohm_json_key_time(json, "owed_since", s->owed_ms);
    ohm_json_key_int(json, "sent", (int64_t)s->sent);
    ohm_json_key_int(json, "already_there", (int64_t)s->already);
    ohm_json_key_int(json, "refused", (int64_t)s->refused);
    ohm_json_key_int(json, "corrections", (int64_t)s->corrections);
    ohm_json_end(json);
}

/* null: it is in the store's own file, and can't be away. */
static void write_history(ohm_json *json, const ohm_store_far *history)
{
    if (!history->is) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_str(json, "place", "postgresql");
    ohm_json_key_str(json, "state", history->away ? "away" : "ok");
    key_text(json, "detail", history->why);
    ohm_json_key_time(json, "away_since", history->since_ms);
    ohm_json_end(json);
}

void ohm_view_write_health(ohm_json *json, const ohm_view *view)
{
    bool alarm = false;
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        alarm |= problems[i].alarm && (view->problems & (uint32_t)problems[i].bit);
    ohm_json_object(json);
    ohm_json_key_str(json, "status", alarm ? "alarm" : view->problems ? "warning" : "ok");
    ohm_json_key(json, "problems");
    ohm_json_array(json);
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        if (view->problems & (uint32_t)problems[i].bit)
            ohm_json_str(json, problems[i].name);
    ohm_json_end(json);
    ohm_json_key_int(json, "dropped_readings", (int64_t)view->dropped_readings);
    ohm_json_key_int(json, "dropped_events", (int64_t)view->dropped_events);
    ohm_json_key(json, "history");
    write_history(json, &view->history);
    ohm_json_key(json, "mirrors");
    ohm_json_array(json);
    for (int i = 0; i < view->mirrors_count; i++)
        write_mirror(json, &view->mirrors[i]);
    ohm_json_end(json);
    ohm_json_end(json);
}

const char *ohm_view_problem(const ohm_view *view, size_t at)
{
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        if (view->problems & (uint32_t)problems[i].bit && at-- == 0)
            return problems[i].name;
    return NULL;
}
