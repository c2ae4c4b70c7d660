/* Associations and services of the simulated meter. */
#include "sim/cosem_server_own.h"

enum {
    AARQ = 0x60,
    RLRQ = 0x62,
    GET = 0xc0,
    SET = 0xc1,
    ACTION = 0xc3,
    TAG_LEN = OHM_AEAD_TAG_LEN,
    PUBLIC = 16,
    PROOF_MAX = 80,
    PROFILE = 7, /* class, and the attribute that holds its rows */
    BUFFER = 2,
    /* Association diagnostics. */
    NO_CONTEXT = 2,
    WRONG_PASSWORD = 13,
    PROOF_WANTED = 14,
    /* Data access results. */
    DENIED = 3,
    NOT_FOUND = 4,
    BLOCK_LOST = 19,
};

/* --- ciphering ----------------------------------------------------------------------------------
 */

/* Seals or opens in place with `title` and `counter`; 0x10 alone only signs. */
static bool crypt_text(const ohm_cosem_server *s, const ohm_aead *aead, uint8_t head[static 5],
                       const uint8_t *title, ohm_span text, uint8_t *tag, bool seal)
{
    uint8_t prefix[17] = { head[0] };
    ohm_aead_text t = { .text = (uint8_t *)(uintptr_t)text.ptr };
    memcpy(prefix + 1, s->auth_key, sizeof s->auth_key);
    memcpy(t.nonce, title, OHM_SYSTEM_TITLE_LEN);
    memcpy(t.nonce + OHM_SYSTEM_TITLE_LEN, head + 1, 4);
    if ((head[0] & 0x10) != 0)
        t.aad[0] = ohm_span_of(prefix, sizeof prefix);
    if ((head[0] & 0x20) != 0)
        t.len = text.len;
    else
        t.aad[1] = text;
    if (seal) {
        bool done = aead->seal(aead->ctx, &t) == OHM_OK;
        memcpy(tag, t.tag, TAG_LEN);
        return done;
    }
    if ((head[0] & 0x10) == 0)
        return aead->decrypt(aead->ctx, &t) == OHM_OK;
    memcpy(t.tag, tag, TAG_LEN);
    return aead->open(aead->ctx, &t) == OHM_OK;
}

/* `plain` behind `tag`, as our policy says. */
static void put_sealed(ohm_cosem_server *s, const ohm_aead *aead, uint8_t tag, ohm_span plain,
                       ohm_writer *w)
{
    bool signs = (s->control & 0x10) != 0;
    uint8_t head[5] = { s->control }, mac[TAG_LEN];
    ohm_put_be32(head + 1, ++s->counter);
    ohm_put_u8(w, tag);
    ohm_axdr_put_length(w, sizeof head + plain.len + (signs ? TAG_LEN : 0));
    ohm_put_bytes(w, ohm_span_of(head, sizeof head));
    size_t at = w->len;
    ohm_put_bytes(w, plain);
    assert(!w->full);
    bool done = crypt_text(s, aead, head, s->title, ohm_span_of(w->ptr + at, plain.len), mac, true);
    assert(done);
    (void)done;
    if (signs)
        ohm_put_bytes(w, ohm_span_of(mac, sizeof mac));
}

/* The plain APDU of a ciphered one, in place; an empty span: refused. */
static ohm_span open_sealed(ohm_cosem_server *s, const ohm_aead *aead, uint8_t *p, size_t len)
{
    const ohm_span nothing = { NULL, 0 };
    size_t at = len > 1 && p[1] == 0x81 ? 3 : len > 1 && p[1] == 0x82 ? 4 : 2;
    size_t tag_len = (s->control & 0x10) != 0 ? TAG_LEN : 0;
    if (len < at + 5 + tag_len + 1 || p[at] != s->control || !aead)
        return nothing;
    uint32_t counter = ohm_be32(p + at + 1);
    uint8_t *text = p + at + 5;
    size_t n = len - at - 5 - tag_len;
    bool global = aead == s->aead;
    if (global && counter <= s->heard_counter)
        return nothing;
    if (!crypt_text(s, aead, p + at, s->caller_title, ohm_span_of(text, n), text + n, false))
        return nothing;
    if (global)
        s->heard_counter = counter;
    return ohm_span_of(text, n);
}

