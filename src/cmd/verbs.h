/* The table of verbs: name, one line of help, function. One row a verb, in the order of help. */
#ifndef OHM_CMD_VERBS_H
#define OHM_CMD_VERBS_H

/* clang-format off */
#define OHM_VERBS(X) \
    X("serve", "run the daemon (without a configuration: the demo house)", ohm_cmd_serve) \
    X("read", "read one meter, once or as it goes", ohm_cmd_read) \
    X("scan", "look for the devices of a line", ohm_cmd_scan) \
    X("decode", "turn captured bytes of a meter into values", ohm_cmd_decode) \
    X("signal", "print the body of a service as intervals", ohm_cmd_signal) \
    X("bill", "price what was used by a contract, line by line", ohm_cmd_bill) \
    X("plan", "what to run when: heating, battery, car, tank", ohm_cmd_plan) \
    X("twin", "run the thermal twin of a zone over weather and gains", ohm_cmd_twin) \
    X("identify", "fit a zone's figures to its own series", ohm_cmd_identify) \
    X("detect", "what is wrong with a column of a file", ohm_cmd_detect) \
    X("forecast", "what a column of a file will be in two days", ohm_cmd_forecast) \
    X("quality", "three phases, power factor, voltage: what a file tells", ohm_cmd_quality) \
    X("stats", "statistics and key figures of a load, from a file", ohm_cmd_stats) \
    X("replay", "run a recorded day through the engine again", ohm_cmd_replay) \
    X("sim", "publish what the sensors of a simulated house would", ohm_cmd_sim) \
    X("simulate", "live days in a house: costs and comfort, or faults", ohm_cmd_simulate) \
    X("import", "take readings of other systems into the store", ohm_cmd_import) \
    X("export", "write readings or the journal for other programs", ohm_cmd_export) \
    X("erase", "erase readings for good: a device's, an apartment's", ohm_cmd_erase) \
    X("rename", "give a device's or a series' readings another name", ohm_cmd_rename) \
    X("ledger", "what was counted, by days and hours, as it is billed", ohm_cmd_ledger) \
    X("backup", "copy the store into one file, beside a running daemon", ohm_cmd_backup) \
    X("restore", "put such a copy in the place of the store", ohm_cmd_restore) \
    X("meter", "what is remembered of a meter, and forgetting it", ohm_cmd_meter) \
    X("safe", "what ended the daemon, and leaving the safe mode", ohm_cmd_safe) \
    X("user", "who may log in: add, list, change, remove", ohm_cmd_user) \
    X("token", "make, list or revoke secrets for programs", ohm_cmd_token) \
    X("check", "check a configuration", ohm_cmd_check) \
    X("doctor", "say what of this machine would keep ohmstead from working", ohm_cmd_doctor) \
    X("version", "print the version", ohm_cmd_version)
/* clang-format on */

int ohm_cmd_serve(int argc, char **argv);
int ohm_cmd_read(int argc, char **argv);
int ohm_cmd_scan(int argc, char **argv);
int ohm_cmd_decode(int argc, char **argv);
int ohm_cmd_signal(int argc, char **argv);
int ohm_cmd_bill(int argc, char **argv);
int ohm_cmd_plan(int argc, char **argv);
int ohm_cmd_twin(int argc, char **argv);
int ohm_cmd_identify(int argc, char **argv);
int ohm_cmd_detect(int argc, char **argv);
int ohm_cmd_forecast(int argc, char **argv);
int ohm_cmd_quality(int argc, char **argv);
int ohm_cmd_stats(int argc, char **argv);
int ohm_cmd_replay(int argc, char **argv);
int ohm_cmd_sim(int argc, char **argv);
int ohm_cmd_simulate(int argc, char **argv);
int ohm_cmd_import(int argc, char **argv);
int ohm_cmd_export(int argc, char **argv);
int ohm_cmd_erase(int argc, char **argv);
int ohm_cmd_rename(int argc, char **argv);
int ohm_cmd_ledger(int argc, char **argv);
int ohm_cmd_backup(int argc, char **argv);
int ohm_cmd_restore(int argc, char **argv);
int ohm_cmd_meter(int argc, char **argv);
int ohm_cmd_safe(int argc, char **argv);
int ohm_cmd_user(int argc, char **argv);
int ohm_cmd_token(int argc, char **argv);
int ohm_cmd_check(int argc, char **argv);
int ohm_cmd_doctor(int argc, char **argv);
int ohm_cmd_version(int argc, char **argv);

#endif
