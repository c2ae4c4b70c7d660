#include "engine/engine.h"

const char *ohm_notice_name(ohm_notice notice)
{
    static const char *const names[OHM_NOTICES_COUNT] = {
        [OHM_NOTICE_NONE] = NULL,
        [OHM_NOTICE_COMMAND_DONE] = "command_done",
        [OHM_NOTICE_COMMAND_REFUSED] = "command_refused",
        [OHM_NOTICE_OVERRIDE_ENDED] = "override_ended",
        [OHM_NOTICE_METER_LOST] = "meter_lost",
        [OHM_NOTICE_METER_BACK] = "meter_back",
        [OHM_NOTICE_REGISTER_BACKWARDS] = "register_backwards",
        [OHM_NOTICE_REGISTER_JUMP] = "register_jump",
        [OHM_NOTICE_REGISTER_ACCEPTED] = "register_accepted",
        [OHM_NOTICE_SIGNAL_NEW] = "signal_new",
        [OHM_NOTICE_SIGNAL_STALE] = "signal_stale",
        [OHM_NOTICE_LEVEL_UNKNOWN] = "level_unknown",
        [OHM_NOTICE_OUTPUT_FAILED] = "output_failed",
        [OHM_NOTICE_OUTPUT_BACK] = "output_back",
        [OHM_NOTICE_CLOCK_UNSET] = "clock_unset",
        [OHM_NOTICE_CLOCK_SET] = "clock_set",
        [OHM_NOTICE_CLOCK_JUMP] = "clock_jump",
        [OHM_NOTICE_STARTED] = "started",
        [OHM_NOTICE_STOPPED] = "stopped",
        [OHM_NOTICE_REGISTER_ROLLED] = "register_rolled",
        [OHM_NOTICE_REGISTER_REPLACED] = "register_replaced",
        [OHM_NOTICE_REGISTER_CORRECTED] = "register_corrected",
        [OHM_NOTICE_SOURCES_DISAGREE] = "sources_disagree",
        [OHM_NOTICE_SOURCES_AGREE] = "sources_agree",
        [OHM_NOTICE_METER_TRUSTED] = "meter_trusted",
        [OHM_NOTICE_REGISTER_HELD] = "register_held",
        [OHM_NOTICE_REGISTER_JUMPED] = "register_jumped",
        [OHM_NOTICE_LIMIT_UNCOVERED] = "limit_uncovered",
        [OHM_NOTICE_ON_MIN_BROKEN] = "on_min_broken",
        [OHM_NOTICE_SHED_MAX_BROKEN] = "shed_max_broken",
        [OHM_NOTICE_EFFECT] = "effect",
        [OHM_NOTICE_LIMIT_ENDED] = "limit_ended",
        [OHM_NOTICE_CONTRACT] = "contract",
        [OHM_NOTICE_RATING_ENDED] = "rating_ended",
        [OHM_NOTICE_NO_EFFECT] = "no_effect",
        [OHM_NOTICE_SHED_DAY_SPENT] = "shed_day_spent",
        [OHM_NOTICE_RULES] = "rules",
        [OHM_NOTICE_ZONE_LOST] = "zone_lost",
        [OHM_NOTICE_ZONE_BACK] = "zone_back",
    };
    assert(notice < OHM_NOTICES_COUNT);
    return names[notice];
}
