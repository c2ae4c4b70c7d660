/* Zones that are heated: a sensor, the loads that heat, set points by the hour, and a thermostat
 * with hysteresis.
 *
 *     ohm_heat_frame     what a sensor says
 *     ohm_heat_step      what each zone asks of its loads now: ohm_load_state.warmth
 *
 * The thermostat is the baseline and the fallback: a plan, a rule or a person goes before it
 * (arbiter.h), but a plan never takes a zone further from its set point than `below_cc` and
 * `above_cc` say, a rule not above it, and below its frost floor a zone is heated whatever the
 * grid's signals and the household's own limits say. A sensor that is silent for longer than
 * `stale_ms` says nothing: the zone's loads are then fed, each by its own thermostat, or kept off,
 * as `stale_fed` declares, but for a zone that was below its frost floor, which is heated on. One
 * that never spoke falls silent, too. One that says the same to the hundredth for days is told:
 * what it may mean (a cellar, or a sensor that hangs) a person has to tell.
 *
 * Temperatures are hundredths of °C, as OHM_Q_TEMPERATURE is quantised (_cc). */
#ifndef OHM_CONTROL_HEAT_H
#define OHM_CONTROL_HEAT_H

#include "base/reading.h"
#include "control/load.h"

enum {
    OHM_HEAT_ZONES_MAX = 12,
    OHM_HEAT_LOADS_MAX = 8,  /* of a zone */
    OHM_HEAT_TIMES_MAX = 16, /* of a week */
    OHM_HEAT_SET_CC_MIN = 500,
    OHM_HEAT_SET_CC_MAX = 3500,
    OHM_HEAT_AIR_CC_MIN = -4000, /* no room is beyond these: such a value is not believed */
    OHM_HEAT_AIR_CC_MAX = 6000,
    OHM_HEAT_FROST_CC_MAX = 1500,
    OHM_HEAT_SLACK_CC_MAX = 1000,
    OHM_HEAT_FROST_BAND_CC = 50,
    OHM_HEAT_BLIND_MS = 15 * OHM_MINUTE_MS, /* of an hour, where frost is known of no more */
    OHM_HEAT_WAIT_MS = 5 * OHM_MINUTE_MS,   /* after a start a sensor has so long to speak */
    OHM_HEAT_STILL_MS = 3 * 24 * 3600 * 1000,
};

/* From that minute of those days on, until the next one of the list. */
typedef struct ohm_heat_time {
    uint16_t minute;
    uint8_t weekdays; /* bit 0 = Monday */
    int32_t set_cc;
} ohm_heat_time;

typedef struct ohm_heat_zone {
    char id[OHM_LOAD_ID_MAX];
    char name[OHM_LOAD_NAME_MAX];
    uint16_t device; /* the sensor */
    int64_t stale_ms;
    bool stale_fed;
    int32_t hysteresis_cc;      /* to each side of the set point */
    int32_t frost_cc;           /* never colder */
    int32_t below_cc, above_cc; /* how far from the set point a plan may go */
    uint16_t loads_count, times_count;
    uint16_t loads[OHM_HEAT_LOADS_MAX];
    ohm_heat_time times[OHM_HEAT_TIMES_MAX];
} ohm_heat_zone;

typedef struct ohm_heat_state {
    bool known; /* the sensor spoke, and not too long ago */
    bool lost;  /* it fell silent, or never spoke: said so */
    int32_t air_cc;
    ohm_mono_ms mono; /* of its last word; without one, since when it is waited for; 0: not yet */
    ohm_mono_ms same_mono; /* since when it says the same */
    bool still;            /* for so long that it was told */
    bool heats;            /* the thermostat */
    bool frozen;           /* below the frost floor */
    bool cold;             /* below what a plan may */
    bool hot;              /* above it */
    bool has_set;
    int32_t set_cc;  /* in force */
    bool overridden; /* by a person, until: */
    int32_t override_cc;
    ohm_mono_ms override_end_mono;
    ohm_ms override_end_ms; /* OHM_NO_MS: asked for without a clock */
} ohm_heat_state;

typedef struct ohm_heat_now {
    ohm_mono_ms mono;
    bool calendar;   /* the two that follow mean something */
    uint8_t weekday; /* 0 = Monday */
    uint16_t minute; /* of the day */
} ohm_heat_now;

void ohm_heat_init(ohm_heat_state *state);

/* What a zone can't be; `at` is the zone. No load is of two of them. */
OHM_MUST_CHECK ohm_err ohm_heat_check(const ohm_heat_zone *zones, uint16_t count,
                                      const ohm_load *loads, uint16_t loads_count);
/* What a snapshot holds is in range. */
bool ohm_heat_state_ok(const ohm_heat_state *state);

/* Does one of them look at that device? */
bool ohm_heat_reads(const ohm_heat_zone *zones, uint16_t count, uint16_t device);
void ohm_heat_frame(const ohm_heat_zone *zones, uint16_t count, ohm_heat_state *states,
                    const ohm_frame *frame, ohm_mono_ms now);

/* The schedule's set point at a minute of a day of the week. */
int32_t ohm_heat_set_at(const ohm_heat_zone *zone, uint8_t weekday, uint16_t minute);

/* `end_ms` OHM_NO_MS: asked for without a clock that could tell. */
void ohm_heat_override(ohm_heat_state *state, int32_t set_cc, ohm_mono_ms end_mono, ohm_ms end_ms);
void ohm_heat_override_clear(ohm_heat_state *state);

/* Whether a sensor's silence, or its end, or what it always says is to be told after a step. */
typedef enum ohm_heat_news {
    OHM_HEAT_NO_NEWS,
    OHM_HEAT_LOST,
    OHM_HEAT_BACK,
    OHM_HEAT_STILL,
} ohm_heat_news;

/* Sets the warmth of every load of a zone; that of the others stays OHM_WARMTH_NONE. */
void ohm_heat_step(const ohm_heat_zone *zones, uint16_t count, ohm_heat_state *states,
                   ohm_load_state *loads, uint16_t loads_count, const ohm_heat_now *now,
                   ohm_heat_news *ret_news);

/* The process starts: what a sensor said before holds for a few minutes more, since nobody could
 * hear it meanwhile. */
void ohm_heat_start(const ohm_heat_zone *zones, uint16_t count, ohm_heat_state *states,
                    ohm_mono_ms now);

/* Moves every time of mono_ms by `shift_ms`: a new boot counts from elsewhere. */
void ohm_heat_rebase(ohm_heat_state *states, uint16_t count, int64_t shift_ms);

#endif
