#include "wire/mbus_cipher.h"

#include "wire/mbus_internal.h"

enum {
    BLOCK = OHM_CIPHER_BLOCK_LEN,
    LAYER = 0x90, /* CI of the authentication and fragmentation layer */
    LONG_CI = 0x72,
    LONG_HEADER = 12,
    ACCESS_AT = 8,
    CONFIG_AT = 10,
    FILLER = 0x2f,
    MODE_CBC = 5,
    MODE_DERIVED = 7,
    KEY_FOR_DATA = 0x00, /* derivation constants, from the meter (§9.6) */
    KEY_FOR_MAC = 0x01,
};

/* --- AES-CMAC -----------------------------------------------------------------------------------
 */

/* Times x in the field of 2^128 (RFC 4493 §2.3). */
static void double_block(uint8_t block[static BLOCK])
{
    uint8_t carry = (uint8_t)(block[0] >> 7);
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = (uint8_t)(block[i] << 1 | (i + 1 < BLOCK ? block[i + 1] >> 7 : 0));
    block[BLOCK - 1] ^= carry ? 0x87 : 0;
}

static void mix(uint8_t block[static BLOCK], const uint8_t *with, size_t len)
{
    for (size_t i = 0; i < len; i++)
        block[i] ^= with[i];
}

ohm_code ohm_cmac(const ohm_digests *digests, const uint8_t key[static OHM_CIPHER_BLOCK_LEN],
                  ohm_span message, uint8_t out[static OHM_CMAC_LEN])
{
    uint8_t subkey[BLOCK] = { 0 }, state[BLOCK] = { 0 };
    size_t at = 0;
    ohm_code code = digests->aes_block(key, subkey);
    for (; code == OHM_OK && message.len - at > BLOCK; at += BLOCK) {
        mix(state, message.ptr + at, BLOCK);
        code = digests->aes_block(key, state);
    }
    size_t rest = message.len - at;
    double_block(subkey);
    if (rest < BLOCK) {
        double_block(subkey);
        state[rest] ^= 0x80;
    }
    if (rest > 0)
        mix(state, message.ptr + at, rest);
    mix(state, subkey, BLOCK);
    if (code == OHM_OK)
        code = digests->aes_block(key, state);
    if (code == OHM_OK)
        memcpy(out, state, BLOCK);
    return code;
}

/* --- the authentication and fragmentation layer -------------------------------------------------
 */

/* What the layer says; `mac` points into the frame. */
typedef struct layer {
    bool present, has_counter, has_length;
    uint8_t control; /* MCL */
    uint32_t counter;
    uint16_t length;
    const uint8_t *mac;
    size_t mac_len;
} layer;

/* Of the fragmentation control field (§6.3.2). */
enum {
    HAS_KEY_INFO = 0x0200,
    HAS_MAC = 0x0400,
    HAS_COUNTER = 0x0800,
    HAS_LENGTH = 0x1000,
    HAS_CONTROL = 0x2000,
    MORE_FRAGMENTS = 0x4000,
};

/* Bytes of the MAC by the authentication type of the message control field (§6.3.3). */
static size_t mac_len_of(uint8_t control)
{
    static const uint8_t lengths[16] = { [4] = 4, [5] = 8, [6] = 12, [7] = 16 };
    return lengths[control & 0x0f];
}

typedef struct cursor {
    const uint8_t *p;
    size_t at, len;
    bool short_of;
} cursor;

static const uint8_t *take(cursor *c, size_t n)
{
    static const uint8_t nothing[BLOCK];
    c->short_of |= n > c->len - c->at;
    if (c->short_of)
        return nothing;
    c->at += n;
    return c->p + c->at - n;
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)ohm_le16(p) | (uint32_t)ohm_le16(p + 2) << 16;
}

static ohm_code refuse(ohm_mbus_reject *reject, ohm_code code, const char *what)
{
    return ohm_mbus_refuse(reject, OHM_MBUS_AT_CIPHER, 0, code, what);
}

