/* Any text as a name, a number with a unit, and a time: within bounds, and what is read as a
 * number comes out the same with spaces around it. */
#include <stdlib.h>

#include "inout/amount.h"
#include "inout/guess.h"
#include "inout/unit.h"
#include "inout/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_span all = { data, size }, text = all, unit = ohm_guess_unit(all);
    int64_t mantissa = 0, again = 0, value;
    int exponent = 0, exponent_again = 0;
    ohm_tz tz;
    ohm_tz_utc(&tz);
    ohm_code code = ohm_amount_parse(ohm_guess_name(text), 0, &mantissa, &exponent);
    text = ohm_guess_name(ohm_guess_name(text));
    for (int i = 1; code == OHM_OK && unit.len && i < OHM_QUANTITIES_COUNT; i++)
        (void)!ohm_unit_quantise(unit, (ohm_quantity_id)i, mantissa, exponent, &value);
    for (int form = OHM_WHEN_AUTO; form <= OHM_WHEN_NS; form++)
        if (ohm_when_parse(all, (ohm_when_form)form, &tz, NULL, &value).code == OHM_OK && !size)
            abort();
    if (code == OHM_OK && ohm_guess_unit(text).len == 0 &&
        (ohm_amount_parse(text, 0, &again, &exponent_again) != OHM_OK || again != mantissa))
        abort();
    return 0;
}
