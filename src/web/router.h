/* The one table of addresses: method, path, what it takes to be let in, and who answers.
 *
 * Everything that is served is a row here or a file of the page; the description of the API
 * (data/api/openapi.json) is held against this table by a test. */
#ifndef OHM_WEB_ROUTER_H
#define OHM_WEB_ROUTER_H

#include <stddef.h>

#include "web/http_text.h"
#include "web/right.h"

typedef struct ohm_exchange ohm_exchange;

typedef enum ohm_method {
    OHM_GET = 1 << 0, /* and HEAD */
    OHM_POST = 1 << 1,
    OHM_PUT = 1 << 2,
    OHM_DELETE = 1 << 3,
    OHM_OPTIONS = 1 << 4,
} ohm_method;

typedef enum ohm_route_flag {
    OHM_ROUTE_TOKEN = 1 << 0,  /* a Bearer token, whoever else may be known */
    OHM_ROUTE_PROVES = 1 << 1, /* its body proves who asks: no X-CSRF-Token needed */
} ohm_route_flag;

enum {
    OHM_ROUTE_PARAMS_MAX = 4,
    OHM_BODY_MAX = 64 << 10, /* no route takes more */
};

typedef struct ohm_route {
    ohm_method method;
    const char *pattern; /* "/api/v1/loads/{id}/override": a brace takes any one segment */
    unsigned right;      /* 0 = anyone */
    unsigned flags;      /* ohm_route_flag, or'ed */
    size_t body_max;     /* 0 = no body */
    void (*handle)(ohm_exchange *x);
} ohm_route;

extern const ohm_route ohm_routes[];
extern const size_t ohm_routes_count;

typedef struct ohm_route_match {
    const ohm_route *route; /* NULL: no row of this method */
    unsigned methods;       /* of all rows with this path; 0: the path is not in the table */
    const char *params[OHM_ROUTE_PARAMS_MAX]; /* borrowed from the target */
} ohm_route_match;

ohm_route_match ohm_route_find(ohm_method method, const ohm_target *target);

/* "GET, HEAD, PUT, OPTIONS" */
enum { OHM_ALLOW_MAX = 48 };
void ohm_route_allow(unsigned methods, char out[static OHM_ALLOW_MAX]);

#endif
