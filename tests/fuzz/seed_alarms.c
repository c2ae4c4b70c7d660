/* Books as first inputs, of the present version and of version 1: usage: seed_alarms FOLDER */
#include "analysis/alarms.h"
#include "seed.h"

static uint8_t bytes[OHM_ALARMS_BYTES_MAX];
static size_t len;

static void put(int64_t value, int count)
{
    for (int i = 0; i < count; i++)
        bytes[len++] = (uint8_t)((uint64_t)value >> 8 * i);
}

static void put_text(const char *text)
{
    put((int64_t)strlen(text), 1);
    for (; *text; text++)
        put(*text, 1);
}

static void write_old(const char *folder)
{
    put(0x6d6c4f41, 4);
    put(1, 4);
    put(2, 8); /* next, judged, lost, alarms */
    put(OHM_NO_MS, 8);
    put(0, 8);
    put(1, 8);
    put(1, 8);
    put_text("drift");
    put_text("a/b/c/d");
    for (int i = 0; i < 4; i++)
        put(i * OHM_HOUR_MS, 8);
    put_text("user:a");
    for (int i = 0; i < 3; i++)
        put(1, 8);
    for (int i = 0; i < 2 + 3 * OHM_ALARM_HOURS; i++)
        put(i, 4);
    put(0, 8); /* taught */
    seed_write(folder, "old", ohm_span_of(bytes, len));
}

int main(int argc, char **argv)
{
    static ohm_alarms book;
    ohm_tz utc;
    uint32_t id;
    const ohm_alarm one = { .type = OHM_DETECT_ZERO, .series = "a/b/c/d", .end_ms = OHM_NO_MS };
    if (argc <= 1)
        return 1;
    ohm_tz_utc(&utc);
    ohm_alarms_init(&book);
    write_old(argv[1]);
    if (ohm_alarms_begin(&book, &utc, &one, &id) != OHM_OK ||
        ohm_alarms_teach(&book, &utc, id, "user:a", 0) != OHM_OK ||
        ohm_alarms_encode(&book, bytes, sizeof bytes, &len) != OHM_OK)
        return 1;
    seed_write(argv[1], "new", ohm_span_of(bytes, len));
    return 0;
}
