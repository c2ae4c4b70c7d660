#include "analysis/detect_words.h"

#include <assert.h>
#include <math.h>

typedef struct row {
    const char *name; /* as in files: stable */
    ohm_detect_words words;
    double hours_a_day; /* that it lasts; 0: it wastes nothing */
    bool mismeasured;
} row;

static const row rows[OHM_DETECT_TYPES] = {
    [OHM_DETECT_GAP] = { "gap",
                         { "Plus aucune mesure", "Nothing is measured any more",
                           "Vérifiez l'alimentation et la liaison du compteur ou du capteur.",
                           "Check the supply and the link of the meter or sensor." },
                         0,
                         false },
    [OHM_DETECT_STUCK] = { "stuck",
                           { "La mesure est figée", "The measurement stands still",
                             "Redémarrez le capteur ; s'il reste figé, remplacez-le.",
                             "Restart the sensor; if it still stands still, replace it." },
                           0,
                           false },
    [OHM_DETECT_ZERO] = { "zero",
                          { "Zéro inhabituel", "Zero at an unusual time",
                            "Vérifiez que l'appareil est bien arrêté, puis sa protection et le "
                            "capteur.",
                            "Check that the load is off on purpose, then its breaker and the "
                            "sensor." },
                          0,
                          false },
    [OHM_DETECT_SPIKE] = { "spike",
                           { "Pic inhabituel", "Unusual peak",
                             "Cherchez ce qui a démarré à cette heure-là ; étalez les démarrages "
                             "s'il se répète.",
                             "Find what started at that time; stagger the starts if it comes "
                             "again." },
                           0,
                           false },
    [OHM_DETECT_DRIFT] = { "drift",
                           { "La consommation de fond dérive", "The base load drifts",
                             "Comparez les appareils qui tournent jour et nuit (froid, "
                             "ventilation, pompes) à ce qu'ils prenaient.",
                             "Compare what runs day and night (cooling, ventilation, pumps) with "
                             "what it used to take." },
                           24,
                           false },
    [OHM_DETECT_STEP] = { "step",
                          { "La consommation de fond a changé d'un coup",
                            "The base load changed at once",
                            "Cherchez l'appareil ajouté, retiré ou resté allumé depuis cette date.",
                            "Look for what was added, removed or left on since then." },
                          24,
                          false },
    [OHM_DETECT_LEFT_ON] = { "left_on",
                             { "Resté allumé la nuit", "Left on at night",
                               "Éteignez ce qui tourne hors des heures d'activité, ou "
                               "programmez-le.",
                               "Turn off what runs outside working hours, or put it on a timer." },
                             8,
                             false },
    [OHM_DETECT_ROLLBACK] = { "rollback",
                              { "L'index du compteur a reculé", "The register went back",
                                "Vérifiez si le compteur a été remplacé ou remis à zéro ; notez "
                                "l'ancien et le nouvel index.",
                                "Check whether the meter was replaced or reset; note the old and "
                                "the new reading." },
                              0,
                              true },
    [OHM_DETECT_CT_REVERSED] = { "ct_reversed",
                                 { "Transformateur de courant monté à l'envers",
                                   "Current transformer the wrong way round",
                                   "Retournez la pince, ou inversez ses deux fils.",
                                   "Turn the clamp round, or swap its two wires." },
                                 0,
                                 true },
    [OHM_DETECT_CT_RATIO] = { "ct_ratio",
                              { "Rapport du transformateur de courant modifié",
                                "The current transformer's ratio changed",
                                "Comparez le calibre de la pince au réglage de l'appareil de "
                                "mesure.",
                                "Compare the clamp's rating with the instrument's setting." },
                              0,
                              true },
    [OHM_DETECT_PHASE_SWAP] = { "phase_swap",
                                { "Des phases ont été échangées", "Phases were exchanged",
                                  "Vérifiez le dernier raccordement au tableau, puis l'ordre des "
                                  "pinces et des fils de phase.",
                                  "Check the last work on the panel, then the order of clamps and "
                                  "phase wires." },
                                0,
                                false },
    [OHM_DETECT_RESIDUE] = { "residue",
                             { "Le total et les sous-compteurs ne s'accordent plus",
                               "The total and its sub-meters no longer agree",
                               "Cherchez une charge ajoutée hors sous-comptage, ou un "
                               "sous-compteur mal réglé ou muet.",
                               "Look for a load added outside the sub-meters, or a sub-meter that "
                               "is set wrongly or silent." },
                             24,
                             false },
    [OHM_DETECT_PV_YIELD] = { "pv_yield",
                              { "Les panneaux produisent moins que leur ensoleillement",
                                "The panels yield less than their light",
                                "Cherchez une chaîne coupée, un défaut de l'onduleur, une ombre "
                                "nouvelle ou des salissures.",
                                "Look for a string that is off, a fault of the inverter, a new "
                                "shadow or dirt." },
                              24,
                              false },
    [OHM_DETECT_LEAK] = { "leak",
                          { "Le débit ne s'arrête plus : fuite possible",
                            "The flow never rests: a leak perhaps",
                            "Fermez tous les robinets et regardez si le compteur tourne ; cherchez "
                            "d'abord aux chasses d'eau. Pour du gaz : aérez, fermez la vanne, "
                            "appelez le distributeur.",
                            "Close every tap and see whether the meter turns; look at the toilets "
                            "first. For gas: air the rooms, close the valve, call the network." },
                          24,
                          false },
    [OHM_DETECT_CYCLES] = { "cycles",
                            { "La machine ne tourne plus comme d'habitude",
                              "The machine no longer runs as it used to",
                              "Froid : dégivrez, dépoussiérez la grille arrière, vérifiez les "
                              "joints "
                              "de porte. Pompe à chaleur : nettoyez filtres et unité extérieure, "
                              "faites contrôler le circuit.",
                              "Cooling: defrost, dust the grille, check the door seals. Heat pump: "
                              "clean filters and the outdoor unit, have the circuit checked." },
                            24,
                            false },
};

static const row *row_of(ohm_detect_type type)
{
    assert(type < OHM_DETECT_TYPES);
    return &rows[type];
}

const char *ohm_detect_type_name(ohm_detect_type type)
{
    return row_of(type)->name;
}

const ohm_detect_words *ohm_detect_words_of(ohm_detect_type type)
{
    return &row_of(type)->words;
}

ohm_detect_severity ohm_detect_severity_of(const ohm_detect_alarm *a)
{
    if (row_of(a->type)->mismeasured)
        return OHM_DETECT_HIGH;
    double off = fabs(a->actual - a->expected) / fmax(fabs(a->expected), 1e-9);
    if (isnan(off) || off < 0.25)
        return a->type == OHM_DETECT_GAP || a->type == OHM_DETECT_STUCK ? OHM_DETECT_MEDIUM
                                                                        : OHM_DETECT_LOW;
    return off < 0.5 ? OHM_DETECT_MEDIUM : OHM_DETECT_HIGH;
}

const char *ohm_detect_severity_name(ohm_detect_severity severity)
{
    return severity == OHM_DETECT_HIGH ? "high" : severity == OHM_DETECT_MEDIUM ? "medium" : "low";
}

double ohm_detect_per_day(const ohm_detect_alarm *a)
{
    double hours = row_of(a->type)->hours_a_day;
    return hours > 0 ? hours * (a->actual - a->expected) : NAN;
}
