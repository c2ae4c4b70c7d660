/* Presets of sensors: data/sensors/<name>.yaml says where a family of devices publishes (a topic of
 * a broker, a path of a URL) and what is in its payloads, so that a source need only name the
 * preset and the device. The format is described in docs/sensors.md.
 *
 * The shipped ones travel inside the binary; those of a folder of the user's (its subfolder
 * "sensors") add to them, and replace those of the same name. Reading is strict, and every
 * {parameter} that a text holds must be declared. */
#ifndef OHM_CONFIG_PRESET_H
#define OHM_CONFIG_PRESET_H

#include "config/site.h"

enum {
    OHM_PRESET_NAME_MAX = 32,
    OHM_PRESET_TEXT_MAX = 128,
    OHM_PRESET_SOURCE_MAX = 256,
    OHM_PRESET_PARAMETERS_MAX = 4,
    OHM_PRESET_VALUES_MAX = 32, /* with those of the source's own */
    OHM_PRESETS_MAX = 64,
    OHM_PRESET_FILE_MAX = 64 * 1024,
    OHM_PRESET_FAULT_MAX = 256,
};

/* What a preset wants to know of a device. */
typedef struct ohm_preset_parameter {
    char key[32];
    char fallback[OHM_PRESET_TEXT_MAX]; /* where it is left out; "" = it must be given */
    char example[OHM_PRESET_TEXT_MAX];
    char fr[OHM_PRESET_TEXT_MAX], en[OHM_PRESET_TEXT_MAX]; /* what it is, for people */
} ohm_preset_parameter;

typedef struct ohm_preset {
    char name[OHM_PRESET_NAME_MAX];
    char fr[OHM_PRESET_TEXT_MAX], en[OHM_PRESET_TEXT_MAX];
    char source[OHM_PRESET_SOURCE_MAX]; /* where its topics and fields were read */
    int protocol;                       /* index into ohm_site_protocols: mqtt or http */
    char path[OHM_PRESET_TEXT_MAX];     /* the topic, or what follows the host of a URL */
    char time[128];
    int64_t every_ms, stale_after_s; /* 0 = as usual */
    uint16_t parameters_count, values_count;
    ohm_preset_parameter parameters[OHM_PRESET_PARAMETERS_MAX];
    ohm_site_value values[OHM_PRESET_VALUES_MAX];
} ohm_preset;

/* Parameters that are given. */
typedef struct ohm_preset_given {
    const ohm_schema_pair *pairs;
    size_t count;
} ohm_preset_given;

/* One file's text. *out is to be used on OHM_OK only; its name is the caller's to set. */
OHM_MUST_CHECK ohm_code ohm_preset_parse(ohm_span yaml, const char *file, ohm_preset *out,
                                         ohm_schema_report *report);

/* The preset of that name: of `folder`/sensors if it is there (NULL: none), else the shipped one.
 * OHM_UNKNOWN: there is none; `fault` says so, or what is wrong with its file. */
OHM_MUST_CHECK ohm_code ohm_preset_load(const char *name, const char *folder, ohm_preset *out,
                                        char fault[static OHM_PRESET_FAULT_MAX]);

/* Every preset, in the order of their names; one whose file is wrong is left out. */
void ohm_presets_each(const char *folder, void (*each)(void *ctx, const ohm_preset *preset),
                      void *ctx);

/* The source's address: `port` as it is if it has a topic or a path, else with the preset's. On
 * failure `fault` says which parameter is missing, not known, or not usable. */
OHM_MUST_CHECK ohm_code ohm_preset_port(const ohm_preset *preset, const ohm_preset_given *given,
                                        const char *port, char ret_port[static OHM_SITE_PATH_MAX],
                                        char fault[static OHM_PRESET_FAULT_MAX]);

/* Its values, followed by `own`, which stand instead of the preset's of the same quantities. */
OHM_MUST_CHECK ohm_code ohm_preset_values(const ohm_preset *preset, const ohm_preset_given *given,
                                          const ohm_site_value *own, size_t own_count,
                                          ohm_site_value ret_values[static OHM_PRESET_VALUES_MAX],
                                          uint16_t *ret_count,
                                          char fault[static OHM_PRESET_FAULT_MAX]);

#endif
