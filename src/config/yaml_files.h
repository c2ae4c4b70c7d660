/* The YAML files of one kind: those shipped in the binary, then those of a folder of the user's,
 * each in the order of its names. One kind of profile is one folder of data/. */
#ifndef OHM_CONFIG_YAML_FILES_H
#define OHM_CONFIG_YAML_FILES_H

#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

typedef struct ohm_yaml_files {
    const char *shipped; /* "data/mbus/" */
    const char *folder;  /* of the user's; NULL: none */
    /* Where in that folder; a place that is not there holds no files. NULL: the folder itself,
     * which must be there. */
    const char *place;
    size_t bytes_max; /* of a file */
    /* Takes a file; one of the user's replaces a shipped one. Any code but OHM_OK ends the walk,
     * and is its result; why is the taker's to say. */
    ohm_code (*take)(void *ctx, ohm_span yaml, const char *file, bool replace);
    void *ctx;
    char *fault; /* why a file or folder can't be read, for people */
    size_t fault_cap;
} ohm_yaml_files;

OHM_MUST_CHECK ohm_code ohm_yaml_files_each(const ohm_yaml_files *files);

/* "FILE: what", into a fault. Returns `code`. */
ohm_code ohm_yaml_fault(char *fault, size_t cap, ohm_code code, const char *file, const char *what);

#endif
