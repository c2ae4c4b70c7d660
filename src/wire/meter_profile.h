/* What a push leaves out: the scaler of each register, and for positional lists the registers
 * themselves. A profile is plain data, read from data/meters/<name>.yaml by meter/profiles.h;
 * the decoder picks one for each message from what the message shows of its sender.
 *
 * A profile matches when one of its rules does: all the conditions that a rule states hold.
 * The profile whose rule states the most wins (conditions and bytes of them), the first one of
 * equals. A message without OBIS codes needs a profile with a positional list of exactly its
 * elements. What the push itself says (a scaler_unit structure) always wins over the profile.
 *
 * No profile ever guesses: a register without a row has no scaler, and then no scaled value. */
#ifndef OHM_WIRE_METER_PROFILE_H
#define OHM_WIRE_METER_PROFILE_H

#include "wire/obis.h"

enum {
    OHM_PROFILES_MAX = 64,
    OHM_PROFILE_NAME_MAX = 32,
    OHM_PROFILE_LABEL_MAX = 80,
    OHM_PROFILE_RULES_MAX = 8,
    OHM_PROFILE_ROWS_MAX = 32,
    OHM_PROFILE_LISTS_MAX = 6,
    OHM_PROFILE_ITEMS_MAX = 20, /* of one list */
    OHM_PROFILE_TEXT_MAX = 20,
    OHM_PROFILE_ADDRESS_MAX = 4,
    OHM_PROFILE_TYPE_ANY = 0xfe, /* instead of an A-XDR tag */
};

/* How a push names its values. */
typedef enum ohm_push_layout {
    OHM_PUSH_ANY,             /* in rules: no condition */
    OHM_PUSH_SELF_DESCRIBING, /* a list of objects first, then their values */
    OHM_PUSH_PAIRS,           /* OBIS, value[, scaler_unit], OBIS, value… */
    OHM_PUSH_RECORDS,         /* structures {OBIS, value[, scaler_unit]} */
    OHM_PUSH_POSITIONAL,      /* values alone */
    OHM_PUSH_TAGLESS,         /* {class, OBIS, attribute} without type tags, value */
    OHM_PUSH_LAYOUTS_COUNT
} ohm_push_layout;

/* "self-describing", "pairs", "records", "positional", "tagless"; "any" for OHM_PUSH_ANY. */
const char *ohm_push_layout_name(ohm_push_layout layout);

/* How the meter's clock runs when its date-time gives no deviation. */
typedef enum ohm_profile_clock {
    OHM_CLOCK_CIVIL,    /* the civil time of the site's zone, with summer time */
    OHM_CLOCK_STANDARD, /* the zone's standard time all year */
} ohm_profile_clock;

/* One rule. A zero field states no condition. */
typedef struct ohm_profile_rule {
    char manufacturer[4]; /* "LGZ": the letters that the system title, else the LDN, begins with */
    char list_id[OHM_PROFILE_TEXT_MAX]; /* the list's own name, as "Kamstrup_V0001", begins so */
    char device[OHM_PROFILE_TEXT_MAX];  /* the logical device name begins so */
    uint8_t title_prefix[8];            /* the system title begins so */
    uint8_t title_prefix_len;
    /* HDLC addresses begin so, as on the wire. A whole address ends with an odd byte, so "ce"
     * stands for every address of two or four bytes that begins with it. */
    uint8_t destination[OHM_PROFILE_ADDRESS_MAX];
    uint8_t destination_len;
    uint8_t source[OHM_PROFILE_ADDRESS_MAX];
    uint8_t source_len;
    uint8_t layout; /* ohm_push_layout */
} ohm_profile_rule;

/* The scaler of the registers a pattern covers; the first row that matches wins. */
typedef struct ohm_profile_row {
    ohm_obis_pattern obis;
    int8_t scaler;
    uint8_t unit; /* DLMS code, or OHM_UNIT_UNKNOWN: the unit that the OBIS code implies */
} ohm_profile_row;

/* Which part of the object a positional element is; im350-like lists split their clock. */
typedef enum ohm_value_part {
    OHM_PART_WHOLE,
    OHM_PART_TIME,
    OHM_PART_DATE,
} ohm_value_part;

/* One element of a positional list. */
typedef struct ohm_profile_item {
    uint8_t obis[OHM_OBIS_LEN];
    uint8_t type; /* A-XDR tag it must have, or OHM_PROFILE_TYPE_ANY */
    uint8_t part; /* ohm_value_part */
} ohm_profile_item;

typedef struct ohm_profile_list {
    uint8_t count;
    ohm_profile_item items[OHM_PROFILE_ITEMS_MAX];
} ohm_profile_list;

typedef struct ohm_meter_profile {
    char name[OHM_PROFILE_NAME_MAX];   /* "lg-e450" */
    char label[OHM_PROFILE_LABEL_MAX]; /* "Landis+Gyr E450", for people */
    uint8_t clock;                     /* ohm_profile_clock */
    uint8_t rules_count;
    uint8_t rows_count;
    uint8_t lists_count;
    ohm_profile_rule rules[OHM_PROFILE_RULES_MAX];
    ohm_profile_row rows[OHM_PROFILE_ROWS_MAX];
    ohm_profile_list lists[OHM_PROFILE_LISTS_MAX];
} ohm_meter_profile;

/* What a message shows of its sender. Spans may be empty. */
typedef struct ohm_push_facts {
    ohm_span title;       /* system title: 8 bytes or none */
    ohm_span device;      /* logical device name */
    ohm_span list_id;     /* name of the list */
    ohm_span destination; /* HDLC address bytes */
    ohm_span source;
    ohm_push_layout layout;
    ohm_span types; /* tags of the elements of a positional list */
} ohm_push_facts;

/* The A-XDR tag of a type's name in a profile ("u16", "octets", "any"…), or -1. */
int ohm_profile_type_find(ohm_span name);

/* The best of the profiles, or NULL. */
const ohm_meter_profile *ohm_profile_choose(const ohm_meter_profile *profiles, size_t count,
                                            const ohm_push_facts *facts);

/* The positional list with exactly these element types, or NULL. */
const ohm_profile_list *ohm_profile_list_find(const ohm_meter_profile *profile, ohm_span types);

/* The row for a register, or NULL. */
const ohm_profile_row *ohm_profile_row_find(const ohm_meter_profile *profile,
                                            const uint8_t obis[static OHM_OBIS_LEN]);

#endif
