/* One look of shedding at things, for the files that take it: shed.c, draw.c, effect.c. */
#ifndef OHM_CONTROL_LOOK_H
#define OHM_CONTROL_LOOK_H

#include "control/control.h"

/* A limit in force on a scope where it is known what is drawn. */
typedef struct ohm_look_check {
    uint8_t force, scope;
    int32_t va;
} ohm_look_check;

/* What is in force, what is drawn. */
typedef struct ohm_look {
    const ohm_control_rules *rules;
    ohm_control *control;
    const ohm_control_now *now;
    ohm_decisions *decisions;
    ohm_bounds bounds;
    uint8_t scopes_count;             /* the site's, and those of its branches */
    uint16_t blind;                   /* bit s: by the static plan, its meter is silent */
    uint16_t scopes;                  /* bit s: what is drawn there is known */
    int64_t drawn_va[OHM_SCOPES_ALL]; /* as measured, or by the static plan */
    int64_t gone_va[OHM_SCOPES_ALL];  /* of it, just shed: the meter can't show it yet */
    int64_t came_va[OHM_SCOPES_ALL];  /* on top, just back */
    int64_t kept_va[OHM_SCOPES_ALL];  /* on top, for the load whose turn it is */
    int64_t waits_va[OHM_SCOPES_ALL]; /* the most that one needs that has room, and waits */
    uint16_t turn;                    /* that load, or OHM_LOADS_MAX */
    /* What a load that would come back has to fit below: the strongest force first. */
    uint8_t checks_count;
    ohm_look_check checks[OHM_FORCES_COUNT * OHM_SCOPES_ALL];
    uint16_t fed_count;
    uint16_t fed[OHM_LOADS_MAX]; /* the loads that are, in their order */
} ohm_look;

/* What of `va` a load without a phase of its own has on one. */
int64_t ohm_look_phase_share(const ohm_load_state *state, uint8_t scope, int64_t va);

/* Of `va` of a load, what is on a scope: where it has no phase of its own, what the meter showed
 * there, else a third. */
static inline int64_t ohm_look_share(const ohm_load *load, const ohm_load_state *state,
                                     uint8_t scope, int64_t va)
{
    if (scope >= OHM_SCOPES)
        return load->branch == scope - OHM_SCOPES + 1 ? va : 0;
    if (scope == 0 || load->phase == scope)
        return va;
    return load->phase != 0 ? 0 : ohm_look_phase_share(state, scope, va);
}

/* What is drawn there is known. */
static inline bool ohm_look_knows(const ohm_look *l, uint8_t scope)
{
    return (l->scopes >> scope) & 1;
}

/* By the static plan, since its meter is silent. */
static inline bool ohm_look_is_blind(const ohm_look *l, uint8_t scope)
{
    return (l->blind >> scope) & 1;
}

/* force.c. A second below the limit takes back several of those above it: a power that dips under
 * it now and then passes it all the same. While it is below, `since_mono` is when all is taken
 * back. */
void ohm_overrun_calm(ohm_overrun *over, ohm_mono_ms now);
/* `fresh`: what was above before does not count. */
void ohm_overrun_exceed(ohm_overrun *over, bool fresh, ohm_mono_ms now);
/* shed.c: what has to be free for a load that is off. */
int64_t ohm_look_need(const ohm_look *look, uint16_t load);
/* draw.c: what is drawn on each scope. */
void ohm_look_draw(ohm_look *look);
/* draw.c: how much of the time since `since` the meters of a load's scopes have shown. What one
 * said last is no word on what came after: what comes back or rises by it goes again with the next
 * frame. A meter that is silent counts for nothing, the clock alone goes on. */
int64_t ohm_look_shown_ms(const ohm_look *look, uint16_t load, ohm_mono_ms since);
/* draw.c: of one interlock: `other` gives way to a load that may come; another one is fed that does
 * not; what those that do draw, which is room of its own. */
bool ohm_look_yields(const ohm_look *look, uint16_t other, uint16_t load);
bool ohm_look_is_locked(const ohm_look *look, uint16_t load);
int64_t ohm_look_yielded(const ohm_look *look, uint16_t load, uint8_t scope);
/* glide.c: setpoints. Lowered for a limit; what one gives to a scope that lacks `need_va`, cut only
 * if it may be, and where that takes it (0: it is cut; what is beyond the need it may keep). */
void ohm_look_glide(ohm_look *look);
void ohm_glide_lower(ohm_look *look, uint16_t load, int32_t to_w, ohm_force force,
                     ohm_pressure pressure);
int32_t ohm_glide_relief(const ohm_look *look, uint16_t load, uint8_t scope, int64_t need_va,
                         bool may_cut);
int32_t ohm_glide_to(const ohm_look *look, uint16_t load, uint8_t scope, int32_t relief_va,
                     int64_t *excess_va);
/* effect.c: what switchings did, once the meter can show it. */
void ohm_look_effect(ohm_look *look);
static inline void ohm_look_tell(ohm_look *l, ohm_news news)
{
    if (l->decisions->news_count < OHM_NEWS_MAX)
        l->decisions->news[l->decisions->news_count++] = news;
}

#endif
