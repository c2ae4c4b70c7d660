#include "web/session.h"

#include <sodium.h>
#include <stdio.h>

#include "host/random.h"
#include "web/http_text.h"

static bool is_over(const ohm_session *session, ohm_mono_ms now)
{
    return ohm_mono_since(now, session->created) >= OHM_SESSION_LIFE_MS ||
           ohm_mono_since(now, session->used) >= OHM_SESSION_IDLE_MS;
}

static ohm_session *use(ohm_session *session, ohm_mono_ms now)
{
    if (is_over(session, now)) {
        ohm_session_end(session);
        return NULL;
    }
    session->used = now;
    return session;
}

/* A free row, or the one that was not used for longest. */
static ohm_session *room(ohm_sessions *sessions, ohm_mono_ms now)
{
    ohm_session *oldest = &sessions->rows[0];
    for (int i = 0; i < OHM_SESSIONS_MAX; i++) {
        ohm_session *row = &sessions->rows[i];
        if (!row->id || is_over(row, now))
            return row;
        if (row->used.v < oldest->used.v)
            oldest = row;
    }
    return oldest;
}

ohm_session *ohm_session_new(ohm_sessions *sessions, const char *user, ohm_mono_ms now,
                             char ret_cookie[static OHM_SESSION_COOKIE_LEN + 1])
{
    uint8_t random[OHM_SESSION_COOKIE_LEN / 2 + OHM_SESSION_CSRF_LEN / 2];
    ohm_session *session = room(sessions, now);
    *session = (ohm_session){ .id = ++sessions->last_id, .created = now, .used = now };
    ohm_random(random, sizeof random);
    (void)sodium_bin2hex(ret_cookie, OHM_SESSION_COOKIE_LEN + 1, random,
                         OHM_SESSION_COOKIE_LEN / 2);
    (void)sodium_bin2hex(session->csrf, sizeof session->csrf, random + OHM_SESSION_COOKIE_LEN / 2,
                         OHM_SESSION_CSRF_LEN / 2);
    (void)crypto_hash_sha256(session->hash, (const uint8_t *)ret_cookie, OHM_SESSION_COOKIE_LEN);
    (void)snprintf(session->user, sizeof session->user, "%s", user);
    ohm_wipe(random, sizeof random);
    return session;
}

ohm_session *ohm_session_find(ohm_sessions *sessions, ohm_span cookie, ohm_mono_ms now)
{
    uint8_t hash[32];
    if (cookie.len != OHM_SESSION_COOKIE_LEN)
        return NULL;
    (void)crypto_hash_sha256(hash, cookie.ptr, cookie.len);
    for (int i = 0; i < OHM_SESSIONS_MAX; i++)
        if (sessions->rows[i].id && !sodium_memcmp(sessions->rows[i].hash, hash, sizeof hash))
            return use(&sessions->rows[i], now);
    return NULL;
}

ohm_session *ohm_session_get(ohm_sessions *sessions, uint32_t id, ohm_mono_ms now)
{
    for (int i = 0; id && i < OHM_SESSIONS_MAX; i++)
        if (sessions->rows[i].id == id)
            return use(&sessions->rows[i], now);
    return NULL;
}

static void mark_of(const ohm_user *user, uint8_t out[static 32])
{
    (void)crypto_hash_sha256(out, (const uint8_t *)user->hash, strlen(user->hash));
}

void ohm_session_bind(ohm_session *session, const ohm_user *user)
{
    mark_of(user, session->mark);
}

bool ohm_session_is_bound(const ohm_session *session, const ohm_user *user)
{
    uint8_t mark[32];
    if (!user)
        return false;
    mark_of(user, mark);
    return !sodium_memcmp(mark, session->mark, sizeof mark);
}

bool ohm_session_csrf_is(const ohm_session *session, ohm_span field)
{
    return field.len == OHM_SESSION_CSRF_LEN &&
           !sodium_memcmp(field.ptr, session->csrf, OHM_SESSION_CSRF_LEN);
}

void ohm_session_end(ohm_session *session)
{
    ohm_wipe(session, sizeof *session);
}

void ohm_session_end_user(ohm_sessions *sessions, const char *user, uint32_t except)
{
    for (int i = 0; i < OHM_SESSIONS_MAX; i++) {
        ohm_session *row = &sessions->rows[i];
        if (row->id && row->id != except &&
            ohm_text_same(ohm_span_text(row->user), ohm_span_text(user)))
            ohm_session_end(row);
    }
}
