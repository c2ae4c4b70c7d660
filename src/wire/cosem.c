#include "wire/cosem.h"

#include "wire/axdr.h"
#include "wire/gbt.h"

enum { /* What we can do (IEC 62056-5-3, §7.3.4.1). */
       CONFORMANCE = OHM_COSEM_BLOCK_GET | OHM_COSEM_MULTIPLE | OHM_COSEM_GET | OHM_COSEM_SET |
                     OHM_COSEM_SELECTIVE | OHM_COSEM_ACTION,
       INVOKE_CONFIRMED = 0xc0, /* and high priority */
       INVOKE_ID = 0x0f,
       REPEATS_MAX = 3, /* of one and the same block */
       DIAGNOSTIC_WANTED = 14,
       RELEASE_MS = 2000,
};

static const ohm_cosem_ref reply_to_challenge = { 15, { 0, 0, 40, 0, 0, 255 }, 1 };

/* --- the line, whichever it is ------------------------------------------------------------------
 */

static ohm_cosem_event fail(ohm_cosem *c, ohm_code code, const char *what)
{
    c->state = OHM_COSEM_BROKEN;
    c->code = code;
    c->what = what;
    return OHM_COSEM_FAILED;
}

static void send(ohm_cosem *c, ohm_mono_ms now)
{
    ohm_span apdu = { c->request, c->request_len };
    if (c->config.wrapper)
        ohm_wrapper_link_send(&c->tcp, apdu, now);
    else
        ohm_hdlc_link_send(&c->hdlc, apdu, now);
}

bool ohm_cosem_take(ohm_cosem *c, ohm_span *out, ohm_mono_ms now)
{
    return c->config.wrapper ? ohm_wrapper_link_take(&c->tcp, out)
                             : ohm_hdlc_link_take(&c->hdlc, out, now);
}

ohm_mono_ms ohm_cosem_wake(const ohm_cosem *c)
{
    return c->config.wrapper ? c->tcp.wake : c->hdlc.wake;
}

/* --- opening ------------------------------------------------------------------------------------
 */

static bool is_hls(ohm_cosem_auth auth)
{
    return auth >= OHM_COSEM_HIGH;
}

/* What the configuration must have, so that nothing fails half-way. */
static ohm_code check(const ohm_cosem_config *f)
{
    const ohm_cosem_security *s = &f->security;
    bool authenticates = (s->control & 0x10) != 0 || f->auth == OHM_COSEM_GMAC;
    if (f->auth != OHM_COSEM_NONE && f->auth != OHM_COSEM_GMAC && f->secret_len == 0)
        return OHM_NO_KEY;
    if (is_hls(f->auth) && f->challenge_len < OHM_COSEM_CHALLENGE_MIN)
        return OHM_NO_KEY;
    if ((s->control & 0x30) != 0 && !s->aead)
        return OHM_NO_KEY;
    return authenticates && (!s->aead || s->auth_key_len == 0) ? OHM_NO_KEY : OHM_OK;
}

ohm_code ohm_cosem_init(ohm_cosem *c, const ohm_cosem_config *config)
{
    memset(c, 0, offsetof(ohm_cosem, hdlc));
    c->config = *config;
    c->what = "";
    ohm_code code = check(config);
    if (code != OHM_OK)
        return code;
    if (config->wrapper) {
        ohm_wrapper_link_config tcp = config->over_tcp;
        tcp.apdu = c->apdu;
        tcp.apdu_max = sizeof c->apdu;
        ohm_wrapper_link_init(&c->tcp, &tcp);
        return OHM_OK;
    }
    ohm_hdlc_link_config hdlc = config->hdlc;
    hdlc.apdu = c->apdu;
    hdlc.apdu_max = sizeof c->apdu;
    return ohm_hdlc_link_init(&c->hdlc, &hdlc);
}

