/* What the questions about bills share: who is asked about, when, and what a run works with. */
#ifndef OHM_WEB_BILL_QUESTION_H
#define OHM_WEB_BILL_QUESTION_H

#include "tariff/whatif.h"
#include "web/api.h"
#include "web/day_codes.h"
#include "web/last_bill.h"
#include "web/tariffs.h"
#include "web/uses.h"

enum { OHM_BILL_PERIOD_TEXT_MAX = 16, OHM_BILL_YEARS_MAX = 20 };

typedef struct ohm_bill_query {
    const ohm_web_tariffs *(*tariffs)(void *ctx);
    ohm_code (*own)(void *ctx, ohm_contract *out);
    size_t (*ahead)(void *ctx, const char *device, ohm_use *out, size_t cap);
    void *ctx;
    char device[OHM_SERIES_KEY_MAX]; /* "home/ground/main" */
    ohm_interval range;
    ohm_ms now_ms;
    char contract[OHM_WEB_CONTRACT_NAME_MAX]; /* "" = the site's */
    int64_t tarif_ueur;                       /* of costs */
    char period[OHM_BILL_PERIOD_TEXT_MAX];    /* as it was asked */
    bool cut;        /* steps end where the contract's periods do: for bills, not for peaks */
    bool clip;       /* the range begins with the first day that was measured */
    bool since_last; /* the last bill, which says what the register was */
    ohm_last_bill last;
    unsigned shifts_count; /* loads at other hours, in comparisons */
    ohm_named_shift shifts[OHM_SHIFTS_MAX];
} ohm_bill_query;

/* What a run works with. */
typedef struct ohm_bill_work {
    const ohm_bill_query *q;
    const ohm_web_tariffs *tariffs;
    const ohm_contract *contract;
    ohm_contract *own; /* the site's; NULL: it has none */
    ohm_uses uses;
    ohm_bill *bill;
    ohm_day_codes codes; /* the shipped ones, with what was said since */
    uint8_t *codes_bytes;
    ohm_spots spots; /* where a contract asks for them */
} ohm_bill_work;

static inline ohm_date ohm_first_of_month(ohm_date date)
{
    return (ohm_date){ date.year, date.month, 1 };
}

static inline ohm_date ohm_next_month(ohm_date date)
{
    return (ohm_date){ (int16_t)(date.year + date.month / 12), (uint8_t)(date.month % 12 + 1), 1 };
}

/* --- on the web thread; false: answered ------------------------------------------------------ */

/* Only these parameters may be there. */
bool ohm_bill_keys(ohm_exchange *x, const char *const *keys);
/* An instant or a local date, if the parameter is there. */
bool ohm_bill_time(ohm_exchange *x, const ohm_view *view, const char *key, ohm_ms *io_ms);
/* Who is asked about: the main meter. */
bool ohm_bill_prepare(ohm_exchange *x, ohm_bill_query *q, const ohm_view **ret_view);
/* Ends the range now; is it one? */
bool ohm_bill_range(ohm_exchange *x, ohm_bill_query *q);
/* The contract's name, if the parameter is there. */
bool ohm_bill_contract_name(ohm_exchange *x, ohm_bill_query *q);
/* What came of it. */
void ohm_bill_answered(ohm_exchange *x, ohm_code outcome);

/* --- on the thread of long questions --------------------------------------------------------- */

/* The contract, which may be NULL, with the days and spot prices of the range; no uses. Close it
 * whatever comes of it. */
ohm_code ohm_bill_open_contract(ohm_bill_work *w, ohm_reader *reader, const ohm_bill_query *q,
                                ohm_interval range);
/* The same, and the uses of the range. */
ohm_code ohm_bill_open(ohm_bill_work *w, ohm_reader *reader, const ohm_bill_query *q,
                       ohm_interval range, const atomic_bool *stop);
void ohm_bill_close(ohm_bill_work *w);
ohm_bill_request ohm_bill_ask(const ohm_bill_work *w, ohm_interval period);
ohm_code ohm_bill_finish(ohm_json *json, char *bytes, char **ret_json, size_t *ret_len);
/* Why a bill could not be made: "no_price", "not_known" (a colour, a spot price), "too_large". */
const char *ohm_bill_fault_word(ohm_code code);
void ohm_bill_cents(ohm_json *json, const char *key, int64_t cents);
/* Why a bill could not be made, and where, for who answers. */
void ohm_bill_say_fault(const ohm_bill_work *w, ohm_err err, char **ret_text, size_t *ret_len);

/* Sends a question of that range to the thread that fits it: one over years keeps nobody waiting.
 */
void ohm_bill_send(ohm_exchange *x, ohm_history_answer *run, const ohm_bill_query *q);

#endif
