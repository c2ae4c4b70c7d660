#include "meter/mbus_profiles.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/yaml_files.h"

enum { FILE_BYTES_MAX = 65536 };

/* --- one file ----------------------------------------------------------------------------------
 */

typedef struct key_bytes {
    uint8_t len;
    uint8_t bytes[OHM_MBUS_KEY_BYTES_MAX];
} key_bytes;

typedef struct record_row {
    key_bytes dib, vib;
    int64_t subunit;
    char quantity[48];
    uint32_t line;
} record_row;

typedef struct file_row {
    char name[OHM_MBUS_PROFILE_NAME_MAX], label[OHM_MBUS_PROFILE_LABEL_MAX], source[256];
    char manufacturer[4];
    int64_t version, medium;
    uint16_t records_count;
    record_row records[OHM_MBUS_MAPPINGS_MAX];
} file_row;

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static const char *parse_hex(ohm_span text, void *target)
{
    static const char wanted[] = "bytes in hex, such as FDC8FF01";
    key_bytes *out = target;
    if (text.len == 0 || text.len % 2 != 0 || text.len / 2 > sizeof out->bytes)
        return wanted;
    for (size_t i = 0; i < text.len; i += 2) {
        int high = digit_of(text.ptr[i]), low = digit_of(text.ptr[i + 1]);
        if (high < 0 || low < 0)
            return wanted;
        out->bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    out->len = (uint8_t)(text.len / 2);
    return NULL;
}

#define TEXT(k, type_, member, must, text)                                                         \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_TEXT, .offset = offsetof(type_, member),                       \
        .size = sizeof(((type_ *)0)->member), .required = must, .help = text                       \
    }
#define INT(k, type_, member, most, text)                                                          \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_INT, .offset = offsetof(type_, member), .min = 0, .max = most, \
        .help = text                                                                               \
    }
#define HEX(k, member, must, text)                                                                 \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_CUSTOM, .offset = offsetof(record_row, member),                \
        .parse = parse_hex, .required = must, .help = text                                         \
    }

static void record_defaults(void *element)
{
    *(record_row *)element = (record_row){ .subunit = -1 };
}

static const ohm_field record_map[] = {
    HEX("vib", vib, true, "VIF and VIFEs, all of them"),
    HEX("dib", dib, false, "DIF and DIFEs, default any"),
    INT("subunit", record_row, subunit, 1023, "default any"),
    TEXT("quantity", record_row, quantity, true, "of the house's table; none: not one of ours"),
    { 0 },
};

static const ohm_field file_map[] = {
    TEXT("name", file_row, name, true, "a-z, 0-9 and -"),
    TEXT("label", file_row, label, true, "for people"),
    TEXT("source", file_row, source, true, "where it was published"),
    TEXT("manufacturer", file_row, manufacturer, false, "three letters, default any"),
    INT("version", file_row, version, 255, "default any"),
    INT("medium", file_row, medium, 255, "its code, default any"),
    { .key = "records",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(file_row, records),
      .size = sizeof(record_row),
      .fields = record_map,
      .list_max = OHM_MBUS_MAPPINGS_MAX,
      .count_offset = offsetof(file_row, records_count),
      .defaults = record_defaults,
      .line_offset = offsetof(record_row, line),
      .help = "what records mean" },
    { 0 },
};

static bool is_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && *p != '-')
            return false;
    return *name != 0;
}

static void take_record(const char *file, const record_row *row, size_t i,
                        ohm_mbus_profile_file *out, ohm_schema_report *report)
{
    ohm_quantity_id id = ohm_quantity_find(ohm_span_text(row->quantity));
    bool none = !strcmp(row->quantity, "none");
    if (id == OHM_Q_NONE && !none)
        ohm_schema_error(report, file, row->line, "", "no quantity '%s'", row->quantity);
    else if (!none && ohm_quantity_get(id)->kind == OHM_TEXT)
        ohm_schema_error(report, file, row->line, "", "%s is text", row->quantity);
    memcpy(out->bytes[i][0], row->dib.bytes, row->dib.len);
    memcpy(out->bytes[i][1], row->vib.bytes, row->vib.len);
    out->mappings[i] = (ohm_mbus_mapping){
        .dib = ohm_span_of(out->bytes[i][0], row->dib.len),
        .vib = ohm_span_of(out->bytes[i][1], row->vib.len),
        .subunit = (int32_t)row->subunit,
        .quantity = (uint16_t)id,
    };
}

