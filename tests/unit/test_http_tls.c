/* The HTTP client over TLS: who it believes, and that who it doesn't is told nothing. */
#include "link/http.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/clock.h"
#include "host/own_ca.h"

typedef struct peer {
    char dir[32], ca_file[64];
    ohm_own_ca ca;
    gnutls_certificate_credentials_t credentials;
    int listener;
    uint16_t port;
    pthread_t thread;
    int requests; /* whose head came whole; read after the thread's end */
} peer;

static ohm_http_response last;
static int calls;

static void on_done(void *ctx, const ohm_http_response *response)
{
    (void)ctx;
    calls++;
    last = *response;
}

static void talk(peer *p, gnutls_session_t session)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    char head[4096] = "";
    size_t len = 0;
    ssize_t n = 0;
    while (!strstr(head, "\r\n\r\n") && n >= 0 && len < sizeof head - 1) {
        n = gnutls_record_recv(session, head + len, sizeof head - 1 - len);
        len += n > 0 ? (size_t)n : 0;
        head[len] = '\0';
        if (n == 0)
            return;
    }
    if (n < 0)
        return;
    p->requests++;
    (void)gnutls_record_send(session, answer, sizeof answer - 1);
    (void)gnutls_bye(session, GNUTLS_SHUT_WR);
}

/* One connection after the other, until the listening socket is shut down. */
static void *serve(void *arg)
{
    peer *p = arg;
    int fd;
    while ((fd = accept(p->listener, NULL, NULL)) >= 0) {
        gnutls_session_t session;
        (void)gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
        (void)gnutls_set_default_priority(session);
        (void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, p->credentials);
        gnutls_transport_set_int(session, fd);
        int result;
        do
            result = gnutls_handshake(session);
        while (result < 0 && !gnutls_error_is_fatal(result));
        if (result == GNUTLS_E_SUCCESS)
            talk(p, session);
        gnutls_deinit(session);
        (void)close(fd);
    }
    return NULL;
}

/* A server whose certificate was made that long ago. */
static void start(peer *p, int64_t days_ago)
{
    memset(p, 0, sizeof *p);
    (void)snprintf(p->dir, sizeof p->dir, "%s", "/tmp/ohm-https-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    (void)snprintf(p->ca_file, sizeof p->ca_file, "%s/tls/ca.crt", p->dir);
    ohm_ms then_ms = ohm_clock_utc() - days_ago * 24 * OHM_HOUR_MS;
    assert_int_equal(ohm_own_ca_load(p->dir, NULL, then_ms, &p->ca).code, OHM_OK);
    gnutls_datum_t chain = { (unsigned char *)p->ca.chain_pem, (unsigned)strlen(p->ca.chain_pem) };
    gnutls_datum_t key = { (unsigned char *)p->ca.key_pem, (unsigned)strlen(p->ca.key_pem) };
    assert_int_equal(gnutls_certificate_allocate_credentials(&p->credentials), 0);
    assert_int_equal(
        gnutls_certificate_set_x509_key_mem(p->credentials, &chain, &key, GNUTLS_X509_FMT_PEM), 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY) };
    socklen_t len = sizeof address;
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(p->listener >= 0);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(p->listener, 8), 0);
    assert_int_equal(getsockname(p->listener, (struct sockaddr *)&address, &len), 0);
    p->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

static void stop(peer *p)
{
    static const char *const files[] = { "tls/ca.crt", "tls/ca.key", "tls/server.crt",
                                         "tls/server.key", "tls" };
    (void)shutdown(p->listener, SHUT_RDWR); /* accept fails */
    (void)pthread_join(p->thread, NULL);
    (void)close(p->listener);
    gnutls_certificate_free_credentials(p->credentials);
    ohm_own_ca_release(&p->ca);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "%s/%s", p->dir, files[i]);
        assert_int_equal(remove(path), 0);
    }
    assert_int_equal(rmdir(p->dir), 0);
}

static ohm_http_result ask(const peer *p, const char *ca_file, const char *name)
{
    char url[64];
    ohm_http *http = NULL;
    uint64_t id;
    (void)snprintf(url, sizeof url, "https://%s:%u/", name, (unsigned)p->port);
    const ohm_http_request request = { .url = url,
                                       .headers = { "Authorization: Bearer secret" },
                                       .timeout_ms = 90000,
                                       .done = on_done };
    calls = 0;
    assert_int_equal(ohm_http_new(ca_file, &http).code, OHM_OK);
    assert_int_equal(ohm_http_send(http, &request, &id), OHM_OK);
    struct pollfd ready = { .fd = ohm_http_fd(http), .events = POLLIN };
    while (calls == 0) {
        assert_int_equal(poll(&ready, 1, 90000), 1);
        ohm_http_dispatch(http);
    }
    ohm_http_free(http);
    return last.result;
}

static void the_right_authority_and_name_are_believed(void **state)
{
    (void)state;
    peer p;
    start(&p, 10);
    assert_int_equal(ask(&p, p.ca_file, "127.0.0.1"), OHM_HTTP_ANSWERED);
    assert_int_equal(last.status, 200);
    stop(&p);
    assert_int_equal(p.requests, 1);
}

static void a_stranger_is_told_nothing(void **state)
{
    (void)state;
    peer p;
    start(&p, 10);
    assert_int_equal(ask(&p, NULL, "127.0.0.1"), OHM_HTTP_TLS); /* nobody vouches for it */
    assert_int_equal(last.status, 0);
    assert_true(strlen(last.what) > 0);
    assert_int_equal(ask(&p, p.ca_file, "127.0.0.2"), OHM_HTTP_TLS); /* another's name */
    stop(&p);
    assert_int_equal(p.requests, 0); /* and no secret was sent */
}

static void a_certificate_that_is_over_is_refused(void **state)
{
    (void)state;
    peer p;
    start(&p, 400);
    assert_int_equal(ask(&p, p.ca_file, "127.0.0.1"), OHM_HTTP_TLS);
    stop(&p);
    assert_int_equal(p.requests, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_authority_and_name_are_believed),
        cmocka_unit_test(a_stranger_is_told_nothing),
        cmocka_unit_test(a_certificate_that_is_over_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
