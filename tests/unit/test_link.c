#include "link/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "sim/ends.h"

/* --- addresses ----------------------------------------------------------------------------------
 */

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ohm_code code;
        ohm_link_kind kind;
        const char *host_or_path, *port;
    } rows[] = {
        { "serial:/dev/serial/by-id/usb-x", OHM_OK, OHM_LINK_SERIAL, "/dev/serial/by-id/usb-x",
          "" },
        { "/dev/ttyUSB0", OHM_OK, OHM_LINK_SERIAL, "/dev/ttyUSB0", "" },
        { "tcp:gateway.lan:10001", OHM_OK, OHM_LINK_TCP, "gateway.lan", "10001" },
        { "tcp:[2001:db8::1]:65535", OHM_OK, OHM_LINK_TCP, "2001:db8::1", "65535" },
        { "udp:gateway.lan:10001", OHM_OK, OHM_LINK_UDP, "gateway.lan", "10001" },
        { "file:-", OHM_OK, OHM_LINK_FILE, "-", "" },
        { "file:a b.bin", OHM_OK, OHM_LINK_FILE, "a b.bin", "" },
        { "ttyUSB0", OHM_BAD_FORMAT, 0, "", "" },
        { "serial:", OHM_BAD_FORMAT, 0, "", "" },
        { "tcp:gateway", OHM_BAD_FORMAT, 0, "", "" },
        { "tcp::1", OHM_BAD_FORMAT, 0, "", "" },
        { "tcp:h:0", OHM_BAD_FORMAT, 0, "", "" },
        { "tcp:h:65536", OHM_BAD_FORMAT, 0, "", "" },
        { "tcp:h:+80", OHM_BAD_FORMAT, 0, "", "" },
        { "tcp:h:", OHM_BAD_FORMAT, 0, "", "" },
        { "tcp:2001:db8::1:80", OHM_BAD_FORMAT, 0, "", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_link_address got = { .path = "untouched" };
        ohm_err err = ohm_link_address_parse(rows[i].text, &got);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].text, err.what);
        if (ohm_failed(err)) {
            assert_string_equal(got.path, "untouched");
            continue;
        }
        assert_int_equal(got.kind, rows[i].kind);
        assert_string_equal(got.host[0] ? got.host : got.path, rows[i].host_or_path);
        assert_string_equal(got.port, rows[i].port);
    }
    static const char *const framings[] = { "8N1", "8E1", "7E1", "8O2" };
    static const char *const wrong[] = { "", "8N", "9N1", "8X1", "8N3", "8N1x", "n81" };
    for (size_t i = 0; i < sizeof framings / sizeof *framings; i++)
        assert_int_equal(ohm_link_framing_check(framings[i]), OHM_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(ohm_link_framing_check(wrong[i]), OHM_BAD_FORMAT);
}

/* --- lines --------------------------------------------------------------------------------------
 */

typedef struct watch {
    uv_loop_t loop;
    uv_timer_t pulse;
    ohm_link *link;
    ohm_sim_end *end;
    int ups, breaks, failures, quiets;
    ohm_err why, broke; /* of the last attempt that failed, of the last break */
    uint8_t got[8192];
    size_t len;
    bool close_on_bytes;
} watch;

static void on_bytes(void *ctx, ohm_span bytes)
{
    watch *w = ctx;
    assert_true(bytes.len <= sizeof w->got - w->len);
    memcpy(w->got + w->len, bytes.ptr, bytes.len);
    w->len += bytes.len;
    if (w->close_on_bytes)
        ohm_link_close(w->link);
}

static void on_up(void *ctx)
{
    ((watch *)ctx)->ups++;
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    watch *w = ctx;
    *(was_up ? &w->breaks : &w->failures) += 1;
    *(was_up ? &w->broke : &w->why) = why;
}

static void on_quiet(void *ctx)
{
    ((watch *)ctx)->quiets++;
}

static void open_link(watch *w, const char *address)
{
    ohm_link_config config = {
        .baud = 2400, .framing = "8E1", .retry_ms_min = 5, .retry_ms_max = 20
    };
    ohm_link_hooks hooks = { on_bytes, on_up, on_down, on_quiet, w };
    assert_int_equal(ohm_link_address_parse(address, &config.address).code, OHM_OK);
    assert_int_equal(ohm_link_open(&w->loop, &config, &hooks, &w->link).code, OHM_OK);
    assert_int_equal(w->ups, 0); /* nothing is called back from here */
}

