#include "config/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/number.h"
#include "config/nearest.h"

enum { MESSAGE_MAX = 512, PATH_MAX_LEN = 160 };

typedef struct walk {
    yaml_document_t *document;
    const char *file;
    ohm_schema_report *report;
    char path[PATH_MAX_LEN];
    char *root; /* the struct of the document */
} walk;

void ohm_schema_error(ohm_schema_report *report, const char *file, unsigned line, const char *path,
                      const char *format, ...)
{
    char message[MESSAGE_MAX];
    int n = line ? snprintf(message, sizeof message, "%s:%u: ", file, line)
                 : snprintf(message, sizeof message, "%s: ", file);
    if (n > 0 && (size_t)n < sizeof message && path && *path)
        n += snprintf(message + n, sizeof message - (size_t)n, "%s: ", path);
    if (n > 0 && (size_t)n < sizeof message) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(message + n, sizeof message - (size_t)n, format, args);
        va_end(args);
    }
    if (report->errors++ < OHM_SCHEMA_ERRORS_MAX)
        report->line(report->ctx, message);
}

__attribute__((format(printf, 3, 4))) static void complain(walk *w, const yaml_node_t *node,
                                                           const char *format, ...)
{
    char what[MESSAGE_MAX / 2], file[MESSAGE_MAX / 2];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    (void)snprintf(file, sizeof file, "%s:%zu:%zu", w->file, node->start_mark.line + 1,
                   node->start_mark.column + 1);
    ohm_schema_error(w->report, file, 0, w->path, "%s", what);
}

static const char *kind_of(const yaml_node_t *node)
{
    if (node->type == YAML_MAPPING_NODE)
        return "a group of keys";
    return node->type == YAML_SEQUENCE_NODE ? "a list" : "a single value";
}

static ohm_span scalar_of(const yaml_node_t *node)
{
    return ohm_span_of(node->data.scalar.value, node->data.scalar.length);
}

static void read_text(walk *w, const ohm_field *field, const yaml_node_t *node, char *out)
{
    ohm_span text = scalar_of(node);
    if (text.len >= field->size) {
        complain(w, node, "is %zu characters long, at most %zu are accepted", text.len,
                 field->size - 1);
        return;
    }
    if (text.len && memchr(text.ptr, 0, text.len)) {
        complain(w, node, "holds a NUL character");
        return;
    }
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
}

/* A file that the document names lies beside it, wherever the program was started. */
static void read_path(walk *w, const ohm_field *field, const yaml_node_t *node, char *out)
{
    const char *slash = strrchr(w->file, '/');
    size_t folder = slash ? (size_t)(slash - w->file) + 1 : 0;
    ohm_span text = scalar_of(node);
    if (text.len == 0 || text.ptr[0] == '/')
        folder = 0;
    if (folder + text.len >= field->size) {
        complain(w, node, "with the folder of this file is longer than %zu characters",
                 field->size - 1);
        return;
    }
    memcpy(out, w->file, folder);
    read_text(w, field, node, out + folder);
}

/* What a key counts, as its end says: " of watts". */
static const char *of_what(const char *key)
{
    static const struct {
        const char *end, *words;
    } units[] = { { "_w", " of watts" },
                  { "_va", " of VA" },
                  { "_s", " of seconds" },
                  { "_wh_per_k", " of Wh per kelvin" },
                  { "_w_per_k", " of W per kelvin" },
                  { "_minutes", " of minutes" },
                  { "_percent", " of per cent" } };
    size_t len = strlen(key);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t end = strlen(units[i].end);
        if (len > end && !strcmp(key + len - end, units[i].end))
            return units[i].words;
    }
    return "";
}

static void read_int(walk *w, const ohm_field *field, const yaml_node_t *node, void *out)
{
    ohm_span text = scalar_of(node);
    int64_t value;
    if (ohm_number_int(text, &value) != OHM_OK)
        complain(w, node, "'%.*s' is not a whole number%s", (int)text.len, (const char *)text.ptr,
                 of_what(field->key));
    else if (value < field->min || value > field->max)
        complain(w, node, "%lld is out of range (%lld to %lld)", (long long)value,
                 (long long)field->min, (long long)field->max);
    else
        memcpy(out, &value, sizeof value);
}

