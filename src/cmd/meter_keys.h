/* The keys of a meter on a command line: from a file, from the environment, or, visible to every
 * user of the machine while the process runs, as an option. */
#ifndef OHM_CMD_METER_KEYS_H
#define OHM_CMD_METER_KEYS_H

#include "cmd/cmd.h"
#include "host/file.h"
#include "meter/meter.h"

/* What the options said; any may be NULL. */
typedef struct ohm_key_options {
    const char *key, *key_file;
    const char *auth_key, *auth_key_file;
} ohm_key_options;

typedef struct ohm_meter_keys {
    uint8_t key[OHM_METER_KEY_BYTES_MAX], auth_key[OHM_METER_KEY_BYTES_MAX];
    uint8_t key_len, auth_key_len; /* 0 = none */
} ohm_meter_keys;

/* Takes the option, else the file, else $OHMSTEAD_KEY and $OHMSTEAD_AUTH_KEY. Returns
 * OHM_EXIT_OK, or another status after saying why on stderr. The caller wipes the keys. */
int ohm_meter_keys_read(const char *verb, const ohm_key_options *options, ohm_meter_keys *out);

/* Is it a protocol of the table, "auto", or NULL? Says what is accepted if not. */
int ohm_protocol_check(const char *verb, const char *name);

/* The password of a meter: from a file that its owner alone can read, else from
 * $OHMSTEAD_PASSWORD; "" without either. Status as above. */
int ohm_meter_password_read(const char *file, char out[static OHM_METER_TEXT_MAX]);

/* The state folder that keeps the counters of what is sent under a key (meter/counter_folder.h):
 * the one that was given, or the usual one. "" where that can't be written, which is said: our
 * system title is another one then each time. Status as above. */
int ohm_meter_state_find(const char *verb, const char *given, bool keyed,
                         char out[static OHM_PATH_MAX]);

/* The rows of the table of options, and what the help says of them. */
#define OHM_KEY_OPTIONS(keys)                                                                      \
    { "--key-file", "FILE", &(keys).key_file, NULL, "the meter's encryption key, 32 hex digits" }, \
        { "--auth-key-file", "FILE", &(keys).auth_key_file, NULL, "its authentication key" },      \
        { "--key", "HEX", &(keys).key, NULL, "the key itself (others can see it: see above)" },    \
    {                                                                                              \
        "--auth-key", "HEX", &(keys).auth_key, NULL, "likewise"                                    \
    }

#define OHM_KEY_ABOUT                                                                              \
    "Keys are best read from files, or from $OHMSTEAD_KEY and $OHMSTEAD_AUTH_KEY: an\n"            \
    "option can be seen by everybody on this machine while the command runs."

#endif
