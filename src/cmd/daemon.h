/* The daemon: four threads around one engine (docs/architecture.md, "The process").
 *
 * One value of this struct is the loop thread's own. The other threads see only what is handed
 * to them: the store its queue, the web its views, the loop its queue of commands.
 *
 *   daemon.c         starts and stops everything, in order
 *   daemon_engine.c  feeds the engine, carries out and records what it decides
 *   daemon_contract.c   the contract that was written in the page
 *   daemon_rules.c   the rules that were
 *   daemon_view.c    makes the view that the web shows
 *   daemon_demo*.c   the simulated house behind `serve --demo`, and the months before it
 *   daemon_grid.c    the signals' fetchers
 *   daemon_measure.c what others ask reports of
 *   daemon_codes.c   codes of days, the price of now
 *   daemon_ask.c     answers what the web asks of meters
 *   daemon_values.c      what meters said last
 *   daemon_registers.c   counters that go down
 *   daemon_merge.c   several sources as one
 *   daemon_mirror.c  engines that get a copy of the readings
 *   daemon_rest.c    what no sub-meter counts
 *   daemon_site.c    what stays of the configuration
 *   daemon_watch.c   forecasts and alarms of registers (daemon_watch_job.c: on a worker, _news.c:
 *                    for the alarms, _weather.c: kept each morning, daemon_alarms.c: what is told,
 *                    and what people say of it)
 *   daemon_safe.c    what follows from aborts: the safe mode
 * points) daemon_zones.c   zones that are heated (daemon_twin.c: figures from their own days)
 *   daemon_plan.c    plans of the coming day (daemon_plan_facts.c: what is known, _count.c and
 *                    _base.c: counted and learnt on the way, _grid.c: limits and weights,
 *                    _know.c: zones, _day.c: the problem, _zones.c: one zone after the other,
 *                    _job.c: on a worker, _why.c: the reasons) */
#ifndef OHM_CMD_DAEMON_H
#define OHM_CMD_DAEMON_H

#include <stdatomic.h>
#include <uv.h>

#include "analysis/forecast.h"
#include "analysis/holidays.h"
#include "cmd/abort_record.h"
#include "cmd/energy_plan.h"
#include "cmd/site_build.h"
#include "cmd/supervisor.h"
#include "engine/codec.h"
#include "engine/engine.h"
#include "fetch/answer.h"
#include "fetch/ven.h"
#include "host/file.h"
#include "host/queue.h"
#include "meter/meter.h"
#include "meter/modbus_profiles.h"
#include "meter/port.h"
#include "meter/profiles.h"
#include "meter/register_watch.h"
#include "relay/relay.h"
#include "sim/house.h"
#include "store/mirror.h"
#include "store/postgres.h"
#include "store/reader.h"
#include "store/store.h"
#include "web/day_codes.h"
#include "web/web.h"

typedef struct ohm_daemon_options {
    const char *config; /* NULL = the demo */
    const char *state_dir;
    const char *listen; /* NULL = the configuration's */
    bool no_plan;       /* nothing is planned */
    bool safe;          /* in safe mode, whatever was before */
    bool alone;         /* nobody watches over it */
    bool trusted;   /* a safe mode for want of a record was left: no other for the same reason */
    int64_t hang_s; /* the supervisor ends one whose loop stands still for so long; 0: never */
} ohm_daemon_options;

/* Where a counter stood, and how many meters had been seen then. Of an ohm_register_memory: what
 * every counter has; the whole of it only while something contests. */
typedef struct ohm_daemon_register {
    int64_t value, pace;
    ohm_ms time_ms;
    ohm_register_memory *contest; /* NULL: nothing contests */
    ohm_register_memory *rows;    /* the same of what the meter recorded; NULL: nothing came */
    ohm_ms held_told_ms;          /* when a held reading was told last; OHM_NO_MS */
    uint16_t meters_seen;
    bool stored; /* an earlier run kept some of it */
} ohm_daemon_register;

/* The newest value of one quantity of a meter. */
typedef struct ohm_daemon_value {
    uint16_t quantity; /* ohm_quantity_id */
    uint8_t quality;   /* ohm_quality */
    uint8_t counter;   /* 1 + its place in `counters`; 0: it is none */
    uint32_t age_ms;   /* when the meter spoke last; UINT32_MAX: or older */
    int64_t value;     /* quantised */
    ohm_ms time_ms;    /* as the meter says; OHM_NO_MS: only its register was remembered */
} ohm_daemon_value;
_Static_assert(OHM_FRAME_VALUES_MAX < UINT8_MAX, "a place fits");

