#include "store/chunk_row.h"

enum { NUMBERS = OHM_CHUNK_COLUMN_DATA - 1 }; /* all columns before the checksum */

static uint32_t checksum(const int64_t numbers[static NUMBERS])
{
    uint8_t bytes[8 * NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        ohm_put_be64(bytes + 8 * i, (uint64_t)numbers[i]);
    return ohm_crc32c(0, ohm_span_of(bytes, sizeof bytes));
}

ohm_chunk_row ohm_chunk_row_read(sqlite3_stmt *stmt)
{
    int64_t c[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        c[i] = sqlite3_column_int64(stmt, i);
    ohm_ms first_ms = ohm_chunk_first_ms(c[0]);
    ohm_chunk_row row = {
        .key = c[0],
        .summary = { .count = (uint32_t)c[1],
                     .suspect = (uint32_t)c[2],
                     .first_ms = first_ms,
                     .last_ms = (int64_t)((uint64_t)first_ms + (uint64_t)c[3]),
                     .step_ms = c[4],
                     .flags = (uint32_t)c[5],
                     .min = c[6],
                     .max = c[7],
                     .sum = c[8],
                     .first = c[9],
                     .last = c[10] },
        .thin_ms = c[11],
        .data = ohm_db_blob(stmt, OHM_CHUNK_COLUMN_DATA),
    };
    row.sound = (uint32_t)sqlite3_column_int64(stmt, NUMBERS) == checksum(c) &&
                row.summary.count > 0 && row.summary.count <= OHM_CHUNK_POINTS_MAX &&
                row.summary.suspect <= row.summary.count && row.summary.last_ms >= first_ms;
    return row;
}

void ohm_chunk_row_bind(sqlite3_stmt *stmt, const ohm_chunk_row *row)
{
    const ohm_chunk_summary *s = &row->summary;
    const int64_t c[NUMBERS] = {
        row->key,   s->count, s->suspect, s->last_ms - s->first_ms,
        s->step_ms, s->flags, s->min,     s->max,
        s->sum,     s->first, s->last,    row->thin_ms,
    };
    for (int i = 0; i < NUMBERS; i++)
        (void)sqlite3_bind_int64(stmt, i + 1, c[i]); /* an integer's binding cannot fail */
    (void)sqlite3_bind_int64(stmt, NUMBERS + 1, checksum(c));
    int result = sqlite3_bind_blob64(stmt, OHM_CHUNK_COLUMN_DATA + 1, row->data.ptr, row->data.len,
                                     SQLITE_STATIC);
    assert(result == SQLITE_OK);
}
