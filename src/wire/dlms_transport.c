#include "wire/dlms_internal.h"
#include "wire/gbt.h"
#include "wire/hdlc.h"
#include "wire/mbus_frame.h"

enum {
    LLC_LEN = 3,
    TRANSPORT_ADDRESSES = 2, /* STSAP and DTSAP behind CI */
    CI_DLMS_MAX = 0x1f,
    SEQUENCE = 0x0f,
};

size_t ohm_dlms_llc(ohm_span info)
{
    bool llc = info.len >= LLC_LEN && info.ptr[0] == 0xe6 &&
               (info.ptr[1] == 0xe7 || info.ptr[1] == 0xe6) && info.ptr[2] == 0;
    return llc ? LLC_LEN : 0;
}

static void copy_address(uint8_t *to, uint8_t *len, ohm_span from)
{
    assert(from.len <= OHM_PROFILE_ADDRESS_MAX);
    if (from.len > 0)
        memcpy(to, from.ptr, from.len);
    *len = (uint8_t)from.len;
}

static void set_rest(ohm_dlms *d, const ohm_dlms_unit *unit, uint8_t *ptr, size_t len)
{
    d->rest.ptr = ptr;
    d->rest.len = len;
    d->rest.exact = unit->framing != OHM_DLMS_HDLC;
    copy_address(d->rest.destination, &d->rest.destination_len, unit->destination);
    copy_address(d->rest.source, &d->rest.source_len, unit->source);
}

/* --- pieces that carry no block numbers ----------------------------------------------------- */

static ohm_code lose_segments(ohm_dlms *d, ohm_dlms_reject *reject, const char *what)
{
    d->segments = (ohm_dlms_segments){ .orphaned = true };
    d->counters.gaps++;
    return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_SEGMENT, OHM_GAP, what);
}

static ohm_code append(ohm_dlms *d, const uint8_t *ptr, size_t len, ohm_dlms_reject *reject)
{
    ohm_dlms_segments *s = &d->segments;
    if (len > OHM_DLMS_APDU_MAX - s->len) {
        *s = (ohm_dlms_segments){ .orphaned = true };
        d->counters.bad_format++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_SEGMENT, OHM_TOO_BIG,
                               "more segments than a push may have");
    }
    memcpy(d->segment_bytes + s->len, ptr, len);
    s->from = s->len;
    s->len += len;
    return OHM_OK;
}

/* A first piece begins anew; what was under way is given up. */
static void begin_segments(ohm_dlms *d)
{
    if (d->segments.open)
        d->counters.abandoned++;
    d->segments = (ohm_dlms_segments){ .open = true };
}

/* A piece whose beginning was never seen is told once for the run of them. */
static ohm_code orphan(ohm_dlms *d, ohm_dlms_reject *reject)
{
    if (d->segments.orphaned)
        return OHM_MORE;
    return lose_segments(d, reject, "a segment without the beginning of its push");
}

static ohm_code complete(ohm_dlms *d, const ohm_dlms_unit *unit)
{
    set_rest(d, unit, d->segment_bytes, d->segments.len);
    d->segments = (ohm_dlms_segments){ 0 };
    return OHM_OK;
}

/* --- HDLC ----------------------------------------------------------------------------------- */

static bool is_information(uint8_t control)
{
    bool unnumbered = (control & ~OHM_HDLC_POLL) == OHM_HDLC_UI;
    bool numbered = (control & 1) == 0;
    return unnumbered || numbered;
}

/* The send number of an I-frame plus one; I-frames must follow each other. */
static uint8_t next_number(uint8_t control)
{
    return (control & 1) == 0 ? (uint8_t)(((control >> 1) + 1) & 7) : 0;
}

static ohm_code accept_segment(ohm_dlms *d, const ohm_dlms_unit *unit, bool damaged,
                               ohm_dlms_reject *reject)
{
    ohm_dlms_segments *s = &d->segments;
    uint8_t number = (uint8_t)(unit->control >> 1 & 7);
    bool numbered = (unit->control & 1) == 0;
    if (ohm_dlms_llc((ohm_span){ unit->info, unit->info_len }) > 0) {
        begin_segments(d);
    } else if (!s->open) {
        return orphan(d, reject);
    } else if (damaged || (numbered && number != s->next)) {
        /* Unnumbered segments don't show a gap, so any damage between two may be one. */
        return lose_segments(d, reject, "a segment of the push is missing or damaged");
    }
    s->next = next_number(unit->control);
    ohm_code code = append(d, unit->info, unit->info_len, reject);
    if (code != OHM_OK)
        return code;
    return unit->segment ? OHM_MORE : complete(d, unit);
}

static ohm_code accept_hdlc(ohm_dlms *d, const ohm_dlms_unit *unit, bool damaged,
                            ohm_dlms_reject *reject)
{
    ohm_span info = { unit->info, unit->info_len };
    if (info.len == 0 || !is_information(unit->control)) {
        d->counters.not_push++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_FRAME, OHM_UNSUPPORTED,
                               "a frame that sets up or ends a connection, not a push");
    }
    bool begins = ohm_dlms_llc(info) > 0;
    if (unit->segment || (d->segments.open && !begins))
        return accept_segment(d, unit, damaged, reject);
    bool tail = d->segments.orphaned && !begins && info.ptr[0] != OHM_GBT_TAG;
    if (d->segments.open)
        d->counters.abandoned++;
    d->segments = (ohm_dlms_segments){ 0 };
    if (tail)
        return OHM_MORE; /* the end of a push whose loss was told */
    set_rest(d, unit, unit->info, unit->info_len);
    return OHM_OK;
}

