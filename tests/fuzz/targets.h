/* The fuzz targets of this program, by name. */
#ifndef OHM_TESTS_FUZZ_TARGETS_H
#define OHM_TESTS_FUZZ_TARGETS_H

#include <stddef.h>
#include <stdint.h>

typedef struct fuzz_target {
    const char *name;
    int (*run)(const uint8_t *data, size_t size);
    int (*seed)(int argc, char **argv); /* usage: seed FOLDER; NULL: no encoder of ours for it */
} fuzz_target;

extern const fuzz_target fuzz_targets[];
extern const size_t fuzz_targets_count;

/* NULL: no such target. */
const fuzz_target *fuzz_target_named(const char *name);

#endif
