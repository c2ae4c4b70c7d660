#include "web/analysis_columns.h"

#include <math.h>

#include "analysis/phases.h"

/* Which series are what; the first that is stored tells, the others fill its holes. */
enum { WAYS = 3 };

static const struct {
    ohm_mains_role role;
    ohm_quantity_id ways[WAYS]; /* OHM_Q_NONE ends them */
} supply[] = {
    { OHM_MAINS_U1, { OHM_Q_VOLTAGE_L1, OHM_Q_VOLTAGE, OHM_Q_VOLTAGE_MEAN_L1 } },
    { OHM_MAINS_U2, { OHM_Q_VOLTAGE_L2, OHM_Q_VOLTAGE_MEAN_L2 } },
    { OHM_MAINS_U3, { OHM_Q_VOLTAGE_L3, OHM_Q_VOLTAGE_MEAN_L3 } },
    { OHM_MAINS_U12, { OHM_Q_VOLTAGE_L1_L2 } },
    { OHM_MAINS_U23, { OHM_Q_VOLTAGE_L2_L3 } },
    { OHM_MAINS_U31, { OHM_Q_VOLTAGE_L3_L1 } },
    { OHM_MAINS_I1, { OHM_Q_CURRENT_L1, OHM_Q_CURRENT } },
    { OHM_MAINS_I2, { OHM_Q_CURRENT_L2 } },
    { OHM_MAINS_I3, { OHM_Q_CURRENT_L3 } },
    { OHM_MAINS_NEUTRAL, { OHM_Q_CURRENT_N } },
    { OHM_MAINS_S, { OHM_Q_APPARENT_POWER } },
    { OHM_MAINS_FREQUENCY, { OHM_Q_FREQUENCY } },
};

/* Of three phases the greatest counts, row by row. */
static const struct {
    ohm_mains_role role;
    const char *name;
    ohm_quantity_id phases[OHM_PHASES];
} worst[] = {
    { OHM_MAINS_THD_U,
      "thd_voltage",
      { OHM_Q_THD_VOLTAGE_L1, OHM_Q_THD_VOLTAGE_L2, OHM_Q_THD_VOLTAGE_L3 } },
    { OHM_MAINS_THD_I,
      "thd_current",
      { OHM_Q_THD_CURRENT_L1, OHM_Q_THD_CURRENT_L2, OHM_Q_THD_CURRENT_L3 } },
    { OHM_MAINS_PLT, "flicker", { OHM_Q_FLICKER_L1, OHM_Q_FLICKER_L2, OHM_Q_FLICKER_L3 } },
};

static void name_role(ohm_mains *q, ohm_mains_role role, const ohm_column *column)
{
    q->of[role] = column->values;
    q->name[role] = column->name;
    q->scale[role] = 1;
}

/* What may be there: an unknown series is no fault. */
static ohm_code optional(ohm_code code)
{
    return code == OHM_UNKNOWN ? OHM_OK : code;
}

/* A column of the first ways that are stored; it goes again where none is. */
static ohm_code one_of(ohm_history_table *t, const char *device, const ohm_quantity_id *ways,
                       ohm_column **ret)
{
    ohm_column *column = ohm_history_table_column(t, ohm_quantity_get(ways[0])->name);
    bool any = false;
    *ret = NULL;
    if (!column)
        return OHM_NO_MEMORY;
    for (int i = 0; i < WAYS && ways[i] != OHM_Q_NONE; i++) {
        ohm_code code = ohm_history_table_mean(t, column, device, ways[i], 1);
        if (optional(code) != OHM_OK)
            return code;
        any |= code == OHM_OK;
    }
    if (any)
        *ret = column;
    else
        ohm_history_table_drop(t);
    return OHM_OK;
}

/* The greatest of the phases that are stored; the column goes again where none is. */
static ohm_code worst_of(ohm_history_table *t, const char *device, const char *name,
                         const ohm_quantity_id *phases, ohm_column **ret)
{
    ohm_column *column = ohm_history_table_column(t, name);
    bool any = false;
    *ret = NULL;
    for (int i = 0; column && i < OHM_PHASES; i++) {
        ohm_column *phase = ohm_history_table_column(t, "phase");
        if (!phase)
            return OHM_NO_MEMORY; /* the table is freed with what it has */
        ohm_code code = ohm_history_table_mean(t, phase, device, phases[i], 1);
        if (optional(code) != OHM_OK)
            return code;
        any |= code == OHM_OK;
        for (size_t row = 0; row < t->room; row++) /* fmax leaves NAN out */
            column->values[row] = fmax(column->values[row], phase->values[row]);
        ohm_history_table_drop(t);
    }
    if (any)
        *ret = column;
    else if (column)
        ohm_history_table_drop(t);
    return column ? OHM_OK : OHM_NO_MEMORY;
}

/* One direction less the other; where there is no such pair, the signed one; else by registers. */
typedef struct both_ways {
    ohm_quantity_id in, out, one, counted_in, counted_out;
} both_ways;

static const both_ways active = { OHM_Q_POWER_IMPORT, OHM_Q_POWER_EXPORT, OHM_Q_POWER,
                                  OHM_Q_ENERGY_IMPORT, OHM_Q_ENERGY_EXPORT };
static const both_ways reactive = { OHM_Q_REACTIVE_POWER_IMPORT, OHM_Q_REACTIVE_POWER_EXPORT,
                                    OHM_Q_REACTIVE_POWER, OHM_Q_REACTIVE_ENERGY_IMPORT,
                                    OHM_Q_REACTIVE_ENERGY_EXPORT };