static ohm_code take_layer(ohm_mbus_payload *payload, layer *out, ohm_mbus_reject *reject)
{
    cursor c = { .p = payload->data, .len = payload->len };
    size_t len = take(&c, 1)[0], from = c.at;
    unsigned fields = ohm_le16(take(&c, 2));
    out->present = true;
    if ((fields & MORE_FRAGMENTS) != 0)
        return refuse(reject, OHM_UNSUPPORTED, "a message in several fragments");
    if ((fields & HAS_CONTROL) != 0)
        out->control = take(&c, 1)[0];
    if ((fields & HAS_KEY_INFO) != 0)
        (void)take(&c, 2);
    out->has_counter = (fields & HAS_COUNTER) != 0;
    if (out->has_counter)
        out->counter = le32(take(&c, 4));
    if ((fields & HAS_MAC) != 0) {
        out->mac_len = mac_len_of(out->control);
        out->mac = take(&c, out->mac_len);
        if (out->mac_len == 0)
            return refuse(reject, OHM_UNSUPPORTED, "a MAC of a kind that is not known here");
    }
    out->has_length = (fields & HAS_LENGTH) != 0;
    if (out->has_length)
        out->length = ohm_le16(take(&c, 2));
    uint8_t ci = take(&c, 1)[0];
    if (c.short_of || c.at - 1 - from != len)
        return refuse(reject, OHM_BAD_FORMAT, "an authentication layer of another length");
    if (out->has_length && out->length != payload->len - c.at + 1)
        return refuse(reject, OHM_BAD_FORMAT, "a message of another length than it says");
    *payload = (ohm_mbus_payload){ ci, payload->data + c.at, payload->len - c.at };
    return OHM_OK;
}

/* --- the header ---------------------------------------------------------------------------------
 */

/* What the configuration field says (§7.7). */
typedef struct config {
    uint8_t mode;
    size_t blocks; /* enciphered, of 16 bytes */
    size_t extra;  /* bytes of the field behind its first two */
    bool derived, has_counter;
    uint32_t counter;
} config;

static bool is_records(uint8_t ci)
{
    return ci == 0x72 || ci == 0x73 || ci == 0x76 || ci == 0x77 || ci == 0x78 || ci == 0x7a;
}

/* The field of mode 7 goes on: which key, and perhaps a counter and a version of the key. */
static bool take_extension(const ohm_mbus_payload *p, config *out)
{
    enum { COUNTER = 0x20, VERSION = 0x40 };
    cursor c = { .p = p->data + CONFIG_AT, .len = p->len - CONFIG_AT };
    out->has_counter = (take(&c, 2)[1] & COUNTER) != 0;
    uint8_t extension = take(&c, 1)[0];
    out->derived = (extension >> 4 & 3) == 1;
    if (out->has_counter)
        out->counter = le32(take(&c, 4));
    if ((extension & VERSION) != 0)
        (void)take(&c, 1);
    out->extra = c.at - 2;
    return !c.short_of;
}

static ohm_code take_config(const ohm_mbus_payload *p, config *out, ohm_mbus_reject *reject)
{
    *out = (config){ 0 };
    if (p->ci != LONG_CI && p->ci != 0x7a && p->ci != 0x76)
        return OHM_OK; /* it has no such field */
    if (p->ci == 0x7a)
        out->mode = p->len >= 4 ? p->data[3] & 0x1f : 0;
    if (p->ci != LONG_CI || p->len < LONG_HEADER)
        return OHM_OK;
    out->mode = p->data[CONFIG_AT + 1] & 0x1f;
    out->blocks = p->data[CONFIG_AT] >> 4;
    if (out->mode == MODE_DERIVED && !take_extension(p, out))
        return refuse(reject, OHM_BAD_FORMAT, "a configuration field that is cut off");
    return OHM_OK;
}

/* --- deciphering --------------------------------------------------------------------------------
 */

/* A key of this message: CMAC(key, constant, counter, id, 07h seven times) (§9.6.2). */
static ohm_code derive(const ohm_mbus_cipher *cipher, uint8_t constant, uint32_t counter,
                       const uint8_t id[static 4], uint8_t out[static BLOCK])
{
    uint8_t text[BLOCK];
    memset(text, 0x07, sizeof text);
    text[0] = constant;
    for (size_t i = 0; i < 4; i++)
        text[1 + i] = (uint8_t)(counter >> (8 * i));
    memcpy(text + 5, id, 4);
    return ohm_cmac(cipher->digests, cipher->key, ohm_span_of(text, sizeof text), out);
}

/* Over MCL, MCR, ML where it is there, and all behind the layer from CI on (§6.4). */
static ohm_code make_mac(const ohm_mbus_cipher *cipher, const layer *l, uint32_t counter,
                         const ohm_mbus_payload *p, uint8_t out[static OHM_CMAC_LEN])
{
    uint8_t text[8 + OHM_MBUS_DATA_MAX], key[BLOCK];
    size_t n = 0;
    text[n++] = l->control;
    for (size_t i = 0; i < 4; i++)
        text[n++] = (uint8_t)(l->counter >> (8 * i));
    if (l->has_length) {
        text[n++] = (uint8_t)l->length;
        text[n++] = (uint8_t)(l->length >> 8);
    }
    text[n++] = p->ci;
    memcpy(text + n, p->data, p->len);
    ohm_code code = derive(cipher, KEY_FOR_MAC, counter, p->data, key);
    return code == OHM_OK ? ohm_cmac(cipher->digests, key, ohm_span_of(text, n + p->len), out)
                          : code;
}

