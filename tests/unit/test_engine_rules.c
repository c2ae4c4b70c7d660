/* What users' rules see of the engine (prices, hours, days, signals, the sun), and what they make
 * of it for loads that are told more than fed or not. */
#include "../support/engine_bench.h"
#include "control/setting.h"

enum { NIGHT = 5 * H + 30 * M /* from BENCH_UTC to 22:30 in Paris */ };

static int up(void **state)
{
    (void)bench_up(state);
    bench *b = *state;
    b->config.has_ecowatt = false;
    b->config.start_wait_ms = 0;
    ohm_rule_set_init(&b->config.rules);
    return 0;
}

/* A rule about the heater: fed while that is so, off while it is not. */
static ohm_rule *rule_when(bench *b, ohm_when when)
{
    b->config.rules.count = 1;
    b->config.rules.rules[0] = (ohm_rule){ .id = "a",
                                           .fed = true,
                                           .otherwise = true,
                                           .priority = 5,
                                           .whens_count = 1,
                                           .whens = { when } };
    return &b->config.rules.rules[0];
}

static void begin(bench *b)
{
    assert_int_equal(ohm_engine_config_check(&b->config).code, OHM_OK);
    ohm_engine_init(b->engine, &b->config);
    b->boot = (ohm_boot){ .boot_id = b->boot.boot_id + 1, .clock_set = true };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
}

/* '+' it asks for the heater to be fed, '-' to be off, '.' nothing. */
static char asks(const bench *b)
{
    const ohm_load_state *is = bench_load(b, 0);
    return is->rule == OHM_RULE_NONE ? '.' : is->rule_fed ? '+' : '-';
}

static void expect(const bench *b, const char *why, char want)
{
    if (asks(b) != want)
        fail_msg("%s: %c instead of %c", why, asks(b), want);
}

static void tell(bench *b, ohm_signal_kind kind, uint16_t count, const ohm_signal_interval *items)
{
    ohm_signal_set set;
    ohm_signal_init(&set, kind);
    set.made_ms = set.fetched_ms = b->utc_ms;
    set.count = count;
    for (uint16_t i = 0; i < count; i++)
        set.intervals[i] = items[i];
    const ohm_event event = {
        .kind = OHM_EVENT_SIGNAL, .signal = &set, .mono = b->mono, .utc_ms = b->utc_ms
    };
    assert_int_equal(ohm_engine_accepts(b->engine, &event), OHM_OK);
    bench_step(b, event);
}

/* --- prices ----------------------------------------------------------------------------------- */

static void a_price_of_now(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        int64_t later_ms;
        bool contract, clock;
        char want;
    } rows[] = {
        { "by day it is not cheap", 0, true, true, '-' },
        { "at night it is", NIGHT, true, true, '+' },
        { "a site without a contract has no price", NIGHT, false, true, '.' },
        { "nobody knows what time it is", NIGHT, true, false, '.' },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->config.has_contract = rows[i].contract;
        (void)rule_when(b,
                        (ohm_when){ .kind = OHM_WHEN_PRICE, .below = true, .threshold = 160000 });
        b->utc_ms = BENCH_UTC;
        begin(b);
        if (!rows[i].clock)
            bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { .set = false } });
        bench_tick(b, rows[i].later_ms);
        expect(b, rows[i].why, rows[i].want);
    }
}

