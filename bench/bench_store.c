/* The store under W1: thirty series of a meter, live and of the past; what goes in, what it
 * weighs, what charts cost, what the card bears. And W2: ten thousand series. Each contender in the
 * same run; the servers among them where scripts/bench_store.py started them.
 *
 * usage: bench_store [FOLDER] [SERIES] [CONTENDER]. SERIES of the thirty have a year behind them
 * (default 4; 30 is W1 whole, 23.5 million readings). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/query.h"
#include "store/reader.h"
#include "store/store.h"
#include "store_server.h"

enum {
    SERIES_DEFAULT = 4,
    FINE_S = 10,
    COARSE_S = 60,
    FINE_DAYS = 30,
    COARSE_DAYS = 365,
    LIVE_FRAMES = 8640, /* a day */
    TIMES = 5,
    COMMITS = 100,
    W2_DEVICES = 334, /* with BENCH_SERIES each: 10,020 series */
    W2_MINUTES = 60,
    OPENINGS = 10,
    REGISTER = 17, /* energy_import; shares no divisor with BENCH_SERIES */
};

static const contender *const contenders[] = { &bench_ohmstead, &bench_plain_rows, &bench_influxdb,
                                               &bench_victoriametrics, &bench_postgresql };
enum { CONTENDERS = sizeof contenders / sizeof *contenders };

const ohm_quantity_id bench_quantities[BENCH_SERIES] = {
    OHM_Q_POWER_IMPORT,       OHM_Q_POWER_IMPORT_L1,  OHM_Q_POWER_IMPORT_L2,
    OHM_Q_POWER_IMPORT_L3,    OHM_Q_POWER_EXPORT,     OHM_Q_REACTIVE_POWER_IMPORT,
    OHM_Q_VOLTAGE_L1,         OHM_Q_VOLTAGE_L2,       OHM_Q_VOLTAGE_L3,
    OHM_Q_CURRENT_L1,         OHM_Q_CURRENT_L2,       OHM_Q_CURRENT_L3,
    OHM_Q_POWER_FACTOR,       OHM_Q_POWER_FACTOR_L1,  OHM_Q_POWER_FACTOR_L2,
    OHM_Q_FREQUENCY,          OHM_Q_TEMPERATURE,      OHM_Q_ENERGY_IMPORT,
    OHM_Q_ENERGY_EXPORT,      OHM_Q_ENERGY_IMPORT_T1, OHM_Q_ENERGY_IMPORT_T2,
    OHM_Q_ENERGY_IMPORT_T3,   OHM_Q_ENERGY_IMPORT_T4, OHM_Q_ENERGY_EXPORT_T1,
    OHM_Q_ENERGY_EXPORT_T2,   OHM_Q_ENERGY_IMPORT_L1, OHM_Q_ENERGY_IMPORT_L2,
    OHM_Q_REACTIVE_ENERGY_Q1, OHM_Q_DISCONNECTOR,     OHM_Q_APPARENT_POWER_IMPORT,
};

static bool missed;
static server there; /* of the contender at hand, if it is a server */

_Noreturn void bench_stop(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_store: %s: %s\n", what, why);
    exit(1);
}

static void must(ohm_err err, const char *what)
{
    if (ohm_failed(err))
        bench_stop(what, err.what);
}

const char *bench_key(int series, char key[static 160])
{
    (void)snprintf(key, 160, "home/ground/main/%s",
                   ohm_quantity_get(bench_quantities[series])->name);
    return key;
}

static double clock_s(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu_s(void)
{
    return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

/* What the contender has taken of the processor; a server's readings are also made into text here,
 * which is not counted. */
static double spent_s(const contender *c)
{
    return c->server ? server_cpu_s(&there) : cpu_s();
}

/* --- the meter ---------------------------------------------------------------------------- */

static uint64_t seed;

static uint32_t dice(uint32_t sides) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) >> 33) % sides;
}

static int64_t toward(int64_t value, int64_t level, uint32_t step)
{
    value += (int64_t)dice(2 * step + 1) - step;
    return value + (level > value ? 1 : level < value ? -1 : 0);
}

/* The next reading of a series, as a meter of its class says it: power in W, voltage in tenths,
 * current in hundredths; registers that follow a load; appliances come and go. */
