/* Prices of the markets: five services, one unit. */
#include "answers.h"

#define SERIES(head, periods)                                                                      \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Publication_MarketDocument xmlns=\"urn:x\">"       \
    "<type>A44</type><TimeSeries>" head "<currency_Unit.name>EUR</currency_Unit.name>"             \
    "<price_Measure_Unit.name>MWH</price_Measure_Unit.name>" periods                               \
    "</TimeSeries></Publication_MarketDocument>"
#define PERIOD(start, end, step, points)                                                           \
    "<Period><timeInterval><start>" start "</start><end>" end "</end></timeInterval>"              \
    "<resolution>" step "</resolution>" points "</Period>"
#define POINT(position, price)                                                                     \
    "<Point><position>" position "</position><price.amount>" price "</price.amount></Point>"
#define A01           "<curveType>A01</curveType>"
#define A03           "<curveType>A03</curveType>"
#define HOURS(points) PERIOD("2025-01-01T00:00Z", "2025-01-01T03:00Z", "PT60M", points)
#define CLASS(n)                                                                                   \
    "<classificationSequence_AttributeInstanceComponent.position>" n                               \
    "</classificationSequence_AttributeInstanceComponent.position>"
#define ONE_HOUR(price) PERIOD("2025-01-01T00:00Z", "2025-01-01T01:00Z", "PT60M", POINT("1", price))
#define NEXT            "</TimeSeries><TimeSeries>"