/* What a meter said last: the quantities that it has, in the order of their ids. */
typedef struct ohm_daemon_latest {
    bool seen;
    ohm_mono_ms last; /* when it spoke last */
    int64_t stale_after_ms;
    char meter_id[OHM_METER_TEXT_MAX]; /* who spoke last; "" = it did not say */
    uint16_t meters_seen;              /* rises when another one does */
    uint16_t values_count, values_room;
    ohm_daemon_value *values;
    uint16_t counters_count, counters_room;
    ohm_daemon_register *counters; /* in the order of their first reading */
} ohm_daemon_latest;

/* An option of the configuration that this run goes without. */
typedef struct ohm_daemon_odd_one {
    char path[OHM_ACTOR_MAX];
    uint32_t line;
} ohm_daemon_odd_one;

enum { OHM_DAEMON_ODDS_MAX = 16 }; /* in the journal; the log has them all */

/* A device, as the configuration names it. */
typedef struct ohm_daemon_device {
    const char *id, *zone, *name, *port;
    ohm_meter_place place;
    ohm_site_machine machine; /* that it feeds alone */
} ohm_daemon_device;

/* What an output said, kept until the step that caused it is over. */
typedef struct ohm_daemon_report {
    uint16_t load;
    ohm_output_state state;
    bool fed;
    int32_t setting;
} ohm_daemon_report;

typedef struct ohm_demo ohm_demo;
typedef struct ohm_demo_past ohm_demo_past;
typedef struct ohm_daemon_grid ohm_daemon_grid;
typedef struct ohm_daemon_measure ohm_daemon_measure;
typedef struct ohm_daemon_limits ohm_daemon_limits;
typedef struct ohm_daemon_ask ohm_daemon_ask;
typedef struct ohm_daemon_codes ohm_daemon_codes;

typedef struct ohm_daemon_contract ohm_daemon_contract;
typedef struct ohm_daemon_rules ohm_daemon_rules;
typedef struct ohm_daemon_safe ohm_daemon_safe;
typedef struct ohm_daemon_plan ohm_daemon_plan;

/* What the engine was told of the hours that come, and when that was looked at. */
typedef struct ohm_daemon_outlooks {
    bool looked[OHM_OUTLOOKS_COUNT]; /* a rule did, the last time */
    ohm_mono_ms told[OHM_OUTLOOKS_COUNT];
    ohm_signal_set last[OHM_OUTLOOKS_COUNT];
} ohm_daemon_outlooks;
struct ohm_twin_past;
typedef struct ohm_daemon_twins ohm_daemon_twins;
typedef struct ohm_daemon_watch ohm_daemon_watch;