/* Off-peak from 22:00 to 06:00: eight hours of one price, the earlier ones first. */
static void the_cheapest_hours_of_the_day(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        ohm_ms at_ms;
        int64_t hours;
        char want;
    } rows[] = {
        { "17:00: eight hours are cheaper, and those of the day before it", BENCH_UTC, 8, '-' },
        { "17:00 is one of 20: 8 cheaper, 11 before it", BENCH_UTC, 20, '+' },
        { "and not of 19", BENCH_UTC, 19, '-' },
        { "22:00: six of its price were before it", BENCH_UTC + 5 * H, 7, '+' },
        { "the minutes of an hour change nothing", BENCH_UTC + 5 * H + 59 * M, 7, '+' },
        { "and not one of six", BENCH_UTC + 5 * H, 6, '-' },
        { "00:00 is the first of them", BENCH_UTC + 7 * H, 1, '+' },
        /* 2026-10-25 has the hour of two twice: seven of its price were before 22:00. */
        { "a day of 25 hours, at 22:00", INT64_C(1792962000000), 7, '-' },
        { "is its eighth", INT64_C(1792962000000), 8, '+' },
        /* 2026-03-29 has no hour of two: five were before it. */
        { "a day of 23 hours, at 22:00", INT64_C(1774814400000), 5, '-' },
        { "is its sixth", INT64_C(1774814400000), 6, '+' },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)rule_when(b, (ohm_when){ .kind = OHM_WHEN_CHEAP, .threshold = rows[i].hours });
        b->utc_ms = rows[i].at_ms;
        begin(b);
        expect(b, rows[i].why, rows[i].want);
    }
}

/* A market's prices: which hours are cheap is not known before all of them are. */
static void cheap_among_prices_of_a_market(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        int from_h, to_h; /* of the day, known */
        char want;
    } rows[] = {
        { "none is known", 0, 0, '.' },
        { "this hour is not", 0, 17, '.' },
        { "the last one is not", 0, 23, '.' },
        { "all are: six that follow 17:00 are cheaper", 0, 24, '-' },
    };
    ohm_contract *c = &b->config.contract;
    ohm_contract_init(c);
    c->periods_count = 1;
    strcpy(c->periods[0].id, "spot");
    c->rest_period = c->spot_period = 0;
    c->spot.factor_ppm = 1000000;
    c->rows_count = 1;
    c->rows[0] = (ohm_price_row){ .from = { 2026, 1, 1 }, .export_ueur_per_kwh = OHM_NO_PRICE };
    for (int i = 0; i < OHM_PERIODS_MAX; i++)
        c->rows[0].ueur_per_kwh[i] = OHM_NO_PRICE;
    const ohm_ms midnight_ms = ohm_date_interval(&b->config.tz, (ohm_date){ 2026, 11, 22 }).from_ms;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_signal_interval hours[24];
        uint16_t count = 0;
        (void)rule_when(b, (ohm_when){ .kind = OHM_WHEN_CHEAP, .threshold = 6 });
        begin(b);
        for (int k = rows[i].from_h; k < rows[i].to_h; k++, count++)
            hours[count] = (ohm_signal_interval){
                { midnight_ms + k * (int64_t)H, midnight_ms + (k + 1) * (int64_t)H },
                100000 - 1000 * k,
            };
        tell(b, OHM_SIGNAL_SPOT, count, hours);
        expect(b, rows[i].why, rows[i].want);
    }
}

/* --- days and hours ahead --------------------------------------------------------------------- */

static ohm_signal_interval day_of(const bench *b, ohm_date date, ohm_day_code code)
{
    return (ohm_signal_interval){ ohm_date_interval(&b->config.tz, date), (int32_t)code };
}

/* The contract's days begin at six: what follows midnight is the day before. */
static void days_as_the_contract_has_them(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        int64_t later_ms; /* than 17:00 on the 22nd, which is blue; the 23rd is red */
        ohm_when when;
        char want;
    } rows[] = {
#define RED(...) { .kind = OHM_WHEN_DAY, .threshold = OHM_DAY_RED, __VA_ARGS__ }
        { "the 22nd is not", 0, RED(.below = false), '-' },
        { "at 05:59 it is still the 22nd", 13 * H - M, RED(.below = false), '-' },
        { "at six it is the 23rd", 13 * H, RED(.below = false), '+' },
        { "on the 22nd: tomorrow", 0, RED(.tomorrow = true), '+' },
        { "at 05:59, too", 13 * H - M, RED(.tomorrow = true), '+' },
        { "nobody told of the 24th", 13 * H, RED(.tomorrow = true), '.' },
        { "begins in thirteen hours: within thirteen", 0, RED(.ahead_ms = 13 * H), '+' },
        { "not within twelve", 0, RED(.ahead_ms = 12 * H), '-' },
    };
    b->config.contract.day_start_minute = 6 * 60;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)rule_when(b, rows[i].when);
        b->utc_ms = BENCH_UTC;
        begin(b);
        const ohm_signal_interval days[] = { day_of(b, (ohm_date){ 2026, 11, 22 }, OHM_DAY_BLUE),
                                             day_of(b, (ohm_date){ 2026, 11, 23 }, OHM_DAY_RED) };
        tell(b, OHM_SIGNAL_DAYS, 2, days);
        bench_tick(b, rows[i].later_ms);
        expect(b, rows[i].why, rows[i].want);
    }
}

