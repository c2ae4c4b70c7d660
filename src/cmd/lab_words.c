/* The words of the laboratory's report, in English and French. */
#include <string.h>

#include "cmd/lab.h"

static const struct {
    const char *en, *fr;
} words[] = {
    { "en", "fr" },
    { "Simulation", "Simulation" },
    { "ohmstead: simulation", "ohmstead : simulation" },
    { "day", "jour" },
    { "days", "jours" },
    { "weather", "météo" },
    { "contract", "contrat" },
    { "red days:", "jours rouges :" },
    { "white days:", "jours blancs :" },
    { "blue_hc", "bleu, heures creuses" },
    { "blue_hp", "bleu, heures pleines" },
    { "white_hc", "blanc, heures creuses" },
    { "white_hp", "blanc, heures pleines" },
    { "red_hc", "rouge, heures creuses" },
    { "red_hp", "rouge, heures pleines" },
    { "hc", "heures creuses" },
    { "hp", "heures pleines" },
    { "base", "base" },
    { "synthetic", "synthétique" },
    { "the built-in house", "la maison fournie" },
    { "the site's own use", "la consommation du site" },
    { "Of what a plan that knows everything saves against an ideal controller, this one saves",
      "De ce qu’un plan qui sait tout économise face à un régulateur idéal, celui-ci économise" },
    { "run", "simulation" },
    { "cost, EUR", "coût, €" },
    { "subscription", "abonnement, €" },
    { "import, kWh", "soutirage, kWh" },
    { "feed-in, kWh", "injection, kWh" },
    { "heat, kWh", "chaleur, kWh" },
    { "cold, K·h", "trop froid, K·h" },
    { "hot, K·h", "trop chaud, K·h" },
    { "mean, °C", "moyenne, °C" },
    { "peak, kW", "pointe, kW" },
    { "above subscription, h", "au-delà de la puissance souscrite, h" },
    { "above the subscribed power:", "au-delà de la puissance souscrite :" },
    { "CO₂, kg", "CO₂, kg" },
    { "kWh and EUR by period", "kWh et € par poste" },
    { "plan, weather as of a day ago", "plan, météo de la veille" },
    { "plan that knows everything", "plan qui sait tout" },
    { "ideal controller", "régulateur idéal" },
    { "thermostat", "thermostat" },
    { "as it is used", "tel qu’il est utilisé" },
    { "plan of the file", "plan du fichier" },
    { "Energy drawn, by day and tariff period", "Énergie soutirée, par jour et par poste" },
    { "Temperature: inside from least to most of a day (band), outdoors (line)",
      "Température : à l’intérieur du minimum au maximum du jour (bande), dehors (ligne)" },
    { "The dearest week: power for heating, over the tariff's periods",
      "La semaine la plus chère : puissance de chauffage, sur les postes du tarif" },
    { "The same week: operative temperature", "La même semaine : température opérative" },
    { "cost EUR", "coût EUR" },
    { "import", "soutiré" },
    { "heat kWh", "chaleur" },
    { "cold Kh", "froid Kh" },
    { "hot Kh", "chaud Kh" },
    { "mean", "moyenne" },
    { "peak", "pointe" },
    { " failed", " a échoué" },
    { "of what a plan that knows everything saves against an ideal controller:",
      "de ce qu’un plan qui sait tout économise face à un régulateur idéal :" },
    { "cost with subscription, less feed-in; import kWh; cold and hot: degree-hours outside of "
      "comfort;\nmean: operative, °C; peak: kW of a step; CO2: kg; -: not known, or nothing is "
      "heated",
      "coût : abonnement compris, moins l’injection ; soutiré et chaleur : kWh ; froid et chaud : "
      "degrés-heures hors\ndu confort ; moyenne : opérative, °C ; pointe : kW d’un pas ; CO2 : kg "
      "; "
      "- : inconnu, ou rien n’est chauffé" },
};

/* What has no row (a file's name, a figure of --vary) is the same in both. */
const char *ohm_lab_say(bool french, const char *en)
{
    for (size_t i = 0; french && i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].en, en))
            return words[i].fr;
    return en;
}
