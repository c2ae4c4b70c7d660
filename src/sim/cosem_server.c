#include <string.h>

#include "sim/cosem_server_own.h"
#include "wire/crc16.h"

enum { SIGN_ON, IDENTIFIED, BINARY }; /* phase of mode E */
enum { ACK = 0x06, FLAG = 0x7e, LLC_LEN = 3 };

void ohm_cosem_server_init(ohm_cosem_server *s)
{
    memset(s, 0, offsetof(ohm_cosem_server, input));
    s->server = 1;
    s->client = 1;
    s->info_max = 128;
    s->window = 1;
    s->pdu_max = 0xffff;
    memcpy(s->title, "SIM\x00\x00\x00\x00\x01", OHM_SYSTEM_TITLE_LEN);
    s->first_row_ms = INT64_C(1768435200000); /* 2026-01-15T00:00:00Z */
    s->rows = 96;
    s->events = 5;
    s->time_ms = s->first_row_ms + 96 * (int64_t)OHM_COSEM_SERVER_PERIOD_MS;
    s->connected = true;
    memcpy(s->name, "SIM1000000000001", sizeof s->name);
}

void ohm_cosem_server_reset(ohm_cosem_server *s)
{
    s->linked = s->associated = s->proven = false;
    s->phase = SIGN_ON;
    s->input_len = 0;
    s->answer_len = s->answer_at = 0;
    s->late_len = 0;
}

static void drop(ohm_cosem_server *s, size_t n)
{
    s->input_len -= n;
    memmove(s->input, s->input + n, s->input_len);
}

/* --- HDLC ---------------------------------------------------------------------------------------
 */

typedef struct frame {
    uint8_t client; /* its address */
    uint8_t control;
    bool segment;
    ohm_span info;
} frame;

static size_t own_address(const ohm_cosem_server *s, uint8_t out[static 2])
{
    if (s->physical == 0) {
        out[0] = (uint8_t)(s->server << 1 | 1);
        return 1;
    }
    out[0] = (uint8_t)(s->server << 1);
    out[1] = (uint8_t)(s->physical << 1 | 1);
    return 2;
}

static void say(const ohm_cosem_server *s, int control, bool segment, ohm_span info,
                ohm_writer *out)
{
    uint8_t own[2], caller[] = { (uint8_t)(s->caller << 1 | 1) };
    size_t own_len = own_address(s, own);
    const ohm_hdlc_addresses to = { ohm_span_of(caller, 1), ohm_span_of(own, own_len),
                                    (uint8_t)control };
    ohm_put_hdlc(out, &to, segment, info);
}

/* Segments of the answer from V(S) on, as many as the window takes; the last one gives the turn
 * back. */
static void say_window(ohm_cosem_server *s, ohm_writer *out)
{
    const ohm_span none = { NULL, 0 };
    if (s->answer_at >= s->answer_len) {
        say(s, s->vr << 5 | 0x11, false, none, out);
        return;
    }
    s->va = s->vs;
    for (int i = 0; i < s->window_now && s->answer_at < s->answer_len; i++) {
        size_t left = s->answer_len - s->answer_at;
        size_t n = left < s->send_max ? left : s->send_max;
        bool more = n < left;
        bool last = !more || i == s->window_now - 1;
        say(s, s->vr << 5 | (last ? 0x10 : 0) | s->vs << 1, more,
            ohm_span_of(s->answer + s->answer_at, n), out);
        s->answer_at += n;
        s->vs = (uint8_t)((s->vs + 1) & 7);
    }
}

/* The client says which frame it waits for: back to it, if it is not the next. */
static void go_back(ohm_cosem_server *s, uint8_t nr)
{
    size_t back = (size_t)(s->vs - nr) & 7;
    if (back == 0 || back > ((size_t)(s->vs - s->va) & 7))
        return;
    size_t last = s->answer_at % s->send_max ? s->answer_at % s->send_max : s->send_max;
    s->answer_at -= last + (back - 1) * s->send_max;
    s->vs = nr;
}

static uint32_t parameter(ohm_span info, uint8_t id, uint32_t fallback)
{
    for (size_t at = 3; at + 2 < info.len; at += 2u + info.ptr[at + 1]) {
        if (info.ptr[at] != id)
            continue;
        uint32_t v = 0;
        for (size_t i = 0; i < info.ptr[at + 1] && at + 2 + i < info.len; i++)
            v = v << 8 | info.ptr[at + 2 + i];
        return v;
    }
    return fallback;
}

