/* What is asked of a source: addresses, headers, bodies of requests. Text only; nothing is sent
 * here. What comes out may hold a secret (ENTSO-E and forecast.solar want theirs in the address):
 * it is wiped by who holds it and never logged. */
#ifndef OHM_FETCH_ASK_H
#define OHM_FETCH_ASK_H

#include "base/civil.h"
#include "fetch/token.h"
#include "grid/segments.h"
#include "grid/source.h"
#include "link/http.h"

enum {
    OHM_ASK_TEXT_MAX = 128,
    OHM_ASK_BODY_MAX = 1024,
};

/* Of the site's configuration. Text is "" where it is not given. */
typedef struct ohm_ask {
    ohm_source source;
    char url[OHM_HTTP_URL_MAX / 2];    /* base address; "": the service's own */
    char area[OHM_ASK_TEXT_MAX];       /* "FR", "10YFR-RTE------C"; OpenADR: the program */
    char client_id[OHM_ASK_TEXT_MAX];  /* OAuth2 */
    char secret[2 * OHM_ASK_TEXT_MAX]; /* of the client, or the token or key itself */
    char pointer[OHM_ASK_TEXT_MAX];    /* generic: see fetch/answer.h */
    char start[OHM_ASK_TEXT_MAX], end[OHM_ASK_TEXT_MAX], value[OHM_ASK_TEXT_MAX];
    char unit[OHM_ASK_TEXT_MAX / 4];
    int64_t latitude_e4, longitude_e4, tilt_deg, azimuth_deg, power_w;
    /* OpenADR (fetch/ven.h): who we are there, what we stand for, and what we say. */
    char ven_name[OHM_ASK_TEXT_MAX], resource[OHM_ASK_TEXT_MAX];
    char target_type[OHM_ASK_TEXT_MAX]; /* of 3.0's targets; "": 3.1's, which have none */
    char targets[OHM_ASK_TEXT_MAX];     /* "north,south" */
    char token_url[OHM_HTTP_URL_MAX / 2];
    bool reports;
} ohm_ask;

/* How a source wants to be spoken to. */
typedef enum ohm_ask_auth {
    OHM_AUTH_NONE,
    OHM_AUTH_OAUTH,  /* client credentials first, then a bearer token */
    OHM_AUTH_BEARER, /* the secret is the token */
    OHM_AUTH_URL,    /* the secret is part of the address */
} ohm_ask_auth;
ohm_ask_auth ohm_ask_auth_of(ohm_source source);

/* Whether the source can be asked at all (files can't), needs a place, or an area. */
bool ohm_ask_possible(ohm_source source);
bool ohm_ask_wants_place(ohm_source source);

/* A source that publishes on a broker instead of being asked (fetch/subscriber.h). */
bool ohm_ask_is_topic(const ohm_ask *ask);

/* Is what is configured enough, and may a secret go to that address? */
OHM_MUST_CHECK ohm_err ohm_ask_check(const ohm_ask *ask);

/* The address of the question to ask now. `hand`: what is known. OHM_TOO_BIG: too long. */
OHM_MUST_CHECK ohm_code ohm_ask_url(const ohm_ask *ask, ohm_segments hand, const ohm_tz *tz,
                                    ohm_ms now_ms, char out[static OHM_HTTP_URL_MAX]);
/* What is posted to it; "" where it is a GET. */
const char *ohm_ask_post(ohm_source source);

/* A growing address; `cut` sticks: it was too long. */
typedef struct ohm_ask_text {
    char *out; /* of OHM_HTTP_URL_MAX */
    size_t len;
    bool cut;
} ohm_ask_text;
void ohm_ask_text_add(ohm_ask_text *address, const char *text);
/* Text of others: what could be understood as a part of the address is escaped. */
void ohm_ask_text_escape(ohm_ask_text *address, const char *text);
/* What comes before a path. */
void ohm_ask_text_base(ohm_ask_text *address, const ohm_ask *ask);

/* The same of the question for a token. */
OHM_MUST_CHECK ohm_code ohm_ask_token_url(const ohm_ask *ask, char out[static OHM_HTTP_URL_MAX]);
OHM_MUST_CHECK ohm_code ohm_ask_token_post(const ohm_ask *ask, char out[static OHM_ASK_BODY_MAX]);

#endif
