/* Where a site's history is, as store/postgres.h wants it. */
#ifndef OHM_CMD_POSTGRES_BUILD_H
#define OHM_CMD_POSTGRES_BUILD_H

#include "config/site.h"
#include "store/postgres.h"

/* `detail` gets the path of what is wrong, as "store.postgresql.password_file (/nowhere)". The
 * password is looked for, and not kept. */
OHM_MUST_CHECK ohm_err ohm_build_postgres(const ohm_site *site, ohm_postgres_config *out,
                                          char *detail, size_t cap);

#endif
