/* What an alarm is called, what it costs and what to do about it, in French and English: data
 * only, for whoever shows alarms. */
#ifndef OHM_ANALYSIS_DETECT_WORDS_H
#define OHM_ANALYSIS_DETECT_WORDS_H

#include "analysis/detect.h"

typedef enum ohm_detect_severity {
    OHM_DETECT_LOW,
    OHM_DETECT_MEDIUM,
    OHM_DETECT_HIGH,
} ohm_detect_severity;

typedef struct ohm_detect_words {
    const char *fr, *en;       /* what it is, a few words */
    const char *do_fr, *do_en; /* what to do, a sentence */
} ohm_detect_words;

const ohm_detect_words *ohm_detect_words_of(ohm_detect_type type);

/* How bad: what is not measured rightly, or off by half; by a quarter, or not measured; less. */
ohm_detect_severity ohm_detect_severity_of(const ohm_detect_alarm *alarm);
const char *ohm_detect_severity_name(ohm_detect_severity severity);

/* What is used more (less: negative) in a day while it lasts, in the series' unit times hours: kWh
 * of a series in kW. NAN: it wastes nothing, or the measurement itself is wrong. */
double ohm_detect_per_day(const ohm_detect_alarm *alarm);

#endif
