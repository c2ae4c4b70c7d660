/* The client's own side: limits, cancelling, ending. Answers are tests/peer's. */
#include "link/http.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int calls;
static ohm_http_response last;
static uint8_t last_body[64];

static void on_done(void *ctx, const ohm_http_response *response)
{
    (void)ctx;
    calls++;
    last = *response;
    assert_true(response->body.len <= sizeof last_body);
    if (response->body.len)
        memcpy(last_body, response->body.ptr, response->body.len);
}

/* A port of this machine that takes connections and says nothing. */
static int listen_here(char url[static 64])
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
    socklen_t len = sizeof address;
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(url, 64, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    return fd;
}

static ohm_http *client(void)
{
    ohm_http *http = NULL;
    calls = 0;
    assert_int_equal(ohm_http_new(NULL, &http).code, OHM_OK);
    return http;
}

/* Dispatches until `wanted` answers came; the deadline only ends a broken run. */
static void wait_for(ohm_http *http, int wanted)
{
    struct pollfd ready = { .fd = ohm_http_fd(http), .events = POLLIN };
    while (calls < wanted) {
        assert_int_equal(poll(&ready, 1, 90000), 1);
        ohm_http_dispatch(http);
    }
}

/* Takes one connection, reads the request's head, and answers. */
static void answer(int listener, const char *text, char *head, size_t cap)
{
    int fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    size_t len = 0;
    head[0] = '\0';
    while (!strstr(head, "\r\n\r\n")) {
        ssize_t n = read(fd, head + len, cap - 1 - len);
        assert_true(n > 0);
        len += (size_t)n;
        head[len] = '\0';
    }
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    (void)close(fd);
}

static void answers_come_back(void **state)
{
    (void)state;
    char url[64], head[4096];
    int listener = listen_here(url);
    ohm_http *http = client();
    uint64_t id = 0;
    ohm_http_request request = { .url = url,
                                 .headers = { "X-One: 1" },
                                 .post = true,
                                 .body = ohm_span_text("hello"),
                                 .done = on_done };
    assert_int_equal(ohm_http_send(http, &request, &id), OHM_OK);
    answer(listener, "HTTP/1.1 503 x\r\nRetry-After: 7\r\nContent-Length: 3\r\n\r\nabc", head,
           sizeof head);
    wait_for(http, 1);
    assert_int_equal(last.id, id);
    assert_int_equal(last.result, OHM_HTTP_ANSWERED);
    assert_int_equal(last.status, 503);
    assert_int_equal(last.retry_after_s, 7);
    assert_int_equal(last.body.len, 3);
    assert_memory_equal(last_body, "abc", 3);
    assert_non_null(strstr(head, "POST / HTTP/1.1\r\n"));
    assert_non_null(strstr(head, "X-One: 1\r\n"));
    assert_non_null(strstr(head, "User-Agent: ohmstead/"));
    assert_null(strstr(head, "Expect:"));
    ohm_http_free(http);
    (void)close(listener);
}

static void bodies_have_a_limit(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        ohm_http_result want;
    } rows[] = {
        { "just fits", "HTTP/1.1 200 x\r\nContent-Length: 4\r\n\r\nabcd", OHM_HTTP_ANSWERED },
        { "said to be too long", "HTTP/1.1 200 x\r\nContent-Length: 5\r\n\r\nabcde",
          OHM_HTTP_TOO_BIG },
        { "too long without a word", "HTTP/1.1 200 x\r\nConnection: close\r\n\r\nabcde",
          OHM_HTTP_TOO_BIG },
        { "cut short", "HTTP/1.1 200 x\r\nContent-Length: 4\r\n\r\nab", OHM_HTTP_BROKEN },
        { "not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", OHM_HTTP_BROKEN },
    };
    char url[64], head[4096];
    int listener = listen_here(url);
    ohm_http *http = client();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t id = 0;
        ohm_http_request request = { .url = url, .body_max = 4, .done = on_done };
        assert_int_equal(ohm_http_send(http, &request, &id), OHM_OK);
        answer(listener, rows[i].text, head, sizeof head);
        wait_for(http, (int)i + 1);
        if (last.result != rows[i].want)
            fail_msg("%s: result %d (%s)", rows[i].why, (int)last.result, last.what);
    }
    ohm_http_free(http);
    (void)close(listener);
}

