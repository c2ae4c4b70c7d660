/* The parts of the daemon's watching: what is known of each register, and what a worker makes of
 * its history. Only its own files include this. */
#ifndef OHM_CMD_DAEMON_WATCH_H
#define OHM_CMD_DAEMON_WATCH_H

#include <pthread.h>
#include <stdatomic.h>

#include "analysis/alarms.h"
#include "analysis/detect_more.h"
#include "analysis/holidays.h"
#include "analysis/watch.h"
#include "base/civil.h"
#include "cmd/daemon.h"
#include "cmd/plane.h"
#include "store/query.h"

enum {
    OHM_WATCH_SLOTS = 24, /* of a day: hours */
    OHM_WATCH_DAYS = OHM_FORECAST_DAYS_MAX,
    OHM_WATCH_SAID = OHM_WATCH_DAYS * OHM_WATCH_SLOTS,
    OHM_WATCH_SERIES_MAX = 640,
    OHM_WATCH_KEPT_MAX = 64, /* whose state stays in memory, and who are judged every hour */
    OHM_WATCH_NEWS_MAX = 96, /* of one bite */
    OHM_WATCH_STALE_MAX = 32,
    OHM_WATCH_BESIDE_MAX = 136, /* registers of sub-meters, two each, and phases */
    OHM_WATCH_QUARTERS = 96,    /* of a day */
    OHM_WATCH_QUARTERS_MAX = 8, /* registers with a forecast of them, which takes as much again */
    OHM_WATCH_OTHERS = 2,       /* outdoor temperature, °C; radiation on the ground, W/m² */
};
#define OHM_WATCH_NO_DAY INT64_MIN

/* What was said of the weather of three local days when the first of them began, by their hours, in
 * tenths; INT16_MIN: nothing. */
typedef struct ohm_watch_weather {
    int64_t day; /* OHM_WATCH_NO_DAY: none */
    int16_t tenths[OHM_WATCH_DAYS][OHM_WATCH_OTHERS][OHM_WATCH_SLOTS];
} ohm_watch_weather;

/* The mean of all that is kept of it. */
typedef struct ohm_watch_climate {
    bool known;
    int64_t first_day; /* OHM_WATCH_NO_DAY: nothing is kept */
    double mean[OHM_WATCH_OTHERS][OHM_WATCH_SLOTS];
} ohm_watch_climate;

/* Of the days that come; NAN: not known. */
typedef struct ohm_watch_others {
    double of[OHM_WATCH_DAYS][OHM_WATCH_OTHERS][OHM_WATCH_SLOTS];
} ohm_watch_others;

/* What is said of three days, the first the one that was learnt up to. */
typedef struct ohm_watch_said_days {
    bool there, solar, weather;
    ohm_light_kind light; /* of panels: what their yield is judged by */
    int64_t first_day;    /* local, since 1970-01-01 */
    ohm_ms made_ms;
    int days;                   /* learnt so far */
    float error_w, simple_w;    /* lately: its own, and the better simple rule's; NAN */
    float mean[OHM_WATCH_SAID]; /* W; NAN: nothing is known */
    float decile[OHM_WATCH_SAID][OHM_FORECAST_DECILES];
} ohm_watch_said_days;

/* The same by quarter-hours, of a register that has enough of them. */
typedef struct ohm_watch_said_quarters {
    float mean[OHM_WATCH_DAYS * OHM_WATCH_QUARTERS];
    float decile[OHM_WATCH_DAYS * OHM_WATCH_QUARTERS][OHM_FORECAST_DECILES];
} ohm_watch_said_quarters;

/* What a register is watched as: a device has one of each kind at most. */
typedef enum ohm_watch_kind {
    OHM_WATCH_DRAWN,  /* forecast, and judged by all that is told of a load */
    OHM_WATCH_FED_IN, /* the same, as the sun's */
    OHM_WATCH_WATER,  /* judged by its leaks alone, l/h */
    OHM_WATCH_HOT_WATER,
    OHM_WATCH_KINDS
} ohm_watch_kind;

