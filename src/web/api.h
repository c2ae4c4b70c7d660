/* The handlers of the routes (routes.c), by the file that holds them. */
#ifndef OHM_WEB_API_H
#define OHM_WEB_API_H

#include <jansson.h>

#include "base/quantity.h"
#include "web/exchange.h"
#include "web/series_query.h"

/* api_page.c: the page's files, and what is not data. */
bool ohm_page_has(const ohm_exchange *x);
void ohm_page_file(ohm_exchange *x);
void ohm_api_home(ohm_exchange *x);
void ohm_api_docs(ohm_exchange *x);
void ohm_api_openapi(ohm_exchange *x);
void ohm_api_health(ohm_exchange *x);

/* api_state.c: what the view shows. */
void ohm_api_state(ohm_exchange *x);
void ohm_api_meter(ohm_exchange *x);
void ohm_api_loads(ohm_exchange *x);
void ohm_api_load(ohm_exchange *x);
void ohm_api_ecowatt(ohm_exchange *x);
void ohm_api_plan(ohm_exchange *x);     /* api_plan.c */
void ohm_api_forecast(ohm_exchange *x); /* api_forecast.c */
void ohm_api_safe(ohm_exchange *x);
void ohm_api_safe_leave(ohm_exchange *x);
void ohm_api_plan(ohm_exchange *x); /* api_plan.c */
void ohm_api_car_put(ohm_exchange *x);
void ohm_api_car_delete(ohm_exchange *x);
void ohm_api_signals(ohm_exchange *x);
void ohm_api_critical(ohm_exchange *x);
void ohm_api_relays(ohm_exchange *x);

/* api_meter.c: meters from close by. */
void ohm_api_meter_frame(ohm_exchange *x);
void ohm_api_meter_trial(ohm_exchange *x);
void ohm_api_ports(ohm_exchange *x);

/* api_command.c: what changes the house. */
void ohm_api_override_put(ohm_exchange *x);
void ohm_api_override_delete(ohm_exchange *x);
void ohm_api_zones(ohm_exchange *x);
void ohm_api_zone_put(ohm_exchange *x);
void ohm_api_zone_delete(ohm_exchange *x);
void ohm_api_limit_put(ohm_exchange *x);
void ohm_api_limit_delete(ohm_exchange *x);
void ohm_api_level_put(ohm_exchange *x);
void ohm_api_level_delete(ohm_exchange *x);
void ohm_api_hvalue(ohm_exchange *x);

/* api_session.c: who asks. */
void ohm_api_session(ohm_exchange *x);
void ohm_api_login(ohm_exchange *x);
void ohm_api_logout(ohm_exchange *x);
void ohm_api_claim(ohm_exchange *x);

/* api_accounts.c: who may. */
/* A member that names a user, and a "password" for that user that is good enough; NULL: answered.
 */
const char *ohm_account_name(ohm_exchange *x, const json_t *body, const char *member);
const char *ohm_account_password(ohm_exchange *x, const json_t *body, const char *user);
void ohm_api_users(ohm_exchange *x);
void ohm_api_user(ohm_exchange *x);
void ohm_api_user_add(ohm_exchange *x);
void ohm_api_user_remove(ohm_exchange *x);
void ohm_api_user_password(ohm_exchange *x);
void ohm_api_tokens(ohm_exchange *x);
void ohm_api_token(ohm_exchange *x);
void ohm_api_token_add(ohm_exchange *x);
void ohm_api_token_remove(ohm_exchange *x);

/* api_alarms.c: what is wrong, and what people say of it. */
void ohm_api_alarms(ohm_exchange *x);
void ohm_api_alarm(ohm_exchange *x);
void ohm_api_alarm_acknowledge(ohm_exchange *x);
void ohm_api_alarm_teach(ohm_exchange *x);
void ohm_api_alarm_unteach(ohm_exchange *x);

/* api_bill.c: what energy cost. */
void ohm_api_bill(ohm_exchange *x);
void ohm_api_bill_projection(ohm_exchange *x);
void ohm_api_costs(ohm_exchange *x);
/* "24h", "7d": a length of time. */
bool ohm_period_read(const char *text, int64_t *ret_ms);

