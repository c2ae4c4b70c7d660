#include "web/right.h"

#include <assert.h>
#include <string.h>

enum {
    READ = OHM_RIGHT_READ,
    CONTROL = READ | OHM_RIGHT_CONTROL,
    ADMIN = CONTROL | OHM_RIGHT_ADMIN,
};

static const struct {
    const char *role, *scope;
    unsigned rights;
} rows[OHM_ROLES_COUNT] = {
    [OHM_ROLE_NONE] = { "none", "", 0 },
    [OHM_ROLE_DEMO] = { "demo", "", CONTROL },
    [OHM_ROLE_VIEWER] = { "viewer", "read", READ },
    [OHM_ROLE_OPERATOR] = { "operator", "control", CONTROL },
    [OHM_ROLE_ADMIN] = { "admin", "admin", ADMIN },
};

const char *ohm_role_name(ohm_role role)
{
    assert((unsigned)role < OHM_ROLES_COUNT);
    return rows[role].role;
}

ohm_role ohm_role_find(const char *name)
{
    for (int role = OHM_ROLE_VIEWER; role < OHM_ROLES_COUNT; role++)
        if (!strcmp(rows[role].role, name))
            return (ohm_role)role;
    return OHM_ROLE_NONE;
}

unsigned ohm_role_rights(ohm_role role)
{
    assert((unsigned)role < OHM_ROLES_COUNT);
    return rows[role].rights;
}

unsigned ohm_scope_rights(const char *name)
{
    for (int role = OHM_ROLE_VIEWER; role < OHM_ROLES_COUNT; role++)
        if (!strcmp(rows[role].scope, name))
            return rows[role].rights;
    return 0;
}

ohm_role ohm_rights_role(unsigned rights)
{
    for (int role = OHM_ROLE_ADMIN; role >= OHM_ROLE_VIEWER; role--)
        if ((rights & rows[role].rights) == rows[role].rights)
            return (ohm_role)role;
    return OHM_ROLE_NONE;
}

const char *ohm_rights_scope(unsigned rights)
{
    return rows[ohm_rights_role(rights)].scope;
}
