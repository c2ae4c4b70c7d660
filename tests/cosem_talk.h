/* A client and a simulated meter on a line of memory with a clock of its own: for the unit tests,
 * the properties and the fuzzers. The line may lose, double and hold back what the meter says, and
 * add junk, by a seed. */
#ifndef OHM_TESTS_COSEM_TALK_H
#define OHM_TESTS_COSEM_TALK_H

#include "host/crypto_aead.h"
#include "host/crypto_digest.h"
#include "sim/cosem_server.h"
#include "wire/cosem.h"

enum {
    TALK_CHUNK_MAX = 1 << 17,
    TALK_TURNS_MAX = 100000,
};

static const uint8_t talk_key[16] = "sixteen bytes...";
static const uint8_t talk_auth_key[16] = "and as many more";
static const uint8_t talk_dedicated_key[16] = "a key for a day.";
static const uint8_t talk_title[OHM_SYSTEM_TITLE_LEN] = "OHM\x00\x00\x00\x00\x07";
static const char talk_secret[] = "Gretchenfrage";

typedef struct talk {
    ohm_cosem client;
    ohm_cosem_server meter;
    ohm_crypto_aead *global, *dedicated;
    ohm_mono_ms now;
    uint32_t seed;
    int loss;     /* of 1000 times that one side speaks, it is lost */
    int twice;    /* or comes twice */
    int junk;     /* or behind junk */
    int late;     /* or behind what comes next */
    size_t chunk; /* bytes at a time; 0: all */
    size_t held_len;
    uint8_t held[TALK_CHUNK_MAX], wire[TALK_CHUNK_MAX];
} talk;

static inline uint32_t talk_random(talk *t)
{
    t->seed = t->seed * 1664525u + 1013904223u;
    return t->seed >> 8;
}

static inline bool talk_chance(talk *t, int of_thousand)
{
    return of_thousand > 0 && (int)(talk_random(t) % 1000) < of_thousand;
}

static inline const ohm_aead *talk_dedicate(void *ctx, ohm_span key)
{
    talk *t = ctx;
    if (!ohm_span_equal(key, ohm_span_of(talk_dedicated_key, sizeof talk_dedicated_key)))
        return NULL;
    return ohm_crypto_aead_table(t->dedicated);
}

/* Client 1 on server 1; `control`: security policy of both. */
static inline ohm_cosem_config talk_config(talk *t, ohm_cosem_server_line line, ohm_cosem_auth auth,
                                           uint8_t control)
{
    ohm_cosem_config c = { .wrapper = line == OHM_SERVER_WRAPPER, .auth = auth };
    c.hdlc = (ohm_hdlc_link_config){ .client = 1, .server = 1 };
    c.over_tcp = (ohm_wrapper_link_config){ .client = 1, .server = 1 };
    c.secret_len = sizeof talk_secret - 1;
    memcpy(c.secret, talk_secret, c.secret_len);
    c.challenge_len = 16;
    memcpy(c.challenge, "0123456789abcdef", 16);
    c.security.control = control;
    c.security.aead = ohm_crypto_aead_table(t->global);
    memcpy(c.security.auth_key, talk_auth_key, sizeof talk_auth_key);
    c.security.auth_key_len = sizeof talk_auth_key;
    c.security.digests = &ohm_crypto_digests;
    memcpy(c.security.title, talk_title, sizeof talk_title);
    c.security.counter = 1000;
    c.security.counter_end = 2000;
    return c;
}

static inline void talk_dedicated(talk *t, ohm_cosem_config *c)
{
    c->security.dedicated = ohm_crypto_aead_table(t->dedicated);
    memcpy(c->security.dedicated_key, talk_dedicated_key, sizeof talk_dedicated_key);
    c->security.dedicated_key_len = sizeof talk_dedicated_key;
}

static inline void talk_init(talk *t, ohm_cosem_server_line line, ohm_cosem_auth auth,
                             uint8_t control)
{
    memset(t, 0, offsetof(talk, held));
    if (ohm_crypto_aead_new(ohm_span_of(talk_key, sizeof talk_key), &t->global) != OHM_OK ||
        ohm_crypto_aead_new(ohm_span_of(talk_dedicated_key, sizeof talk_dedicated_key),
                            &t->dedicated) != OHM_OK)
        abort();
    t->seed = 1;
    t->now.v = 1000;
    ohm_cosem_server_init(&t->meter);
    ohm_cosem_server *m = &t->meter;
    m->line = line;
    m->auth = (uint8_t)auth;
    memcpy(m->secret, talk_secret, sizeof talk_secret);
    m->control = control;
    m->aead = ohm_crypto_aead_table(t->global);
    memcpy(m->auth_key, talk_auth_key, sizeof talk_auth_key);
    m->dedicate = talk_dedicate;
    m->ctx = t;
    m->digests = &ohm_crypto_digests;
    m->heard_counter = 999;
}

