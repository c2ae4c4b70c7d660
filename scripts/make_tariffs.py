#!/usr/bin/env python3
"""Writes data/tariffs/bleu-*.yaml and data/calendars/*.yaml from the corpora ($OHM_CORPUS).

usage: OHM_CORPUS=DIR scripts/make_tariffs.py

Prices: the CRE's open data ("historique des tarifs réglementés de vente", one CSV an option), and
what EDF's price lists say after the CRE's last row. Days: RTE's Tempo calendar, and EJP's days.
Only figures and dates are taken over, each with its source; the files themselves stay outside."""
import csv
import datetime
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CRE = "CRE open data, historique des TRVE, Option_{}.csv"
EDF = "EDF price list of {}, as transcribed by others"

VAT = """\
# VAT included in the prices, percent: 19.6 became 20 on 2014-01-01 (loi 2012-1510, art. 68); the
# reduced rate of the subscription ended on 2025-08-01 (loi de finances pour 2025).
vat:
  - {from: 2012-07-23, subscription: 5.5, energy: 19.6}
  - {from: 2014-01-01, subscription: 5.5, energy: 20}
  - {from: 2025-08-01, subscription: 20, energy: 20}
"""

OPTIONS = {
    "base": ("Base", "BASE", ["edf-base", "trve-base"], """\
periods: [base]
rest: base
""", {"base": "PART_VARIABLE_TTC"}),
    "hphc": ("HPHC", "HPHC", ["bleu-hchp", "edf-hphc", "edf-hchp", "trve-hphc", "trve-hchp"], """\
periods: [hp, hc]
rest: hp
# Off-peak hours are the customer's own (on the bill, and the meter's); these where none are given.
own_hours: hc
usual_hours: [22:00-06:00]
""", {"hp": "PART_VARIABLE_HP_TTC", "hc": "PART_VARIABLE_HC_TTC"}),
    "tempo": ("Tempo", "TEMPO", ["edf-tempo", "trve-tempo", "tempo"], """\
periods: [blue_hc, blue_hp, white_hc, white_hp, red_hc, red_hp]
# The colour of a day holds from 06:00 to 06:00 (EDF, conditions of the option).
calendar: tempo
day_start: "06:00"
slots:
  - {period: blue_hp, hours: [06:00-22:00], on: [blue]}
  - {period: blue_hc, hours: [22:00-06:00], on: [blue]}
  - {period: white_hp, hours: [06:00-22:00], on: [white]}
  - {period: white_hc, hours: [22:00-06:00], on: [white]}
  - {period: red_hp, hours: [06:00-22:00], on: [red]}
  - {period: red_hc, hours: [22:00-06:00], on: [red]}
""", {"blue_hc": "PART_VARIABLE_HCBleu_TTC", "blue_hp": "PART_VARIABLE_HPBleu_TTC",
      "white_hc": "PART_VARIABLE_HCBlanc_TTC", "white_hp": "PART_VARIABLE_HPBlanc_TTC",
      "red_hc": "PART_VARIABLE_HCRouge_TTC", "red_hp": "PART_VARIABLE_HPRouge_TTC"}),
    "ejp": ("EJP", "EJP", ["edf-ejp", "trve-ejp", "ejp"], """\
periods: [normal, peak]
rest: normal
# Closed to new customers. Peak hours of the 22 days: 07:00 to 01:00 (EDF).
calendar: ejp
day_start: "06:00"
slots:
  - {period: peak, hours: [07:00-01:00], on: [peak]}
""", {"normal": None, "peak": None}),
}
NAMES = {"base": "Tarif Bleu Base", "hphc": "Tarif Bleu HP/HC", "tempo": "Tarif Bleu Tempo",
         "ejp": "Tarif Bleu EJP"}


def number(text):
    """A French decimal as the shortest plain one: '69,370' is 69.37."""
    whole, _, fraction = text.replace(",", ".").partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def date(text):
    return datetime.datetime.strptime(text, "%d/%m/%Y").date().isoformat()


def cre_rows(folder, name, columns):
    """(from, kVA, prices, subscription, source) of one option's CSV; unpriced powers left out."""
    path = folder / "cre" / f"Option_{name}.csv"
    with open(path, encoding="utf-8-sig", newline="") as text:
        for row in csv.DictReader(text, delimiter=";"):
            if not row["DATE_DEBUT"] or not row["PART_FIXE_TTC"]:
                continue
            prices = {period: number(row[column]) for period, column in columns.items()}
            yield (date(row["DATE_DEBUT"]), int(row["P_SOUSCRITE"]), prices,
                   number(row["PART_FIXE_TTC"]), CRE.format(name), True)