/* The Initiate request, ciphered where the context is. It always goes under the global key. */
static ohm_code make_initiate(ohm_cosem *c, ohm_span dedicated, ohm_writer *out)
{
    uint8_t bytes[64];
    ohm_writer plain = ohm_writer_over(bytes, sizeof bytes);
    uint32_t offered = CONFORMANCE | (c->config.transfer ? OHM_COSEM_TRANSFER : 0u);
    ohm_cosem_put_initiate(&plain, dedicated, offered, OHM_COSEM_APDU_MAX);
    assert(!plain.full);
    if (c->config.security.control == 0) {
        ohm_put_bytes(out, ohm_writer_span(&plain));
        return OHM_OK;
    }
    ohm_code code = ohm_cosem_seal(&c->config.security, false, ohm_writer_span(&plain), out);
    memset(bytes, 0, sizeof bytes);
    return code;
}

static ohm_cosem_event no_request(ohm_cosem *c, ohm_code code)
{
    return fail(c, code,
                code == OHM_RANGE    ? "the invocation counters in store are used up"
                : code == OHM_NO_KEY ? "a key is missing"
                                     : "the request can't be ciphered");
}

static ohm_cosem_event associate(ohm_cosem *c, ohm_mono_ms now)
{
    const ohm_cosem_config *f = &c->config;
    const ohm_cosem_security *s = &f->security;
    uint8_t bytes[128];
    ohm_writer initiate = ohm_writer_over(bytes, sizeof bytes);
    ohm_writer w = ohm_writer_over(c->request, sizeof c->request);
    bool titled = s->control != 0 || f->auth == OHM_COSEM_GMAC || f->auth == OHM_COSEM_SHA256;
    bool dedicated = s->control != 0 && s->dedicated;
    ohm_code code = make_initiate(
        c, ohm_span_of(s->dedicated_key, dedicated ? s->dedicated_key_len : 0), &initiate);
    if (code != OHM_OK)
        return no_request(c, code);
    const ohm_aarq aarq = {
        .ciphered = s->control != 0,
        .title = { s->title, titled ? OHM_SYSTEM_TITLE_LEN : 0u },
        .auth = f->auth,
        .value = is_hls(f->auth) ? ohm_span_of(f->challenge, f->challenge_len)
                                 : ohm_span_of(f->secret, f->secret_len),
        .initiate = ohm_writer_span(&initiate),
    };
    ohm_cosem_put_aarq(&w, &aarq);
    assert(!w.full && !initiate.full);
    c->request_len = w.len;
    c->state = OHM_COSEM_ASSOCIATING;
    send(c, now);
    return OHM_COSEM_NOTHING;
}

ohm_cosem_event ohm_cosem_open(ohm_cosem *c, ohm_mono_ms now)
{
    assert(c->state == OHM_COSEM_IDLE);
    c->state = OHM_COSEM_LINKING;
    if (c->config.wrapper)
        return associate(c, now);
    ohm_hdlc_link_open(&c->hdlc, now);
    return OHM_COSEM_NOTHING;
}

/* --- questions ----------------------------------------------------------------------------------
 */

/* What is written to `w` over c->request becomes the request, ciphered where it must be. */
static ohm_code ask(ohm_cosem *c, const ohm_writer *w, ohm_mono_ms now)
{
    uint8_t plain[OHM_COSEM_REQUEST_MAX];
    if (w->full)
        return OHM_TOO_BIG;
    c->request_len = w->len;
    if (c->config.security.control != 0) {
        memcpy(plain, w->ptr, w->len);
        ohm_writer sealed = ohm_writer_over(c->request, sizeof c->request);
        ohm_code code =
            ohm_cosem_seal(&c->config.security, c->dedicated, ohm_span_of(plain, w->len), &sealed);
        if (code != OHM_OK)
            return code;
        c->request_len = sealed.len;
    }
    if (c->agreed.pdu_max > 0 && c->request_len > c->agreed.pdu_max)
        return OHM_TOO_BIG;
    c->transfer_next = 1;
    c->transfer_own = c->transfer_asks = 0;
    c->transfer_len = 0;
    send(c, now);
    return OHM_OK;
}

