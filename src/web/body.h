/* JSON bodies of requests: read whole, strictly, and member by member.
 *
 * A body is one JSON object of known members. Everything that does not fit answers the exchange
 * with a fault that names the member, and the function returns false or NULL. */
#ifndef OHM_WEB_BODY_H
#define OHM_WEB_BODY_H

#include <jansson.h>

#include "web/exchange.h"

enum { OHM_BODY_DEPTH_MAX = 8 };

/* The parser alone, on any bytes: one object, no doubled keys, nothing after it, no deeper than
 * OHM_BODY_DEPTH_MAX. NULL: it is not; else the caller json_decref's it. */
json_t *ohm_body_parse(ohm_span bytes);

/* The exchange's body. `members` are the names that may be there, NULL-terminated. */
json_t *ohm_body_read(ohm_exchange *x, const char *const *members);

/* A member that must be text of 1 to `max` bytes. NULL: answered. */
const char *ohm_body_text(ohm_exchange *x, const json_t *body, const char *name, size_t max);
/* A member that must be a whole number within bounds. */
bool ohm_body_int(ohm_exchange *x, const json_t *body, const char *name, int64_t min, int64_t max,
                  int64_t *out);
/* A member that must be a number of tenths within bounds (in tenths). */
bool ohm_body_tenths(ohm_exchange *x, const json_t *body, const char *name, int64_t min,
                     int64_t max, int64_t *out);
/* A member that must be an instant (RFC 3339). */
bool ohm_body_time(ohm_exchange *x, const json_t *body, const char *name, ohm_ms *out);

/* Answers OHM_FAULT_MEMBER at "/name". */
void ohm_body_fault(ohm_exchange *x, ohm_fault fault, const char *name);

#endif
