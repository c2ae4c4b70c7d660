/* Who asks, and what they may do. */
#ifndef OHM_WEB_PRINCIPAL_H
#define OHM_WEB_PRINCIPAL_H

#include <stdint.h>

#include "engine/engine.h"

typedef enum ohm_role {
    OHM_ROLE_NONE,
    OHM_ROLE_DEMO, /* nobody in particular, in the demo house */
    OHM_ROLE_VIEWER,
    OHM_ROLE_OPERATOR,
    OHM_ROLE_ADMIN,
    OHM_ROLES_COUNT
} ohm_role;

typedef enum ohm_proof {
    OHM_PROOF_NONE,
    OHM_PROOF_SESSION, /* a cookie: sent by the browser whoever asks, so guarded against others */
    OHM_PROOF_TOKEN,
} ohm_proof;

typedef struct ohm_principal {
    ohm_role role;
    ohm_proof proof;
    unsigned rights;           /* ohm_right, or'ed */
    char actor[OHM_ACTOR_MAX]; /* "user:marie", "token:ha", "demo", "" */
    const char *name;          /* in actor: after the colon */
    uint32_t session;          /* its id, 0 = none */
    char token[16];            /* likewise; "" = none */
} ohm_principal;

#endif
