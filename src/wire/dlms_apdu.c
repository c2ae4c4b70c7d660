#include "wire/axdr.h"
#include "wire/dlms_internal.h"
#include "wire/glo.h"
#include "wire/push.h"

enum {
    SUITE_MAX = 2,
    KEY_LEN_SUITE_2 = 32,
    KEY_LEN = 16,
    P1_START = '/',
};

/* --- data-notification ---------------------------------------------------------------------- */

ohm_code ohm_dlms_notification_head(ohm_span apdu, size_t *time, size_t *body)
{
    if (apdu.len > 0 && apdu.ptr[0] != OHM_NOTIFICATION_TAG)
        return OHM_BAD_FORMAT;
    if (apdu.len < OHM_NOTIFICATION_FIXED + 2)
        return OHM_MORE;
    /* 00; 0C and 12 bytes; or with a type of its own, as some meters do: 09 0C, or 19. */
    const uint8_t *p = apdu.ptr + OHM_NOTIFICATION_FIXED;
    size_t prefix = 1;
    *time = 0;
    if (p[0] == 0) {
        *body = OHM_NOTIFICATION_FIXED + 1;
        return OHM_OK;
    }
    if (p[0] == OHM_AXDR_OCTETS && p[1] == OHM_DLMS_TIME_LEN)
        prefix = 2;
    else if (p[0] != OHM_DLMS_TIME_LEN && p[0] != OHM_AXDR_DATETIME)
        return OHM_BAD_FORMAT;
    *time = OHM_NOTIFICATION_FIXED + prefix;
    *body = *time + OHM_DLMS_TIME_LEN;
    return apdu.len < *body ? OHM_MORE : OHM_OK;
}

/* EMBRIQ firmware writes 06 09 for 09 06 before the OBIS codes of currents: a structure then
 * begins with a number that looks like a code. Only bodies that are no A-XDR come here. */
static bool mend_swapped_tags(uint8_t *body, size_t len)
{
    enum { RECORD = 10 };
    bool mended = false;
    for (size_t i = 0; len >= RECORD && i <= len - RECORD; i++) {
        uint8_t *p = body + i;
        if (p[0] == OHM_AXDR_STRUCTURE && (p[1] == 2 || p[1] == 3) && p[2] == OHM_AXDR_U32 &&
            p[3] == OHM_AXDR_OCTETS && p[4] <= 1 && p[7] == 7 && p[8] == 0 && p[9] == 0xff) {
            p[2] = OHM_AXDR_OCTETS;
            p[3] = OHM_OBIS_LEN;
            mended = true;
        }
    }
    return mended;
}

/* Where the body at `body` ends; compact arrays are noticed. */
static ohm_code measure_body(const ohm_push_memo *memo, uint8_t *body, size_t len, size_t *end,
                             bool *compact)
{
    ohm_span bytes = { body, len };
    ohm_axdr_walk walk = ohm_push_begin_walk(memo, bytes);
    ohm_code code = ohm_axdr_walk_on(&walk, bytes);
    if (code != OHM_OK && ohm_push_tagless_end(bytes, end) == OHM_OK)
        return OHM_OK;
    if (code != OHM_OK && mend_swapped_tags(body, len)) {
        walk = (ohm_axdr_walk){ 0 };
        code = ohm_axdr_walk_on(&walk, bytes);
    }
    *end = walk.pos;
    *compact = walk.compact;
    return code;
}

static ohm_code refuse_body(ohm_dlms *d, ohm_dlms_reject *reject, ohm_code code, const char *what)
{
    if (code == OHM_UNKNOWN)
        d->counters.unknown_layout++;
    else
        d->counters.bad_format++;
    return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_BODY, code, what);
}

static ohm_code read_body(ohm_dlms *d, uint8_t *body, size_t len, size_t *end,
                          ohm_dlms_reject *reject)
{
    bool compact = false;
    ohm_code code = measure_body(&d->memo, body, len, end, &compact);
    if (code != OHM_OK) {
        *end = len;
        return refuse_body(d, reject, code == OHM_TOO_BIG ? code : OHM_BAD_FORMAT,
                           code == OHM_MORE ? "the body is cut" : "the body is no A-XDR");
    }
    ohm_span value = { body, *end };
    if (compact) {
        size_t expanded = 0;
        code = ohm_axdr_expand(value, d->expanded, sizeof d->expanded, &expanded);
        if (code != OHM_OK)
            return refuse_body(d, reject, code, "a compact array that can't be read");
        value = (ohm_span){ d->expanded, expanded };
    }
    const ohm_dlms_message *m = &d->message;
    ohm_push_context context = {
        .facts = {
            .title = { m->title, m->has_title ? sizeof m->title : 0 },
            .destination = { d->rest.destination, d->rest.destination_len },
            .source = { d->rest.source, d->rest.source_len },
        },
        .profiles = d->config.profiles,
        .profiles_count = d->config.profiles_count,
        .forced = d->config.profile,
        .memo = &d->memo,
    };
    const char *what = NULL;
    code = ohm_push_read(&context, value, &d->message, &what);
    return code == OHM_OK ? OHM_OK : refuse_body(d, reject, code, what);
}