static double scaled(int64_t value, int decimals)
{
    double of = (double)value;
    for (; decimals > 0; decimals--)
        of /= 10;
    return of;
}

/* Decimals that a bound needs to be said exactly. */
static int decimals_of(int64_t value, int decimals)
{
    for (; decimals > 0 && value % 10 == 0; decimals--)
        value /= 10;
    return decimals;
}

static void read_decimal(walk *w, const ohm_field *field, const yaml_node_t *node, void *out)
{
    ohm_span text = scalar_of(node);
    int64_t value;
    ohm_code code = ohm_number_scaled(text, field->decimals, &value);
    if (code == OHM_RANGE)
        complain(w, node, "'%.*s' is too large or has more than %d decimals", (int)text.len,
                 (const char *)text.ptr, field->decimals);
    else if (code != OHM_OK)
        complain(w, node, "'%.*s' is not a number (write it without a unit, as 9 or 0.2065)",
                 (int)text.len, (const char *)text.ptr);
    else if (value < field->min || value > field->max)
        complain(w, node, "'%.*s' is out of range (%.*f to %.*f)", (int)text.len,
                 (const char *)text.ptr, decimals_of(field->min, field->decimals),
                 scaled(field->min, field->decimals), decimals_of(field->max, field->decimals),
                 scaled(field->max, field->decimals));
    else
        memcpy(out, &value, sizeof value);
}

static void read_bool(walk *w, const yaml_node_t *node, bool *out)
{
    ohm_span text = scalar_of(node);
    if (ohm_span_is(text, "true"))
        *out = true;
    else if (ohm_span_is(text, "false"))
        *out = false;
    else
        complain(w, node, "'%.*s' is neither true nor false", (int)text.len,
                 (const char *)text.ptr);
}

static void read_choice(walk *w, const ohm_field *field, const yaml_node_t *node, int *out)
{
    ohm_span text = scalar_of(node);
    for (int i = 0; field->choices[i]; i++) {
        if (ohm_span_is(text, field->choices[i])) {
            *out = i;
            return;
        }
    }
    char list[MESSAGE_MAX / 4];
    ohm_nearest_list(field->choices, list, sizeof list);
    complain(w, node, "'%.*s' is not known (one of %s)", (int)text.len, (const char *)text.ptr,
             list);
}

static void read_scalar(walk *w, const ohm_field *field, const yaml_node_t *node, char *target)
{
    if (node->type != YAML_SCALAR_NODE) {
        complain(w, node, "is %s, a single value is expected", kind_of(node));
        return;
    }
    char *out = target + field->offset;
    const char *accepted;
    switch (field->type) {
    case OHM_FIELD_TEXT:
        read_text(w, field, node, out);
        break;
    case OHM_FIELD_PATH:
        read_path(w, field, node, out);
        break;
    case OHM_FIELD_INT:
        read_int(w, field, node, out);
        break;
    case OHM_FIELD_DECIMAL:
        read_decimal(w, field, node, out);
        break;
    case OHM_FIELD_BOOL:
        read_bool(w, node, (bool *)(void *)out);
        break;
    case OHM_FIELD_CHOICE:
        read_choice(w, field, node, (int *)(void *)out);
        break;
    case OHM_FIELD_CUSTOM:
        accepted = field->parse(scalar_of(node), out);
        if (accepted)
            complain(w, node, "'%.*s' is not accepted (%s)", (int)node->data.scalar.length,
                     (const char *)node->data.scalar.value, accepted);
        break;
    case OHM_FIELD_MAP:
    case OHM_FIELD_LIST:
    case OHM_FIELD_KEYED:
    case OHM_FIELD_PAIRS:
        assert(false && "not a scalar field");
    }
}

static void read_map(walk *w, const ohm_field *fields, const yaml_node_t *node, char *target,
                     int depth);

/* Appends a key or an index to the path for the time of one child; returns the old length. */
static size_t path_push(walk *w, const char *key, int index)
{
    size_t old = strlen(w->path);
    char *end = w->path + old;
    size_t room = sizeof w->path - old;
    if (key)
        (void)snprintf(end, room, "%s%s", old ? "." : "", key);
    else
        (void)snprintf(end, room, "[%d]", index);
    return old;
}

