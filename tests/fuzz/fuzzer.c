/* libFuzzer over the target that the first argument names; the rest are libFuzzer's own.
 * usage: fuzzer TARGET [-option=value...] [FOLDER...]
 *        fuzzer list                   the targets' names
 *        fuzzer seed TARGET FOLDER     writes the target's first inputs, if it has any */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "targets.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const fuzz_target *target;

static const fuzz_target *named(const char *name)
{
    const fuzz_target *found = fuzz_target_named(name);
    if (found)
        return found;
    (void)fprintf(stderr, "fuzzer: no such target: %s\n", name);
    exit(EXIT_FAILURE);
}

/* libFuzzer calls this first, and reads the arguments afterwards. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char **words = *argv;
    if (*argc < 2) {
        (void)fputs("usage: fuzzer TARGET [libFuzzer's arguments] | list | seed TARGET FOLDER\n",
                    stderr);
        exit(EXIT_FAILURE);
    }
    if (strcmp(words[1], "list") == 0) {
        for (size_t i = 0; i < fuzz_targets_count; i++)
            (void)puts(fuzz_targets[i].name);
        exit(EXIT_SUCCESS);
    }
    if (strcmp(words[1], "seed") == 0 && *argc == 4) {
        target = named(words[2]);
        exit(target->seed ? target->seed(2, words + 2) : EXIT_SUCCESS);
    }
    target = named(words[1]);
    words[1] = words[0];
    *argv = words + 1;
    *argc -= 1;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return target->run(data, size);
}
