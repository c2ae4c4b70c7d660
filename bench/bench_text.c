/* Messages a second on one core, from bytes to values, of the protocols of Germany and the
 * Benelux: an SML file, a P1 telegram and a readout of IEC 62056-21 of a household meter. The
 * machine is shared: the best round counts. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../tests/sml_files.h"
#include "../tests/telegrams.h"
#include "wire/d0.h"

enum {
    MESSAGES = 500,
    ROUNDS = 200,
    SML_MARK = 97000, /* what the usual C library does */
    P1_MARK = 100000,
    D0_MARK = 100000,
};

static int64_t sum; /* keeps the work from being optimised away */

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool report(const char *name, double best_s, size_t bytes, double mark)
{
    double rate = MESSAGES / best_s;
    (void)printf("%s: %.0f messages/s, %.0f MB/s (mark: >= %.0f) %s\n", name, rate,
                 (double)bytes / best_s / 1e6, mark, rate >= mark ? "ok" : "MISSED");
    return rate >= mark;
}

static bool bench_sml(void)
{
    static uint8_t stream[MESSAGES * 512];
    static ohm_sml decoder;
    ohm_writer w = ohm_writer_over(stream, sizeof stream);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        const sml_bytes b = sml_household(25149419 + i, -300);
        ohm_put_bytes(&w, sml_span(&b));
    }
    if (w.full)
        exit(EXIT_FAILURE);
    double best_s = 1;
    for (int round = 0; round < ROUNDS; round++) {
        ohm_span in = ohm_writer_span(&w);
        const ohm_sml_message *m;
        ohm_sml_reject reject;
        int messages = 0;
        double start_s = now_s();
        ohm_sml_init(&decoder);
        for (; ohm_sml_next(&decoder, &in, &m, &reject) == OHM_OK; messages++)
            sum += m->values[1].raw;
        double took_s = now_s() - start_s;
        best_s = took_s < best_s ? took_s : best_s;
        if (messages != MESSAGES)
            exit(EXIT_FAILURE);
    }
    return report("SML, 4 values", best_s, w.len, SML_MARK);
}

static bool bench_p1(void)
{
    static uint8_t stream[MESSAGES * 768];
    static ohm_p1 decoder;
    static const ohm_p1_config plain = { .aead = NULL };
    ohm_writer w = ohm_writer_over(stream, sizeof stream);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        const telegram t = telegram_household(25149419 + i, 812);
        ohm_put_bytes(&w, telegram_span(&t));
    }
    if (w.full)
        exit(EXIT_FAILURE);
    double best_s = 1;
    for (int round = 0; round < ROUNDS; round++) {
        ohm_span in = ohm_writer_span(&w);
        const ohm_p1_message *m;
        ohm_p1_reject reject;
        int messages = 0;
        double start_s = now_s();
        ohm_p1_init(&decoder, &plain);
        for (; ohm_p1_next(&decoder, &in, &m, &reject) == OHM_OK; messages++)
            sum += m->readout.sets[3].raw;
        double took_s = now_s() - start_s;
        best_s = took_s < best_s ? took_s : best_s;
        if (messages != MESSAGES)
            exit(EXIT_FAILURE);
    }
    return report("P1, 13 lines", best_s, w.len, P1_MARK);
}

static bool bench_d0(void)
{
    static uint8_t stream[MESSAGES * 512];
    static ohm_d0 decoder;
    static const ohm_d0_config strict = { .recorded = false };
    static const ohm_readout_number_form forms[] = {
        { "1.8.0", "kWh", 6, 3 }, { "1.8.1", "kWh", 6, 3 }, { "1.8.2", "kWh", 6, 3 },
        { "2.8.0", "kWh", 6, 3 }, { "16.7.0", "kW", 3, 3 }, { "32.7.0", "V", 3, 1 },
    };
    ohm_writer w = ohm_writer_over(stream, sizeof stream);
    for (int i = 0; i < MESSAGES; i++) {
        ohm_put_text(&w, "/OHM5BENCH\r\n");
        size_t stx = w.len;
        ohm_put_u8(&w, 0x02);
        ohm_readout_put_set(&w, "F.F", "00000000");
        for (size_t k = 0; k < sizeof forms / sizeof *forms; k++)
            ohm_readout_put_number(&w, &forms[k], 25149419 + i);
        ohm_d0_put_end(&w, stx);
    }
    if (w.full)
        exit(EXIT_FAILURE);
    double best_s = 1;
    for (int round = 0; round < ROUNDS; round++) {
        ohm_span in = ohm_writer_span(&w);
        const ohm_d0_message *m;
        ohm_d0_reject reject;
        int messages = 0;
        double start_s = now_s();
        ohm_d0_init(&decoder, &strict);
        for (; ohm_d0_next(&decoder, &in, &m, &reject) == OHM_OK; messages++)
            sum += m->readout.sets[1].raw;
        double took_s = now_s() - start_s;
        best_s = took_s < best_s ? took_s : best_s;
        if (messages != MESSAGES)
            exit(EXIT_FAILURE);
    }
    return report("IEC 62056-21, 7 lines", best_s, w.len, D0_MARK);
}

int main(void)
{
    bool kept = bench_sml();
    kept &= bench_p1();
    kept &= bench_d0();
    return kept && sum != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