/* A day that begins in the hour which clocks jump over begins when they do. */
static void a_day_that_begins_in_no_hour(void **state)
{
    bench *b = *state;
    b->config.contract.day_start_minute = 2 * 60 + 30;
    (void)rule_when(b, (ohm_when)RED(.ahead_ms = 3 * H));
    b->utc_ms = INT64_C(1774731600000) + 30 * M; /* 2026-03-28T22:00 in Paris; 02:00 is 03:00 */
    begin(b);
    const ohm_signal_interval days[] = { day_of(b, (ohm_date){ 2026, 3, 28 }, OHM_DAY_BLUE),
                                         day_of(b, (ohm_date){ 2026, 3, 29 }, OHM_DAY_RED) };
    tell(b, OHM_SIGNAL_DAYS, 2, days);
    expect(b, "more than three hours before", '-');
    bench_tick(b, H);
    expect(b, "less than three hours before", '+');
}

/* Two answers for one day: the later one holds, and makes no third colour of them. */
static void a_day_that_is_told_twice(void **state)
{
    bench *b = *state;
    (void)rule_when(b, (ohm_when)RED(.below = false));
    begin(b);
    const ohm_ms from_ms = day_of(b, (ohm_date){ 2026, 11, 22 }, OHM_DAY_BLUE).when.from_ms;
    const ohm_signal_interval days[] = { { { from_ms, from_ms + 6 * H }, OHM_DAY_BLUE },
                                         { { from_ms + 6 * H, from_ms + 24 * H }, OHM_DAY_WHITE } };
    tell(b, OHM_SIGNAL_DAYS, 2, days);
    expect(b, "blue, then white, is not red", '-');
}

/* What is told of hours that come reaches the rules, each by itself; nothing else hears of it. */
static void hours_that_come(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        ohm_signal_kind kind;
        int32_t now, tomorrow;
        ohm_when when;
        char want;
    } rows[] = {
        { "clean now",
          OHM_SIGNAL_CO2,
          30,
          90,
          { .kind = OHM_WHEN_CO2, .below = true, .threshold = 40 },
          '+' },
        { "dirty now",
          OHM_SIGNAL_CO2,
          50,
          30,
          { .kind = OHM_WHEN_CO2, .below = true, .threshold = 40 },
          '-' },
        { "frost tomorrow",
          OHM_SIGNAL_OUTDOOR,
          500,
          -100,
          { .kind = OHM_WHEN_OUTDOOR, .below = true, .tomorrow = true },
          '+' },
        { "frost today alone",
          OHM_SIGNAL_OUTDOOR,
          -100,
          500,
          { .kind = OHM_WHEN_OUTDOOR, .below = true, .tomorrow = true },
          '-' },
        { "it was another thing that was told",
          OHM_SIGNAL_OUTDOOR,
          -100,
          -100,
          { .kind = OHM_WHEN_CO2, .below = true, .threshold = 40 },
          '.' },
        { "an overrun tomorrow",
          OHM_SIGNAL_OVERRUN,
          -1,
          1,
          { .kind = OHM_WHEN_OVERRUN, .ahead_ms = 24 * (int64_t)H },
          '+' },
        { "none",
          OHM_SIGNAL_OVERRUN,
          0,
          0,
          { .kind = OHM_WHEN_OVERRUN, .ahead_ms = 24 * (int64_t)H },
          '-' },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)rule_when(b, rows[i].when);
        b->utc_ms = BENCH_UTC;
        begin(b);
        const ohm_interval today = ohm_civil_day(&b->config.tz, BENCH_UTC);
        const ohm_interval next = ohm_civil_day(&b->config.tz, today.to_ms);
        const ohm_signal_interval hours[] = { { today, rows[i].now }, { next, rows[i].tomorrow } };
        tell(b, rows[i].kind, 2, hours);
        expect(b, rows[i].why, rows[i].want);
    }
}

