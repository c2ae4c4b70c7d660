#include "config/preset.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/nearest.h"
#include "host/assets.h"
#include "host/file.h"

static const char shipped[] = "data/sensors/";
static const char suffix[] = ".yaml";
static const char *const protocols[] = { "mqtt", "http", NULL };

#define TEXT(name, struct_type, member, must, text)                                                \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_TEXT, .offset = offsetof(struct_type, member),              \
        .size = sizeof(((struct_type *)0)->member), .required = must, .help = text                 \
    }

static const ohm_field parameter_map[] = {
    TEXT("key", ohm_preset_parameter, key, true, "as it stands in {braces} and in `with`"),
    TEXT("default", ohm_preset_parameter, fallback, false, "where it is left out"),
    TEXT("example", ohm_preset_parameter, example, false, "one that shows its form"),
    TEXT("fr", ohm_preset_parameter, fr, true, "what it is, in French"),
    TEXT("en", ohm_preset_parameter, en, true, "what it is, in English"),
    { 0 },
};

static const ohm_field preset_map[] = {
    TEXT("fr", ohm_preset, fr, true, "the devices that it is for, in French"),
    TEXT("en", ohm_preset, en, true, "the devices that it is for, in English"),
    TEXT("source", ohm_preset, source, true, "where its topics and fields were read"),
    { .key = "protocol",
      .type = OHM_FIELD_CHOICE,
      .offset = offsetof(ohm_preset, protocol),
      .required = true,
      .choices = protocols,
      .help = "how the devices are reached" },
    TEXT("path", ohm_preset, path, true, "the topic, or the path of the URL"),
    TEXT("time", ohm_preset, time, false, "pointer to where payloads say when"),
    { .key = "every_s",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_preset, every_ms),
      .decimals = 3,
      .min = 100,
      .max = 86400000,
      .help = "http: asked this often" },
    { .key = "stale_after_s",
      .type = OHM_FIELD_INT,
      .offset = offsetof(ohm_preset, stale_after_s),
      .min = 2,
      .max = 604800,
      .help = "silence after which its data counts as old" },
    { .key = "parameters",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_preset, parameters),
      .size = sizeof(ohm_preset_parameter),
      .fields = parameter_map,
      .list_max = OHM_PRESET_PARAMETERS_MAX,
      .count_offset = offsetof(ohm_preset, parameters_count),
      .help = "what it wants to know of a device" },
    { .key = "values",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_preset, values),
      .size = sizeof(ohm_site_value),
      .required = true,
      .fields = ohm_site_value_fields,
      .list_max = OHM_PRESET_VALUES_MAX,
      .count_offset = offsetof(ohm_preset, values_count),
      .line_offset = offsetof(ohm_site_value, line),
      .defaults = ohm_site_value_defaults,
      .help = "what is in the payloads; of several of one quantity the first that is there" },
    { 0 },
};

static const ohm_preset_parameter *find_parameter(const ohm_preset *preset, ohm_span key)
{
    for (int i = 0; i < preset->parameters_count; i++)
        if (ohm_span_is(key, preset->parameters[i].key))
            return &preset->parameters[i];
    return NULL;
}

/* The next {key} of a text; false: none, or no brace after it. */
static bool next_key(const char **at, ohm_span *ret_key)
{
    const char *open = strchr(*at, '{');
    const char *close = open ? strchr(open, '}') : NULL;
    if (!close)
        return false;
    *ret_key = ohm_span_of(open + 1, (size_t)(close - open - 1));
    *at = close + 1;
    return true;
}

static void check_text(const ohm_preset *preset, const char *file, unsigned line, const char *text,
                       ohm_schema_report *report)
{
    ohm_span key;
    while (next_key(&text, &key))
        if (!find_parameter(preset, key))
            ohm_schema_error(report, file, line, "parameters", "{%.*s} is not one of them",
                             (int)key.len, (const char *)key.ptr);
}

ohm_code ohm_preset_parse(ohm_span yaml, const char *file, ohm_preset *out,
                          ohm_schema_report *report)
{
    unsigned before = report->errors;
    memset(out, 0, sizeof *out);
    ohm_code code = ohm_schema_read(preset_map, yaml, file, out, report);
    if (code != OHM_OK)
        return code;
    const char *protocol = protocols[out->protocol];
    for (int i = 0; ohm_site_protocols[i]; i++)
        if (!strcmp(ohm_site_protocols[i], protocol))
            out->protocol = i;
    check_text(out, file, 0, out->path, report);
    for (int i = 0; i < out->values_count; i++) {
        check_text(out, file, out->values[i].line, out->values[i].topic, report);
        check_text(out, file, out->values[i].line, out->values[i].pointer, report);
    }
    if (!strcmp(protocol, "http") != (out->path[0] == '/'))
        ohm_schema_error(report, file, 0, "path", "of http begins with '/', of mqtt it does not");
    return report->errors == before ? OHM_OK : OHM_BAD_FORMAT;
}

/* --- where they are -----------------------------------------------------------------------------
 */

typedef struct first_line {
    char *text;
} first_line;