static int64_t next_value(int series, int64_t before, ohm_ms time_ms, int step_s)
{
    bool day = time_ms / 3600000 % 24 >= 7;
    switch (ohm_quantity_get(bench_quantities[series])->kind) {
    case OHM_COUNTER: {
        bool runs = series == 17 || series >= 25 || (series == 19) == day;
        return before + (runs && series != 18 ? dice(2 + (uint32_t)step_s / 5) : 0);
    }
    case OHM_GAUGE:
        break;
    case OHM_STATE:
    case OHM_TEXT:
        return 0;
    }
    if (series == 4)
        return 0; /* nothing is exported */
    if (series < 6 || series == 29) {
        if (dice(600 / (uint32_t)step_s + 2) == 0)
            return 10 * (int64_t)(200 + dice(day ? 3000 : 600));
        int64_t w = before / 10 + (int64_t)dice(7) - 3;
        return 10 * (w < 0 ? 0 : w);
    }
    if (series < 9)
        return 10 * toward(before / 10, 2320, 2);
    if (series < 12)
        return 10 * toward(before / 10, 350, 3);
    if (series < 15)
        return 10 * toward(before / 10, 940, 1);
    if (series == 15)
        return 10 * toward(before / 10, 5000, 1);
    return dice(6) ? before : toward(before, day ? 2150 : 1850, 10);
}

static int64_t first_value(int series)
{
    return bench_quantities[series] == OHM_Q_FREQUENCY ? 50000 : series < 6 ? 4000 : 23200;
}

static ohm_ms now_ms = BENCH_T0;

ohm_ms bench_now(void)
{
    return now_ms;
}

static void next_frame(ohm_frame *frame, ohm_ms time_ms)
{
    now_ms = time_ms;
    for (uint16_t i = 0; i < BENCH_SERIES; i++) {
        ohm_value *v = &frame->values[i];
        int64_t before = frame->count ? v->value : first_value(i);
        *v = (ohm_value){ (uint16_t)bench_quantities[i], OHM_QUALITY_GOOD,
                          next_value(i, before, time_ms, FINE_S) };
    }
    frame->count = BENCH_SERIES;
    frame->time_ms = time_ms;
}

/* --- figures ------------------------------------------------------------------------------ */

static void figure(const contender *c, const char *what, double value, const char *unit,
                   double mark)
{
    printf("%-10s %s: %.3g %s", c->name, what, value, unit);
    if (c->ours && mark > 0) {
        bool good = value <= mark;
        printf(" (mark: at most %g) %s", mark, good ? "ok" : "MISSED");
        missed = missed || !good;
    }
    printf("\n");
}

static double private_mb(void)
{
    char line[128];
    unsigned long kib, sum = 0;
    FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
    while (rollup && fgets(line, sizeof line, rollup))
        if (sscanf(line, "Private_Clean: %lu", &kib) == 1 ||
            sscanf(line, "Private_Dirty: %lu", &kib) == 1)
            sum += kib;
    if (rollup)
        (void)fclose(rollup);
    return (double)sum / 1024;
}

/* --- live --------------------------------------------------------------------------------- */

/* Bytes given to the system for writing. */
static double written_bytes(void)
{
    char line[128];
    double bytes = 0;
    FILE *io = fopen("/proc/self/io", "r");
    while (io && fgets(line, sizeof line, io))
        (void)sscanf(line, "wchar: %lf", &bytes);
    if (io)
        (void)fclose(io);
    return bytes;
}

static double written_by(const contender *c)
{
    return c->server ? server_written_bytes(&there) : written_bytes();
}

static void live(const contender *c, void *engine)
{
    ohm_frame frame = { .device = 0 };
    seed = 1;
    double wall = clock_s(CLOCK_MONOTONIC), cpu = spent_s(c);
    for (int i = 0; i < LIVE_FRAMES; i++) {
        next_frame(&frame,
                   BENCH_T0 + (COARSE_DAYS + FINE_DAYS) * DAY_MS + i * INT64_C(1000) * FINE_S);
        c->say(engine, &frame);
    }
    c->commit(engine);
    double readings = (double)LIVE_FRAMES * BENCH_SERIES;
    wall = clock_s(CLOCK_MONOTONIC) - wall;
    c->settle(engine);
    cpu = spent_s(c) - cpu;
    printf("%-10s live, 30 readings a call: %.0f thousand readings a second%s\n", c->name,
           readings / wall / 1e3, c->ours ? " (mark: at least 500)" : "");
    missed = missed || (c->ours && readings / wall < 500e3);
    figure(c, "live, CPU of a reading", 1e6 * cpu / readings, "us", 1);
}

