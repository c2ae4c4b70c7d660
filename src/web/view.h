/* The view: everything the web shows, as one immutable value.
 *
 * The loop thread fills a view after a step and publishes it (web/web.h); the web thread reads
 * it and never anything of the loop's own. It is plain data, so publishing is a
 * copy and a pointer swap. Codes become words on the page; nothing here is a sentence. */
#ifndef OHM_WEB_VIEW_H
#define OHM_WEB_VIEW_H

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/civil.h"
#include "base/reading.h"
#include "base/segment.h"
#include "base/signal.h"
#include "control/load.h"
#include "engine/engine.h"
#include "grid/signal.h"
#include "grid/source.h"
#include "meter/status.h"
#include "store/mirror.h"
#include "store/store.h"
#include "tariff/contract.h"

enum {
    OHM_VIEW_METERS_MAX = 500,
    OHM_VIEW_RELAYS_MAX = 64,
    OHM_VIEW_TEXT_MAX = 64,
    OHM_VIEW_MIRRORS_MAX = 4,
    OHM_VIEW_LIMITS_MAX = OHM_LIMITS_MAX + OHM_SCOPES,
    OHM_VIEW_DISAGREEMENTS_MAX = 8,
    OHM_VIEW_SIGNALS_MAX = 24,
    OHM_VIEW_SIGNAL_SEGMENTS_MAX = 240, /* two days of quarter-hours, and one that is past */
    OHM_VIEW_SEGMENTS_MAX = 1600,       /* of all signals */
    OHM_VIEW_VALUES_MAX = OHM_VIEW_METERS_MAX * OHM_FRAME_VALUES_MAX, /* of all meters */
};

/* The latest value of one quantity of a meter. */
typedef struct ohm_view_value {
    uint16_t quantity; /* ohm_quantity_id */
    uint8_t quality;   /* ohm_quality */
    uint32_t age_ms;   /* since it came, at the view's time; UINT32_MAX: longer */
    int64_t value;     /* quantised */
    ohm_ms time_ms;    /* as the meter says: its clock may be off */
} ohm_view_value;

typedef struct ohm_view_meter {
    const char *device, *zone, *name; /* "main", "ground", …: they stay as long as the web */
    uint16_t source_of, part_of; /* 1 + the index of the merge, of the meter above it; 0: none */
    ohm_meter_status status;     /* state, counters, meter id, profile */
    ohm_ms last_ms;              /* of the last good frame; OHM_NO_MS */
    int64_t stale_after_ms;
    uint16_t disagreements_count; /* of a merge: the quantities whose sources disagree */
    uint16_t disagreements[OHM_VIEW_DISAGREEMENTS_MAX];
    /* So many of the view's values, from the first one on: a meter costs what it says. */
    uint16_t values_count;
    uint32_t values_first;
} ohm_view_meter;

typedef struct ohm_view_relay {
    char board[OHM_LOAD_ID_MAX];
    uint8_t channel;
    int16_t load;        /* index into loads, -1 = nothing wired */
    bool contact_nc;     /* the load is fed by the NC contact (coil off = fed) */
    bool coil;           /* energised */
    bool led;            /* lit: the load is fed */
    int64_t echo_age_ms; /* since the board said so; -1 = it never did */
    uint64_t operations; /* of the relay, in all runs */
    ohm_output_state state;
    const char *wave; /* of a heater's pilot wire: "positive", "negative", "full"; else NULL */
} ohm_view_relay;

/* A limit of power: of the configuration, or what the meter or contract says ("main"). */
typedef struct ohm_view_limit {
    char id[OHM_LOAD_ID_MAX];
    bool main;
    ohm_limit_kind kind;   /* not of main */
    uint8_t phase;         /* 0 = all together */
    const char *meter;     /* of a branch; NULL = the main one; it stays as long as the web */
    int32_t va;            /* -1 = none now */
    int32_t configured_va; /* what holds when nobody orders anything; 0 = none */
    uint8_t ecowatt_level; /* it holds from this level of Ecowatt on; 0 = always */
    bool by_meter;         /* main: said by the meter, else by the contract */
    bool in_force;         /* the lowest of its kind here */
    bool ordered;          /* its source said a value, which holds until then */
    ohm_ms until_ms;
    int32_t measured_va; /* -1 = not known */
    int32_t trip_s;      /* -1 = it holds */
} ohm_view_limit;