/* What a register stands beside another one for. */
typedef enum ohm_watch_role {
    OHM_WATCH_MAIN_EXPORT, /* what the same meter feeds in */
    OHM_WATCH_PART,        /* what a sub-meter of it draws */
    OHM_WATCH_PART_EXPORT,
    OHM_WATCH_BESIDE, /* what a meter beside the site's main one draws, and feeds in */
    OHM_WATCH_BESIDE_EXPORT,
    OHM_WATCH_PHASE_1, /* of the same meter */
    OHM_WATCH_PHASE_2,
    OHM_WATCH_PHASE_3,
    OHM_WATCH_ROLES
} ohm_watch_role;

typedef struct ohm_watch_part {
    char key[OHM_SERIES_KEY_MAX];
    ohm_quantity_id quantity;
    ohm_watch_role role;
    int meter; /* of the site, of another one; else -1 */
    int rank;  /* among the registers of that role: the least is the best */
} ohm_watch_part;

typedef struct ohm_watch_beside ohm_watch_beside;

/* A register. What stands before `said` is the worker's while its job runs, else the loop's. */
typedef struct ohm_watched {
    char key[OHM_SERIES_KEY_MAX];
    ohm_quantity_id quantity;
    ohm_watch_kind kind;
    ohm_site_machine machine; /* that it feeds alone */
    ohm_cycles *cycles;       /* of a machine, as the yield; else NULL */
    bool solar;
    bool weather;             /* it is forecast with weather */
    bool quarters;            /* and by quarter-hours, too */
    int64_t weather_day;      /* the day that was looked ahead with weather last */
    bool is_main;             /* the site's own meter */
    ohm_yield yield;          /* of panels; primed from the store, not kept there */
    ohm_leak leak;            /* of water; the same */
    ohm_watch_beside *beside; /* of sub-meters and phases, as the yield; NULL: there are none */
    uint64_t beside_sum;      /* which ones */
    ohm_watch *state;         /* NULL: not read yet, or only in the store; of water always */
    ohm_ms through_ms; /* every hour before it was stepped; OHM_NO_MS: nothing is known of it */
    ohm_ms saved_ms;   /* the day of through_ms when it was put into the store last */
    int64_t changes;   /* of its device's past, when it was learnt */
    unsigned open;     /* bit 1 << type: the detector has an alarm of it */
    uint64_t taught;   /* ohm_watch_taught_sum of what it was taught */
    bool anew;         /* learnt from its readings alone, and not through with them yet */
    bool caught_up;
    ohm_ms due_ms;
    ohm_watch_said_days said;               /* the loop's, and under the lock for the web */
    ohm_watch_said_quarters *said_quarters; /* the same; NULL: by hours alone */
} ohm_watched;

/* What a detector told of an hour. */
typedef struct ohm_watch_news {
    ohm_detect_alarm alarm; /* end_ms: OHM_NO_MS where it began */
    ohm_ms told_ms;
    bool again; /* it may have been told before a restart */
    int32_t band_w[3][OHM_ALARM_HOURS];
} ohm_watch_news;

/* Series of which the book has anything, and whether the store has them. */
typedef struct ohm_watch_asked {
    char key[OHM_ALARM_SERIES_MAX];
    bool there;
} ohm_watch_asked;

typedef enum ohm_watch_task { OHM_WATCH_LIST, OHM_WATCH_SERIES } ohm_watch_task;