typedef struct ohm_daemon {
    ohm_daemon_options options;
    bool demo;
    const char *file;    /* of the configuration, for messages */
    uint16_t odds_count; /* of its options that nothing looks at */
    ohm_daemon_odd_one odds[OHM_DAEMON_ODDS_MAX];
    uint8_t *yaml; /* its bytes, until the start is over; NULL for the demo's */
    size_t yaml_len;
    char state_dir[OHM_PATH_MAX], store_path[OHM_PATH_MAX];
    ohm_site *site; /* from the start of the meters on without its meters: see daemon_site.c */
    ohm_engine_config *config;

    uv_loop_t loop;
    uv_timer_t tick;
    uv_signal_t on_term, on_int;
    uv_poll_t on_command;
    ohm_supervisor *supervisor; /* NULL: none */
    ohm_daemon_safe *safe;
    ohm_run_mode mode;
    bool stopping, again;  /* again: to begin anew in the same process */
    ohm_mono_ms stop_mono; /* when the stop was asked for */
    uint16_t let_go;       /* loads that had to be let go of before their minimum time */

    ohm_engine *engine;
    ohm_actions *actions;
    uint64_t event_seq;
    uint64_t boot_id;
    ohm_date checkpoint_date; /* local date of the last checkpoint */
    bool clock_set;
    int64_t utc_minus_mono_ms; /* of the last event: a change is a jump of the wall clock */
    ohm_mono_ms saved_mono;    /* when the engine's state was last put into the store */

    ohm_store *store;
    _Atomic int store_health; /* ohm_code of the last on_health, OHM_OK when all is well */
    _Atomic bool store_full;
    bool record_lost;          /* an event was not recorded: replay has a hole since */
    uint64_t drops;            /* what the store's queue had no room for, as last seen */
    ohm_mono_ms drops_mono;    /* when that grew */
    bool counters_due;         /* replay counters wait for a commit soon */
    ohm_mono_ms counters_mono; /* when they got one */
    bool rating_told;          /* that a subscribed power is none */

    uint16_t mirrors_count;
    ohm_mirror *mirrors[OHM_SITE_MIRRORS_MAX];

    ohm_queue *commands; /* from the web thread */
    ohm_web *web;
    ohm_daemon_contract *contract; /* the site's, of the page or the configuration */
    ohm_daemon_rules *rules;       /* those of the page */
    ohm_web_tariffs *tariffs;      /* made by a web thread of long questions, once */
    ohm_mono_ms published_mono;

    ohm_board *boards[OHM_SITE_BOARDS_MAX];
    uint64_t operations_saved; /* of all relays together */
    uint16_t reports_count;
    ohm_daemon_report reports[OHM_LOADS_MAX];

    ohm_meter *meters[OHM_SITE_METERS_MAX];
    ohm_daemon_latest *latest;  /* one a meter */
    ohm_daemon_device *devices; /* likewise */
    char *names;                /* what they point to */
    uint16_t merges_count;
    ohm_merge *merges[OHM_SITE_MERGES_MAX];
    uint16_t rests_count;
    ohm_residue *rests[OHM_SITE_RESTS_MAX];
    ohm_ports *ports;                     /* lines that meters share */
    ohm_profiles *profiles;               /* of all meters */
    ohm_modbus_profiles *modbus_profiles; /* likewise; NULL where none speaks it */

    ohm_demo *demo_house;
    ohm_demo_past *demo_past; /* NULL: none is being made */
    ohm_daemon_grid *grid;
    ohm_daemon_measure *measure; /* NULL until a report is asked for */
    ohm_daemon_codes *codes;
    ohm_daemon_ask *ask;
    ohm_daemon_limits *limits;
    ohm_daemon_plan *plan; /* NULL: nothing is planned */
    ohm_daemon_outlooks outlooks;
    ohm_daemon_twins *twins; /* NULL: there are no zones */
    ohm_daemon_watch *watch;
    char ecowatt_error[OHM_VIEW_TEXT_MAX];
} ohm_daemon;

/* Runs until SIGTERM or SIGINT; returns the exit status. *ret_again: it left the safe mode, and
 * wants to be run again. */
int ohm_daemon_run(const ohm_daemon_options *options, bool *ret_again);
/* Where its state is; false: there is no place for it. */
OHM_MUST_CHECK bool ohm_daemon_find_state(const ohm_daemon_options *options,
                                          char out[static OHM_PATH_MAX]);

/* --- daemon_safe.c ------------------------------------------------------------------------- */

/* An option that nothing looks at: for the log, the journal and the page. */
void ohm_daemon_odd(void *daemon, const ohm_site_odd *odd);
/* Before the first thread: from here on a supervisor watches, unless it is not wanted. */
void ohm_daemon_watched(ohm_daemon *d);
/* Takes the outputs, once the supervisor of the last run is done with them, and reads how this run
 * has to be. With the store, before anything that can move. */
OHM_MUST_CHECK ohm_err ohm_daemon_safe_start(ohm_daemon *d);
bool ohm_daemon_is_safe(const ohm_daemon *d);
/* A board that was opened is let be for its interval, if somebody else may have operated it. */
void ohm_daemon_safe_pause(const ohm_daemon *d, ohm_board *board);
/* After the engine's start: the journal gets the aborts, and the safe mode begins. */
void ohm_daemon_safe_tell(ohm_daemon *d);
void ohm_daemon_safe_tick(ohm_daemon *d);
/* Whether the outputs were where they are safe when this run took them. */
bool ohm_daemon_safe_found(const ohm_daemon *d);
/* The boards are about to be closed: with all outputs where they are safe, as far as they say so,
 * or not. */