static ohm_code read_notification(ohm_dlms *d, uint8_t *apdu, size_t len, size_t *used,
                                  ohm_dlms_reject *reject)
{
    ohm_dlms_message *m = &d->message;
    size_t time_at = 0, body_at = 0, body_len = 0;
    *used = len;
    if (ohm_dlms_notification_head((ohm_span){ apdu, len }, &time_at, &body_at) != OHM_OK) {
        d->counters.bad_format++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_APDU, OHM_BAD_FORMAT,
                               "a data-notification with a bad head");
    }
    m->offset = d->unit_offset;
    m->invoke_id = ohm_be32(apdu + 1);
    m->time = (ohm_dlms_time){ .present = false, .status = OHM_DLMS_TIME_NO_STATUS };
    if (time_at > 0 && ohm_dlms_time_parse(apdu + time_at, &m->time) != OHM_OK) {
        d->counters.bad_format++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_APDU, OHM_BAD_FORMAT,
                               "a data-notification with an impossible date-time");
    }
    ohm_code code = read_body(d, apdu + body_at, len - body_at, &body_len, reject);
    *used = body_at + body_len;
    if (code == OHM_OK)
        d->counters.messages++;
    return code;
}

/* --- general-glo-ciphering ------------------------------------------------------------------ */

/* A refusal that shows the title and the counter where they were read. */
static ohm_code refuse_glo(ohm_dlms *d, const ohm_glo *glo, ohm_dlms_reject *reject, ohm_code code,
                           const char *what)
{
    ohm_dlms_refuse(d, reject, OHM_DLMS_AT_CIPHER, code, what);
    reject->has_title = d->message.has_title;
    memcpy(reject->title, d->message.title, sizeof reject->title);
    reject->has_counter = true;
    reject->control = glo->control;
    reject->counter = glo->counter;
    return code;
}

/* The sender's title: the message's own, else the configured one. */
static void set_title(ohm_dlms *d, const ohm_glo *glo)
{
    ohm_dlms_message *m = &d->message;
    m->has_title = glo->title.len > 0 || d->config.has_title;
    memset(m->title, 0, sizeof m->title);
    if (m->has_title)
        memcpy(m->title, glo->title.len > 0 ? glo->title.ptr : d->config.title, sizeof m->title);
}

static ohm_code check_form(ohm_dlms *d, const ohm_glo *glo, ohm_dlms_reject *reject)
{
    const char *what = NULL;
    if ((glo->control & OHM_GLO_COMPRESSED) != 0)
        what = "compressed messages are not supported";
    else if ((glo->control & OHM_GLO_BROADCAST) != 0)
        what = "messages under the broadcast key are not supported";
    else if ((glo->control & OHM_GLO_SUITE) > SUITE_MAX)
        what = "this security suite is not known";
    if (!what)
        return OHM_OK;
    d->counters.bad_format++;
    return refuse_glo(d, glo, reject, OHM_UNSUPPORTED, what);
}

/* Why the configured keys forbid to believe a message of this form; NULL: they allow it. */
static const char *unprotected(const ohm_dlms_config *config, uint8_t control)
{
    if (config->auth_key_len > 0 && (control & OHM_GLO_AUTHENTICATED) == 0)
        return "not authenticated, though an authentication key is configured";
    if (config->aead && config->auth_key_len == 0 && (control & OHM_GLO_ENCRYPTED) == 0)
        return "not encrypted, though an encryption key is configured";
    return NULL;
}

/* A counter is worth what proves it: a tag that is checked, or without an authentication key a
 * text that only the holder of the encryption key can write. Else anybody could run it ahead,
 * and lock the meter out. */
static bool is_guarded(const ohm_dlms_config *config, uint8_t control)
{
    return config->guard && config->aead &&
           (control & (config->auth_key_len > 0 ? OHM_GLO_AUTHENTICATED : OHM_GLO_ENCRYPTED)) != 0;
}