/* Where `count` elements of a list go: into the element that has it, or behind those that other
 * elements have in the array of the document. NULL: they are too many, which was said. */
static char *place_of(walk *w, const ohm_field *field, const yaml_node_t *node, char *target,
                      size_t count)
{
    uint16_t stored = (uint16_t)count, used = 0;
    if (count > field->list_max) {
        complain(w, node, "has %zu entries, at most %u are accepted", count, field->list_max);
        return NULL;
    }
    if (!field->pool_offset) {
        memcpy(target + field->count_offset, &stored, sizeof stored);
        return target + field->offset;
    }
    memcpy(&used, w->root + field->pool_offset, sizeof used);
    if (count > (size_t)(field->pool_max - used)) {
        complain(w, node, "the file has more than %u of these in all", field->pool_max);
        return NULL;
    }
    memcpy(target + field->count_offset, &stored, sizeof stored);
    memcpy(target + field->first_offset, &used, sizeof used);
    char *first = w->root + field->offset + used * field->size;
    used = (uint16_t)(used + stored);
    memcpy(w->root + field->pool_offset, &used, sizeof used);
    return first;
}

static void read_field(walk *w, const ohm_field *field, const yaml_node_t *node, char *target,
                       int depth);

static void keep_line(const ohm_field *field, const yaml_node_t *node, char *target)
{
    uint32_t line = (uint32_t)node->start_mark.line + 1;
    if (field->line_offset)
        memcpy(target + field->line_offset, &line, sizeof line);
}

static void read_list(walk *w, const ohm_field *field, const yaml_node_t *node, char *target,
                      int depth)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        complain(w, node, "is %s, a list is expected", kind_of(node));
        return;
    }
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    char *first = place_of(w, field, node, target, count);
    for (size_t i = 0; first && i < count; i++) {
        const yaml_node_t *item =
            yaml_document_get_node(w->document, node->data.sequence.items.start[i]);
        char *element = first + i * field->size;
        size_t old = path_push(w, NULL, (int)i);
        if (field->defaults)
            field->defaults(element);
        keep_line(field, item, element);
        if (field->fields[0].key && !field->fields[0].key[0])
            read_field(w, &field->fields[0], item, element, depth + 1);
        else
            read_map(w, field->fields, item, element, depth + 1);
        w->path[old] = '\0';
    }
}

static void read_keyed(walk *w, const ohm_field *field, const yaml_node_t *node, char *target,
                       int depth)
{
    if (node->type != YAML_MAPPING_NODE) {
        complain(w, node, "is %s, a group of keys is expected", kind_of(node));
        return;
    }
    const yaml_node_pair_t *from = node->data.mapping.pairs.start;
    size_t count = (size_t)(node->data.mapping.pairs.top - from);
    char *first = place_of(w, field, node, target, count);
    for (size_t i = 0; first && i < count; i++) {
        const yaml_node_t *value = yaml_document_get_node(w->document, from[i].value);
        char *element = first + i * field->size;
        size_t old = path_push(w, NULL, (int)i);
        if (field->defaults)
            field->defaults(element);
        read_scalar(w, &field->fields[0], yaml_document_get_node(w->document, from[i].key),
                    element);
        if (value->type == YAML_MAPPING_NODE)
            read_map(w, field->fields + 1, value, element, depth + 1);
        else
            read_scalar(w, &field->fields[1], value, element);
        w->path[old] = '\0';
    }
}

static const ohm_field pair_fields[] = {
    { .key = "key",
      .offset = offsetof(ohm_schema_pair, key),
      .size = sizeof(((ohm_schema_pair *)0)->key) },
    { .key = "value",
      .offset = offsetof(ohm_schema_pair, value),
      .size = sizeof(((ohm_schema_pair *)0)->value) },
};

static bool is_given_before(const ohm_schema_pair *first, const ohm_schema_pair *pair)
{
    for (const ohm_schema_pair *p = first; p < pair; p++)
        if (!strcmp(p->key, pair->key))
            return true;
    return false;
}