/* --- proofs -------------------------------------------------------------------------------------
 */

/* f(challenge) as the side `from` must say it to the side `to`. */
static size_t make_proof(const ohm_cosem_server *s, ohm_span challenge, ohm_span other, bool caller,
                         uint8_t out[static PROOF_MAX])
{
    ohm_span from = ohm_span_of(caller ? s->caller_title : s->title, OHM_SYSTEM_TITLE_LEN);
    ohm_span to = ohm_span_of(caller ? s->title : s->caller_title, OHM_SYSTEM_TITLE_LEN);
    ohm_span secret = ohm_span_text(s->secret);
    const ohm_span two[] = { challenge, secret };
    const ohm_span five[] = { secret, from, to, challenge, other };
    uint8_t key[16] = { 0 };
    size_t len = 0;
    ohm_code code = OHM_OK;
    switch (s->auth) {
    case 2:
        memcpy(key, secret.ptr, secret.len < 16 ? secret.len : 16);
        for (; len < challenge.len; len += 16) {
            size_t left = challenge.len - len;
            memset(out + len, 0, 16);
            memcpy(out + len, challenge.ptr + len, left < 16 ? left : 16);
            (void)s->digests->aes_block(key, out + len);
        }
        return len;
    case 3:
        code = s->digests->digest(OHM_DIGEST_MD5, two, 2, out, &len);
        break;
    case 4:
        code = s->digests->digest(OHM_DIGEST_SHA1, two, 2, out, &len);
        break;
    default:
        code = s->digests->digest(OHM_DIGEST_SHA256, five, 5, out, &len);
        break;
    }
    return code == OHM_OK ? len : 0;
}

/* SC, counter and tag over a challenge; `head` says both. */
static bool make_gmac(const ohm_cosem_server *s, const uint8_t *title, uint8_t head[static 5],
                      ohm_span challenge, uint8_t tag[static TAG_LEN])
{
    return crypt_text(s, s->aead, head, title, challenge, tag, true);
}

/* Pass 3 checked, pass 4 written: false if the caller is not who it says. */
static bool reply_to_challenge(ohm_cosem_server *s, ohm_span proof, ohm_writer *w)
{
    uint8_t mine[PROOF_MAX], head[5], tag[TAG_LEN];
    ohm_span stoc = ohm_span_of(s->challenge, sizeof s->challenge);
    ohm_span ctos = ohm_span_of(s->caller_challenge, s->caller_challenge_len);
    size_t len = 0;
    if (s->auth == 5) {
        if (proof.len != 17 || proof.ptr[0] != 0x10 || ohm_be32(proof.ptr + 1) <= s->counter_floor)
            return false;
        memcpy(head, proof.ptr, sizeof head);
        if (!make_gmac(s, s->caller_title, head, stoc, tag) ||
            memcmp(tag, proof.ptr + 5, TAG_LEN) != 0)
            return false;
        if (s->heard_counter < ohm_be32(proof.ptr + 1))
            s->heard_counter = ohm_be32(proof.ptr + 1);
        mine[0] = 0x10;
        ohm_put_be32(mine + 1, ++s->counter);
        (void)make_gmac(s, s->title, mine, ctos, mine + 5);
        len = 17;
    } else {
        len = make_proof(s, stoc, ctos, true, mine);
        if (len == 0 || proof.len != len || memcmp(mine, proof.ptr, len) != 0)
            return false;
        len = make_proof(s, ctos, stoc, false, mine);
    }
    if ((s->ways & OHM_SERVER_LIAR) != 0)
        mine[len - 1] ^= 1;
    ohm_axdr_put_octets(w, ohm_span_of(mine, len));
    return true;
}

/* --- association --------------------------------------------------------------------------------
 */

