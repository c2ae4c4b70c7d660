/* What a kWh costs in each row of a table, by the contract that a question is about. */
#ifndef OHM_WEB_ANALYSIS_PRICE_H
#define OHM_WEB_ANALYSIS_PRICE_H

#include "web/bill_question.h"
#include "web/history_table.h"

/* EUR a kWh; the market's where the contract's is: the mean of what the store knows of it over the
 * row, all in. NAN: the contract, or the market, does not say. For the thread of long questions. */
OHM_MUST_CHECK ohm_code ohm_analysis_prices(const ohm_history_table *t, const ohm_bill_query *q,
                                            const ohm_tz *tz, double *eur);

#endif
