#include "fetch/ask.h"
#include "link/mqtt.h"

#include <stdio.h>
#include <string.h>

typedef struct ask_row {
    const char *url; /* base address; NULL: the user says it */
    ohm_ask_auth auth;
    bool possible, place;
    const char *token_path;
    const char *area; /* where none is given */
} ask_row;

#define RTE       "https://digital.iservices.rte-france.com"
#define RTE_TOKEN "/token/oauth/"

static const ask_row rows[OHM_SOURCES_COUNT] = {
    [OHM_SOURCE_ECOWATT] = { RTE, OHM_AUTH_OAUTH, true, false, RTE_TOKEN, NULL },
    [OHM_SOURCE_TEMPO] = { RTE, OHM_AUTH_OAUTH, true, false, RTE_TOKEN, NULL },
    [OHM_SOURCE_TEMPO_SERVICES_RTE] = { "https://www.services-rte.com", OHM_AUTH_NONE, true, false,
                                        NULL, NULL },
    [OHM_SOURCE_TEMPO_COULEUR] = { "https://www.api-couleur-tempo.fr", OHM_AUTH_NONE, true, false,
                                   NULL, NULL },
    [OHM_SOURCE_EJP] = { "https://api-commerce.edf.fr", OHM_AUTH_NONE, true, false, NULL, NULL },
    [OHM_SOURCE_DEMAND_RESPONSE] = { RTE, OHM_AUTH_OAUTH, true, false, RTE_TOKEN, NULL },
    [OHM_SOURCE_ENTSOE] = { "https://web-api.tp.entsoe.eu", OHM_AUTH_URL, true, false, NULL,
                            "10YFR-RTE------C" },
    [OHM_SOURCE_ENERGY_CHARTS] = { "https://api.energy-charts.info", OHM_AUTH_NONE, true, false,
                                   NULL, "FR" },
    [OHM_SOURCE_NORDPOOL] = { "https://dataportal-api.nordpoolgroup.com", OHM_AUTH_NONE, true,
                              false, NULL, "FR" },
    [OHM_SOURCE_AWATTAR] = { "https://api.awattar.de", OHM_AUTH_NONE, true, false, NULL, NULL },
    [OHM_SOURCE_TIBBER] = { "https://api.tibber.com", OHM_AUTH_BEARER, true, false, NULL, NULL },
    [OHM_SOURCE_ECO2MIX] = { "https://odre.opendatasoft.com", OHM_AUTH_NONE, true, false, NULL,
                             NULL },
    [OHM_SOURCE_OPEN_METEO] = { "https://api.open-meteo.com", OHM_AUTH_NONE, true, true, NULL,
                                NULL },
    [OHM_SOURCE_FORECAST_SOLAR] = { "https://api.forecast.solar", OHM_AUTH_NONE, true, true, NULL,
                                    NULL },
    [OHM_SOURCE_GENERIC] = { NULL, OHM_AUTH_NONE, true, false, NULL, NULL },
    [OHM_SOURCE_OPENADR] = { NULL, OHM_AUTH_OAUTH, true, false, "/auth/token", NULL },
};

ohm_ask_auth ohm_ask_auth_of(ohm_source source)
{
    return rows[source].auth;
}

bool ohm_ask_possible(ohm_source source)
{
    return rows[source].possible;
}

bool ohm_ask_wants_place(ohm_source source)
{
    return rows[source].place;
}

/* --- addresses ------------------------------------------------------------------------------ */

typedef ohm_ask_text address;

void ohm_ask_text_add(ohm_ask_text *a, const char *text)
{
    size_t len = strlen(text);
    if (len >= OHM_HTTP_URL_MAX - a->len) {
        a->cut = true;
        return;
    }
    memcpy(a->out + a->len, text, len + 1);
    a->len += len;
}

