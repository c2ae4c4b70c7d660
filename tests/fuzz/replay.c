/* Runs a fuzz target without a fuzzer: over the inputs that its seed program writes, and over
 * mutations of them from a fixed seed, so that any compiler and any board takes the same few
 * thousand hostile inputs. usage: replay TARGET */
#include <assert.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "targets.h"

enum { INPUTS_MAX = 256, INPUT_MAX = 8192, MUTATIONS = 4000 };

typedef struct input {
    uint8_t *bytes;
    size_t len;
} input;

static const fuzz_target *target;

static uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A heap copy of exactly the right size, so that a sanitizer sees one byte too far. */
static void run(const uint8_t *bytes, size_t len)
{
    uint8_t *exact = malloc(len ? len : 1);
    assert(exact);
    if (len)
        memcpy(exact, bytes, len);
    (void)target->run(exact, len);
    free(exact);
}

static void mutate(const input *from, const input *other, uint64_t *state)
{
    uint8_t bytes[INPUT_MAX];
    size_t len = from->len;
    memcpy(bytes, from->bytes, len);
    for (uint64_t i = draw(state) % 4; i != UINT64_MAX && len; i--)
        bytes[draw(state) % len] = (uint8_t)draw(state);
    switch (draw(state) % 4) {
    case 0: /* cut short */
        len = len ? (size_t)(draw(state) % len) : 0;
        break;
    case 1: /* go on with another input */
        if (other->len <= INPUT_MAX - len) {
            memcpy(bytes + len, other->bytes, other->len);
            len += other->len;
        }
        break;
    case 2: /* lose a byte */
        if (len) {
            size_t at = (size_t)(draw(state) % len);
            memmove(bytes + at, bytes + at + 1, len - at - 1);
            len--;
        }
        break;
    default: /* only the changed bytes */
        break;
    }
    run(bytes, len);
}

static int load(const char *folder, input *inputs)
{
    int count = 0;
    struct dirent **names = NULL;
    int n = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        FILE *file = names[i]->d_name[0] == '.' || count == INPUTS_MAX ? NULL : fopen(path, "rb");
        if (file) {
            uint8_t *bytes = malloc(INPUT_MAX);
            assert(bytes);
            inputs[count++] = (input){ bytes, fread(bytes, 1, INPUT_MAX, file) };
            (void)fclose(file);
            (void)unlink(path);
        }
        free(names[i]);
    }
    free(names);
    return count;
}

/* Has the seeds written to a folder of their own, reads them, and leaves nothing. */
static int seeds(input *inputs)
{
    char program[] = "seed";
    char folder[] = "/tmp/ohm-replay-XXXXXX";
    char *argv[] = { program, folder, NULL };
    if (!target->seed)
        return 0;
    if (!mkdtemp(folder) || target->seed(2, argv) != 0)
        return -1;
    int count = load(folder, inputs);
    (void)rmdir(folder);
    return count ? count : -1;
}

int main(int argc, char **argv)
{
    static input inputs[INPUTS_MAX + 1];
    target = argc == 2 ? fuzz_target_named(argv[1]) : NULL;
    if (!target) {
        (void)fputs("usage: replay TARGET, one of tests/fuzz/fuzz_<target>.c\n", stderr);
        return 1;
    }
    uint64_t state = 0x9e3779b97f4a7c15u;
    int count = seeds(inputs);
    if (count < 0) {
        (void)fprintf(stderr, "replay: no seeds were written\n");
        return 1;
    }
    if (count == 0) { /* no encoder of ours for it: noise alone */
        inputs[0].bytes = malloc(INPUT_MAX);
        assert(inputs[0].bytes);
        for (size_t i = 0; i < 512; i++)
            inputs[0].bytes[i] = (uint8_t)draw(&state);
        inputs[0].len = 512;
        count = 1;
    }
    for (int i = 0; i < count; i++)
        run(inputs[i].bytes, inputs[i].len);
    for (int i = 0; i < MUTATIONS; i++) {
        int from = (int)(draw(&state) % (uint64_t)count);
        mutate(&inputs[from], &inputs[draw(&state) % (uint64_t)count], &state);
    }
    for (int i = 0; i < count; i++)
        free(inputs[i].bytes);
    printf("%d seeds, %d mutations\n", count, MUTATIONS);
    return 0;
}
