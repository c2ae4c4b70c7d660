/* What every JSON body from outside goes through first: the byte order mark dropped, the size
 * bounded, and the ways in which a body is no JSON told apart, in words. */
#ifndef OHM_FETCH_JSON_BODY_H
#define OHM_FETCH_JSON_BODY_H

#include <jansson.h>

#include "base/err.h"
#include "base/span.h"

/* The root, which is an object; the caller json_decref's it. `at` is a byte position. Doubled
 * keys, trailing text and text that is not UTF-8 are refused. */
OHM_MUST_CHECK ohm_err ohm_json_body_load(ohm_span body, size_t max, json_t **ret_root);

/* The same where the root may also be a list. */
OHM_MUST_CHECK ohm_err ohm_json_body_load_any(ohm_span body, size_t max, json_t **ret_root);

/* An integer member within bounds. OHM_UNKNOWN: absent or null. OHM_BAD_FORMAT: not an integer
 * ("1", 1.0, true). OHM_RANGE: out of bounds. */
OHM_MUST_CHECK ohm_code ohm_json_body_int(const json_t *object, const char *key, int64_t min,
                                          int64_t max, int64_t *out);

#endif