/* The content of the first element of that tag in a BER sequence with short lengths. */
static ohm_span element(ohm_span body, uint8_t tag)
{
    size_t at = 0;
    while (body.len - at >= 2) {
        size_t head = body.ptr[at + 1] == 0x81 ? 3 : 2;
        if (body.len - at < head)
            break;
        size_t len = head == 3 ? body.ptr[at + 2] : body.ptr[at + 1];
        if (len > body.len - at - head)
            break;
        if (body.ptr[at] == tag)
            return ohm_span_part(body, at + head, len);
        at += head + len;
    }
    return ohm_span_of(body.ptr, 0);
}

/* The value behind an element's own tag and length: A6 0A *04 08* …. */
static ohm_span inside(ohm_span content)
{
    size_t head = content.len > 1 && content.ptr[1] == 0x81 ? 3 : 2;
    return content.len > head ? ohm_span_part(content, head, content.len - head)
                              : ohm_span_of(content.ptr, 0);
}

static void put_aare(ohm_cosem_server *s, uint8_t diagnostic, bool accepted, ohm_span initiate)
{
    uint8_t bytes[256];
    ohm_writer body = ohm_writer_over(bytes, sizeof bytes);
    bool proves = accepted && s->caller != PUBLIC && s->auth >= 2;
    const uint8_t context[] = { 0xa1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, s->ciphered ? 3 : 1 };
    const uint8_t result[] = {
        0xa2, 3, 2, 1, accepted ? 0 : 1, 0xa3, 5, 0xa1, 3, 2, 1, diagnostic
    };
    const uint8_t title[] = { 0xa4, 10, 4, 8 };
    const uint8_t mechanism[] = { 0x88, 2, 7, 0x80,    0x89, 7,  0x60, 0x85, 0x74,
                                  5,    8, 2, s->auth, 0xaa, 18, 0x80, 16 };
    ohm_put_bytes(&body, ohm_span_of(context, sizeof context));
    ohm_put_bytes(&body, ohm_span_of(result, sizeof result));
    if (s->ciphered || proves) {
        ohm_put_bytes(&body, ohm_span_of(title, sizeof title));
        ohm_put_bytes(&body, ohm_span_of(s->title, sizeof s->title));
    }
    if (proves) {
        ohm_put_bytes(&body, ohm_span_of(mechanism, sizeof mechanism));
        ohm_put_bytes(&body, ohm_span_of(s->challenge, sizeof s->challenge));
    }
    if (accepted) {
        ohm_put_u8(&body, 0xbe);
        ohm_put_u8(&body, (uint8_t)(initiate.len + 2));
        ohm_put_u8(&body, 4);
        ohm_put_u8(&body, (uint8_t)initiate.len);
        ohm_put_bytes(&body, initiate);
    }
    ohm_writer w = { s->answer, sizeof s->answer, s->answer_len, false };
    ohm_put_u8(&w, 0x61);
    ohm_axdr_put_length(&w, body.len);
    ohm_put_bytes(&w, ohm_writer_span(&body));
    assert(!w.full && !body.full);
    s->answer_len = w.len;
}

/* Reads the Initiate request: size, and a dedicated key. False: not to be believed. */
static bool read_initiate(ohm_cosem_server *s, ohm_span sealed)
{
    ohm_span p = sealed;
    if (s->ciphered)
        p = open_sealed(s, s->aead, s->request + (sealed.ptr - s->request), sealed.len);
    size_t at = p.len >= 2 && p.ptr[1] == 1 ? 3u + p.ptr[2] : 2;
    if (p.len < at + 12 || p.ptr[0] != 1)
        return false;
    s->dedicated =
        at > 2 && s->dedicate ? s->dedicate(s->ctx, ohm_span_of(p.ptr + 3, at - 3)) : NULL;
    /* response-allowed, quality: absent; version 6; 5F 1F 04 00 and three bytes; size */
    if (p.ptr[at] != 0 || p.ptr[at + 1] != 0 || p.ptr[at + 2] != 6)
        return false;
    s->caller_pdu_max = ohm_be16(p.ptr + at + 10);
    s->transfers = (s->ways & OHM_SERVER_TRANSFER) != 0 && (p.ptr[at + 7] & 0x20) != 0;
    return true;
}