/* So that UV_RUN_ONCE comes back after what a timer did. */
static void pulse(uv_timer_t *timer)
{
    (void)timer;
}

static watch *start(void **state)
{
    (void)state;
    watch *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    assert_int_equal(uv_timer_init(&w->loop, &w->pulse), 0);
    assert_int_equal(uv_timer_start(&w->pulse, pulse, 1, 1), 0);
    uv_unref((uv_handle_t *)&w->pulse);
    return w;
}

/* Runs the loop until `count` is reached; the test's own time limit is the only clock. */
static void run_until(watch *w, const int *count, int want)
{
    while (*count < want)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
}

static void run_until_bytes(watch *w, size_t want)
{
    while (w->len < want)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
}

static void finish(watch *w)
{
    ohm_link_close(w->link);
    ohm_sim_end_close(w->end);
    uv_close((uv_handle_t *)&w->pulse, NULL);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    free(w);
}

static ohm_span all_bytes(void)
{
    static uint8_t bytes[1024];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    return ohm_span_of(bytes, sizeof bytes);
}

static void delivers_over(void **state, ohm_sim_line line)
{
    watch *w = start(state);
    assert_int_equal(ohm_sim_end_open(&w->loop, line, 0, &w->end).code, OHM_OK);
    open_link(w, ohm_sim_end_address(w->end));
    run_until(w, &w->ups, 1);
    static const uint8_t end = 0xff;             /* not the last of all bytes */
    while (line == OHM_SIM_TCP && w->len == 0) { /* the other side has yet to accept */
        assert_int_equal(ohm_sim_end_send(w->end, ohm_span_of("\0", 1)), OHM_OK);
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    }
    assert_int_equal(ohm_sim_end_send(w->end, all_bytes()), OHM_OK);
    assert_int_equal(ohm_sim_end_send(w->end, ohm_span_of(&end, 1)), OHM_OK);
    while (w->len < all_bytes().len + 1 || w->got[w->len - 1] != end)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    size_t skip = w->len - 1 - all_bytes().len; /* what came before */
    assert_memory_equal(w->got + skip, all_bytes().ptr, all_bytes().len);
    if (line == OHM_SIM_TCP) { /* a network falls silent, once, and again after more bytes */
        run_until(w, &w->quiets, 1);
        w->len = 0;
        assert_int_equal(ohm_sim_end_send(w->end, all_bytes()), OHM_OK);
        run_until(w, &w->quiets, 2);
        assert_int_equal(w->len, all_bytes().len);
    }
    assert_int_equal(w->quiets, line == OHM_SIM_TCP ? 2 : 0);
    finish(w);
}

static void pty_delivers_every_byte(void **state)
{
    delivers_over(state, OHM_SIM_PTY);
}

static void tcp_delivers_every_byte(void **state)
{
    delivers_over(state, OHM_SIM_TCP);
}

static void a_paced_line_loses_nothing(void **state)
{
    watch *w = start(state);
    assert_int_equal(ohm_sim_end_open(&w->loop, OHM_SIM_PTY, 115200, &w->end).code, OHM_OK);
    open_link(w, ohm_sim_end_address(w->end));
    run_until(w, &w->ups, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ohm_sim_end_send(w->end, all_bytes()), OHM_OK);
    run_until_bytes(w, 3 * all_bytes().len);
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(w->got + i * all_bytes().len, all_bytes().ptr, all_bytes().len);
    static uint8_t much[OHM_SIM_QUEUE_MAX];
    assert_int_equal(ohm_sim_end_send(w->end, ohm_span_of(much, sizeof much)), OHM_OK);
    assert_int_equal(ohm_sim_end_send(w->end, ohm_span_of(much, 1)), OHM_BUSY);
    finish(w);
}