/* api_data.c: the meter by short codes, as the prototype answered. */
void ohm_api_industry_balance(ohm_exchange *x);
void ohm_api_industry_factor(ohm_exchange *x);
void ohm_api_industry_machines(ohm_exchange *x);
void ohm_api_industry_hour(ohm_exchange *x);
void ohm_api_data(ohm_exchange *x);

void ohm_api_bill_months(ohm_exchange *x);

/* api_last_bill.c: when the last bill came. */
void ohm_api_last_bill(ohm_exchange *x);
void ohm_api_last_bill_put(ohm_exchange *x);
void ohm_api_last_bill_delete(ohm_exchange *x);

/* api_contract.c: the site's own, written in the page. */
void ohm_api_contract(ohm_exchange *x);
void ohm_api_contract_put(ohm_exchange *x);
void ohm_api_contract_check(ohm_exchange *x);
void ohm_api_contract_delete(ohm_exchange *x);

/* api_contracts.c: what it would have cost. */
void ohm_api_contracts(ohm_exchange *x);

/* api_smaller.c: other subscribed powers, over what was drawn. */
void ohm_api_powers(ohm_exchange *x);

/* api_whatif.c: panels, a battery, another contract, on what was measured. */
void ohm_api_whatif(ohm_exchange *x);

/* api_analysis.c: what the stored measurements say. */
void ohm_api_quality(ohm_exchange *x);
void ohm_api_stats(ohm_exchange *x);

/* api_rules.c: what rules that are not armed would have done. */
void ohm_api_rules_trial(ohm_exchange *x);

/* api_rule_desk.c: the household's rules, and those of the page written, armed and removed. */
void ohm_api_rules(ohm_exchange *x);
void ohm_api_rule_put(ohm_exchange *x);
void ohm_api_rule_arm(ohm_exchange *x);
void ohm_api_rule_delete(ohm_exchange *x);
void ohm_api_presence_put(ohm_exchange *x);
void ohm_api_presence_delete(ohm_exchange *x);

/* api_journal.c: what was decided and noticed. */
void ohm_api_journal(ohm_exchange *x);

/* api_history.c: what the store remembers. */
void ohm_api_series_list(ohm_exchange *x);
void ohm_api_series(ohm_exchange *x);
/* A length in seconds: "60s", "5m", "1h", "1d", or a number alone. */
bool ohm_step_read(const char *from, int64_t *ret_s);

/* api_remote.c: with `source`, what a mirror knows (store/remote.h). */
void ohm_api_remote(ohm_exchange *x, const char *key, ohm_quantity_id quantity);
void ohm_api_remote_list(ohm_exchange *x);

/* api_steps.c: a series with `agg` or `fields`: in civil steps, or as it is. */
void ohm_api_steps(ohm_exchange *x, const char *key, ohm_quantity_id quantity);

/* api_query.c: several series in one expression. */
void ohm_api_query(ohm_exchange *x);

/* api_energy.c: the energy ledger, by days and periods of the tariff. */
void ohm_api_energy(ohm_exchange *x);

/* api_system.c: the store's size and growth, a copy of it, the doctor's report. */
void ohm_api_system(ohm_exchange *x);
void ohm_api_backup(ohm_exchange *x);
void ohm_api_backup_start(ohm_exchange *x);
void ohm_api_backup_remove(ohm_exchange *x);
void ohm_api_backup_file(ohm_exchange *x);
void ohm_api_doctor(ohm_exchange *x);

/* The name of the past as it is stored now, for the parameter `v`; false: not known. */
enum { OHM_PAST_MAX = 20 };
bool ohm_api_past(ohm_exchange *x, char out[static OHM_PAST_MAX]);
/* Is the range over for good, as far as the address says under which name? */
bool ohm_api_is_past(ohm_exchange *x, ohm_interval range);
/* Answers with what the store's thread gave (x->answer), under an entity tag of its content, or
 * 304; `name` of a file to save it as, or NULL. */
void ohm_reply_answer(ohm_exchange *x, const char *type, const char *name, ohm_caching caching);
/* Answers with JSON that was malloc'ed, and takes it. */
void ohm_reply_text(ohm_exchange *x, char *text, size_t len);
/* The same of rows in a form, saved as a file of their name where that is usual; or why there are
 * none. */
void ohm_reply_rows(ohm_exchange *x, ohm_code outcome, ohm_series_form form, ohm_caching caching);

#endif
