/* From a checked configuration to what the rooms take: engine, boards, meters, secrets. */
#ifndef OHM_CMD_SITE_BUILD_H
#define OHM_CMD_SITE_BUILD_H

#include "config/site.h"
#include "engine/engine.h"
#include "fetch/ask.h"
#include "meter/merge.h"
#include "meter/meter.h"
#include "meter/payload.h"
#include "meter/residue.h"
#include "relay/relay.h"
#include "store/store.h"

/* Reads a configuration file (or, with path NULL, the demo's) and prints every mistake on
 * stderr. OHM_OK: *ret_site is whole. Others as ohm_site_read, or why the file can't be read. */
OHM_MUST_CHECK ohm_code ohm_build_site(const char *path, ohm_site *ret_site);
/* The same of a file; its bytes are the caller's to free, NULL if they could not be read. */
OHM_MUST_CHECK ohm_code ohm_build_site_of(const char *path, ohm_site *ret_site, uint8_t **ret_yaml,
                                          size_t *ret_len);

/* Loads the zone and fills the engine's configuration. `what` of the error is for people. */
OHM_MUST_CHECK ohm_err ohm_build_engine(const ohm_site *site, const char *file,
                                        ohm_engine_config *ret_config);

/* The boards, with their channels wired to loads. */
/* Its password into `config`. */
OHM_MUST_CHECK ohm_err ohm_build_board_password(const ohm_site *site, int index,
                                                ohm_board_config *config);
OHM_MUST_CHECK ohm_err ohm_build_board(const ohm_site *site, int index,
                                       ohm_board_config *ret_config);

/* The index of the site's main meter. */
int ohm_build_main_meter(const ohm_site *site);

/* The channels of a board that move one load. */
OHM_MUST_CHECK ohm_err ohm_build_channels(const ohm_site_load *l, int load, ohm_board_config *out);
/* Its loads, limits and branches; what they must keep is ohm_engine_config_check's. */
void ohm_build_loads(const ohm_site *site, ohm_engine_config *ret_config);

/* Its zones; after its loads. */
void ohm_build_zones(const ohm_site *site, ohm_engine_config *ret_config);

/* The index of the meter, or of the merge among them, of that id; -1: there is none. */
int ohm_build_find_meter(const ohm_site *site, const char *id);

/* What a rest ("divers") is made of; `index` is that of the meter that stands for it. */
void ohm_build_rest(const ohm_site *site, int index, ohm_residue_config *ret_config);

/* Where a meter stands among the others: what counts its energy too. */
typedef struct ohm_meter_place {
    int source_of; /* the merge that it is a source of; -1: none */
    int part_of;   /* the meter that counts what it counts, and more; -1: not known of any */
} ohm_meter_place;

ohm_meter_place ohm_build_place(const ohm_site *site, int index);

/* What a merge is made of; `index` is that of the meter that stands for it. */
void ohm_build_merge(const ohm_site *site, int index, ohm_merge_config *ret_config);

/* Silence after which a meter's data counts as old. */
int64_t ohm_build_stale_ms(const ohm_site *site, int index);
/* The silence that a meter's configuration declares, no more than the engine bears; 0 = none. */
int64_t ohm_build_silence_ms(const ohm_site *site, int index);

/* Long enough for what is wrong: "meters.main.key_file (/etc/ohmstead/main.key)". */
enum { OHM_BUILD_DETAIL_MAX = OHM_SITE_PATH_MAX + 128 };

/* A meter with its keys fetched from where they are. On failure `detail` says which secret. */
OHM_MUST_CHECK ohm_err ohm_build_meter(const ohm_site *site, int index,
                                       ohm_meter_config *ret_config, char *detail,
                                       size_t detail_cap);

/* The key under which the store keeps what is remembered of a meter between two runs. */
void ohm_build_meter_key(const char *id, char out[static OHM_STORE_KEY_MAX]);

/* Values as rules, their units checked. On failure `detail` says which of the meter `name`, and
 * `at` its line. */
OHM_MUST_CHECK ohm_err ohm_build_rules(const ohm_site_value *values, uint16_t count,
                                       const char *name,
                                       ohm_payload_rule rules[static OHM_PICK_RULES_MAX],
                                       char *detail, size_t detail_cap);

/* What a source of payloads holds, into `rules`; both must stay until the meter is started. On
 * failure `detail` says which value, and `at` its line. */
OHM_MUST_CHECK ohm_err ohm_build_payload(const ohm_site *site, int index,
                                         ohm_payload_rule rules[static OHM_PICK_RULES_MAX],
                                         ohm_payload_config *ret_config, char *detail,
                                         size_t detail_cap);

/* Where a secret is, for people: "ecowatt.client_secret_file (/etc/ohmstead/rte)". */
void ohm_build_secret_place(const ohm_site_secret *secret, const char *key, char *out, size_t cap);

/* What to ask of a source of signals, its secret read; the caller wipes it. */
OHM_MUST_CHECK ohm_err ohm_build_signal(const ohm_site_signal *signal, ohm_ask *out);
OHM_MUST_CHECK ohm_err ohm_build_ecowatt(const ohm_site *site, ohm_ask *out);

/* Fetches a secret as a C string, white space trimmed; the caller wipes it. OHM_UNKNOWN when
 * none is configured. */
OHM_MUST_CHECK ohm_err ohm_build_secret(const ohm_site_secret *secret, char *out, size_t cap);

#endif
