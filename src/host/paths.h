/* Where our own files live.
 *
 * The state folder holds the store, the own CA and its certificate. systemd names it in
 * $STATE_DIRECTORY; otherwise it is $XDG_STATE_HOME/ohmstead or ~/.local/state/ohmstead. The
 * demo house never shares it: "ohmstead-demo" (under systemd: "demo" inside it). Nothing here
 * makes a folder; that is ohm_dir_ensure of host/file.h. */
#ifndef OHM_HOST_PATHS_H
#define OHM_HOST_PATHS_H

#include "base/err.h"
#include "host/file.h"

/* The store's file inside the state folder. */
#define OHM_STORE_FILE "ohmstead.db"
/* Beside it: the contract that was written in the page, which goes before the configuration's. */
#define OHM_CONTRACT_FILE "contract.yaml"
/* And the rules that were, which go with the configuration's. */
#define OHM_RULES_FILE "rules.yaml"

/* The state folder. OHM_UNKNOWN: no $STATE_DIRECTORY, no home. OHM_TOO_BIG: the path is longer
 * than OHM_PATH_MAX. */
OHM_MUST_CHECK ohm_err ohm_path_state(bool demo, char ret_path[static OHM_PATH_MAX]);

/* "folder/name". OHM_TOO_BIG when it does not fit. */
OHM_MUST_CHECK ohm_err ohm_path_join(const char *folder, const char *name,
                                     char ret_path[static OHM_PATH_MAX]);

#endif
