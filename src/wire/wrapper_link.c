#include "wire/wrapper_link.h"

enum { VERSION = 1 };
enum { SEND_NONE, SEND_HEAD, SEND_APDU };

void ohm_wrapper_link_init(ohm_wrapper_link *l, const ohm_wrapper_link_config *config)
{
    *l = (ohm_wrapper_link){ .config = *config, .what = "", .wake = { OHM_LINE_NEVER } };
    if (l->config.answer_ms <= 0)
        l->config.answer_ms = OHM_WRAPPER_ANSWER_MS;
}

void ohm_wrapper_link_send(ohm_wrapper_link *l, ohm_span apdu, ohm_mono_ms now)
{
    assert(apdu.len <= 0xffff);
    ohm_put_be16(l->out_head, VERSION);
    ohm_put_be16(l->out_head + 2, l->config.client);
    ohm_put_be16(l->out_head + 4, l->config.server);
    ohm_put_be16(l->out_head + 6, (uint16_t)apdu.len);
    l->sending = apdu;
    l->pending = SEND_HEAD;
    l->wake = ohm_mono_after(now, l->config.answer_ms);
}

bool ohm_wrapper_link_take(ohm_wrapper_link *l, ohm_span *out)
{
    if (l->pending == SEND_NONE)
        return false;
    *out = l->pending == SEND_HEAD ? ohm_span_of(l->out_head, sizeof l->out_head) : l->sending;
    l->pending = l->pending == SEND_HEAD ? SEND_APDU : SEND_NONE;
    return true;
}

static ohm_line_event fail(ohm_wrapper_link *l, const char *what)
{
    l->failed = true;
    l->pending = SEND_NONE;
    l->wake.v = OHM_LINE_NEVER;
    l->what = what;
    return OHM_LINE_FAILED;
}

/* Takes at most `most` bytes to `to`. */
static size_t take(ohm_span *in, uint8_t *to, size_t most)
{
    size_t n = in->len < most ? in->len : most;
    if (n > 0)
        memcpy(to, in->ptr, n);
    *in = ohm_span_part(*in, n, in->len - n);
    return n;
}

ohm_line_event ohm_wrapper_link_input(ohm_wrapper_link *l, ohm_span *in)
{
    while (in->len > 0 && !l->failed) {
        if (l->got < OHM_WRAPPER_HEAD) {
            l->got += take(in, l->head + l->got, OHM_WRAPPER_HEAD - l->got);
            if (l->got >= 2 && ohm_be16(l->head) != VERSION)
                return fail(l, "what answers is no DLMS wrapper");
            if (l->got < OHM_WRAPPER_HEAD)
                break;
        }
        size_t len = ohm_be16(l->head + 6), at = l->got - OHM_WRAPPER_HEAD;
        if (len == 0 || len > l->config.apdu_max)
            return fail(l, len ? "an answer longer than can be held" : "an empty answer");
        l->got += take(in, l->config.apdu + at, len - at);
        if (l->got < OHM_WRAPPER_HEAD + len)
            break;
        l->got = 0;
        if (ohm_be16(l->head + 2) != l->config.server ||
            ohm_be16(l->head + 4) != l->config.client) {
            l->foreign++;
            continue;
        }
        l->frames++;
        l->apdu = ohm_span_of(l->config.apdu, len);
        return OHM_LINE_APDU;
    }
    return OHM_LINE_NOTHING;
}

ohm_line_event ohm_wrapper_link_tick(ohm_wrapper_link *l, ohm_mono_ms now)
{
    return now.v < l->wake.v ? OHM_LINE_NOTHING : fail(l, "no answer");
}
