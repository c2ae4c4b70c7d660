/* A small problem of each kind, as first inputs: usage: seed_plan FOLDER */
#include <stdio.h>

#include "host/file.h"

int main(int argc, char **argv)
{
    static const char *const texts[] = {
        "{\"n\":1,\"N\":3,\"replay\":1,\"A\":[[0.99]],\"B\":[0.04],\"C\":[0.93],\"D\":0.87,\"x0\":"
        "[19.5],\"umin\":0,\"umax\":9,\"Tmin\":19,\"Tmax\":28,\"w_lo\":0.75,\"w_hi\":0.1,\"q_hi\":"
        "0.125,\"w_term\":[0.8],\"x_ref\":[19.5],\"c\":[0.03,0.04,0.17,0.17],\"d\":[[0.06],[0.05],"
        "[0.05],[0.05]],\"e\":[0.6,0.5,0.5,0.5],\"replay_ref\":{\"lp\":[{\"x0\":[19.5]}]}}",
        "{\"N\":4,\"dt_h\":0.25,\"case\":{\"dev\":\"bewh\",\"sub\":6},\"params\":{\"bat\":{\"E\":"
        "10,"
        "\"Emin\":1,\"E0\":4,\"Pc\":5,\"Pd\":5,\"etac\":0.95,\"etad\":0.95,\"deg\":0.015},\"ev\":{"
        "\"pmin\":1.4,\"pmax\":7.4,\"eta\":0.92,\"need_kWh\":2,\"short_pen\":1.5},\"tank\":{\"p\":"
        "2.4,"
        "\"loss\":0.004,\"W0\":4.5,\"Wmax\":8.5,\"Wmin\":1.5,\"short_pen\":1},\"hp\":{\"pmin\":0.8,"
        "\"pmax\":3.2,\"min_on\":2,\"min_off\":2,\"start_cost\":0.02,\"Tmin\":19.5,\"Tmax\":23,"
        "\"w_lo\":0.75,\"w_hi\":0.15,\"x0\":20.2,\"xref\":20,\"w_term\":0.29,\"z0\":0}},"
        "\"thermal\":{"
        "\"A\":0.99,\"B\":0.04,\"C\":0.93,\"D\":0.87},\"series\":{\"price_imp\":[0.15,0.7,-0.05,0."
        "15],"
        "\"price_exp\":[0.04,0.04,0.04,0.04],\"load\":[0.3,2,0.3,0.3],\"pv\":[0,0,3,1],\"draw\":[0."
        "05,"
        "1,0.05,0.05],\"ev_conn\":[1,1,1,0],\"cop\":[3,3,3,3],\"d\":[0.03,0.03,0.03,0.03],\"e\":[0."
        "35,"
        "0.3,0.3,0.3]}}",
    };
    for (size_t i = 0; argc > 1 && i < sizeof texts / sizeof *texts; i++) {
        char path[OHM_PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/problem%zu", argv[1], i);
        if (ohm_failed(ohm_file_write(path, ohm_span_text(texts[i]), 0600)))
            return 1;
    }
    return 0;
}
