/* The price of each half-hour by a shipped contract: "seconds,period,µEUR/kWh" a line, "-" where
 * there is none. usage: price_dump NAME FROM_S TO_S */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "config/tariff_file.h"
#include "host/tzdata.h"

enum { DAYS = 366 * 40, STEP_S = 1800 };

static void tell(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "price_dump: %s\n", text);
}

static bool open_contract(const char *name, ohm_tariff *out)
{
    ohm_tariff_wish wish = { 0, NULL, 0 };
    ohm_schema_report report = { tell, NULL, 0 };
    const ohm_asset *asset = ohm_tariff_find(name, &wish.power_va);
    return asset && ohm_tariff_read(asset->bytes, name, &wish, out, &report) == OHM_OK;
}

int main(int argc, char **argv)
{
    static ohm_tariff tariff;
    static uint8_t bytes[DAYS];
    ohm_tz paris;
    int64_t from_s, to_s;
    if (argc != 4 || !open_contract(argv[1], &tariff) ||
        ohm_number_int(ohm_span_text(argv[2]), &from_s) != OHM_OK ||
        ohm_number_int(ohm_span_text(argv[3]), &to_s) != OHM_OK ||
        ohm_failed(ohm_tzdata_load("Europe/Paris", &paris)))
        return 1;
    ohm_day_codes codes = { ohm_days_from_date((ohm_date){ 2000, 1, 1 }), DAYS, bytes, NULL,
                            OHM_DAY_UNKNOWN };
    ohm_code code = ohm_calendar_shipped(&tariff.contract, codes.first_day, bytes, DAYS);
    if (code != OHM_OK && code != OHM_UNKNOWN)
        return 1;
    for (int64_t s = from_s; s < to_s; s += STEP_S) {
        ohm_price price;
        if (ohm_contract_price(&tariff.contract, &paris, &codes, s * 1000, &price) == OHM_OK)
            printf("%lld,%s,%lld\n", (long long)s, tariff.contract.periods[price.period].id,
                   (long long)price.ueur_per_kwh);
        else
            printf("%lld,-,-\n", (long long)s);
    }
    return 0;
}
