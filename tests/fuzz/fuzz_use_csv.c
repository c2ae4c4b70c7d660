#include "tariff/use_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever comes in, uses are in order, of some length, and never negative. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { ROOM = 64 };
    ohm_use uses[ROOM];
    ohm_spot_price spots[ROOM];
    uint8_t codes[400] = { 0 };
    size_t count;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_use_csv csv = { .tz = &utc, .uses = uses, .cap = ROOM, .stamps_are_ends = size & 1 };
    if (!ohm_failed(ohm_use_csv_read(ohm_span_of(data, size), &csv)))
        for (size_t i = 0; i < csv.count; i++) {
            assert(uses[i].from_ms < uses[i].to_ms && uses[i].import_mwh >= 0);
            assert(i == 0 || uses[i - 1].to_ms <= uses[i].from_ms);
        }
    if (!ohm_failed(ohm_spot_csv_read(ohm_span_of(data, size), spots, ROOM, &count)))
        assert(count <= ROOM);
    (void)!ohm_failed(ohm_codes_csv_read(ohm_span_of(data, size), &utc, 20000, codes, 400));
    return 0;
}
