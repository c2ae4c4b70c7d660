/* A site's mirrors as store/mirror.h wants them: URLs filled in, secrets fetched. */
#ifndef OHM_CMD_MIRROR_BUILD_H
#define OHM_CMD_MIRROR_BUILD_H

#include "config/site.h"
#include "store/mirror.h"

/* `detail` gets the path of what is wrong, as "mirrors.vm.url". Holds secrets: wipe it. */
OHM_MUST_CHECK ohm_err ohm_build_mirror(const ohm_site *site, int index, ohm_mirror_config *out,
                                        char *detail, size_t cap);

/* The same engine as another site would have it: where that one's readings are to be asked for. */
OHM_MUST_CHECK ohm_err ohm_build_mirror_of(const ohm_site *site, int index, const char *other_site,
                                           ohm_mirror_config *out, char *detail, size_t cap);

/* The mirror of that id; -1: there is none. */
int ohm_mirror_named(const ohm_site *site, const char *id);

/* Which of `count` nodes has a site: by the highest FNV-1a hash of "site node", so that one node
 * more moves only the sites that go to it (rendezvous hashing, Thaler and Ravishankar 1998). */
unsigned ohm_mirror_node_of(const char *site, const ohm_site_host *nodes, unsigned count);

#endif
