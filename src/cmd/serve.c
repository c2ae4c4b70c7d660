#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/daemon.h"
#include "cmd/options.h"
#include "cmd/verbs.h"

int ohm_cmd_serve(int argc, char **argv)
{
    ohm_daemon_options options = { 0 };
    bool demo = false, allow_root = false;
    const ohm_option table[] = {
        { "--demo", NULL, NULL, &demo, "run the simulated house (the default without --config)" },
        { "--config", "FILE", &options.config, NULL, "the site's configuration (YAML)" },
        { "--state", "DIR", &options.state_dir, NULL, "where readings and accounts are kept" },
        { "--listen", "ADDR:PORT", &options.listen, NULL, "of the page, default 127.0.0.1:8420" },
        { "--no-plan", NULL, NULL, &options.no_plan,
          "nothing is planned, whatever is configured: thermostats alone" },
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
    char address[OHM_SITE_TEXT_MAX];
    uint16_t port;
    if (options.listen && !ohm_listen_parse(options.listen, address, sizeof address, &port))
        return ohm_cmd_usage(
            "serve", "not address:port, as 127.0.0.1:8420, after --listen:", options.listen);
    if (geteuid() == 0 && !allow_root)
        return ohm_cmd_fail("serve", "refuses to run as root",
                            "run it as an ordinary user, or say --allow-root");
    return ohm_daemon_run(&options);
}
