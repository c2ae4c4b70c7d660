/* Any bytes from a meter to a client at any step of its conversation: a defined outcome. */
#include <stdlib.h>

#include "../cosem_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ohm_cosem_ref ref = { 7, { 1, 0, 99, 1, 0, 255 }, 2 };
    static talk t;
    if (size < 2)
        return 0;
    ohm_cosem_server_line line = (data[0] & 1) ? OHM_SERVER_WRAPPER : OHM_SERVER_HDLC;
    ohm_cosem_auth auth = (ohm_cosem_auth)((data[0] >> 1) % OHM_COSEM_AUTHS_COUNT);
    talk_init(&t, line, auth, data[0] & 0x30);
    ohm_cosem_config c = talk_config(&t, line, auth, data[0] & 0x30);
    if (talk_open(&t, &c) != OHM_COSEM_READY ||
        ohm_cosem_get(&t.client, &ref, ohm_span_of(NULL, 0), t.now) != OHM_OK)
        abort();
    ohm_span in = ohm_span_of(data + 1, size - 1), bytes;
    ohm_cosem_event event = OHM_COSEM_NOTHING;
    while (event == OHM_COSEM_NOTHING && in.len > 0) {
        while (ohm_cosem_take(&t.client, &bytes, t.now))
            continue;
        event = ohm_cosem_input(&t.client, &in, t.now);
    }
    talk_release(&t);
    return 0;
}