static void put_initiate(ohm_cosem_server *s, ohm_writer *w)
{
    enum { TAG_AT = 4 }; /* the 1f of 5f1f */
    bool poor = (s->ways & OHM_SERVER_NO_LISTS) != 0;
    const uint8_t plain[] = { 8,
                              0,
                              6,
                              0x5f,
                              0x1f,
                              4,
                              0,
                              s->transfers ? 0x20 : 0,
                              poor ? 0x10 : 0x12,
                              poor ? 0x19 : 0x1d,
                              (uint8_t)(s->pdu_max >> 8),
                              (uint8_t)s->pdu_max,
                              0,
                              7 };
    uint8_t old[sizeof plain - 1];
    bool is_old = (s->ways & OHM_SERVER_OLD_TAG) != 0;
    memcpy(old, plain, TAG_AT);
    memcpy(old + TAG_AT, plain + TAG_AT + 1, sizeof old - TAG_AT);
    ohm_span said = is_old ? ohm_span_of(old, sizeof old) : ohm_span_of(plain, sizeof plain);
    if (s->ciphered)
        put_sealed(s, s->aead, 0x28, said, w);
    else
        ohm_put_bytes(w, said);
}

/* What the caller claims to know; 0, or why it may not. */
static uint8_t check_caller(ohm_cosem_server *s, ohm_span body)
{
    ohm_span mechanism = element(body, 0x8b), value = inside(element(body, 0xac));
    ohm_span context = element(body, 0xa1), title = inside(element(body, 0xa6));
    uint8_t auth = mechanism.len == 7 ? mechanism.ptr[6] : 0;
    s->ciphered = context.len == 9 && context.ptr[8] == 3;
    if (s->caller == PUBLIC)
        return s->ciphered ? NO_CONTEXT : 0;
    if (s->caller != s->client || auth != s->auth)
        return PROOF_WANTED;
    if (s->ciphered != (s->control != 0))
        return NO_CONTEXT;
    if (title.len == sizeof s->caller_title)
        memcpy(s->caller_title, title.ptr, title.len);
    if (auth == 1)
        return ohm_span_is(value, s->secret) ? 0 : WRONG_PASSWORD;
    if (auth >= 2 && (value.len < 8 || value.len > sizeof s->caller_challenge))
        return WRONG_PASSWORD;
    s->caller_challenge_len = auth >= 2 ? value.len : 0;
    memcpy(s->caller_challenge, value.ptr, s->caller_challenge_len);
    return 0;
}

/* A counter that was heard before: the one that would be right. */
static void put_counter_error(ohm_cosem_server *s, ohm_writer *w)
{
    const uint8_t wrong[] = { 0xd8, 1, 6 };
    ohm_put_bytes(w, ohm_span_of(wrong, sizeof wrong));
    ohm_put_u32(w, s->heard_counter + 1);
}

/* Of a ciphered APDU with one or two bytes of length. */
static bool is_stale(const ohm_cosem_server *s, ohm_span sealed)
{
    size_t at = sealed.len > 1 && sealed.ptr[1] == 0x81 ? 3 : 2;
    return sealed.len > at + 5 && ohm_be32(sealed.ptr + at + 1) <= s->heard_counter;
}

