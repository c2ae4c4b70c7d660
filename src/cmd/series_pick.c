#include "cmd/series_pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "host/paths.h"
#include "inout/when.h"
#include "store/store.h"

bool ohm_series_pick_any(const ohm_series_pick *pick)
{
    return pick->keys_count > 0 || pick->device || pick->zone;
}

/* Does the text fit a pattern with '*'? Looks back to the last star only. */
static bool fits(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static bool lies_in(const char *key, const char *place)
{
    size_t len = strlen(place);
    return strncmp(key, place, len) == 0 && key[len] == '/';
}

bool ohm_series_pick_has(const ohm_series_pick *pick, const char *key)
{
    if (!ohm_series_pick_any(pick))
        return true;
    for (int i = 0; i < pick->keys_count; i++)
        if (fits(pick->keys[i], key))
            return true;
    return (pick->device && lies_in(key, pick->device)) || (pick->zone && lies_in(key, pick->zone));
}

typedef struct listing {
    const ohm_series_pick *pick;
    ohm_series_list *list;
} listing;

static bool add(void *ctx, const ohm_extent *extent)
{
    const listing *l = ctx;
    ohm_series_list *list = l->list;
    if (!ohm_series_pick_has(l->pick, extent->info.key))
        return true;
    if (list->count == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 32;
        ohm_extent *more = realloc(list->extents, cap * sizeof *more);
        if (!more) {
            list->no_memory = true;
            return false;
        }
        list->extents = more;
        list->cap = cap;
    }
    list->extents[list->count++] = *extent;
    return true;
}

ohm_err ohm_series_list_read(ohm_reader *reader, const ohm_series_pick *pick, ohm_series_list *list)
{
    listing l = { pick, list };
    ohm_err err = ohm_query_extents(reader, "", add, &l);
    if (!ohm_failed(err) && list->no_memory)
        err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    return err;
}

void ohm_series_list_free(ohm_series_list *list)
{
    free(list->extents);
    *list = (ohm_series_list){ 0 };
}

static bool read_time(const char *text, const ohm_tz *tz, ohm_ms *out)
{
    return !text || !ohm_failed(ohm_when_parse(ohm_span_text(text), OHM_WHEN_AUTO, tz, NULL, out));
}

int ohm_pick_range(const char *verb, const char *from, const char *to, const ohm_tz *tz,
                   ohm_interval *out)
{
    *out = (ohm_interval){ OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    if (!read_time(from, tz, &out->from_ms))
        return ohm_cmd_usage(verb, "--from is no time:", from);
    if (!read_time(to, tz, &out->to_ms))
        return ohm_cmd_usage(verb, "--to is no time:", to);
    if (out->to_ms <= out->from_ms)
        return ohm_cmd_usage(verb, "--to is not behind --from", NULL);
    return OHM_EXIT_OK;
}

int ohm_state_file(const char *verb, const char *state, bool demo,
                   char ret_path[static OHM_PATH_MAX])
{
    char folder[OHM_PATH_MAX];
    if (state && demo)
        return ohm_cmd_usage(verb, "--state and --demo exclude each other", NULL);
    ohm_err err = ohm_ok();
    if (!state)
        err = ohm_path_state(demo, folder);
    else if (snprintf(folder, sizeof folder, "%s", state) >= (int)sizeof folder)
        err = ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    if (!ohm_failed(err))
        err = ohm_path_join(folder, OHM_STORE_FILE, ret_path);
    if (ohm_failed(err))
        return ohm_cmd_fail("the state folder", err.what, "name it with --state");
    return OHM_EXIT_OK;
}