static void on_snrm(ohm_cosem_server *s, const frame *f, ohm_writer *out)
{
    uint32_t client_out = parameter(f->info, 5, 128), client_in = parameter(f->info, 6, 128);
    uint32_t window = parameter(f->info, 8, 1);
    bool bare = (s->ways & OHM_SERVER_UA_BARE) != 0;
    uint16_t limit = bare ? 128 : s->info_max;
    s->linked = true;
    s->associated = s->proven = false;
    s->vs = s->vr = s->va = 0;
    s->request_len = s->answer_len = s->answer_at = 0;
    s->caller = f->client;
    s->send_max = (uint16_t)(client_in < limit ? client_in : limit);
    uint16_t receive_max = (uint16_t)(client_out < limit ? client_out : limit);
    s->window_now = (uint8_t)(bare ? 1 : window < s->window ? window : s->window);
    const uint8_t p[] = { 0x81,
                          0x80,
                          0x14,
                          5,
                          2,
                          (uint8_t)(s->send_max >> 8),
                          (uint8_t)s->send_max,
                          6,
                          2,
                          (uint8_t)(receive_max >> 8),
                          (uint8_t)receive_max,
                          7,
                          4,
                          0,
                          0,
                          0,
                          s->window_now,
                          8,
                          4,
                          0,
                          0,
                          0,
                          s->window_now };
    say(s, 0x73, false, ohm_span_of(p, bare ? 0 : sizeof p), out);
}

/* A data-notification: no time, and a number. */
static const uint8_t unasked[] = { 0xe6, 0xe7, 0, 0x0f, 0, 0, 0, 1, 0, 0x11, 42 };

static void say_unasked(ohm_cosem_server *s, ohm_writer *out)
{
    say(s, s->vr << 5 | 0x10 | s->vs << 1, false, ohm_span_of(unasked, sizeof unasked), out);
    s->vs = (uint8_t)((s->vs + 1) & 7);
    s->va = s->vs;
}

static void on_information(ohm_cosem_server *s, const frame *f, ohm_writer *out)
{
    const ohm_span none = { NULL, 0 };
    uint8_t ns = f->control >> 1 & 7;
    go_back(s, f->control >> 5);
    if (ns == s->vr && f->info.len <= sizeof s->request - s->request_len) {
        s->vr = (uint8_t)((s->vr + 1) & 7);
        memcpy(s->request + s->request_len, f->info.ptr, f->info.len);
        s->request_len += f->info.len;
        if (!f->segment) {
            s->answer_at = s->answer_len = 0;
            ohm_server_serve(s);
            s->request_len = 0;
            s->slow_next = (s->ways & (OHM_SERVER_SLOW | OHM_SERVER_PUSHES)) != 0;
        }
    }
    if ((f->control & 0x10) == 0)
        return;
    if (s->slow_next) {
        s->slow_next = false;
        if ((s->ways & OHM_SERVER_PUSHES) != 0) {
            say_unasked(s, out);
            return;
        }
        say(s, s->vr << 5 | 0x11, false, none, out);
        return;
    }
    say_window(s, out);
}

static void on_frame(ohm_cosem_server *s, const frame *f, ohm_writer *out)
{
    const ohm_span none = { NULL, 0 };
    uint8_t control = f->control & 0xef;
    if (control == 0x83) {
        on_snrm(s, f, out);
        return;
    }
    uint8_t caller = s->caller;
    s->caller = f->client;
    if (!s->linked || f->client != caller) {
        say(s, 0x1f, false, none, out);
        s->caller = caller;
    } else if (control == 0x43) {
        s->linked = s->associated = false;
        s->phase = SIGN_ON; /* the head hears the next call at 300 baud again */
        say(s, 0x73, false, none, out);
    } else if ((control & 1) == 0) {
        on_information(s, f, out);
    } else if ((control & 3) == 1) {
        go_back(s, f->control >> 5);
        say_window(s, out);
    } else {
        say(s, 0x97, false, none, out);
    }
}

/* A frame for us at the front of the input: its length with both flags; 0: more is needed; -1:
 * none begins here. */
static int take_frame(const ohm_cosem_server *s, frame *out)
{
    const uint8_t *p = s->input;
    uint8_t own[2];
    size_t own_len = own_address(s, own);
    if (p[0] != FLAG)
        return -1;
    if (s->input_len < 3)
        return 0;
    size_t len = (size_t)(p[1] & 7) << 8 | p[2];
    size_t head = 3 + own_len + 2; /* to behind the control byte */
    if ((p[1] & 0xf0) != 0xa0 || len < head + 1)
        return -1;
    if (s->input_len < len + 2)
        return 0;
    if (p[len + 1] != FLAG || ohm_crc16(p + 1, len - 2) != ohm_le16(p + len - 1))
        return -1;
    if (memcmp(p + 3, own, own_len) != 0 || (p[3 + own_len] & 1) == 0)
        return -1;
    bool has_info = len + 1 > head + 2;
    out->client = p[3 + own_len] >> 1;
    out->control = p[head - 1];
    out->segment = (p[1] & 8) != 0;
    out->info = has_info ? ohm_span_of(p + head + 2, len + 1 - head - 4) : ohm_span_of(p, 0);
    return (int)len + 2;
}