void ohm_ask_text_escape(ohm_ask_text *a, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text; text++) {
        uint8_t c = (uint8_t)*text;
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     strchr("-._~", c);
        char one[4] = { (char)c, '\0' };
        char three[4] = { '%', digits[c >> 4], digits[c & 15], '\0' };
        ohm_ask_text_add(a, plain ? one : three);
    }
}

static void add_int(address *a, int64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)number);
    ohm_ask_text_add(a, text);
}

/* A number of 10^-decimals, exactly. */
static void add_decimal(address *a, int64_t number, int decimals)
{
    char text[40];
    int64_t unit = 1;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    int64_t size = number < 0 ? -number : number;
    (void)snprintf(text, sizeof text, "%s%lld.%0*lld", number < 0 ? "-" : "",
                   (long long)(size / unit), decimals, (long long)(size % unit));
    ohm_ask_text_add(a, text);
}

/* "2026-01-15", with `form` "%04d-%02d-%02d" or another of three numbers. */
static void add_date(address *a, ohm_date date, bool padded)
{
    char text[40];
    if (padded)
        (void)snprintf(text, sizeof text, "%04d-%02u-%02u", date.year, date.month, date.day);
    else
        (void)snprintf(text, sizeof text, "%d-%u-%u", date.year, date.month, date.day);
    ohm_ask_text_add(a, text);
}

static ohm_date days_after(ohm_date date, int64_t days)
{
    return ohm_date_from_days(ohm_days_from_date(date) + days);
}

/* Local midnight as RTE writes it: "2026-01-15T00:00:00%2B01:00". */
static void add_midnight(address *a, const ohm_tz *tz, ohm_date date)
{
    char text[24];
    int32_t offset_s = ohm_tz_offset_s(tz, ohm_date_interval(tz, date).from_ms);
    int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    add_date(a, date, true);
    (void)snprintf(text, sizeof text, "T00:00:00%s%02d:%02d", offset_s < 0 ? "-" : "%2B",
                   minutes / 60, minutes % 60);
    ohm_ask_text_add(a, text);
}

/* Local midnight in UTC as ENTSO-E writes it: "202601142300". */
static void add_utc_minute(address *a, const ohm_tz *tz, ohm_date date)
{
    ohm_tz utc;
    char text[64];
    ohm_tz_utc(&utc);
    ohm_civil at = ohm_civil_from_utc(&utc, ohm_date_interval(tz, date).from_ms);
    (void)snprintf(text, sizeof text, "%04d%02u%02u%02u%02u", at.date.year, at.date.month,
                   at.date.day, at.hour, at.minute);
    ohm_ask_text_add(a, text);
}

/* The season of Tempo runs from September to August. */
static ohm_date season_start(ohm_date date)
{
    int year = date.month >= 9 ? date.year : date.year - 1;
    return (ohm_date){ (int16_t)year, 9, 1 };
}

static void add_season(address *a, ohm_date date)
{
    int year = season_start(date).year;
    add_int(a, year);
    ohm_ask_text_add(a, "-");
    add_int(a, year + 1);
}

/* --- questions ------------------------------------------------------------------------------ */

/* When a question is asked, in the service's civil time. */
typedef struct moment {
    const ohm_tz *tz;
    ohm_ms now_ms;
    ohm_date today;
    int minute; /* of the day */
    ohm_segments hand;
} moment;

/* RTE refuses an end that is not published yet (F04): tomorrow is asked for once it is binding. */
static void ask_tempo(address *a, const ohm_ask *ask, const moment *m)
{
    enum { BINDING_MIN = 10 * 60 + 40 };
    (void)ask;
    ohm_ask_text_add(a, "/open_api/tempo_like_supply_contract/v1/tempo_like_calendars?start_date=");
    add_midnight(a, m->tz, season_start(m->today));
    ohm_ask_text_add(a, "&end_date=");
    add_midnight(a, m->tz, days_after(m->today, m->minute >= BINDING_MIN ? 2 : 1));
}

