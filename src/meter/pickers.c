#include "meter/pickers.h"

#include <stdlib.h>

struct ohm_shared_picker {
    ohm_pickers *list; /* NULL: alone */
    ohm_shared_picker *next;
    unsigned users;
    ohm_picker *picker;
};

ohm_err ohm_pickers_hold(ohm_pickers *all, const ohm_pick_rule *rules, size_t count,
                         const char *time, ohm_shared_picker **ret_picker)
{
    ohm_shared_picker *s = all ? all->first : NULL;
    while (s && !ohm_picker_is(s->picker, rules, count, time))
        s = s->next;
    if (s) {
        s->users++;
        *ret_picker = s;
        return ohm_ok();
    }
    s = calloc(1, sizeof *s);
    if (!s)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = ohm_picker_new(rules, count, time, &s->picker);
    if (ohm_failed(err)) {
        free(s);
        return err;
    }
    s->users = 1;
    s->list = all;
    if (all) {
        s->next = all->first;
        all->first = s;
    }
    *ret_picker = s;
    return ohm_ok();
}

void ohm_pickers_release(ohm_shared_picker *s)
{
    if (!s || --s->users > 0)
        return;
    for (ohm_shared_picker **at = s->list ? &s->list->first : NULL; at && *at; at = &(*at)->next) {
        if (*at != s)
            continue;
        *at = s->next;
        break;
    }
    ohm_picker_free(s->picker);
    free(s);
}

const ohm_picker *ohm_pickers_get(const ohm_shared_picker *s)
{
    return s->picker;
}
