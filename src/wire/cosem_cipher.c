#include "wire/cosem_cipher.h"

#include "wire/axdr.h"
#include "wire/cosem_apdu.h"
#include "wire/glo.h"

enum {
    HEAD = 1 + 4, /* security control and counter */
    PROOF_GMAC = HEAD + OHM_AEAD_TAG_LEN,
};

/* glo- and ded- forms of the services (IEC 62056-5-3, table of APDU tags). */
static const struct {
    uint8_t plain, global, dedicated;
} tags[] = {
    { OHM_COSEM_INITIATE_REQUEST, 0x21, 0 },   { OHM_COSEM_INITIATE_RESPONSE, 0x28, 0 },
    { OHM_COSEM_SERVICE_ERROR, 0x2e, 0 },      { OHM_COSEM_GET_REQUEST, 0xc8, 0xd0 },
    { OHM_COSEM_SET_REQUEST, 0xc9, 0xd1 },     { OHM_COSEM_ACTION_REQUEST, 0xcb, 0xd3 },
    { OHM_COSEM_GET_RESPONSE, 0xcc, 0xd4 },    { OHM_COSEM_SET_RESPONSE, 0xcd, 0xd5 },
    { OHM_COSEM_ACTION_RESPONSE, 0xcf, 0xd7 },
};

uint8_t ohm_cosem_cipher_tag(uint8_t plain, bool dedicated)
{
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (tags[i].plain == plain)
            return dedicated ? tags[i].dedicated : tags[i].global;
    return 0;
}

/* The plain tag of a ciphered one, and under which key it came. */
static uint8_t plain_tag(uint8_t ciphered, bool *dedicated)
{
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        *dedicated = tags[i].dedicated == ciphered;
        if (tags[i].global == ciphered || *dedicated)
            return tags[i].plain;
    }
    return 0;
}

/* Nonce and what is authenticated only: SC and the key, and in clear text the text itself. */
static ohm_aead_text frame_text(const ohm_cosem_security *s, uint8_t control, uint32_t counter,
                                const uint8_t title[static OHM_SYSTEM_TITLE_LEN],
                                uint8_t prefix[static 1 + OHM_COSEM_KEY_MAX])
{
    ohm_aead_text text = { .len = 0 };
    memcpy(text.nonce, title, OHM_SYSTEM_TITLE_LEN);
    ohm_put_be32(text.nonce + OHM_SYSTEM_TITLE_LEN, counter);
    prefix[0] = control;
    memcpy(prefix + 1, s->auth_key, s->auth_key_len);
    if ((control & OHM_GLO_AUTHENTICATED) != 0)
        text.aad[0] = ohm_span_of(prefix, 1u + s->auth_key_len);
    return text;
}

static bool has_keys(const ohm_cosem_security *s, const ohm_aead *aead, uint8_t control)
{
    return aead && ((control & OHM_GLO_AUTHENTICATED) == 0 || s->auth_key_len > 0);
}

void ohm_cosem_peer(ohm_cosem_security *s, bool has_title,
                    const uint8_t title[static OHM_SYSTEM_TITLE_LEN])
{
    if (!has_title || !s->has_peer || memcmp(s->peer, title, sizeof s->peer) != 0)
        s->heard = s->heard_dedicated = false;
    s->has_peer = has_title;
    memcpy(s->peer, title, sizeof s->peer);
}

static ohm_code take_counter(ohm_cosem_security *s, uint32_t *out)
{
    if (s->counter >= s->counter_end)
        return OHM_RANGE;
    *out = s->counter++;
    return OHM_OK;
}

ohm_code ohm_cosem_seal(ohm_cosem_security *s, bool dedicated, ohm_span plain, ohm_writer *w)
{
    const ohm_aead *aead = dedicated ? s->dedicated : s->aead;
    bool authenticated = (s->control & OHM_GLO_AUTHENTICATED) != 0;
    bool encrypted = (s->control & OHM_GLO_ENCRYPTED) != 0;
    uint8_t prefix[1 + OHM_COSEM_KEY_MAX];
    uint32_t counter = 0;
    assert(plain.len > 0);
    if (!has_keys(s, aead, s->control))
        return OHM_NO_KEY;
    size_t len = HEAD + plain.len + (authenticated ? OHM_AEAD_TAG_LEN : 0);
    if (plain.len + OHM_COSEM_SEAL_EXTRA > w->cap - w->len)
        return OHM_TOO_BIG;
    ohm_code code = take_counter(s, &counter);
    if (code != OHM_OK)
        return code;
    ohm_put_u8(w, ohm_cosem_cipher_tag(plain.ptr[0], dedicated));
    ohm_axdr_put_length(w, len);
    ohm_put_u8(w, s->control);
    ohm_put_u32(w, counter);
    ohm_aead_text text = frame_text(s, s->control, counter, s->title, prefix);
    text.text = w->ptr + w->len;
    ohm_put_bytes(w, plain);
    if (encrypted)
        text.len = plain.len;
    else
        text.aad[1] = plain;
    if (aead->seal(aead->ctx, &text) != OHM_OK)
        return OHM_IO;
    if (authenticated)
        ohm_put_bytes(w, ohm_span_of(text.tag, sizeof text.tag));
    return w->full ? OHM_TOO_BIG : OHM_OK;
}