static void ask_ejp(address *a, const ohm_ask *ask, const moment *m)
{
    (void)ask;
    ohm_ask_text_add(
        a, "/commerce/activet/v1/calendrier-jours-effacement?option=EJP&dateApplicationBorneInf=");
    add_date(a, m->today, false);
    ohm_ask_text_add(a, "&dateApplicationBorneSup=");
    add_date(a, days_after(m->today, 1), false);
    ohm_ask_text_add(a, "&identifiantConsommateur=src");
}

static void ask_entsoe(address *a, const ohm_ask *ask, const moment *m)
{
    const char *area = ask->area[0] ? ask->area : rows[OHM_SOURCE_ENTSOE].area;
    ohm_ask_text_add(a, "/api?documentType=A44&in_Domain=");
    ohm_ask_text_escape(a, area);
    ohm_ask_text_add(a, "&out_Domain=");
    ohm_ask_text_escape(a, area);
    ohm_ask_text_add(a, "&periodStart=");
    add_utc_minute(a, m->tz, m->today);
    ohm_ask_text_add(a, "&periodEnd=");
    add_utc_minute(a, m->tz, days_after(m->today, 2));
    ohm_ask_text_add(a, "&securityToken=");
    ohm_ask_text_escape(a, ask->secret);
}

static void ask_energy_charts(address *a, const ohm_ask *ask, const moment *m)
{
    ohm_ask_text_add(a, "/price?bzn=");
    ohm_ask_text_escape(a, ask->area[0] ? ask->area : rows[OHM_SOURCE_ENERGY_CHARTS].area);
    ohm_ask_text_add(a, "&start=");
    add_date(a, m->today, true);
    ohm_ask_text_add(a, "&end=");
    add_date(a, days_after(m->today, 1), true);
}

/* A day at a time: today's, unless it is known and tomorrow's may be there. */
static void ask_nordpool(address *a, const ohm_ask *ask, const moment *m)
{
    enum { PUBLISHED_MIN = 12 * 60 + 45 };
    bool known = ohm_segments_at(m->hand, m->now_ms) != NULL;
    ohm_ask_text_add(a, "/api/DayAheadPrices?market=DayAhead&currency=EUR&date=");
    add_date(a, days_after(m->today, known && m->minute >= PUBLISHED_MIN ? 1 : 0), true);
    ohm_ask_text_add(a, "&deliveryArea=");
    ohm_ask_text_escape(a, ask->area[0] ? ask->area : rows[OHM_SOURCE_NORDPOOL].area);
}

static void ask_awattar(address *a, const ohm_ask *ask, const moment *m)
{
    (void)ask;
    ohm_ask_text_add(a, "/v1/marketdata?start=");
    add_int(a, ohm_date_interval(m->tz, m->today).from_ms);
    ohm_ask_text_add(a, "&end=");
    add_int(a, ohm_date_interval(m->tz, days_after(m->today, 1)).to_ms);
}

static void ask_open_meteo(address *a, const ohm_ask *ask, const moment *m)
{
    (void)m;
    ohm_ask_text_add(a, "/v1/forecast?latitude=");
    add_decimal(a, ask->latitude_e4, 4);
    ohm_ask_text_add(a, "&longitude=");
    add_decimal(a, ask->longitude_e4, 4);
    ohm_ask_text_add(
        a, "&hourly=temperature_2m,shortwave_radiation,direct_normal_irradiance,diffuse_radiation"
           "&timezone=GMT&timeformat=unixtime&forecast_days=3");
}

static void ask_forecast_solar(address *a, const ohm_ask *ask, const moment *m)
{
    (void)m;
    ohm_ask_text_add(a, "/");
    if (ask->secret[0]) {
        ohm_ask_text_escape(a, ask->secret);
        ohm_ask_text_add(a, "/");
    }
    ohm_ask_text_add(a, "estimate/");
    add_decimal(a, ask->latitude_e4, 4);
    ohm_ask_text_add(a, "/");
    add_decimal(a, ask->longitude_e4, 4);
    ohm_ask_text_add(a, "/");
    add_int(a, ask->tilt_deg);
    ohm_ask_text_add(a, "/");
    add_int(a, ask->azimuth_deg);
    ohm_ask_text_add(a, "/");
    add_decimal(a, ask->power_w, 3);
    ohm_ask_text_add(a, "?time=utc");
}

