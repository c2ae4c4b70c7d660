#include "wire/mbus_search.h"

enum {
    ANY = 0xf,
    ANY_BYTE = 0xff,
    ID_DIGITS = 8,
    LAST_DIGIT = OHM_MBUS_SEARCH_DIGITS - 1,
    MEDIUM = OHM_MBUS_SEARCH_DIGITS,
    VERSION,
    NONE = -1,
};

static uint8_t any_of(int level)
{
    return level >= MEDIUM ? ANY_BYTE : ANY;
}

void ohm_mbus_search_init(ohm_mbus_search *s, const uint8_t mask[static 8])
{
    *s = (ohm_mbus_search){ .level = NONE };
    for (int i = 0; i < OHM_MBUS_SEARCH_DIGITS; i++) {
        s->value[i] = (uint8_t)(mask[i / 2] >> (i % 2 ? 0 : 4) & 0xf);
        s->fixed[i] = s->value[i] != ANY;
    }
    s->value[MEDIUM] = s->value[VERSION] = ANY_BYTE;
    for (int i = ID_DIGITS; i <= LAST_DIGIT; i++)
        if (s->fixed[i]) /* whole bytes are walked only where nothing is given of them */
            s->fixed[MEDIUM] = s->fixed[VERSION] = true;
}

void ohm_mbus_search_mask(const ohm_mbus_search *s, uint8_t out[static 8])
{
    for (int i = 0; i < OHM_MBUS_SEARCH_DIGITS; i += 2)
        out[i / 2] = (uint8_t)(s->value[i] << 4 | s->value[i + 1]);
    if (s->value[VERSION] != ANY_BYTE)
        out[6] = s->value[VERSION];
    if (s->value[MEDIUM] != ANY_BYTE)
        out[7] = s->value[MEDIUM];
}

/* The next level that is walked behind `level`; NONE: there is none. */
static int deeper(const ohm_mbus_search *s, int level)
{
    if (level >= MEDIUM)
        return level == MEDIUM ? VERSION : NONE;
    for (int i = level + 1; i <= LAST_DIGIT; i++)
        if (!s->fixed[i])
            return i;
    return NONE;
}

static int shallower(const ohm_mbus_search *s, int level)
{
    if (level == VERSION)
        return MEDIUM;
    int from = level == MEDIUM ? ID_DIGITS - 1 : level - 1;
    while (from >= 0 && s->fixed[from])
        from--;
    return from;
}

static void enter(ohm_mbus_search *s, int level)
{
    s->level = (int8_t)level;
    s->value[level] = 0;
    s->hits[level] = 0;
}

/* The last value of a level: an identification has decimal digits, unless they account for fewer
 * than the several that must be there. */
static uint8_t last_of(const ohm_mbus_search *s, int level)
{
    enum { LAST_DECIMAL = 9, LAST_HEX = 0xe, LAST_BYTE = 0xfe, LAST_MEDIUM = 0x3f };
    if (level >= MEDIUM)
        return level == MEDIUM ? LAST_MEDIUM : LAST_BYTE; /* device types end there */
    bool all = s->hits[level] >= 2 && s->value[level] <= LAST_DECIMAL;
    return level < ID_DIGITS && all ? LAST_DECIMAL : LAST_HEX;
}

/* To the next mask at this depth or above. */
static bool onward(ohm_mbus_search *s)
{
    while (s->level != NONE) {
        int level = s->level;
        if (s->value[level] < last_of(s, level)) {
            s->value[level]++;
            return true;
        }
        s->value[level] = any_of(level);
        bool first_of_rest =
            level >= ID_DIGITS && level <= LAST_DIGIT && shallower(s, level) < ID_DIGITS;
        if (first_of_rest && s->hits[level] == 0 && !s->fixed[MEDIUM]) {
            enter(s, MEDIUM); /* they know whole bytes only */
            return true;
        }
        s->level = (int8_t)shallower(s, level);
    }
    s->over = true;
    return false;
}

bool ohm_mbus_search_next(ohm_mbus_search *s, ohm_mbus_search_answer answer, bool *ret_stuck)
{
    *ret_stuck = false;
    if (s->level != NONE && s->hits[s->level] < 2)
        s->hits[s->level] = (uint8_t)(s->hits[s->level] + answer);
    if (answer == OHM_MBUS_SEARCH_SEVERAL) {
        int next = deeper(s, s->level);
        if (next != NONE) {
            enter(s, next);
            return true;
        }
        *ret_stuck = true;
    }
    return onward(s);
}

bool ohm_mbus_search_splits(const ohm_mbus_search *s)
{
    return deeper(s, s->level) != NONE;
}

unsigned ohm_mbus_search_permille(const ohm_mbus_search *s)
{
    unsigned done = 0, part = 1000;
    if (s->over)
        return part;
    for (int i = 0; i < ID_DIGITS && part >= 10 && s->level != NONE; i++) {
        if (s->fixed[i] || i > s->level)
            continue;
        unsigned digit = s->value[i] < 9 ? s->value[i] : 9;
        done += digit * part / 10;
        part /= 10;
    }
    return done;
}
