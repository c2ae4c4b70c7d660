#include "store/mirror_todo.h"

#include "base/number.h"
#include "store/text.h"

void ohm_mirror_todo_init(ohm_mirror_todo *todo)
{
    *todo = (ohm_mirror_todo){ .count = 0 };
}

void ohm_mirror_todo_device(ohm_mirror_todo *todo, uint16_t device, const char *key)
{
    assert(device < OHM_DEVICES_MAX);
    size_t len = strlen(key);
    assert(len < OHM_MIRROR_KEY_MAX);
    ohm_mirror_place *place = &todo->places[device];
    *place = (ohm_mirror_place){ .first_ms = OHM_STORE_TIME_MAX,
                                 .through_ms = OHM_STORE_TIME_MIN,
                                 .tail_to_ms = OHM_STORE_TIME_MIN,
                                 .settled_ms = OHM_STORE_TIME_MIN,
                                 .settling_ms = OHM_STORE_TIME_MIN };
    memcpy(place->key, key, len + 1);
    if (device >= todo->count)
        todo->count = (uint16_t)(device + 1);
}

void ohm_mirror_todo_extent(ohm_mirror_todo *todo, uint16_t device, ohm_interval held)
{
    ohm_mirror_place *place = &todo->places[device];
    if (held.to_ms > place->tail_to_ms)
        place->tail_to_ms = held.to_ms;
    if (held.from_ms < place->first_ms)
        place->first_ms = held.from_ms;
}

/* --- late intervals ------------------------------------------------------------------------ */

static void remove_late(ohm_mirror_place *place, uint16_t at)
{
    place->late_count--;
    for (uint16_t i = at; i < place->late_count; i++)
        place->late[i] = place->late[i + 1];
}

/* The two that are nearest become one, with what lies between: more is sent, nothing forgotten. */
static void join_nearest(ohm_mirror_place *place)
{
    uint16_t best = 0;
    for (uint16_t i = 1; i + 1 < place->late_count; i++) {
        int64_t gap = place->late[i + 1].from_ms - place->late[i].to_ms;
        if (gap < place->late[best + 1].from_ms - place->late[best].to_ms)
            best = i;
    }
    place->late[best].to_ms = place->late[best + 1].to_ms;
    remove_late(place, (uint16_t)(best + 1));
}

/* Returns whether anything became owed that was not. */
static bool add_late(ohm_mirror_place *place, ohm_interval range)
{
    for (uint16_t i = 0; i < place->late_count; i++)
        if (place->late[i].from_ms <= range.from_ms && range.to_ms <= place->late[i].to_ms)
            return false;
    for (uint16_t i = place->late_count; i-- > 0;) {
        ohm_interval *had = &place->late[i];
        if (had->to_ms < range.from_ms || range.to_ms < had->from_ms)
            continue;
        range.from_ms = had->from_ms < range.from_ms ? had->from_ms : range.from_ms;
        range.to_ms = had->to_ms > range.to_ms ? had->to_ms : range.to_ms;
        remove_late(place, i);
    }
    if (place->late_count == OHM_MIRROR_LATE_MAX)
        join_nearest(place);
    uint16_t at = place->late_count++;
    for (; at > 0 && place->late[at - 1].from_ms > range.from_ms; at--)
        place->late[at] = place->late[at - 1];
    place->late[at] = range;
    return true;
}

static ohm_ms floor_hour(ohm_ms time_ms)
{
    return time_ms - time_ms % OHM_HOUR_MS; /* stored times are not negative */
}

static ohm_ms least(ohm_ms a, ohm_ms b)
{
    return a < b ? a : b;
}

/* What is older has been sent, or is on its way. */
static ohm_ms sent_of(const ohm_mirror_place *place)
{
    return place->is_out && !place->out_late ? place->out.to_ms : place->through_ms;
}

void ohm_mirror_todo_late(ohm_mirror_todo *todo, uint16_t device, ohm_interval range)
{
    ohm_mirror_place *place = &todo->places[device];
    assert(place->key[0] != '\0');
    range.from_ms = range.from_ms < OHM_STORE_TIME_MIN ? OHM_STORE_TIME_MIN : range.from_ms;
    range.to_ms = range.to_ms > OHM_STORE_TIME_MAX ? OHM_STORE_TIME_MAX : range.to_ms;
    if (range.to_ms <= range.from_ms)
        return;
    if (range.to_ms > place->tail_to_ms)
        place->tail_to_ms = range.to_ms;
    /* Whole hours, so that the record seldom changes; never into the tail, which goes by itself. */
    ohm_interval hours = { floor_hour(range.from_ms),
                           least(floor_hour(range.to_ms + OHM_HOUR_MS - 1), sent_of(place)) };
    if (range.from_ms < place->first_ms)
        place->first_ms = range.from_ms;
    if (place->is_out && place->out_late && range.from_ms < place->out.to_ms &&
        place->out.from_ms < range.to_ms)
        place->out_again = true;
    if (hours.to_ms > hours.from_ms && add_late(place, hours))
        todo->changed = true;
}

