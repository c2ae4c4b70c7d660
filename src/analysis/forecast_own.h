/* The inside of a forecast's state: forecast.c, _features.c, _fit.c, _mix.c, _profile.c, _rules.c,
 * _seasons.c. */
#ifndef OHM_ANALYSIS_FORECAST_OWN_H
#define OHM_ANALYSIS_FORECAST_OWN_H

#include "analysis/forecast.h"

enum {
    HOURS = 24,
    MODELS = 2, /* the first day, the second day */
    RING_DAYS = 44,
    NEAR_DAYS = 8, /* of what was typical, and of what is known ahead */
    OWN_FEATURES = 24,
    OTHER_FEATURES = 5, /* of a temperature */
    PLAIN_FEATURES = 3, /* of what is none */
    FEATURES_MAX = OWN_FEATURES + OTHER_FEATURES * OHM_FORECAST_OTHERS_MAX,
    BLOCKS = 8, /* of three hours: what weights are kept for, and what days are compared by */
    BLOCK_HOURS = HOURS / BLOCKS,
    WEEK_DAYS = 7,
    SEASONS = 3, /* smoothings of different speed */
    OWN_PAST_DAYS_MAX = 735,
    /* Places in outlook.shared: how far off the last day, the last week, the last evening were; the
     * year's first sine and cosine; the second ones come last, the whole day's alone. */
    SHARED_DAY = 0,
    SHARED_WEEK = 1,
    SHARED_EVENING = 4,
    SHARED_SINE = 6,
    SHARED_MAX = 17,
    PROFILE_ONLY = 2,
    PROFILE_FEATURES = 1 + HOURS + BLOCKS + 3 + SHARED_MAX + 11,
    PROFILE_FLOATS = PROFILE_FEATURES * (PROFILE_FEATURES + 1) / 2 + PROFILE_FEATURES * HOURS,
};

typedef enum expert {
    OWN_HOUR,
    ALL_HOURS,
    FOUR_WEEKS,
    LAST_WEEK,
    YESTERDAY,
    WEEK_MEAN,
    MEDIAN,
    SMOOTH,      /* the median, with that of the hours beside it */
    RECENT,      /* the middle of the last fortnight */
    SEASON,      /* and of the days of that season */
    WEEKS_SHAPE, /* four weeks, each slot moved */
    ALIKE,
    PROFILE,
    ALIKE_LEVEL, /* those days, moved by how the last day differs from theirs before */
    SEASONS_FIRST,
    EXPERTS = SEASONS_FIRST + SEASONS,
} expert;

enum { PAIRS = EXPERTS * (EXPERTS + 1) / 2 };

/* Whose errors weights are made of. */
typedef enum mixer { MIX_SLOW, MIX_FAST, MIX_WORK, MIX_REST, MIXERS } mixer;

/* One smoothing (forecast_seasons.c), by hours, on the model's scale. */
typedef struct seasons {
    float level, off, day[HOURS], week[WEEK_DAYS][HOURS];
} seasons;

typedef struct ring_day {
    int64_t day;
    bool known, holiday;
} ring_day;

/* What was said of a slot, to be judged when its day is over. */
typedef struct said {
    float expert[EXPERTS], mixed; /* on the model's scale */
    float low, high;              /* as measured */
} said;

enum { SAID_FLOATS = sizeof(said) / sizeof(float) };

typedef struct said_day {
    int64_t day;
    bool made;
} said_day;

struct ohm_forecast {
    ohm_forecast_options options;
    int per_hour, features, residual_days, past_days, gram_len;
    int64_t last_day, first_day;
    int days, judged[MODELS], residual_next[MODELS], residual_count[MODELS];
    double middle, scale;               /* of the model's values: kept from the first week on */
    bool solved[MODELS], scaled, signs; /* signs: it was negative once */
    double band[MODELS];                /* what the band is wider by */
    double usual_error[MODELS][HOURS];  /* on the model's scale */
    double error_sum, simple_sum[2], error_count;
    float spread[MIXERS][MODELS][BLOCKS][PAIRS]; /* of errors of experts, decayed: a triangle */
    float weight[MIXERS][MODELS][BLOCKS][EXPERTS];
    seasons seasons[SEASONS];
    ring_day ring[RING_DAYS];
    said_day said_day[MODELS + 1]; /* by model, and the second day's of the day before */
    /* Arrays behind the struct, found by offset so that the state can be moved. */
    size_t values, typical, others[OHM_FORECAST_OTHERS_MAX], gram, coef, residuals, residual_born,
        past, past_blocks, past_kind, profile, said;
};

static inline float *own_array(const ohm_forecast *f, size_t offset)
{
    return (float *)(uintptr_t)((const char *)f + offset);
}

/* Where a day is in an array of so many. */
static inline int own_turn(int64_t day, int days)
{
    return (int)(((day % days) + days) % days);
}

static inline int own_place(int64_t day)
{
    return own_turn(day, RING_DAYS);
}