static ohm_writer question(ohm_cosem *c, uint8_t service)
{
    assert(c->state == OHM_COSEM_OPEN);
    c->service = service;
    c->list = false;
    uint8_t id = (uint8_t)((c->invoke & INVOKE_ID) + 1);
    c->invoke = (uint8_t)(INVOKE_CONFIRMED | (id > INVOKE_ID ? 1 : id));
    c->in_blocks = false;
    c->block = 0;
    c->repeats = 0;
    c->value_len = 0;
    return ohm_writer_over(c->request, sizeof c->request);
}

static ohm_code put_question(ohm_cosem *c, const ohm_writer *w, ohm_mono_ms now)
{
    ohm_code code = ask(c, w, now);
    if (code == OHM_OK)
        c->state = OHM_COSEM_ASKING;
    return code;
}

ohm_code ohm_cosem_get(ohm_cosem *c, const ohm_cosem_ref *ref, ohm_span access, ohm_mono_ms now)
{
    ohm_writer w = question(c, OHM_COSEM_GET_RESPONSE);
    ohm_cosem_put_get(&w, c->invoke, ref, access);
    return put_question(c, &w, now);
}

ohm_code ohm_cosem_get_list(ohm_cosem *c, const ohm_cosem_ref *refs, size_t count, ohm_mono_ms now)
{
    if ((c->agreed.conformance & OHM_COSEM_MULTIPLE) == 0)
        return OHM_UNSUPPORTED;
    ohm_writer w = question(c, OHM_COSEM_GET_RESPONSE);
    c->list = true;
    ohm_cosem_put_get_list(&w, c->invoke, refs, count);
    return put_question(c, &w, now);
}

ohm_code ohm_cosem_set(ohm_cosem *c, const ohm_cosem_ref *ref, ohm_span value, ohm_mono_ms now)
{
    ohm_writer w = question(c, OHM_COSEM_SET_RESPONSE);
    ohm_cosem_put_set(&w, c->invoke, ref, value);
    return put_question(c, &w, now);
}

ohm_code ohm_cosem_act(ohm_cosem *c, const ohm_cosem_ref *method, ohm_span argument,
                       ohm_mono_ms now)
{
    ohm_writer w = question(c, OHM_COSEM_ACTION_RESPONSE);
    ohm_cosem_put_action(&w, c->invoke, method, argument);
    return put_question(c, &w, now);
}

/* --- answers ------------------------------------------------------------------------------------
 */

static ohm_cosem_event ready(ohm_cosem *c)
{
    c->state = OHM_COSEM_OPEN;
    c->dedicated = c->config.security.control != 0 && c->config.security.dedicated;
    return OHM_COSEM_READY;
}

static ohm_cosem_event prove(ohm_cosem *c, ohm_mono_ms now)
{
    uint8_t proof[OHM_COSEM_PROOF_MAX], item[OHM_COSEM_PROOF_MAX + 4];
    size_t len = 0;
    const ohm_cosem_proof p = {
        .auth = c->config.auth,
        .secret = { c->config.secret, c->config.secret_len },
        .ours = { c->config.challenge, c->config.challenge_len },
        .theirs = { c->theirs, c->theirs_len },
    };
    ohm_code code = ohm_cosem_prove(&c->config.security, &p, proof, &len);
    if (code == OHM_BAD_FORMAT)
        return fail(c, code, "the meter sent no challenge");
    if (code != OHM_OK)
        return no_request(c, code);
    ohm_writer argument = ohm_writer_over(item, sizeof item);
    ohm_axdr_put_octets(&argument, ohm_span_of(proof, len));
    assert(!argument.full);
    c->state = OHM_COSEM_OPEN; /* but under the global key: the dedicated one is for what follows */
    code = ohm_cosem_act(c, &reply_to_challenge, ohm_writer_span(&argument), now);
    c->state = OHM_COSEM_PROVING;
    return code == OHM_OK ? OHM_COSEM_NOTHING : no_request(c, code);
}