static void hours_of_the_grid_ahead(void **state)
{
    bench *b = *state;
    static const int32_t levels[] = { 1, 2, 1, 3, 1 };
    static const struct {
        const char *why;
        int32_t level;
        int64_t ahead_ms, later_ms;
        char want;
    } rows[] = {
        { "tense in an hour", 2, H, 0, '+' },
        { "not within a minute", 2, M, 0, '-' },
        { "it is: no more before", 2, 3 * H, H, '-' },
        { "very tense counts as tense, too", 2, 90 * M, 2 * H, '+' },
        { "very tense is beyond the tense one", 3, 2 * H, 0, '-' },
        { "and within three hours", 3, 3 * H, 0, '+' },
        { "after the last one none comes", 2, 8 * H, 4 * H, '-' },
    };
    b->config.has_ecowatt = true;
    b->config.ecowatt_threshold = 3;
    b->config.loads[0].never_shed = b->config.loads[1].never_shed = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)rule_when(b, (ohm_when){ .kind = OHM_WHEN_LEVEL,
                                       .threshold = rows[i].level,
                                       .ahead_ms = rows[i].ahead_ms });
        b->utc_ms = BENCH_UTC;
        begin(b);
        bench_levels(b, 5, levels);
        bench_tick(b, rows[i].later_ms);
        expect(b, rows[i].why, rows[i].want);
    }
}

static void somebody_is_at_home(void **state)
{
    bench *b = *state;
    (void)rule_when(b, (ohm_when){ .kind = OHM_WHEN_PRESENCE });
    begin(b);
    expect(b, "nobody said", '.');
    assert_int_equal(ohm_engine_presence_of(b->engine), -1);
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_PRESENCE, .fed = true });
    assert_non_null(bench_notice(b, OHM_NOTICE_COMMAND_DONE));
    expect(b, "at home", '+');
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_PRESENCE, .fed = false });
    expect(b, "away", '-');
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_PRESENCE_CLEAR });
    expect(b, "nobody says any more", '.');
}

/* --- heaters and setpoints ---------------------------------------------------------------------
 */

enum { AMPERE_W = 230, LEAST_W = 6 * AMPERE_W, MOST_W = 16 * AMPERE_W };

/* The heater hangs on a pilot wire, shed by Hors-gel; the car has a setpoint. */
static void with_settings(bench *b)
{
    b->config.loads[0].kind = OHM_LOAD_PILOT;
    b->config.loads[0].shed_setting = OHM_ORDER_HORS_GEL;
    b->config.loads[0].orders = 1 << OHM_ORDER_CONFORT | 1 << OHM_ORDER_ECO |
                                1 << OHM_ORDER_HORS_GEL | 1 << OHM_ORDER_ARRET;
    b->config.loads[1].kind = OHM_LOAD_MODULATED;
    b->config.loads[1].nominal_w = MOST_W;
    b->config.loads[1].min_w = b->config.loads[1].safe_setting = LEAST_W;
    b->config.loads[1].step_w = AMPERE_W;
}