static ohm_code read_file(ohm_span yaml, const char *name, file_row *file,
                          ohm_mbus_profile_file *out, ohm_schema_report *report)
{
    *file = (file_row){ .version = -1, .medium = -1 };
    ohm_code code = ohm_schema_read(file_map, yaml, name, file, report);
    if (code != OHM_OK)
        return code;
    unsigned before = report->errors;
    size_t maker = strlen(file->manufacturer);
    if (!is_name(file->name))
        ohm_schema_error(report, name, 0, "name", "a name is made of a-z, 0-9 and -");
    if (maker != 0 && maker != 3)
        ohm_schema_error(report, name, 0, "manufacturer", "a manufacturer has three letters");
    if (file->records_count == 0)
        ohm_schema_error(report, name, 0, "records", "no record: the profile says nothing");
    memcpy(out->name, file->name, sizeof out->name);
    memcpy(out->label, file->label, sizeof out->label);
    for (size_t i = 0; i < file->records_count; i++)
        take_record(name, &file->records[i], i, out, report);
    out->profile = (ohm_mbus_profile){
        .name = out->name,
        .label = out->label,
        .version = (int16_t)file->version,
        .medium = (int16_t)file->medium,
        .mappings = out->mappings,
        .mappings_count = file->records_count,
    };
    memcpy(out->profile.manufacturer, file->manufacturer, sizeof file->manufacturer);
    return report->errors == before ? OHM_OK : OHM_BAD_FORMAT;
}

ohm_code ohm_mbus_profile_parse(ohm_span yaml, const char *file, ohm_mbus_profile_file *out,
                                ohm_schema_report *report)
{
    file_row *row = calloc(1, sizeof *row);
    if (!row)
        return OHM_NO_MEMORY;
    ohm_code code = read_file(yaml, file, row, out, report);
    free(row);
    return code;
}

/* --- all of them -------------------------------------------------------------------------------
 */

typedef struct taker {
    ohm_mbus_profiles *all;
    char *fault;
    size_t cap;
} taker;

static ohm_code say(const taker *t, ohm_code code, const char *file, const char *what)
{
    return ohm_yaml_fault(t->fault, t->cap, code, file, what);
}

/* Keeps the first line of a report. */
static void keep_first(void *ctx, const char *text)
{
    const taker *t = ctx;
    if (!t->fault[0])
        (void)snprintf(t->fault, t->cap, "%s", text);
}

static ohm_code put(ohm_mbus_profiles *all, ohm_mbus_profile_file *profile, bool replace)
{
    size_t at = 0;
    int order = 1;
    while (at < all->count && (order = strcmp(all->items[at]->name, profile->name)) < 0)
        at++;
    bool same = at < all->count && order == 0;
    if (same && !replace)
        return OHM_CONFLICT;
    if (same) {
        free(all->items[at]);
        all->items[at] = profile;
        return OHM_OK;
    }
    if (all->count == OHM_MBUS_PROFILES_MAX)
        return OHM_TOO_BIG;
    memmove(&all->items[at + 1], &all->items[at], (all->count - at) * sizeof *all->items);
    all->items[at] = profile;
    all->count++;
    return OHM_OK;
}

static ohm_code add(void *ctx, ohm_span yaml, const char *file, bool replace)
{
    taker *t = ctx;
    ohm_mbus_profile_file *profile = calloc(1, sizeof *profile);
    if (!profile)
        return say(t, OHM_NO_MEMORY, file, "out of memory");
    t->fault[0] = 0;
    ohm_schema_report report = { .line = keep_first, .ctx = t };
    ohm_code code = ohm_mbus_profile_parse(yaml, file, profile, &report);
    if (code == OHM_OK) {
        code = put(t->all, profile, replace);
        if (code != OHM_OK)
            (void)say(t, code, file,
                      code == OHM_CONFLICT ? "another has the same name" : "too many profiles");
    }
    if (code != OHM_OK)
        free(profile);
    return code;
}

ohm_code ohm_mbus_profiles_load(const char *folder, ohm_mbus_profiles **ret_profiles, char *text,
                                size_t cap)
{
    taker t = { calloc(1, sizeof *t.all), text, cap };
    const ohm_yaml_files files = {
        .shipped = "data/mbus/",
        .folder = folder,
        .place = "mbus",
        .bytes_max = FILE_BYTES_MAX,
        .take = add,
        .ctx = &t,
        .fault = text,
        .fault_cap = cap,
    };
    if (!t.all)
        return say(&t, OHM_NO_MEMORY, "profiles", "out of memory");
    ohm_code code = ohm_yaml_files_each(&files);
    if (code != OHM_OK) {
        ohm_mbus_profiles_free(t.all);
        return code;
    }
    *ret_profiles = t.all;
    return OHM_OK;
}

void ohm_mbus_profiles_free(ohm_mbus_profiles *profiles)
{
    for (size_t i = 0; profiles && i < profiles->count; i++)
        free(profiles->items[i]);
    free(profiles);
}

const ohm_mbus_profile *ohm_mbus_profiles_find(const ohm_mbus_profiles *profiles, const char *name)
{
    for (size_t i = 0; i < profiles->count; i++)
        if (!strcmp(profiles->items[i]->name, name))
            return &profiles->items[i]->profile;
    return NULL;
}

const ohm_mbus_profile *ohm_mbus_profiles_choose(const ohm_mbus_profiles *profiles,
                                                 const ohm_mbus_message *message)
{
    for (size_t i = 0; profiles && i < profiles->count; i++)
        if (ohm_mbus_profile_fits(&profiles->items[i]->profile, message))
            return &profiles->items[i]->profile;
    return NULL;
}
