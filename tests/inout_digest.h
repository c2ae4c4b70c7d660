/* For the property and fuzz tests of src/inout: what comes out of a stream, as one number. */
#ifndef OHM_TESTS_INOUT_DIGEST_H
#define OHM_TESTS_INOUT_DIGEST_H

#include "inout/enedis.h"
#include "inout/line_protocol.h"
#include "inout/table.h"

static inline uint64_t digest_more(uint64_t digest, ohm_span text)
{
    for (size_t i = 0; i < text.len; i++)
        digest = digest * 31 + text.ptr[i];
    return digest * 31 + text.len;
}

static inline void digest_sample(void *ctx, const ohm_sample *s)
{
    uint64_t *digest = ctx;
    *digest = digest_more(*digest, s->source) * 31 + (uint64_t)s->time_ms;
    *digest = (*digest * 31 + (uint64_t)s->mantissa) * 31 + s->quality;
}

static inline void digest_refusal(void *ctx, uint64_t line, const char *why, ohm_span text)
{
    uint64_t *digest = ctx;
    *digest = digest_more(digest_more(*digest, text), ohm_span_text(why)) * 31 + line;
}

/* The bytes in chunks of `chunk`. */
static inline bool digest_feed(ohm_span *bytes, size_t chunk, ohm_span *in)
{
    *in = ohm_span_part(*bytes, 0, bytes->len < chunk ? bytes->len : chunk);
    *bytes = ohm_span_part(*bytes, in->len, bytes->len - in->len);
    return in->len > 0;
}

/* Records of CSV, and what the readers of Enedis files and of tables make of them. */
static inline uint64_t digest_csv(ohm_span bytes, size_t chunk, const ohm_tz *tz)
{
    static ohm_csv csv;
    static ohm_enedis enedis;
    static ohm_table table;
    const ohm_table_options options = { .tz = tz };
    uint64_t digest = 0;
    bool is_table = true;
    const ohm_sample_sink sink = { &digest, digest_sample, digest_refusal };
    const ohm_csv_record *record;
    ohm_csv_init(&csv, 0);
    ohm_enedis_init(&enedis, "", tz, &sink);
    ohm_table_init(&table, &options, &sink);
    for (ohm_code code = OHM_MORE; code != OHM_END;) {
        ohm_span in;
        if (!digest_feed(&bytes, chunk, &in))
            ohm_csv_finish(&csv);
        while ((code = ohm_csv_next(&csv, &in, &record)) != OHM_MORE && code != OHM_END) {
            digest = digest * 31 + (uint64_t)code + record->line;
            for (int i = 0; i < record->count; i++)
                digest = digest_more(digest, record->fields[i]);
            if (code == OHM_OK)
                ohm_enedis_take(&enedis, record);
            if (code == OHM_OK && is_table)
                is_table = !ohm_failed(ohm_table_take(&table, record));
        }
    }
    ohm_enedis_finish(&enedis);
    return digest;
}

static inline uint64_t digest_points(ohm_span bytes, size_t chunk)
{
    static ohm_line_protocol lp;
    uint64_t digest = 0;
    const ohm_lp_point *p;
    const char *what;
    ohm_line_protocol_init(&lp);
    for (ohm_code code = OHM_MORE; code != OHM_END;) {
        ohm_span in;
        if (!digest_feed(&bytes, chunk, &in))
            ohm_line_protocol_finish(&lp);
        while ((code = ohm_line_protocol_next(&lp, &in, &p, &what)) != OHM_MORE &&
               code != OHM_END) {
            digest = digest_more(digest, ohm_span_text(what)) * 31 + p->line;
            for (int i = 0; code == OHM_OK && i < p->tags_count; i++)
                digest = digest_more(digest_more(digest, p->tags[i].key), p->tags[i].value);
            for (int i = 0; code == OHM_OK && i < p->fields_count; i++)
                digest = digest_more(digest_more(digest, p->fields[i].key), p->fields[i].value);
        }
    }
    return digest;
}

#endif
