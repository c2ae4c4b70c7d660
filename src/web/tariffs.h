/* The contracts that bills and comparisons are made of: made by whoever starts the web, which
 * may not read files itself. */
#ifndef OHM_WEB_TARIFFS_H
#define OHM_WEB_TARIFFS_H

#include "tariff/contract.h"

enum { OHM_WEB_CONTRACT_NAME_MAX = 48 };

typedef struct ohm_web_contract {
    char name[OHM_WEB_CONTRACT_NAME_MAX]; /* "bleu-base-6kva" */
    ohm_contract contract;
} ohm_web_contract;

typedef struct ohm_web_tariffs {
    bool has_own; /* the site's */
    ohm_contract own;
    ohm_tz tz;
    ohm_day_codes codes; /* of the shipped calendars: Tempo's, and EJP's also (web/day_codes.h) */
    size_t count;        /* of those that it is compared with */
    const ohm_web_contract *others;
} ohm_web_tariffs;

#endif