/* The questions that depend on nothing. */
static const char *fixed_path(ohm_source source)
{
    if (source == OHM_SOURCE_ECOWATT)
        return "/open_api/ecowatt/v5/signals";
    if (source == OHM_SOURCE_DEMAND_RESPONSE)
        return "/open_api/demand_response_signal/v2/signals";
    if (source == OHM_SOURCE_TIBBER)
        return "/v1-beta/gql";
    if (source == OHM_SOURCE_ECO2MIX)
        return "/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/records"
               "?select=date_heure,taux_co2&where=taux_co2%20is%20not%20null"
               "&order_by=date_heure%20desc&limit=96";
    if (source == OHM_SOURCE_TEMPO_SERVICES_RTE)
        return "/cms/open_data/v1/tempo?season=";
    if (source == OHM_SOURCE_TEMPO_COULEUR)
        return "/api/joursTempo?periode=";
    return NULL;
}

static void add_question(address *a, const ohm_ask *ask, const moment *m)
{
    static void (*const questions[OHM_SOURCES_COUNT])(address *, const ohm_ask *,
                                                      const moment *) = {
        [OHM_SOURCE_TEMPO] = ask_tempo,           [OHM_SOURCE_EJP] = ask_ejp,
        [OHM_SOURCE_ENTSOE] = ask_entsoe,         [OHM_SOURCE_ENERGY_CHARTS] = ask_energy_charts,
        [OHM_SOURCE_NORDPOOL] = ask_nordpool,     [OHM_SOURCE_AWATTAR] = ask_awattar,
        [OHM_SOURCE_OPEN_METEO] = ask_open_meteo, [OHM_SOURCE_FORECAST_SOLAR] = ask_forecast_solar,
    };
    const char *fixed = fixed_path(ask->source);
    if (questions[ask->source])
        questions[ask->source](a, ask, m);
    if (fixed)
        ohm_ask_text_add(a, fixed);
    if (ask->source == OHM_SOURCE_TEMPO_SERVICES_RTE || ask->source == OHM_SOURCE_TEMPO_COULEUR)
        add_season(a, days_after(m->today, 1)); /* on 31 August tomorrow is the new season's */
}

void ohm_ask_text_base(ohm_ask_text *a, const ohm_ask *ask)
{
    const char *base = ask->url[0] ? ask->url : rows[ask->source].url;
    ohm_ask_text_add(a, base ? base : "");
    while (a->len > 0 && a->out[a->len - 1] == '/')
        a->out[--a->len] = '\0';
}

ohm_code ohm_ask_url(const ohm_ask *ask, ohm_segments hand, const ohm_tz *tz, ohm_ms now_ms,
                     char out[static OHM_HTTP_URL_MAX])
{
    ohm_civil local = ohm_civil_from_utc(tz, now_ms);
    const moment m = { tz, now_ms, local.date, local.hour * 60 + local.minute, hand };
    address a = { out, 0, false };
    out[0] = '\0';
    ohm_ask_text_base(&a, ask);
    add_question(&a, ask, &m);
    return a.cut ? OHM_TOO_BIG : OHM_OK;
}

const char *ohm_ask_post(ohm_source source)
{
    if (source != OHM_SOURCE_TIBBER)
        return "";
    return "{\"query\":\"{viewer{homes{currentSubscription{priceInfo(resolution:QUARTER_HOURLY){"
           "current{currency} today{total energy tax startsAt} "
           "tomorrow{total energy tax startsAt}}}}}}\"}";
}

