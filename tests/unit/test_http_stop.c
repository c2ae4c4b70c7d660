/* A program of its own: it stands in for the system's resolver. */
#include "link/http.h"

#include <netdb.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static sem_t asked, answer;

/* A name server that says nothing until it is told to. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret)
{
    (void)name;
    (void)service;
    (void)hints;
    *ret = NULL;
    (void)sem_post(&asked);
    (void)sem_wait(&answer);
    return EAI_AGAIN;
}

static void done(void *ctx, const ohm_http_response *response)
{
    (void)ctx;
    (void)response;
}

static void a_silent_name_server_does_not_hold_up_the_end(void **state)
{
    (void)state;
    ohm_http *http = NULL;
    uint64_t id;
    const ohm_http_request request = { .url = "https://name.invalid/", .done = done };
    assert_int_equal(sem_init(&asked, 0, 0), 0);
    assert_int_equal(sem_init(&answer, 0, 0), 0);
    assert_int_equal(ohm_http_new(NULL, &http).code, OHM_OK);
    assert_int_equal(ohm_http_send(http, &request, &id), OHM_OK);
    (void)sem_wait(&asked);
    ohm_http_free(http); /* else it waits here for ever */
    (void)sem_post(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_name_server_does_not_hold_up_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
