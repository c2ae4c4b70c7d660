#include "wire/gbt.h"

#include "wire/axdr.h"
#include "wire/crc16.h"

ohm_code ohm_gbt_parse(ohm_span apdu, ohm_gbt_block *out)
{
    if (apdu.len > 0 && apdu.ptr[0] != OHM_GBT_TAG)
        return OHM_BAD_FORMAT;
    ohm_axdr c = { apdu.ptr, apdu.len, 6 };
    size_t length = 0;
    ohm_code code = ohm_axdr_length(&c, &length);
    if (code != OHM_OK)
        return code;
    if (length > c.len - c.pos)
        return OHM_MORE;
    *out = (ohm_gbt_block){
        .control = apdu.ptr[1],
        .number = ohm_be16(apdu.ptr + 2),
        .acknowledged = ohm_be16(apdu.ptr + 4),
        .data = ohm_span_part(apdu, c.pos, length),
        .size = c.pos + length,
    };
    return OHM_OK;
}

/* Whether this is the block that was taken last. The bytes of a complete transfer may have been
 * deciphered in place by now, so its last block is known by its check. */
static bool is_repeat(const ohm_gbt_transfer *t, const ohm_gbt_block *block, const uint8_t *buffer)
{
    if (t->number == 0 || block->number != t->number || block->data.len != t->last_len)
        return false;
    if (t->open)
        return memcmp(buffer + t->from, block->data.ptr, t->last_len) == 0;
    /* The only block of a push is no repeat: the next push may look the same. */
    return block->number > 1 && (block->control & OHM_GBT_LAST) != 0 &&
           ohm_crc16(block->data.ptr, block->data.len) == t->check;
}

static ohm_gbt_step give_up(ohm_gbt_transfer *t, ohm_gbt_step step)
{
    *t = (ohm_gbt_transfer){ .orphaned = true };
    return step;
}

ohm_gbt_step ohm_gbt_take(ohm_gbt_transfer *t, const ohm_gbt_block *block, uint8_t *buffer,
                          size_t cap)
{
    bool last = (block->control & OHM_GBT_LAST) != 0;
    bool restarts = false;
    if (is_repeat(t, block, buffer))
        return OHM_GBT_REPEATED;
    if (block->number == 1) {
        restarts = t->open;
        *t = (ohm_gbt_transfer){ .open = true };
    } else if (!t->open) {
        bool passing = t->orphaned;
        t->orphaned = true;
        return passing ? OHM_GBT_PASSING : OHM_GBT_ORPHAN;
    } else if (block->number != t->number + 1) {
        return give_up(t, OHM_GBT_MISSING);
    }
    if (block->data.len > cap - t->len)
        return give_up(t, OHM_GBT_OVERFLOW);

    if (block->data.len > 0)
        memcpy(buffer + t->len, block->data.ptr, block->data.len);
    t->number = block->number;
    t->from = t->len;
    t->last_len = block->data.len;
    t->len += block->data.len;
    t->open = !last;
    if (last) {
        t->check = ohm_crc16(block->data.ptr, block->data.len);
        return OHM_GBT_COMPLETE;
    }
    return restarts ? OHM_GBT_RESTARTED : OHM_GBT_TAKEN;
}