/* The Initiate response: in the clear only where nothing is ciphered. */
static ohm_cosem_event read_initiate(ohm_cosem *c, ohm_span initiate)
{
    ohm_span plain = initiate;
    if (c->config.security.control != 0) {
        uint8_t *bytes = c->apdu + (initiate.ptr - c->apdu);
        ohm_code code = ohm_cosem_unseal(&c->config.security, bytes, initiate.len, &plain);
        if (code != OHM_OK)
            return fail(c, code, ohm_cosem_unseal_text(code));
    }
    ohm_code code = ohm_cosem_initiate_parse(plain, &c->agreed);
    if (code == OHM_DENIED)
        return fail(c, code, "the meter refuses to initiate: version, size or services");
    if (code != OHM_OK)
        return fail(c, code, "an AARE without what was agreed");
    return OHM_COSEM_NOTHING;
}

static void refused_counter(ohm_cosem *c, ohm_span apdu)
{
    ohm_cosem_answer answer;
    if (ohm_cosem_answer_parse(apdu, &answer) == OHM_OK && answer.has_counter) {
        c->counter_wrong = true;
        c->counter_wanted = answer.counter;
    }
}

static ohm_cosem_event on_aare(ohm_cosem *c, ohm_span apdu, ohm_mono_ms now)
{
    ohm_aare aare;
    ohm_cosem_security *s = &c->config.security;
    ohm_code code = ohm_cosem_aare_parse(apdu, &aare);
    if (code == OHM_UNSUPPORTED) {
        refused_counter(c, apdu);
        return fail(c, OHM_DENIED,
                    c->counter_wrong ? "the meter waits for another invocation counter"
                                     : "the meter refuses to talk: no AARE, but an error");
    }
    if (code != OHM_OK)
        return fail(c, code, "an AARE that does not follow its format");
    if (aare.result != 0)
        return fail(c, OHM_DENIED, ohm_cosem_aare_text(&aare));
    if (aare.ciphered != (s->control != 0))
        return fail(c, OHM_DENIED, "the meter answers in another context than was asked for");
    ohm_cosem_peer(s, aare.has_title, aare.title);
    ohm_cosem_event event = read_initiate(c, aare.initiate);
    if (event != OHM_COSEM_NOTHING)
        return event;
    if (!is_hls(c->config.auth))
        return aare.diagnostic == DIAGNOSTIC_WANTED && !aare.by_provider
                   ? fail(c, OHM_DENIED, ohm_cosem_aare_text(&aare))
                   : ready(c);
    if (aare.challenge.len > sizeof c->theirs)
        return fail(c, OHM_BAD_FORMAT, "the meter's challenge is too long");
    c->theirs_len = (uint8_t)aare.challenge.len;
    if (c->theirs_len > 0)
        memcpy(c->theirs, aare.challenge.ptr, c->theirs_len);
    return prove(c, now);
}

/* Pass 4: the octet-string that the action returns. */
static ohm_cosem_event on_proof(ohm_cosem *c, const ohm_cosem_answer *answer)
{
    ohm_axdr cursor = ohm_axdr_over(answer->data);
    ohm_axdr_item item;
    const ohm_cosem_proof p = {
        .auth = c->config.auth,
        .secret = { c->config.secret, c->config.secret_len },
        .ours = { c->config.challenge, c->config.challenge_len },
        .theirs = { c->theirs, c->theirs_len },
    };
    if (answer->form != OHM_COSEM_RESULT || answer->error != 0)
        return fail(c, OHM_DENIED, "the meter refuses the password or the proof");
    if (ohm_axdr_next(&cursor, &item) != OHM_OK || item.tag != OHM_AXDR_OCTETS)
        return fail(c, OHM_BAD_TAG, "the meter does not prove who it is");
    if (ohm_cosem_verify(&c->config.security, &p, item.bytes) != OHM_OK)
        return fail(c, OHM_BAD_TAG, "the meter's proof is wrong: another secret, or an impostor");
    return ready(c);
}

static ohm_cosem_event ask_next(ohm_cosem *c, ohm_mono_ms now)
{
    ohm_writer w = ohm_writer_over(c->request, sizeof c->request);
    ohm_cosem_put_get_next(&w, c->invoke, c->block);
    ohm_code code = ask(c, &w, now);
    return code == OHM_OK ? OHM_COSEM_NOTHING : no_request(c, code);
}