/* What is known of how a zone loses and stores heat. */
typedef enum ohm_view_twin_state {
    OHM_VIEW_TWIN_NONE, /* nothing yet */
    OHM_VIEW_TWIN_CONFIGURED,
    OHM_VIEW_TWIN_LEARNT, /* from its own days */
} ohm_view_twin_state;

typedef struct ohm_view_twin {
    ohm_view_twin_state state;
    char lacks[96]; /* why its days do not say it (yet); "" */
    double days;    /* seen so far */
    double loss_w_per_k, loss_low, loss_high, store_wh_per_k;
    double error_k; /* of predictions of a day that it had not seen */
    ohm_ms made_ms; /* OHM_NO_MS */
    /* Of those learnt: W of gain for a W that the site's panels make, and what is always there. */
    double solar_ratio, gain_w;
} ohm_view_twin;

/* What one source says; several may say the same, and `rank` says who is believed. */
typedef struct ohm_view_signal {
    char id[OHM_VIEW_TEXT_MAX];     /* as configured; of a meter its device */
    char series[OHM_VIEW_TEXT_MAX]; /* of a source that says several things; "" */
    char error[OHM_VIEW_TEXT_MAX];  /* "" or "http_403", "bad_body"… */
    bool from_meter;                /* else `source` is who says it */
    ohm_source source;
    ohm_topic topic;
    ohm_rank rank;
    ohm_segment_unit unit;
    ohm_signal_state state;
    ohm_ms made_ms, fetched_ms, asked_ms, next_ms; /* OHM_NO_MS */
    uint16_t used[OHM_COLOUR_RED + 1];             /* days of a colour in this season so far */
    uint16_t first, count;                         /* into segments */
} ohm_view_signal;

typedef struct ohm_view_mirror {
    char id[OHM_VIEW_TEXT_MAX];
    ohm_mirror_kind kind;
    ohm_mirror_status status;
} ohm_view_mirror;

typedef enum ohm_problem {
    OHM_PROBLEM_METER_SILENT = 1 << 0, /* any meter */
    OHM_PROBLEM_STORE_FAILED = 1 << 1,
    OHM_PROBLEM_CLOCK_UNSET = 1 << 2,
    OHM_PROBLEM_ECOWATT_STALE = 1 << 3,
    OHM_PROBLEM_ECOWATT_REFUSED = 1 << 4,
    OHM_PROBLEM_OUTPUT_FAILED = 1 << 5,
    OHM_PROBLEM_QUEUE_DROPS = 1 << 6,
    OHM_PROBLEM_STORE_FULL = 1 << 7,
    OHM_PROBLEM_METER_CLOCK = 1 << 8, /* of any meter */
    OHM_PROBLEM_SOURCES_DISAGREE = 1 << 9,
    OHM_PROBLEM_MIRROR_BEHIND = 1 << 10,
    OHM_PROBLEM_HISTORY_AWAY = 1 << 11,
    OHM_PROBLEM_HISTORY_DAMAGED = 1 << 12, /* some of it can't be read any more */
    OHM_PROBLEM_SAFE_MODE = 1 << 13,
    OHM_PROBLEM_ABORTS_UNREAD = 1 << 15,  /* what ended the daemon before can't be read */
    OHM_PROBLEM_OPTION_IGNORED = 1 << 14, /* of the configuration: nothing looks at it */
} ohm_problem;

/* How the daemon runs, and what ended it before. */
typedef struct ohm_view_run {
    const char *mode;  /* "normal", "safe", "bare" */
    uint32_t aborts;   /* that nobody asked for, ever */
    const char *cause; /* of the last one; NULL: there was none */
    char signal[16];   /* "SIGSEGV" or "" */
    ohm_ms abort_ms;
    ohm_ms ends_ms; /* when the safe mode ends by itself; OHM_NO_MS */
} ohm_view_run;