static ohm_code check_mac(const ohm_mbus_cipher *cipher, const layer *l, uint32_t counter,
                          const ohm_mbus_payload *p, ohm_mbus_reject *reject)
{
    uint8_t mac[OHM_CMAC_LEN];
    ohm_code code = make_mac(cipher, l, counter, p, mac);
    if (code != OHM_OK)
        return refuse(reject, code, "the cipher can't be had");
    uint8_t differs = 0;
    for (size_t i = 0; i < l->mac_len; i++)
        differs |= (uint8_t)(mac[i] ^ l->mac[i]);
    return differs == 0 ? OHM_OK : refuse(reject, OHM_BAD_TAG, "the MAC does not match");
}

static ohm_code open_blocks(const ohm_digests *digests, const uint8_t key[static BLOCK],
                            uint8_t chain[static BLOCK], uint8_t *data, size_t blocks)
{
    ohm_code code = OHM_OK;
    for (uint8_t *p = data; blocks > 0 && code == OHM_OK; blocks--, p += BLOCK) {
        uint8_t next[BLOCK];
        memcpy(next, p, BLOCK);
        code = digests->aes_unblock(key, p);
        mix(p, chain, BLOCK);
        memcpy(chain, next, BLOCK);
    }
    return code;
}

/* Which key, and which first block of the chain. */
static ohm_code set_key(const ohm_mbus_cipher *cipher, const config *c, uint32_t counter,
                        const uint8_t *header, uint8_t key[static BLOCK], uint8_t iv[static BLOCK])
{
    memset(iv, 0, BLOCK);
    memcpy(key, cipher->key, BLOCK);
    if (c->mode == MODE_DERIVED)
        return c->derived ? derive(cipher, KEY_FOR_DATA, counter, header, key) : OHM_OK;
    memcpy(iv, header + 4, 2);     /* manufacturer */
    memcpy(iv + 2, header, 4);     /* identification */
    memcpy(iv + 6, header + 6, 2); /* version, medium */
    memset(iv + 8, header[ACCESS_AT], 8);
    return OHM_OK;
}

/* Without what mode 7 has in its header and no other: as every long header. */
static void pack(ohm_mbus_payload *p, size_t extra)
{
    memmove(p->data + LONG_HEADER, p->data + LONG_HEADER + extra, p->len - LONG_HEADER - extra);
    p->len -= extra;
}

static ohm_code open_records(const ohm_mbus_cipher *cipher, const layer *l, const config *c,
                             ohm_mbus_payload *p, ohm_mbus_reject *reject)
{
    uint8_t key[BLOCK], iv[BLOCK];
    size_t from = LONG_HEADER + c->extra;
    uint32_t counter = c->has_counter ? c->counter : l->counter;
    if (c->blocks * BLOCK > p->len - from || p->len < from + 2)
        return refuse(reject, OHM_BAD_FORMAT, "shorter than the blocks that are enciphered");
    if (c->derived && !c->has_counter && !l->has_counter)
        return refuse(reject, OHM_BAD_FORMAT, "no counter to derive the key from");
    if (l->mac) {
        ohm_code code = check_mac(cipher, l, counter, p, reject);
        if (code != OHM_OK)
            return code;
    }
    ohm_code code = set_key(cipher, c, counter, p->data, key, iv);
    if (code == OHM_OK)
        code = open_blocks(cipher->digests, key, iv, p->data + from, c->blocks);
    if (code != OHM_OK)
        return refuse(reject, code, "the cipher can't be had");
    if (p->data[from] != FILLER || p->data[from + 1] != FILLER)
        return refuse(reject, OHM_BAD_TAG, "the key does not open it");
    pack(p, c->extra);
    return OHM_OK;
}

ohm_code ohm_mbus_decipher(const ohm_mbus_cipher *cipher, ohm_mbus_payload *payload,
                           ohm_mbus_security *ret_security, ohm_mbus_reject *reject)
{
    layer l = { 0 };
    config c;
    ohm_mbus_payload p = *payload;
    *ret_security = (ohm_mbus_security){ 0 };
    if (p.ci == LAYER) {
        ohm_code code = take_layer(&p, &l, reject);
        if (code != OHM_OK)
            return code;
    }
    ohm_code code = take_config(&p, &c, reject);
    if (code != OHM_OK)
        return code;
    if (cipher->digests && is_records(p.ci)) {
        if (c.mode == 0 || (p.ci == LONG_CI && c.blocks == 0))
            return refuse(reject, OHM_DENIED, "in the clear, though a key is configured");
        if (p.ci != LONG_CI)
            return refuse(reject, OHM_UNSUPPORTED,
                          "enciphered behind a header that does not say whose it is");
        if (c.mode != MODE_CBC && c.mode != MODE_DERIVED)
            return refuse(reject, OHM_UNSUPPORTED,
                          "enciphered by a mode that is not known here (5 and 7 are)");
        code = open_records(cipher, &l, &c, &p, reject);
        if (code != OHM_OK)
            return code;
        *ret_security = (ohm_mbus_security){
            .mode = c.mode,
            .has_counter = c.has_counter || l.has_counter,
            .counter = c.has_counter ? c.counter : l.counter,
            .authenticated = l.mac != NULL,
        };
    }
    *payload = p;
    return OHM_OK;
}