/* A counter of the meter's must rise, under each key for itself. */
static bool is_new(const ohm_cosem_security *s, bool dedicated, uint32_t counter)
{
    bool heard = dedicated ? s->heard_dedicated : s->heard;
    return !heard || counter > (dedicated ? s->last_dedicated : s->last);
}

static void remember(ohm_cosem_security *s, bool dedicated, uint32_t counter)
{
    *(dedicated ? &s->heard_dedicated : &s->heard) = true;
    *(dedicated ? &s->last_dedicated : &s->last) = counter;
}

/* `body` begins with the security control and the counter. */
static ohm_code open_text(const ohm_cosem_security *s, const ohm_aead *aead, uint8_t *body,
                          size_t len, ohm_span *plain)
{
    uint8_t prefix[1 + OHM_COSEM_KEY_MAX];
    bool authenticated = (body[0] & OHM_GLO_AUTHENTICATED) != 0;
    ohm_aead_text text = frame_text(s, body[0], ohm_be32(body + 1), s->peer, prefix);
    len -= HEAD;
    if (authenticated && len < OHM_AEAD_TAG_LEN)
        return OHM_BAD_FORMAT;
    if (authenticated) {
        len -= OHM_AEAD_TAG_LEN;
        memcpy(text.tag, body + HEAD + len, OHM_AEAD_TAG_LEN);
    }
    *plain = ohm_span_of(body + HEAD, len);
    text.text = body + HEAD;
    if ((body[0] & OHM_GLO_ENCRYPTED) != 0)
        text.len = len;
    else
        text.aad[1] = *plain;
    return authenticated ? aead->open(aead->ctx, &text) : aead->decrypt(aead->ctx, &text);
}

ohm_code ohm_cosem_unseal(ohm_cosem_security *s, uint8_t *apdu, size_t len, ohm_span *plain)
{
    ohm_axdr c = { apdu, len, 1 };
    size_t length = 0;
    bool dedicated = false;
    uint8_t inner = len > 0 ? plain_tag(apdu[0], &dedicated) : 0;
    if (inner == 0 || ohm_axdr_length(&c, &length) != OHM_OK || length < HEAD + 1 ||
        length > len - c.pos)
        return OHM_BAD_FORMAT;
    const ohm_aead *aead = dedicated ? s->dedicated : s->aead;
    uint8_t control = apdu[c.pos];
    uint32_t counter = ohm_be32(apdu + c.pos + 1);
    if ((control & s->control) != s->control || (control & OHM_GLO_COMPRESSED) != 0 ||
        (control & OHM_GLO_BROADCAST) != 0)
        return OHM_DENIED;
    if (!s->has_peer || !has_keys(s, aead, control))
        return OHM_NO_KEY;
    if (!is_new(s, dedicated, counter))
        return OHM_REPLAYED;
    ohm_code code = open_text(s, aead, apdu + c.pos, length, plain);
    if (code != OHM_OK)
        return code;
    if (plain->len == 0 || plain->ptr[0] != inner)
        return OHM_BAD_TAG; /* without a tag, this is how a wrong key shows */
    remember(s, dedicated, counter);
    return OHM_OK;
}

const char *ohm_cosem_unseal_text(ohm_code code)
{
    if (code == OHM_BAD_TAG)
        return "an answer whose tag is wrong: a wrong key, or a forgery";
    if (code == OHM_REPLAYED)
        return "an answer that was heard before";
    if (code == OHM_DENIED)
        return "an answer with less protection than was asked for";
    if (code == OHM_NO_KEY)
        return "the meter did not say its system title, or a key is missing";
    return "a ciphered answer that does not follow its format";
}

/* --- proofs -------------------------------------------------------------------------------------
 */

/* SC, counter, and the tag over SC, authentication key and challenge (§5.7.4, mechanism 5);
 * out[] begins with SC and counter. */
static ohm_code make_gmac(const ohm_cosem_security *s,
                          const uint8_t title[static OHM_SYSTEM_TITLE_LEN], ohm_span challenge,
                          uint8_t out[static OHM_COSEM_PROOF_MAX])
{
    uint8_t prefix[1 + OHM_COSEM_KEY_MAX];
    if (!has_keys(s, s->aead, out[0]))
        return OHM_NO_KEY;
    ohm_aead_text text = frame_text(s, out[0], ohm_be32(out + 1), title, prefix);
    text.aad[1] = challenge;
    text.text = out + HEAD;
    if (s->aead->seal(s->aead->ctx, &text) != OHM_OK)
        return OHM_IO;
    memcpy(out + HEAD, text.tag, OHM_AEAD_TAG_LEN);
    return OHM_OK;
}

/* Mechanism 2 as the field does it: the challenge in blocks of 16 bytes, padded with zeros, each
 * under AES-128 with the secret, padded likewise. */