/* One turn of the worker. */
typedef struct ohm_watch_job {
    ohm_watch_task task;
    char store_path[OHM_PATH_MAX], site[OHM_SITE_TEXT_MAX];
    char main_key[OHM_SERIES_KEY_MAX];
    const ohm_tz *tz;
    const ohm_daemon *daemon; /* which devices are sub-meters of which */
    uint64_t zone;            /* the time zone's name, hashed */
    const ohm_closed_days *holidays;
    ohm_ms now_ms;
    int64_t took_ms; /* the turn */
    _Atomic bool cancelled;
    ohm_code code;
    /* OHM_WATCH_LIST */
    int found_count;
    ohm_series_info *found; /* OHM_WATCH_SERIES_MAX of them */
    int cut;                /* so many more there are */
    int asked_count;
    ohm_watch_asked *asked; /* malloc'ed */
    int stale_count;        /* states of registers that are not there any more */
    char stale[OHM_WATCH_STALE_MAX][OHM_STORE_KEY_MAX];
    /* OHM_WATCH_SERIES */
    ohm_watched *series;
    bool keep;          /* its state stays in memory */
    bool more;          /* it is not through: another turn */
    bool waits;         /* for an hour that is not whole */
    ohm_reader *reader; /* while it works */
    bool with_quarters; /* if it is the main meter's, or panels' */
    ohm_interval quarters_range;
    double *quarters_w; /* malloc'ed: of that range, four an hour; NAN */
    bool with_weather;
    ohm_watch_weather weather; /* of the newest day */
    ohm_watch_climate climate;
    ohm_site_plane plane; /* of the site's panels, if it says where they are */
    int64_t said_day;     /* of said_of: the weather that was forecast that morning; NAN */
    double said_of[OHM_WATCH_OTHERS][OHM_WATCH_SLOTS];
    int beside_count;
    ohm_watch_part beside[OHM_WATCH_BESIDE_MAX];
    uint64_t beside_sum;
    ohm_interval beside_range;
    double *beside_w; /* malloc'ed: for each of them the hours of that range, W or A; NAN */
    int taught_count;
    ohm_taught *taught; /* malloc'ed: what is normal of it */
    int news_count;
    ohm_watch_news news[OHM_WATCH_NEWS_MAX];
    ohm_watch_said_days said;
    ohm_watch_said_quarters *said_quarters; /* malloc'ed; NULL: not enough is known */
    char saved_key[OHM_STORE_KEY_MAX];
    uint8_t *saved; /* malloc'ed: to be put into the store; NULL: nothing new */
    size_t saved_len;
} ohm_watch_job;

/* daemon_watch_job.c: on a worker. */
void ohm_watch_work(ohm_watch_job *job);
/* The name of its state in the store. */
#define OHM_WATCH_PREFIX "analysis/watch/"
void ohm_watch_key(const char *series, char out[static OHM_STORE_KEY_MAX]);

/* Which patterns a state was made with. */
uint64_t ohm_watch_taught_sum(const ohm_watch_job *job);
uint64_t ohm_watch_hash(const char *text);

/* daemon_watch_news.c: what was told in a turn. */
void ohm_watch_news_take(ohm_watch_job *job, const ohm_detect_news *told, ohm_ms told_ms);
/* Of what was told so far only what goes on; it is told again. */
void ohm_watch_news_again(ohm_watch_job *job);
/* Which alarms are not told of it, as bits: panels and machines are judged by their yield, and by
 * their cycles. */
unsigned ohm_watch_judged_otherwise(const ohm_watch_job *job);
/* An alarm of the book; what it costs and its band are not known yet. */
void ohm_watch_alarm_of(const ohm_watched *s, const ohm_detect_alarm *from, ohm_ms told_ms,
                        ohm_alarm *out);

/* daemon_watch_job.c, for what stands beside a register: the mean of a step in W, of water in l/h
 * (NAN: not known); the steps, and the hours, of a range. */
double ohm_watch_power_of(ohm_quantity_id quantity, const ohm_slice *slice);
typedef struct ohm_watch_steps {
    ohm_interval range;
    ohm_ms step_ms, gap_ms;
} ohm_watch_steps;
OHM_MUST_CHECK ohm_err ohm_watch_read_steps(ohm_watch_job *job, ohm_reader *reader, const char *key,
                                            const ohm_watch_steps *steps,
                                            bool (*row)(void *ctx, const ohm_slice *slice),
                                            void *ctx);