static void read_pairs(walk *w, const ohm_field *field, const yaml_node_t *node, char *target)
{
    if (node->type != YAML_MAPPING_NODE) {
        complain(w, node, "is %s, a group of keys is expected", kind_of(node));
        return;
    }
    const yaml_node_pair_t *from = node->data.mapping.pairs.start;
    size_t count = (size_t)(node->data.mapping.pairs.top - from);
    char *first = place_of(w, field, node, target, count);
    for (size_t i = 0; first && i < count; i++) {
        const yaml_node_t *key = yaml_document_get_node(w->document, from[i].key);
        const yaml_node_t *value = yaml_document_get_node(w->document, from[i].value);
        ohm_schema_pair *pair = (void *)(first + i * field->size);
        *pair = (ohm_schema_pair){ .line = (uint32_t)key->start_mark.line + 1 };
        if (key->type != YAML_SCALAR_NODE || value->type != YAML_SCALAR_NODE) {
            complain(w, key, "keys with single values are expected");
            continue;
        }
        read_text(w, &pair_fields[0], key, pair->key);
        read_text(w, &pair_fields[1], value, pair->value);
        if (is_given_before((const ohm_schema_pair *)first, pair))
            complain(w, key, "'%s' is given twice", pair->key);
    }
}

static void read_field(walk *w, const ohm_field *field, const yaml_node_t *node, char *target,
                       int depth)
{
    if (field->given_offset)
        target[field->given_offset] = true;
    if (field->type == OHM_FIELD_MAP) {
        keep_line(field, node, target);
        read_map(w, field->fields, node, target + field->offset, depth + 1);
    } else if (field->type == OHM_FIELD_LIST)
        read_list(w, field, node, target, depth);
    else if (field->type == OHM_FIELD_KEYED)
        read_keyed(w, field, node, target, depth);
    else if (field->type == OHM_FIELD_PAIRS)
        read_pairs(w, field, node, target);
    else
        read_scalar(w, field, node, target);
}

static const ohm_field *find_field(const ohm_field *fields, ohm_span key)
{
    for (const ohm_field *f = fields; f->key; f++)
        if (ohm_span_is(key, f->key))
            return f;
    return NULL;
}

static void unknown_key(walk *w, const ohm_field *fields, const yaml_node_t *node)
{
    ohm_span key = scalar_of(node);
    const char *best = NULL;
    for (const ohm_field *f = fields; f->key; f++)
        best = ohm_nearest_pick(key, f->key, best);
    complain(w, node, best ? "unknown key '%.*s' (did you mean '%s'?)" : "unknown key '%.*s'%s",
             (int)key.len, (const char *)key.ptr, best ? best : "");
}

enum { KEYS_MAX = 64 };

static void read_map(walk *w, const ohm_field *fields, const yaml_node_t *node, char *target,
                     int depth)
{
    if (node->type != YAML_MAPPING_NODE || depth > OHM_SCHEMA_DEPTH_MAX) {
        complain(w, node, "is %s, a group of keys is expected", kind_of(node));
        return;
    }
    bool seen[KEYS_MAX] = { false };
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(w->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(w->document, pair->value);
        if (key->type != YAML_SCALAR_NODE) {
            complain(w, key, "a key must be plain text");
            continue;
        }
        const ohm_field *field = find_field(fields, scalar_of(key));
        if (!field) {
            unknown_key(w, fields, key);
            continue;
        }
        size_t index = (size_t)(field - fields);
        assert(index < KEYS_MAX);
        size_t old = path_push(w, field->key, 0);
        if (seen[index])
            complain(w, key, "is given twice");
        seen[index] = true;
        read_field(w, field, value, target, depth);
        w->path[old] = '\0';
    }
    for (size_t i = 0; fields[i].key; i++)
        if (fields[i].required && !seen[i])
            complain(w, node, "'%s' is missing (%s)", fields[i].key, fields[i].help);
}

/* Aliases make graphs out of trees, and tags make types out of text: neither is needed, so the
 * scanner refuses both before a document is built from them. */
