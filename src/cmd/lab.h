/* The laboratory of `ohmstead simulate --start …`, shared by its files: what is simulated, the
 * series made of it, and what came out. docs/simulate.md is its guide. */
#ifndef OHM_CMD_LAB_H
#define OHM_CMD_LAB_H

#include "base/civil.h"
#include "cmd/building_input.h"
#include "config/tariff_file.h"
#include "sim/lab.h"
#include "tariff/bill.h"

enum {
    OHM_LAB_TEXT_MAX = 256,
    OHM_LAB_DAYS_MAX = 3660,
    OHM_LAB_VARIES_MAX = 8,
    OHM_LAB_SCENARIOS_MAX = 4096,
};

/* --- the house (lab_world.c) -------------------------------------------------------------------
 */

/* As its file and the options say. Copied for each scenario, which changes some of it. */
typedef struct ohm_lab_world {
    const char *file; /* NULL: the built-in house */
    bool has_building;
    ohm_building_file building;
    ohm_lab_house house;
    double low_c[OHM_DAY_HOURS], load_w[OHM_DAY_HOURS]; /* by local hour */
    double car_home_h, car_ready_h, tank_day_kwh;       /* local hours; hot water a day */
    double pv_kwp, pv_azimuth_deg, pv_tilt_deg, pv_ratio;
    double export_eur_per_kwh, co2_g_per_kwh; /* NAN: not known */
    double insulation; /* factor on the U-values of opaque parts and windows */
    double kva;
    char tariff[OHM_LAB_TEXT_MAX];
    ohm_lab_mode mode;
    bool perfect;
} ohm_lab_world;

int ohm_lab_world_read(const char *path, ohm_lab_world *out);
/* One figure of --vary; false: there is none of that name, or the value is impossible. */
bool ohm_lab_world_set(ohm_lab_world *world, const char *key, const char *value);
extern const char *const ohm_lab_vary_keys;
/* What a house must have for a figure of --vary to change something ("building", or a figure of
 * which it has none); NULL: it has. */
const char *ohm_lab_world_needs(const ohm_lab_world *world, const char *key);

/* --- the weather (lab_weather.c) ---------------------------------------------------------------
 */

typedef struct ohm_lab_weather {
    ohm_place place;
    bool typical; /* not of these dates: an EPW file's, or synthetic */
    int hours;    /* from `from_ms` on; the last may reach beyond the days */
    ohm_ms from_ms;
    double *outdoor_c, *direct_wm2, *diffuse_wm2;
} ohm_lab_weather;

typedef struct ohm_lab_weather_wish {
    const char *source; /* "synthetic", or a file: .epw, .csv, .json */
    uint64_t seed;      /* of synthetic weather */
    ohm_interval when;
    const ohm_tz *tz;
    ohm_place place; /* of weather whose source says none */
} ohm_lab_weather_wish;

/* Whether a source says its place: then there is no other. */
bool ohm_lab_weather_says_place(const char *source);
int ohm_lab_weather_make(const ohm_lab_weather_wish *wish, ohm_lab_weather *out);
void ohm_lab_weather_release(ohm_lab_weather *weather);

/* --- series of a scenario (lab_series.c) --------------------------------------------------------
 */

typedef struct ohm_lab_frame {
    ohm_interval when;
    double step_s;
    ohm_tz tz;
    ohm_lab_weather weather;
    const double *load_w;        /* of a file, a number a step; NULL: the world's hours */
    const double *heat_w;        /* of a plan file; or */
    const double *valve_percent; /* of one that opens a valve; NULL */
    const double *co2_g_per_kwh; /* of a file; NULL: as the world says */
    bool colours_by_weather;
    const ohm_spot_price *spots; /* of the market, ascending; NULL: none */
    size_t spots_count;
} ohm_lab_frame;