typedef ohm_code lay_fn(ohm_history_table *t, ohm_column *column, const char *device,
                        ohm_quantity_id quantity, double scale);

/* Lays in − out over the rows where nothing is yet. A direction that is not stored at all is 0, and
 * so is what went back before anything of it was counted; a gap of it is one of both. */
static ohm_code lay_pair(ohm_history_table *t, ohm_column *column, const char *device, lay_fn *lay,
                         ohm_quantity_id in, ohm_quantity_id out, bool *io_any)
{
    ohm_column *pair = ohm_history_table_column(t, "in"),
               *back = pair ? ohm_history_table_column(t, "out") : NULL;
    if (!back)
        return OHM_NO_MEMORY; /* the table is freed with what it has */
    ohm_code got_in = lay(t, pair, device, in, 1), got_out = OHM_OK;
    if (optional(got_in) == OHM_OK)
        got_out = lay(t, back, device, out, -1);
    bool in_known = got_in == OHM_OK, out_known = got_out == OHM_OK, begun = false;
    for (size_t row = 0; row < t->room && (in_known || out_known); row++) {
        double drawn = pair->values[row], given = back->values[row];
        begun = begun || !isnan(given);
        double value = !in_known ? given : begun ? drawn + given : drawn;
        if (isnan(column->values[row]))
            column->values[row] = value;
    }
    *io_any |= in_known || out_known;
    ohm_history_table_drop(t);
    ohm_history_table_drop(t);
    return optional(got_in) != OHM_OK ? got_in : optional(got_out);
}

static ohm_code lay_one(ohm_history_table *t, ohm_column *column, const char *device,
                        ohm_quantity_id one, bool *io_any)
{
    ohm_code code = ohm_history_table_mean(t, column, device, one, 1);
    *io_any |= code == OHM_OK;
    return optional(code);
}

/* Registers first where energy counts, momentary powers first where their shape does. */
static ohm_code lay_power(ohm_history_table *t, ohm_column *column, const char *device,
                          const both_ways *ways, bool registers_first, bool *io_any)
{
    ohm_code code = OHM_OK;
    if (registers_first)
        code = lay_pair(t, column, device, ohm_history_table_counted, ways->counted_in,
                        ways->counted_out, io_any);
    if (code == OHM_OK)
        code = lay_pair(t, column, device, ohm_history_table_mean, ways->in, ways->out, io_any);
    if (code == OHM_OK)
        code = lay_one(t, column, device, ways->one, io_any);
    if (code == OHM_OK && !registers_first)
        code = lay_pair(t, column, device, ohm_history_table_counted, ways->counted_in,
                        ways->counted_out, io_any);
    return code;
}

static ohm_code power_role(ohm_history_table *t, const char *device, ohm_mains *q,
                           ohm_mains_role role, const both_ways *ways, const char *name)
{
    ohm_column *column = ohm_history_table_column(t, name);
    bool any = false;
    if (!column)
        return OHM_NO_MEMORY;
    ohm_code code = lay_power(t, column, device, ways, false, &any);
    if (any)
        name_role(q, role, column);
    else if (code == OHM_OK)
        ohm_history_table_drop(t);
    return code;
}

ohm_code ohm_analysis_mains(ohm_history_table *t, const char *device, ohm_mains *q)
{
    for (size_t i = 0; i < sizeof supply / sizeof *supply; i++) {
        ohm_column *column;
        ohm_code code = one_of(t, device, supply[i].ways, &column);
        if (code != OHM_OK)
            return code;
        if (column)
            name_role(q, supply[i].role, column);
    }
    for (size_t i = 0; i < sizeof worst / sizeof *worst; i++) {
        ohm_column *column;
        ohm_code code = worst_of(t, device, worst[i].name, worst[i].phases, &column);
        if (code != OHM_OK)
            return code;
        if (column)
            name_role(q, worst[i].role, column);
    }
    ohm_code code = power_role(t, device, q, OHM_MAINS_P, &active, "power");
    return code == OHM_OK ? power_role(t, device, q, OHM_MAINS_Q, &reactive, "reactive_power")
                          : code;
}

/* What is drawn: the register, the power of that direction, or what of a signed one is not below 0.
 */
static ohm_code lay_drawn(ohm_history_table *t, ohm_column *column, const char *device,
                          bool *io_any)
{
    ohm_code code = ohm_history_table_counted(t, column, device, OHM_Q_ENERGY_IMPORT, 1);
    *io_any |= code == OHM_OK;
    if (optional(code) == OHM_OK) {
        code = ohm_history_table_mean(t, column, device, OHM_Q_POWER_IMPORT, 1);
        *io_any |= code == OHM_OK;
    }
    if (optional(code) == OHM_OK)
        code = lay_one(t, column, device, OHM_Q_POWER, io_any);
    for (size_t row = 0; row < t->room; row++)
        if (column->values[row] < 0)
            column->values[row] = 0;
    return code;
}

ohm_code ohm_analysis_power(ohm_history_table *t, const ohm_analysis_meter *meter, bool net,
                            ohm_column **ret)
{
    ohm_column *column = ohm_history_table_column(t, meter->name);
    bool any = false;
    *ret = NULL;
    if (!column)
        return OHM_NO_MEMORY;
    ohm_code code = net ? lay_power(t, column, meter->device, &active, true, &any)
                        : lay_drawn(t, column, meter->device, &any);
    if (any)
        *ret = column;
    else if (code == OHM_OK)
        ohm_history_table_drop(t);
    return code;
}