static bool plain_yaml(ohm_span yaml, const char *file, ohm_schema_report *report)
{
    yaml_parser_t parser;
    yaml_event_t event;
    bool good = yaml_parser_initialize(&parser) != 0, done = !good;
    int depth = 0, documents = 0;
    if (good)
        yaml_parser_set_input_string(&parser, yaml.ptr, yaml.len);
    while (!done) {
        if (!yaml_parser_parse(&parser, &event)) {
            ohm_schema_error(report, file, (unsigned)parser.problem_mark.line + 1, NULL,
                             "not YAML: %s", parser.problem ? parser.problem : "out of memory");
            good = false;
            break;
        }
        unsigned line = (unsigned)event.start_mark.line + 1;
        bool opens =
            event.type == YAML_MAPPING_START_EVENT || event.type == YAML_SEQUENCE_START_EVENT;
        bool closes = event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT;
        depth += opens - closes;
        done = event.type == YAML_STREAM_END_EVENT;
        documents += event.type == YAML_DOCUMENT_START_EVENT;
        bool bad = event.type == YAML_ALIAS_EVENT || depth > 2 * OHM_SCHEMA_DEPTH_MAX ||
                   (event.type == YAML_SCALAR_EVENT &&
                    (event.data.scalar.tag || event.data.scalar.anchor)) ||
                   (event.type == YAML_MAPPING_START_EVENT &&
                    (event.data.mapping_start.tag || event.data.mapping_start.anchor)) ||
                   (event.type == YAML_SEQUENCE_START_EVENT &&
                    (event.data.sequence_start.tag || event.data.sequence_start.anchor));
        yaml_event_delete(&event);
        if (bad || documents > 1) {
            ohm_schema_error(report, file, line, NULL,
                             bad ? "anchors, aliases, tags and deep nesting are not accepted"
                                 : "a second document ('---') begins here: one is accepted");
            good = false;
            break;
        }
    }
    yaml_parser_delete(&parser);
    return good;
}

ohm_code ohm_schema_read(const ohm_field *fields, ohm_span yaml, const char *file, void *target,
                         ohm_schema_report *report)
{
    if (yaml.len > OHM_SCHEMA_BYTES_MAX) {
        ohm_schema_error(report, file, 0, NULL, "larger than %d bytes", OHM_SCHEMA_BYTES_MAX);
        return OHM_TOO_BIG;
    }
    if (!plain_yaml(yaml, file, report))
        return OHM_BAD_FORMAT;

    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser))
        return OHM_NO_MEMORY;
    yaml_parser_set_input_string(&parser, yaml.ptr, yaml.len);
    unsigned before = report->errors;
    if (!yaml_parser_load(&parser, &document)) {
        ohm_schema_error(report, file, (unsigned)parser.problem_mark.line + 1, NULL, "not YAML: %s",
                         parser.problem ? parser.problem : "out of memory");
        yaml_parser_delete(&parser);
        return OHM_BAD_FORMAT;
    }
    walk w = { &document, file, report, "", target };
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    if (root)
        read_map(&w, fields, root, target, 0);
    else
        ohm_schema_error(report, file, 0, NULL, "is empty");
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return report->errors == before ? OHM_OK : OHM_BAD_FORMAT;
}

void ohm_schema_reference(const ohm_field *fields, int indent,
                          void (*line)(void *ctx, const char *text), void *ctx)
{
    assert(indent <= 4 * OHM_SCHEMA_DEPTH_MAX);
    for (const ohm_field *f = fields; f->key && f->key[0]; f++) {
        char text[MESSAGE_MAX], choices[MESSAGE_MAX / 2] = "";
        if (f->type == OHM_FIELD_CHOICE)
            ohm_nearest_list(f->choices, choices, sizeof choices);
        (void)snprintf(text, sizeof text, "%*s%s:%s  # %s%s%s%s%s", indent, "", f->key,
                       f->type == OHM_FIELD_LIST                                  ? " []"
                       : f->type == OHM_FIELD_PAIRS || f->type == OHM_FIELD_KEYED ? " {}"
                                                                                  : "",
                       f->help, f->required ? " (required)" : "", choices[0] ? " [" : "", choices,
                       choices[0] ? "]" : "");
        line(ctx, text);
        if (f->fields)
            ohm_schema_reference(f->fields, indent + 2, line, ctx);
    }
}