/* Whether we would believe this sender, before any key is used. */
static ohm_code check_sender(ohm_dlms *d, const ohm_glo *glo, ohm_dlms_reject *reject)
{
    const ohm_dlms_config *config = &d->config;
    const ohm_dlms_message *m = &d->message;
    if (!m->has_title) {
        d->counters.no_key++;
        return refuse_glo(d, glo, reject, OHM_NO_KEY,
                          "the message has no system title and none is configured");
    }
    bool stranger = config->pin_first && config->guard &&
                    ohm_replay_is_stranger(config->guard, m->title, config->key_id);
    if (stranger || (config->pin_title && memcmp(m->title, config->title, sizeof m->title) != 0)) {
        d->counters.refused++;
        d->counters.strangers++;
        return refuse_glo(d, glo, reject, OHM_DENIED, "another meter's system title");
    }
    const char *what = unprotected(config, glo->control);
    if (what) {
        d->counters.refused++;
        d->counters.unprotected++;
        return refuse_glo(d, glo, reject, OHM_DENIED, what);
    }
    if (is_guarded(config, glo->control) &&
        ohm_replay_check(config->guard, m->title, config->key_id, glo->counter) != OHM_OK) {
        d->counters.replays++;
        return refuse_glo(d, glo, reject, OHM_REPLAYED,
                          "the counter is not above the last one: a replay");
    }
    return OHM_OK;
}

static ohm_code check_key(ohm_dlms *d, const ohm_glo *glo, ohm_dlms_reject *reject)
{
    bool encrypted = (glo->control & OHM_GLO_ENCRYPTED) != 0;
    bool verify = (glo->control & OHM_GLO_AUTHENTICATED) != 0 && d->config.auth_key_len > 0;
    size_t wanted = (glo->control & OHM_GLO_SUITE) == SUITE_MAX ? KEY_LEN_SUITE_2 : KEY_LEN;
    if (!encrypted && !verify)
        return OHM_OK;
    if (!d->config.aead) {
        d->counters.no_key++;
        return refuse_glo(d, glo, reject, OHM_NO_KEY,
                          "ciphered, and no encryption key is configured");
    }
    if (d->config.aead->key_len != wanted) {
        d->counters.no_key++;
        return refuse_glo(d, glo, reject, OHM_NO_KEY,
                          wanted == KEY_LEN ? "this suite needs a key of 16 bytes"
                                            : "this suite needs a key of 32 bytes");
    }
    return OHM_OK;
}

/* Deciphers the text in place, with proof where the keys allow it. */
static ohm_code decipher(ohm_dlms *d, const ohm_glo *glo, uint8_t *text, ohm_dlms_reject *reject)
{
    const ohm_dlms_config *config = &d->config;
    bool encrypted = (glo->control & OHM_GLO_ENCRYPTED) != 0;
    bool verify = glo->tag.len > 0 && config->auth_key_len > 0;
    if (!encrypted && !verify)
        return OHM_OK;

    ohm_aead_text m = { .text = text, .len = glo->text.len };
    memcpy(m.nonce, d->message.title, OHM_SYSTEM_TITLE_LEN);
    ohm_put_be32(m.nonce + OHM_SYSTEM_TITLE_LEN, glo->counter);
    if (!verify) {
        if (config->aead->decrypt(config->aead->ctx, &m) == OHM_OK)
            return OHM_OK;
        return refuse_glo(d, glo, reject, OHM_IO, "the cipher failed");
    }
    uint8_t prefix[1 + OHM_DLMS_KEY_MAX];
    prefix[0] = glo->control;
    memcpy(prefix + 1, config->auth_key, config->auth_key_len);
    m.aad[0] = (ohm_span){ prefix, 1u + config->auth_key_len };
    if (!encrypted) {
        m.aad[1] = glo->text;
        m.len = 0;
    }
    memcpy(m.tag, glo->tag.ptr, sizeof m.tag);
    if (config->aead->open(config->aead->ctx, &m) == OHM_OK) {
        d->message.security.authenticated = true;
        return OHM_OK;
    }
    d->counters.tag_failures++;
    return refuse_glo(d, glo, reject, OHM_BAD_TAG,
                      "the authentication tag does not match: wrong key or forged");
}

/* "/EST5…": the start of a telegram of text. */
static bool is_telegram(ohm_span text)
{
    if (text.len < 5 || text.ptr[0] != P1_START)
        return false;
    for (int i = 1; i <= 3; i++)
        if ((text.ptr[i] | 0x20) < 'a' || (text.ptr[i] | 0x20) > 'z')
            return false;
    return true;
}

