/* The doctor's report from inside the daemon, for others to read. */
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "cmd/daemon.h"
#include "cmd/doctor.h"
#include "host/clock.h"

/* What the daemon has open it does not look at a second time: its meters' states come in `house`.
 */
ohm_code ohm_daemon_doctor(void *ctx, const char *house, char **ret_text, size_t *ret_len)
{
    const ohm_daemon *d = ctx;
    char *text = NULL, when[OHM_RFC3339_MAX];
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return OHM_NO_MEMORY;
    ohm_doctor doctor = { .share = true, .out = out };
    (void)ohm_rfc3339_write(ohm_clock_utc(), when);
    (void)fprintf(out, "ohmstead %s, %s%s\n%s", OHM_VERSION, when, d->demo ? ", demo" : "", house);
    ohm_doctor_machine(&doctor, d->config->tz.name, d->state_dir);
    ohm_doctor_ports(&doctor);
    (void)fprintf(out, "%d ok, %d warnings, %d failed\n", doctor.counts[OHM_VERDICT_GOOD],
                  doctor.counts[OHM_VERDICT_WARNING], doctor.counts[OHM_VERDICT_BAD]);
    if (fclose(out) != 0) {
        free(text);
        return OHM_NO_MEMORY;
    }
    *ret_text = text;
    *ret_len = len;
    return OHM_OK;
}