void ohm_daemon_safe_let_go(ohm_daemon *d, bool all);
/* It was asked to stop, which may take longer than who asked has patience. */
void ohm_daemon_safe_stops(ohm_daemon *d);
/* When it ends by itself. */
ohm_mono_ms ohm_daemon_safe_ends(const ohm_daemon *d);
const ohm_abort_record *ohm_daemon_aborts(const ohm_daemon *d);
/* What ended it before can't be read. */
bool ohm_daemon_aborts_unread(const ohm_daemon *d);
/* See ohm_web_options. On the web thread. */
ohm_code ohm_daemon_safe_read(void *daemon, char **ret_text, size_t *ret_len);
ohm_code ohm_daemon_safe_leave(void *daemon);
/* Leaves the safe mode of that folder's daemon, which looks every few seconds; of one that does
 * not run: for its next start. */
OHM_MUST_CHECK ohm_err ohm_safe_leave(const char *state_dir);
void ohm_daemon_safe_free(ohm_daemon *d);

/* --- daemon_engine.c ----------------------------------------------------------------------- */

/* Restores or makes the engine, opens what replay needs, and feeds START as of that time: now,
 * or for the demo the morning whose curve it tells. */
OHM_MUST_CHECK ohm_err ohm_daemon_engine_start(ohm_daemon *d, ohm_reader *reader, ohm_mono_ms mono,
                                               ohm_ms utc_ms);
/* Whether an earlier run left an engine's state. */
bool ohm_daemon_has_state(ohm_reader *reader);
/* Stamps the event with both clocks and takes the step, with all that follows from it. */
void ohm_daemon_feed(ohm_daemon *d, ohm_event event);
/* The same at a time of one's own: the demo's past. */
void ohm_daemon_feed_at(ohm_daemon *d, ohm_event event, ohm_mono_ms mono, ohm_ms utc_ms);
void ohm_daemon_tick(ohm_daemon *d);

/* daemon_stop.c: what a signal begins (a second one ends at once), what each tick makes of it, and
 * what is left when the loop has ended. */
void ohm_daemon_stop_asked(ohm_daemon *d, int number);
void ohm_daemon_stop_tick(ohm_daemon *d);
/* The last orders go out, and are confirmed where a board can: so long, and no longer. */
void ohm_daemon_stop_boards(ohm_daemon *d);
void ohm_daemon_let_go(ohm_daemon *d);
void ohm_daemon_on_commands(ohm_daemon *d);
/* Puts the engine's state into the store with the next commit; says so if it can't. */
ohm_code ohm_daemon_save(ohm_daemon *d);
/* A board's report, from inside a step or outside. */
void ohm_daemon_on_report(void *ctx, const ohm_board *board, const ohm_relay_report *report);

/* --- daemon_outputs.c ---------------------------------------------------------------------- */

/* Where the outputs of a load are, as its boards say: UNKNOWN if one of them can't. */
ohm_daemon_report ohm_daemon_output(const ohm_daemon *d, uint16_t load);
/* Tells them what the engine wants: the load fed or not, and of a heater its order. */
void ohm_daemon_output_want(ohm_daemon *d, uint16_t load, bool fed, int32_t setting);

/* --- daemon_relays.c ----------------------------------------------------------------------- */

OHM_MUST_CHECK ohm_err ohm_daemon_relays_start(ohm_daemon *d, ohm_reader *reader);
/* How often each relay was operated goes into the store with the next commit, if that changed. */
void ohm_daemon_relays_save(ohm_daemon *d);

/* --- daemon_tariffs.c ---------------------------------------------------------------------- */

/* The contracts that bills and comparisons are made of, made when somebody asks
 * for the first time, on the web's thread of long questions. NULL: out of memory. */
const ohm_web_tariffs *ohm_daemon_tariffs(void *daemon);
/* The loads as configured, on any thread. */
const ohm_load *ohm_daemon_loads(void *daemon, uint16_t *ret_count);
void ohm_daemon_tariffs_free(ohm_daemon *d);

/* --- daemon_whatif.c ----------------------------------------------------------------------- */

/* The measured use with panels and a battery (web/replay.h); on the thread of long questions. */
ohm_code ohm_daemon_replay(void *daemon, const ohm_replay *ask, double *grid_w,
                           ohm_replayed *ret_told);

