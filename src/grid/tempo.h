/* Tempo: what is left of a season, what a meter's two words mean, and what is taken for a colour
 * while nobody tells it. The days themselves are in grid/segments.h. */
#ifndef OHM_GRID_TEMPO_H
#define OHM_GRID_TEMPO_H

#include "grid/segments.h"

/* Days a season has of each colour (EDF's contract: white 43, red 22, the rest blue). A season is
 * 1 September to 31 August; one (2019-2020) ended otherwise, so nothing relies on it. */
enum { OHM_TEMPO_WHITE_DAYS = 43, OHM_TEMPO_RED_DAYS = 22 };

/* The first date of the season that a date is in. */
ohm_date ohm_tempo_season(ohm_date date);

/* How many days of each colour the list tells from the start of now's season up to now's day. */
void ohm_tempo_used(ohm_segments colours, const ohm_tz *tz, ohm_ms now_ms,
                    uint16_t out[static OHM_COLOUR_RED + 1]);

/* A meter's words for a date and the next one, as segments; a colour it does not tell is left
 * out. Returns how many. */
size_t ohm_tempo_told(const ohm_tz *tz, ohm_date date, ohm_colour today, ohm_colour tomorrow,
                      ohm_segment out[static 2]);

/* What is assumed when no source tells: white in peak hours (06:00 to 22:00) from November to
 * March, else blue. Never red: what is not known is no reason to shed. */
ohm_colour ohm_tempo_assumed(const ohm_tz *tz, ohm_ms at_ms);

#endif
