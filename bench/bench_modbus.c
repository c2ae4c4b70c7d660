/* Modbus on one core: replies of 60 registers a second, from the bytes of a serial line to the 30
 * values of an SDM630, against the floor of the same run (copying the bytes and their checksum);
 * and a poll cycle of 60 such devices, in time of the processor and of a line of 9600 baud. They
 * take turns in short rounds and the best round counts: the machine is shared. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../tests/modbus_world.h"
#include "wire/crc16_arc.h"

enum { DEVICES = 60, ROUNDS = 200, REPLIES = 2000, MEMORY_MARK = 8192 };

static ohm_modbus_profiles *profiles;
static ohm_sim_modbus_device sims[DEVICES];
static ohm_modbus_poll polls[DEVICES];
static ohm_sim_modbus bus;
static ohm_modbus_work work; /* of the device whose replies are counted */
static int64_t sum;          /* keeps the work from being optimised away */

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void add_values(const ohm_modbus_plan *plan, const ohm_modbus_read *r)
{
    for (size_t i = r->first; i < (size_t)r->first + r->parts; i++) {
        ohm_modbus_value v;
        ohm_modbus_plan_value(plan, plan->parts[i].point, &v);
        sum += v.number.mantissa;
    }
}

/* Seconds a reply; the request is written anew for each. */
static double replies(ohm_span frame, const ohm_modbus_frame *request)
{
    double start = now_s();
    for (int i = 0; i < REPLIES; i++) {
        ohm_modbus_frame reply;
        (void)ohm_modbus_ask_begin(&work.ask, OHM_MODBUS_RTU, request);
        if (ohm_modbus_ask_take(&work.ask, frame, &reply) != OHM_OK)
            exit(EXIT_FAILURE);
        ohm_modbus_plan_keep(&work.plan, 0, reply.data);
        add_values(&work.plan, &work.plan.reads[0]);
    }
    return (now_s() - start) / REPLIES;
}

static double floor_of(ohm_span frame)
{
    static uint8_t copy[OHM_MODBUS_ADU_MAX];
    double start = now_s();
    for (int i = 0; i < REPLIES; i++) {
        memcpy(copy, frame.ptr, frame.len);
        copy[0] = (uint8_t)(copy[0] + i);
        sum += ohm_crc16_modbus(copy, frame.len);
    }
    return (now_s() - start) / REPLIES;
}

static void set_up(void)
{
    ohm_profile_fault fault;
    ohm_house house;
    if (ohm_modbus_profiles_load(NULL, &profiles, &fault) != OHM_OK)
        exit(EXIT_FAILURE);
    ohm_house_init(&house, 1, 0);
    for (int i = 0; i < DEVICES; i++) {
        char address[4];
        (void)snprintf(address, sizeof address, "%d", i + 1);
        const ohm_protocol_config config = {
            .modbus = profiles, .profile = "sdm630", .address = address, .baud = 9600
        };
        sims[i].profile = ohm_modbus_profiles_find(profiles, "sdm630");
        sims[i].unit = (uint8_t)(i + 1);
        ohm_sim_modbus_house(&sims[i], &house, 10 + i);
        if (ohm_failed(ohm_poller_modbus.init(&polls[i], &config)))
            exit(EXIT_FAILURE);
    }
    ohm_sim_modbus_init(&bus, OHM_MODBUS_RTU, sims, DEVICES);
    ohm_modbus_ask_init(&work.ask);
    if (ohm_modbus_plan_make(sims[0].profile, &work.plan) != OHM_OK)
        exit(EXIT_FAILURE);
}

static void measure_replies(void)
{
    const ohm_modbus_read *r = &work.plan.reads[0];
    const ohm_modbus_frame request = {
        .unit = 1, .function = r->function, .address = r->address, .count = r->count
    };
    ohm_sim_modbus_answer answer;
    uint8_t bytes[OHM_MODBUS_ADU_MAX];
    ohm_span in = ohm_span_of(bytes, ohm_modbus_encode(OHM_MODBUS_RTU, &request, bytes));
    if (!ohm_sim_modbus_take(&bus, &in, &answer))
        exit(EXIT_FAILURE);
    ohm_span frame = ohm_span_of(answer.bytes, answer.len);
    double best_s = 1, floor_s = 1;
    for (int i = 0; i < ROUNDS; i++) {
        double each_s = replies(frame, &request), least_s = floor_of(frame);
        best_s = each_s < best_s ? each_s : best_s;
        floor_s = least_s < floor_s ? least_s : floor_s;
    }
    (void)printf("Modbus RTU, replies of %u registers to %u values: %.0f replies/s\n", r->count,
                 r->parts, 1 / best_s);
    (void)printf("Modbus RTU, ratio to copying the bytes and their checksum: %.2f\n",
                 best_s / floor_s);
}

static void measure_cycle(void)
{
    double best_s = 1;
    int64_t line_ms = 0;
    for (int i = 0; i < ROUNDS / 10; i++) {
        mb_line line = { .bus = &bus, .baud = 9600 };
        double start = now_s();
        for (int d = 0; d < DEVICES; d++)
            if (mb_converse(&line, &ohm_poller_modbus, &polls[d], false).verdict != OHM_POLL_DONE)
                exit(EXIT_FAILURE);
        double took_s = now_s() - start;
        best_s = took_s < best_s ? took_s : best_s;
        line_ms = line.now_ms;
    }
    (void)printf("Modbus, a poll cycle of %d SDM630 with their simulation: %.2f ms of one core, "
                 "%.1f s of a line of 9600 baud\n",
                 DEVICES, 1000 * best_s, 0.001 * (double)line_ms);
}

int main(void)
{
    set_up();
    measure_replies();
    measure_cycle();
    bool small = sizeof(ohm_modbus_poll) <= MEMORY_MARK;
    (void)printf("Modbus, memory of an idle device: %zu bytes (mark: <= %d) %s\n",
                 sizeof(ohm_modbus_poll), MEMORY_MARK, small ? "ok" : "MISSED");
    ohm_modbus_profiles_free(profiles);
    return small && sum != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