static void on_aarq(ohm_cosem_server *s, ohm_span apdu)
{
    uint8_t bytes[80];
    ohm_writer initiate = ohm_writer_over(bytes, sizeof bytes);
    ohm_span body = inside(apdu);
    uint8_t why = check_caller(s, body);
    bool proves = s->caller != PUBLIC && s->auth >= 2;
    if (why == 0 && s->ciphered && is_stale(s, inside(element(body, 0xbe)))) {
        ohm_writer w = { s->answer, sizeof s->answer, s->answer_len, false };
        put_counter_error(s, &w);
        s->answer_len = w.len;
        return;
    }
    if (why == 0 && !read_initiate(s, inside(element(body, 0xbe))))
        why = NO_CONTEXT;
    if (why != 0) {
        put_aare(s, why, false, ohm_writer_span(&initiate));
        return;
    }
    s->counter_floor = s->heard_counter;
    s->associated = true;
    s->proven = !proves;
    s->associations++;
    for (size_t i = 0; i < sizeof s->challenge; i++) /* each time another one */
        s->challenge[i] = (uint8_t)(s->associations * 31 + i * 7 + s->counter);
    put_initiate(s, &initiate);
    put_aare(s, proves ? PROOF_WANTED : 0, true, ohm_writer_span(&initiate));
}

/* --- services -----------------------------------------------------------------------------------
 */

/* The long value that waits, as a first or a later block. */
static void put_block(ohm_cosem_server *s, uint8_t invoke, ohm_writer *w)
{
    size_t room =
        s->caller_pdu_max && s->caller_pdu_max < s->pdu_max ? s->caller_pdu_max : s->pdu_max;
    room -= room > 80 ? 48 : 16; /* heads, and what ciphering adds */
    size_t left = s->long_len - s->long_at, n = left < room ? left : room;
    uint8_t head[9] = { 0xc4, 2, invoke, n == left };
    ohm_put_be32(head + 4, s->block);
    ohm_put_bytes(w, ohm_span_of(head, sizeof head));
    if ((s->ways & OHM_SERVER_DOUBLE_HEAD) != 0) {
        ohm_axdr_put_length(w, sizeof head + (n < 0x80 ? 1 : n < 0x100 ? 2 : 3) + n);
        ohm_put_bytes(w, ohm_span_of(head, sizeof head));
    }
    ohm_axdr_put_length(w, n);
    ohm_put_bytes(w, ohm_span_of(s->value + s->long_at, n));
    s->long_at += n;
}

/* A value as an answer that fits, or its first block. */
static void put_value(ohm_cosem_server *s, uint8_t invoke, const ohm_writer *value, bool list,
                      ohm_writer *w)
{
    size_t most =
        s->caller_pdu_max && s->caller_pdu_max < s->pdu_max ? s->caller_pdu_max : s->pdu_max;
    s->long_list = list;
    if (value->len + 48 > most && !s->transfers) {
        s->long_len = value->len;
        s->long_at = 0;
        s->block = 1;
        put_block(s, invoke, w);
        return;
    }
    const uint8_t head[] = { 0xc4, list ? 3 : 1, invoke };
    ohm_put_bytes(w, ohm_span_of(head, sizeof head));
    if (!list)
        ohm_put_u8(w, 0);
    ohm_put_bytes(w, ohm_writer_span(value));
    if ((s->ways & OHM_SERVER_JUNK) != 0)
        ohm_put_u32(w, 0x00c0ffee);
}

/* May this association see it? The public one sees its name, clock and frame counter. */
static bool allowed(const ohm_cosem_server *s, const uint8_t *ref)
{
    static const uint8_t public_ones[][6] = { { 0, 0, 42, 0, 0, 255 },
                                              { 0, 0, 1, 0, 0, 255 },
                                              { 0, 0, 43, 1, 0, 255 } };
    if (s->caller != PUBLIC || s->client == PUBLIC)
        return s->proven;
    for (size_t i = 0; i < sizeof public_ones / sizeof *public_ones; i++)
        if (!memcmp(ref + 2, public_ones[i], 6))
            return true;
    return false;
}

/* `ref`: class, code and attribute as in the request. */
static uint8_t get(ohm_cosem_server *s, const uint8_t *ref, ohm_span access, ohm_writer *w)
{
    if (!allowed(s, ref))
        return DENIED;
    return ohm_server_get(s, ohm_be16(ref), ref + 2, ref[8], access, w);
}

