/* The row of a chunk in the file: key, summary with a checksum of its own, bytes. For the writer
 * and the readers. */
#ifndef OHM_STORE_CHUNK_ROW_H
#define OHM_STORE_CHUNK_ROW_H

#include "store/chunk.h"
#include "store/db.h"

#define OHM_CHUNK_COLUMNS "k,n,suspect,t1,step,flags,vmin,vmax,vsum,vfirst,vlast,thin,crc,data"

enum { OHM_CHUNK_COLUMN_DATA = 13 };

typedef struct ohm_chunk_row {
    int64_t key;
    ohm_chunk_summary summary;
    bool sound;      /* the summary is what was written; else only the data may tell */
    int64_t thin_ms; /* thinned out to one reading in this time; 0: as it came */
    ohm_span data;   /* until the statement's next step */
} ohm_chunk_row;

/* The columns above, in their order, of the row at hand. */
ohm_chunk_row ohm_chunk_row_read(sqlite3_stmt *stmt);

/* Binds them, ?1 to ?14. `data` lives until the statement has run. */
void ohm_chunk_row_bind(sqlite3_stmt *stmt, const ohm_chunk_row *row);

static inline ohm_code ohm_chunk_row_decode(const ohm_chunk_row *row, ohm_points *out)
{
    return ohm_chunk_decode(row->key, row->sound ? row->summary.count : 0, row->data, out);
}

#endif
