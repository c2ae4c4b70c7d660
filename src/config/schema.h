/* YAML into plain structs, by a table.
 *
 * A schema is a table of fields: key, type, where it goes in the struct, what is accepted. One
 * walker reads a document against it and reports every mistake at once, each as
 * "file:line:column: path: what was found, what is accepted". The same table prints the
 * reference page. Nothing is accepted by being ignored: an unknown key, a doubled key, "9600x",
 * a number out of range or a missing required key is an error.
 *
 * Only the plain subset of YAML is read: no anchors, aliases or tags (they are refused), at
 * most OHM_SCHEMA_BYTES_MAX bytes and OHM_SCHEMA_DEPTH_MAX levels. */
#ifndef OHM_CONFIG_SCHEMA_H
#define OHM_CONFIG_SCHEMA_H

#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_SCHEMA_BYTES_MAX = 1 << 20,
    OHM_SCHEMA_DEPTH_MAX = 8,
    OHM_SCHEMA_ERRORS_MAX = 50, /* further ones are counted, not printed */
};

typedef enum ohm_field_type {
    OHM_FIELD_TEXT,    /* char[size] in the struct, terminated */
    OHM_FIELD_PATH,    /* the same; a relative one is made one of the document's folder */
    OHM_FIELD_INT,     /* int64_t; min..max */
    OHM_FIELD_BOOL,    /* bool: true/false */
    OHM_FIELD_CHOICE,  /* int: index into choices */
    OHM_FIELD_DECIMAL, /* int64_t: the number times 10^decimals, exact; min..max of that */
    OHM_FIELD_CUSTOM,  /* parse() reads the scalar */
    OHM_FIELD_MAP,     /* a nested struct by `fields` */
    OHM_FIELD_LIST,    /* up to list_max structs of `size` bytes by `fields`, count in a uint16_t;
                          a single `fields` row with key "" reads a list of scalars or of lists */
    OHM_FIELD_KEYED,   /* a group of keys of any name, stored as a list is: of `fields` the first
                          row reads the key, the second a value that is a single one, and those
                          from the second on a group */
    OHM_FIELD_PAIRS,   /* a group of keys of any name: up to list_max ohm_schema_pair, stored as
                          a list is */
} ohm_field_type;

/* A key that the table does not know, with its value. */
typedef struct ohm_schema_pair {
    char key[32], value[96];
    uint32_t line;
} ohm_schema_pair;

typedef struct ohm_field ohm_field;

struct ohm_field {
    const char *key;
    ohm_field_type type;
    size_t offset; /* in the struct that `fields` describes */
    size_t size;   /* TEXT, PATH: bytes of the array; LIST: bytes of an element */
    bool required;
    int64_t min, max;
    int decimals;
    const char *const *choices; /* NULL-terminated */
    /* CUSTOM: reads `text` into `target`; on failure returns what is accepted, else NULL. */
    const char *(*parse)(ohm_span text, void *target);
    const ohm_field *fields; /* MAP, LIST: rows ended by a NULL key */
    uint16_t list_max;
    size_t count_offset;             /* LIST: where the uint16_t count is */
    void (*defaults)(void *element); /* LIST: what an element is before it is read; NULL: zeros
                                        that were there */
    /* LIST, PAIRS of an element of another list: not in the element but in one array of the
     * document, at `offset` from its beginning; this is where the document counts what it holds
     * (a uint16_t), and `first_offset` where the element keeps its first index. 0 = in the
     * element. */
    size_t pool_offset, first_offset;
    uint16_t pool_max;
    size_t line_offset;  /* LIST: where an element, MAP: where the struct around it keeps its
                            uint32_t line; 0 = nowhere */
    size_t given_offset; /* where to put a bool "was given"; 0 = nowhere */
    const char *help;    /* one line for the reference page: meaning, unit, default */
};

typedef struct ohm_schema_report {
    void (*line)(void *ctx, const char *text); /* one complete message, no newline */
    void *ctx;
    unsigned errors;
} ohm_schema_report;

/* Reads `yaml` into `target` (already holding the defaults). `file` is for messages, and says
 * where relative paths begin.
 * OHM_BAD_FORMAT when anything was reported; target then is not to be used. */
OHM_MUST_CHECK ohm_code ohm_schema_read(const ohm_field *fields, ohm_span yaml, const char *file,
                                        void *target, ohm_schema_report *report);

/* Reports one mistake found by later checks, in the same form. line 0 = the file as a whole. */
void ohm_schema_error(ohm_schema_report *report, const char *file, unsigned line, const char *path,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The reference page of a schema: one line a key, indented, as commented YAML. */
void ohm_schema_reference(const ohm_field *fields, int indent,
                          void (*line)(void *ctx, const char *text), void *ctx);

#endif