/* A block of a long value. The first is 1, with some meters 0; one that comes again is dropped. */
static ohm_cosem_event on_block(ohm_cosem *c, const ohm_cosem_answer *a, ohm_mono_ms now)
{
    if (a->error != 0) {
        c->answer.form = OHM_COSEM_RESULT;
        c->state = OHM_COSEM_OPEN;
        return OHM_COSEM_ANSWER;
    }
    if (c->in_blocks && a->block == c->block && c->repeats++ < REPEATS_MAX)
        return ask_next(c, now);
    if (c->in_blocks ? a->block != c->block + 1 : a->block > 1)
        return fail(c, OHM_GAP, "a block of a long answer is missing");
    if (a->data.len > sizeof c->value - c->value_len)
        return fail(c, OHM_TOO_BIG, "an answer longer than can be held");
    if (a->data.len > 0)
        memcpy(c->value + c->value_len, a->data.ptr, a->data.len);
    c->value_len += a->data.len;
    c->block = a->block;
    c->in_blocks = true;
    c->repeats = 0;
    if (!a->last)
        return ask_next(c, now);
    ohm_axdr_walk walk = { .pos = 0 };
    ohm_span value = { c->value, c->value_len };
    if (!c->list && ohm_axdr_walk_on(&walk, value) != OHM_OK)
        return fail(c, OHM_BAD_FORMAT, "a long answer that is no whole value");
    c->answer.form = c->list ? OHM_COSEM_LIST : OHM_COSEM_RESULT;
    c->answer.data = c->list ? value : ohm_span_part(value, 0, walk.pos);
    c->state = OHM_COSEM_OPEN;
    return OHM_COSEM_ANSWER;
}

/* A refusal of one question; of the proof, its ciphering or its counter it is the end. */
static ohm_cosem_event on_refusal(ohm_cosem *c, ohm_span apdu)
{
    enum { DECIPHERING_ERROR = 5 };
    if (c->answer.service != OHM_COSEM_EXCEPTION || c->answer.error < DECIPHERING_ERROR) {
        if (c->state == OHM_COSEM_PROVING)
            return on_proof(c, &c->answer);
        c->state = OHM_COSEM_OPEN;
        return OHM_COSEM_ANSWER;
    }
    refused_counter(c, apdu);
    return fail(c, OHM_DENIED,
                c->counter_wrong ? "the meter waits for another invocation counter"
                                 : "the meter can't decipher what we send: a wrong key?");
}

/* Something else than the answer. Over TCP a notification may come in between. */
static ohm_cosem_event on_other(ohm_cosem *c)
{
    if (c->config.wrapper)
        return OHM_COSEM_NOTHING;
    return fail(c, OHM_BAD_FORMAT, "the meter answers another question");
}

/* The bytes of an answer, which lie where the line or a transfer put them. */
static uint8_t *bytes_of(ohm_cosem *c, ohm_span apdu)
{
    bool transferred = apdu.ptr >= c->transfer && apdu.ptr < c->transfer + sizeof c->transfer;
    return transferred ? c->transfer + (apdu.ptr - c->transfer) : c->apdu + (apdu.ptr - c->apdu);
}

static ohm_cosem_event on_answer(ohm_cosem *c, ohm_span apdu, ohm_mono_ms now)
{
    bool clear = apdu.len > 0 && apdu.ptr[0] == OHM_COSEM_EXCEPTION;
    if (c->config.security.control != 0 && !clear) {
        ohm_code code = ohm_cosem_unseal(&c->config.security, bytes_of(c, apdu), apdu.len, &apdu);
        if (code != OHM_OK)
            return fail(c, code, ohm_cosem_unseal_text(code));
    }
    ohm_cosem_answer a;
    ohm_code code = ohm_cosem_answer_parse(apdu, &a);
    if (code == OHM_UNSUPPORTED)
        return on_other(c);
    if (code != OHM_OK)
        return fail(c, code, "an answer that does not follow its format");
    bool ours = a.service == c->service && ((a.invoke ^ c->invoke) & INVOKE_ID) == 0;
    if (a.form != OHM_COSEM_REFUSED && !ours)
        return on_other(c);
    ohm_wrapper_link_rest(&c->tcp);
    c->answer = a;
    if (a.form == OHM_COSEM_REFUSED)
        return on_refusal(c, apdu);
    if (c->state == OHM_COSEM_PROVING)
        return on_proof(c, &a);
    if (a.form == OHM_COSEM_BLOCK)
        return on_block(c, &a, now);
    bool refused = a.form == OHM_COSEM_RESULT && a.error != 0; /* a list too, as a whole */
    if ((a.form == OHM_COSEM_LIST) != c->list && !refused)
        return fail(c, OHM_BAD_FORMAT, "an answer of another form than was asked for");
    c->state = OHM_COSEM_OPEN;
    return OHM_COSEM_ANSWER;
}