/* The plain APDU inside. Without proof, nonsense means that the key is wrong. */
static ohm_code read_plain(ohm_dlms *d, const ohm_glo *glo, uint8_t *text, ohm_dlms_reject *reject)
{
    bool doubtful = (glo->control & OHM_GLO_ENCRYPTED) != 0 && !d->message.security.authenticated;
    if (is_telegram((ohm_span){ text, glo->text.len })) {
        d->counters.not_push++;
        return refuse_glo(d, glo, reject, OHM_UNSUPPORTED,
                          "a P1 telegram in a ciphered envelope, not a DLMS push");
    }
    if (!doubtful && (glo->text.len == 0 || text[0] != OHM_NOTIFICATION_TAG)) {
        d->counters.not_push++;
        return refuse_glo(d, glo, reject, OHM_UNSUPPORTED, "no data-notification inside");
    }
    size_t used = 0;
    ohm_dlms_counters before = d->counters;
    ohm_code code = read_notification(d, text, glo->text.len, &used, reject);
    if (code == OHM_OK)
        return OHM_OK;
    ohm_dlms_reject why = *reject;
    if (doubtful && code != OHM_UNKNOWN) {
        d->counters = before;
        d->counters.tag_failures++;
        return refuse_glo(d, glo, reject, OHM_BAD_TAG,
                          "what was deciphered makes no sense: wrong key?");
    }
    refuse_glo(d, glo, reject, code, why.what);
    reject->stage = why.stage;
    return code;
}

static ohm_code read_glo(ohm_dlms *d, uint8_t *apdu, size_t len, size_t *used,
                         ohm_dlms_reject *reject)
{
    ohm_glo glo;
    if (ohm_glo_parse((ohm_span){ apdu, len }, &glo) != OHM_OK) {
        *used = len;
        d->counters.bad_format++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_CIPHER, OHM_BAD_FORMAT,
                               "a ciphered message that does not follow its format");
    }
    *used = glo.size;
    set_title(d, &glo);
    d->message.security = (ohm_dlms_security){
        .present = true,
        .control = glo.control,
        .counter = glo.counter,
    };
    uint8_t *text = apdu + (glo.text.ptr - apdu);
    ohm_code code = check_form(d, &glo, reject);
    if (code == OHM_OK)
        code = check_sender(d, &glo, reject);
    if (code == OHM_OK)
        code = check_key(d, &glo, reject);
    if (code == OHM_OK)
        code = decipher(d, &glo, text, reject);
    if (code == OHM_OK)
        code = read_plain(d, &glo, text, reject);
    if (code == OHM_OK && is_guarded(&d->config, glo.control))
        ohm_replay_accept(d->config.guard, d->message.title, d->config.key_id, glo.counter);
    return code;
}

/* --- which APDU ----------------------------------------------------------------------------- */

const char *ohm_dlms_service(uint8_t tag)
{
    static const struct {
        uint8_t from, to;
        const char *what;
    } services[] = {
        { 0x01, 0x0e, "an APDU of short-name referencing, not a push" },
        { 0x60, 0x63, "an APDU that opens or closes an association, not a push" },
        { 0xc0, 0xc7, "a request or an answer, not a push" },
        { 0xc8, 0xcf, "a ciphered request or answer, not a push" },
        { 0xd0, 0xd7, "a ciphered request or answer, not a push" },
        { 0xd8, 0xd9, "an exception or a confirmed error, not a push" },
        { 0xdc, 0xdd, "dedicated and general ciphering are not supported" },
        { 0xdf, 0xdf, "signed messages are not supported" },
    };
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (tag >= services[i].from && tag <= services[i].to)
            return services[i].what;
    return NULL;
}

static ohm_code refuse_other(ohm_dlms *d, uint8_t tag, ohm_dlms_reject *reject)
{
    const char *what = ohm_dlms_service(tag);
    if (what) {
        d->counters.not_push++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_APDU, OHM_UNSUPPORTED, what);
    }
    d->counters.bad_format++;
    return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_APDU, OHM_BAD_FORMAT, "no APDU begins so");
}

ohm_code ohm_dlms_read_apdu(ohm_dlms *d, uint8_t *apdu, size_t len, size_t *used,
                            ohm_dlms_reject *reject)
{
    *used = len;
    if (len == 0) {
        d->counters.bad_format++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_APDU, OHM_BAD_FORMAT, "an empty APDU");
    }
    if (apdu[0] == OHM_GLO_TAG)
        return read_glo(d, apdu, len, used, reject);
    if (apdu[0] != OHM_NOTIFICATION_TAG)
        return refuse_other(d, apdu[0], reject);

    d->message.has_title = false;
    d->message.security = (ohm_dlms_security){ 0 };
    const char *what = unprotected(&d->config, 0);
    if (what) {
        d->counters.refused++;
        d->counters.unprotected++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_CIPHER, OHM_DENIED, what);
    }
    return read_notification(d, apdu, len, used, reject);
}
