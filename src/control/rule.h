/* Users' rules: when (a value, the surplus, the price, Ecowatt, the time) [and …] then a load on or
 * off. Conditions are data, and evaluating them allocates nothing and reads no clock.
 *
 *     ohm_rules_value    a reading of a series that a rule looks at
 *     ohm_rules_step     what each rule asks now
 *     ohm_rules_ask      of all that ask something of a load, who wins
 *
 * A condition is true, false or not known: a value that is older than its device allows, a price or
 * level that nobody says, a time without a clock. A rule holds when all its conditions do, each for
 * as long as it says; it then asks, for `least_ms` at the least and, if that is given, `most_ms` at
 * the most, after which its conditions have to fail once. While one of them is false a rule with
 * `otherwise` asks the opposite; while it is not known whether it holds, it asks nothing. So a dead
 * sensor leaves a load to what else is asked of it, which in the end is to be fed.
 *
 * Above a threshold means from there on, until it is below it by the hysteresis; below likewise. An
 * exception (`unless`) is so when its condition is not, each with its duration: "unless nobody has
 * been there for two hours".
 *
 * Of two rules that ask something of one load the one of the higher priority wins, and what a rule
 * asks while it holds goes before what another asks otherwise. Rules that ask opposite things of
 * one load with one priority, in conditions that can hold together, are refused (ohm_rules_check).
 */
#ifndef OHM_CONTROL_RULE_H
#define OHM_CONTROL_RULE_H

#include "base/quantity.h"
#include "base/reading.h"
#include "base/signal.h"
#include "control/limit.h"
#include "control/load.h"

enum {
    OHM_RULES_MAX = 32,
    OHM_RULE_WHENS_MAX = 4,
    OHM_RULE_INPUTS_MAX = 32,
    OHM_RULE_PRIORITY_MAX = 9,
    OHM_INPUT_NONE = 0xffff,
    OHM_WEEK_MINUTES = 7 * 24 * 60,
    OHM_RULE_CODE_MAX = 5, /* the last ohm_day_code */
};
/* What is told of hours that come (base/signal.h). */
typedef enum ohm_outlook {
    OHM_OUTLOOK_CO2,
    OHM_OUTLOOK_OUTDOOR,
    OHM_OUTLOOK_OVERRUN,
    OHM_OUTLOOKS_COUNT
} ohm_outlook;

#define OHM_RULE_VALUE_MAX INT64_C(1000000000000000)
#define OHM_RULE_TIME_MAX  (INT64_C(7) * 24 * OHM_HOUR_MS)
#define OHM_RULE_NO_PRICE  INT64_MIN

typedef enum ohm_when_kind {
    OHM_WHEN_VALUE,    /* of an input */
    OHM_WHEN_SURPLUS,  /* W fed back to the grid, with what the rule's load takes of it */
    OHM_WHEN_PRICE,    /* µEUR/kWh, of the contract, now */
    OHM_WHEN_LEVEL,    /* Ecowatt's, from this one on */
    OHM_WHEN_TIME,     /* the wall clock's */
    OHM_WHEN_DAY,      /* the contract's day has that code: a colour of Tempo, a peak day of EJP */
    OHM_WHEN_CHEAP,    /* this hour is one of so many that are cheapest of the day */
    OHM_WHEN_PRESENCE, /* somebody said that the house is lived in; below: that nobody is there */
    OHM_WHEN_ORDER,    /* a limit's source orders less than so many VA */
    OHM_WHEN_CO2,      /* g of a kWh of the grid's, as it is told */
    OHM_WHEN_OUTDOOR,  /* hundredths of a degree, as they are forecast */
    OHM_WHEN_OVERRUN,  /* W by which the site is to pass its limit */
    OHM_WHENS_COUNT
} ohm_when_kind;

