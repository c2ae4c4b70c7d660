#include "base/plausible.h"

bool ohm_quantity_plausible(ohm_quantity_id id, int64_t quantised)
{
    static const struct {
        const char *unit;
        int64_t low, high; /* in the unit */
    } limits[] = {
        { "W", -1000000000, 1000000000 }, /* a power station */
        { "var", -1000000000, 1000000000 },
        { "VA", -1000000000, 1000000000 },
        { "V", -1000000, 1000000 }, /* the grid's highest, and phasors */
        { "A", -1000000, 1000000 },
        { "Hz", 0, 1000 },    /* aircraft have 400 */
        { "C", -274, 2000 },  /* absolute zero; a furnace */
        { "K", -2300, 2300 }, /* differences */
        { "1", -2, 2 },       /* factors; meters overshoot */
        { "%", -100, 1000 },  /* tank levels and the like */
        { "bar", -2, 10000 },
        { "lx", 0, 1000000 },
        { "ppm", 0, 1000000 },
        { "Wh", 0, INT64_C(100000000000000) }, /* 100 TWh: a country's month */
        { "varh", 0, INT64_C(100000000000000) },
        { "VAh", 0, INT64_C(100000000000000) },
        { "m^3", 0, INT64_C(10000000000) },
        { "m^3/h", -1000000, 1000000 },
    };
    const ohm_quantity *q = ohm_quantity_get(id);
    int64_t scale = 1;
    for (int i = 0; i < q->decimals; i++)
        scale *= 10;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (ohm_span_is(ohm_span_text(limits[i].unit), q->unit))
            return quantised >= limits[i].low * scale && quantised <= limits[i].high * scale;
    return true; /* codes and counts without a unit */
}
