/* CSV, the exports of Enedis, and the line protocol: what comes out of whole files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/tzdata.h"
#include "inout/enedis.h"
#include "inout/line_protocol.h"
#include "inout/table.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

enum { OUT_MAX = 4096 };

static char out[OUT_MAX];
static size_t out_len;

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = vsnprintf(out + out_len, sizeof out - out_len, format, list);
    va_end(list);
    assert_true(n >= 0 && (size_t)n < sizeof out - out_len);
    out_len += (size_t)n;
}

/* --- CSV ------------------------------------------------------------------------------------- */

static ohm_csv csv;

/* Records as "line:field|field|…;", faults as "line!". */
static const char *csv_of(const char *text, char separator)
{
    const ohm_csv_record *record;
    ohm_span in = ohm_span_text(text);
    ohm_code code;
    out_len = 0;
    out[0] = '\0';
    ohm_csv_init(&csv, separator);
    for (;;) {
        code = ohm_csv_next(&csv, &in, &record);
        if (code == OHM_MORE) {
            ohm_csv_finish(&csv);
            continue;
        }
        if (code == OHM_END)
            return out;
        say("%d:", (int)record->line);
        for (int i = 0; i < record->count; i++)
            say("%.*s|", (int)record->fields[i].len, (const char *)record->fields[i].ptr);
        say("%s", code == OHM_OK ? ";" : "!");
    }
}

static void records(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        char separator;
        const char *want;
    } rows[] = {
        { "commas", "a,b\n1,2\n", 0, "1:a|b|;2:1|2|;" },
        { "semicolons, decimal commas", "a;b\r\n1,5;2\r\n", 0, "1:a|b|;2:1,5|2|;" },
        { "tabs", "a\tb c\n", 0, "1:a|b c|;" },
        { "no end of line at the end", "a,b", 0, "1:a|b|;" },
        { "old ends of line", "a,b\r1,2\r", 0, "1:a|b|;2:1|2|;" },
        { "empty lines are left out", "\na\n\n\nb\n", 0, "2:a|;5:b|;" },
        { "a mark of UTF-8",
          "\xef\xbb\xbf"
          "a;b\n",
          0, "1:a|b|;" },
        { "sep=", "sep=,\na;b,c\n", 0, "2:a;b|c|;" },
        { "quotes", "\"a,1\",\"b\"\"c\",d\"e\n", 0, "1:a,1|b\"c|d\"e|;" },
        { "an end of line in quotes", "\"a\nb\",c\nd\n", 0, "1:a\nb|c|;3:d|;" },
        { "text behind quotes", "\"a\"b,c\n", 0, "1:ab|c|;" },
        { "empty fields", ",,\n", 0, "1:|||;" },
        { "a separator that is said", "a;b,c\n", ',', "1:a;b|c|;" },
        { "a first record with both", "Date;\"x, y, z\"\n", 0, "1:Date|x, y, z|;" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(csv_of(rows[i].text, rows[i].separator), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].why, out);
}

static void records_that_are_refused(void **state)
{
    (void)state;
    static char text[2 * OHM_CSV_RECORD_MAX];
    memset(text, 'x', OHM_CSV_RECORD_MAX + 1);
    strcpy(text + OHM_CSV_RECORD_MAX + 1, "\nb\n");
    assert_string_equal(csv_of(text, ','), "1:!2:b|;");
    memset(text, ',', OHM_CSV_FIELDS_MAX);
    strcpy(text + OHM_CSV_FIELDS_MAX, "\nb\n");
    assert_string_equal(csv_of(text, ','), "1:!2:b|;");
    static const char utf16[] = "a\0;\0b\0\n\0c\n";
    const ohm_csv_record *record;
    ohm_span in = ohm_span_of(utf16, sizeof utf16 - 1);
    ohm_csv_init(&csv, 0);
    assert_int_equal(ohm_csv_next(&csv, &in, &record), OHM_BAD_FORMAT);
    assert_int_equal(record->line, 1);
}

/* --- Enedis ---------------------------------------------------------------------------------- */