static void keep_first(void *ctx, const char *text)
{
    first_line *first = ctx;
    if (!first->text[0])
        (void)snprintf(first->text, OHM_PRESET_FAULT_MAX, "%s", text);
}

/* "zigbee2mqtt.yaml" is zigbee2mqtt; false: not a preset's file. */
static bool name_of(const char *file, char out[static OHM_PRESET_NAME_MAX])
{
    size_t len = strlen(file), tail = strlen(suffix);
    if (file[0] == '.' || len <= tail || len - tail >= OHM_PRESET_NAME_MAX ||
        strcmp(file + len - tail, suffix) != 0)
        return false;
    memcpy(out, file, len - tail);
    out[len - tail] = '\0';
    return true;
}

static ohm_code read_text(ohm_span yaml, const char *file, const char *name, ohm_preset *out,
                          char *fault)
{
    first_line first = { fault };
    ohm_schema_report report = { .line = keep_first, .ctx = &first };
    fault[0] = '\0';
    ohm_code code = ohm_preset_parse(yaml, file, out, &report);
    (void)snprintf(out->name, sizeof out->name, "%s", name);
    return code;
}

static ohm_code read_own(const char *path, const char *name, ohm_preset *out, char *fault)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_file_read(path, OHM_PRESET_FILE_MAX, &bytes, &len);
    if (ohm_failed(err)) {
        (void)snprintf(fault, OHM_PRESET_FAULT_MAX, "%.160s: %s", path, err.what);
        return err.code;
    }
    ohm_code code = read_text(ohm_span_of(bytes, len), path, name, out, fault);
    free(bytes);
    return code;
}

typedef struct list {
    size_t count;
    char names[OHM_PRESETS_MAX][OHM_PRESET_NAME_MAX];
} list;

/* In the order of the names, each once. */
static void put_name(list *all, const char *file)
{
    char name[OHM_PRESET_NAME_MAX];
    size_t at = 0;
    if (!name_of(file, name) || all->count == OHM_PRESETS_MAX)
        return;
    while (at < all->count && strcmp(all->names[at], name) < 0)
        at++;
    if (at < all->count && !strcmp(all->names[at], name))
        return;
    memmove(all->names[at + 1], all->names[at], (all->count - at) * sizeof *all->names);
    memcpy(all->names[at], name, sizeof name);
    all->count++;
}

static void list_all(const char *folder, list *all)
{
    char path[OHM_PATH_MAX];
    const ohm_asset *asset;
    all->count = 0;
    for (size_t i = 0; (asset = ohm_asset_at(i)) != NULL; i++)
        if (!strncmp(asset->name, shipped, strlen(shipped)))
            put_name(all, asset->name + strlen(shipped));
    int len = folder ? snprintf(path, sizeof path, "%s/sensors", folder) : -1;
    DIR *dir = len > 0 && len < (int)sizeof path ? opendir(path) : NULL;
    for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;)
        put_name(all, e->d_name);
    if (dir)
        (void)closedir(dir);
}

static ohm_code say_unknown(const char *name, const char *folder, char *fault)
{
    list *all = malloc(sizeof *all);
    const char *best = NULL;
    if (!all)
        return OHM_NO_MEMORY;
    list_all(folder, all);
    for (size_t i = 0; i < all->count; i++)
        best = ohm_nearest_pick(ohm_span_text(name), all->names[i], best);
    int len = snprintf(fault, OHM_PRESET_FAULT_MAX, "no preset has the name '%.40s'", name);
    if (best)
        (void)snprintf(fault + len, (size_t)(OHM_PRESET_FAULT_MAX - len), " (did you mean '%s'?)",
                       best);
    free(all);
    return OHM_UNKNOWN;
}

ohm_code ohm_preset_load(const char *name, const char *folder, ohm_preset *out,
                         char fault[static OHM_PRESET_FAULT_MAX])
{
    char path[OHM_PATH_MAX];
    if (!name[0] || strchr(name, '/') || strlen(name) >= OHM_PRESET_NAME_MAX)
        return say_unknown(name, folder, fault);
    int len = folder ? snprintf(path, sizeof path, "%s/sensors/%s%s", folder, name, suffix) : -1;
    FILE *own = len > 0 && len < (int)sizeof path ? fopen(path, "re") : NULL;
    if (own) {
        (void)fclose(own);
        return read_own(path, name, out, fault);
    }
    (void)snprintf(path, sizeof path, "%s%s%s", shipped, name, suffix);
    const ohm_asset *asset = ohm_asset_find(ohm_span_text(path));
    return asset ? read_text(asset->bytes, asset->name, name, out, fault)
                 : say_unknown(name, folder, fault);
}

void ohm_presets_each(const char *folder, void (*each)(void *ctx, const ohm_preset *preset),
                      void *ctx)
{
    char fault[OHM_PRESET_FAULT_MAX];
    list *all = malloc(sizeof *all);
    ohm_preset *preset = malloc(sizeof *preset);
    if (all && preset)
        list_all(folder, all);
    for (size_t i = 0; all && preset && i < all->count; i++)
        if (ohm_preset_load(all->names[i], folder, preset, fault) == OHM_OK)
            each(ctx, preset);
    free(preset);
    free(all);
}
