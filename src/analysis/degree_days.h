/* Heating degree days of one day, K·d, from its least and greatest outdoor temperature.
 *
 * Two French methods: that of Météo-France, base less mean; and that of the energy trades (COSTIC),
 * which counts the part of a mild day that lies below the base. 0 where the day was warm; NAN where
 * a temperature is missing or the least is above the greatest. */
#ifndef OHM_ANALYSIS_DEGREE_DAYS_H
#define OHM_ANALYSIS_DEGREE_DAYS_H

#define OHM_DEGREE_DAYS_BASE_C 18.0

double ohm_degree_days_meteo(double least_c, double most_c, double base_c);
double ohm_degree_days_costic(double least_c, double most_c, double base_c);

#endif
