/* The HTTP client that sources share, on the loop. */
#ifndef OHM_METER_CALLER_H
#define OHM_METER_CALLER_H

#include "link/http.h"

struct uv_loop_s;

typedef struct ohm_caller ohm_caller;

/* *at is where the owner of several sources keeps the one they share: made on first use. The last
 * ohm_caller_release closes it. */
OHM_MUST_CHECK ohm_err ohm_caller_hold(struct uv_loop_s *loop, ohm_caller **at);
void ohm_caller_release(ohm_caller **at);

ohm_http *ohm_caller_http(ohm_caller *caller);

#endif