/* What we have so far: the meter goes on behind it, so a lost block comes again. Our window is one
 * block, and this one is our last, since we have nothing to say (IEC 62056-5-3 §9.4.6.13). */
static void acknowledge(ohm_cosem *c, ohm_mono_ms now)
{
    ohm_writer w = ohm_writer_over(c->request, sizeof c->request);
    ohm_put_u8(&w, OHM_GBT_TAG);
    ohm_put_u8(&w, OHM_GBT_LAST | 1);
    ohm_put_u16(&w, ++c->transfer_own);
    ohm_put_u16(&w, (uint16_t)(c->transfer_next - 1));
    ohm_put_u8(&w, 0);
    assert(!w.full);
    c->request_len = w.len;
    send(c, now);
}

/* A block of an answer in general-block-transfer; the whole of it is an answer as any other. */
static ohm_cosem_event on_transfer(ohm_cosem *c, ohm_span apdu, ohm_mono_ms now)
{
    ohm_gbt_block b;
    if (ohm_gbt_parse(apdu, &b) != OHM_OK)
        return fail(c, OHM_BAD_FORMAT, "a block of a transfer that does not follow its format");
    bool follows = b.number == c->transfer_next;
    if (follows) {
        if (b.data.len > sizeof c->transfer - c->transfer_len || c->transfer_next == UINT16_MAX)
            return fail(c, OHM_TOO_BIG, "an answer longer than can be held");
        if (b.data.len > 0)
            memcpy(c->transfer + c->transfer_len, b.data.ptr, b.data.len);
        c->transfer_len += b.data.len;
        c->transfer_next++;
        c->transfer_asks = 0;
        if ((b.control & OHM_GBT_LAST) != 0)
            return on_answer(c, ohm_span_of(c->transfer, c->transfer_len), now);
    }
    /* Over TCP the rest of a window comes by itself; in HDLC when the meter is given the turn. */
    if (c->config.wrapper && (b.control & OHM_GBT_STREAMING) != 0)
        return OHM_COSEM_NOTHING;
    if (!follows && c->transfer_asks++ >= REPEATS_MAX)
        return fail(c, OHM_GAP, "a block of a transfer is missing");
    acknowledge(c, now);
    return OHM_COSEM_NOTHING;
}

/* A notification came where the answer should: that is still to come. */
static ohm_cosem_event listen_on(ohm_cosem *c, ohm_mono_ms now)
{
    if (c->config.wrapper || ohm_hdlc_link_listen(&c->hdlc, now) != OHM_LINE_FAILED)
        return OHM_COSEM_NOTHING;
    return fail(c, OHM_IO, c->hdlc.what);
}

static ohm_cosem_event shut(ohm_cosem *c, ohm_mono_ms now)
{
    if (!c->config.wrapper && ohm_hdlc_link_is_open(&c->hdlc)) {
        c->state = OHM_COSEM_SHUTTING;
        ohm_hdlc_link_shut(&c->hdlc, now);
        return OHM_COSEM_NOTHING;
    }
    c->state = OHM_COSEM_ENDED;
    ohm_wrapper_link_rest(&c->tcp);
    return OHM_COSEM_CLOSED;
}