/* An order of a rule is its own while it holds; what it asks otherwise is the usual one. */
static void a_rule_has_an_order_of_its_own(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        int32_t order;
        bool cheap;
        int32_t want;
    } rows[] = {
        { "Eco while it is cheap", OHM_ORDER_ECO, true, OHM_ORDER_ECO },
        { "else the order that sheds it", OHM_ORDER_ECO, false, OHM_ORDER_HORS_GEL },
        { "Arret while it is cheap", OHM_ORDER_ARRET, true, OHM_ORDER_ARRET },
        { "else Confort", OHM_ORDER_ARRET, false, OHM_ORDER_CONFORT },
    };
    with_settings(b);
    b->config.loads[0].off_min_ms = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_rule *rule =
            rule_when(b, (ohm_when){ .kind = OHM_WHEN_PRICE, .below = true, .threshold = 160000 });
        rule->exact = true;
        rule->setting = rows[i].order;
        rule->fed = ohm_setting_feeds(&b->config.loads[0], rows[i].order);
        b->utc_ms = rows[i].cheap ? BENCH_UTC + NIGHT : BENCH_UTC;
        begin(b);
        bench_tick(b, M);
        bench_tick(b, M);
        if (bench_load(b, 0)->setting != rows[i].want)
            fail_msg("%s: %d", rows[i].why, bench_load(b, 0)->setting);
        assert_int_equal(bench_load(b, 0)->cause, OHM_CAUSE_RULE);
    }
}

static void sunshine(bench *b, int64_t export_w, int64_t import_w)
{
    ohm_frame frame = { .device = 0, .count = 2, .time_ms = b->utc_ms };
    frame.values[0] = (ohm_value){ OHM_Q_POWER_EXPORT, OHM_QUALITY_GOOD, 10 * export_w };
    frame.values[1] = (ohm_value){ OHM_Q_POWER_IMPORT, OHM_QUALITY_GOOD, 10 * import_w };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
}

static void live(bench *b, int64_t seconds, int64_t export_w, int64_t import_w)
{
    for (int64_t s = 0; s < seconds; s++) {
        bench_pass(b, S);
        sunshine(b, export_w, import_w);
    }
}

static void begin_sun(bench *b)
{
    with_settings(b);
    ohm_rule *rule = rule_when(b, (ohm_when){ .kind = OHM_WHEN_SURPLUS, .threshold = LEAST_W });
    rule->load = 1;
    rule->least_ms = H;
    ohm_rule_set *set = &b->config.rules;
    set->inputs_count = 2;
    set->inputs[0] = (ohm_rule_input){ 0, OHM_Q_POWER_EXPORT, 30 * S };
    set->inputs[1] = (ohm_rule_input){ 0, OHM_Q_POWER_IMPORT, 30 * S };
    set->surplus_export = 0;
    set->surplus_import = 1;
    begin(b);
}

/* The car goes up by what is fed back and down by what is drawn, and stays where nobody says. */
static void a_car_follows_the_sun(void **state)
{
    bench *b = *state;
    begin_sun(b);
    live(b, 2, 2000, 0);
    assert_true(bench_load(b, 1)->follows);
    live(b, 40, 500, 0);
    assert_int_equal(bench_load(b, 1)->setting, LEAST_W + 2 * AMPERE_W);
    bench_tick(b, M); /* the meter says nothing for a minute */
    bench_tick(b, M);
    assert_int_equal(bench_load(b, 1)->setting, LEAST_W + 2 * AMPERE_W);
    live(b, 14, 0, 300);
    assert_int_equal(bench_load(b, 1)->setting, LEAST_W);
    assert_true(bench_load(b, 1)->fed);
}

/* What no site feeds back or draws moves it to its ends, and no further. */
static void a_sun_beyond_belief(void **state)
{
    bench *b = *state;
    begin_sun(b);
    live(b, 3, 2000, 0);
    live(b, 40, INT64_C(10000000000000), 0);
    assert_int_equal(bench_load(b, 1)->setting, MOST_W);
    live(b, 14, 0, INT64_C(10000000000000));
    assert_int_equal(bench_load(b, 1)->setting, LEAST_W);
}

/* A rule that looks at a surplus and asks otherwise, a rule that looks at none, a load that has no
 * setpoint: nothing follows. */
