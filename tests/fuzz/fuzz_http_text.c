/* Every reader of HTTP's text, over the same bytes. */
#include <stdint.h>

#include "web/http_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_span in = ohm_span_of(data, size), out;
    static ohm_target target;
    ohm_host host;
    ohm_origin origin;
    if (ohm_target_parse(in, &target) == OHM_OK)
        for (int i = 0; i < target.pairs_count; i++)
            assert(ohm_target_query(&target, target.keys[i]) == target.values[i]);
    if (ohm_cookie_find(in, "__Host-ohmstead", &out) || ohm_bearer_parse(in, &out))
        assert(out.len <= size);
    if (ohm_host_parse(in, &host) == OHM_OK)
        assert(host.name.len > 0 && host.name.len <= size);
    if (ohm_origin_parse(in, &origin) == OHM_OK)
        assert(ohm_host_parse(origin.host, &host) == OHM_OK);
    (void)ohm_accepts_gzip(in);
    (void)ohm_prefers_french(in);
    (void)ohm_prefers_json(in);
    (void)ohm_etag_matches(in, "abc");
    (void)ohm_is_json_type(in);
    return 0;
}
