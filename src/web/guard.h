/* Who may come in. Each function answers with a fault and returns false when the request may not
 * go on.
 *
 * Host: names that nobody configured are refused, so that a name of somebody else's that points
 * here (DNS rebinding) reads nothing. Addresses can't be rebound and are always right.
 *
 * Requests that change something: a browser attaches cookies, and in the demo simply reaches
 * us, whichever page asks. So unless a token proves who asks, the Origin must be our own and
 * Sec-Fetch-Site must not say otherwise, and a session must also show its X-CSRF-Token. */
#ifndef OHM_WEB_GUARD_H
#define OHM_WEB_GUARD_H

#include "web/exchange.h"

bool ohm_guard_host(ohm_exchange *x);
bool ohm_guard_request(ohm_exchange *x);

#endif
