#include "targets.h"

#include <string.h>

#include "fuzz_rows.h" /* FUZZ_ROWS: SEEDED(name) or BARE(name) each, made by meson.build */

#define BARE(name)   int ohm_fuzz_##name(const uint8_t *data, size_t size);
#define SEEDED(name) BARE(name) int ohm_seed_##name(int argc, char **argv);
FUZZ_ROWS
#undef BARE
#undef SEEDED

#define BARE(name)   { #name, ohm_fuzz_##name, NULL },
#define SEEDED(name) { #name, ohm_fuzz_##name, ohm_seed_##name },
const fuzz_target fuzz_targets[] = { FUZZ_ROWS };
const size_t fuzz_targets_count = sizeof fuzz_targets / sizeof *fuzz_targets;

const fuzz_target *fuzz_target_named(const char *name)
{
    for (size_t i = 0; i < fuzz_targets_count; i++) {
        if (strcmp(fuzz_targets[i].name, name) == 0)
            return &fuzz_targets[i];
    }
    return NULL;
}