typedef struct ohm_view {
    ohm_ms time_ms;
    bool demo;
    char site_id[OHM_VIEW_TEXT_MAX], site_name[OHM_VIEW_TEXT_MAX];
    ohm_tz tz;
    uint16_t main_meter; /* index into meters */
    bool meter_fresh;
    ohm_engine_today today;
    bool has_contract;
    char contract_name[OHM_CONTRACT_NAME_MAX];
    int32_t contract_va;
    bool has_price, has_next_price;
    ohm_price price, next_price;    /* the next one starts at price.until_ms */
    ohm_period period, next_period; /* their names */
    ohm_date price_since;           /* of the row in force */
    bool price_superseded;          /* by one that is not known */
    bool ecowatt_configured;        /* somebody is asked for levels (or the demo invents them) */
    bool ecowatt_stale;
    bool ecowatt_demo;                     /* invented by the demo house, not RTE's */
    char ecowatt_error[OHM_VIEW_TEXT_MAX]; /* "" or "http_403", "bad_body"… */
    int ecowatt_now;                       /* -1 = none */
    ohm_signal_set ecowatt;
    bool ecowatt_manual[OHM_SIGNAL_INTERVALS_MAX]; /* per interval */
    uint16_t signals_count, segments_count;
    ohm_view_signal signals[OHM_VIEW_SIGNALS_MAX];
    uint16_t limits_count;
    ohm_view_limit limits[OHM_VIEW_LIMITS_MAX];
    uint16_t loads_count;
    ohm_rule_set rules;
    ohm_rules rule_states;
    uint16_t zones_count;
    ohm_heat_zone zones[OHM_HEAT_ZONES_MAX];
    ohm_heat_state zone_states[OHM_HEAT_ZONES_MAX];
    ohm_view_twin zone_twins[OHM_HEAT_ZONES_MAX];
    int presence; /* as somebody said: 1 = home, 0 = away, -1 = nobody did */
    uint16_t relays_count;
    ohm_view_relay relays[OHM_VIEW_RELAYS_MAX];
    uint16_t mirrors_count;
    ohm_view_mirror mirrors[OHM_VIEW_MIRRORS_MAX];
    ohm_store_far history; /* its place, if that is a server */
    ohm_view_run run;
    uint32_t problems;                         /* ohm_problem, or'ed */
    uint64_t dropped_readings, dropped_events; /* found no room, since the start */
    /* Last: of these only as many as there are cost memory and are copied. */
    uint16_t meters_count;
    uint32_t values_count;
    ohm_load loads[OHM_LOADS_MAX];
    ohm_load_state load_states[OHM_LOADS_MAX];
    ohm_segment segments[OHM_VIEW_SEGMENTS_MAX];
    ohm_view_meter meters[OHM_VIEW_METERS_MAX];
    ohm_view_value values[OHM_VIEW_VALUES_MAX];
} ohm_view;

/* Makes an empty view of so many meters. */
static inline void ohm_view_clear(ohm_view *view, uint16_t meters_count)
{
    assert(meters_count <= OHM_VIEW_METERS_MAX);
    memset(view, 0, offsetof(ohm_view, loads));
    memset(view->meters, 0, meters_count * sizeof *view->meters);
    view->meters_count = meters_count;
}

/* Gives a meter one more value; the values of a meter are given one after the other. */
static inline void ohm_view_add(ohm_view *view, ohm_view_meter *meter, const ohm_view_value *value)
{
    assert(view->values_count < OHM_VIEW_VALUES_MAX);
    if (meter->values_count == 0)
        meter->values_first = view->values_count;
    assert(meter->values_first + meter->values_count == view->values_count);
    view->values[view->values_count++] = *value;
    meter->values_count++;
}

static inline const ohm_view_value *ohm_view_values(const ohm_view *view,
                                                    const ohm_view_meter *meter)
{
    return view->values + meter->values_first;
}

#endif
