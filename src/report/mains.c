#include "report/mains.h"

#include <math.h>

#include "report/risks.h"

const char *const ohm_mains_role_names[OHM_MAINS_ROLES] = {
    "u1",    "u2",    "u3", "u12", "u23", "u31", "angle1", "angle2", "angle3",
    "i1",    "i2",    "i3", "in",  "p",   "q",   "q_lead", "s",      "frequency",
    "thd_u", "thd_i", "h3", "h5",  "h7",  "h9",  "h11",    "h13",    "plt",
};

bool ohm_mains_three(const ohm_mains *q, ohm_mains_role first, size_t row, double out[3])
{
    for (int p = 0; p < OHM_PHASES; p++)
        out[p] = ohm_mains_at(q, (ohm_mains_role)((int)first + p), row);
    return isfinite(out[0]) && isfinite(out[1]) && isfinite(out[2]);
}

bool ohm_mains_whole(const ohm_mains *q, size_t row)
{
    const double phase_gone = 0.4 * q->set.nominal_v, line_gone = phase_gone * 1.7320508075688772;
    for (int p = 0; p < OHM_PHASES; p++) {
        if (ohm_mains_at(q, (ohm_mains_role)(OHM_MAINS_U1 + p), row) < phase_gone ||
            ohm_mains_at(q, (ohm_mains_role)(OHM_MAINS_U12 + p), row) < line_gone)
            return false;
    }
    return true;
}

/* --- the whole answer ------------------------------------------------------------------------- */

#define ROLE(name) (UINT32_C(1) << OHM_MAINS_##name)
_Static_assert(OHM_MAINS_ROLES <= 32, "roles are bits");

/* What a member of the answer takes, for the list of what is lacking: all of one set of columns, or
 * of the other (0: there is no other). */
static const struct {
    const char *member, *needs;
    uint32_t all, or_all;
} needs[] = {
    { "unbalance.vuf_pct", "line voltages u12, u23, u31, or u1..u3 with angle1..angle3",
      ROLE(U12) | ROLE(U23) | ROLE(U31),
      ROLE(U1) | ROLE(U2) | ROLE(U3) | ROLE(ANGLE1) | ROLE(ANGLE2) | ROLE(ANGLE3) },
    { "unbalance.pvur_pct", "phase voltages u1, u2, u3", ROLE(U1) | ROLE(U2) | ROLE(U3), 0 },
    { "currents", "currents i1, i2, i3", ROLE(I1) | ROLE(I2) | ROLE(I3), 0 },
    { "power_factor", "power p and reactive power q, or power p and apparent power s",
      ROLE(P) | ROLE(Q), ROLE(P) | ROLE(S) },
    { "reactive", "power p and reactive power q", ROLE(P) | ROLE(Q), 0 },
    { "en50160.frequency", "frequency", ROLE(FREQUENCY), 0 },
    { "en50160.thd", "thd_u", ROLE(THD_U), 0 },
};

static void write_lacks(ohm_json *json, const ohm_mains *q)
{
    uint32_t has = 0;
    for (int role = 0; role < OHM_MAINS_ROLES; role++)
        has |= q->of[role] ? UINT32_C(1) << role : 0;
    ohm_json_key(json, "lacks");
    ohm_json_array(json);
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        bool other = needs[i].or_all != 0 && (has & needs[i].or_all) == needs[i].or_all;
        if ((has & needs[i].all) == needs[i].all || other)
            continue;
        ohm_json_object(json);
        ohm_json_key_str(json, "member", needs[i].member);
        ohm_json_key_str(json, "needs", needs[i].needs);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void write_source(ohm_json *json, const ohm_mains *q)
{
    const ohm_columns *columns = q->columns;
    ohm_json_key_int(json, "rows", (int64_t)columns->rows);
    ohm_json_key_time(json, "from", columns->rows > 0 ? columns->time_ms[0] : OHM_NO_MS);
    ohm_json_key_time(json, "to",
                      columns->rows > 0 ? columns->time_ms[columns->rows - 1] : OHM_NO_MS);
    ohm_report_json_number(json, "step_s", q->step_ms > 0 ? (double)q->step_ms / 1000 : NAN, 3);
    ohm_json_key_int(json, "rows_left_out", (int64_t)columns->repeated);
    ohm_json_key(json, "columns");
    ohm_json_object(json);
    for (int r = 0; r < OHM_MAINS_ROLES; r++)
        if (q->of[r])
            ohm_json_key_str(json, ohm_mains_role_names[r], q->name[r]);
    ohm_json_end(json);
}

void ohm_mains_write(ohm_json *json, const ohm_mains *q)
{
    ohm_json_object(json);
    write_source(json, q);
    ohm_mains_unbalance(json, q);
    ohm_mains_currents(json, q);
    ohm_mains_voltages(json, q);
    ohm_mains_weeks(json, q);
    ohm_mains_factor(json, q);
    ohm_mains_reactive(json, q);
    ohm_risk risks[OHM_RISK_KINDS];
    ohm_risks_of(q, q->set.subscribed_va, risks);
    ohm_json_key(json, "risks");
    ohm_risks_write(json, risks);
    write_lacks(json, q);
    ohm_json_end(json);
}