static void print_sample(void *ctx, const ohm_sample *s)
{
    (void)ctx;
    char time[OHM_RFC3339_MAX];
    (void)ohm_rfc3339_write(s->time_ms, time);
    say("%.*s %s %lld%s%.*s%s\n", (int)s->source.len, (const char *)s->source.ptr, time,
        (long long)s->mantissa,
        s->exponent == -1  ? "e-1"
        : s->exponent == 0 ? ""
                           : "e?",
        (int)s->unit.len, (const char *)s->unit.ptr,
        s->quality == OHM_QUALITY_ESTIMATED ? " estimated" : "");
}

static void print_refusal(void *ctx, uint64_t line, const char *why, ohm_span text)
{
    (void)ctx;
    (void)text;
    say("%d! %s\n", (int)line, why);
}

static const char *enedis_of(const char *text, const char *prm)
{
    static ohm_enedis e;
    static ohm_tz tz;
    const ohm_sample_sink sink = { NULL, print_sample, print_refusal };
    const ohm_csv_record *record;
    ohm_span in = ohm_span_text(text);
    out_len = 0;
    out[0] = '\0';
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    ohm_csv_init(&csv, 0);
    ohm_enedis_init(&e, prm, &tz, &sink);
    for (;;) {
        ohm_code code = ohm_csv_next(&csv, &in, &record);
        if (code == OHM_END)
            break;
        if (code == OHM_MORE)
            ohm_csv_finish(&csv);
        else
            ohm_enedis_take(&e, record);
    }
    ohm_enedis_finish(&e);
    return out;
}

#define HEAD                                                                                       \
    "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"                 \
    "Grandeur metier;Etape metier;Unite\r\n"
#define CURVE HEAD "00000000000001;Courbe de charge;a;b;Energie active;Consommation;Brut;W\r\n"
#define ROW   "Horodate;Valeur\r\n"