OHM_MUST_CHECK ohm_err ohm_watch_read_hours(ohm_watch_job *job, ohm_reader *reader, const char *key,
                                            ohm_interval range,
                                            bool (*row)(void *ctx, const ohm_slice *slice),
                                            void *ctx);

/* daemon_watch_quarters.c. Whether a register has them; its quarter-hours of a range; those of an
 * hour into its state; and what is said of them (false: out of memory). */
bool ohm_watch_has_quarters(const ohm_watch_job *job, bool solar);
OHM_MUST_CHECK ohm_err ohm_watch_quarters_read(ohm_watch_job *job, ohm_reader *reader,
                                               ohm_interval range);
void ohm_watch_quarters_step(ohm_watch_job *job, const ohm_detect_reading *r);
bool ohm_watch_quarters_say(ohm_watch_job *job);

/* daemon_watch_cycles.c. Nothing is known of a machine any more (false: out of memory); and what
 * its register says of a range. */
bool ohm_watch_cycles_begin(ohm_watch_job *job);
OHM_MUST_CHECK ohm_err ohm_watch_cycles_read(ohm_watch_job *job, ohm_reader *reader,
                                             ohm_interval range);

/* daemon_watch_beside.c. Which registers stand beside the job's; nothing of them is known any more
 * (false: out of memory); their hours of a range; and one hour, when the register was stepped. */
OHM_MUST_CHECK ohm_err ohm_watch_beside_find(ohm_watch_job *job, ohm_reader *reader);
bool ohm_watch_beside_begin(ohm_watch_job *job);
OHM_MUST_CHECK ohm_err ohm_watch_beside_read(ohm_watch_job *job, ohm_reader *reader,
                                             ohm_interval range);
void ohm_watch_beside_step(ohm_watch_job *job, const ohm_detect_reading *r, ohm_ms told_ms);

/* daemon_watch_list.c: which registers are looked at; how good one is for a kind (0: the best; -1:
 * it is none of it); of which kind one is (OHM_WATCH_KINDS: of none). */
int ohm_watch_rank(ohm_quantity_id quantity, ohm_watch_kind kind);
ohm_watch_kind ohm_watch_kind_of(ohm_quantity_id quantity);
static inline bool ohm_watch_is_drawn(ohm_quantity_id quantity)
{
    return ohm_watch_kind_of(quantity) == OHM_WATCH_DRAWN;
}
static inline bool ohm_watch_is_water(ohm_watch_kind kind)
{
    return kind == OHM_WATCH_WATER || kind == OHM_WATCH_HOT_WATER;
}
void ohm_watch_list(ohm_watch_job *job, ohm_reader *reader);
/* daemon_watch_keep.c: a state as the store keeps it. */
bool ohm_watch_keep(ohm_watch_job *job);
/* Into a state of its own; false: there is none that is of now. */
bool ohm_watch_recall(ohm_watch_job *job, ohm_reader *reader, int64_t changes);
/* Room for a state of the register as it is (solar, weather, quarters); water has none. False: out
 * of memory. */
bool ohm_watch_make_room(ohm_watched *s, ohm_watch_options *ret_options);
void ohm_watch_forget(ohm_watched *s);

typedef struct ohm_daemon_alarms ohm_daemon_alarms;

/* The loop's own, but for what the lock is for. */
struct ohm_daemon_watch {
    ohm_daemon *daemon;
    ohm_daemon_alarms *alarms;
    ohm_closed_days holidays;
    uv_work_t work;
    ohm_watch_job *job; /* NULL: none runs */
    ohm_ms listed_ms;   /* OHM_NO_MS: not yet */
    bool soon;          /* the past changed: all is looked at again */
    ohm_mono_ms turned;
    int cut;                           /* registers too many */
    ohm_watch_weather weather;         /* what was kept last */
    int weather_days;                  /* that are kept */
    int burst;                         /* turns since then that followed one another at once */
    char main_key[OHM_SERIES_KEY_MAX]; /* of the site's own meter: "home/ground/main/" */
    pthread_mutex_t lock;              /* of count, the keys and what is said */
    int count;
    ohm_watched *series[OHM_WATCH_SERIES_MAX];
};