static ohm_cosem_event on_apdu(ohm_cosem *c, ohm_span apdu, ohm_mono_ms now)
{
    if (ohm_cosem_is_notification(apdu))
        return listen_on(c, now);
    if (c->state == OHM_COSEM_ASSOCIATING) {
        uint8_t tag = apdu.len > 0 ? apdu.ptr[0] : 0;
        bool answers =
            tag == OHM_COSEM_AARE || tag == OHM_COSEM_EXCEPTION || tag == OHM_COSEM_SERVICE_ERROR;
        if (c->config.wrapper && !answers)
            return OHM_COSEM_NOTHING; /* late, from before this association */
        ohm_wrapper_link_rest(&c->tcp);
        return on_aare(c, apdu, now);
    }
    if (c->state == OHM_COSEM_PROVING || c->state == OHM_COSEM_ASKING)
        return apdu.len > 0 && apdu.ptr[0] == OHM_GBT_TAG ? on_transfer(c, apdu, now)
                                                          : on_answer(c, apdu, now);
    if (c->state == OHM_COSEM_RELEASING && apdu.len > 0 && apdu.ptr[0] == OHM_COSEM_RLRE)
        return shut(c, now);
    return OHM_COSEM_NOTHING; /* unasked */
}

/* --- the end ------------------------------------------------------------------------------------
 */

/* HDLC's DISC ends the association with the link (IEC 62056-5-3, §6.6); the wrapper has none. */
ohm_cosem_event ohm_cosem_close(ohm_cosem *c, ohm_mono_ms now)
{
    uint8_t bytes[128];
    ohm_writer initiate = ohm_writer_over(bytes, sizeof bytes);
    ohm_writer w = ohm_writer_over(c->request, sizeof c->request);
    const ohm_span none = { NULL, 0 };
    bool polite = c->config.wrapper && c->state == OHM_COSEM_OPEN;
    if (polite && c->config.security.control != 0)
        polite = make_initiate(c, none, &initiate) == OHM_OK;
    if (!polite)
        return shut(c, now);
    ohm_cosem_put_rlrq(&w, c->config.security.control != 0 ? ohm_writer_span(&initiate) : none);
    assert(!w.full && !initiate.full);
    c->request_len = w.len;
    c->state = OHM_COSEM_RELEASING;
    send(c, now);
    ohm_mono_ms enough = ohm_mono_after(now, RELEASE_MS); /* not all know how to part */
    c->tcp.wake = c->tcp.wake.v < enough.v ? c->tcp.wake : enough;
    return OHM_COSEM_NOTHING;
}

static ohm_cosem_event on_line(ohm_cosem *c, ohm_line_event event, ohm_mono_ms now)
{
    switch (event) {
    case OHM_LINE_NOTHING:
        return OHM_COSEM_NOTHING;
    case OHM_LINE_OPEN:
        return c->state == OHM_COSEM_LINKING ? associate(c, now) : OHM_COSEM_NOTHING;
    case OHM_LINE_APDU:
        return on_apdu(c, c->config.wrapper ? c->tcp.apdu : c->hdlc.apdu, now);
    case OHM_LINE_SHUT:
        c->state = OHM_COSEM_ENDED;
        return OHM_COSEM_CLOSED;
    case OHM_LINE_FAILED:
        break;
    }
    if (c->state == OHM_COSEM_RELEASING || c->state == OHM_COSEM_SHUTTING)
        return shut(c, now);
    return fail(c, OHM_IO, c->config.wrapper ? c->tcp.what : c->hdlc.what);
}

ohm_cosem_event ohm_cosem_input(ohm_cosem *c, ohm_span *in, ohm_mono_ms now)
{
    ohm_cosem_event event = OHM_COSEM_NOTHING;
    ohm_line_event line = OHM_LINE_NOTHING;
    do {
        line = c->config.wrapper ? ohm_wrapper_link_input(&c->tcp, in)
                                 : ohm_hdlc_link_input(&c->hdlc, in, now);
        event = on_line(c, line, now);
    } while (event == OHM_COSEM_NOTHING && line != OHM_LINE_NOTHING);
    return event;
}

ohm_cosem_event ohm_cosem_tick(ohm_cosem *c, ohm_mono_ms now)
{
    ohm_line_event line =
        c->config.wrapper ? ohm_wrapper_link_tick(&c->tcp, now) : ohm_hdlc_link_tick(&c->hdlc, now);
    return on_line(c, line, now);
}