static void enedis(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *want;
    } rows[] = {
        { "a step ends at its time and is given at its beginning",
          CURVE "\r\n" ROW "2026-01-05T00:30:00+01:00;1200\r\n2026-01-05T01:00:00+01:00;800\r\n",
          "power_import_mean 2026-01-04T23:00:00Z 1200W\n"
          "power_import_mean 2026-01-04T23:30:00Z 800W\n" },
        { "from 60 to 30 to 10 minutes, and back",
          CURVE ROW "2026-01-05T01:00:00Z;1\n2026-01-05T02:00:00Z;2\n2026-01-05T02:30:00Z;3\n"
                    "2026-01-05T02:40:00Z;4\n2026-01-05T02:50:00Z;5\n2026-01-05T03:20:00Z;6\n"
                    "2026-01-05T03:50:00Z;7\n",
          "power_import_mean 2026-01-05T00:00:00Z 1W\npower_import_mean 2026-01-05T01:00:00Z 2W\n"
          "power_import_mean 2026-01-05T02:00:00Z 3W\npower_import_mean 2026-01-05T02:30:00Z 4W\n"
          "power_import_mean 2026-01-05T02:40:00Z 5W\npower_import_mean 2026-01-05T02:50:00Z 6W\n"
          "power_import_mean 2026-01-05T03:20:00Z 7W\n" },
        { "a row that lacks is a gap, no longer step",
          CURVE ROW "2026-01-05T00:30:00Z;1\n2026-01-05T01:00:00Z;2\n2026-01-05T02:00:00Z;3\n"
                    "2026-01-05T02:30:00Z;4\n",
          "power_import_mean 2026-01-05T00:00:00Z 1W\npower_import_mean 2026-01-05T00:30:00Z 2W\n"
          "power_import_mean 2026-01-05T01:30:00Z 3W\n"
          "power_import_mean 2026-01-05T02:00:00Z 4W\n" },
        { "a row without a value gives none, and holds its place",
          CURVE ROW "2026-01-05T00:30:00Z;1\n2026-01-05T01:00:00Z;\n2026-01-05T01:30:00Z;3\n",
          "power_import_mean 2026-01-05T00:00:00Z 1W\n"
          "power_import_mean 2026-01-05T01:00:00Z 3W\n" },
        { "clocks go back",
          CURVE ROW "2026-10-25T02:30:00+02:00;1\n2026-10-25T02:00:00+01:00;2\n"
                    "2026-10-25T02:30:00+01:00;3\n",
          "power_import_mean 2026-10-25T00:00:00Z 1W\npower_import_mean 2026-10-25T00:30:00Z 2W\n"
          "power_import_mean 2026-10-25T01:00:00Z 3W\n" },
        { "one row alone says nothing of its step", CURVE ROW "2026-01-05T00:30:00Z;1\n",
          "4! how long its step is, nothing says\n" },
        { "unless the head does",
          "Identifiant PRM;Type de donnees;Grandeur physique;Grandeur metier;Unite;"
          "Pas en minutes\n1;Courbe de charge;Energie active;Production;kW;10\n" ROW
          "2026-01-05T00:30:00Z;1,5\n",
          "power_export_mean 2026-01-05T00:20:00Z 15e-1kW\n" },
        { "registers of supplier and distributor",
          HEAD "1;Index;a;b;\xc3\x89nergie active;Consommation;Comptage Brut;Wh\n"
               "Horodate;Type de relev\xc3\xa9;EAS F1;EAS F2;EAS F10;EAS D4;EAS T\n"
               "2026-01-05T00:00:00+01:00;Arr\xc3\xaat\xc3\xa9 quotidien;10;20;;5;30\n"
               "2026-01-06T00:00:00+01:00;Estim\xc3\xa9;11;x;;;31\n"
               "Periode;Identifiant calendrier fournisseur\nDu 2026;FC0001\n",
          "energy_import_t1 2026-01-04T23:00:00Z 10Wh\n"
          "energy_import_t2 2026-01-04T23:00:00Z 20Wh\n"
          "energy_import_d4 2026-01-04T23:00:00Z 5Wh\nenergy_import 2026-01-04T23:00:00Z 30Wh\n"
          "energy_import_t1 2026-01-05T23:00:00Z 11Wh estimated\n5! not a number\n"
          "energy_import 2026-01-05T23:00:00Z 31Wh estimated\n" },
        { "daily maxima",
          HEAD
          "1;Puissance maximale quotidienne;a;b;Puissance maximale atteinte;Consommation;;VA\n" ROW
          "2026-01-05T19:12:31+01:00;4210\n",
          "apparent_power_import_max 2026-01-05T18:12:31Z 4210VA\n" },
        { "days, and days fed in",
          "Date;Consommation (en kWh)\n01/06/2026;12,5\n" HEAD "1;Injection quotidienne;a;b\n"
          "Date;Valeur (en Wh)\n2026-06-01;12571\n",
          "energy_import_day 2026-05-31T22:00:00Z 125e-1kWh\n"
          "energy_export_day 2026-05-31T22:00:00Z 12571Wh\n" },
        { "flat rows in local time, with their step",
          "Identifiant PRM;Date de d\xe9"
          "but;Grandeur physique;Grandeur m\xe9tier;Unit\xe9;"
          "Horodate;Valeur;Nature;Pas\n1;x;PA;CONS;W;2026-03-29 03:30:00;692;B;PT30M\n"
          "1;x;PA;CONS;W;2026-03-29 04:00:00;7;E;PT30M\n"
          "1;x;EA;PROD;Wh;2026-03-29 04:00:00;7;B;PT15M\n"
          "1;x;ER;CONS;VAr;2026-03-29 04:00:00;7;B;PT15M\n",
          "power_import_mean 2026-03-29T01:00:00Z 692W\n"
          "power_import_mean 2026-03-29T01:30:00Z 7W estimated\n"
          "power_export_mean 2026-03-29T01:45:00Z 28W\n5! no quantity of ours\n" },
        { "date and time of day in two columns",
          "Date de la mesure;Heure de la mesure;Valeur;Statut de la mesure;PRM;Unit\xc3\xa9;"
          "Pas en minutes\n05/01/2026;00:30;4;R\xc3\xa9"
          "el;1;kW;30\n",
          "power_import_mean 2026-01-04T23:00:00Z 4kW\n" },
        { "a step that is none", "Horodate;Valeur;Pas;PRM\n2026-01-05T00:30:00Z;1;PT7M;1\n",
          "2! a step of 5, 10, 15, 30 or 60 minutes is read, not\n" },
        { "rows of another delivery point",
          CURVE ROW "2026-01-05T00:30:00Z;1\n2026-01-05T01:00:00Z;2\n" HEAD
                    "2;Courbe de charge;a;b;Energie active;Consommation;Brut;W\n" ROW
                    "2026-01-05T00:30:00Z;9\n",
          "power_import_mean 2026-01-05T00:00:00Z 1W\n"
          "power_import_mean 2026-01-05T00:30:00Z 2W\n9! of another delivery point\n" },
        { "flat rows of another delivery point",
          "PRM;Horodate;Valeur;Pas\n1;2026-01-05T00:30:00Z;1;30\n"
          "2;2026-01-05T00:30:00Z;9;30\n",
          "3! of another delivery point\npower_import_mean 2026-01-05T00:00:00Z 1\n" },
        { "no head", "1;2\n", "1! stands before any head of an Enedis file\n" },
        { "a time that is none", CURVE ROW "hier;5\n", "4! not a date and time\n" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(enedis_of(rows[i].text, ""), rows[i].want) != 0)
            fail_msg("%s:\n%s", rows[i].why, out);
    assert_string_equal(enedis_of(CURVE ROW "2026-01-05T00:30:00Z;1\n", "2"),
                        "4! of another delivery point\n");
}

