/* Any bytes through SML, P1 and IEC 62056-21: whatever they make of them can be printed, shown to
 * people and turned into a frame. */
#include <stdlib.h>

#include "text_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ohm_protocol *const rows[] = { &ohm_protocol_sml, &ohm_protocol_p1, &ohm_protocol_d0 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!text_row_says(rows[i], ohm_span_of(data, size)))
            abort();
    return 0;
}