void ohm_mirror_todo_note(ohm_mirror_todo *todo, uint16_t device, ohm_ms time_ms)
{
    ohm_mirror_place *place = &todo->places[device];
    if (time_ms < OHM_STORE_TIME_MIN || time_ms >= OHM_STORE_TIME_MAX)
        return; /* the store refuses it */
    if (time_ms < sent_of(place)) {
        ohm_mirror_todo_late(todo, device, (ohm_interval){ time_ms, time_ms + 1 });
        return;
    }
    if (time_ms < place->first_ms)
        place->first_ms = time_ms;
    if (time_ms >= place->tail_to_ms)
        place->tail_to_ms = time_ms + 1;
}

/* --- pieces -------------------------------------------------------------------------------- */

/* The first piece of an interval, ending where a UTC day does. */
static ohm_interval piece_of(ohm_interval range)
{
    ohm_ms day_end = range.from_ms - range.from_ms % OHM_MIRROR_PIECE_MS + OHM_MIRROR_PIECE_MS;
    return (ohm_interval){ range.from_ms, least(range.to_ms, day_end) };
}

static bool take_tail(const ohm_mirror_place *place, ohm_ms limit_ms, ohm_interval *out)
{
    ohm_interval tail = { place->through_ms, least(place->tail_to_ms, limit_ms) };
    if (tail.from_ms < place->first_ms)
        tail.from_ms = place->first_ms; /* years without a reading need no pieces */
    if (tail.to_ms <= tail.from_ms)
        return false;
    *out = piece_of(tail);
    return true;
}

/* It stays in the list, and so in the record, until it is done. */
static bool take_late(const ohm_mirror_place *place, ohm_ms limit_ms, ohm_interval *out)
{
    limit_ms = least(limit_ms, place->settled_ms);
    for (uint16_t i = 0; i < place->late_count; i++) {
        const ohm_interval *late = &place->late[i];
        ohm_interval piece =
            piece_of((ohm_interval){ late->from_ms, least(late->to_ms, limit_ms) });
        if (piece.to_ms <= piece.from_ms)
            continue;
        *out = piece;
        return true;
    }
    return false;
}

void ohm_mirror_todo_settle(ohm_mirror_todo *todo, int64_t settle_ms, ohm_mono_ms now)
{
    for (uint16_t i = 0; i < todo->count; i++) {
        ohm_mirror_place *place = &todo->places[i];
        if (ohm_mono_since(now, place->settling_mono) >= settle_ms) {
            place->settled_ms = place->settling_ms;
            place->settling_ms = place->through_ms;
            place->settling_mono = now;
        }
        if (settle_ms == 0)
            place->settled_ms = place->through_ms;
    }
}

bool ohm_mirror_todo_take(ohm_mirror_todo *todo, ohm_ms limit_ms, ohm_mono_ms now,
                          ohm_mirror_piece *out)
{
    for (int pass = 0; pass < 2; pass++) {
        for (uint16_t i = 0; i < todo->count; i++) {
            uint16_t device = (uint16_t)((todo->next + i) % todo->count);
            ohm_mirror_place *place = &todo->places[device];
            if (place->key[0] == '\0' || place->is_out)
                continue;
            bool late = pass == 1;
            if (late && ohm_mono_since(now, place->late_mono) < 0)
                continue;
            if (!(late ? take_late : take_tail)(place, limit_ms, &place->out))
                continue;
            place->is_out = true;
            place->out_late = late;
            place->out_again = false;
            todo->next = (uint16_t)((device + 1) % todo->count);
            *out = (ohm_mirror_piece){ device, late, place->out };
            return true;
        }
    }
    return false;
}

/* What grew together with others meanwhile is left owed: sent once more, never forgotten. */
static void drop_late(ohm_mirror_place *place, ohm_interval piece)
{
    for (uint16_t i = 0; i < place->late_count; i++) {
        ohm_interval *late = &place->late[i];
        if (late->from_ms != piece.from_ms || late->to_ms < piece.to_ms)
            continue;
        late->from_ms = piece.to_ms;
        if (late->from_ms == late->to_ms)
            remove_late(place, i);
        return;
    }
}