/* --- tables ---------------------------------------------------------------------------------- */

static const char *table_of(const char *text, const ohm_table_options *options)
{
    static ohm_table t;
    static ohm_tz tz;
    const ohm_sample_sink sink = { NULL, print_sample, print_refusal };
    const ohm_csv_record *record;
    ohm_table_options o = *options;
    ohm_span in = ohm_span_text(text);
    out_len = 0;
    out[0] = '\0';
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    o.tz = &tz;
    ohm_csv_init(&csv, 0);
    ohm_table_init(&t, &o, &sink);
    for (;;) {
        ohm_code code = ohm_csv_next(&csv, &in, &record);
        if (code == OHM_END)
            return out;
        if (code == OHM_MORE) {
            ohm_csv_finish(&csv);
            continue;
        }
        ohm_err err = ohm_table_take(&t, record);
        if (ohm_failed(err)) {
            say("failed: %s\n", err.what);
            return out;
        }
    }
}

static void tables(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        ohm_table_options options;
        const char *want;
    } rows[] = {
        { "wide, French",
          "Date;Puissance (kW);Index;Note (L1)\n05/01/2026 00:30;1,5;;7\n",
          { .unit = "W" },
          "Puissance 2026-01-04T23:30:00Z 15e-1kW\nNote (L1) 2026-01-04T23:30:00Z 7W\n" },
        { "date and time of day",
          "date,time,p\n2026-01-05,00:30,4\n",
          { 0 },
          "p 2026-01-04T23:30:00Z 4\n" },
        { "columns by name",
          "Quand;Qui;Combien\n1767571200;a;1\n",
          { .time = "quand", .series = "Qui", .value = "Combien" },
          "a 2026-01-05T00:00:00Z 1\n" },
        { "long",
          "time,series,value,unit,quality\n2026-01-05T00:00:00Z,s/a,1,kWh,estimated\n"
          "2026-01-05T00:00:00Z,,1,kWh,good\n",
          { 0 },
          "s/a 2026-01-05T00:00:00Z 1kWh estimated\n3! it does not say of what it is\n" },
        { "statistics: a mean, a state, a sum",
          "statistic_id;unit;start;min;max;mean;sum;state\n"
          "sensor.t;\xc2\xb0"
          "C;26.01.2024 12:00;20;21;20.5;;\n"
          "sensor.e;kWh;26.01.2024 12:00;;;;10,5;100\nsensor.f;kWh;26.01.2024 12:00;;;;7;\n",
          { 0 },
          "sensor.t 2024-01-26T11:00:00Z 205e-1\xc2\xb0"
          "C\n"
          "sensor.e 2024-01-26T12:00:00Z 100kWh\nsensor.f 2024-01-26T12:00:00Z 7kWh\n" },
        { "statistics of five minutes: the end of a row on the hour is not known",
          "statistic_id,unit,start,mean,sum,state\n"
          "sensor.e,kWh,2024-01-26T11:05:00Z,,10,100\nsensor.t,W,2024-01-26T11:05:00Z,4,,\n",
          { 0 },
          "2! not the start of an hour: only hourly statistics are read\n"
          "sensor.t 2024-01-26T11:05:00Z 4W\n" },
        { "states of Home Assistant",
          "entity_id,state,last_changed\nsensor.p,230.1,2026-01-05T00:00:00.500Z\n"
          "sensor.p,unavailable,2026-01-05T00:01:00Z\nsensor.p,on,2026-01-05T00:02:00Z\n",
          { 0 },
          "sensor.p 2026-01-05T00:00:00.500Z 2301e-1\n4! not a number\n" },
        { "annotated, with two heads",
          "#datatype,string,long\n,result,table,_time,_value,_field,_measurement,room\n"
          ",,0,2026-01-05T00:00:00Z,20.5,temperature,twin,salon\n\n#group,false\n"
          ",result,table,_time,_field,_value,_measurement,entity_id,domain\n"
          ",,0,2026-01-05T00:00:00Z,value,7,kWh,oven,sensor\n",
          { 0 },
          "twin.temperature 2026-01-05T00:00:00Z 205e-1\noven 2026-01-05T00:00:00Z 7kWh\n" },
        { "an hour that comes twice, of two series",
          "time,series,value\n25/10/2026 02:30,a,1\n25/10/2026 02:30,b,2\n"
          "25/10/2026 02:30,a,3\n25/10/2026 02:30,b,4\n",
          { 0 },
          "a 2026-10-25T00:30:00Z 1\nb 2026-10-25T00:30:00Z 2\n"
          "a 2026-10-25T01:30:00Z 3\nb 2026-10-25T01:30:00Z 4\n" },
        { "a column of text",
          "time,a,b\n2026-01-05,,1\n2026-01-06,x,2\n2026-01-07,3,y\n",
          { 0 },
          "b 2026-01-04T23:00:00Z 1\n3! a column of text\nb 2026-01-05T23:00:00Z 2\n"
          "4! not a number\n" },
        { "no times", "a,b\n1,2\n", { 0 }, "failed: no column is one of times\n" },
        { "no values",
          "time,b\n1,2\n",
          { .series = "b" },
          "failed: no column names the series, or has values\n" },
        { "a row that is short",
          "time,a,b\n2026-01-05T00:00:00Z,1\n",
          { 0 },
          "a 2026-01-05T00:00:00Z 1\n" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(table_of(rows[i].text, &rows[i].options), rows[i].want) != 0)
            fail_msg("%s:\n%s", rows[i].why, out);
}