/* --- M-Bus ---------------------------------------------------------------------------------- */

static bool is_repeated(const ohm_dlms *d, uint8_t number, ohm_span data)
{
    const ohm_dlms_segments *s = &d->segments;
    return s->open && ((number + 1) & SEQUENCE) == s->next && data.len == s->len - s->from &&
           memcmp(d->segment_bytes + s->from, data.ptr, data.len) == 0;
}

static ohm_code accept_mbus(ohm_dlms *d, const ohm_dlms_unit *unit, ohm_dlms_reject *reject)
{
    if (unit->control > CI_DLMS_MAX || unit->info_len <= TRANSPORT_ADDRESSES) {
        d->counters.not_push++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_FRAME, OHM_UNSUPPORTED,
                               "an M-Bus frame without DLMS inside");
    }
    ohm_dlms_segments *s = &d->segments;
    uint8_t number = unit->control & SEQUENCE;
    bool final = (unit->control & OHM_MBUS_FINAL) != 0;
    ohm_span data = { unit->info + TRANSPORT_ADDRESSES, unit->info_len - TRANSPORT_ADDRESSES };
    if (is_repeated(d, number, data) && !final)
        return OHM_MORE;
    if (number == 0) {
        begin_segments(d);
    } else if (!s->open) {
        return orphan(d, reject);
    } else if (number != s->next) {
        return lose_segments(d, reject, "a frame of the push is missing");
    }
    s->next = (uint8_t)((number + 1) & SEQUENCE);
    ohm_code code = append(d, data.ptr, data.len, reject);
    if (code != OHM_OK)
        return code;
    return final ? complete(d, unit) : OHM_MORE;
}

ohm_code ohm_dlms_accept(ohm_dlms *d, const ohm_dlms_unit *unit, ohm_dlms_reject *reject)
{
    bool damaged = d->stream.damaged;
    d->stream.damaged = false;
    if (unit->framing == OHM_DLMS_HDLC)
        return accept_hdlc(d, unit, damaged, reject);
    if (unit->framing == OHM_DLMS_MBUS)
        return accept_mbus(d, unit, reject);
    set_rest(d, unit, unit->info, unit->info_len);
    return OHM_OK;
}

/* --- blocks, and one APDU after the other --------------------------------------------------- */

static ohm_code refuse_block(ohm_dlms *d, ohm_dlms_reject *reject, ohm_code code, const char *what)
{
    if (code == OHM_GAP)
        d->counters.gaps++;
    else
        d->counters.bad_format++;
    return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_BLOCK, code, what);
}

/* Takes the block that the rest begins with; OHM_OK when it completes an APDU. */
static ohm_code take_block(ohm_dlms *d, ohm_dlms_reject *reject)
{
    ohm_gbt_block block;
    ohm_code code = ohm_gbt_parse((ohm_span){ d->rest.ptr, d->rest.len }, &block);
    if (code != OHM_OK) {
        d->rest.len = 0;
        return refuse_block(d, reject, OHM_BAD_FORMAT, "a block that does not follow its format");
    }
    ohm_gbt_step step = ohm_gbt_take(&d->blocks, &block, d->block_bytes, OHM_DLMS_APDU_MAX);
    d->rest.ptr += block.size;
    d->rest.len -= block.size;
    switch (step) {
    case OHM_GBT_COMPLETE:
        return OHM_OK;
    case OHM_GBT_MISSING:
        return refuse_block(d, reject, OHM_GAP, "a block of the push is missing");
    case OHM_GBT_ORPHAN:
        return refuse_block(d, reject, OHM_GAP, "a block without the beginning of its push");
    case OHM_GBT_OVERFLOW:
        return refuse_block(d, reject, OHM_TOO_BIG, "more blocks than a push may have");
    case OHM_GBT_RESTARTED:
        d->counters.abandoned++;
        return OHM_MORE;
    case OHM_GBT_TAKEN:
    case OHM_GBT_REPEATED:
    case OHM_GBT_PASSING:
        break;
    }
    return OHM_MORE;
}

/* Where no good checksum says that all is as it was sent, the message must fill its unit. */
static ohm_code refuse_surplus(ohm_dlms *d, ohm_dlms_reject *reject)
{
    d->counters.messages--;
    d->counters.bad_format++;
    return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_APDU, OHM_BAD_FORMAT,
                           "bytes behind the end of a message: some were lost or added");
}

ohm_code ohm_dlms_take_apdu(ohm_dlms *d, ohm_dlms_reject *reject)
{
    ohm_dlms_rest *rest = &d->rest;
    size_t llc = ohm_dlms_llc((ohm_span){ rest->ptr, rest->len });
    rest->ptr += llc;
    rest->len -= llc;
    if (rest->len == 0) {
        d->counters.bad_format++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_APDU, OHM_BAD_FORMAT, "an empty APDU");
    }
    ohm_code code;
    if (rest->ptr[0] == OHM_GBT_TAG) {
        code = take_block(d, reject);
        if (code == OHM_OK) {
            size_t used = 0;
            code = ohm_dlms_read_apdu(d, d->block_bytes, d->blocks.len, &used, reject);
        }
    } else {
        size_t used = rest->len;
        code = ohm_dlms_read_apdu(d, rest->ptr, rest->len, &used, reject);
        rest->ptr += used;
        rest->len -= used;
    }
    /* Bytes behind an APDU count only if another one begins there. */
    if (ohm_dlms_llc((ohm_span){ rest->ptr, rest->len }) > 0)
        return code;
    bool more = rest->len > 0 && rest->exact;
    rest->len = 0;
    return code == OHM_OK && more ? refuse_surplus(d, reject) : code;
}
