/* Any bytes as answers of a VTN (a status, a length, a body; again and again): no more than a
 * round's questions, and what is kept is read back. */
#include <stdlib.h>

#include "fetch/ven.h"

static ohm_code measure(void *ctx, ohm_ven_reading *readings, size_t count)
{
    (void)ctx;
    for (size_t i = 0; i < count; i++)
        readings[i].known = readings[i].when.from_ms % 2000 == 0;
    return OHM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = { 200, 200, 201, 400, 403, 404, 409, 500 };
    static const ohm_ask ask = { .ven_name = "a", .resource = "b", .area = "c", .reports = true };
    ohm_ven *ven = ohm_ven_new(&ask, measure, NULL);
    ohm_ven_step step = OHM_VEN_ASK;
    ohm_ven_question question;
    if (!ven)
        return 0;
    ohm_ven_restore(ven, ohm_span_of(data, size));
    ohm_ven_begin(ven);
    for (int asked = 0; ohm_ven_next(ven, INT64_C(1767225600000), &step, &question) == OHM_OK &&
                        step == OHM_VEN_ASK;
         asked++) {
        size_t len = size > 2 ? data[1] * (size_t)16 : 0;
        if (asked > 100)
            abort();
        len = len < size - 2 ? len : size - 2;
        if (size < 2 || !ohm_ven_take(ven, statuses[data[0] % 8], ohm_span_of(data + 2, len), 0))
            break;
        free(ohm_ven_events(ven));
        data += 2 + len;
        size -= 2 + len;
    }
    free(ohm_ven_save(ven));
    ohm_ven_free(ven);
    return 0;
}
