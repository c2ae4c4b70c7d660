/* What the main meter says of the power drawn, as far as it can be believed.
 *
 * The breaker counts VA, so VA it is: the apparent power where the meter has it (SINSTS, PAPP),
 * else from P and Q, else from voltage and current of the phases, else P / 0.95. What is fed
 * back to the grid draws nothing.
 *
 * A power is not believed when it is beyond what the site can draw, or when the register of
 * energy tells another story: over every stretch in which one of the two counts some 50 Wh, the
 * other must count about as much (a unit that is wrong by a thousand, a meter
 * that repeats its last frame, a register that went back). It then takes a stretch in which they
 * agree. (VA may be up to four times the W.) Only a register whose steps are finer than that takes
 * part, and only while no phase feeds the grid. While all of them do, the register of what is fed
 * must not stand still: a meter that repeats what it said at noon would draw nothing all evening.
 *
 * Nothing believed for longer than ohm_supply_is_blind allows: the meter is lost, and whoever
 * decides goes by the static plan. That is told from the pace of its frames; one that speaks on
 * change alone has none, so how long it may be silent can be declared (`silence_ms`, 0 = it is not,
 * OHM_SUPPLY_SILENCE_MS_MAX at the most). */
#ifndef OHM_CONTROL_SUPPLY_H
#define OHM_CONTROL_SUPPLY_H

#include "base/reading.h"
#include "control/limit.h"
#include "control/thermal.h"

enum {
    OHM_SUPPLY_BLIND_MS = 10000, /* without a frame, at the least */
    OHM_SUPPLY_PERIODS = 3,      /* or so many times the usual pace of its frames */
    OHM_SUPPLY_PERIOD_MS_MAX = 60000,
    OHM_SUPPLY_SILENCE_MS_MAX = OHM_SUPPLY_PERIODS * OHM_SUPPLY_PERIOD_MS_MAX, /* in any case */
    OHM_SUPPLY_STRETCH_WH = 50,
    OHM_SUPPLY_AGAIN_WH =
        10, /* what was doubted is compared sooner: a house that draws little waits */
    OHM_SUPPLY_RATED_MS =
        24 * OHM_HOUR_MS, /* what is subscribed holds so long without being said */
    /* No site has less: what is below was meant in another unit (6 for 6 kVA), and is not heard. */
    OHM_SUPPLY_RATED_VA_MIN = 100,
};

/* How energy and power compare, since the last verdict. */
typedef struct ohm_supply_stretch {
    bool begun;
    bool fine;        /* the register was seen to move in small steps */
    int64_t wh;       /* the register at its begin */
    int64_t last_wh;  /* and last */
    int64_t drawn_mj; /* what the power says */
} ohm_supply_stretch;

typedef struct ohm_supply {
    bool seen;             /* a believed power since the start */
    ohm_mono_ms seen_mono; /* the last one */
    bool heard;            /* any frame with a power: believed or not */
    ohm_mono_ms heard_mono;
    int64_t period_ms; /* usual, between two frames; 0 = not known */
    uint8_t scopes;    /* bit s: va[s] was said */
    /* Meters say some things more often than others: when each scope was said last, and how often
     * it usually is; 0 = not known. */
    int64_t said_mono[OHM_SCOPES], pace_ms[OHM_SCOPES];
    bool ever;        /* a power was believed, in this run or an earlier one */
    bool three_phase; /* two phases had a power at once */
    bool feeds;       /* it drew nothing at some time: something there may feed what is used */
    int32_t va[OHM_SCOPES];
    int32_t import_w;      /* what the register counts by, -1 = not known */
    int32_t subscribed_va; /* as the meter says; 0 = it does not */
    int32_t breaking_va;
    ohm_mono_ms subscribed_mono, breaking_mono; /* when each was said last */
    bool doubted;                               /* register and power disagree */
    ohm_supply_stretch stretch;
    int32_t export_w;       /* what the register of what is fed counts by, -1 = not known */
    ohm_supply_stretch fed; /* of that register */
} ohm_supply;

/* A frame of the main meter. True if its power is believed. */
bool ohm_supply_frame(ohm_supply *supply, const ohm_frame *frame, ohm_mono_ms now,
                      int64_t power_w_max);
/* A start: what was seen before says nothing about now, but for what is subscribed (where an
 * older version did not take less than there is). */
void ohm_supply_start(ohm_supply *supply);
/* Forgets what is subscribed, or what the breaker holds, once it has not been said for
 * OHM_SUPPLY_RATED_MS and something else says it: the other one of the two, or a contract. Without
 * either the last word stands, since the breaker does. Returns the VA of before, 0 where nothing
 * ended. */
int32_t ohm_supply_expire(ohm_supply *supply, int32_t contract_va, ohm_mono_ms now);
/* Whether the last believed power is too old to decide by. */
bool ohm_supply_is_blind(const ohm_supply *supply, int64_t silence_ms, ohm_mono_ms now);
/* The scopes of which a power is known that is not too old: bit s. */
uint8_t ohm_supply_known(const ohm_supply *supply, int64_t silence_ms, ohm_mono_ms now);
/* What a snapshot holds is in range. */
bool ohm_supply_stretch_ok(const ohm_supply_stretch *stretch);
void ohm_supply_rebase(ohm_supply *supply, int64_t shift_ms);

#endif
