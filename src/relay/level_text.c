#include "relay/level_text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "relay/http_dialect.h"

enum { NUMBER_MAX = 24, DECI = 10, ORDERS = 6, REST = -1 };
#define WATTS_MAX 1e6

/* As ohm_order numbers them (control/setting.h), from the most heat to the least. */
static const char *const order_words[][ORDERS] = {
    [OHM_LEVEL_FRENCH] = { "confort", "confort_1", "confort_2", "eco", "hors_gel", "arret" },
    [OHM_LEVEL_ZIGBEE2MQTT] = { "comfort", "comfort_-1", "comfort_-2", "eco", "frost_protection",
                                "off" },
};

static const char *word_of(const ohm_level_call *call, int32_t level)
{
    bool order = call->form.order && level >= 0 && level < ORDERS;
    return order ? order_words[call->words][level] : "";
}

/* Tenths of an ampere, without a decimal where they are whole. */
static void put_amperes(const ohm_level_form *form, int32_t level, char out[static NUMBER_MAX])
{
    int64_t volts = (int64_t)form->voltage * form->phases;
    int64_t deci = volts > 0 ? ((int64_t)level * DECI + volts / 2) / volts : 0;
    if (deci % DECI == 0)
        (void)snprintf(out, NUMBER_MAX, "%" PRId64, deci / DECI);
    else
        (void)snprintf(out, NUMBER_MAX, "%" PRId64 ".%" PRId64, deci / DECI, deci % DECI);
}

/* What a level is told as, W. */
static int32_t told_w(const ohm_level_form *form, int32_t level)
{
    return form->gives && level == REST ? 0 : level;
}

/* A battery that says 0 W rests if it was told to; else nobody knows who told it. */
static int32_t near(const ohm_level_form *form, int64_t watts, int32_t told)
{
    int64_t off = watts - told_w(form, told);
    return 2 * (off < 0 ? -off : off) < form->step_w ? told : (int32_t)watts;
}

ohm_code ohm_level_fill(const ohm_level_call *call, const char *from, int32_t level,
                        char out[static OHM_LEVEL_TEXT_MAX])
{
    char watts[NUMBER_MAX], amperes[NUMBER_MAX], seconds[NUMBER_MAX];
    const struct {
        const char *key, *with;
    } keys[] = { { "{w}", watts },
                 { "{a}", amperes },
                 { "{order}", word_of(call, level) },
                 { "{device}", call->device },
                 { "{deadman_s}", seconds } };
    (void)snprintf(watts, sizeof watts, "%" PRId32, told_w(&call->form, level));
    put_amperes(&call->form, level, amperes);
    (void)snprintf(seconds, sizeof seconds, "%" PRId64, call->deadman_s);
    size_t at = 0;
    while (*from) {
        const char one[2] = { *from, '\0' };
        const char *with = one;
        size_t step = 1;
        for (size_t k = 0; k < sizeof keys / sizeof *keys && step == 1; k++)
            if (strncmp(from, keys[k].key, strlen(keys[k].key)) == 0) {
                with = keys[k].with;
                step = strlen(keys[k].key);
            }
        size_t len = strlen(with);
        if (len >= OHM_LEVEL_TEXT_MAX - at)
            return OHM_TOO_BIG;
        memcpy(out + at, with, len);
        at += len;
        from += step;
    }
    out[at] = '\0';
    return OHM_OK;
}

/* --- what it says ------------------------------------------------------------------------------
 */

static bool read_word(const ohm_level_call *call, const char *text, size_t len, int32_t *ret_level)
{
    for (int32_t o = 0; o < ORDERS && call->form.order; o++)
        if (strlen(word_of(call, o)) == len && memcmp(word_of(call, o), text, len) == 0) {
            *ret_level = o;
            return true;
        }
    return false;
}

static bool read_number(const ohm_level_call *call, double value, int32_t told, int32_t *ret_level)
{
    const ohm_level_form *form = &call->form;
    double watts = form->amperes ? value * form->voltage * form->phases : value;
    if (form->order || !(watts >= (form->gives ? -WATTS_MAX : 0) && watts <= WATTS_MAX))
        return false;
    *ret_level = near(form, (int64_t)(watts + (watts < 0 ? -0.5 : 0.5)), told);
    return true;
}

bool ohm_level_read(const ohm_level_call *call, const char *pointer, ohm_span body, int32_t told,
                    int32_t *ret_level)
{
    json_error_t error;
    json_t *root = json_loadb((const char *)body.ptr, body.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    const json_t *value = root ? ohm_http_point(root, pointer) : NULL;
    bool said = false;
    if (json_is_number(value))
        said = read_number(call, json_number_value(value), told, ret_level);
    else if (json_is_string(value))
        said = read_word(call, json_string_value(value), json_string_length(value), ret_level);
    bool bare = !root && !pointer[0] && body.len > 0;
    json_decref(root);
    return bare ? read_word(call, (const char *)body.ptr, body.len, ret_level) : said;
}

/* --- registers ----------------------------------------------------------------------------------
 */

/* So many of a register's counts are so many W. */
static void scale_of(const ohm_level_form *form, ohm_level_unit unit, int64_t *ret_counts,
                     int64_t *ret_watts)
{
    int64_t volts = (int64_t)form->voltage * form->phases;
    *ret_counts = unit == OHM_LEVEL_DECI_A ? DECI : 1;
    *ret_watts = unit == OHM_LEVEL_W || volts == 0 ? 1 : volts;
}

uint16_t ohm_level_register(const ohm_level_form *form, ohm_level_unit unit, int32_t level)
{
    int64_t counts, watts;
    scale_of(form, unit, &counts, &watts);
    if (form->gives) { /* signed: two's complement */
        int64_t w = told_w(form, level);
        return (uint16_t)(int16_t)(w < INT16_MIN ? INT16_MIN : w > INT16_MAX ? INT16_MAX : w);
    }
    int64_t value = level > 0 ? (level * counts + watts / 2) / watts : 0;
    return value > UINT16_MAX ? UINT16_MAX : (uint16_t)value;
}

int32_t ohm_level_of_register(const ohm_level_form *form, ohm_level_unit unit, uint16_t value,
                              int32_t told)
{
    int64_t counts, watts;
    scale_of(form, unit, &counts, &watts);
    return near(form, form->gives ? (int16_t)value : value * watts / counts, told);
}