/* --- the line protocol ----------------------------------------------------------------------- */

static const char *points_of(const char *text)
{
    static ohm_line_protocol lp;
    static const char types[] = "fiubs";
    const ohm_lp_point *p;
    const char *what;
    ohm_span in = ohm_span_text(text);
    out_len = 0;
    out[0] = '\0';
    ohm_line_protocol_init(&lp);
    for (;;) {
        ohm_code code = ohm_line_protocol_next(&lp, &in, &p, &what);
        if (code == OHM_END)
            return out;
        if (code == OHM_MORE) {
            ohm_line_protocol_finish(&lp);
            continue;
        }
        if (code != OHM_OK) {
            say("%d! %s;", (int)p->line, what);
            continue;
        }
        say("%d:%.*s", (int)p->line, (int)p->measurement.len, (const char *)p->measurement.ptr);
        for (int i = 0; i < p->tags_count; i++)
            say(",%.*s=%.*s", (int)p->tags[i].key.len, (const char *)p->tags[i].key.ptr,
                (int)p->tags[i].value.len, (const char *)p->tags[i].value.ptr);
        for (int i = 0; i < p->fields_count; i++)
            say(" %.*s=%c%.*s", (int)p->fields[i].key.len, (const char *)p->fields[i].key.ptr,
                types[p->fields[i].type], (int)p->fields[i].value.len,
                (const char *)p->fields[i].value.ptr);
        if (p->has_time)
            say(" @%lld", (long long)p->time);
        say(";");
    }
}

