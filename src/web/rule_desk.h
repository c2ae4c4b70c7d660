/* The desk of the household's rules: those of the configuration, which the page only shows, and
 * those of the page, which are written, tried, armed, disarmed and removed there. Kept by whoever
 * starts the web (options.rules_…), which alone reads and writes files.
 *
 * A rule is armed in the version that was tried, or when a person says that it be armed anyway. A
 * version is what the rule says, whoever wrote it and however it was laid out. */
#ifndef OHM_WEB_RULE_DESK_H
#define OHM_WEB_RULE_DESK_H

#include "base/span.h"
#include "control/rule.h"
#include "engine/engine.h"

enum { OHM_RULE_FAULT_MAX = 256 };

/* Rules to be tried, with those that are armed: of one id the draft's goes before. */
typedef struct ohm_rules_draft {
    ohm_rule_set set;
    uint16_t others;                  /* the first so many of the set are armed already */
    uint64_t versions[OHM_RULES_MAX]; /* of the others after them */
} ohm_rules_draft;

/* A rule of the page. */
typedef struct ohm_rule_kept {
    char id[OHM_LOAD_ID_MAX];
    bool armed, tried;
    char by[OHM_ACTOR_MAX]; /* who armed it, or took that back; "" = nobody knows */
    ohm_ms at_ms;           /* OHM_NO_MS */
    uint64_t version;
    uint16_t place;                 /* in the shelf's set; OHM_RULE_NONE: it can't be used */
    char fault[OHM_RULE_FAULT_MAX]; /* why not, or why it asks nothing though it is armed; "" */
    uint32_t yaml_at, yaml_len;     /* in the shelf's */
} ohm_rule_kept;

typedef struct ohm_rules_shelf {
    ohm_rule_set set; /* the configuration's first, then the page's, armed or not */
    uint16_t in_file;
    uint16_t kept_count;
    ohm_rule_kept kept[OHM_RULES_MAX];
    bool outlooks[OHM_OUTLOOKS_COUNT]; /* who tells of hours that come is there */
    char fault[OHM_RULE_FAULT_MAX];    /* of the page's file as a whole; "" */
    char *yaml;                        /* malloc'ed */
} ohm_rules_shelf;

typedef enum ohm_rule_deed_kind {
    OHM_RULE_WRITE, /* `yaml`, one rule of that id; `armed` or not */
    OHM_RULE_ARM,
    OHM_RULE_DISARM,
    OHM_RULE_REMOVE,
} ohm_rule_deed_kind;

/* Refused with OHM_BAD_FORMAT (`why` in lines), OHM_UNKNOWN (the page has no such rule), OHM_DENIED
 * (the configuration has it), OHM_CONFLICT (not tried), OHM_TOO_BIG, OHM_BUSY, OHM_IO (not kept),
 * OHM_NO_MEMORY. */
typedef struct ohm_rule_deed {
    ohm_rule_deed_kind kind;
    const char *id;
    ohm_span yaml;
    bool armed, anyway;
    const char *actor;
    ohm_ms at_ms;
} ohm_rule_deed;

#endif
