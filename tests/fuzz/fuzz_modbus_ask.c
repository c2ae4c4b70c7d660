/* Any bytes as the answer to a request, and as requests to a device: what is given out belongs
 * to what was asked, and an answer always fits its frame. */
#include <stdlib.h>

#include "wire/modbus_ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_modbus_ask ask;
    if (size < 6)
        return 0;
    ohm_modbus_frame request = { .unit = data[0],
                                 .function = (uint8_t)(1 + data[1] % 4),
                                 .address = ohm_be16(data + 2),
                                 .count = 1 },
                     reply;
    ohm_modbus_framing framing = data[4] & 1 ? OHM_MODBUS_TCP : OHM_MODBUS_RTU;
    ohm_modbus_ask_init(&ask);
    (void)ohm_modbus_ask_begin(&ask, framing, &request);
    ohm_code code = ohm_modbus_ask_take(&ask, ohm_span_of(data + 5, size - 5), &reply);
    if (code == OHM_OK && (reply.unit != request.unit || reply.function != request.function))
        abort();
    if (code == OHM_OK && !reply.exception && reply.data.len > 2)
        abort();
    ohm_modbus_ask_silence(&ask);
    return ask.counters.bytes == size - 5 ? 0 : (abort(), 1);
}