/* The codes of a shipped calendar, OHM_CODES_DAYS of them. */
OHM_MUST_CHECK bool ohm_daemon_calendar(ohm_calendar calendar, uint8_t *codes);

/* --- daemon_contract.c --------------------------------------------------------------------- */

/* What was written in the page goes before the configuration's contract; before the store. */
OHM_MUST_CHECK ohm_err ohm_daemon_contract_start(ohm_daemon *d);
void ohm_daemon_contract_free(ohm_daemon *d);
/* As the web's options want them; on its threads. */
ohm_code ohm_daemon_contract_own(void *daemon, ohm_contract *out);
ohm_err ohm_daemon_contract_read(void *daemon, ohm_written *out);
ohm_code ohm_daemon_contract_write(void *daemon, ohm_span yaml, const char *actor,
                                   char why[static OHM_CONTRACT_WHY_MAX]);
/* How the store's ledger cuts days: by the contract that holds. */
ohm_energy_plan ohm_daemon_contract_plan(ohm_daemon *d);
/* On the loop: another contract, if one was written, is that of the engine, of the price of now and
 * of the ledger from here on. */
void ohm_daemon_contract_tick(ohm_daemon *d);

/* --- daemon_rules.c ------------------------------------------------------------------------ */

/* The rules of the page that can be used go with the configuration's; before the engine. One that
 * can't is said, and asks nothing. */
OHM_MUST_CHECK ohm_err ohm_daemon_rules_start(ohm_daemon *d);
void ohm_daemon_rules_free(ohm_daemon *d);
/* See web/rule_desk.h. On the web's threads. */
ohm_code ohm_daemon_rules_read(void *daemon, ohm_span yaml, ohm_rules_draft *out,
                               char why[static OHM_CONTRACT_WHY_MAX]);
void ohm_daemon_rules_tried(void *daemon, const uint64_t *versions, uint16_t count);
OHM_MUST_CHECK ohm_code ohm_daemon_rules_list(void *daemon, ohm_rules_shelf *out);
ohm_code ohm_daemon_rules_write(void *daemon, const ohm_rule_deed *deed,
                                char why[static OHM_CONTRACT_WHY_MAX]);
/* The four, into the web's options. */
void ohm_daemon_rules_serve(ohm_web_options *options);
/* On the loop: the engine learns of what was armed and disarmed. */
void ohm_daemon_rules_tick(ohm_daemon *d);

/* --- daemon_codes.c: colours of days, the price of now ------------------------------------- */

OHM_MUST_CHECK ohm_err ohm_daemon_codes_start(ohm_daemon *d); /* before the store */
OHM_MUST_CHECK ohm_err ohm_daemon_codes_load(ohm_daemon *d, ohm_reader *reader);
void ohm_daemon_codes_free(ohm_daemon *d); /* after the store */
/* The codes of a calendar; on any thread. */
void ohm_daemon_codes_read(const ohm_daemon *d, ohm_calendar calendar, int64_t first_day,
                           uint8_t *out, size_t count);
/* The contract is another one: what was told, and when it changes next, is looked at again. */
void ohm_daemon_codes_forget(ohm_daemon *d);
/* What a meter and a source say of days and prices. */
void ohm_daemon_codes_frame(ohm_daemon *d, const ohm_frame *frame);
void ohm_daemon_codes_signal(ohm_daemon *d, ohm_source source, const char *name, const ohm_tz *tz,
                             const ohm_answer *answer);
/* Whether that is the market's price. Tibber's is what the customer pays, with all taxes. */
bool ohm_daemon_is_market(ohm_source source, ohm_segment_unit unit);
/* What energy costs at an instant; as ohm_contract_price, with the spot's price too. */
OHM_MUST_CHECK ohm_code ohm_daemon_price(const ohm_daemon *d, ohm_ms at_ms, ohm_price *out);
/* Tells the engine what it does not know yet of the days around now, for the cost of today. */
void ohm_daemon_codes_feed(ohm_daemon *d);
/* The same; and commits what was read, where a period of the tariff ends. */
void ohm_daemon_codes_tick(ohm_daemon *d);

/* --- daemon_view.c ------------------------------------------------------------------------- */