static void points(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *want;
    } rows[] = {
        { "all parts", "m,a=1,b=2 x=1.5,y=2i 17\n", "1:m,a=1,b=2 x=f1.5 y=i2 @17;" },
        { "no tags, no time", "m x=1", "1:m x=f1;" },
        { "types", "m a=1u,b=t,c=FALSE,d=\"s\",e=-1e3\n", "1:m a=u1 b=b1 c=b0 d=ss e=f-1e3;" },
        { "escapes", "a\\ b\\,c,t\\=1=v\\ 2 f\\,g=1\n", "1:a b,c,t=1=v 2 f,g=f1;" },
        { "a backslash that escapes nothing", "a\\b x=1\n", "1:a\\b x=f1;" },
        { "strings", "m s=\"a \\\"b\\\\, c\\n\",x=1 5\n", "1:m s=sa \"b\\, c\\n x=f1 @5;" },
        { "an end of line in a string", "m s=\"a\nb\" 1\nn x=1\n", "1:m s=sa\nb @1;3:n x=f1;" },
        { "comments and empty lines", "# m x=1\n\nm x=1\n", "3:m x=f1;" },
        { "the head of an export", "CREATE DATABASE db WITH NAME x\nm x=1\r\n", "2:m x=f1;" },
        { "two spaces before the time", "m x=1  5\n", "1:m x=f1 @5;" },
        { "no fields", "m\nm,a=1\n", "1! no fields;2! no fields;" },
        { "no measurement", ",a=1 x=1\n", "1! no measurement;" },
        { "a tag without a value", "m,a x=1\nm,a= x=1\n",
          "1! a tag without a value;2! a tag without a value;" },
        { "a field that is none", "m x=abc\nm x=1x\nm x=NaN\n",
          "1! a field that is no value;2! a field that is no value;3! a field that is no value;" },
        { "a string that does not end", "m x=\"abc\n", "1! a string that does not end;" },
        { "a time that is none", "m x=1 1.5\nm x=1 1 2\n",
          "1! a timestamp that is no whole number;2! a timestamp that is no whole number;" },
        { "junk behind a string", "m x=\"a\"b 1\n", "1! something behind a value;" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(points_of(rows[i].text), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].why, out);
    static char text[2 * OHM_LP_BYTES_MAX];
    memset(text, 'x', OHM_LP_BYTES_MAX + 1);
    strcpy(text + OHM_LP_BYTES_MAX + 1, "\nm x=1\n");
    assert_string_equal(points_of(text), "1! the line is too long;2:m x=f1;");
}

static void times_of_points(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t time, per_second;
        ohm_code code;
        ohm_ms want;
    } rows[] = {
        { "seconds", 17, 1, OHM_OK, 17000 },
        { "milliseconds", 17, 1000, OHM_OK, 17 },
        { "microseconds", 17999, 1000000, OHM_OK, 17 },
        { "nanoseconds before 1970 go down", -1, 1000000000, OHM_OK, -1 },
        { "too many seconds", INT64_MAX, 1, OHM_RANGE, 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ohm_lp_point point = { .time = rows[i].time };
        ohm_ms got = 0;
        ohm_code code = ohm_lp_time(&point, rows[i].per_second, &got);
        if (code != rows[i].code || (code == OHM_OK && got != rows[i].want))
            fail_msg("%s: %lld", rows[i].why, (long long)got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records), cmocka_unit_test(records_that_are_refused),
        cmocka_unit_test(enedis),  cmocka_unit_test(tables),
        cmocka_unit_test(points),  cmocka_unit_test(times_of_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
