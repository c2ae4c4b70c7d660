/* Any answer as columns and rows, of which the first byte is the border: items, or a refusal. */
#include <stdlib.h>

#include "wire/cosem_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_dlms_message message;
    const ohm_cosem_scale scale = { .known = false };
    ohm_cosem_columns columns;
    ohm_cosem_rows rows;
    if (size < 1 || data[0] > size - 1)
        return 0;
    ohm_span head = ohm_span_of(data + 1, data[0]);
    ohm_span rest = ohm_span_of(data + 1 + data[0], size - 1 - data[0]);
    if (ohm_cosem_columns_parse(head, &columns) != OHM_OK ||
        ohm_cosem_rows_init(&rows, &columns, 900, rest) != OHM_OK)
        return 0;
    for (message.count = 0; ohm_cosem_rows_next(&rows) == OHM_OK; message.count = 0)
        for (int i = 0; i < columns.count; i++)
            if (rows.cells[i].len > 0 &&
                ohm_cosem_value_add(&message, &columns.refs[i], rows.cells[i], &scale) != OHM_OK)
                abort();
    return 0;
}
