/* One push of each kind, as first inputs: usage: seed_message_json FOLDER */
#include <stdio.h>

#include "host/file.h"
#include "sim/e450.h"

/* A bare notification of records with every number form, exact and far scalers, and a float. */
static void put_records(ohm_writer *w)
{
    static const uint8_t obis[OHM_OBIS_LEN] = { 1, 0, 1, 8, 0, 255 };
    static const int8_t scalers[] = { 0, -18, 18, -19, 127, -128 };
    ohm_put_notification(w, 1, OHM_TIME_ABSENT, NULL);
    ohm_axdr_put_array(w, 2 * sizeof scalers);
    for (size_t i = 0; i < 2 * sizeof scalers; i++) {
        ohm_axdr_put_structure(w, 3);
        ohm_axdr_put_obis(w, obis);
        if (i % 2)
            ohm_axdr_put_u64(w, UINT64_MAX - i);
        else
            ohm_axdr_put_f32(w, 230.1f);
        ohm_axdr_put_scaler_unit(w, scalers[i / 2], 30);
    }
}

static bool save(const char *folder, const char *name, ohm_writer *w)
{
    char path[OHM_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return !w->full && !ohm_failed(ohm_file_write(path, ohm_writer_span(w), 0600));
}

int main(int argc, char **argv)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    uint8_t bytes[OHM_E450_PUSH_MAX];
    ohm_tz utc;
    ohm_house house;
    ohm_e450 meter;
    if (argc < 2)
        return 1;
    ohm_tz_utc(&utc);
    ohm_house_init(&house, 1, 0);
    ohm_house_step(&house, &utc, OHM_HOUR_MS, fed);
    ohm_e450_init(&meter);
    bool good = true;
    for (int i = 0; i < 2; i++) {
        ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
        meter.layout = i ? OHM_E450_PAIRS : OHM_E450_SELF_DESCRIBING;
        good = good && ohm_e450_push(&meter, &house, &utc, &w) == OHM_OK;
        good = good && save(argv[1], i ? "pairs" : "lists", &w);
    }
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    put_records(&w);
    return good && save(argv[1], "records", &w) ? 0 : 1;
}