static void entsoe(void **state)
{
    (void)state;
    static const answer_row rows[] = {
        { "A03: a point left out says the same as the one before it", OHM_SOURCE_ENTSOE,
          SERIES(A03, HOURS(POINT("3", "-0.01") POINT("1", "61.20"))),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,61.2\n"
          "2025-01-01T01:00:00Z,2025-01-01T02:00:00Z,61.2\n"
          "2025-01-01T02:00:00Z,2025-01-01T03:00:00Z,-0.01\n" },
        { "A01: a point left out says nothing", OHM_SOURCE_ENTSOE,
          SERIES(A01, HOURS(POINT("1", "0") POINT("3", "100"))),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,0\n"
          "2025-01-01T02:00:00Z,2025-01-01T03:00:00Z,100\n" },
        { "no curve is A01", OHM_SOURCE_ENTSOE, SERIES("", HOURS(POINT("2", "5"))),
          "2025-01-01T01:00:00Z,2025-01-01T02:00:00Z,5\n" },
        { "A03 does not reach into the next period", OHM_SOURCE_ENTSOE,
          SERIES(A03, ONE_HOUR("7") PERIOD("2025-01-01T01:00Z", "2025-01-01T03:00Z", "PT1H",
                                           POINT("2", "8"))),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,7\n"
          "2025-01-01T02:00:00Z,2025-01-01T03:00:00Z,8\n" },
        { "a point that says that it has no price", OHM_SOURCE_ENTSOE,
          SERIES(A03, HOURS(POINT("1", "7") POINT("2", ""))),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,7\n" },
        { "a position behind the period is none of its hours", OHM_SOURCE_ENTSOE,
          SERIES(A03, PERIOD("2025-01-01T00:00Z", "2025-01-01T01:00Z", "PT60M",
                             POINT("1", "7") POINT("2", "8"))),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,7\n" },
        { "half-hours", OHM_SOURCE_ENTSOE,
          SERIES(A01, PERIOD("2025-01-01T00:00Z", "2025-01-01T01:00Z", "PT30M",
                             POINT("1", "1") POINT("2", "2"))),
          "2025-01-01T00:00:00Z,2025-01-01T00:30:00Z,1\n"
          "2025-01-01T00:30:00Z,2025-01-01T01:00:00Z,2\n" },
        { "the lowest classification counts", OHM_SOURCE_ENTSOE,
          SERIES(CLASS("2"), ONE_HOUR("9") NEXT CLASS("1") ONE_HOUR("7")),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,7\n" },
        { "the only classification counts", OHM_SOURCE_ENTSOE, SERIES(CLASS("2"), ONE_HOUR("9")),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,9\n" },
        { "a day that has only another classification stays", OHM_SOURCE_ENTSOE,
          SERIES(CLASS("2"),
                 ONE_HOUR("9") NEXT CLASS("1") PERIOD("2025-01-01T01:00Z", "2025-01-01T02:00Z",
                                                      "PT60M", POINT("1", "7")) NEXT CLASS("2")
                     PERIOD("2025-01-01T01:00Z", "2025-01-01T02:00Z", "PT60M", POINT("1", "8"))),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,9\n"
          "2025-01-01T01:00:00Z,2025-01-01T02:00:00Z,7\n" },
        { "a day before there were any stays", OHM_SOURCE_ENTSOE,
          SERIES("", ONE_HOUR("9") NEXT CLASS("1") PERIOD("2025-01-01T01:00Z", "2025-01-01T02:00Z",
                                                          "PT60M", POINT("1", "7"))),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,9\n"
          "2025-01-01T01:00:00Z,2025-01-01T02:00:00Z,7\n" },
        { "what says that it has no price hides none", OHM_SOURCE_ENTSOE,
          SERIES(CLASS("1") A03, ONE_HOUR("") NEXT CLASS("2") ONE_HOUR("9")),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,9\n" },
        { "another one, asked for", OHM_SOURCE_ENTSOE,
          SERIES(CLASS("2"), ONE_HOUR("9") NEXT CLASS("1") ONE_HOUR("7")),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,9\n", "2" },
        { "before October 2025 the coupling had hours", OHM_SOURCE_ENTSOE,
          SERIES("", PERIOD("2025-01-01T00:00Z", "2025-01-01T00:15Z", "PT15M", POINT("1", "1"))
                         NEXT ONE_HOUR("7")),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,7\n" },
        { "since then it has quarter-hours", OHM_SOURCE_ENTSOE,
          SERIES("", PERIOD("2025-10-02T00:00Z", "2025-10-02T00:30Z", "PT15M",
                            POINT("1", "1") POINT("2", "2"))
                         NEXT PERIOD("2025-10-02T00:00Z", "2025-10-02T01:00Z", "PT60M",
                                     POINT("1", "7"))),
          "2025-10-02T00:00:00Z,2025-10-02T00:15:00Z,1\n"
          "2025-10-02T00:15:00Z,2025-10-02T00:30:00Z,2\n" },
        { "what the day's own auctions say is not day-ahead", OHM_SOURCE_ENTSOE,
          SERIES(
              "<contract_MarketAgreement.type>A07</contract_MarketAgreement.type>",
              ONE_HOUR("9") NEXT
              "<contract_MarketAgreement.type>A01</contract_MarketAgreement.type>" ONE_HOUR("7")),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,7\n" },
        { "two prices", OHM_SOURCE_ENTSOE, SERIES("", ONE_HOUR("9") NEXT ONE_HOUR("7")),
          "!two prices for one time: 2025-01-01T00:00:00Z" },
        { "one price, told twice", OHM_SOURCE_ENTSOE,
          SERIES("", ONE_HOUR("9") NEXT ONE_HOUR("9.0")),
          "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,9\n" },
        { "one position, two prices", OHM_SOURCE_ENTSOE,
          SERIES("", HOURS(POINT("2", "1") POINT("2", "2"))),
          "!two prices for one time: 2025-01-01T01:00:00Z" },
        { "another currency", OHM_SOURCE_ENTSOE,
          "<Publication_MarketDocument><TimeSeries><currency_Unit.name>GBP</currency_Unit.name>"
          "</TimeSeries></Publication_MarketDocument>",
          "!the prices are not in EUR: GBP" },
        { "another document", OHM_SOURCE_ENTSOE,
          "<Publication_MarketDocument><type>A65</type></Publication_MarketDocument>",
          "!the document is not of type A44: A65" },
        { "an acknowledgement is a refusal", OHM_SOURCE_ENTSOE,
          "<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found"
          "</text></Reason></Acknowledgement_MarketDocument>",
          "!the platform acknowledges, and sends no prices: No matching data found" },
        { "a price that is none", OHM_SOURCE_ENTSOE, SERIES("", ONE_HOUR("1,5")),
          "!a price is not a number: 1,5" },
        { "another step", OHM_SOURCE_ENTSOE,
          SERIES("", PERIOD("2025-01-01T00:00Z", "2025-01-01T03:00Z", "P1D", "")),
          "!a step is not known: P1D" },
        { "a period that is cut", OHM_SOURCE_ENTSOE,
          SERIES("", PERIOD("2025-01-01T00:00Z", "2025-01-01T00:50Z", "PT15M", POINT("1", "1"))),
          "!a period is no whole number of its steps: 2025-01-01T00:00:00Z" },
        { "a period of centuries", OHM_SOURCE_ENTSOE,
          SERIES("", PERIOD("1000-01-01T00:00Z", "2025-01-01T00:00Z", "PT15M", POINT("1", "1"))),
          "!a period is too long: 1000-01-01T00:00:00Z" },
        { "an entity that grows", OHM_SOURCE_ENTSOE,
          "<!DOCTYPE a [<!ENTITY b \"bb\">]><Publication_MarketDocument>&b;"
          "</Publication_MarketDocument>",
          "!a document type declaration is not taken" },
        { "cut short", OHM_SOURCE_ENTSOE, "<Publication_MarketDocument><type>A44</type>",
          "!the body is cut short (at byte 44)" },
        { "a web page", OHM_SOURCE_ENTSOE, "<html></html>",
          "!the body is not a document of ENTSO-E: html" },
        { "nothing", OHM_SOURCE_ENTSOE, "", "!the body is empty" },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

static void lists(void **state)
{
    (void)state;
    static const answer_row rows[] = {
        { "parallel lists, a null, an end that follows from the step", OHM_SOURCE_ENERGY_CHARTS,
          "{\"unix_seconds\":[1760047200,1760048100,1760049000],\"price\":[61.2,null,-4.5],"
          "\"unit\":\"EUR / MWh\"}",
          "2025-10-09T22:00:00Z,2025-10-09T22:15:00Z,61.2\n"
          "2025-10-09T22:30:00Z,2025-10-09T22:45:00Z,-4.5\n" },
        { "hours turn into quarter-hours, and a gap stays one", OHM_SOURCE_ENERGY_CHARTS,
          "{\"unix_seconds\":[0,3600,7200,8100,9000,12600,13500],\"price\":[0,1,2,3,4,5,6]}",
          "1970-01-01T00:00:00Z,1970-01-01T01:00:00Z,0\n"
          "1970-01-01T01:00:00Z,1970-01-01T02:00:00Z,1\n"
          "1970-01-01T02:00:00Z,1970-01-01T02:15:00Z,2\n"
          "1970-01-01T02:15:00Z,1970-01-01T02:30:00Z,3\n"
          "1970-01-01T02:30:00Z,1970-01-01T02:45:00Z,4\n"
          "1970-01-01T03:30:00Z,1970-01-01T03:45:00Z,5\n"
          "1970-01-01T03:45:00Z,1970-01-01T04:00:00Z,6\n" },
        { "a first distance that nothing confirms is a gap", OHM_SOURCE_ENERGY_CHARTS,
          "{\"unix_seconds\":[0,3600,4500,5400],\"price\":[1,2,3,4]}",
          "1970-01-01T00:00:00Z,1970-01-01T00:15:00Z,1\n"
          "1970-01-01T01:00:00Z,1970-01-01T01:15:00Z,2\n"
          "1970-01-01T01:15:00Z,1970-01-01T01:30:00Z,3\n"
          "1970-01-01T01:30:00Z,1970-01-01T01:45:00Z,4\n" },
        { "quarter-hours turn into hours", OHM_SOURCE_ENERGY_CHARTS,
          "{\"unix_seconds\":[0,900,1800,5400,9000],\"price\":[1,2,3,4,5]}",
          "1970-01-01T00:00:00Z,1970-01-01T00:15:00Z,1\n"
          "1970-01-01T00:15:00Z,1970-01-01T00:30:00Z,2\n"
          "1970-01-01T00:30:00Z,1970-01-01T01:30:00Z,3\n"
          "1970-01-01T01:30:00Z,1970-01-01T02:30:00Z,4\n"
          "1970-01-01T02:30:00Z,1970-01-01T03:30:00Z,5\n" },
        { "noise of a double is not a price", OHM_SOURCE_ENERGY_CHARTS,
          "{\"unix_seconds\":[0],\"price\":[84.32000000000001]}",
          "1970-01-01T00:00:00Z,1970-01-01T01:00:00Z,84.32\n" },
        { "lists of different lengths", OHM_SOURCE_ENERGY_CHARTS,
          "{\"unix_seconds\":[0,900],\"price\":[1]}", "!there are not as many prices as times" },
        { "another unit", OHM_SOURCE_ENERGY_CHARTS,
          "{\"unix_seconds\":[0],\"price\":[1],\"unit\":\"ct/kWh\"}",
          "!the prices are not in EUR/MWh: ct/kWh" },
        { "an hour twice", OHM_SOURCE_ENERGY_CHARTS,
          "{\"unix_seconds\":[0,900,900],\"price\":[1,2,3]}",
          "!two prices for one time: 1970-01-01T00:15:00Z" },
        { "no such zone", OHM_SOURCE_ENERGY_CHARTS, "{\"detail\":\"Not Found\"}",
          "!the service answered with an error: Not Found" },
        { "milliseconds, and whole prices", OHM_SOURCE_AWATTAR,
          "{\"object\":\"list\",\"data\":[{\"start_timestamp\":1767229200000,\"end_timestamp\":"
          "1767232800000,"
          "\"marketprice\":152,\"unit\":\"Eur/MWh\"}]}",
          "2026-01-01T01:00:00Z,2026-01-01T02:00:00Z,152\n" },
        { "no prices yet", OHM_SOURCE_AWATTAR, "{\"object\":\"list\",\"data\":[]}", "" },
        { "hours that overlap", OHM_SOURCE_AWATTAR,
          "{\"data\":[{\"start_timestamp\":1767225600000,\"end_timestamp\":1767232800000,"
          "\"marketprice\":1},"
          "{\"start_timestamp\":1767229200000,\"end_timestamp\":1767232800000,\"marketprice\":1}]}",
          "!two prices for one time: 2026-01-01T01:00:00Z" },
        { "an hour that ends before it starts", OHM_SOURCE_AWATTAR,
          "{\"data\":[{\"start_timestamp\":1767229200000,\"end_timestamp\":1767225600000,"
          "\"marketprice\":1}]}",
          "!two prices for one time: 2026-01-01T01:00:00Z" },
        { "seconds", OHM_SOURCE_AWATTAR,
          "{\"data\":[{\"start_timestamp\":1767225600,\"end_timestamp\":1767229200}]}",
          "!a time is not in milliseconds since 1970: start_timestamp" },
        { "a time as text", OHM_SOURCE_AWATTAR, "{\"data\":[{\"start_timestamp\":\"0\"}]}",
          "!a time is not in milliseconds since 1970: start_timestamp" },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

#define NORDPOOL(areas, prices, rest)                                                              \
    "{\"updatedAt\":\"2024-11-04T11:58:10.7711584Z\",\"deliveryAreas\":[" areas                    \
    "],\"multiAreaEntries\":[{\"deliveryStart\":\"2024-11-04T23:00:00Z\",\"deliveryEnd\":"         \
    "\"2024-11-05T00:00:00Z\",\"entryPerArea\":{" prices "}}]" rest "}"
#define TIBBER(subscription)                                                                       \
    "{\"data\":{\"viewer\":{\"homes\":[{\"currentSubscription\":null},{\"currentSubscription\":"   \
    "{" subscription "}}]}}}"

static void objects(void **state)
{
    (void)state;
    static const answer_row rows[] = {
        { "one area", OHM_SOURCE_NORDPOOL, NORDPOOL("\"NL\"", "\"NL\":83.63", ""),
          "2024-11-04T23:00:00Z,2024-11-05T00:00:00Z,83.63\n" },
        { "France of several", OHM_SOURCE_NORDPOOL,
          NORDPOOL("\"NL\",\"FR\"", "\"NL\":1,\"FR\":-2", ",\"currency\":\"EUR\""),
          "2024-11-04T23:00:00Z,2024-11-05T00:00:00Z,-2\n" },
        { "the one that is asked for", OHM_SOURCE_NORDPOOL,
          NORDPOOL("\"NL\",\"FR\"", "\"NL\":1,\"FR\":-2", ""),
          "2024-11-04T23:00:00Z,2024-11-05T00:00:00Z,1\n", "NL" },
        { "several, none of them France", OHM_SOURCE_NORDPOOL,
          NORDPOOL("\"NL\",\"BE\"", "\"NL\":1,\"BE\":2", ""),
          "!the body has several areas: choose one (--series)" },
        { "an area that the body is not of", OHM_SOURCE_NORDPOOL,
          NORDPOOL("\"NL\",\"BE\"", "\"NL\":1,\"BE\":2", ""),
          "!the body is of other areas than: FR", "FR" },
        { "not priced yet", OHM_SOURCE_NORDPOOL, NORDPOOL("\"NL\"", "", ""), "" },
        { "crowns", OHM_SOURCE_NORDPOOL, NORDPOOL("\"SE3\"", "\"SE3\":1", ",\"currency\":\"SEK\""),
          "!the prices are not in EUR: SEK" },
        { "today and tomorrow; EUR/kWh become EUR/MWh", OHM_SOURCE_TIBBER,
          TIBBER("\"priceInfo\":{\"today\":[{\"total\":0.2688,\"startsAt\":"
                 "\"2025-09-19T23:45:00.000+02:00\"}],\"tomorrow\":[{\"total\":-0.01,\"startsAt\":"
                 "\"2025-09-20T00:00:00.000+02:00\"}]}"),
          "2025-09-19T21:45:00Z,2025-09-19T22:00:00Z,268.8\n"
          "2025-09-19T22:00:00Z,2025-09-19T22:15:00Z,-10\n" },
        { "tomorrow is not there before one o'clock", OHM_SOURCE_TIBBER,
          TIBBER("\"priceInfo\":{\"today\":[{\"total\":0.2,\"startsAt\":"
                 "\"2025-09-19T22:00:00+02:00\"},{\"total\":0.3,\"startsAt\":"
                 "\"2025-09-19T23:00:00+02:00\"}],\"tomorrow\":[]}"),
          "2025-09-19T20:00:00Z,2025-09-19T21:00:00Z,200\n"
          "2025-09-19T21:00:00Z,2025-09-19T22:00:00Z,300\n" },
        { "the price of now alone lasts the market's quarter of an hour", OHM_SOURCE_TIBBER,
          TIBBER("\"priceInfo\":{\"current\":{\"total\":0.2,\"currency\":\"EUR\","
                 "\"startsAt\":\"2025-11-19T10:15:00+01:00\"}}"),
          "2025-11-19T09:15:00Z,2025-11-19T09:30:00Z,200\n" },
        { "a range, and a part of the price", OHM_SOURCE_TIBBER,
          TIBBER("\"priceInfoRange\":{\"nodes\":[{\"total\":0.2,\"energy\":0.1234,\"startsAt\":"
                 "\"2025-10-26T02:00:00+02:00\"},{\"energy\":null,\"startsAt\":"
                 "\"2025-10-26T02:00:00+01:00\"}]}"),
          "2025-10-26T00:00:00Z,2025-10-26T01:00:00Z,123.4\n", "energy" },
        { "another part", OHM_SOURCE_TIBBER, TIBBER("\"priceInfo\":{}"),
          "!the series is not total, energy or tax", "level" },
        { "crowns there", OHM_SOURCE_TIBBER,
          TIBBER("\"priceInfo\":{\"current\":{\"currency\":\"NOK\"},\"today\":[]}"),
          "!the prices are not in EUR: NOK" },
        { "errors", OHM_SOURCE_TIBBER,
          "{\"errors\":[{\"message\":\"Too Many Requests\"}],\"data\":null}",
          "!the service answered with an error: Too Many Requests" },
        { "nobody has prices", OHM_SOURCE_TIBBER,
          "{\"data\":{\"viewer\":{\"homes\":[{\"currentSubscription\":null}]}}}",
          "!no home of the body has prices" },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(entsoe), cmocka_unit_test(lists),
                                        cmocka_unit_test(objects) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
