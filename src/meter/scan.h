/* Looking for the devices of a line: one table, one row a protocol (scan_<name>.c).
 *
 * A search is a conversation of the port (meter/poller.h) whose messages are notes: how far it
 * is, what it found, and what it could not tell. Its configuration's `address` says where to
 * look, in the words of the row; NULL: everywhere. It ends with OHM_POLL_DONE. */
#ifndef OHM_METER_SCAN_H
#define OHM_METER_SCAN_H

#include "meter/poller.h"

enum { OHM_SCAN_WHERE_MAX = 48 };

typedef enum ohm_scan_kind {
    OHM_SCAN_PROGRESS,
    OHM_SCAN_FOUND,
    OHM_SCAN_UNCLEAR, /* somebody answers, but not so that it could be told who: `why` */
} ohm_scan_kind;

typedef struct ohm_scan_note {
    ohm_scan_kind kind;
    uint32_t done, total;           /* steps so far and in all, as well as is known */
    char where[OHM_SCAN_WHERE_MAX]; /* "5": what `read --address` takes */
    const char *why;                /* static; UNCLEAR */
    const void *message;            /* FOUND: what it said, of the row's own type */
} ohm_scan_note;

typedef struct ohm_scanner {
    const ohm_protocol *protocol; /* name, usual speed */
    const ohm_poller *poller;     /* of notes */
    const char *where;            /* what `address` may be, for people */
    /* A note that is FOUND or UNCLEAR as one JSON object, and as a line. */
    void (*json)(ohm_json *json, const ohm_scan_note *note);
    void (*text)(const ohm_scan_note *note, char *out, size_t cap);
} ohm_scanner;

extern const ohm_scanner *const ohm_scanners[];
extern const size_t ohm_scanners_count;

/* The row of a protocol's name, or NULL. */
const ohm_scanner *ohm_scanner_find(const char *name);

extern const ohm_scanner ohm_scanner_cosem; /* the same as dlms, by the name of its driver */
extern const ohm_scanner ohm_scanner_dlms;
extern const ohm_scanner ohm_scanner_mbus, ohm_scanner_modbus, ohm_scanner_modbus_rtu;

#endif
