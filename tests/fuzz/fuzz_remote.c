/* Whatever an engine answers to a question: rows of the time that was asked for, or an error. */
#include "store/remote_own.h"

static bool take(void *ctx, const ohm_series_info *info)
{
    (void)ctx;
    assert(strlen(info->key) > 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_remote_parse *const parsers[] = { ohm_remote_matrix, ohm_remote_influxql,
                                                 ohm_remote_flux, ohm_remote_export };
    const ohm_span body = ohm_span_of(data, size);
    for (int i = 0; i < 7; i++) {
        ohm_remote_rows rows = { 0 };
        const ohm_interval range = { 1000, 4000 };
        ohm_err err = ohm_remote_rows_init(&rows, "h/z/d/power", range, i < 3 ? 1000 : 0, 4);
        if (!ohm_failed(err) && !ohm_failed(parsers[i < 4 ? i : i - 3](body, &rows)))
            ohm_remote_rows_finish(&rows);
        for (uint32_t n = 0; n < rows.count; n++)
            assert(rows.rows[n].from_ms >= 1000 && rows.rows[n].from_ms < 4000);
        ohm_remote_rows_release(&rows);
    }
    (void)ohm_remote_list_matrix(body, take, NULL).code;
    (void)ohm_remote_list_influxql(body, take, NULL).code;
    (void)ohm_remote_list_flux(body, take, NULL).code;
    return 0;
}
