/* A push of an E450, and a little text: usage: seed_decoder FOLDER */
#include <stdio.h>

#include "host/file.h"
#include "sim/e450.h"

static bool save(const char *folder, const char *name, ohm_span bytes)
{
    char path[OHM_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return !ohm_failed(ohm_file_write(path, bytes, 0600));
}

int main(int argc, char **argv)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    uint8_t bytes[1 + OHM_E450_PUSH_MAX] = { 31 };
    ohm_tz utc;
    ohm_house house;
    ohm_e450 meter;
    if (argc < 2)
        return 1;
    ohm_tz_utc(&utc);
    ohm_house_init(&house, 1, 0);
    ohm_house_step(&house, &utc, OHM_HOUR_MS, fed);
    ohm_e450_init(&meter);
    ohm_writer w = ohm_writer_over(bytes + 1, sizeof bytes - 1);
    bool good = ohm_e450_push(&meter, &house, &utc, &w) == OHM_OK;
    good = good && save(argv[1], "push", ohm_span_of(bytes, 1 + ohm_writer_span(&w).len));
    good =
        good && save(argv[1], "tic", ohm_span_text("\7\2\nPAPP 00990 0\r\nHCHC 012345678 &\r\3"));
    return good && save(argv[1], "d0",
                        ohm_span_text("\77/XYZ5\r\n\r\n1.8.0(000123.4*kWh)\r\n!\r\n"))
               ? 0
               : 1;
}
