#include "wire/tic_encode.h"

enum { STX = 0x02, ETX = 0x03, EOT = 0x04, LF = 0x0a, CR = 0x0d, SP = 0x20, HT = 0x09 };

void ohm_tic_put_open(ohm_writer *w)
{
    ohm_put_u8(w, STX);
}

void ohm_tic_put_close(ohm_writer *w)
{
    ohm_put_u8(w, ETX);
}

void ohm_tic_put_cut(ohm_writer *w)
{
    ohm_put_u8(w, EOT);
}

void ohm_tic_put(ohm_writer *w, ohm_tic_mode mode, ohm_span label, ohm_span date, ohm_span text)
{
    assert(mode == OHM_TIC_HISTORIC || mode == OHM_TIC_STANDARD);
    assert(mode == OHM_TIC_STANDARD || date.len == 0);
    assert(label.len > 0 && label.len <= OHM_TIC_LABEL_MAX);
    uint8_t bytes[OHM_TIC_GROUP_MAX], separator = mode == OHM_TIC_STANDARD ? HT : SP;
    ohm_writer group = ohm_writer_over(bytes, sizeof bytes);
    ohm_put_bytes(&group, label);
    ohm_put_u8(&group, separator);
    if (date.len > 0) {
        ohm_put_bytes(&group, date);
        ohm_put_u8(&group, separator);
    }
    ohm_put_bytes(&group, text);
    size_t summed = group.len + (mode == OHM_TIC_STANDARD ? 1 : 0);
    ohm_put_u8(&group, separator);
    assert(!group.full && group.len < OHM_TIC_GROUP_MAX);
    ohm_put_u8(w, LF);
    ohm_put_bytes(w, ohm_writer_span(&group));
    ohm_put_u8(w, ohm_tic_checksum(ohm_span_of(bytes, summed)));
    ohm_put_u8(w, CR);
}

static void put_two(char *out, unsigned number)
{
    out[0] = (char)('0' + number / 10 % 10);
    out[1] = (char)('0' + number % 10);
}

void ohm_tic_date_write(const ohm_tz *tz, ohm_ms utc_ms, bool degraded,
                        char out[static OHM_TIC_DATE_LEN + 1])
{
    ohm_civil c = ohm_civil_from_utc(tz, utc_ms);
    bool summer = ohm_tz_is_dst(tz, utc_ms);
    out[0] = summer ? (degraded ? 'e' : 'E') : (degraded ? 'h' : 'H');
    put_two(out + 1, (unsigned)c.date.year % 100);
    put_two(out + 3, c.date.month);
    put_two(out + 5, c.date.day);
    put_two(out + 7, c.hour);
    put_two(out + 9, c.minute);
    put_two(out + 11, c.second);
    out[OHM_TIC_DATE_LEN] = 0;
}
