/* The inside of a forecast's state: forecast.c, _features.c, _fit.c, _mix.c, _profile.c,
 * _seasons.c. */
#ifndef OHM_ANALYSIS_FORECAST_OWN_H
#define OHM_ANALYSIS_FORECAST_OWN_H

#include "analysis/forecast.h"

enum {
    HOURS = 24,
    MODELS = 2, /* the first day, the second day */
    RING_DAYS = 44,
    OWN_FEATURES = 26,
    OTHER_FEATURES = 5,
    FEATURES_MAX = OWN_FEATURES + OTHER_FEATURES * OHM_FORECAST_OTHERS_MAX,
    BLOCKS = 8, /* of three hours: what weights are kept for, and what days are compared by */
    BLOCK_HOURS = HOURS / BLOCKS,
    WEEK_DAYS = 7,
    SEASONS = 3, /* smoothings of different speed */
    OWN_PAST_DAYS_MAX = 735,
    /* Places in outlook.shared: how far off the last day, the last week, the last evening were; the
     * year's first sine and cosine. */
    SHARED_DAY = 0,
    SHARED_WEEK = 1,
    SHARED_EVENING = 4,
    SHARED_SINE = 6,
    SHARED_MAX = 17,
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
    WEEKS_LEVEL,     /* four weeks, moved by how far the last day was off */
    LAST_WEEK_LEVEL, /* last week, moved by how the last day differs from its own */
    MEDIAN,
    WEEKS_SHAPE, /* four weeks, each slot moved */
    ALIKE,
    PROFILE,
    ALIKE_LEVEL, /* those days, moved by how the last day differs from theirs before */
    SEASONS_FIRST,
    EXPERTS = SEASONS_FIRST + SEASONS,
} expert;

enum { PAIRS = EXPERTS * (EXPERTS + 1) / 2 };

/* One smoothing (forecast_seasons.c), by hours, on the model's scale. */
typedef struct seasons {
    float level, off, day[HOURS], week[WEEK_DAYS][HOURS];
} seasons;

typedef struct ring_day {
    int64_t day;
    bool known, holiday;
} ring_day;

/* What was said of a day, to be judged when it is over. */
typedef struct said {
    int64_t day;
    bool made;
    float expert[OHM_FORECAST_SLOTS_MAX][EXPERTS]; /* on the model's scale */
    float mixed[OHM_FORECAST_SLOTS_MAX];
    float low[OHM_FORECAST_SLOTS_MAX], high[OHM_FORECAST_SLOTS_MAX]; /* as measured */
} said;

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
    double spread[MODELS][BLOCKS][PAIRS]; /* of errors of experts, decayed: a triangle's rows */
    double weight[MODELS][BLOCKS][EXPERTS];
    seasons seasons[SEASONS];
    ring_day ring[RING_DAYS];
    said said[MODELS + 1]; /* by model, and the second day's of the day before */
    /* Arrays behind the struct, found by offset so that the state can be moved. */
    size_t values, typical, others[OHM_FORECAST_OTHERS_MAX], gram, coef, residuals, residual_born,
        past, past_blocks, past_kind, profile;
};

static inline float *own_array(const ohm_forecast *f, size_t offset)
{
    return (float *)(uintptr_t)((const char *)f + offset);
}

static inline int own_place(int64_t day)
{
    return (int)(((day % RING_DAYS) + RING_DAYS) % RING_DAYS);
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

/* The values (on the model's scale) of a day of the ring; NULL: not there. */
const float *own_values(const ohm_forecast *f, int64_t day);
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
        alike[OHM_FORECAST_SLOTS_MAX], alike_level[OHM_FORECAST_SLOTS_MAX], profile[HOURS],
        seasons[SEASONS][HOURS];
    bool has_profile; /* else the hours' own regressions say it */
    const double *others[OHM_FORECAST_OTHERS_MAX];
    double others_usual[OHM_FORECAST_OTHERS_MAX][OHM_FORECAST_SLOTS_MAX];
    double others_mean[OHM_FORECAST_OTHERS_MAX];
    double shared[OWN_FEATURES]; /* the same for all slots */
    int shared_count;
    double off_mean, gain_mean; /* the last day against its usual, against its week before */
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

/* The rules of thumb that are more than a feature. */
void own_median(const ohm_forecast *f, outlook *o);
void own_alike(const ohm_forecast *f, int model, outlook *o);
/* The days after the last that was learnt, up to `until`, were not measured. */
void own_forget(ohm_forecast *f, int64_t until);
void own_remember(ohm_forecast *f, int64_t day, bool holiday, const float *values);
/* What each expert says of a day, and their mixture. */
void own_mix(ohm_forecast *f, int model, const outlook *o, said *out);
void own_judge(ohm_forecast *f, int model, const said *before, const float *values);
void own_weigh(ohm_forecast *f, int model);

#endif