static void what_follows_nothing(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        ohm_when when;
        uint16_t load;
    } rows[] = {
        { "a price", { .kind = OHM_WHEN_PRICE, .threshold = 0 }, 1 },
        { "no surplus", { .kind = OHM_WHEN_SURPLUS, .below = true, .threshold = 9000 }, 1 },
        { "the opposite of a surplus", { .kind = OHM_WHEN_SURPLUS, .threshold = 9000 }, 1 },
        { "a heater", { .kind = OHM_WHEN_SURPLUS, .threshold = 100 }, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin_sun(b);
        b->config.rules.rules[0].whens[0] = rows[i].when;
        b->config.rules.rules[0].load = rows[i].load;
        begin(b);
        live(b, 40, 3000, 0);
        for (int k = 0; k < 2; k++)
            if (bench_load(b, k)->follows)
                fail_msg("%s: load %d", rows[i].why, k);
        assert_true(bench_load(b, rows[i].load)->rule == 0);
    }
}

/* --- what a person or a plan may ask of them ----------------------------------------------------
 */

static void settings_that_are_asked_for(void **state)
{
    bench *b = *state;
    enum { NONE = -1 };
    static const struct {
        const char *why;
        uint16_t load;
        bool exact, fed;
        int32_t setting, want; /* NONE: refused */
    } rows[] = {
        { "off, by whatever sheds it", 0, false, false, 0, OHM_ORDER_HORS_GEL },
        { "an order that feeds", 0, true, false, OHM_ORDER_ECO, OHM_ORDER_ECO },
        { "an order that sheds, whatever `fed` says", 0, true, true, OHM_ORDER_ARRET,
          OHM_ORDER_ARRET },
        { "an order that its relays can't make", 0, true, true, OHM_ORDER_CONFORT_1, NONE },
        { "no order", 0, true, true, 77, NONE },
        { "watts", 1, true, false, 2000, 2000 },
        { "nothing", 1, true, true, 0, 0 },
        { "less than its least", 1, true, true, LEAST_W - 1, NONE },
        { "more than its most", 1, true, true, MOST_W + 1, NONE },
        { "a setting of a load that has none", 2, true, true, 0, NONE },
        { "off, what is never shed", 2, false, false, 0, NONE },
        { "a load that is not there", 3, false, true, 0, NONE },
    };
    with_settings(b);
    b->config.loads_count = 3;
    b->config.loads[2] = (ohm_load){
        .id = "fridge", .tier = 3, .nominal_w = 100, .never_shed = true, .failsafe_fed = true
    };
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            begin(b);
            bench_tick(b, M);
            bench_command(b, (ohm_command){ .kind = k ? OHM_COMMAND_PLAN : OHM_COMMAND_OVERRIDE,
                                            .load = rows[i].load,
                                            .exact = rows[i].exact,
                                            .fed = rows[i].fed,
                                            .setting = rows[i].setting,
                                            .until_ms = b->utc_ms + H,
                                            .plan = { .why = OHM_PLAN_WHY_LATER } });
            bool refused = bench_notice(b, OHM_NOTICE_COMMAND_REFUSED) != NULL;
            if (refused != (rows[i].want == NONE))
                fail_msg("%s: %s", rows[i].why, refused ? "refused" : "taken");
            bench_tick(b, M);
            int32_t is = rows[i].load < 3 ? bench_load(b, rows[i].load)->setting : 0;
            if (!refused && is != rows[i].want)
                fail_msg("%s: %d", rows[i].why, is);
            if (!refused)
                assert_int_equal(bench_load(b, rows[i].load)->cause,
                                 k ? OHM_CAUSE_PLAN : OHM_CAUSE_MANUAL);
        }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(a_price_of_now),
        TEST(the_cheapest_hours_of_the_day),
        TEST(cheap_among_prices_of_a_market),
        TEST(days_as_the_contract_has_them),
        TEST(a_day_that_begins_in_no_hour),
        TEST(a_day_that_is_told_twice),
        TEST(hours_that_come),
        TEST(hours_of_the_grid_ahead),
        TEST(somebody_is_at_home),
        TEST(a_rule_has_an_order_of_its_own),
        TEST(a_car_follows_the_sun),
        TEST(a_sun_beyond_belief),
        TEST(what_follows_nothing),
        TEST(settings_that_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
