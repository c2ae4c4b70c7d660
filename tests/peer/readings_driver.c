/* A store for readings.py: some readings in chunks, some still in frames, and one corrected.
 * usage: readings_driver PATH */
#include <stdio.h>

#include "store/history.h"
#include "store/store.h"

#define T0 INT64_C(1795305600000)

static int stop(const char *what, ohm_err err)
{
    (void)fprintf(stderr, "readings_driver: %s: %s\n", what, err.what);
    return 1;
}

int main(int argc, char **argv)
{
    ohm_store *store;
    ohm_history *history;
    static ohm_point past[20000];
    if (argc < 2)
        return 2;
    for (int i = 0; i < 20000; i++)
        past[i] = (ohm_point){ T0 + i * INT64_C(1000), i * 7919 % 1009, OHM_QUALITY_GOOD };
    ohm_history_run run = { "home/ground/main/voltage_l1", past, 20000 };
    ohm_history_counts counts = { 0 };
    ohm_err err = ohm_history_open(&(ohm_history_options){ .path = argv[1] }, &history);
    if (ohm_failed(err))
        return stop("history", err);
    err = ohm_history_add(history, &run, 1, NULL, NULL, &counts);
    ohm_history_close(history);
    if (!ohm_failed(err))
        err = ohm_store_open(&(ohm_store_options){ .path = argv[1] }, &store);
    if (ohm_failed(err))
        return stop("store", err);
    err = ohm_store_set_device(store, 0, "home/ground/main");
    for (int i = 19999; i < 20100 && !ohm_failed(err); i++) { /* the first of them: corrected */
        ohm_frame frame = { .device = 0, .count = 1, .time_ms = T0 + i * INT64_C(1000) };
        frame.values[0] = (ohm_value){ OHM_Q_VOLTAGE_L1, OHM_QUALITY_ESTIMATED, 100000 + i };
        if (ohm_store_frame(store, &frame) != OHM_OK)
            return 1;
    }
    ohm_store_close(store);
    return ohm_failed(err) ? stop("device", err) : 0;
}