static inline int own_weekday(int64_t day) /* 0: Monday; 1970-01-01 was a Thursday */
{
    return (int)((((day + 3) % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS);
}

static inline float *own_gram(const ohm_forecast *f, int model, int hour)
{
    return own_array(f, f->gram) + (size_t)(model * HOURS + hour) * (size_t)f->gram_len;
}

/* hour == HOURS: what all hours share. */
static inline float *own_coef(const ohm_forecast *f, int model, int hour)
{
    return own_array(f, f->coef) + (size_t)(model * (HOURS + 1) + hour) * FEATURES_MAX;
}

static inline bool own_is_rest_day(int64_t day, bool holiday)
{
    return holiday || own_weekday(day) >= 5;
}

static inline said *own_said(const ohm_forecast *f, int which)
{
    return (said *)own_array(f, f->said) + (size_t)which * (size_t)f->options.slots;
}

/* The values (on the model's scale) of a day of the ring; NULL: not there. */
const float *own_values(const ohm_forecast *f, int64_t day);
/* What was typical of one of the last days. */
const float *own_typical(const ohm_forecast *f, int64_t day);
bool own_holiday(const ohm_forecast *f, int64_t day);

/* All that a day's features are made of, for one origin and one target day. */
typedef struct outlook {
    int64_t origin, day;
    bool holiday;
    double base[OHM_FORECAST_SLOTS_MAX], week1[OHM_FORECAST_SLOTS_MAX],
        week2[OHM_FORECAST_SLOTS_MAX], off1[OHM_FORECAST_SLOTS_MAX], off2[OHM_FORECAST_SLOTS_MAX],
        off_near[OHM_FORECAST_SLOTS_MAX], last[OHM_FORECAST_SLOTS_MAX],
        mean7[OHM_FORECAST_SLOTS_MAX], median[OHM_FORECAST_SLOTS_MAX],
        smooth[OHM_FORECAST_SLOTS_MAX], recent[OHM_FORECAST_SLOTS_MAX],
        season[OHM_FORECAST_SLOTS_MAX], alike[OHM_FORECAST_SLOTS_MAX],
        alike_level[OHM_FORECAST_SLOTS_MAX], profile[HOURS], seasons[SEASONS][HOURS];
    bool has_profile; /* else the hours' own regressions say it */
    const double *others[OHM_FORECAST_OTHERS_MAX];
    double others_usual[OHM_FORECAST_OTHERS_MAX][OHM_FORECAST_SLOTS_MAX];
    double others_mean[OHM_FORECAST_OTHERS_MAX];
    double shared[SHARED_MAX]; /* the same for all slots */
    int shared_count;
} outlook;

/* The mean of the last four days of the same kind before `origin`; the two last of them too. */
void own_base(const ohm_forecast *f, int64_t origin, int64_t day, bool holiday, double *base,
              double *week1, double *week2);
void own_outlook(const ohm_forecast *f, int64_t origin, const ohm_forecast_day *day, outlook *o);
/* false: nothing is known of this slot. */
bool own_features(const ohm_forecast *f, const outlook *o, int slot, double *out);

/* A day into the Gram matrices of one model. */
void own_accumulate(ohm_forecast *f, int model, const outlook *o, const float *values,
                    const said *before);
void own_solve(ohm_forecast *f, int model, int64_t day);

/* A whole day by one regression: how far off the typical day each hour will be. */
void own_profile_learn(ohm_forecast *f, int model, const outlook *o, const float *values);
void own_profile_say(const ohm_forecast *f, int model, outlook *o);
double own_dot(const double *a, const double *b, int n);

/* Smoothing hour by hour: how far off the typical day each of them says. */
void own_seasons_learn(ohm_forecast *f, int64_t day, bool holiday, const float *values);
void own_seasons_say(const ohm_forecast *f, outlook *o);

enum { ORDERED_MAX = 40 };

/* Values, ascending, each with how much it counts; at first all 0. */
typedef struct ordered {
    int count;
    float weights;
    struct {
        float value, weight;
    } of[ORDERED_MAX];
} ordered;

void own_put(ordered *o, float value, float weight);
/* The mean of that part of them that lies in the middle: the smaller, the more it is the median,
 * which is what is asked for (a machine runs or it does not). */
double own_middle(const ordered *o, float part);

/* The rules of thumb that are more than a feature. */
void own_median(const ohm_forecast *f, outlook *o);
void own_short(const ohm_forecast *f, outlook *o);
void own_season(const ohm_forecast *f, outlook *o);
void own_alike(const ohm_forecast *f, int model, outlook *o);
/* The days after the last that was learnt, up to `until`, were not measured. */
void own_forget(ohm_forecast *f, int64_t until);
void own_forget_slot(ohm_forecast *f, int64_t day, int slot); /* of a day that is kept */
void own_remember(ohm_forecast *f, int64_t day, bool holiday, const float *values);
/* What each expert says of a day, and their mixture. */
void own_mix(const ohm_forecast *f, int model, const outlook *o, said *out);
void own_judge(ohm_forecast *f, int model, bool rest, const said *before, const float *values);
/* The weights for a day of work or of rest. */
void own_weigh(ohm_forecast *f, int model, bool rest);

#endif