void ohm_mirror_todo_done(ohm_mirror_todo *todo, ohm_mono_ms late_mono)
{
    for (uint16_t i = 0; i < todo->count; i++) {
        ohm_mirror_place *place = &todo->places[i];
        if (!place->is_out)
            continue;
        place->is_out = false;
        if (!place->out_late)
            place->through_ms = place->out.to_ms;
        else if (!place->out_again)
            drop_late(place, place->out);
        if (place->out_late)
            place->late_mono = late_mono;
        todo->changed = true;
    }
}

void ohm_mirror_todo_fail(ohm_mirror_todo *todo)
{
    for (uint16_t i = 0; i < todo->count; i++)
        todo->places[i].is_out = false;
}

ohm_ms ohm_mirror_todo_oldest(const ohm_mirror_todo *todo, ohm_ms limit_ms)
{
    ohm_ms oldest = OHM_NO_MS;
    for (uint16_t i = 0; i < todo->count; i++) {
        const ohm_mirror_place *place = &todo->places[i];
        ohm_ms owed = limit_ms;
        if (place->key[0] == '\0')
            continue;
        if (place->through_ms < place->tail_to_ms)
            owed = place->through_ms > place->first_ms ? place->through_ms : place->first_ms;
        if (place->late_count > 0)
            owed = least(owed, place->late[0].from_ms);
        if (owed < limit_ms && (oldest == OHM_NO_MS || owed < oldest))
            oldest = owed;
    }
    return oldest;
}

/* --- the record ---------------------------------------------------------------------------- */

typedef struct text {
    char *out;
    size_t len;
} text;

static void put(text *t, const char *words)
{
    size_t len = strlen(words);
    assert(len < OHM_MIRROR_RECORD_MAX - t->len); /* 16 intervals and a key fit */
    memcpy(t->out + t->len, words, len);
    t->len += len;
}

static void put_time(text *t, char before, ohm_ms time_ms)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    assert(time_ms >= 0);
    do
        digits[--at] = (char)('0' + time_ms % 10);
    while ((time_ms /= 10) > 0);
    digits[--at] = before;
    put(t, digits + at);
}

size_t ohm_mirror_todo_save(const ohm_mirror_place *place, char out[static OHM_MIRROR_RECORD_MAX])
{
    text t = { out, 0 };
    put(&t, place->key);
    put_time(&t, ' ', place->through_ms);
    for (uint16_t i = 0; i < place->late_count; i++) {
        put_time(&t, ' ', place->late[i].from_ms);
        put_time(&t, '-', place->late[i].to_ms);
    }
    return t.len;
}

static bool read_time(ohm_span digits, ohm_ms *out)
{
    return ohm_number_int(digits, out) == OHM_OK && *out >= OHM_STORE_TIME_MIN &&
           *out <= OHM_STORE_TIME_MAX;
}

static ohm_mirror_place *place_of(ohm_mirror_todo *todo, ohm_span key)
{
    for (uint16_t i = 0; i < todo->count; i++)
        if (key.len > 0 && ohm_span_is(key, todo->places[i].key))
            return &todo->places[i];
    return NULL;
}

static bool read_line(ohm_span line, ohm_mirror_place *place)
{
    ohm_span through, range;
    if (!ohm_text_cut(&line, ' ', &through) || !read_time(through, &place->through_ms))
        return false;
    while (ohm_text_cut(&line, ' ', &range)) {
        ohm_span from;
        ohm_interval late;
        if (!ohm_text_cut(&range, '-', &from) || !read_time(from, &late.from_ms) ||
            !read_time(range, &late.to_ms) || late.to_ms <= late.from_ms)
            return false;
        (void)add_late(place, late);
    }
    return true;
}

ohm_err ohm_mirror_todo_restore(ohm_mirror_todo *todo, ohm_span record)
{
    ohm_err err = ohm_ok();
    ohm_span line;
    for (uint32_t n = 1; ohm_text_cut(&record, '\n', &line); n++) {
        ohm_span key;
        ohm_mirror_place *place = ohm_text_cut(&line, ' ', &key) ? place_of(todo, key) : NULL;
        if (!place)
            continue;
        ohm_mirror_place read = *place;
        if (read_line(line, &read))
            *place = read;
        else
            err = ohm_fail(OHM_BAD_FORMAT, n, "a line of the mirror's record does not read");
    }
    return err;
}
