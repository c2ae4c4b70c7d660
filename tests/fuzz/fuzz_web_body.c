/* JSON of requests, stored accounts and tokens: what reads back is what was written. */
#include <stdint.h>

#include "web/accounts.h"
#include "web/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_accounts accounts, again;
    static char text[64 << 10];
    char id[OHM_ACCESS_TOKEN_ID_LEN + 1];
    ohm_json json;
    size_t len;
    ohm_span in = ohm_span_of(data, size);
    if (ohm_access_token_parse(in, id) == OHM_OK)
        assert(strlen(id) == OHM_ACCESS_TOKEN_ID_LEN);
    json_t *body = ohm_body_parse(in);
    assert(!body || json_is_object(body));
    json_decref(body);
    if (ohm_accounts_parse(in, &accounts) != OHM_OK)
        return 0;
    ohm_json_init(&json, text, sizeof text);
    ohm_accounts_write(&json, &accounts);
    assert(ohm_json_finish(&json, &len) == OHM_OK);
    assert(ohm_accounts_parse(ohm_span_of(text, len), &again) == OHM_OK);
    assert(again.users_count == accounts.users_count);
    assert(again.tokens_count == accounts.tokens_count);
    return 0;
}
