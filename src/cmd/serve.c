#include <unistd.h>

#include "base/number.h"

#include "cmd/cmd.h"
#include "cmd/daemon.h"
#include "cmd/options.h"
#include "cmd/verbs.h"

enum { HANG_S = 90, HANG_S_MAX = 86400 };

/* Once, and again when it leaves the safe mode. */
static int run(void *ctx)
{
    ohm_daemon_options options = *(const ohm_daemon_options *)ctx;
    bool again = true;
    int status = OHM_EXIT_FAILED;
    while (again) {
        status = ohm_daemon_run(&options, &again);
        options.safe = false;
        options.trusted = true;
    }
    return status;
}

static int supervise(ohm_daemon_options *options)
{
    char folder[OHM_PATH_MAX];
    if (!ohm_daemon_find_state(options, folder))
        return ohm_cmd_fail("serve", "no folder for the state", "give one with --state DIR");
    const ohm_supervisor_options supervisor = { .config = options->config,
                                                .state_dir = folder,
                                                .hang_s = options->hang_s };
    return ohm_supervise(&supervisor, run, options);
}

int ohm_cmd_serve(int argc, char **argv)
{
    ohm_daemon_options options = { .hang_s = HANG_S };
    bool demo = false, allow_root = false, supervised = false;
    const char *hang = NULL;
    const ohm_option table[] = {
        { "--demo", NULL, NULL, &demo, "run the simulated house (the default without --config)" },
        { "--config", "FILE", &options.config, NULL, "the site's configuration (YAML)" },
        { "--state", "DIR", &options.state_dir, NULL, "where readings and accounts are kept" },
        { "--listen", "ADDR:PORT", &options.listen, NULL, "of the page, default 127.0.0.1:8420" },
        { "--no-plan", NULL, NULL, &options.no_plan,
          "nothing is planned, whatever is configured: thermostats alone" },
        { "--safe-mode", NULL, NULL, &options.safe,
          "outputs stay in their fail-safe states (docs/supervisor.md)" },
        { "--supervised", NULL, NULL, &supervised,
          "be the one who starts the daemon, and again after an abort" },
        { "--hang", "SECONDS", &hang, NULL,
          "end it when its loop stands still for so long (90; 0: never)" },
        { "--alone", NULL, NULL, &options.alone, "without a supervisor: for a debugger" },
        { "--allow-root", NULL, NULL, &allow_root, "run as root all the same" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "serve",
        .arguments = "",
        .about = "Runs the daemon: reads the meters, keeps the readings, sheds the loads, serves\n"
                 "the page. Stops on SIGTERM or SIGINT; outputs then go to their fail-safe state.",
        .options = table,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    if (demo && options.config)
        return ohm_cmd_usage("serve", "--demo and --config exclude each other", NULL);
    if (hang && (ohm_number_int(ohm_span_text(hang), &options.hang_s) != OHM_OK ||
                 options.hang_s < 0 || options.hang_s > HANG_S_MAX))
        return ohm_cmd_usage("serve", "not a number of seconds after --hang:", hang);
    if (supervised && options.alone)
        return ohm_cmd_usage("serve", "--supervised and --alone exclude each other", NULL);
    char address[OHM_SITE_TEXT_MAX];
    uint16_t port;
    if (options.listen && !ohm_listen_parse(options.listen, address, sizeof address, &port))
        return ohm_cmd_usage(
            "serve", "not address:port, as 127.0.0.1:8420, after --listen:", options.listen);
    if (geteuid() == 0 && !allow_root)
        return ohm_cmd_fail("serve", "refuses to run as root",
                            "run it as an ordinary user, or say --allow-root");
    /* Process 1 of a container takes all others along when it dies. */
    return supervised || (getpid() == 1 && !options.alone) ? supervise(&options) : run(&options);
}
