/* Rows and packs of a damaged database. What decodes must encode and decode to the same. */
#include "store/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_row row, again;
    uint8_t bytes[OHM_ROW_BYTES_MAX], quality;
    int64_t value;
    uint32_t layout;
    ohm_span in = ohm_span_of(data, size), event;
    if (ohm_row_layout(&in, &layout) == OHM_OK && ohm_columns_decode(&in, &row.columns) == OHM_OK &&
        ohm_row_values(in, &row) == OHM_OK) {
        ohm_span out = ohm_span_of(bytes, ohm_row_encode(0, &row, bytes));
        assert(ohm_row_layout(&out, &layout) == OHM_OK && layout == 0);
        assert(ohm_columns_decode(&out, &again.columns) == OHM_OK);
        assert(ohm_row_values(out, &again) == OHM_OK);
        for (uint16_t i = 0; i < row.columns.count; i++)
            assert(ohm_row_pick(in, row.columns.count, i, &quality, &value) == OHM_OK &&
                   value == again.value[i] && quality == again.quality[i]);
    }
    uint64_t seq = 1;
    ohm_ms at = 0;
    in = ohm_span_of(data, size);
    for (bool first = true; ohm_pack_take(&in, first, &seq, &at, &event) == OHM_OK; first = false)
        assert(event.len <= size);
    return 0;
}