/* --- the way back -------------------------------------------------------------------------------
 */

static ohm_code close_blocks(const ohm_digests *digests, const uint8_t key[static BLOCK],
                             const uint8_t iv[static BLOCK], uint8_t *data, size_t blocks)
{
    const uint8_t *chain = iv;
    ohm_code code = OHM_OK;
    for (uint8_t *p = data; blocks > 0 && code == OHM_OK; blocks--, p += BLOCK) {
        mix(p, chain, BLOCK);
        code = digests->aes_block(key, p);
        chain = p;
    }
    return code;
}

static void put32(uint8_t *p, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

/* Header, field and padded records into `p`; its CI is in front of them. */
static ohm_code put_records(const ohm_mbus_cipher *cipher, const config *c, ohm_span plain,
                            ohm_mbus_payload *p)
{
    enum { FIELD_LEN = 2, DERIVED = 0x10, COUNTED = 0x20 };
    uint8_t key[BLOCK], iv[BLOCK];
    size_t from = LONG_HEADER + c->extra, records = plain.len - LONG_HEADER;
    memset(p->data, FILLER, from + c->blocks * BLOCK);
    memcpy(p->data, plain.ptr, LONG_HEADER - FIELD_LEN);
    p->data[CONFIG_AT] = (uint8_t)(c->blocks << 4);
    p->data[CONFIG_AT + 1] = (uint8_t)(c->mode | (c->has_counter ? COUNTED : 0));
    if (c->extra > 0)
        p->data[LONG_HEADER] = DERIVED;
    if (c->has_counter)
        put32(p->data + LONG_HEADER + 1, c->counter);
    memcpy(p->data + from + 2, plain.ptr + LONG_HEADER, records);
    p->len = from + c->blocks * BLOCK;
    ohm_code code = set_key(cipher, c, c->counter, p->data, key, iv);
    return code == OHM_OK ? close_blocks(cipher->digests, key, iv, p->data + from, c->blocks)
                          : code;
}

ohm_code ohm_mbus_encipher(const ohm_mbus_cipher *cipher, const ohm_mbus_security *how,
                           ohm_span plain, uint8_t out[static OHM_MBUS_DATA_MAX + 1],
                           size_t *ret_len)
{
    enum { LAYER_LEN = 17, MAC_LEN = 8, CONTROL = 0x25 }; /* MCMP, CMAC of 8 bytes */
    static const uint8_t head[] = { LAYER, LAYER_LEN - 2, 0x00, 0x2c, CONTROL };
    bool derived = how->mode == MODE_DERIVED, mac = how->authenticated;
    assert(plain.len >= LONG_HEADER && (how->mode == MODE_CBC || derived) && (derived || !mac));
    const config c = {
        .mode = how->mode,
        .blocks = (plain.len - LONG_HEADER + 2 + BLOCK - 1) / BLOCK,
        .extra = !derived ? 0
                 : mac    ? 1
                          : 5,
        .derived = derived,
        .has_counter = derived && !mac,
        .counter = how->counter,
    };
    size_t at = mac ? LAYER_LEN : 0;
    if (c.blocks > 15 || at + LONG_HEADER + c.extra + c.blocks * BLOCK > OHM_MBUS_DATA_MAX)
        return OHM_TOO_BIG;
    out[at] = LONG_CI;
    ohm_mbus_payload p = { LONG_CI, out + at + 1, 0 };
    ohm_code code = put_records(cipher, &c, plain, &p);
    if (code == OHM_OK && mac) {
        const layer l = { .control = CONTROL, .counter = how->counter };
        uint8_t tag[OHM_CMAC_LEN];
        code = make_mac(cipher, &l, how->counter, &p, tag);
        memcpy(out, head, sizeof head);
        put32(out + sizeof head, how->counter);
        memcpy(out + sizeof head + 4, tag, MAC_LEN);
    }
    *ret_len = at + 1 + p.len;
    return code;
}