static inline void talk_release(talk *t)
{
    ohm_crypto_aead_free(t->global);
    ohm_crypto_aead_free(t->dedicated);
}

/* What the line makes of `len` bytes of wire[]; returns how many come out. */
static inline size_t talk_line(talk *t, size_t len)
{
    if (len > 0 && talk_chance(t, t->loss))
        len = 0;
    if (len > 0 && len < sizeof t->wire / 2 && talk_chance(t, t->twice)) {
        memcpy(t->wire + len, t->wire, len);
        len *= 2;
    }
    if (len > 0 && len < sizeof t->wire - 64 && talk_chance(t, t->junk)) {
        size_t n = 1 + talk_random(t) % 40;
        memmove(t->wire + n, t->wire, len);
        for (size_t i = 0; i < n; i++)
            t->wire[i] = (uint8_t)talk_random(t);
        len += n;
    }
    if (t->held_len > 0 && len > 0 && len < sizeof t->wire - t->held_len) {
        memcpy(t->wire + len, t->held, t->held_len);
        len += t->held_len;
        t->held_len = 0;
    } else if (len > 0 && len < sizeof t->held && talk_chance(t, t->late)) {
        memcpy(t->held, t->wire, len);
        t->held_len = len;
        len = 0;
    }
    return len;
}

/* Everything that the client has to say, to the meter; what it answers, in wire[]. */
static inline size_t talk_to_meter(talk *t)
{
    static uint8_t said[TALK_CHUNK_MAX];
    ohm_span bytes;
    size_t len = 0;
    while (ohm_cosem_take(&t->client, &bytes, t->now)) {
        memcpy(said + len, bytes.ptr, bytes.len);
        len += bytes.len;
    }
    if (len == 0)
        return 0;
    memcpy(t->wire, said, len);
    len = talk_line(t, len);
    memcpy(said, t->wire, len);
    ohm_writer out = ohm_writer_over(t->wire, sizeof t->wire);
    ohm_cosem_server_input(&t->meter, ohm_span_of(said, len), &out);
    return talk_line(t, out.len);
}

/* Goes on until the client has something to say to its owner. */
static inline ohm_cosem_event talk_wait(talk *t)
{
    for (int turn = 0; turn < TALK_TURNS_MAX; turn++) {
        size_t len = talk_to_meter(t), chunk = t->chunk ? t->chunk : TALK_CHUNK_MAX;
        ohm_span all = ohm_span_of(t->wire, len);
        while (all.len > 0) {
            ohm_span part = ohm_span_part(all, 0, all.len < chunk ? all.len : chunk);
            all = ohm_span_part(all, part.len, all.len - part.len);
            ohm_cosem_event event = ohm_cosem_input(&t->client, &part, t->now);
            if (event != OHM_COSEM_NOTHING)
                return event;
        }
        if (len > 0)
            continue;
        ohm_mono_ms wake = ohm_cosem_wake(&t->client);
        if (wake.v == OHM_LINE_NEVER)
            return OHM_COSEM_NOTHING;
        t->now.v = wake.v > t->now.v ? wake.v : t->now.v;
        ohm_cosem_event event = ohm_cosem_tick(&t->client, t->now);
        if (event != OHM_COSEM_NOTHING)
            return event;
    }
    return OHM_COSEM_NOTHING;
}

/* Opens the association of `config`. */
static inline ohm_cosem_event talk_open(talk *t, const ohm_cosem_config *config)
{
    if (ohm_cosem_init(&t->client, config) != OHM_OK)
        return OHM_COSEM_FAILED;
    ohm_cosem_event event = ohm_cosem_open(&t->client, t->now);
    return event != OHM_COSEM_NOTHING ? event : talk_wait(t);
}

static inline ohm_cosem_event talk_get(talk *t, const ohm_cosem_ref *ref, ohm_span access)
{
    return ohm_cosem_get(&t->client, ref, access, t->now) == OHM_OK ? talk_wait(t)
                                                                    : OHM_COSEM_FAILED;
}

static inline ohm_cosem_event talk_close(talk *t)
{
    ohm_cosem_event event = ohm_cosem_close(&t->client, t->now);
    return event != OHM_COSEM_NOTHING ? event : talk_wait(t);
}

#endif
