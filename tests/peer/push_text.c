/* What simulated meters say by themselves, on standard output, for tests that drive the program.
 *
 * usage: push_text tic|tic-standard|p1|sml|d0 [START_UTC_MS]
 *
 * A few frames in a row, so that who joins in the first has others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/d0_meter.h"
#include "sim/linky.h"
#include "sim/p1_meter.h"
#include "sim/sml_meter.h"

enum { FRAMES = 3, STEP_MS = 10 * OHM_SECOND_MS, BYTES_MAX = 1 << 14 };

typedef struct meters {
    ohm_linky linky;
    ohm_p1_meter p1;
    ohm_sml_meter sml;
    ohm_d0_meter d0;
} meters;

static ohm_code push(const char *kind, meters *m, const ohm_house *house, const ohm_tz *tz,
                     ohm_writer *out)
{
    if (!strncmp(kind, "tic", 3))
        return ohm_linky_push(&m->linky, house, tz, out);
    if (!strcmp(kind, "p1"))
        return ohm_p1_meter_push(&m->p1, house, tz, out);
    if (!strcmp(kind, "sml"))
        return ohm_sml_meter_push(&m->sml, house, out);
    return !strcmp(kind, "d0") ? ohm_d0_meter_push(&m->d0, house, tz, out) : OHM_UNKNOWN;
}

int main(int argc, char **argv)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    static uint8_t bytes[BYTES_MAX];
    ohm_writer out = ohm_writer_over(bytes, sizeof bytes);
    ohm_ms start_ms = argc > 2 ? strtoll(argv[2], NULL, 10) : 1795176000000;
    ohm_house house;
    ohm_tz utc;
    meters m;
    if (argc < 2)
        return 2;
    ohm_tz_utc(&utc);
    ohm_house_init(&house, 7, start_ms - OHM_HOUR_MS);
    ohm_linky_init(&m.linky);
    ohm_p1_meter_init(&m.p1);
    ohm_sml_meter_init(&m.sml, start_ms - OHM_HOUR_MS);
    ohm_d0_meter_init(&m.d0);
    m.linky.mode = strcmp(argv[1], "tic") ? OHM_TIC_STANDARD : OHM_TIC_HISTORIC;
    for (int i = 0; i < FRAMES; i++) {
        ohm_house_step(&house, &utc, start_ms + i * (ohm_ms)STEP_MS, fed);
        if (push(argv[1], &m, &house, &utc, &out) != OHM_OK)
            return 2;
    }
    return fwrite(out.ptr, 1, out.len, stdout) == out.len ? 0 : 2;
}
