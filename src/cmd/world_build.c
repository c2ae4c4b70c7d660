#include "cmd/world_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "config/world_file.h"
#include "control/setting.h"
#include "host/file.h"
#include "host/tzdata.h"

enum {
    RESTORE_JITTER_MS = OHM_RESTORE_GAP_MS / 4, /* as a site has it */
    STEP_W = 230,                               /* an ampere */
};

static void print_line(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "%s\n", text);
}

static ohm_load load_of(const ohm_world_file_load *l)
{
    ohm_load load = {
        .tier = (uint8_t)l->tier,
        .phase = (uint8_t)l->phase,
        .nominal_w = (int32_t)l->nominal_w,
        .ecowatt_threshold = (int32_t)l->ecowatt_threshold,
        .on_min_ms = l->on_min_s * OHM_SECOND_MS,
        .off_min_ms = l->off_min_s * OHM_SECOND_MS,
        .shed_max_ms = l->shed_max_s * OHM_SECOND_MS,
        .rest_min_ms = l->rest_min_s * OHM_SECOND_MS,
        .failsafe_fed = !l->no,
        .never_shed = l->never_shed,
        .shed_day_ms = l->shed_day_s * OHM_SECOND_MS,
        .interlock = (uint8_t)l->interlock,
    };
    memcpy(load.id, l->id, sizeof load.id);
    memcpy(load.name, l->id, sizeof l->id);
    if (l->shed_order > 0) {
        load.kind = OHM_LOAD_PILOT;
        load.shed_setting = l->shed_order;
        load.safe_setting = l->no ? l->shed_order : OHM_ORDER_CONFORT;
        load.orders = (1U << OHM_ORDERS_COUNT) - 1;
    } else if (l->min_w > 0) {
        load.kind = OHM_LOAD_MODULATED;
        load.min_w = (int32_t)l->min_w;
        load.step_w = (int32_t)(l->step_w > 0 ? l->step_w : STEP_W);
        load.safe_setting = l->no ? 0 : load.min_w;
        load.gives_w = (int32_t)l->gives_w;
    }
    return load;
}

static ohm_power_limit limit_of(const ohm_site_limit *l)
{
    ohm_power_limit limit = {
        .kind = (ohm_limit_kind)l->kind,
        .phase = (uint8_t)l->phase,
        .va = (int32_t)l->va,
        .ecowatt_level = (int32_t)l->ecowatt_level,
    };
    memcpy(limit.id, l->id, sizeof limit.id);
    return limit;
}

static ohm_err build_engine(const ohm_world_file *f, ohm_engine_config *e)
{
    ohm_engine_config_defaults(e);
    OHM_TRY(ohm_tzdata_load(f->timezone, &e->tz));
    e->main_device = 0;
    (void)snprintf(e->main_id, sizeof e->main_id, "main");
    e->has_ecowatt = true;
    e->restore_jitter_ms = RESTORE_JITTER_MS;
    e->restore_gap_ms = OHM_RESTORE_GAP_MS - RESTORE_JITTER_MS;
    e->has_contract = true;
    e->contract = (ohm_contract){
        .subscribed_va = (int32_t)f->power_va,
        .periods_count = 1,
        .periods = { { "base" } },
        .spot_period = OHM_NO_PERIOD,
        .rows_count = 1,
        .rows = { { .from = f->start, .ueur_per_kwh = { 200000 } } },
    };
    e->limits_count = f->limits_count;
    for (int i = 0; i < f->limits_count; i++) {
        if (f->limits[i].meter[0] || f->limits[i].mqtt[0] || f->limits[i].day != 0)
            return ohm_fail(OHM_UNSUPPORTED, (uint32_t)i,
                            "a world has one meter, no broker and no colours of days");
        e->limits[i] = limit_of(&f->limits[i]);
    }
    e->loads_count = f->loads_count;
    for (int i = 0; i < f->loads_count; i++)
        e->loads[i] = load_of(&f->loads[i]);
    return ohm_ok();
}