/* The adapter is pulled out and comes back under the same name, as udev's links do. */
static void a_port_vanishes_and_comes_back(void **state)
{
    watch *w = start(state);
    char folder[] = "/tmp/ohm-link-XXXXXX", name[64], address[80];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(name, sizeof name, "%s/meter", folder);
    (void)snprintf(address, sizeof address, "serial:%s", name);

    open_link(w, address);
    run_until(w, &w->failures, 2); /* not there yet: tried again */
    assert_int_equal(w->why.code, OHM_UNKNOWN);
    for (int round = 1; round <= 2; round++) {
        assert_int_equal(ohm_sim_end_open(&w->loop, OHM_SIM_PTY, 0, &w->end).code, OHM_OK);
        assert_int_equal(symlink(strchr(ohm_sim_end_address(w->end), '/'), name), 0);
        run_until(w, &w->ups, round);
        w->len = 0;
        assert_int_equal(ohm_sim_end_send(w->end, all_bytes()), OHM_OK);
        run_until_bytes(w, all_bytes().len);
        assert_memory_equal(w->got, all_bytes().ptr, all_bytes().len);
        assert_int_equal(unlink(name), 0);
        ohm_sim_end_close(w->end);
        w->end = NULL;
        run_until(w, &w->breaks, round);
        assert_int_equal(w->broke.code, OHM_IO);
    }
    finish(w);
    assert_int_equal(rmdir(folder), 0);
}

static void two_readers_do_not_share_a_port(void **state)
{
    watch *w = start(state), *other = start(state);
    assert_int_equal(ohm_sim_end_open(&w->loop, OHM_SIM_PTY, 0, &w->end).code, OHM_OK);
    open_link(w, ohm_sim_end_address(w->end));
    run_until(w, &w->ups, 1);
    open_link(other, ohm_sim_end_address(w->end));
    run_until(other, &other->failures, 1);
    assert_int_equal(other->why.code, OHM_BUSY);
    finish(other);
    finish(w);
}

static void a_gateway_restarts(void **state)
{
    watch *w = start(state);
    assert_int_equal(ohm_sim_end_open(&w->loop, OHM_SIM_TCP, 0, &w->end).code, OHM_OK);
    open_link(w, ohm_sim_end_address(w->end));
    run_until(w, &w->ups, 1);
    while (w->len == 0) { /* until the other side has accepted */
        assert_int_equal(ohm_sim_end_send(w->end, ohm_span_of("x", 1)), OHM_OK);
        (void)uv_run(&w->loop, UV_RUN_NOWAIT);
    }
    ohm_sim_end_drop(w->end);
    run_until(w, &w->breaks, 1);
    run_until(w, &w->ups, 2);
    finish(w);
}

static void nobody_listens(void **state)
{
    watch *w = start(state);
    char address[OHM_SIM_ADDRESS_MAX];
    assert_int_equal(ohm_sim_end_open(&w->loop, OHM_SIM_TCP, 0, &w->end).code, OHM_OK);
    (void)snprintf(address, sizeof address, "%s", ohm_sim_end_address(w->end));
    ohm_sim_end_close(w->end);
    w->end = NULL;
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    open_link(w, address);
    run_until(w, &w->failures, 2);
    assert_int_equal(w->why.code, OHM_IO);
    assert_int_equal(w->ups, 0);
    finish(w);
}

static void a_name_that_is_none(void **state)
{
    watch *w = start(state);
    open_link(w, "tcp:no such host:80");
    run_until(w, &w->failures, 1);
    assert_int_equal(w->ups, 0);
    finish(w);
}

/* A converter that speaks datagrams: what is sent comes back, empty ones mean nothing. */
typedef struct echo {
    uv_udp_t socket;
    uint8_t buffer[2048];
    char address[64];
} echo;

static void echo_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    echo *e = handle->data;
    (void)suggested;
    *out = uv_buf_init((char *)e->buffer, sizeof e->buffer);
}

static void echo_heard(uv_udp_t *socket, ssize_t got, const uv_buf_t *buffer,
                       const struct sockaddr *from, unsigned flags)
{
    (void)flags;
    if (got <= 0 || !from)
        return;
    uv_buf_t none = uv_buf_init(buffer->base, 0), same = uv_buf_init(buffer->base, (unsigned)got);
    (void)uv_udp_try_send(socket, &none, 1, from);
    (void)uv_udp_try_send(socket, &same, 1, from);
}