void ohm_daemon_publish(ohm_daemon *d);
/* Now, or with the next tick where many meters speak. */
void ohm_daemon_publish_soon(ohm_daemon *d);

/* --- daemon_values.c: what meters said last ------------------------------------------------ */

/* Makes d->latest. False: out of memory. */
OHM_MUST_CHECK bool ohm_daemon_values_make(ohm_daemon *d);
/* The place of a quantity, made if there is none; NULL: out of memory. */
ohm_daemon_value *ohm_daemon_value_of(ohm_daemon_latest *latest, uint16_t quantity);
/* Room for what a meter says for the first time, at once: it mostly says the same again. */
void ohm_daemon_values_reserve(ohm_daemon_latest *latest, const ohm_frame *frame);
/* How old it is now, in milliseconds; UINT32_MAX: or older. */
uint32_t ohm_daemon_value_age(const ohm_daemon_latest *latest, const ohm_daemon_value *value,
                              ohm_mono_ms now);
/* Its register, to be used before the next place is made; NULL: it is no counter. */
ohm_daemon_register *ohm_daemon_counter_of(const ohm_daemon_latest *latest,
                                           const ohm_daemon_value *value);
void ohm_daemon_values_show(ohm_daemon *d, const ohm_frame *frame);
void ohm_daemon_values_drop(ohm_daemon_latest *latest);

/* --- daemon_merge.c: sources that stand for one another ------------------------------------ */

OHM_MUST_CHECK ohm_err ohm_daemon_merges_start(ohm_daemon *d);
void ohm_daemon_merges_free(ohm_daemon *d);
/* What a frame of a meter means for the merges it belongs to. */
void ohm_daemon_merge_frame(ohm_daemon *d, const ohm_frame *frame);
/* The merge that a device stands for; NULL: it is a meter. */
const ohm_merge *ohm_daemon_merge_of(const ohm_daemon *d, int device);

/* --- daemon_mirror.c: engines that get a copy ----------------------------------------------- */

/* Where the site's history is, in `config`; *ret NULL: in the file. */
OHM_MUST_CHECK ohm_err ohm_daemon_postgres(const ohm_daemon *d, ohm_postgres_config *config,
                                           const ohm_postgres_config **ret);
OHM_MUST_CHECK ohm_err ohm_daemon_mirrors_start(ohm_daemon *d);
/* Where a mirror has the readings of a site: see ohm_web_options. On the web's own threads. */
OHM_MUST_CHECK ohm_err ohm_daemon_mirror_of(void *daemon, const char *id, const char *site,
                                            ohm_mirror_config *out);
/* daemon_doctor.c: see ohm_web_options. On the web's own threads. */
OHM_MUST_CHECK ohm_code ohm_daemon_doctor(void *daemon, const char *house, char **ret_text,
                                          size_t *ret_len);
void ohm_daemon_mirrors_stop(ohm_daemon *d); /* before the store is closed */
/* Gives a frame to the store; the mirrors owe it from then on. */
OHM_MUST_CHECK ohm_code ohm_daemon_keep(ohm_daemon *d, const ohm_frame *frame);
/* Shows them; returns whether one is behind and can't catch up. */
bool ohm_daemon_mirrors_view(ohm_daemon *d, ohm_view *v);

/* --- daemon_rest.c: what no sub-meter counts ------------------------------------------------ */

OHM_MUST_CHECK ohm_err ohm_daemon_rests_start(ohm_daemon *d);
void ohm_daemon_rests_free(ohm_daemon *d);
/* What a frame means for the rests that its meter is a part of. */
void ohm_daemon_rest_frame(ohm_daemon *d, const ohm_frame *frame);
/* The rest that a device stands for; NULL: it is none. */
const ohm_residue *ohm_daemon_rest_of(const ohm_daemon *d, int device);

/* daemon.c: keeps a frame, shows it, and lets the engine see it. *ret_kept is what was kept of
 * it: as it was said, but what its registers can't show is suspect. */
void ohm_daemon_frame(ohm_daemon *d, const ohm_frame *frame, ohm_frame *ret_kept);

/* --- daemon_registers.c: counters that go down ---------------------------------------------- */