static ohm_world_faults faults_of(const ohm_world_file *f)
{
    return (ohm_world_faults){
        .meter_silent = (int32_t)f->faults.meter_silent,
        .meter_frozen = (int32_t)f->faults.meter_frozen,
        .meter_unit = (int32_t)f->faults.meter_unit,
        .register_back = (int32_t)f->faults.register_back,
        .clock_jump = (int32_t)f->faults.clock_jump,
        .clock_lost = (int32_t)f->faults.clock_lost,
        .relay_stuck = (int32_t)f->faults.relay_stuck,
        .relay_liar = (int32_t)f->faults.relay_liar,
        .relay_refuses = (int32_t)f->faults.relay_refuses,
        .power_cut = (int32_t)f->faults.power_cut,
        .killed = (int32_t)f->faults.killed,
        .cut_at_write = (int32_t)f->faults.cut_at_write,
        .disk_full = (int32_t)f->faults.disk_full,
        .flood = (int32_t)f->faults.flood,
        .command_storm = (int32_t)f->faults.command_storm,
        .stopped = (int32_t)f->faults.stopped,
        .sensor_silent = (int32_t)f->faults.sensor_silent,
        .sensor_frozen = (int32_t)f->faults.sensor_frozen,
        .signal_silent = (int32_t)f->faults.signal_silent,
        .reconfigured = (int32_t)f->faults.reconfigured,
        .rules_changed = (int32_t)f->faults.rules_changed,
    };
}

static ohm_err build(const ohm_world_file *f, ohm_world_config *w)
{
    memset(w, 0, sizeof *w);
    OHM_TRY(build_engine(f, &w->engine));
    w->start_ms = ohm_date_interval(&w->engine.tz, f->start).from_ms;
    w->three_phase = f->three_phase;
    w->tic = !f->no_tic;
    w->base_w = (int32_t)f->base_w;
    w->tense_days = (int32_t)f->tense_days;
    for (int i = 0; i < f->loads_count; i++) {
        const ohm_world_file_load *l = &f->loads[i];
        int64_t comfort = l->comfort_percent > 0 ? 10 * l->comfort_percent : l->comfort_c100;
        w->loads[i] =
            (ohm_world_load){ (ohm_world_kind)l->kind, (int32_t)l->draws_w, (int32_t)comfort,
                              (int32_t)l->set_cc, (int32_t)l->frost_cc };
        if (comfort > 0)
            ohm_world_guard(&w->engine.loads[i], (uint16_t)i, &w->loads[i]);
    }
    for (uint16_t i = 0; i < f->loads_count; i++)
        if (w->loads[i].set_cc > 0)
            ohm_world_heat(&w->engine, i, w->loads[i].set_cc, w->loads[i].frost_cc);
    w->uses_count = f->uses_count;
    for (int i = 0; i < f->uses_count; i++) {
        const ohm_world_file_use *u = &f->uses[i];
        w->uses[i] = (ohm_world_use){
            .power_w = (int32_t)u->power_w,
            .least_s = (int32_t)u->least_s,
            .most_s = (int32_t)u->most_s,
            .a_day = (int32_t)u->a_day,
            .from_h = (int32_t)u->from_h,
            .to_h = (int32_t)u->to_h,
            .phase = (uint8_t)u->phase,
        };
    }
    w->faults = faults_of(f);
    return ohm_engine_config_check(&w->engine);
}

ohm_code ohm_world_build(const char *path, ohm_world_config *ret_config)
{
    ohm_schema_report report = { print_line, NULL, 0 };
    ohm_world_file *file = malloc(sizeof *file);
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (!file) {
        (void)ohm_cmd_fail(path, "out of memory", NULL);
        return OHM_NO_MEMORY;
    }
    ohm_err err = ohm_file_read(path, OHM_SCHEMA_BYTES_MAX, &bytes, &len);
    bool told = false;
    if (!ohm_failed(err)) {
        ohm_code code = ohm_world_file_read(ohm_span_of(bytes, len), path, file, &report);
        told = code != OHM_OK;
        err = told ? ohm_fail(code, 0, "") : build(file, ret_config);
    }
    bool name = err.code != OHM_OK && bytes == NULL && !strchr(path, '.');
    if (ohm_failed(err) && !told)
        (void)ohm_cmd_fail(path, err.what,
                           name ? "a world is a file, such as tests/world/house.yaml" : NULL);
    free(bytes);
    free(file);
    return err.code;
}
