/* Rights, and the words for the sets of them that roles and scopes are. */
#ifndef OHM_WEB_RIGHT_H
#define OHM_WEB_RIGHT_H

#include "web/principal.h"

/* Rights, as bits. */
typedef enum ohm_right {
    OHM_RIGHT_READ = 1 << 0,
    OHM_RIGHT_CONTROL = 1 << 1,
    OHM_RIGHT_ADMIN = 1 << 2,
} ohm_right;

/* "none", "demo", "viewer", "operator", "admin". */
const char *ohm_role_name(ohm_role role);
/* A role that a user may have; OHM_ROLE_NONE for any other word. */
ohm_role ohm_role_find(const char *name);
unsigned ohm_role_rights(ohm_role role);

/* A scope brings what is below it: "control" may read, "admin" may do everything. 0: no such
 * scope. */
unsigned ohm_scope_rights(const char *name);
/* The scope that brings these rights: its word, and the role that has the same. */
const char *ohm_rights_scope(unsigned rights);
ohm_role ohm_rights_role(unsigned rights);

#endif