ohm_code ohm_ask_token_url(const ohm_ask *ask, char out[static OHM_HTTP_URL_MAX])
{
    address a = { out, 0, false };
    out[0] = '\0';
    if (ask->token_url[0]) {
        ohm_ask_text_add(&a, ask->token_url);
        return a.cut ? OHM_TOO_BIG : OHM_OK;
    }
    ohm_ask_text_base(&a, ask);
    ohm_ask_text_add(&a, rows[ask->source].token_path ? rows[ask->source].token_path : "");
    return a.cut ? OHM_TOO_BIG : OHM_OK;
}

/* OpenADR's form names the client; RTE takes the header and wants no form. */
ohm_code ohm_ask_token_post(const ohm_ask *ask, char out[static OHM_ASK_BODY_MAX])
{
    char text[OHM_HTTP_URL_MAX];
    address a = { text, 0, false };
    text[0] = '\0';
    if (ask->source == OHM_SOURCE_OPENADR) {
        ohm_ask_text_add(&a, "grant_type=client_credentials&client_id=");
        ohm_ask_text_escape(&a, ask->client_id);
        ohm_ask_text_add(&a, "&client_secret=");
        ohm_ask_text_escape(&a, ask->secret);
    }
    if (a.cut || a.len >= OHM_ASK_BODY_MAX)
        return OHM_TOO_BIG;
    memcpy(out, text, a.len + 1);
    return OHM_OK;
}

bool ohm_ask_is_topic(const ohm_ask *ask)
{
    return ask->source == OHM_SOURCE_GENERIC &&
           (!strncmp(ask->url, "mqtt://", 7) || !strncmp(ask->url, "mqtts://", 8));
}

static ohm_err check_topic(const ohm_ask *ask)
{
    ohm_mqtt_address broker;
    const char *topic = "";
    OHM_TRY(ohm_mqtt_address_parse(ask->url, &broker, &topic));
    if (topic[0] != '/' || !topic[1] || strlen(topic) > OHM_MQTT_TOPIC_MAX || strpbrk(topic, "+#"))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the address names no single topic (mqtt://host/topic)");
    return ohm_ok();
}

/* What only OpenADR's nodes have. */
static ohm_err check_node(const ohm_ask *ask)
{
    bool node = ask->ven_name[0] || ask->resource[0] || ask->targets[0] || ask->target_type[0] ||
                ask->token_url[0] || ask->reports;
    if (node && ask->source != OHM_SOURCE_OPENADR)
        return ohm_fail(OHM_BAD_FORMAT, 0,
                        "ven_name, resource, targets, token_url and reports are openadr's");
    if ((ask->resource[0] || ask->reports) && !ask->ven_name[0])
        return ohm_fail(OHM_NO_KEY, 0, "the name of the node (ven_name) is missing");
    if (ask->target_type[0] && !ask->targets[0])
        return ohm_fail(OHM_NO_KEY, 0,
                        "target_type says of what kind targets are: they are missing");
    if (ask->token_url[0] && !ohm_http_is_private(ask->token_url))
        return ohm_fail(OHM_BAD_FORMAT, 0, "token_url must start with https://");
    return ohm_ok();
}

ohm_err ohm_ask_check(const ohm_ask *ask)
{
    const ask_row *row = &rows[ask->source];
    if (ohm_ask_is_topic(ask))
        return check_topic(ask);
    bool oauth = row->auth == OHM_AUTH_OAUTH;
    if (!row->possible)
        return ohm_fail(OHM_UNSUPPORTED, 0, "this source is a file, not a service");
    if (!ask->url[0] && !row->url)
        return ohm_fail(OHM_NO_KEY, 0, "the address (url) is missing");
    if ((oauth && (!ask->client_id[0] || !ask->secret[0])) ||
        (row->auth != OHM_AUTH_NONE && !ask->secret[0]))
        return ohm_fail(OHM_NO_KEY, 0, "the client id or secret is empty");
    if ((row->auth != OHM_AUTH_NONE || ask->secret[0]) && ask->url[0] &&
        !ohm_http_is_private(ask->url))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the address must start with https://");
    if (strchr(ask->client_id, ':'))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the client id has a colon");
    return check_node(ask);
}
