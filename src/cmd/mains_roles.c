#include "cmd/mains_roles.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/columns.h"
#include "inout/name.h"

/* Names as files have them, folded, without their unit. The role's own name is one of them. */
static const struct {
    const char *name;
    ohm_mains_role role;
} others[] = {
    { "v1", OHM_MAINS_U1 },
    { "voltage_l1", OHM_MAINS_U1 },
    { "tension_l1", OHM_MAINS_U1 },
    { "u_l1", OHM_MAINS_U1 },
    { "v_l1", OHM_MAINS_U1 },
    { "va", OHM_MAINS_U1 },
    { "v2", OHM_MAINS_U2 },
    { "voltage_l2", OHM_MAINS_U2 },
    { "tension_l2", OHM_MAINS_U2 },
    { "u_l2", OHM_MAINS_U2 },
    { "v_l2", OHM_MAINS_U2 },
    { "vb", OHM_MAINS_U2 },
    { "v3", OHM_MAINS_U3 },
    { "voltage_l3", OHM_MAINS_U3 },
    { "tension_l3", OHM_MAINS_U3 },
    { "u_l3", OHM_MAINS_U3 },
    { "v_l3", OHM_MAINS_U3 },
    { "vc", OHM_MAINS_U3 },
    { "v12", OHM_MAINS_U12 },
    { "voltage_l1l2", OHM_MAINS_U12 },
    { "vab", OHM_MAINS_U12 },
    { "voltage_l1_l2", OHM_MAINS_U12 },
    { "v23", OHM_MAINS_U23 },
    { "voltage_l2l3", OHM_MAINS_U23 },
    { "vbc", OHM_MAINS_U23 },
    { "voltage_l2_l3", OHM_MAINS_U23 },
    { "v31", OHM_MAINS_U31 },
    { "voltage_l3l1", OHM_MAINS_U31 },
    { "vca", OHM_MAINS_U31 },
    { "voltage_l3_l1", OHM_MAINS_U31 },
    { "angle_u1", OHM_MAINS_ANGLE1 },
    { "angle_u2", OHM_MAINS_ANGLE2 },
    { "angle_u3", OHM_MAINS_ANGLE3 },
    { "current_l1", OHM_MAINS_I1 },
    { "courant_l1", OHM_MAINS_I1 },
    { "i_l1", OHM_MAINS_I1 },
    { "ia", OHM_MAINS_I1 },
    { "current_l2", OHM_MAINS_I2 },
    { "courant_l2", OHM_MAINS_I2 },
    { "i_l2", OHM_MAINS_I2 },
    { "ib", OHM_MAINS_I2 },
    { "current_l3", OHM_MAINS_I3 },
    { "courant_l3", OHM_MAINS_I3 },
    { "i_l3", OHM_MAINS_I3 },
    { "ic", OHM_MAINS_I3 },
    { "i_n", OHM_MAINS_NEUTRAL },
    { "neutral", OHM_MAINS_NEUTRAL },
    { "current_n", OHM_MAINS_NEUTRAL },
    { "neutre", OHM_MAINS_NEUTRAL },
    { "load", OHM_MAINS_P },
    { "power", OHM_MAINS_P },
    { "puissance", OHM_MAINS_P },
    { "active_power", OHM_MAINS_P },
    { "power_import", OHM_MAINS_P },
    { "reactive", OHM_MAINS_Q },
    { "reactive_power", OHM_MAINS_Q },
    { "reactive_lag", OHM_MAINS_Q },
    { "q_lag", OHM_MAINS_Q },
    { "reactive_lead", OHM_MAINS_Q_LEAD },
    { "apparent", OHM_MAINS_S },
    { "apparent_power", OHM_MAINS_S },
    { "power_apparent", OHM_MAINS_S },
    { "f", OHM_MAINS_FREQUENCY },
    { "frequence", OHM_MAINS_FREQUENCY },
    { "thd", OHM_MAINS_THD_U },
    { "thdu", OHM_MAINS_THD_U },
    { "thdi", OHM_MAINS_THD_I },
};

/* OHM_MAINS_ROLES: none. */
static ohm_mains_role role_of(const char *name)
{
    for (int r = 0; r < OHM_MAINS_ROLES; r++)
        if (strcmp(name, ohm_mains_role_names[r]) == 0)
            return (ohm_mains_role)r;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(name, others[i].name) == 0)
            return others[i].role;
    return OHM_MAINS_ROLES;
}

static void take(ohm_mains *q, ohm_mains_role role, const ohm_column *column, double scale)
{
    q->of[role] = column->values;
    q->name[role] = column->name;
    q->scale[role] = scale;
}

static int choose(ohm_mains *q, const char *path, const char *text)
{
    const char *equals = strchr(text, '=');
    char name[OHM_NAME_MAX];
    if (!equals || (size_t)(equals - text) >= sizeof name)
        return ohm_cmd_usage("quality", "--column takes role=name, not", text);
    memcpy(name, text, (size_t)(equals - text));
    name[equals - text] = '\0';
    ohm_mains_role role = role_of(name);
    if (role == OHM_MAINS_ROLES)
        return ohm_cmd_usage("quality", "no such role (docs/analysis.md has them)", name);
    const ohm_column *column = ohm_columns_find(q->columns, equals + 1);
    if (!column || column->numbers == 0)
        return ohm_cmd_fail(path, column ? "this column has no numbers" : "no such column",
                            equals + 1);
    (void)ohm_name_fold(ohm_span_text(column->name), name, sizeof name);
    take(q, role, column, ohm_columns_cut_unit(name));
    return OHM_EXIT_OK;
}

int ohm_mains_roles(ohm_mains *q, const char *path, const char *const *chosen, int count)
{
    for (int c = 0; c < q->columns->count; c++) {
        const ohm_column *column = &q->columns->of[c];
        char name[OHM_NAME_MAX];
        (void)ohm_name_fold(ohm_span_text(column->name), name, sizeof name);
        double scale = ohm_columns_cut_unit(name);
        ohm_mains_role role = role_of(name);
        if (role != OHM_MAINS_ROLES && column->numbers > 0 && !q->of[role])
            take(q, role, column, scale);
    }
    for (int i = 0; i < count; i++) {
        int status = choose(q, path, chosen[i]);
        if (status != OHM_EXIT_OK)
            return status;
    }
    for (int r = 0; r < OHM_MAINS_ROLES; r++)
        if (q->of[r])
            return OHM_EXIT_OK;
    return ohm_cmd_fail(path, "no column that is known (--column role=name says which is which)",
                        NULL);
}
