/* M-Bus telegrams a second on one core, from the bytes of a line to normalised records with their
 * quantities: of the four simulated meters and, where OHM_CORPUS names the folder of public
 * captures, of those. Each is set against its floor of the same run: copying the bytes and adding
 * up their checksums. And a poll cycle of 250 meters. They take turns in short rounds and the best
 * round of each counts: the machine is shared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../tests/mbus_lab.h"
#include "meter/poll_mbus.h"
#include "sim/mbus_telegram.h"
#include "wire/mbus_quantity.h"

enum {
    ROUNDS = 400,
    SIM_TELEGRAMS = 200,
    BYTES_MAX = 1 << 17,
    LINE_BYTES_MAX = 1 << 16,
    MARK = 1500000,
};

static ohm_mbus decoder;
static int64_t sum; /* keeps the work from being optimised away */

typedef struct stream {
    uint8_t bytes[BYTES_MAX];
    size_t len;
    int telegrams, records;
} stream;

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void take(const ohm_mbus_message *m, int *records)
{
    for (size_t i = 0; i < m->records_count; i++) {
        const ohm_mbus_record *r = &m->records[i];
        sum += r->mantissa + ohm_mbus_quantity(m, r, NULL);
    }
    *records += m->records_count;
}

/* Seconds a telegram. */
static double decode(stream *s)
{
    double start = now_s();
    ohm_span in = { s->bytes, s->len };
    const ohm_mbus_message *m = NULL;
    ohm_mbus_reject reject;
    ohm_code code;
    s->telegrams = s->records = 0;
    ohm_mbus_init(&decoder);
    while ((code = ohm_mbus_next(&decoder, &in, &m, &reject)) != OHM_MORE)
        if (code == OHM_OK) {
            take(m, &s->records);
            s->telegrams++;
        }
    return (now_s() - start) / s->telegrams;
}

/* The floor: no program reads a telegram without looking at each byte once. */
static double checksums(const stream *s)
{
    static uint8_t copy[BYTES_MAX];
    double start = now_s();
    uint8_t total = 0;
    memcpy(copy, s->bytes, s->len);
    for (size_t i = 0; i < s->len; i++)
        total = (uint8_t)(total + copy[i]);
    sum += total;
    return (now_s() - start) / s->telegrams;
}

static void fill_simulated(stream *s)
{
    s->len = 0;
    for (int i = 0; i < SIM_TELEGRAMS; i++) {
        ohm_sim_mbus_meter m = ohm_sim_mbus_make((ohm_sim_mbus_kind)(i % 4), 1, (uint32_t)i * 7919);
        s->len += ohm_sim_mbus_telegram(&m, 1795176000000 + i, s->bytes + s->len);
    }
}

/* Every capture of the corpus that is a telegram; false: there is none. */
static bool fill_public(stream *s, const char *folder)
{
    static char line[LINE_BYTES_MAX];
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/mbus/public.jsonl", folder);
    FILE *file = fopen(path, "rb");
    s->len = 0;
    if (!file)
        return false;
    while (fgets(line, sizeof line, file)) {
        const char *hex = strstr(line, "\"hex\": \"");
        bool telegram = strstr(line, "\"kind\": \"response\"") != NULL;
        unsigned byte = 0;
        if (!hex || !telegram)
            continue;
        for (hex += strlen("\"hex\": \""); sscanf(hex, "%2x", &byte) == 1 && *hex != '"'; hex += 2)
            if (s->len < sizeof s->bytes)
                s->bytes[s->len++] = (uint8_t)byte;
    }
    (void)fclose(file);
    return s->len > 0;
}

static bool report(const char *name, stream *s)
{
    double best_s = 1, floor_s = 1;
    (void)decode(s);
    for (int round = 0; round < ROUNDS; round++) {
        double each_s = decode(s), least_s = checksums(s);
        best_s = each_s < best_s ? each_s : best_s;
        floor_s = least_s < floor_s ? least_s : floor_s;
    }
    double rate = 1 / best_s;
    (void)printf("%s, %d of them, %.1f records each: %.0f telegrams/s (mark: >= %d) %s\n", name,
                 s->telegrams, (double)s->records / s->telegrams, rate, MARK,
                 rate >= MARK ? "ok" : "MISSED");
    (void)printf("%s, ratio to copying and adding up the bytes: %.2f\n", name, best_s / floor_s);
    return rate >= MARK;
}

static void on_message(void *ctx, const void *message)
{
    (void)ctx;
    sum += ((const ohm_mbus_message *)message)->records_count;
}

/* Everybody on a bus of 250 meters is asked once. */
static void measure_cycle(void)
{
    enum { METERS = 250, BAUD = 2400 };
    static ohm_sim_mbus_meter meters[METERS];
    ohm_sim_mbus bus;
    double best_s = 1;
    int64_t line_ms = 0;
    void *state = calloc(1, ohm_poller_mbus.state_size);
    if (!state)
        exit(EXIT_FAILURE);
    for (uint32_t i = 0; i < METERS; i++)
        meters[i] = ohm_sim_mbus_make((ohm_sim_mbus_kind)(i % 4), (uint8_t)(i + 1), 12345000 + i);
    ohm_sim_mbus_init(&bus, meters, METERS);
    for (int round = 0; round < ROUNDS / 10; round++) {
        mbus_lab lab = { .bus = &bus,
                         .poller = &ohm_poller_mbus,
                         .state = state,
                         .baud = BAUD,
                         .seed = 1,
                         .on_message = on_message };
        double start = now_s();
        for (int i = 0; i < METERS; i++) {
            char address[4];
            (void)snprintf(address, sizeof address, "%d", i + 1);
            const ohm_protocol_config config = { .line = true, .baud = BAUD, .address = address };
            if (ohm_failed(ohm_poller_mbus.init(state, &config)) ||
                lab_converse(&lab, false).verdict != OHM_POLL_DONE)
                exit(EXIT_FAILURE);
        }
        double took_s = now_s() - start;
        best_s = took_s < best_s ? took_s : best_s;
        line_ms = lab.now_ms;
    }
    ohm_poller_mbus.release(state);
    free(state);
    (void)printf("M-Bus, a poll cycle of %d meters with their simulation: %.2f ms of one core, "
                 "%.0f s of a line of %d baud\n",
                 METERS, 1000 * best_s, 0.001 * (double)line_ms, BAUD);
}

int main(void)
{
    static stream simulated, public;
    const char *folder = getenv("OHM_CORPUS");
    fill_simulated(&simulated);
    bool kept = report("M-Bus, simulated telegrams", &simulated);
    if (folder && fill_public(&public, folder))
        kept &= report("M-Bus, public telegrams", &public);
    else
        (void)printf("M-Bus, public telegrams: not measured, OHM_CORPUS names none\n");
    measure_cycle();
    (void)printf("M-Bus, memory of an idle decoder: %zu bytes (mark: <= 8192) %s\n", sizeof decoder,
                 sizeof decoder <= 8192 ? "ok" : "MISSED");
    return kept && sum != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
