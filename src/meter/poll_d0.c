#include "meter/poll_d0.h"

#include "wire/d0.h"

enum {
    EVERY_S = 900,
    REACT_MS = 200,    /* the meter turns round: §6.4.3 of IEC 62056-21 */
    LIMIT_MS = 600000, /* a long readout at 300 baud takes minutes */
    ANSWER_MS = 2500,  /* the standard's 1.5 s, and a head on the network */
    BETWEEN_MS = 2500, /* between two characters: likewise */
    ADDRESS_MAX = 32,
    IDENT_MAX = 96,
    TRIES = 2, /* behind the first */
    ACK = 0x06,
    NAK = 0x15,
    PARITY = 0x80,
};

typedef enum phase { AT_IDENT, AT_DATA } phase;

typedef struct conversation {
    uint8_t phase, tries;
    bool probe;
    uint8_t address_len, ident_len;
    uint64_t bad_ident;
    uint8_t ident[IDENT_MAX];
    uint8_t request[ADDRESS_MAX + 8];
    uint8_t address[ADDRESS_MAX];
    ohm_d0 decoder; /* from its message on of a conversation */
} conversation;

static ohm_err init(void *state, const ohm_protocol_config *config)
{
    static const ohm_d0_config checked = { .checked_only = true };
    conversation *c = state;
    ohm_span address = ohm_span_text(config->address ? config->address : "");
    if (config->aead || config->auth_key_len > 0)
        return ohm_fail(OHM_UNSUPPORTED, 0, "IEC 62056-21 is not ciphered: it takes no key");
    if (address.len > ADDRESS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the address of the meter is longer than 32 characters");
    for (size_t i = 0; i < address.len; i++)
        if (address.ptr[i] <= ' ' || address.ptr[i] >= 0x7f || address.ptr[i] == '!' ||
            address.ptr[i] == '/')
            return ohm_fail(OHM_BAD_FORMAT, 0, "the address of the meter has letters and digits");
    if (address.len > 0)
        memcpy(c->address, address.ptr, address.len);
    c->address_len = (uint8_t)address.len;
    ohm_d0_init(&c->decoder, &checked);
    return ohm_ok();
}

/* What follows on words of the meter: not before it can listen. */
static ohm_poll_step reply(ohm_span bytes)
{
    ohm_poll_step step = ohm_poll_send(bytes, ANSWER_MS);
    step.silence_ms = REACT_MS;
    return step;
}

static ohm_poll_step sign_on(conversation *c)
{
    size_t n = 0;
    c->phase = AT_IDENT;
    c->ident_len = 0;
    ohm_d0_reset(&c->decoder);
    c->request[n++] = '/';
    c->request[n++] = '?';
    memcpy(c->request + n, c->address, c->address_len);
    n += c->address_len;
    memcpy(c->request + n, "!\r\n", 3);
    return ohm_poll_send(ohm_span_of(c->request, n + 3), ANSWER_MS);
}

static ohm_poll_step begin(void *state, bool probe, ohm_poll_time now)
{
    conversation *c = state;
    (void)now;
    c->probe = probe;
    c->tries = 0;
    return sign_on(c);
}

/* The data come behind the identification, which the decoder must see too. */
static ohm_poll_step await_data(conversation *c)
{
    const ohm_d0_message *message;
    ohm_d0_reject reject;
    ohm_span ident = { c->ident, c->ident_len };
    c->phase = AT_DATA;
    ohm_d0_reset(&c->decoder);
    ohm_code code = ohm_d0_next(&c->decoder, &ident, &message, &reject);
    assert(code != OHM_OK); /* an identification is no readout */
    (void)code;
    return ohm_poll_wait(BETWEEN_MS);
}

/* The line is whole: how the meter wants to go on. */
static ohm_poll_step on_ident(conversation *c)
{
    bool mode_b = false;
    ohm_readout_ident ident;
    size_t len = c->ident_len;
    while (len > 0 && (c->ident[len - 1] == '\n' || c->ident[len - 1] == '\r'))
        len--;
    if (ohm_readout_ident_parse(ohm_span_of(c->ident, len), &ident) != OHM_OK) {
        c->ident_len = 0; /* noise, or our own request: the meter's line comes behind it */
        c->bad_ident++;
        return ohm_poll_wait(0);
    }
    uint32_t baud = ohm_d0_baud(ident.baud, &mode_b);
    (void)await_data(c);
    if (baud == 0)
        return ohm_poll_wait(BETWEEN_MS);
    const uint8_t ack[] = { ACK, '0', (uint8_t)ident.baud, '0', '\r', '\n' };
    memcpy(c->request, ack, sizeof ack);
    ohm_poll_step step =
        mode_b ? ohm_poll_wait(BETWEEN_MS) : reply(ohm_span_of(c->request, sizeof ack));
    step.baud = baud;
    memcpy(step.framing, "7E1", sizeof "7E1");
    return step;
}

static ohm_poll_step take_ident(conversation *c, ohm_span *in)
{
    while (in->len > 0) {
        uint8_t byte = in->ptr[0] & (uint8_t)~PARITY; /* a port that left it in */
        *in = ohm_span_part(*in, 1, in->len - 1);
        if (byte == '/')
            c->ident_len = 0;
        if (c->ident_len == 0 && byte != '/')
            continue;
        if (c->ident_len == IDENT_MAX) {
            c->ident_len = 0;
            c->bad_ident++;
            continue;
        }
        c->ident[c->ident_len++] = byte;
        if (byte == '\n') {
            ohm_poll_step step = on_ident(c);
            if (c->phase == AT_DATA)
                return step;
        }
    }
    return ohm_poll_wait(BETWEEN_MS);
}

static ohm_poll_step ask_again(conversation *c)
{
    if (c->probe || c->tries == TRIES)
        return ohm_poll_failed(OHM_BAD_CHECKSUM, OHM_METER_NO_FRAME,
                               "the meter's readouts come damaged: speed, parity, or a bad head");
    c->tries++;
    (void)await_data(c);
    c->request[0] = NAK;
    return reply(ohm_span_of(c->request, 1));
}

static ohm_poll_step take_data(conversation *c, ohm_span *in)
{
    const ohm_d0_message *message = NULL;
    ohm_d0_reject reject;
    uint8_t clean[256];
    while (in->len > 0) {
        size_t n = in->len < sizeof clean ? in->len : sizeof clean;
        size_t kept = 0;
        for (size_t i = 0; i < n; i++) {
            clean[kept] = in->ptr[i] & (uint8_t)~PARITY;
            kept += clean[kept] != NAK; /* the echo of ours */
        }
        ohm_span part = { clean, kept };
        *in = ohm_span_part(*in, n, in->len - n);
        ohm_code code = ohm_d0_next(&c->decoder, &part, &message, &reject);
        if (code == OHM_OK)
            return ohm_poll_done(message);
        if (code != OHM_MORE)
            return ask_again(c);
    }
    return ohm_poll_wait(BETWEEN_MS);
}

static ohm_poll_step on_bytes(void *state, ohm_span *in, ohm_poll_time now)
{
    conversation *c = state;
    (void)now;
    if (c->phase == AT_DATA)
        return take_data(c, in);
    ohm_poll_step step = take_ident(c, in);
    bool goes_on =
        step.verdict == OHM_POLL_WAIT && step.baud == 0 && c->phase == AT_DATA && in->len > 0;
    return goes_on ? take_data(c, in) : step; /* mode A */
}

static ohm_poll_step on_timeout(void *state, ohm_poll_time now)
{
    conversation *c = state;
    (void)now;
    if (c->phase == AT_DATA)
        return ask_again(c);
    if (c->probe || c->tries == TRIES)
        return ohm_poll_failed(OHM_GAP, OHM_METER_NO_ANSWER, "the meter does not answer its call");
    c->tries++;
    return sign_on(c);
}

static void reset(void *state)
{
    conversation *c = state;
    ohm_d0_reset(&c->decoder);
    c->ident_len = 0;
    c->phase = AT_IDENT;
}

static void count(const void *state, ohm_meter_counters *out)
{
    const conversation *c = state;
    const ohm_d0_counters *d = &c->decoder.counters;
    *out = (ohm_meter_counters){
        .frames = d->frames,
        .messages = d->messages,
        .bad_fcs = d->bad_check + d->bad_format + c->bad_ident,
        .gaps = d->gaps,
    };
}

const ohm_poller ohm_poller_d0 = {
    .state_size = sizeof(conversation),
    .kept_size = offsetof(conversation, decoder) + offsetof(ohm_d0, message),
    .every_s = EVERY_S,
    .pause_ms = 500,
    .limit_ms = LIMIT_MS,
    .init = init,
    .begin = begin,
    .on_bytes = on_bytes,
    .on_timeout = on_timeout,
    .reset = reset,
    .count = count,
};