typedef struct ohm_lab_made {
    ohm_lab_house house;
    ohm_lab_series series;
    double *numbers;
    uint8_t *period, *hour, *car_here;
    int *known;
    double subscription_eur;
    int red_days, white_days;
    bool by_market; /* the contract's price is that of the market somewhere */
    char contract[OHM_CONTRACT_NAME_MAX];
    uint8_t periods_count;
    ohm_period periods[OHM_PERIODS_MAX];
} ohm_lab_made;

/* How many whole steps lie in the frame's days: of all that holds a number a step. */
int ohm_lab_steps(const ohm_lab_frame *frame);
/* What is wrong was said on stderr. */
int ohm_lab_series_make(const ohm_lab_frame *frame, const ohm_lab_world *world, ohm_lab_made *out);
void ohm_lab_series_release(ohm_lab_made *made);
/* Whether there are such a house and such prices, without the work of a run's series. */
int ohm_lab_series_try(const ohm_lab_frame *frame, const ohm_lab_world *world, bool *ret_by_market);
/* Prices and periods by the world's contract (lab_prices.c). */
int ohm_lab_prices(const ohm_lab_frame *frame, const ohm_lab_world *world, ohm_lab_made *made,
                   double *price);
/* What energy costs from an instant on, and until when that holds. OHM_GAP: a day's colour is not
 * known; OHM_UNSUPPORTED: the market's price is not; others: the contract has none. */
OHM_MUST_CHECK ohm_code ohm_lab_price_at(const ohm_lab_frame *frame, const ohm_contract *contract,
                                         const ohm_day_codes *codes, ohm_ms at_ms, ohm_price *now,
                                         double *ret_eur_per_kwh);
/* Up to before which step prices are known at an instant: colours are told in the morning before,
 * the market's prices at noon. */
int ohm_lab_known_until(const ohm_lab_frame *frame, const ohm_contract *contract, int steps,
                        ohm_ms at_ms);

/* --- what came out -----------------------------------------------------------------------------
 */

typedef enum ohm_lab_state { OHM_LAB_NOT_RUN, OHM_LAB_DONE, OHM_LAB_FAILED } ohm_lab_state;

/* Plain data: it comes back from a worker as bytes. */
typedef struct ohm_lab_outcome {
    char name[OHM_LAB_TEXT_MAX]; /* "battery_kwh=5 contract=tempo", or of the mode */
    ohm_lab_mode mode;
    bool perfect, has_zone;
    ohm_lab_state state;
    double subscription_eur, seconds;
    ohm_lab_sums sums;
    uint8_t periods_count;
    ohm_period periods[OHM_PERIODS_MAX];
} ohm_lab_outcome;

typedef struct ohm_lab_report {
    char title[OHM_LAB_TEXT_MAX], weather[OHM_LAB_TEXT_MAX], contract[OHM_CONTRACT_NAME_MAX];
    int days, red_days, white_days;
    ohm_lab_outcome *outcome;
    int outcomes;
    bool compared; /* the first is a plan; the others are what it is compared with */
    bool french;   /* its words */
    bool interrupted;
    /* Of the first, for its plots; NULL: none. */
    const ohm_lab_frame *frame;
    const ohm_lab_made *made;
    const ohm_lab_step *step;
} ohm_lab_report;

double ohm_lab_total_eur(const ohm_lab_outcome *outcome);
/* Of the omniscient plan's saving against the ideal controller, the plan's; NAN: not compared. */
double ohm_lab_share(const ohm_lab_report *report);
void ohm_lab_print_text(const ohm_lab_report *report);
int ohm_lab_print_json(const ohm_lab_report *report);
int ohm_lab_write_html(const ohm_lab_report *report, const char *path);
/* A word of the report as it is said in French, or as it is. */
const char *ohm_lab_say(bool french, const char *en);

/* Rows of steps (lab_rows.c): "csv", "influx", "sqlite". path NULL: standard output; of influx a
 * server's address, too (cmd/lab_influx.h), where `replace` empties it before. */
int ohm_lab_write_rows(const ohm_lab_report *report, const char *form, const char *path,
                       bool replace);

/* `ohmstead simulate` with --start. */
int ohm_cmd_lab(int argc, char **argv);

#endif