static void echo_open(echo *e, uv_loop_t *loop)
{
    struct sockaddr_in address;
    int len = sizeof address;
    assert_int_equal(uv_udp_init(loop, &e->socket), 0);
    e->socket.data = e;
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_udp_bind(&e->socket, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_udp_getsockname(&e->socket, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(uv_udp_recv_start(&e->socket, echo_room, echo_heard), 0);
    (void)snprintf(e->address, sizeof e->address, "udp:127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
}

static void udp_delivers(void **state)
{
    watch *w = start(state);
    echo e;
    echo_open(&e, &w->loop);
    open_link(w, e.address);
    run_until(w, &w->ups, 1);
    for (size_t i = 1; i <= 3; i++) {
        assert_int_equal(ohm_link_send(w->link, all_bytes()), OHM_OK);
        run_until_bytes(w, i * all_bytes().len);
    }
    assert_memory_equal(w->got + 2 * all_bytes().len, all_bytes().ptr, all_bytes().len);
    assert_int_equal(w->breaks, 0);
    uv_close((uv_handle_t *)&e.socket, NULL);
    finish(w);
}

/* Nobody at that port: the system says so when something was sent. */
static void udp_to_nobody(void **state)
{
    watch *w = start(state);
    echo e;
    echo_open(&e, &w->loop);
    uv_close((uv_handle_t *)&e.socket, NULL);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    open_link(w, e.address);
    run_until(w, &w->ups, 1);
    assert_int_equal(ohm_link_send(w->link, all_bytes()), OHM_OK);
    run_until(w, &w->breaks, 1);
    run_until(w, &w->ups, 2); /* and it is tried again */
    finish(w);
}

static void a_file_is_read_to_its_end_once(void **state)
{
    watch *w = start(state);
    char path[] = "/tmp/ohm-link-file-XXXXXX", address[64];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (int i = 0; i < 6; i++)
        assert_int_equal(write(fd, all_bytes().ptr, all_bytes().len), all_bytes().len);
    assert_int_equal(close(fd), 0);
    (void)snprintf(address, sizeof address, "file:%s", path);
    open_link(w, address);
    run_until(w, &w->breaks, 1);
    assert_int_equal(w->broke.code, OHM_END);
    assert_int_equal(w->len, 6 * all_bytes().len);
    assert_memory_equal(w->got + 5 * all_bytes().len, all_bytes().ptr, all_bytes().len);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT); /* comes back: nothing is tried again */
    assert_int_equal(w->ups, 1);
    finish(w);
    assert_int_equal(unlink(path), 0);
}

static void a_folder_is_no_file(void **state)
{
    watch *w = start(state);
    open_link(w, "file:/");
    run_until(w, &w->failures, 1);
    assert_int_equal(w->why.code, OHM_BAD_FORMAT);
    finish(w);
}

static void closing_from_a_callback(void **state)
{
    watch *w = start(state);
    w->close_on_bytes = true;
    assert_int_equal(ohm_sim_end_open(&w->loop, OHM_SIM_PTY, 0, &w->end).code, OHM_OK);
    open_link(w, ohm_sim_end_address(w->end));
    run_until(w, &w->ups, 1);
    assert_int_equal(ohm_sim_end_send(w->end, all_bytes()), OHM_OK);
    run_until_bytes(w, 1);
    w->link = NULL;
    finish(w);
}

static void reopening_a_silent_line(void **state)
{
    watch *w = start(state);
    assert_int_equal(ohm_sim_end_open(&w->loop, OHM_SIM_PTY, 0, &w->end).code, OHM_OK);
    open_link(w, ohm_sim_end_address(w->end));
    run_until(w, &w->ups, 1);
    ohm_link_reopen(w->link);
    run_until(w, &w->ups, 2);
    assert_int_equal(w->breaks + w->failures, 0);
    finish(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(pty_delivers_every_byte),
        cmocka_unit_test(tcp_delivers_every_byte),
        cmocka_unit_test(a_paced_line_loses_nothing),
        cmocka_unit_test(a_port_vanishes_and_comes_back),
        cmocka_unit_test(two_readers_do_not_share_a_port),
        cmocka_unit_test(a_gateway_restarts),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(a_name_that_is_none),
        cmocka_unit_test(udp_delivers),
        cmocka_unit_test(udp_to_nobody),
        cmocka_unit_test(a_file_is_read_to_its_end_once),
        cmocka_unit_test(a_folder_is_no_file),
        cmocka_unit_test(closing_from_a_callback),
        cmocka_unit_test(reopening_a_silent_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