static void on_get(ohm_cosem_server *s, ohm_span r, ohm_writer *w)
{
    ohm_writer value = ohm_writer_over(s->value, sizeof s->value);
    uint8_t invoke = r.ptr[2], error = 0;
    if (r.ptr[1] == 2 && r.len >= 7) {
        bool fits = ohm_be32(r.ptr + 3) == s->block && s->long_at < s->long_len;
        const uint8_t lost[] = { 0xc4, 2, invoke, 1, 0, 0, 0, 0, 1, BLOCK_LOST };
        s->block++;
        if (fits)
            put_block(s, invoke, w);
        else
            ohm_put_bytes(w, ohm_span_of(lost, sizeof lost));
        return;
    }
    bool rows = r.len >= 13 && ohm_be16(r.ptr + 3) == PROFILE && r.ptr[11] == BUFFER;
    if (rows && (s->ways & OHM_SERVER_HANGS) != 0)
        return;
    if (r.ptr[1] == 1 && r.len >= 13) {
        ohm_span access = r.ptr[12] ? ohm_span_part(r, 13, r.len - 13) : ohm_span_of(r.ptr, 0);
        error = get(s, r.ptr + 3, access, &value);
    } else if (r.ptr[1] == 3 && (s->ways & OHM_SERVER_LIST_LIAR) != 0) {
        const uint8_t refused[] = { 0xd8, 1, 2 };
        ohm_put_bytes(w, ohm_span_of(refused, sizeof refused));
        return;
    } else if (r.ptr[1] == 3 && (s->ways & OHM_SERVER_LIST_CURT) != 0) {
        error = DENIED;
    } else if (r.ptr[1] == 3 && r.len >= 4 + 10u * r.ptr[3]) {
        ohm_put_u8(&value, r.ptr[3]);
        for (int i = 0; i < r.ptr[3]; i++) {
            size_t at = value.len;
            ohm_put_u8(&value, 0);
            uint8_t one = get(s, r.ptr + 4 + 10 * (size_t)i, ohm_span_of(r.ptr, 0), &value);
            if (one == 0)
                continue;
            value.len = at;
            ohm_put_u8(&value, 1);
            ohm_put_u8(&value, one);
        }
    } else {
        error = DENIED;
    }
    assert(!value.full);
    const uint8_t refused[] = { 0xc4, 1, invoke, 1, error };
    if (error != 0)
        ohm_put_bytes(w, ohm_span_of(refused, sizeof refused));
    else
        put_value(s, invoke, &value, r.ptr[1] == 3, w);
}

static void on_action(ohm_cosem_server *s, ohm_span r, ohm_writer *w)
{
    static const uint8_t association[] = { 0, 15, 0, 0, 40, 0, 0, 255, 1 };
    uint8_t bytes[PROOF_MAX + 4];
    ohm_writer returned = ohm_writer_over(bytes, sizeof bytes);
    uint8_t result = DENIED;
    bool proof = r.len > 15 && !memcmp(r.ptr + 3, association, sizeof association);
    if (proof && (s->ways & OHM_SERVER_CURT) != 0) {
        static const uint8_t not_allowed[] = { 0xd8, 1, 1 };
        ohm_put_bytes(w, ohm_span_of(not_allowed, sizeof not_allowed));
        return;
    }
    if (proof && !s->proven) {
        s->proven = reply_to_challenge(s, ohm_span_part(r, 15, r.len - 15), &returned);
        result = s->proven ? 0 : DENIED;
    } else if (r.len >= 13 && s->proven && s->caller != PUBLIC) {
        result = ohm_server_act(s, ohm_be16(r.ptr + 3), r.ptr + 5, r.ptr[11]);
    }
    const uint8_t head[] = { 0xc7, 1, r.ptr[2], result, returned.len > 0 };
    ohm_put_bytes(w, ohm_span_of(head, sizeof head));
    if (returned.len > 0) {
        ohm_put_u8(w, 0);
        ohm_put_bytes(w, ohm_writer_span(&returned));
    }
}