/* A day at its own pace, as far as the disk sees it: a commit a minute, chunks every two hours. */
static void card(const contender *c, const char *folder)
{
    const char *why = NULL;
    char place[300];
    (void)snprintf(place, sizeof place, "%s/card-%.4s", folder, c->name);
    if (mkdir(place, 0700) != 0)
        bench_stop(place, "cannot be made");
    double memory = private_mb(), bytes = written_by(c);
    void *engine = c->open(place, &why);
    ohm_frame frame = { .device = 0 };
    seed = 1;
    for (int i = 0; i < LIVE_FRAMES; i++) {
        next_frame(&frame, BENCH_T0 + i * INT64_C(1000) * FINE_S);
        c->say(engine, &frame);
        if (i % 6 == 5)
            c->commit(engine);
        if (i % 720 == 719)
            c->settle(engine);
    }
    if (!c->server)
        figure(c, "memory of the store after that day", private_mb() - memory, "MB", 8);
    c->close(engine);
    /* Of servers less than in real time: what they do by the clock is not done so often. */
    figure(c, "written in a day, a commit a minute", (written_by(c) - bytes) / 1e6, "MB", 75);
}

/* --- the past ----------------------------------------------------------------------------- */

static size_t import(const contender *c, void *engine, int series)
{
    size_t fine = FINE_DAYS * (size_t)86400 / FINE_S;
    size_t coarse = COARSE_DAYS * (size_t)86400 / COARSE_S;
    ohm_point *points = calloc(fine + coarse, sizeof *points);
    if (!points)
        bench_stop("memory", "none is left");
    seed = (uint64_t)series + 2;
    ohm_ms at = BENCH_T0;
    int64_t value = first_value(series);
    for (size_t i = 0; i < fine + coarse; i++) {
        int step_s = i < coarse ? COARSE_S : FINE_S;
        value = next_value(series, value, at, step_s);
        points[i] = (ohm_point){ at, value, OHM_QUALITY_GOOD };
        at += step_s * 1000;
    }
    c->import(engine, series, points, fine + coarse);
    free(points);
    return fine + coarse;
}

typedef struct question {
    const char *what;
    ohm_interval range;
    int64_t step_ms;
    bool energy;
    int series;
    double mark_ms;
} question;

/* Of ours the processor's time: nothing else is waited for. Of a server the clock's. */
static double asked_s(const contender *c)
{
    return c->server ? clock_s(CLOCK_MONOTONIC) : cpu_s();
}

static void ask(const contender *c, void *engine)
{
    ohm_ms end = BENCH_T0 + (COARSE_DAYS + FINE_DAYS) * DAY_MS,
           year = BENCH_T0 + COARSE_DAYS * DAY_MS;
    const question questions[] = {
        { "a day, raw", { end - DAY_MS, end }, 0, false, 0, 0.5 },
        { "a month by 15 minutes", { end - 30 * DAY_MS, end }, 900000, false, 0, 3 },
        { "a year by hours", { BENCH_T0, year }, 3600000, false, 0, 10 },
        { "a year, two tariffs a day",
          { BENCH_T0, year },
          8 * INT64_C(3600000),
          true,
          REGISTER,
          6 },
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        const question *q = &questions[i];
        double best = 1e9;
        size_t rows = 0;
        for (int k = 0; k < TIMES; k++) {
            double start = asked_s(c);
            rows = c->ask(engine, q->series, q->range, q->step_ms, q->energy);
            double took = asked_s(c) - start;
            best = took < best ? took : best;
        }
        char what[100];
        (void)snprintf(what, sizeof what, "%s (%zu rows), %s", q->what, rows,
                       c->server ? "by the clock" : "CPU");
        figure(c, what, 1e3 * best, "ms", q->mark_ms);
    }
}

static void past(const contender *c, void *engine, int series)
{
    size_t count = 0; /* of each kind some: power first, and the register of the tariffs */
    for (int i = 0; i < series; i++)
        count += import(c, engine, i * REGISTER % BENCH_SERIES);
    c->settle(engine);
    figure(c, "a reading, compacted", c->bytes(engine) / (double)count, "bytes", 0.7);
    ask(c, engine);
}

static void run(const contender *c, const char *folder, int series)
{
    const char *why = "";
    void *engine = c->open(folder, &why);
    if (!engine)
        bench_stop(c->name, why);
    card(c, folder); /* first: nothing else has taken memory yet */
    double cpu = spent_s(c);
    past(c, engine, series);
    printf("%-10s all of the above took %.1f s of CPU\n", c->name, spent_s(c) - cpu);
    live(c, engine);
    c->close(engine);
}