/* Where the registers stood when the last run ended. */
OHM_MUST_CHECK ohm_err ohm_daemon_registers_restore(ohm_daemon *d, ohm_reader *reader);
/* What of a frame is to be kept, and how; the journal is told what it makes of the registers. */
void ohm_daemon_registers_sift(ohm_daemon *d, const ohm_frame *frame, ohm_frame *out);
/* The same of a row that the meter recorded, by the rows before it. */
void ohm_daemon_registers_sift_row(ohm_daemon *d, const ohm_frame *row, ohm_frame *out);

/* --- daemon_site.c ------------------------------------------------------------------------- */

/* Makes d->devices. False: out of memory. */
OHM_MUST_CHECK bool ohm_daemon_names_make(ohm_daemon *d);
/* Gives back what of the site only the start of the meters needs: site->meters, and what is behind
 * them, must not be looked at any more. */
void ohm_daemon_site_shrink(ohm_daemon *d);

/* --- daemon_measure.c ---------------------------------------------------------------------- */

/* What was imported over these intervals. OHM_MORE: it is being read; ask again. */
OHM_MUST_CHECK ohm_code ohm_daemon_measure_read(ohm_daemon *d, ohm_ven_reading *readings,
                                                size_t count);
void ohm_daemon_measure_stop(ohm_daemon *d);

/* --- daemon_grid.c ------------------------------------------------------------------------- */

OHM_MUST_CHECK ohm_err ohm_daemon_grid_start(ohm_daemon *d);
void ohm_daemon_grid_tick(ohm_daemon *d);
/* The market's price of an instant, by the best of the sources; NULL: none says. */
const ohm_segment *ohm_daemon_spot_at(const ohm_daemon *d, ohm_ms at_ms);
/* How warm it will be outdoors, °C, and how much sun will fall on the ground, W/m²; NULL: nobody
 * says. */
const ohm_segment *ohm_daemon_outdoor_at(const ohm_daemon *d, ohm_ms at_ms);
const ohm_segment *ohm_daemon_radiation_at(const ohm_daemon *d, ohm_ms at_ms);
bool ohm_daemon_has_weather(const ohm_daemon *d); /* somebody is to say so */
/* What the panels will make, W: nothing at night, which services leave out; NAN: nobody says. */
double ohm_daemon_panels_w(const ohm_daemon *d, ohm_ms at_ms);
/* Somebody is to say what they make, whether he does or not. */
bool ohm_daemon_has_panels(const ohm_daemon *d);
/* What a kWh of the grid's emits, g. */
const ohm_segment *ohm_daemon_co2_at(const ohm_daemon *d, ohm_ms at_ms);
/* What the source of that name lets the site import, W; NULL: it says nothing. */
const ohm_segment *ohm_daemon_capacity_at(const ohm_daemon *d, const char *id, ohm_ms at_ms);
void ohm_daemon_grid_stop(ohm_daemon *d);
void ohm_daemon_grid_free(ohm_daemon *d); /* once the loop has let go of its handles */
/* What every source of signals says, into a view whose meters are there. */
void ohm_daemon_view_signals(const ohm_daemon *d, ohm_view *v);

/* --- daemon_outlook.c: what rules are told of the hours that come ----------------------------- */

void ohm_daemon_outlook_tick(ohm_daemon *d);
/* Of which of it somebody is to tell. */
void ohm_daemon_outlook_planned(ohm_daemon *d); /* there is a new plan: told with the next tick */
void ohm_daemon_outlooks_told(const ohm_daemon *d, bool out[static OHM_OUTLOOKS_COUNT]);

/* --- daemon_limits.c: orders that come by MQTT ---------------------------------------------- */

OHM_MUST_CHECK ohm_err ohm_daemon_limits_start(ohm_daemon *d);
void ohm_daemon_limits_tick(ohm_daemon *d);
void ohm_daemon_limits_stop(ohm_daemon *d);

/* --- daemon_zones.c: what is known of the zones --------------------------------------------- */