typedef struct ohm_when {
    ohm_when_kind kind;
    uint16_t input;   /* of VALUE; the limit's of ORDER */
    bool below;       /* else above; of VALUE, PRICE */
    bool unless;      /* an exception: what has not to be so */
    bool tomorrow;    /* of DAY: of the next one; of OUTDOOR: at any time of it */
    int64_t ahead_ms; /* of LEVEL, DAY: so long before it begins, and not while it is; of CO2,
                         OUTDOOR, OVERRUN: at any time from now on for so long; 0 = now */
    int64_t threshold, hysteresis;
    int64_t for_ms;                  /* true for so long */
    uint16_t from_minute, to_minute; /* of TIME: [from, to), wraps over midnight when from > to */
    uint8_t weekdays;                /* bit 0 = Monday */
} ohm_when;

typedef struct ohm_rule {
    char id[OHM_LOAD_ID_MAX];
    uint16_t load;
    bool fed;       /* what it asks while it holds */
    bool otherwise; /* and the opposite while it does not */
    bool exact;     /* of a pilot wire: that order, which is fed or not; of a setpoint: so many W */
    int32_t setting;
    uint8_t priority;
    int64_t least_ms, most_ms; /* most 0: as long as it holds */
    uint8_t whens_count;
    ohm_when whens[OHM_RULE_WHENS_MAX];
} ohm_rule;

/* A series that rules look at. */
typedef struct ohm_rule_input {
    uint16_t device;
    uint16_t quantity; /* ohm_quantity_id */
    int64_t stale_ms;  /* older than this it is not known */
} ohm_rule_input;

typedef struct ohm_rule_set {
    uint16_t inputs_count;
    ohm_rule_input inputs[OHM_RULE_INPUTS_MAX];
    /* What the main meter says of the surplus: OHM_INPUT_NONE where no rule asks. */
    uint16_t surplus_export, surplus_import, surplus_net;
    uint16_t count;
    ohm_rule rules[OHM_RULES_MAX];
} ohm_rule_set;

/* --- what is remembered --------------------------------------------------------------- */

typedef struct ohm_when_state {
    bool known; /* as of the last step */
    bool on;    /* with its hysteresis, since: */
    ohm_mono_ms since_mono;
} ohm_when_state;

typedef struct ohm_rule_state {
    bool active;
    bool spent; /* asked for its longest time: its conditions have to fail first */
    ohm_mono_ms since_mono;
    ohm_ms since_ms;   /* on the calendar; OHM_NO_MS */
    bool known, holds; /* as of the last step: whether it is known, and then does */
    ohm_when_state whens[OHM_RULE_WHENS_MAX];
} ohm_rule_state;

typedef struct ohm_input_state {
    bool known;
    int64_t value;
    ohm_mono_ms mono;
} ohm_input_state;

typedef struct ohm_rules {
    ohm_rule_state rules[OHM_RULES_MAX];
    ohm_input_state inputs[OHM_RULE_INPUTS_MAX];
} ohm_rules;

typedef struct ohm_rules_now {
    ohm_mono_ms mono;
    ohm_ms utc_ms;
    bool calendar;                           /* the two that follow mean something */
    uint8_t weekday;                         /* 0 = Monday */
    uint16_t minute;                         /* of the day */
    int32_t level;                           /* OHM_LEVEL_NONE */
    int64_t price_ueur;                      /* OHM_RULE_NO_PRICE */
    ohm_ms next_level_ms[OHM_LEVEL_MAX + 1]; /* when an hour of that level or above begins next */
    uint8_t day, next_day;                   /* ohm_day_code; 0 = nobody told */
    ohm_ms next_day_ms;                      /* when the contract's next day begins */
    ohm_interval tomorrow;                   /* the next local day; empty where nobody asks */
    const ohm_signal_set *outlooks[OHM_OUTLOOKS_COUNT]; /* NULL: nothing is told */
    int cheaper_hours;             /* of today; -1 = the prices are not known */
    int8_t presence;               /* 1 = home, 0 = away, -1 = nobody said */
    const ohm_limit_state *limits; /* NULL: none is known */
    uint16_t limits_count;
    const ohm_load *loads; /* as configured */
    const ohm_load_state *states;
    uint16_t loads_count;
} ohm_rules_now;

