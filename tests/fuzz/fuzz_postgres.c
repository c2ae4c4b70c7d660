/* Where a store says that its history is: read, it is written and read as the same. */
#include "store/postgres.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_postgres_config first, second;
    char text[OHM_POSTGRES_CONFIG_TEXT_MAX];
    if (ohm_failed(ohm_postgres_config_read(ohm_span_of(data, size), &first)))
        return 0;
    size_t len = ohm_postgres_config_write(&first, text);
    ohm_err err = ohm_postgres_config_read(ohm_span_of(text, len), &second);
    assert(!ohm_failed(err) && memcmp(&first, &second, sizeof first) == 0);
    return 0;
}
