/* The exports of Enedis, the distributor of most of France, out of records of inout/csv.h:
 *
 *   Identifiant PRM;Type de donnees;…;Unite[;Pas en minutes]    one record of these, then
 *   Horodate;Valeur                                              a load curve, or daily maxima, or
 *   Horodate;Type de releve;EAS F1;…;EAS F10;EAS D1;…;EAS T      the registers each midnight, or
 *   Date;Valeur (en Wh)                                          the energy of each day;
 *
 * and the flat forms whose every row has all columns (Horodate;Valeur;Nature;Pas;… and Date de la
 * mesure;Heure de la mesure;…). Several such blocks may follow each other; calendars (Periode;…)
 * are passed over. Accents may be there or not.
 *
 * A row of a load curve is the mean power of the step that *ends* at its time. It is given out at
 * the *beginning* of its step, from when on it held: power_import_mean, or power_export_mean where
 * the file is of production. How long a step is, the row says (Pas), or its neighbours do: 5, 10,
 * 15, 30 or 60 minutes, mixed. Rows without a value are gaps. Estimated rows are flagged.
 *
 * Registers of the supplier (F) are energy_import_t1…t10, those of the distributor (D)
 * energy_import_d1…d4, the total (T) energy_import. */
#ifndef OHM_INOUT_ENEDIS_H
#define OHM_INOUT_ENEDIS_H

#include "base/civil.h"
#include "inout/csv.h"
#include "inout/sample.h"
#include "inout/when.h"

enum { OHM_ENEDIS_PRM_MAX = 24, OHM_ENEDIS_REGISTERS_MAX = 32, OHM_ENEDIS_COLUMNS = 10 };

/* A row of a load curve that waits for the next one to say how long its step is. */
typedef struct ohm_enedis_row {
    bool there, has_value;
    uint64_t line;
    ohm_ms end_ms;
    int64_t mantissa;
    int exponent;
    uint8_t quality;
    int step_min; /* 0: it does not say */
} ohm_enedis_row;

typedef struct ohm_enedis {
    const ohm_tz *tz; /* of times without a zone */
    ohm_sample_sink sink;
    char prm[OHM_ENEDIS_PRM_MAX]; /* the one that is read; "" = the first that comes */
    uint8_t rows;                 /* what comes; private to enedis.c */
    int8_t column[OHM_ENEDIS_COLUMNS];
    uint16_t registers[OHM_ENEDIS_REGISTERS_MAX]; /* quantity of each column */
    uint16_t registers_count;
    bool other;        /* the block is of another delivery point */
    uint16_t quantity; /* of the block */
    char unit[16];
    ohm_when_memory when;
    ohm_enedis_row pending;
    ohm_ms before_ms; /* the row before the pending one, OHM_NO_MS: none */
    int before_step_min;
} ohm_enedis;

/* Is the record the head of such a file? */
bool ohm_enedis_is(const ohm_csv_record *record);

/* `prm` may be "". */
void ohm_enedis_init(ohm_enedis *e, const char *prm, const ohm_tz *tz, const ohm_sample_sink *sink);
void ohm_enedis_take(ohm_enedis *e, const ohm_csv_record *record);
/* Gives out the last row. */
void ohm_enedis_finish(ohm_enedis *e);

#endif