/* The ohm_outlook that a condition is about; OHM_OUTLOOKS_COUNT: none. */
int ohm_when_outlook(ohm_when_kind kind);
/* Whether such a condition is so: 1, 0, or -1 where what is told does not reach that far. An hour
 * that is so is enough. */
int ohm_rule_ahead(const ohm_when *when, bool was_on, const ohm_rules_now *now);
/* No rules. */
void ohm_rule_set_init(ohm_rule_set *set);
/* Does any of them look at that device? */
bool ohm_rules_read(const ohm_rule_set *set, uint16_t device);
/* Readings of a device, taken now. */
void ohm_rules_frame(const ohm_rule_set *set, ohm_rules *rules, const ohm_frame *frame,
                     ohm_mono_ms now);
void ohm_rules_step(const ohm_rule_set *set, ohm_rules *rules, const ohm_rules_now *now);
/* The rule that wins for a load, and what it asks; OHM_RULE_NONE: none asks anything. */
uint16_t ohm_rules_ask(const ohm_rule_set *set, const ohm_rules *rules, uint16_t load,
                       bool *ret_fed);
/* What is remembered of rules and series that both sets have goes on under the other set. */
void ohm_rules_carry(const ohm_rule_set *from, const ohm_rules *before, const ohm_rule_set *to,
                     ohm_rules *ret_after);
/* W that are fed back now, with what is drawn below 0, and when the meter said so; false: it did
 * not lately. A rule that asks for a load while there is surplus has one with a setpoint follow. */
bool ohm_rules_spare(const ohm_rule_set *set, const ohm_rules *rules, ohm_mono_ms now,
                     int64_t *ret_w, ohm_mono_ms *ret_mono);
bool ohm_rule_follows(const ohm_rule *rule);
/* Moves every time of mono_ms by `shift_ms`: a new boot counts from elsewhere. */
void ohm_rules_rebase(ohm_rules *rules, int64_t shift_ms);

/* --- checking ------------------------------------------------------------------------- */

/* Where two rules meet: values of inputs, of the surplus, the price and the level, and a minute of
 * the week from Monday midnight. What neither looks at is left out. */
typedef struct ohm_rule_example {
    uint16_t inputs_count;
    struct {
        uint16_t input;
        int64_t value;
    } inputs[2 * OHM_RULE_WHENS_MAX];
    bool has_surplus, has_price, has_level, has_minute;
    uint8_t others_count; /* what only some rules look at, as one of the two says it */
    struct {
        const ohm_when *when;
        int64_t value;
    } others[2 * OHM_RULE_WHENS_MAX];
    bool neither; /* it is while none of them holds that they do */
    int64_t surplus_w, price_ueur;
    int32_t level;
    uint16_t minute;
} ohm_rule_example;

/* Does any condition of the set look at that? */
bool ohm_rules_look_at(const ohm_rule_set *set, ohm_when_kind kind);
/* What a set can't have: ids twice, loads that are not there or never shed, values out of range.
 * `at` is the rule. Contradictions are not looked for. */
OHM_MUST_CHECK ohm_err ohm_rules_check(const ohm_rule_set *set, const ohm_load *loads,
                                       uint16_t loads_count);
/* Whether there is anything at which all its conditions are so, and no exception. */
bool ohm_rule_can_hold(const ohm_rule *rule);
/* Whether two of them ask opposite things of one load, at once and with one priority. */
bool ohm_rules_contradict(const ohm_rule *a, const ohm_rule *b, ohm_rule_example *ret_example);
/* The first two of a set that do; false: none. */
bool ohm_rules_conflict(const ohm_rule_set *set, uint16_t *ret_a, uint16_t *ret_b,
                        ohm_rule_example *ret_example);

#endif
