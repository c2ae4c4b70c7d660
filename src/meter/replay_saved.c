#include "meter/replay_saved.h"

enum { HEAD = 4, SLOT = OHM_SYSTEM_TITLE_LEN + 8, VERSION = 1 };

static_assert(HEAD + SLOT * OHM_REPLAY_SLOTS == OHM_REPLAY_SAVED_MAX, "room for every slot");

static const ohm_replay_slot *slot_like(const ohm_replay_guard *guard, const ohm_replay_slot *slot)
{
    for (uint32_t i = 0; i < guard->count; i++) {
        const ohm_replay_slot *s = &guard->slots[i];
        if (s->key_id == slot->key_id && !memcmp(s->title, slot->title, sizeof s->title))
            return s;
    }
    return NULL;
}

bool ohm_replay_due(const ohm_replay_guard *guard, const ohm_replay_guard *written)
{
    for (uint32_t i = 0; i < guard->count; i++) {
        const ohm_replay_slot *s = &guard->slots[i], *w = slot_like(written, s);
        bool near = w && (w->counter <= s->counter || w->counter - s->counter <= OHM_REPLAY_LEFT);
        if (!w || (near && w->counter < UINT32_MAX))
            return true;
    }
    return false;
}

void ohm_replay_ahead(const ohm_replay_guard *guard, uint32_t ahead, ohm_replay_guard *out)
{
    *out = *guard;
    for (uint32_t i = 0; i < out->count; i++) {
        uint32_t *counter = &out->slots[i].counter;
        *counter = ahead > UINT32_MAX - *counter ? UINT32_MAX : *counter + ahead;
    }
}

size_t ohm_replay_write(const ohm_replay_guard *guard, uint8_t out[static OHM_REPLAY_SAVED_MAX])
{
    assert(guard->count <= OHM_REPLAY_SLOTS);
    out[0] = 'R';
    out[1] = 'G';
    out[2] = VERSION;
    out[3] = (uint8_t)guard->count;
    uint8_t *p = out + HEAD;
    for (uint32_t i = 0; i < guard->count; i++, p += SLOT) {
        memcpy(p, guard->slots[i].title, OHM_SYSTEM_TITLE_LEN);
        ohm_put_be32(p + OHM_SYSTEM_TITLE_LEN, guard->slots[i].key_id);
        ohm_put_be32(p + OHM_SYSTEM_TITLE_LEN + 4, guard->slots[i].counter);
    }
    return (size_t)(p - out);
}

ohm_code ohm_replay_read(ohm_span bytes, ohm_replay_guard *out)
{
    if (bytes.len < HEAD || memcmp(bytes.ptr, "RG", 2) != 0 || bytes.ptr[2] != VERSION)
        return OHM_BAD_FORMAT;
    uint32_t count = bytes.ptr[3];
    if (count > OHM_REPLAY_SLOTS || bytes.len != HEAD + (size_t)count * SLOT)
        return OHM_BAD_FORMAT;
    ohm_replay_init(out);
    const uint8_t *p = bytes.ptr + HEAD;
    for (uint32_t i = 0; i < count; i++, p += SLOT) {
        memcpy(out->slots[i].title, p, OHM_SYSTEM_TITLE_LEN);
        out->slots[i].key_id = ohm_be32(p + OHM_SYSTEM_TITLE_LEN);
        out->slots[i].counter = ohm_be32(p + OHM_SYSTEM_TITLE_LEN + 4);
    }
    out->count = count;
    return OHM_OK;
}