static void on_set(ohm_cosem_server *s, ohm_span r, ohm_writer *w)
{
    uint8_t result = DENIED;
    if (r.ptr[1] == 1 && r.len > 13 && s->proven && s->caller != PUBLIC)
        result = ohm_server_set(s, ohm_be16(r.ptr + 3), r.ptr + 5, r.ptr[11],
                                ohm_span_part(r, 13, r.len - 13));
    const uint8_t answer[] = { 0xc5, 1, r.ptr[2], result };
    ohm_put_bytes(w, ohm_span_of(answer, sizeof answer));
}

/* A request in the clear; its answer. */
static void on_request(ohm_cosem_server *s, ohm_span r, ohm_writer *w)
{
    if (r.len < 4 || !s->associated)
        return;
    if (r.ptr[0] == GET)
        on_get(s, r, w);
    else if (r.ptr[0] == SET)
        on_set(s, r, w);
    else if (r.ptr[0] == ACTION)
        on_action(s, r, w);
}

static void on_ciphered(ohm_cosem_server *s, uint8_t *p, size_t len, ohm_writer *w)
{
    ohm_writer plain = ohm_writer_over(s->expanded, sizeof s->expanded / 2);
    s->by_dedicated = p[0] >= 0xd0;
    const ohm_aead *aead = s->by_dedicated ? s->dedicated : s->aead;
    if (!s->by_dedicated && is_stale(s, ohm_span_of(p, len))) {
        put_counter_error(s, w);
        return;
    }
    /* The dedicated key is for what follows the proof. */
    bool early = s->by_dedicated && !s->proven;
    ohm_span request = early ? ohm_span_of(NULL, 0) : open_sealed(s, aead, p, len);
    if (request.len == 0) {
        const uint8_t undeciphered[] = { 0xd8, 1, 5 };
        ohm_put_bytes(w, ohm_span_of(undeciphered, sizeof undeciphered));
        return;
    }
    on_request(s, request, &plain);
    if (plain.len == 0)
        return;
    assert(!plain.full);
    if (plain.ptr[0] == 0xd8) { /* an exception goes out in the clear */
        ohm_put_bytes(w, ohm_writer_span(&plain));
        return;
    }
    uint8_t answer_tag = (uint8_t)(plain.ptr[0] + (s->by_dedicated ? 0x10 : 8));
    put_sealed(s, aead, answer_tag, ohm_writer_span(&plain), w);
}

void ohm_server_serve(ohm_cosem_server *s)
{
    static const uint8_t llc[] = { 0xe6, 0xe7, 0 };
    uint8_t *p = s->request;
    size_t len = s->request_len;
    bool hdlc = s->line != OHM_SERVER_WRAPPER;
    if (hdlc && (len < 4 || p[0] != 0xe6 || p[1] != 0xe6))
        return;
    ohm_writer w = ohm_writer_over(s->answer, sizeof s->answer);
    if (hdlc) {
        ohm_put_bytes(&w, ohm_span_of(llc, sizeof llc));
        p += 3;
        len -= 3;
    }
    size_t empty = w.len;
    s->answer_len = w.len;
    if (len > 0 && p[0] == AARQ) {
        on_aarq(s, ohm_span_of(p, len));
        return;
    }
    if (len > 0 && p[0] == RLRQ) {
        const uint8_t rlre[] = { 0x63, 3, 0x80, 1, 0 };
        ohm_put_bytes(&w, ohm_span_of(rlre, sizeof rlre));
        s->associated = s->proven = false;
    } else if (ohm_server_transfer_on(s, ohm_span_of(p, len), &w)) {
        s->answer_len = w.len == empty ? 0 : w.len;
        return;
    } else if (len > 0 && s->ciphered && s->associated) {
        on_ciphered(s, p, len, &w);
    } else {
        on_request(s, ohm_span_of(p, len), &w);
    }
    assert(!w.full);
    s->answer_len = w.len == empty ? 0 : w.len;
    ohm_server_transfer(s, empty);
}
