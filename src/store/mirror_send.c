#include <stdio.h>
#include <stdlib.h>

#include "host/log.h"
#include "store/mirror_own.h"

enum { REFUSED_MAX = 64 }; /* lines that are looked for one by one in a batch */

void ohm_mirror_say(ohm_mirror *m, ohm_mirror_state state, const char *detail)
{
    pthread_mutex_lock(&m->lock);
    bool news = m->status.state != state;
    m->status.state = state;
    (void)snprintf(m->status.detail, sizeof m->status.detail, "%s", detail);
    pthread_mutex_unlock(&m->lock);
    if (!news)
        return;
    char quoted[OHM_MIRROR_DETAIL_MAX + 32];
    ohm_log(state <= OHM_MIRROR_OK ? OHM_LOG_NOTICE : OHM_LOG_WARNING,
            "mirror %s state=%s detail=%s", m->config.id, ohm_mirror_state_name(state),
            ohm_log_quote(detail, quoted, sizeof quoted));
}

/* The first words of a body: engines explain themselves in JSON or text. */
static void say_answer(ohm_mirror *m, ohm_mirror_state state, const ohm_mirror_answer *answer)
{
    char detail[OHM_MIRROR_DETAIL_MAX];
    size_t len = answer->body_len < 120 ? answer->body_len : 120;
    (void)snprintf(detail, sizeof detail, "HTTP %d: %.*s", answer->status, (int)len,
                   (const char *)answer->body);
    for (char *c = detail; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    ohm_mirror_say(m, state, detail);
}

ohm_mirror_end ohm_mirror_failed(ohm_mirror *m, const ohm_mirror_answer *answer)
{
    m->retry_after_s = answer->retry_after_s;
    if (answer->result != OHM_HTTP_ANSWERED) {
        ohm_mirror_say(m, OHM_MIRROR_OFFLINE, answer->what);
        return answer->result == OHM_HTTP_OFFLINE || answer->result == OHM_HTTP_TLS
                   ? OHM_MIRROR_UNSEEN
                   : OHM_MIRROR_UNSURE;
    }
    if (answer->status == 401 || answer->status == 403) {
        say_answer(m, OHM_MIRROR_DENIED, answer);
        return OHM_MIRROR_UNSEEN;
    }
    if (answer->status >= 500 || answer->status == 429) {
        say_answer(m, OHM_MIRROR_OFFLINE, answer);
        return OHM_MIRROR_UNSURE;
    }
    say_answer(m, OHM_MIRROR_REFUSED, answer);
    return answer->status == 404 ? OHM_MIRROR_UNSEEN : OHM_MIRROR_UNSURE;
}

static void count(ohm_mirror *m, uint64_t sent, uint64_t refused)
{
    pthread_mutex_lock(&m->lock);
    m->status.sent += sent;
    m->status.refused += refused;
    pthread_mutex_unlock(&m->lock);
}

/* InfluxDB takes the good points of a batch and says how many it dropped: "partial write: points
 * beyond retention policy dropped=2". 0: it says no such thing. */
static uint32_t dropped_of(const ohm_mirror_answer *answer)
{
    const char *partial = strstr((const char *)answer->body, "partial write");
    const char *dropped = partial ? strstr(partial, "dropped=") : NULL;
    unsigned number = 0;
    return dropped && sscanf(dropped, "dropped=%9u", &number) == 1 ? number : 0;
}

/* One line that the engine refuses for itself. */
static void refuse_line(ohm_mirror *m, const char *line, size_t len,
                        const ohm_mirror_answer *answer)
{
    char text[OHM_MIRROR_LINE_MAX + 1], quoted[256];
    (void)snprintf(text, sizeof text, "%.*s", (int)(len - 1), line);
    ohm_log(OHM_LOG_WARNING, "mirror %s refused_line=%s status=%d", m->config.id,
            ohm_log_quote(text, quoted, sizeof quoted), answer->status);
    count(m, 0, 1);
}

/* The length of the first `lines` lines. */
static size_t length_of(const char *from, size_t len, uint32_t lines)
{
    const char *p = from;
    while (lines-- > 0) {
        const char *end = memchr(p, '\n', len - (size_t)(p - from));
        assert(end);
        p = end + 1;
    }
    return (size_t)(p - from);
}

/* A batch, in as large parts as the engine takes: what is too big, or holds a bad line, is halved
 * until it passes or one line is left. */
static ohm_mirror_end send_parts(ohm_mirror *m)
{
    size_t at = 0;
    uint32_t left = m->lines_count, part = m->lines_count, refused = 0;
    while (left > 0) {
        part = part < left ? part : left;
        size_t len = length_of(m->lines + at, m->lines_len - at, part);
        ohm_mirror_answer answer;
        ohm_err err = ohm_mirror_ask_wait(&m->ask, m->config.write_url,
                                          ohm_span_of(m->lines + at, len), &answer);
        if (ohm_failed(err)) {
            if (err.code != OHM_END)
                ohm_mirror_say(m, OHM_MIRROR_OFFLINE, err.what);
            return err.code == OHM_END ? OHM_MIRROR_STOPPED : OHM_MIRROR_UNSURE;
        }
        bool answered = answer.result == OHM_HTTP_ANSWERED;
        bool taken = answered && answer.status >= 200 && answer.status < 300;
        bool bad =
            answered && (answer.status == 400 || answer.status == 413 || answer.status == 422);
        uint32_t dropped = bad ? dropped_of(&answer) : 0;
        dropped = dropped < part ? dropped : part;
        ohm_mirror_end end = OHM_MIRROR_TAKEN;
        if (bad && dropped == 0 && part == 1)
            refuse_line(m, m->lines + at, len, &answer);
        else if (!taken && dropped == 0 && !bad)
            end = ohm_mirror_failed(m, &answer);
        bool halve = bad && dropped == 0 && part > 1;
        refused += bad && !halve;
        if (refused > REFUSED_MAX) /* it is not a line that is wrong */
            end = ohm_mirror_failed(m, &answer);
        free(answer.body);
        if (end != OHM_MIRROR_TAKEN)
            return end == OHM_MIRROR_UNSEEN && at > 0 ? OHM_MIRROR_UNSURE : end;
        if (halve) {
            part /= 2;
            continue;
        }
        if (taken || dropped > 0)
            count(m, part - dropped, dropped);
        at += len;
        left -= part;
        part *= 2;
    }
    return OHM_MIRROR_TAKEN;
}

ohm_mirror_end ohm_mirror_send_lines(ohm_mirror *m)
{
    ohm_mirror_end end = OHM_MIRROR_TAKEN;
    if (m->lines_count > 0) {
        end = send_parts(m);
        m->posts += end != OHM_MIRROR_UNSEEN;
    }
    m->lines_len = 0;
    m->lines_count = 0;
    return end;
}