static void run_hdlc(ohm_cosem_server *s, ohm_writer *out)
{
    while (s->input_len > 0) {
        frame f;
        int n = take_frame(s, &f);
        if (n == 0)
            return;
        if (n > 0)
            on_frame(s, &f, out);
        drop(s, n > 0 ? (size_t)n - 1 : 1); /* a closing flag may open the next */
    }
}

/* --- wrapper, mode E ----------------------------------------------------------------------------
 */

static void run_wrapper(ohm_cosem_server *s, ohm_writer *out)
{
    while (s->input_len >= 8) {
        size_t len = ohm_be16(s->input + 6);
        if (s->input_len < 8 + len)
            return;
        s->linked = true;
        s->caller = s->input[3];
        bool ours = ohm_be16(s->input + 4) == s->server;
        memcpy(s->request, s->input + 8, len);
        s->request_len = len;
        s->answer_len = 0;
        if (ours)
            ohm_server_serve(s);
        if (s->answer_len > 0 && (s->ways & OHM_SERVER_PUSHES) != 0)
            ohm_put_wrapper(out, s->server, s->caller,
                            ohm_span_of(unasked + LLC_LEN, sizeof unasked - LLC_LEN));
        if (s->answer_len > 0)
            ohm_put_wrapper(out, s->server, s->caller, ohm_span_of(s->answer, s->answer_len));
        s->request_len = 0;
        drop(s, 8 + len);
    }
}

static void run_sign_on(ohm_cosem_server *s, ohm_writer *out)
{
    const uint8_t *end = memchr(s->input, '\n', s->input_len);
    const char *name =
        (s->ways & OHM_SERVER_NO_HDLC) != 0 ? "/SIM5 a meter\r\n" : "/SIM5\\2SIM0001.B40\r\n";
    if (!end)
        return;
    size_t len = (size_t)(end - s->input) + 1;
    bool call = len >= 5 && !memcmp(s->input, "/?", 2) && s->input[len - 3] == '!';
    if (call) {
        s->phase = IDENTIFIED;
        ohm_put_bytes(out, ohm_span_text(name));
    } else if (s->phase == IDENTIFIED && len == 6 && s->input[0] == ACK && s->input[1] == '2' &&
               s->input[3] == '2') {
        s->phase = BINARY;
        if ((s->ways & OHM_SERVER_SILENT_ACK) == 0)
            ohm_put_bytes(out, ohm_span_of(s->input, len));
    }
    drop(s, len);
}

static void answer(ohm_cosem_server *s, ohm_span bytes, ohm_writer *out)
{
    if ((s->ways & OHM_SERVER_ECHO) != 0)
        ohm_put_bytes(out, bytes);
    if (bytes.len > sizeof s->input - s->input_len)
        s->input_len = 0; /* a buffer of a meter is full: what it held is lost */
    if (bytes.len > sizeof s->input)
        return;
    memcpy(s->input + s->input_len, bytes.ptr, bytes.len);
    s->input_len += bytes.len;
    if (s->line == OHM_SERVER_WRAPPER) {
        run_wrapper(s, out);
        return;
    }
    if (s->line == OHM_SERVER_MODE_E && s->phase != BINARY)
        run_sign_on(s, out);
    if (s->line == OHM_SERVER_HDLC || s->phase == BINARY)
        run_hdlc(s, out);
}

/* What was held back comes before what is said now; and that may be held back in its turn. */
void ohm_cosem_server_input(ohm_cosem_server *s, ohm_span bytes, ohm_writer *out)
{
    enum { TURNS = 17 };
    ohm_put_bytes(out, ohm_span_of(s->late, s->late_len));
    s->late_len = 0;
    size_t at = out->len;
    answer(s, bytes, out);
    size_t said = out->len - at;
    s->turns += said > 0;
    if ((s->ways & OHM_SERVER_LATE) == 0 || said == 0 || said > sizeof s->late ||
        s->turns % TURNS != 0)
        return;
    memcpy(s->late, out->ptr + at, said);
    s->late_len = said;
    out->len = at;
}
