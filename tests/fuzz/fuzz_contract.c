/* Any text as a contract file: a contract that can be priced at any time, or refused with words. */
#include <stdlib.h>

#include "config/tariff_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void line(void *ctx, const char *text)
{
    (void)text;
    *(bool *)ctx = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_tariff tariff;
    static ohm_day_plan plan;
    bool told = false;
    ohm_schema_report report = { .line = line, .ctx = &told };
    ohm_tariff_wish wish = { 0, NULL, 0 };
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_code code = ohm_tariff_read(ohm_span_of(data, size), "fuzz", &wish, &tariff, &report);
    if (code != OHM_OK && !told && code != OHM_NO_MEMORY)
        abort();
    if (code == OHM_OK)
        ohm_contract_day(&tariff.contract, &utc, NULL, (ohm_date){ 2025, 6, 1 }, &plan);
    return 0;
}