def edf_rows(tariffs, option, after):
    """The rows of EDF's own lists after the CRE's last one."""
    for row in tariffs:
        if row["option"] != option or not row["regulated"] or row["valid_from"] <= after:
            continue
        prices = {}
        for period, price in row["energy_eur_kwh"].items():
            if isinstance(price, dict):
                prices.update({f"{period}_{hours}": str(p) for hours, p in price.items()})
            else:
                prices["base" if period == "all" else period] = str(price)
        yield (row["valid_from"], row["power_kva"], prices, f"{row['fixed_eur_year']:.2f}",
               EDF.format(row["valid_from"]), False)


def write_tariff(folder, key):
    name, option, also, head, columns = OPTIONS[key]
    tariffs = json.loads((folder / "tariffs.json").read_text())["tariffs"]
    rows = list(cre_rows(folder, name, columns)) if None not in columns.values() else []
    last = max((row[0] for row in rows), default="")
    rows += edf_rows(tariffs, option, last)
    rows.sort(key=lambda row: (row[1], row[0]))
    out = [f"# Tarif Bleu (French regulated retail tariff), option {NAMES[key][11:]}, 36 kVA at most.",
           "# Prices with all taxes, EUR/kWh and EUR a year. Written by scripts/make_tariffs.py.",
           f"name: {NAMES[key]}", f"also: [{', '.join(also)}]", head + VAT + "rows:"]
    for start, kva, prices, subscription, source, verified in rows:
        ordered = ", ".join(f"{period}: {prices[period]}" for period in columns)
        mark = "" if verified else ", verified: false"
        out.append(f"  - {{from: {start}, kva: {kva}, prices: {{{ordered}}}, "
                   f"subscription: {subscription}, source: \"{source}\"{mark}}}")
    (ROOT / "data" / "tariffs" / f"bleu-{key}.yaml").write_text("\n".join(out) + "\n")
    print(f"bleu-{key}: {len(rows)} rows")


def season_of(day):
    year = int(day[:4])
    return year if day[5:] >= "09-01" else year - 1


def wrapped(key, days):
    """A list of dates, eight a line."""
    lines = [", ".join(days[i:i + 8]) for i in range(0, len(days), 8)]
    return f"    {key}: [" + (",\n      ").join(lines) + "]"


def write_tempo(folder):
    with open(folder / "days.csv", newline="") as text:
        days = list(csv.DictReader(text))
    last = datetime.date.fromisoformat(days[-1]["date"]) + datetime.timedelta(days=1)
    one = next(row["date"] for row in days if row["source"] in ("yahya", "jc144")
               and row["date"] > "2025-09-01")
    out = ["# The colours of Tempo's days since the calendar of RTE begins. A day's colour holds from",
           "# 06:00 to 06:00; days that are not listed are blue. Written by scripts/make_tariffs.py.",
           "kind: tempo", "source: RTE, calendriers des offres de fourniture de type Tempo",
           f"from: {days[0]['date']}", f"to: {last.isoformat()}",
           f"verified_to: {one}  # two or three agreeing copies until then, one after", "seasons:"]
    for season in sorted({season_of(row["date"]) for row in days}):
        rows = [row for row in days if season_of(row["date"]) == season]
        out.append(f"  - season: {season}-{season + 1}")
        for key, colour in (("red", "RED"), ("white", "WHITE")):
            listed = [row["date"] for row in rows if row["colour"] == colour]
            if listed:
                out.append(wrapped(key, listed))
    (ROOT / "data" / "calendars" / "tempo.yaml").write_text("\n".join(out) + "\n")
    print(f"tempo: {len(days)} days")


def write_ejp(folder):
    with open(folder / "ejp_days.csv", newline="") as text:
        days = [row["date"] for row in csv.DictReader(text)]
    first, last = season_of(days[0]), season_of(days[-1])
    out = ["# EJP's peak days. From 1 April to 31 October there are none: those days are normal in any",
           "# year. Written by scripts/make_tariffs.py.",
           "kind: ejp", "source: a list kept by customers, not verified",
           f"from: {first}-11-01", f"to: {last + 1}-04-01", f"verified_to: {first}-11-01",
           "peak_season: 11-01/03-31", "seasons:"]
    for season in range(first, last + 1):
        out.append(f"  - season: {season}-{season + 1}")
        out.append(wrapped("peak", [day for day in days if season_of(day) == season]))
    (ROOT / "data" / "calendars" / "ejp.yaml").write_text("\n".join(out) + "\n")
    print(f"ejp: {len(days)} days")


def main():
    corpus = os.environ.get("OHM_CORPUS")
    if not corpus:
        sys.exit("make_tariffs: OHM_CORPUS is not set: the folder of the public captures")
    (ROOT / "data" / "calendars").mkdir(exist_ok=True)
    for key in OPTIONS:
        write_tariff(pathlib.Path(corpus) / "grid" / "tariffs", key)
    write_tempo(pathlib.Path(corpus) / "grid" / "tempo")
    write_ejp(pathlib.Path(corpus) / "grid" / "tempo")


if __name__ == "__main__":
    main()
