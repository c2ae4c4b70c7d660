/* The file that an import reads: what form it has, and its bytes through the reader of that form
 * into a sink. Forms are recognised by their first bytes; what cannot be read is named. */
#ifndef OHM_CMD_IMPORT_INPUT_H
#define OHM_CMD_IMPORT_INPUT_H

#include "inout/table.h"

typedef enum ohm_input_format {
    OHM_INPUT_FORMAT_AUTO,
    OHM_INPUT_CSV,
    OHM_INPUT_ENEDIS,
    OHM_INPUT_HOME_ASSISTANT,
    OHM_INPUT_INFLUX,
    OHM_INPUT_PROTOTYPE,
} ohm_input_format;

typedef struct ohm_input_options {
    ohm_input_format format;
    const char *path; /* for files that are more than a stream of bytes; NULL: a stream it is */
    const char *base_table; /* of a SQLite file; NULL: what is known */
    char separator;         /* 0: found */
    const char *prm;
    int64_t per_second; /* of the times of line protocol */
    ohm_table_options table;
    void (*progress)(void *ctx, uint64_t bytes); /* now and then */
    void *progress_ctx;
} ohm_input_options;

/* Reads until the end. OHM_UNSUPPORTED: an archive, a workbook, UTF-16; OHM_UNKNOWN: nothing that
 * we know; OHM_BAD_FORMAT: the head of a table lacks what is needed. */
OHM_MUST_CHECK ohm_err ohm_input_read(int fd, const ohm_input_options *options,
                                      const ohm_sample_sink *sink);

/* What to do about such an error; NULL: nothing that we know. */
const char *ohm_input_cure(ohm_err err);

#endif