/* --- daemon_watch_weather.c ------------------------------------------------------------------- */

OHM_MUST_CHECK ohm_err ohm_watch_weather_start(ohm_daemon_watch *w, ohm_reader *reader,
                                               ohm_ms now_ms);
/* Keeps what is known of the days that come, once a local day. */
void ohm_watch_weather_tick(ohm_daemon_watch *w, ohm_ms now_ms);
/* Whether registers are forecast with it. */
bool ohm_watch_weather_helps(const ohm_daemon_watch *w);
/* On the worker: what was known on the morning of a day; false: nothing. */
bool ohm_watch_weather_of(ohm_watch_job *job, int64_t day, ohm_watch_others *out);
/* Where the site's panels are, and how they lie: what its signals say, else 30° to the south. */
void ohm_watch_plane_of(const ohm_site *site, ohm_site_plane *out);
/* By what light panels are judged; and that light of an hour, W/m² on them: as it was forecast that
 * morning, or of a clear sky. NAN: not known. */
ohm_light_kind ohm_watch_light_kind(const ohm_watch_job *job);
double ohm_watch_light_of(ohm_watch_job *job, const ohm_detect_reading *r);
/* °C, as it was forecast that morning; NAN: nothing was kept of that day. */
double ohm_watch_outdoor_of(ohm_watch_job *job, int64_t day, int hour);
/* How warm its hours were said to be outdoors on the morning of a local day, NAN where nothing was
 * said; false: nothing is kept of it. `zone` is the hash of the site's time zone. Any thread. */
bool ohm_watch_weather_kept(ohm_reader *reader, uint64_t zone, int64_t day,
                            double outdoor_c[static OHM_WATCH_SLOTS]);

/* --- daemon_alarms.c: on the loop, but for what the web asks -----------------------------------
 */

OHM_MUST_CHECK ohm_err ohm_daemon_alarms_start(ohm_daemon *d, ohm_reader *reader,
                                               ohm_daemon_alarms **ret_alarms);
void ohm_daemon_alarms_free(ohm_daemon_alarms *a);
/* What a turn told, of a failed one too. */
void ohm_daemon_alarms_take(ohm_daemon_alarms *a, const ohm_watch_job *job, ohm_ms now_ms);
/* Everything before was looked at. */
void ohm_daemon_alarms_judged(ohm_daemon_alarms *a, ohm_ms judged_ms);
/* For a list: what it has to look for; false: out of memory. And what came of it: of a series that
 * the store has no more nothing stays, one whose device has a better register now is that one's,
 * and of one that nobody watches nothing goes on. */
bool ohm_daemon_alarms_ask(ohm_daemon_alarms *a, ohm_watch_job *job);
void ohm_daemon_alarms_listed(ohm_daemon_alarms *a, const ohm_watch_job *job);
/* For a series: what is normal of it; false: out of memory. */
bool ohm_daemon_alarms_normal(ohm_daemon_alarms *a, ohm_watch_job *job);
/* Series of which people taught, or took back, something since it was asked last. */
bool ohm_daemon_alarms_answered(ohm_daemon_alarms *a, char series[static OHM_ALARM_SERIES_MAX]);
void ohm_daemon_alarms_clock(ohm_daemon_alarms *a, ohm_ms now_ms);
ohm_code ohm_daemon_alarms_json(ohm_daemon_alarms *a, const ohm_alarms_ask *ask, char **ret_text,
                                size_t *ret_len);
ohm_code ohm_daemon_alarms_do(ohm_daemon_alarms *a, uint32_t id, ohm_alarm_act act,
                              const char *actor);

#endif
