/* The bytes of the store's rows (docs/store.md, "Frames" and "Events"): variable-length integers,
 * frames, and packs of events. No SQL, no allocation; decoding takes hostile bytes. */
#ifndef OHM_STORE_PACK_H
#define OHM_STORE_PACK_H

#include "base/err.h"
#include "base/reading.h"
#include "base/span.h"
#include "base/time.h"
#include "store/store.h"

enum {
    OHM_VARINT_MAX = 10, /* bytes */
    OHM_ROW_VALUES_MAX = 256,
    OHM_COLUMNS_BYTES_MAX = 2 + 5 * OHM_ROW_VALUES_MAX,
    OHM_ROW_BYTES_MAX = OHM_VARINT_MAX + OHM_COLUMNS_BYTES_MAX + 1 + OHM_ROW_VALUES_MAX / 4 +
                        OHM_VARINT_MAX * OHM_ROW_VALUES_MAX,
    OHM_PACK_BYTES = 3900, /* of events in one row, so that it fits one page */
};

_Static_assert((int)OHM_QUANTITIES_COUNT <= (int)OHM_ROW_VALUES_MAX,
               "a row holds every quantity once");

/* Little-endian base 128. Writing returns the bytes written, at most OHM_VARINT_MAX. */
size_t ohm_varint_put(uint8_t *out, uint64_t value);
/* Takes one from the front of *in; false, and *in as it was, if there is none. */
bool ohm_varint_get(ohm_span *in, uint64_t *out);

static inline uint64_t ohm_zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static inline int64_t ohm_unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* Which series the values of a row belong to, strictly ascending. */
typedef struct ohm_columns {
    uint16_t count;
    uint32_t series[OHM_ROW_VALUES_MAX];
} ohm_columns;

size_t ohm_columns_encode(const ohm_columns *columns, uint8_t out[static OHM_COLUMNS_BYTES_MAX]);
/* Takes columns from the front of *in. */
OHM_MUST_CHECK ohm_code ohm_columns_decode(ohm_span *in, ohm_columns *out);

typedef struct ohm_row {
    ohm_columns columns;
    uint8_t quality[OHM_ROW_VALUES_MAX];
    int64_t value[OHM_ROW_VALUES_MAX];
} ohm_row;

/* layout 0: the columns are written into the row itself. */
size_t ohm_row_encode(uint32_t layout, const ohm_row *row, uint8_t out[static OHM_ROW_BYTES_MAX]);

/* Takes the layout's number from the front of *in. */
OHM_MUST_CHECK ohm_code ohm_row_layout(ohm_span *in, uint32_t *ret_layout);
/* The values behind the layout (and, for layout 0, its columns); row->columns is set already. */
OHM_MUST_CHECK ohm_code ohm_row_values(ohm_span in, ohm_row *row);
/* Only the value at `place` of `count`. */
OHM_MUST_CHECK ohm_code ohm_row_pick(ohm_span in, uint16_t count, uint16_t place,
                                     uint8_t *ret_quality, int64_t *ret_value);

/* The values of `newer` win. False: together they are too many, and *row stays. */
bool ohm_row_merge(ohm_row *row, const ohm_row *newer);

/* Events, packed: each after the one before it, the first after (seq, utc) of its row. */
typedef struct ohm_pack {
    uint64_t first_seq;
    ohm_ms first_ms;
    uint64_t last_seq;
    ohm_ms last_ms;
    size_t len; /* 0 = empty */
    uint8_t bytes[OHM_STORE_EVENT_MAX + 3 * OHM_VARINT_MAX];
} ohm_pack;

/* False: it does not fit with the others. An empty pack takes every event. */
bool ohm_pack_add(ohm_pack *pack, uint64_t seq, ohm_ms utc_ms, ohm_span encoded);

/* Takes one event from the front of a row's bytes. *seq and *utc_ms are those of the event
 * before, or of the row at first, and become this one's. `first` says which. */
OHM_MUST_CHECK ohm_code ohm_pack_take(ohm_span *in, bool first, uint64_t *seq, ohm_ms *utc_ms,
                                      ohm_span *ret_encoded);

#endif
