#include "host/sleeper.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/pages.h"
#include "host/random.h"

bool ohm_sleeper_init(ohm_sleeper *s, size_t size, size_t kept_size)
{
    assert(kept_size <= size);
    *s = (ohm_sleeper){ .size = size, .kept_size = kept_size };
    if (kept_size == 0) {
        s->memory = calloc(1, size);
        return s->memory != NULL;
    }
    /* Of the system itself, in whole pages: malloc's has a head in the first, which would stay. */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    s->size = size = (size + page - 1) / page * page;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    s->memory = memory;
    s->kept = calloc(1, kept_size);
    if (s->kept)
        return true;
    ohm_sleeper_release(s);
    return false;
}

void ohm_sleeper_release(ohm_sleeper *s)
{
    if (s->memory && s->kept_size == 0) {
        ohm_wipe(s->memory, s->size);
        free(s->memory);
    } else if (s->memory) {
        (void)munmap(s->memory, s->size); /* nobody gets these pages as they were */
    }
    if (s->kept)
        ohm_wipe(s->kept, s->kept_size);
    free(s->kept);
    *s = (ohm_sleeper){ .memory = NULL };
}

void ohm_sleeper_sleep(ohm_sleeper *s)
{
    if (!s->kept || s->asleep)
        return;
    memcpy(s->kept, s->memory, s->kept_size);
    s->asleep = true;
    ohm_pages_give_back(s->memory, s->size);
}

void ohm_sleeper_wake(ohm_sleeper *s)
{
    if (!s->asleep)
        return;
    s->asleep = false;
    memcpy(s->memory, s->kept, s->kept_size);
    ohm_wipe(s->kept, s->kept_size);
}
