/* What happened in a world, counted by tables of names. */
#include "sim/world_own.h"

static const char *const faults[WORLD_FAULTS_COUNT] = {
    [WORLD_METER_SILENT] = "meter_silent",
    [WORLD_METER_FROZEN] = "meter_frozen",
    [WORLD_METER_UNIT] = "meter_unit",
    [WORLD_REGISTER_BACK] = "register_back",
    [WORLD_CLOCK_JUMP] = "clock_jump",
    [WORLD_CLOCK_LOST] = "clock_lost",
    [WORLD_RELAY_STUCK] = "relay_stuck",
    [WORLD_RELAY_LIAR] = "relay_liar",
    [WORLD_RELAY_REFUSES] = "relay_refuses",
    [WORLD_POWER_CUT] = "power_cut",
    [WORLD_KILLED] = "killed",
    [WORLD_CUT_AT_WRITE] = "cut_at_write",
    [WORLD_DISK_FULL] = "disk_full",
    [WORLD_FLOOD] = "flood",
    [WORLD_COMMAND_STORM] = "command_storm",
    [WORLD_STOPPED] = "stopped",
    [WORLD_SENSOR_SILENT] = "sensor_silent",
    [WORLD_SENSOR_FROZEN] = "sensor_frozen",
    [WORLD_SIGNAL_SILENT] = "signal_silent",
    [WORLD_RULES_CHANGED] = "rules_changed",
    [WORLD_RECONFIGURED] = "reconfigured",
};

static const char *const deeds[WORLD_DEEDS_COUNT] = {
    [WORLD_DEED_CUT_AT_WRITE] = "cut_between_order_and_record",
    [WORLD_DEED_FORGOTTEN] = "start_from_an_older_state",
    [WORLD_DEED_HELD] = "coils_held_without_daemon",
    [WORLD_DEED_SWALLOWED] = "order_swallowed",
    [WORLD_DEED_REFUSED] = "order_refused",
    [WORLD_DEED_LIE] = "answer_not_so",
    [WORLD_DEED_TRIP] = "breaker_opened",
    [WORLD_DEED_ADJUSTED] = "setting_adjusted",
    [WORLD_DEED_RULES_CHANGED] = "rules_taken",
    [WORLD_DEED_RULES_REFUSED] = "rules_refused",
    [WORLD_DEED_RECONFIGURED] = "other_configuration",
    [WORLD_DEED_SENSOR_MUTE] = "sensor_frame_missing",
    [WORLD_DEED_SENSOR_STILL] = "sensor_frame_repeated",
    [WORLD_DEED_SIGNAL_MUTE] = "signal_missing",
};

static const char *const commands[OHM_COMMANDS_COUNT] = {
    [OHM_COMMAND_OVERRIDE] = "override", [OHM_COMMAND_OVERRIDE_CLEAR] = "override_clear",
    [OHM_COMMAND_LEVEL] = "level",       [OHM_COMMAND_LEVEL_CLEAR] = "level_clear",
    [OHM_COMMAND_LIMIT] = "limit",       [OHM_COMMAND_LIMIT_CLEAR] = "limit_clear",
    [OHM_COMMAND_PLAN] = "plan",         [OHM_COMMAND_PLAN_CLEAR] = "plan_clear",
    [OHM_COMMAND_ZONE] = "zone",         [OHM_COMMAND_ZONE_CLEAR] = "zone_clear",
    [OHM_COMMAND_PRESENCE] = "presence", [OHM_COMMAND_PRESENCE_CLEAR] = "presence_clear",
};

enum {
    FAULTS = 0,
    DEEDS = FAULTS + WORLD_FAULTS_COUNT,
    COMMANDS = DEEDS + WORLD_DEEDS_COUNT,
    CAUSES = COMMANDS + OHM_COMMANDS_COUNT,
    JOURNAL = CAUSES + OHM_CAUSES_COUNT,
    COUNTS = JOURNAL + OHM_NOTICES_COUNT,
};

_Static_assert(COUNTS < (int)OHM_WORLD_COUNTS_MAX, "a result has room for all of them");

const char *ohm_world_count_group(unsigned index)
{
    return index < DEEDS      ? "fault"
           : index < COMMANDS ? "deed"
           : index < CAUSES   ? "command"
           : index < JOURNAL  ? "switched_by"
           : index < COUNTS   ? "journal"
                              : NULL;
}

const char *ohm_world_count_name(unsigned index)
{
    if (index < DEEDS)
        return faults[index];
    if (index < COMMANDS)
        return deeds[index - DEEDS];
    if (index < CAUSES)
        return commands[index - COMMANDS];
    if (index < JOURNAL)
        return ohm_cause_name((ohm_cause)(index - CAUSES));
    if (index == JOURNAL)
        return "decision"; /* what is no notice */
    return index < COUNTS ? ohm_notice_name((ohm_notice)(index - JOURNAL)) : NULL;
}

void world_count_fault(ohm_world *w, world_fault fault)
{
    w->result.faults++;
    w->result.counts[FAULTS + fault]++;
}

void world_count_deed(ohm_world *w, world_deed deed)
{
    w->result.counts[DEEDS + deed]++;
}

void world_count_command(ohm_world *w, ohm_command_kind kind)
{
    w->result.counts[COMMANDS + kind]++;
}

void world_count_action(ohm_world *w, const ohm_action *action)
{
    const ohm_decision *d = &action->decision;
    w->result.counts[JOURNAL + action->notice]++;
    if (action->notice != OHM_NOTICE_NONE)
        return;
    if (d->switches)
        w->result.counts[CAUSES + d->cause]++;
    else if (d->adjusts)
        world_count_deed(w, WORLD_DEED_ADJUSTED);
}
