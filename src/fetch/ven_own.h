/* What the files ven*.c share. For them only. */
#ifndef OHM_FETCH_VEN_OWN_H
#define OHM_FETCH_VEN_OWN_H

#include <jansson.h>

#include "fetch/ven.h"

enum {
    OHM_VEN_KEY_MAX = 192,
    OHM_VEN_ID_MAX = 256,
    OHM_VEN_PAGE = 50, /* the most that a VTN gives at once (3.0.1, limit) */
};

/* A report that is due: its place in the events, and what it is called. */
typedef struct ohm_ven_due {
    const json_t *event, *descriptor;
    size_t first, last;        /* of its intervals */
    char of[OHM_VEN_KEY_MAX];  /* the event and the descriptor */
    char key[OHM_VEN_KEY_MAX]; /* the same with its last interval: the report's name */
} ohm_ven_due;

/* The next report that is due and neither in `sent` nor in `later` (ohm_ven_due.of: its last
 * interval). OHM_UNKNOWN: none is.
 * *ret_refused: something is asked that we can't tell, else NULL. */
OHM_MUST_CHECK ohm_code ohm_ven_due_next(const json_t *events, const json_t *sent,
                                         const json_t *later, const char *resource, ohm_ms now_ms,
                                         ohm_ven_due *out, const char **ret_refused);
/* Drops from `sent` what is of no event any more; true: something was. */
bool ohm_ven_forget(json_t *sent, const json_t *events);
/* The intervals of it; at most OHM_VEN_READINGS_MAX. */
OHM_MUST_CHECK ohm_code ohm_ven_due_times(const ohm_ven_due *due, ohm_ven_reading *out);
/* The report, as posted. NULL: no memory. */
json_t *ohm_ven_due_write(const ohm_ven_due *due, const ohm_ven_reading *readings,
                          const char *ven_name, const char *resource, bool with_program);

/* In this order; each is left out where nothing asks for it. */
typedef enum ven_stage {
    FIND_VEN,
    MAKE_VEN,
    FIND_RESOURCE,
    MAKE_RESOURCE,
    PROGRAMS,
    EVENTS,
    MEASURE,
    FIND_REPORT,
    SEND_REPORT,
    END
} ven_stage;

/* 3.1 tells requests of VENs apart by objectType and has /resources; 3.0 has neither. */
typedef enum ven_form { FORM_UNKNOWN, FORM_30 = 30, FORM_31 = 31 } ven_form;

struct ohm_ven {
    const ohm_ask *ask;
    ohm_ven_measure *measure;
    void *ctx;

    /* kept */
    char ven_id[OHM_VEN_ID_MAX], resource_id[OHM_VEN_ID_MAX], program_id[OHM_VEN_ID_MAX];
    ven_form form;
    ohm_ms checked_ms; /* OHM_NO_MS: not yet */
    json_t *described; /* program id: its payloadDescriptors */
    json_t *sent;      /* of each event and descriptor the last interval that was reported */
    bool changed;

    /* of the round */
    ven_stage stage;
    size_t skip, pages;
    char first_id[OHM_VEN_ID_MAX]; /* of the page before */
    json_t *events, *later;        /* later: like sent, what waits for its last reading */
    size_t reported;
    bool told;       /* they were handed out */
    bool found;      /* the program that is asked for */
    bool checking;   /* the day's look at what does not change often */
    bool old_form;   /* this try is 3.0's */
    bool no_reports; /* refused once: not in this round */
    ohm_ven_due due;
    ohm_ven_reading readings[OHM_VEN_READINGS_MAX];
    char *post;
    const char *code, *words;
};

/* What it reports as. */
const char *ohm_ven_resource(const ohm_ven *ven);
/* A VTN's id, which comes to stand in an address (escaped there). */
bool ohm_ven_id(const json_t *object, const char *key, char out[static OHM_VEN_ID_MAX]);
/* The request of the stage. */
OHM_MUST_CHECK ohm_code ohm_ven_write(ohm_ven *ven, ohm_ven_question *out);

#endif
