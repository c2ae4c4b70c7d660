#include "wire/replay_guard.h"

void ohm_replay_init(ohm_replay_guard *guard)
{
    memset(guard, 0, sizeof *guard);
}

/* The slot of a pair, or -1. */
static int slot_of(const ohm_replay_guard *guard, const uint8_t *title, uint32_t key_id)
{
    assert(guard->count <= OHM_REPLAY_SLOTS);
    for (uint32_t i = 0; i < guard->count; i++)
        if (guard->slots[i].key_id == key_id &&
            memcmp(guard->slots[i].title, title, OHM_SYSTEM_TITLE_LEN) == 0)
            return (int)i;
    return -1;
}

ohm_code ohm_replay_check(const ohm_replay_guard *guard,
                          const uint8_t title[static OHM_SYSTEM_TITLE_LEN], uint32_t key_id,
                          uint32_t counter)
{
    int i = slot_of(guard, title, key_id);
    if (i < 0)
        return guard->count < OHM_REPLAY_SLOTS ? OHM_OK : OHM_TOO_BIG;
    return counter > guard->slots[i].counter ? OHM_OK : OHM_REPLAYED;
}

bool ohm_replay_is_stranger(const ohm_replay_guard *guard,
                            const uint8_t title[static OHM_SYSTEM_TITLE_LEN], uint32_t key_id)
{
    bool proven = false;
    for (uint32_t i = 0; i < guard->count; i++)
        proven = proven || guard->slots[i].key_id == key_id;
    return proven && slot_of(guard, title, key_id) < 0;
}

void ohm_replay_accept(ohm_replay_guard *guard, const uint8_t title[static OHM_SYSTEM_TITLE_LEN],
                       uint32_t key_id, uint32_t counter)
{
    int i = slot_of(guard, title, key_id);
    if (i < 0) {
        assert(guard->count < OHM_REPLAY_SLOTS);
        i = (int)guard->count++;
        memcpy(guard->slots[i].title, title, OHM_SYSTEM_TITLE_LEN);
        guard->slots[i].key_id = key_id;
    }
    guard->slots[i].counter = counter;
    guard->changes++;
}
