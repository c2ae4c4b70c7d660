/* `rules:` of the site's configuration, and of the file that the page writes: what the household
 * wants of its loads, as written. Names are resolved by whoever knows the site (cmd/rule_build.h).
 */
#ifndef OHM_CONFIG_SITE_RULE_H
#define OHM_CONFIG_SITE_RULE_H

#include "config/schema.h"
#include "control/rule.h"

enum {
    OHM_SITE_RULE_NAME_MAX = 64,
    OHM_RULES_YAML_MAX = 32 << 10,
    OHM_SURPLUS_HYSTERESIS_W = 200, /* as usual */
};

typedef struct ohm_site_when {
    char device[OHM_SITE_RULE_NAME_MAX]; /* "" = the main meter */
    int quantity;
    bool has_quantity, has_above, has_below, has_hysteresis;
    int64_t above, below, hysteresis; /* thousandths of the quantity's unit */
    bool has_surplus, has_price_above, has_price_below, has_time, has_days;
    int64_t surplus_w;
    int64_t price_above_ueur, price_below_ueur; /* per kWh */
    int64_t level;                              /* 0 = not given */
    int day, tomorrow;                          /* 0 = not given, else an ohm_day_code */
    int64_t ahead_h, cheapest_h;                /* 0 = not given */
    bool has_co2_above, has_co2_below, has_outdoor_above, has_outdoor_below;
    bool has_tomorrow_above, has_tomorrow_below;
    int64_t co2_above_g, co2_below_g; /* a kWh */
    int64_t outdoor_above_cc, outdoor_below_cc, tomorrow_above_cc, tomorrow_below_cc;
    int64_t overrun_h, overrun_w; /* 0 = not given */
    int presence;                 /* 0 = not given, 1 = home, 2 = away */
    char order[OHM_LOAD_ID_MAX];  /* a limit's; "" = not given */
    uint16_t minutes[2];
    uint8_t days;
    int64_t for_s;
    uint32_t line; /* not first: offset 0 means nowhere */
} ohm_site_when;

typedef struct ohm_site_rule {
    char id[OHM_LOAD_ID_MAX], load[OHM_SITE_RULE_NAME_MAX];
    int then; /* 0 = fed, 1 = shed, from OHM_RULE_ORDERS on an ohm_order */
    bool otherwise;
    int64_t setpoint_w, setpoint_a; /* 0 = not given; a: tenths of an ampere, of each phase */
    int64_t priority, at_least_s, at_most_s;
    uint16_t whens_count, unless_count; /* OHM_RULE_WHENS_MAX of both together */
    ohm_site_when whens[OHM_RULE_WHENS_MAX], unless[OHM_RULE_WHENS_MAX];
    uint32_t line;
} ohm_site_rule;

typedef struct ohm_site_rules {
    uint16_t count;
    ohm_site_rule items[OHM_RULES_MAX];
} ohm_site_rules;

enum { OHM_RULE_ORDERS = 2 };
extern const char *const ohm_site_rule_thens[];
extern const ohm_field ohm_site_rule_fields[]; /* of an ohm_site_rule */
void ohm_site_rule_defaults(void *rule);

/* A file of rules alone. OHM_BAD_FORMAT: reported, *out is not to be used. */
OHM_MUST_CHECK ohm_code ohm_site_rules_read(ohm_span yaml, const char *file, ohm_site_rules *out,
                                            ohm_schema_report *report);

/* A rule as a file has it, two spaces in: what is read of it is the same rule. OHM_TOO_BIG. */
OHM_MUST_CHECK ohm_code ohm_site_rule_write(const ohm_site_rule *rule, char *out, size_t cap,
                                            size_t *ret_len);

/* --- the rules of the page ------------------------------------------------------------- */

enum { OHM_OWN_ACTOR_MAX = 40 };

/* What is kept of one beside itself. */
typedef struct ohm_own_note {
    char id[OHM_LOAD_ID_MAX];
    bool armed, tried;          /* as it is */
    char by[OHM_OWN_ACTOR_MAX]; /* who armed it, or took that back */
    int64_t at_s;               /* since 1970; 0 = nobody knows */
    uint32_t line;
} ohm_own_note;

/* The file: rules as above, and a note for each. A rule without a note is not armed. */
typedef struct ohm_own_rules {
    uint16_t count, notes_count;
    ohm_site_rule items[OHM_RULES_MAX];
    ohm_own_note notes[OHM_RULES_MAX];
} ohm_own_rules;

OHM_MUST_CHECK ohm_code ohm_own_rules_read(ohm_span yaml, const char *file, ohm_own_rules *out,
                                           ohm_schema_report *report);
/* notes[i] is of items[i]. OHM_TOO_BIG. */
OHM_MUST_CHECK ohm_code ohm_own_rules_write(const ohm_own_rules *rules, char *out, size_t cap,
                                            size_t *ret_len);

#endif