static ohm_code make_blocks(const ohm_digests *digests, ohm_span secret, ohm_span challenge,
                            uint8_t out[static OHM_COSEM_PROOF_MAX], size_t *len)
{
    uint8_t key[OHM_CIPHER_BLOCK_LEN] = { 0 };
    size_t key_len = secret.len < sizeof key ? secret.len : sizeof key;
    size_t whole =
        (challenge.len + OHM_CIPHER_BLOCK_LEN - 1) / OHM_CIPHER_BLOCK_LEN * OHM_CIPHER_BLOCK_LEN;
    ohm_code code = OHM_OK;
    assert(whole <= OHM_COSEM_PROOF_MAX);
    memcpy(key, secret.ptr, key_len);
    memset(out, 0, whole);
    memcpy(out, challenge.ptr, challenge.len);
    for (size_t at = 0; code == OHM_OK && at < whole; at += OHM_CIPHER_BLOCK_LEN)
        code = digests->aes_block(key, out + at);
    memset(key, 0, sizeof key);
    *len = whole;
    return code;
}

/* What pass 3 (`ours`: from us) and pass 4 (from the meter) must say: f(challenge). */
static ohm_code make_proof(const ohm_cosem_security *s, const ohm_cosem_proof *p, bool ours,
                           uint8_t out[static OHM_COSEM_PROOF_MAX], size_t *len)
{
    const ohm_span us = { s->title, OHM_SYSTEM_TITLE_LEN };
    const ohm_span meter = { s->peer, s->has_peer ? OHM_SYSTEM_TITLE_LEN : 0u };
    ohm_span answered = ours ? p->theirs : p->ours, other = ours ? p->ours : p->theirs;
    const ohm_span two[] = { answered, p->secret };
    const ohm_span five[] = { p->secret, ours ? us : meter, ours ? meter : us, answered, other };
    if (!s->digests)
        return OHM_UNSUPPORTED;
    if (p->secret.len == 0)
        return OHM_NO_KEY;
    if (p->auth == OHM_COSEM_HIGH)
        return make_blocks(s->digests, p->secret, answered, out, len);
    if (p->auth == OHM_COSEM_MD5)
        return s->digests->digest(OHM_DIGEST_MD5, two, 2, out, len);
    if (p->auth == OHM_COSEM_SHA1)
        return s->digests->digest(OHM_DIGEST_SHA1, two, 2, out, len);
    if (p->auth == OHM_COSEM_SHA256)
        return s->digests->digest(OHM_DIGEST_SHA256, five, 5, out, len);
    return OHM_UNSUPPORTED;
}

static bool are_challenges(const ohm_cosem_proof *p)
{
    return p->theirs.len > 0 && p->theirs.len <= OHM_COSEM_CHALLENGE_MAX && p->ours.len > 0 &&
           p->ours.len <= OHM_COSEM_CHALLENGE_MAX;
}

ohm_code ohm_cosem_prove(ohm_cosem_security *s, const ohm_cosem_proof *p,
                         uint8_t out[static OHM_COSEM_PROOF_MAX], size_t *len)
{
    uint32_t counter = 0;
    if (!are_challenges(p))
        return OHM_BAD_FORMAT;
    if (p->auth != OHM_COSEM_GMAC)
        return make_proof(s, p, true, out, len);
    ohm_code code = take_counter(s, &counter);
    if (code != OHM_OK)
        return code;
    out[0] = (uint8_t)(OHM_GLO_AUTHENTICATED | (s->control & OHM_GLO_SUITE));
    ohm_put_be32(out + 1, counter);
    *len = PROOF_GMAC;
    return make_gmac(s, s->title, p->theirs, out);
}

/* In a time that does not depend on where they differ. */
static bool same(const uint8_t *a, const uint8_t *b, size_t len)
{
    unsigned differ = 0;
    for (size_t i = 0; i < len; i++)
        differ |= (unsigned)(a[i] ^ b[i]);
    return differ == 0;
}

ohm_code ohm_cosem_verify(ohm_cosem_security *s, const ohm_cosem_proof *p, ohm_span answer)
{
    uint8_t want[OHM_COSEM_PROOF_MAX];
    size_t len = 0;
    ohm_code code = OHM_OK;
    /* A meter that sends our own challenge back would be given the very proof that it owes. */
    if (!are_challenges(p) || ohm_span_equal(p->ours, p->theirs))
        return OHM_BAD_TAG;
    if (p->auth != OHM_COSEM_GMAC) {
        code = make_proof(s, p, false, want, &len);
    } else if (!s->has_peer || answer.len != PROOF_GMAC ||
               (answer.ptr[0] & 0xf0) != OHM_GLO_AUTHENTICATED ||
               memcmp(s->peer, s->title, OHM_SYSTEM_TITLE_LEN) == 0) {
        return OHM_BAD_TAG;
    } else {
        len = PROOF_GMAC;
        memcpy(want, answer.ptr, HEAD);
        code = make_gmac(s, s->peer, p->ours, want);
    }
    if (code != OHM_OK)
        return code;
    return answer.len == len && same(answer.ptr, want, len) ? OHM_OK : OHM_BAD_TAG;
}
