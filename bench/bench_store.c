/* The store: 30 days of a three-phase meter that says 22 values every 5 seconds. How fast they
 * go in (and what CPU a reading takes), what they weigh, what a day's and a month's curve cost
 * to read, how long a person waits for a commit, and the memory of it all. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "store/reader.h"
#include "store/store.h"

#define T0 INT64_C(1793491200000) /* 2026-11-01 */

enum {
    DAYS = 30,
    STEP_S = 5,
    FRAMES = DAYS * 86400 / STEP_S,
    COMMITS = 100,
    QUERIES = 20,
    QUERIES_MONTH = 3,
};

static const ohm_quantity_id quantities[] = {
    OHM_Q_POWER_IMPORT,       OHM_Q_POWER_EXPORT,     OHM_Q_POWER_IMPORT_L1,
    OHM_Q_POWER_IMPORT_L2,    OHM_Q_POWER_IMPORT_L3,  OHM_Q_POWER_EXPORT_L1,
    OHM_Q_POWER_EXPORT_L2,    OHM_Q_POWER_EXPORT_L3,  OHM_Q_VOLTAGE_L1,
    OHM_Q_VOLTAGE_L2,         OHM_Q_VOLTAGE_L3,       OHM_Q_CURRENT_L1,
    OHM_Q_CURRENT_L2,         OHM_Q_CURRENT_L3,       OHM_Q_POWER_FACTOR,
    OHM_Q_FREQUENCY,          OHM_Q_ENERGY_IMPORT,    OHM_Q_ENERGY_EXPORT,
    OHM_Q_ENERGY_IMPORT_T1,   OHM_Q_ENERGY_IMPORT_T2, OHM_Q_REACTIVE_ENERGY_Q1,
    OHM_Q_REACTIVE_ENERGY_Q4,
};
enum { VALUES = sizeof quantities / sizeof *quantities };

static double clock_s(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static _Noreturn void stop(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_store: %s: %s\n", what, why);
    exit(1);
}

static void must(ohm_err err, const char *what)
{
    if (ohm_failed(err))
        stop(what, err.what);
}

static uint32_t noise(uint32_t sides)
{
    static uint64_t seed = 8420;
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % sides;
}

static void next_frame(ohm_frame *frame, int n)
{
    frame->time_ms = T0 + (ohm_ms)n * STEP_S * 1000;
    frame->count = VALUES;
    for (uint16_t i = 0; i < VALUES; i++) {
        ohm_value *v = &frame->values[i];
        v->quantity = (uint16_t)quantities[i];
        if (i < 8)
            v->value = 10 * (i % 4 == 1 ? 0 : 200 + noise(3000)); /* W, one decimal */
        else if (i < 11)
            v->value = 23000 + noise(300);
        else if (i < 14)
            v->value = 1000 + noise(12000);
        else if (i < 16)
            v->value = (i == 14 ? 9400 : 49980) + noise(40);
        else
            v->value += n == 0 ? 12048950 : noise(3); /* registers */
    }
}

static void ingest(ohm_store *store)
{
    ohm_frame frame = { .device = 0 };
    double wall = clock_s(CLOCK_MONOTONIC), cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    for (int n = 0; n < FRAMES; n++) {
        next_frame(&frame, n);
        while (ohm_store_frame(store, &frame) == OHM_BUSY)
            usleep(200); /* the bench outruns the disk; a meter does not */
    }
    must(ohm_store_commit_wait(store), "commit");
    wall = clock_s(CLOCK_MONOTONIC) - wall;
    cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    double readings = (double)FRAMES * VALUES;
    printf("frames in: %.0f a second (%.0f readings a second)\n", FRAMES / wall, readings / wall);
    printf("CPU of a reading: %.3f us\n", 1e6 * cpu / readings);
}

static bool count_bucket(void *ctx, const ohm_bucket *bucket)
{
    *(uint64_t *)ctx += bucket->count;
    return true;
}

static void query(ohm_reader *reader, const char *what, ohm_ms span_ms, int64_t step_ms, int times)
{
    double best = 1e9;
    uint64_t count = 0;
    for (int i = 0; i < times; i++) {
        ohm_ms from = T0 + (DAYS * INT64_C(86400000) - span_ms) * i / times;
        double cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
        count = 0;
        must(ohm_reader_range(reader, "home/ground/main/power_import",
                              (ohm_interval){ from, from + span_ms }, step_ms, count_bucket,
                              &count),
             what);
        cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        best = cpu < best ? cpu : best;
    }
    printf("%s: %.2f ms CPU (%llu readings)\n", what, 1e3 * best, (unsigned long long)count);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void commits(ohm_store *store)
{
    static double took[COMMITS];
    for (int i = 0; i < COMMITS; i++) {
        double start = clock_s(CLOCK_MONOTONIC);
        must(ohm_store_put_wait(store, "bench", ohm_span_of(&i, sizeof i)), "put");
        took[i] = clock_s(CLOCK_MONOTONIC) - start;
    }
    qsort(took, COMMITS, sizeof *took, by_size);
    printf("a commit waited for: median %.2f ms, slowest of %d %.2f ms\n", 1e3 * took[COMMITS / 2],
           COMMITS, 1e3 * took[COMMITS - 1]);
}

static void memory(void)
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
    struct rusage use;
    (void)getrusage(RUSAGE_SELF, &use);
    printf("memory of the process: %.1f MB private, %.1f MB resident at most\n", (double)sum / 1024,
           (double)use.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
    char dir[256], path[300], command[300];
    (void)snprintf(dir, sizeof dir, "%s/ohm_bench_XXXXXX", argc > 1 ? argv[1] : "/tmp");
    if (!mkdtemp(dir))
        stop(dir, "cannot be made");
    (void)snprintf(path, sizeof path, "%s/ohmstead.db", dir);
    ohm_store *store = NULL;
    ohm_reader *reader = NULL;
    must(ohm_store_open(&(ohm_store_options){ .path = path }, &store), "open");
    must(ohm_store_set_device(store, 0, "home/ground/main"), "device");
    ingest(store);
    must(ohm_reader_open(path, &reader), "open to read");

    ohm_store_size size;
    must(ohm_reader_size(reader, &size), "size");
    double bytes = (double)(size.db_bytes - size.free_bytes);
    printf("a reading on the disk: %.2f bytes (30 days: %.1f MB)\n",
           bytes / ((double)FRAMES * VALUES), bytes / 1e6);
    query(reader, "a day by minutes", INT64_C(86400000), 60000, QUERIES);
    query(reader, "an hour, raw", INT64_C(3600000), 0, QUERIES);
    query(reader, "a month by quarters", DAYS * INT64_C(86400000), 900000, QUERIES_MONTH);
    commits(store);
    memory();
    ohm_reader_close(reader);
    ohm_store_close(store);
    (void)snprintf(command, sizeof command, "rm -r '%s'", dir);
    return system(command) == 0 ? 0 : 1;
}
