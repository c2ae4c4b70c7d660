#!/usr/bin/env python3
"""Every public body of a signal: the colours of twelve seasons half-hour by half-hour, ENTSO-E's
golden prices quarter by quarter, and of the others as many lines as they have values.

usage: corpus_answers.py OHMSTEAD"""
import csv
import glob
import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
HEAD = "utc_start,utc_end,value"


def signal(source, path, *options):
    done = subprocess.run([sys.argv[1], "signal", "--source", source, *options, path], text=True,
                          capture_output=True, timeout=60, check=False)
    lines = done.stdout.splitlines()
    assert lines[:1] == [HEAD], (path, lines[:1])
    return done, [line.split(",") for line in lines[1:]]


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def spread(rows, step):
    """Each step that the rows cover: its start and its value."""
    out = {}
    for start, end, value in rows:
        at = instant(start)
        while at < instant(end):
            assert at not in out, "two values at %s" % at
            out[at] = value
            at += step
    return out


def check_tempo(folder):
    with open(folder + "/tempo/days.csv", encoding="utf-8") as file:
        colours = {date.fromisoformat(row["date"]): row["colour"] for row in csv.DictReader(file)}
    half_hours = 0
    payloads = sorted(glob.glob(folder + "/tempo/payloads/rte_season_*.json"))
    for source, path in ([("tempo", path) for path in payloads] +
                         [("tempo-services-rte", path) for path in
                          glob.glob(folder + "/tempo/payloads/services_rte_*.json")]):
        done, rows = signal(source, path)
        assert done.returncode == 0 and len(rows) >= 365, (path, len(rows))
        for at, value in spread(rows, timedelta(minutes=30)).items():
            local = at.astimezone(PARIS)
            day = local.date() - timedelta(days=local.hour < 6)
            assert colours[day] == value, (path, at, value)
            half_hours += 1
    assert half_hours > 9 * 365 * 48, half_hours
    return half_hours


def check_golden(folder):
    quarters = 0
    for golden in glob.glob(folder + "/signals/golden/*.csv"):
        body = folder + "/signals/" + os.path.basename(golden)[:-4] + ".xml"
        done, rows = signal("entsoe", body)
        assert done.returncode == 0, done.stderr
        with open(golden, encoding="utf-8") as file:
            want = {instant(row["utc_start"]): float(row["eur_mwh"]) for row in csv.DictReader(file)}
        got = {at: float(value) for at, value in spread(rows, timedelta(minutes=15)).items()}
        assert got == want, body
        quarters += len(got)
    assert quarters >= 224, quarters
    return quarters


# source, file, options, lines, and one of them
OTHERS = (
    ("awattar", "signals/awattar_marketdata.json", (), 24, ["2021-09-23T13:00:00Z",
                                                            "2021-09-23T14:00:00Z", "158.95"]),
    ("energy-charts", "signals/energy_charts_price_FR.json", (), 3,
     ["2025-10-09T22:45:00Z", "2025-10-09T23:00:00Z", "-4.5"]),
    ("nordpool", "signals/nordpool_NL_2024-11-05.json", (), 24,
     ["2024-11-04T23:00:00Z", "2024-11-05T00:00:00Z", "83.63"]),
    ("tibber", "signals/tibber_priceinfo_0.json", (), 192,
     ["2025-09-18T22:00:00Z", "2025-09-18T22:15:00Z", "268.8"]),
    ("eco2mix", "signals/eco2mix_co2_v21.json", (), 1,
     ["2026-01-15T16:45:00Z", "2026-01-15T17:00:00Z", "38"]),
    ("openadr", "signals/openadr3_event_price.json", (), 1,
     ["2023-06-15T09:30:00Z", "2023-06-15T10:30:00Z", "170"]),
    ("forecast-solar", "signals/forecast_solar_forecast.json", (), 32,
     ["2024-04-26T05:00:00Z", "2024-04-26T06:00:00Z", "375.5"]),
    ("open-meteo", "weather/open_meteo_berlin_2023-01-01_48h.json", (), 48,
     ["2023-01-01T00:00:00Z", "2023-01-01T01:00:00Z", "15.9"]),
    ("epw", "weather/FRA_AR_Lyon-Bron.AP.074800_TMYx.2004-2018.epw", (), 8760,
     ["2004-01-01T00:00:00Z", "2004-01-01T01:00:00Z", "2"]),
    ("epw", "weather/FRA_AR_Lyon-Bron.AP.074800_TMYx.2004-2018.epw", ("--series", "ghi"), 8760,
     None),
    ("pvgis", "weather/pvgis_tmy_45_8_first72h.json", (), 72,
     ["2018-01-01T00:00:00Z", "2018-01-01T01:00:00Z", "2.04"]),
    ("tempo", "tempo/payloads/rte_three_days_red.json", (), 3,
     ["2026-01-05T05:00:00Z", "2026-01-06T05:00:00Z", "RED"]),
    ("tempo-couleur", "tempo/payloads/act_today_red.json", (), 1,
     ["2026-01-06T05:00:00Z", "2026-01-07T05:00:00Z", "RED"]),
    ("ejp", "tempo/payloads/edf_ejp_calendar.json", (), 8,
     ["2025-01-13T06:00:00Z", "2025-01-14T00:00:00Z", "1"]),
    ("demand-response", "tempo/payloads/rte_demand_response_signal.json", (), 2,
     ["2025-01-13T23:00:00Z", "2025-01-14T23:00:00Z", "1"]),
    ("tempo", "ecowatt/error/real_tempo_400_F04.json", (), 0, None),
)
REFUSED = (("open-meteo", "weather/open_meteo_error_429.json"),
           ("forecast-solar", "signals/forecast_solar_ratelimit.json"),
           ("tempo", "ecowatt/error/real_T05_1.json"),
           ("tempo-couleur", "tempo/payloads/act_tarifs.json"))


def check_others(folder):
    for source, name, options, lines, one in OTHERS:
        done, rows = signal(source, folder + "/" + name, *options)
        assert (done.returncode, done.stderr, len(rows)) == (0, "", lines), (name, len(rows), done)
        assert one is None or one in rows, (name, one)
    # what the corpus says of this file: 1321 kWh/m2 in the year
    _, rows = signal("epw", folder + "/" + OTHERS[8][1], "--series", "ghi")
    assert 1320 < sum(float(row[2]) for row in rows) / 1000 < 1322
    for source, name in REFUSED:
        done, rows = signal(source, folder + "/" + name)
        assert (done.returncode, rows, done.stderr.count("\n")) == (1, [], 1), (name, done)
    return len(OTHERS)


def main():
    folder = os.environ.get("OHM_CORPUS", "") + "/grid"
    if not os.path.isdir(folder):
        print("SKIP: no corpus (OHM_CORPUS)")
        return 77
    print("%d half-hours of Tempo, %d quarters of prices, %d other bodies"
          % (check_tempo(folder), check_golden(folder), check_others(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
