/* What the names of columns say of them: the words, and one decision over all of a head line. */
#include <string.h>

#include "tariff/use_csv_own.h"

enum { TOKENS_MAX = 12 };

typedef struct tokens {
    unsigned count;
    char words[TOKENS_MAX][16];
} tokens;

static char lower(uint8_t c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static void tokenize(ohm_span name, tokens *out)
{
    size_t len = 0;
    out->count = 0;
    for (size_t i = 0; i <= name.len && out->count < TOKENS_MAX; i++) {
        char c = i < name.len ? lower(name.ptr[i]) : '\0';
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (uint8_t)c >= 0x80;
        if (letter && len < sizeof out->words[0] - 1) {
            out->words[out->count][len++] = c;
        } else if (!letter && len) {
            out->words[out->count++][len] = '\0';
            len = 0;
        }
    }
}

static bool has(const tokens *t, const char *const *words)
{
    for (unsigned i = 0; i < t->count; i++)
        for (int w = 0; words[w]; w++)
            if (!strcmp(t->words[i], words[w]))
                return true;
    return false;
}

static const char *const time_words[] = { "utc",      "time", "timestamp", "date",  "datetime",
                                          "horodate", "ts",   "heure",     "local", "debut",
                                          "start",    "from", NULL };
static const char *const end_words[] = { "end", "to", "fin", NULL };
static const char *const power_words[] = { "power", "puissance", "w", "kw", "watt", "watts", NULL };
static const char *const va_words[] = { "va", "kva", "apparent", "apparente", "papp", NULL };
static const char *const reactive_words[] = { "reactive", "kvarh", "varh", "var", NULL };
static const char *const export_words[] = { "export",   "exported", "injection", "injected",
                                            "injectee", "surplus",  "feedin",    NULL };
static const char *const register_words[] = { "index",      "cum",    "meter", "register",
                                              "cumulative", "cumul",  "total", "counter",
                                              "compteur",   "releve", NULL };
static const char *const energy_words[] = { "wh",          "kwh",          "energy", "energie",
                                            "conso",       "value",        "valeur", "import",
                                            "consumption", "consommation", "use",    "load",
                                            NULL };
/* "energy_import (Wh)": our own name of a counter, of which others are made. */
static const char *const counter_words[][4] = { { "energy", "energie", NULL },
                                                { "import", "export", NULL } };
static const char *const kilo_words[] = { "kwh", "kw", "kva", "kvarh", NULL };
static const char *const utc_words[] = { "utc", "ts", NULL };
static const char *const horodate_words[] = { "horodate", NULL };

static void name_column(reader *r, column *c, ohm_span name)
{
    tokens t;
    tokenize(name, &t);
    size_t len = name.len < OHM_USE_CSV_NAME_MAX - 1 ? name.len : OHM_USE_CSV_NAME_MAX - 1;
    memcpy(c->name, name.ptr, len);
    c->name[len] = '\0';
    c->decimals = has(&t, kilo_words) ? 6 : 3;
    c->is_utc = has(&t, utc_words);
    bool chosen = r->io->column && ohm_span_is(name, r->io->column);
    bool is_value = has(&t, energy_words) || has(&t, power_words) || has(&t, register_words) ||
                    has(&t, export_words) || has(&t, va_words) || has(&t, reactive_words);
    if (has(&t, time_words) && !is_value) {
        c->role = has(&t, end_words) ? ROLE_END : ROLE_TIME;
        r->io->stamps_are_ends |= has(&t, horodate_words);
        return;
    }
    if (has(&t, end_words) && !is_value) {
        c->role = ROLE_END;
        return;
    }
    c->role = !is_value && !chosen      ? ROLE_NONE
              : has(&t, va_words)       ? ROLE_VA
              : has(&t, reactive_words) ? ROLE_REACTIVE
              : has(&t, export_words)   ? ROLE_EXPORT
                                        : ROLE_IMPORT;
    c->form = has(&t, register_words) ? FORM_REGISTER
              : has(&t, power_words)  ? FORM_POWER
                                      : FORM_STEP;
    if (c->form == FORM_STEP && has(&t, counter_words[0]) && has(&t, counter_words[1]))
        c->form = FORM_PERHAPS;
    if (c->form != FORM_POWER && r->io->form == OHM_USE_REGISTER)
        c->form = FORM_REGISTER;
    if (c->form != FORM_POWER && r->io->form == OHM_USE_STEPS)
        c->form = FORM_STEP;
    if (c->role == ROLE_VA)
        c->decimals -= 3; /* whole VA */
    /* One column of energy: the one that was asked for, else the first. */
    for (unsigned i = 0; c->role == ROLE_IMPORT && i < r->columns_count; i++)
        if (r->columns[i].role == ROLE_IMPORT) {
            if (!chosen)
                c->role = ROLE_NONE;
            else
                r->columns[i].role = ROLE_NONE;
        }
    if (c->role == ROLE_IMPORT && r->io->column && !chosen)
        c->role = ROLE_NONE;
}

bool ohm_use_csv_is_about(ohm_span name, const char *period_id)
{
    static const char *const french[][2] = {
        { "blue", "bleu" }, { "white", "blanc" }, { "red", "rouge" }, { "peak", "pointe" }
    };
    tokens has_words, asked;
    tokenize(name, &has_words);
    tokenize(ohm_span_text(period_id), &asked);
    for (unsigned i = 0; i < asked.count; i++) {
        const char *words[] = { asked.words[i], NULL, NULL };
        for (size_t f = 0; f < sizeof french / sizeof *french; f++)
            if (!strcmp(french[f][0], asked.words[i]))
                words[1] = french[f][1];
        if (!has(&has_words, words))
            return false;
    }
    return asked.count > 0;
}

unsigned ohm_use_csv_header(ohm_span text, ohm_span cells[static OHM_CSV_COLUMNS_MAX])
{
    ohm_span line;
    while (ohm_csv_line(&text, &line)) {
        ohm_span shown = ohm_csv_trim(line);
        if (!shown.len || shown.ptr[0] == '#')
            continue;
        bool semicolon = memchr(line.ptr, ';', line.len) != NULL;
        bool tab = !semicolon && memchr(line.ptr, '\t', line.len) != NULL;
        return ohm_csv_split(line, semicolon ? ';' : tab ? '\t' : ',', cells);
    }
    return 0;
}

const column *ohm_use_csv_column(const reader *r, role which)
{
    for (unsigned i = 0; i < r->columns_count; i++)
        if (r->columns[i].role == which)
            return &r->columns[i];
    return NULL;
}

/* Enedis's load curve: Horodate;Valeur is the mean power, W, of the step that ends there. */
static void enedis(reader *r, column *value)
{
    const column *time = ohm_use_csv_column(r, ROLE_TIME);
    tokens t, v;
    tokenize(ohm_span_text(time->name), &t);
    tokenize(ohm_span_text(value->name), &v);
    static const char *const plain[] = { "valeur", "value", NULL };
    if (has(&t, horodate_words) && v.count == 1 && has(&v, plain))
        value->form = FORM_POWER;
}

ohm_err ohm_use_csv_head(reader *r, ohm_span line)
{
    ohm_span cells[OHM_CSV_COLUMNS_MAX];
    if (line.len >= 3 && !memcmp(line.ptr, "\xef\xbb\xbf", 3))
        line = ohm_span_part(line, 3, line.len - 3);
    r->separator = ',';
    if (line.len && memchr(line.ptr, ';', line.len))
        r->separator = ';';
    else if (line.len && memchr(line.ptr, '\t', line.len))
        r->separator = '\t';
    unsigned count = ohm_csv_split(line, r->separator, cells);
    for (unsigned i = 0; i < count; i++) {
        column *c = &r->columns[i];
        *c = (column){ 0 };
        if (cells[i].len)
            name_column(r, c, cells[i]);
        r->columns_count = i + 1;
    }
    if (!ohm_use_csv_column(r, ROLE_TIME))
        return ohm_fail(OHM_BAD_FORMAT, r->line, "no column is a time (utc, time, date…)");
    const column *import = ohm_use_csv_column(r, ROLE_IMPORT);
    if (!import)
        return ohm_fail(OHM_BAD_FORMAT, r->line,
                        "no column is an energy, a power or a register (energy_wh, power_w, "
                        "index_wh…)");
    enedis(r, &r->columns[import - r->columns]);
    if (r->io->form != OHM_USE_GUESS && import->form == FORM_POWER)
        return ohm_fail(OHM_BAD_FORMAT, r->line,
                        "that column is a power: neither a register nor the energy of each step");
    memcpy(r->io->energy_column, import->name, sizeof r->io->energy_column);
    return ohm_ok();
}
