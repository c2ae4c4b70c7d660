/* The site's contract as the page sees it: of the configuration, or written in the page. Kept by
 * whoever starts the web (options.contract_…), which alone reads and writes files. */
#ifndef OHM_WEB_WRITTEN_H
#define OHM_WEB_WRITTEN_H

#include "base/span.h"
#include "tariff/contract.h"

enum {
    OHM_CONTRACT_YAML_MAX = 32 << 10,
    OHM_CONTRACT_WHY_MAX = 2048, /* lines of what is wrong */
};

typedef struct ohm_written {
    bool has_contract; /* the site has one */
    bool is_written;   /* in the page */
    ohm_contract contract;
    char *yaml; /* as it was written, malloc'ed; NULL: it was not */
    size_t yaml_len;
} ohm_written;

#endif
