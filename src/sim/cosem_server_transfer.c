/* Long answers of the simulated meter in general-block-transfer (IEC 62056-5-3 §9.4.6.13): one
 * block, then the turn is the client's, who says which was the last that follows on. */
#include "sim/cosem_server_own.h"

enum {
    TAG = 0xe0,
    LAST = 0x80,
    BLOCK = 100, /* bytes */
    HEAD = 7,
};

static void put_block(ohm_cosem_server *s, uint16_t number, ohm_writer *w)
{
    size_t from = (size_t)(number - 1) * BLOCK;
    size_t left = s->transfer_len - from, len = left < BLOCK ? left : BLOCK;
    ohm_put_u8(w, TAG);
    ohm_put_u8(w, len == left ? LAST : 0);
    ohm_put_u16(w, number);
    ohm_put_u16(w, s->transfer_number); /* of the client's */
    ohm_put_u8(w, (uint8_t)len);
    ohm_put_bytes(w, ohm_span_of(s->transfer + from, len));
}

void ohm_server_transfer(ohm_cosem_server *s, size_t from)
{
    size_t len = s->answer_len - from;
    if (!s->transfers || s->answer_len <= from || len <= BLOCK)
        return;
    memcpy(s->transfer, s->answer + from, len);
    s->transfer_len = len;
    s->transfer_number = s->transfer_lost = 0;
    ohm_writer w = { s->answer, sizeof s->answer, from, false };
    put_block(s, 1, &w);
    s->answer_len = w.len;
}

bool ohm_server_transfer_on(ohm_cosem_server *s, ohm_span r, ohm_writer *w)
{
    if (!s->transfers || r.len != HEAD || r.ptr[0] != TAG)
        return false;
    size_t blocks = (s->transfer_len + BLOCK - 1) / BLOCK;
    uint16_t next = (uint16_t)(ohm_be16(r.ptr + 4) + 1);
    s->transfer_number = ohm_be16(r.ptr + 2);
    if (next == 0 || next > blocks)
        return true; /* it has everything */
    bool loses = (s->ways & OHM_SERVER_LOSES) != 0 && next % 3 == 0 && s->transfer_lost != next;
    if (loses && next < blocks) {
        s->transfer_lost = next;
        next++;
    }
    put_block(s, next, w);
    return true;
}