void ohm_daemon_zones_view(const ohm_daemon *d, ohm_view *v);
/* daemon_twin.c. What earlier runs kept of the zones; after the engine. */
OHM_MUST_CHECK ohm_err ohm_daemon_twins_start(ohm_daemon *d, ohm_reader *reader);
void ohm_daemon_twins_tick(ohm_daemon *d);
void ohm_daemon_twins_save(ohm_daemon *d);
/* What a zone went through before, up to now, if that is more than what was seen of it. */
void ohm_daemon_twins_past(ohm_daemon *d, int zone, const struct ohm_twin_past *past);
void ohm_daemon_twins_free(ohm_daemon *d); /* after the loop */
/* What a zone's own days say: always how many there are and what lacks; true with the figures. */
bool ohm_daemon_twin_of(const ohm_daemon *d, int zone, ohm_view_twin *out);
/* How a zone loses and stores heat; false: it is not known. */
OHM_MUST_CHECK bool ohm_daemon_zone_figures(const ohm_daemon *d, int zone, double *ret_loss_w_per_k,
                                            double *ret_store_wh_per_k);

/* --- daemon_plan.c ------------------------------------------------------------------------- */

/* After the engine; with what is known of the zones (daemon_twin.c), as the others. */
OHM_MUST_CHECK ohm_err ohm_daemon_plan_start(ohm_daemon *d, ohm_reader *reader);
void ohm_daemon_plan_tick(ohm_daemon *d);
/* The plan under way is not wanted any more. */
void ohm_daemon_plan_drop(ohm_daemon *d);
void ohm_daemon_plan_cancel(ohm_daemon *d); /* the loop's end then waits for the worker */
void ohm_daemon_plan_free(ohm_daemon *d);   /* after the loop, and the web */
/* See ohm_web_options. On the web thread. */
OHM_MUST_CHECK ohm_code ohm_daemon_car_ask(void *daemon, const ohm_day_wish *wish);
OHM_MUST_CHECK ohm_code ohm_daemon_plan_read(void *daemon, char **ret_text, size_t *ret_len);

/* --- daemon_watch.c: forecasts and alarms of registers -------------------------------------- */

OHM_MUST_CHECK ohm_err ohm_daemon_watch_start(ohm_daemon *d, ohm_reader *reader);
void ohm_daemon_watch_tick(ohm_daemon *d);
void ohm_daemon_watch_soon(
    ohm_daemon *d); /* the past changed: with the next tick, not in an hour */
void ohm_daemon_watch_cancel(ohm_daemon *d); /* the loop's end then waits for the worker */
void ohm_daemon_watch_free(ohm_daemon *d);   /* after the loop, and the web */
/* daemon_watch_tell.c: on the loop: what is said, in W, of the hour that holds an instant, for a
 * device (NULL: the site's own meter). OHM_Q_NONE: what it draws, by its register or its power.
 * False: nothing is said of it. */
bool ohm_daemon_forecast_at(const ohm_daemon *d, const char *device_id, ohm_quantity_id quantity,
                            ohm_ms at_ms, ohm_forecast_value *out);
/* What the site's panels will make, by the first register of theirs that is known for so many
 * days; never by what the main meter feeds in, which is what is left of it. */
bool ohm_daemon_solar_at(const ohm_daemon *d, ohm_ms at_ms, int days, ohm_forecast_value *out);
/* The site's holidays; NULL: none are known. */
const ohm_closed_days *ohm_daemon_holidays(const ohm_daemon *d);
/* See ohm_web_options. On the web thread. */
OHM_MUST_CHECK ohm_code ohm_daemon_forecast_read(void *daemon, const char *series, char **ret_text,
                                                 size_t *ret_len);
size_t ohm_daemon_uses_ahead(void *daemon, const char *device, ohm_use *out, size_t cap);
OHM_MUST_CHECK ohm_code ohm_daemon_alarms_read(void *daemon, const ohm_alarms_ask *asked,
                                               char **ret_text, size_t *ret_len);
OHM_MUST_CHECK ohm_code ohm_daemon_alarm_do(void *daemon, uint32_t id, ohm_alarm_act act,
                                            const char *actor);

/* --- daemon_ask.c -------------------------------------------------------------------------- */

OHM_MUST_CHECK ohm_err ohm_daemon_ask_start(ohm_daemon *d, ohm_daemon_ask **ret_ask);
/* On the web thread. OHM_BUSY: too many are waiting. */
OHM_MUST_CHECK ohm_code ohm_daemon_ask_put(ohm_daemon_ask *ask, const ohm_question *question);
void ohm_daemon_ask_stop(ohm_daemon_ask *ask);
void ohm_daemon_ask_free(ohm_daemon_ask *ask); /* once the web and the loop have let go */

#endif