/* W2: an hour of ten thousand series, every minute. */
static void many(const contender *c, const char *folder)
{
    static ohm_frame frames[W2_DEVICES];
    const char *why = "";
    char place[300];
    (void)snprintf(place, sizeof place, "%s/many-%.4s", folder, c->name);
    if (mkdir(place, 0700) != 0)
        bench_stop(place, "cannot be made");
    void *engine = c->open(place, &why);
    memset(frames, 0, sizeof frames);
    seed = 1;
    double wall = clock_s(CLOCK_MONOTONIC), cpu = spent_s(c);
    for (int minute = 0; minute < W2_MINUTES; minute++) {
        for (uint16_t d = 0; d < W2_DEVICES; d++) {
            frames[d].device = d;
            next_frame(&frames[d], BENCH_T0 + minute * INT64_C(60000));
        }
        c->minute(engine, frames, W2_DEVICES);
    }
    c->commit(engine);
    double readings = (double)W2_DEVICES * W2_MINUTES * BENCH_SERIES;
    figure(c, "10,000 series, readings a second",
           readings / (clock_s(CLOCK_MONOTONIC) - wall) / 1e3, "thousand", 0);
    c->settle(engine);
    figure(c, "10,000 series, CPU of a reading", 1e6 * (spent_s(c) - cpu) / readings, "us", 0);
    figure(c, "10,000 series, a reading", c->bytes(engine) / readings, "bytes", 0);
    double best = 1e9;
    size_t rows = 0;
    for (int i = 0; i < TIMES; i++) {
        double start = asked_s(c);
        rows = c->newest(engine, now_ms);
        double took = asked_s(c) - start;
        best = took < best ? took : best;
    }
    char what[80];
    (void)snprintf(what, sizeof what, "the newest of all %zu, %s", rows,
                   c->server ? "by the clock" : "CPU");
    figure(c, what, 1e3 * best, "ms", 0);
    c->close(engine);
}

/* --- ours alone --------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void commits(const char *path)
{
    static double took[COMMITS];
    ohm_store *store;
    must(ohm_store_open(&(ohm_store_options){ .path = path }, &store), "open");
    for (int i = 0; i < COMMITS; i++) {
        double start = clock_s(CLOCK_MONOTONIC);
        must(ohm_store_put_wait(store, "bench", ohm_span_of(&i, sizeof i)), "put");
        took[i] = clock_s(CLOCK_MONOTONIC) - start;
    }
    ohm_store_close(store);
    qsort(took, COMMITS, sizeof *took, by_size);
    printf("a commit waited for: median %.2f ms, slowest of %d %.2f ms\n", 1e3 * took[COMMITS / 2],
           COMMITS, 1e3 * took[COMMITS - 1]);
}

static bool stop_at_once(void *ctx, const ohm_latest *latest)
{
    (void)ctx;
    return latest->point.time_ms == 0;
}

/* Open and answer, with none of the file in memory as far as we can ask for that. */
static void open_cold(const char *path)
{
    double best = 1e9;
    for (int i = 0; i < OPENINGS; i++) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
            (void)close(fd);
        }
        ohm_reader *reader;
        double start = clock_s(CLOCK_MONOTONIC);
        must(ohm_reader_open(path, &reader), "open");
        must(ohm_query_latest(reader, stop_at_once, NULL), "latest");
        double took = clock_s(CLOCK_MONOTONIC) - start;
        best = took < best ? took : best;
        ohm_reader_close(reader);
    }
    figure(&bench_ohmstead, "open cold and the newest of all", 1e3 * best, "ms", 20);
}

int main(int argc, char **argv)
{
    char dir[256], path[300], command[300];
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    int series = argc > 2 ? atoi(argv[2]) : SERIES_DEFAULT;
    (void)snprintf(dir, sizeof dir, "%s/ohm_bench_XXXXXX", argc > 1 ? argv[1] : "/tmp");
    if (series < 2 || series > BENCH_SERIES || !mkdtemp(dir))
        bench_stop(dir, "not a folder, or not 2 to 30 series");
    (void)snprintf(path, sizeof path, "%s/ohmstead.db", dir);
    for (int i = 0; i < CONTENDERS; i++) {
        const contender *c = contenders[i];
        const char *why = "";
        if (argc > 3 && strcmp(c->name, argv[3]) != 0)
            continue;
        if (c->server && !c->server(&there, &why)) {
            printf("%-10s is left out: %s\n", c->name, why);
            continue;
        }
        run(c, dir, series);
        if (c->ours) {
            commits(path);
            open_cold(path);
        }
        many(c, dir);
        if (c->server)
            figure(c, "the most memory it had", server_peak_mb(&there), "MB", 0);
    }
    (void)snprintf(command, sizeof command, "rm -r '%s'", dir);
    return system(command) == 0 && !missed ? 0 : 1;
}