static void requests_are_counted_and_cancelled(void **state)
{
    (void)state;
    char url[64];
    int listener = listen_here(url);
    ohm_http *http = client();
    uint64_t ids[OHM_HTTP_PENDING_MAX], id;
    ohm_http_request request = { .url = url, .done = on_done };
    for (int i = 0; i < OHM_HTTP_PENDING_MAX; i++)
        assert_int_equal(ohm_http_send(http, &request, &ids[i]), OHM_OK);
    assert_int_equal(ohm_http_send(http, &request, &id), OHM_BUSY);

    struct pollfd ready = { .fd = ohm_http_fd(http), .events = POLLIN };
    ohm_http_cancel(http, ids[3]);
    ohm_http_cancel(http, ids[3]);
    ohm_http_cancel(http, 999);
    while (ohm_http_send(http, &request, &id) == OHM_BUSY) {
        assert_int_equal(poll(&ready, 1, 30000), 1);
        ohm_http_dispatch(http);
    }
    assert_int_equal(calls, 0); /* the cancelled one said nothing */
    ohm_http_free(http);        /* with sixteen under way */
    assert_int_equal(calls, 0);
    (void)close(listener);
}

static void what_fails_says_how(void **state)
{
    (void)state;
    char url[64];
    int listener = listen_here(url);
    ohm_http *http = client();
    uint64_t id;
    ohm_http_request request = { .url = url, .timeout_ms = 50, .done = on_done };
    assert_int_equal(ohm_http_send(http, &request, &id), OHM_OK);
    wait_for(http, 1);
    assert_int_equal(last.result, OHM_HTTP_TIMEOUT);
    assert_int_equal(last.status, 0);

    (void)close(listener);
    request.timeout_ms = 0;
    assert_int_equal(ohm_http_send(http, &request, &id), OHM_OK);
    wait_for(http, 2);
    assert_int_equal(last.result, OHM_HTTP_OFFLINE);
    ohm_http_free(http);
}

static void what_may_not_be_sent(void **state)
{
    (void)state;
    ohm_http *http = client();
    uint64_t id;
    char url[OHM_HTTP_URL_MAX + 2] = "http://127.0.0.1/";
    static const char *const urls[] = { "file:///etc/passwd", "ftp://x/", "", "127.0.0.1",
                                        "gopher://x" };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        ohm_http_request request = { .url = urls[i], .done = on_done };
        assert_int_equal(ohm_http_send(http, &request, &id), OHM_BAD_FORMAT);
    }
    ohm_http_request request = { .url = url, .headers = { "A: b\r\nC: d" }, .done = on_done };
    assert_int_equal(ohm_http_send(http, &request, &id), OHM_BAD_FORMAT);
    memset(url + strlen(url), 'x', sizeof url - 1 - strlen(url));
    request.headers[0] = NULL;
    assert_int_equal(ohm_http_send(http, &request, &id), OHM_TOO_BIG);
    ohm_http_free(http);
    ohm_http_free(NULL);
}

static void credentials_stay_private(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool want;
    } rows[] = {
        { "https://digital.iservices.rte-france.com", true },
        { "HTTPS://x", true },
        { "http://127.0.0.1:8080/x", true },
        { "http://localhost", true },
        { "http://[::1]:80/", true },
        { "http://digital.iservices.rte-france.com", false },
        { "http://127.0.0.1.example.org/", false },
        { "http://localhost.example.org/", false },
        { "http://localhost:x@example.org/", false },
        { "ftp://localhost/", false },
        { "", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ohm_http_is_private(rows[i].url) != rows[i].want)
            fail_msg("%s", rows[i].url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_back),
        cmocka_unit_test(bodies_have_a_limit),
        cmocka_unit_test(requests_are_counted_and_cancelled),
        cmocka_unit_test(what_fails_says_how),
        cmocka_unit_test(what_may_not_be_sent),
        cmocka_unit_test(credentials_stay_private),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
