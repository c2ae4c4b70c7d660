/* What a device costs that is set up and waits: the pages that its protocol's state touches when it
 * is begun (buffers are touched by the first bytes), which the mark is for, and beside it the
 * driver's own bytes. A row for each protocol, and for each way to ask. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "meter/meter_internal.h"
#include "meter/poller.h"
#include "meter/protocol.h"

enum { MARK = 8192, PAGES_MAX = 4096 };

static ohm_profiles *profiles;
static ohm_modbus_profiles *modbus;

/* Fresh zeros, as calloc gives for what is large. */
static void *fresh(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        exit(EXIT_FAILURE);
    return p;
}

static size_t touched(void *p, size_t size)
{
    static unsigned char there[PAGES_MAX];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page, count = 0;
    if (pages > PAGES_MAX || mincore(p, size, there) != 0)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < pages; i++)
        count += there[i] & 1;
    return count * page < size ? count * page : size;
}

static bool report(const char *name, const char *how, size_t own, size_t size, size_t used)
{
    bool kept = used <= MARK;
    (void)printf(
        "%s %s: %zu bytes idle (mark: <= %d) %s, %zu of the driver, %zu when all was used\n", name,
        how, used, MARK, kept ? "ok" : "MISSED", own, own + size);
    return kept;
}

static bool measure(const ohm_protocol *p)
{
    const ohm_protocol_config config = {
        .line = true,
        .baud = p->baud,
        .profiles = profiles,
        .modbus = modbus,
        .address = p->poller ? "1" : NULL,
        .profile = p == &ohm_protocol_modbus || p == &ohm_protocol_modbus_rtu ? "sdm630" : NULL
    };
    size_t own = sizeof(ohm_meter);
    bool kept = true;
    if (p->next) {
        void *state = fresh(p->state_size);
        if (ohm_failed(p->init(state, &config)))
            exit(EXIT_FAILURE);
        kept &= report(p->name, "heard", own, p->state_size, touched(state, p->state_size));
        (void)munmap(state, p->state_size);
    }
    if (p->poller) {
        void *state = fresh(p->poller->state_size);
        ohm_err err = p->poller->init(state, &config);
        if (ohm_failed(err)) {
            (void)printf("%s asked: %s\n", p->name, err.what);
            exit(EXIT_FAILURE);
        }
        kept &= report(p->name, "asked", own, p->poller->state_size,
                       touched(state, p->poller->state_size));
        (void)munmap(state, p->poller->state_size);
    }
    return kept;
}

int main(void)
{
    ohm_profile_fault fault;
    bool kept = true;
    if (ohm_profiles_load(NULL, &profiles, &fault) != OHM_OK ||
        ohm_modbus_profiles_load(NULL, &modbus, &fault) != OHM_OK)
        return EXIT_FAILURE;
    for (size_t i = 0; i < ohm_protocols_count; i++)
        kept &= measure(ohm_protocols[i]);
    ohm_profiles_free(profiles);
    ohm_modbus_profiles_free(modbus);
    return kept ? EXIT_SUCCESS : EXIT_FAILURE;
}
