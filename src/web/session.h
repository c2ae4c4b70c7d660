/* Sessions of browsers: in memory only, so a restart ends them all.
 *
 * The cookie is 32 random bytes; what is kept is their SHA-256, so that a look into our memory
 * or a core file opens nothing. Each has its own token against forged requests. */
#ifndef OHM_WEB_SESSION_H
#define OHM_WEB_SESSION_H

#include "web/accounts.h"

enum {
    OHM_SESSIONS_MAX = 64,
    OHM_SESSION_COOKIE_LEN = 64,
    OHM_SESSION_CSRF_LEN = 32,
};
#define OHM_SESSION_IDLE_MS (INT64_C(24) * OHM_HOUR_MS)
#define OHM_SESSION_LIFE_MS (INT64_C(30) * 24 * OHM_HOUR_MS)

typedef struct ohm_session {
    uint32_t id; /* never used again; 0 = free */
    uint8_t hash[32];
    char user[OHM_USER_NAME_MAX];
    uint8_t mark[32]; /* of the account it was opened for, as that was then */
    char csrf[OHM_SESSION_CSRF_LEN + 1];
    ohm_mono_ms created, used;
} ohm_session;

typedef struct ohm_sessions {
    uint32_t last_id;
    ohm_session rows[OHM_SESSIONS_MAX];
} ohm_sessions;

/* A new session; the one unused for longest makes room if need be. */
ohm_session *ohm_session_new(ohm_sessions *sessions, const char *user, ohm_mono_ms now,
                             char ret_cookie[static OHM_SESSION_COOKIE_LEN + 1]);
/* The session of a cookie, and that it is used now; NULL: none, or timed out. */
ohm_session *ohm_session_find(ohm_sessions *sessions, ohm_span cookie, ohm_mono_ms now);
/* The same by its id, of a stream that goes on: an open page is use. */
ohm_session *ohm_session_get(ohm_sessions *sessions, uint32_t id, ohm_mono_ms now);
/* The session is this account's, and ends with its password: a hash is salted, so neither the next
 * password nor the next account of the same name has the same. */
void ohm_session_bind(ohm_session *session, const ohm_user *user);
/* Is it? `user` NULL: the account is gone. */
bool ohm_session_is_bound(const ohm_session *session, const ohm_user *user);
bool ohm_session_csrf_is(const ohm_session *session, ohm_span field);

void ohm_session_end(ohm_session *session);
/* All of a user, but the one with id `except`. */
void ohm_session_end_user(ohm_sessions *sessions, const char *user, uint32_t except);

#endif
