#include "link/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>

#include "host/fault_stack.h"
#include "host/queue.h"
#include "host/random.h"
#include "host/syserr.h"

enum {
    CONNECT_TIMEOUT_MS = 10000,
    IDLE_WAIT_MS = 60000, /* of the thread when nothing is under way; messages wake it */
    BODY_STEP = 8 << 10,
    /* Two messages, to start and to give up, for each that may be pending. */
    QUEUE_LEN = 2 * OHM_HTTP_PENDING_MAX * (int)(sizeof(void *) + 4),
    STACK_LEN = 512 << 10,
};

/* One request on its way. Made by the owner, handed to the thread by queue, handed back by queue;
 * whoever holds it may touch it. `id` never changes, `given_up` is the owner's only word to the
 * thread in between. */
typedef struct transfer {
    uint64_t id;
    atomic_bool given_up;
    CURL *easy;
    struct curl_slist *headers;
    uint8_t *upload;
    uint8_t *body;
    size_t body_len, body_cap, body_max;
    bool too_big, no_memory;
    CURLcode code;
    long status;
    curl_off_t retry_after_s;
} transfer;

/* What the owner remembers of a job that it has handed out. */
typedef struct pending {
    transfer *job; /* NULL: a free place */
    uint64_t id;
    ohm_http_done *done; /* NULL: cancelled */
    void *ctx;
} pending;

struct ohm_http {
    pthread_t thread;
    ohm_queue *to_thread, *to_owner; /* messages are pointers to jobs */
    atomic_bool stop;
    char *ca_file;
    uint64_t next_id;
    pending pending[OHM_HTTP_PENDING_MAX];
    /* of the thread alone */
    CURLM *multi;
    transfer *active[OHM_HTTP_PENDING_MAX];
};

/* --- jobs ----------------------------------------------------------------------------------- */

static void free_job(transfer *job)
{
    if (!job)
        return;
    if (job->easy)
        curl_easy_cleanup(job->easy);
    for (struct curl_slist *header = job->headers; header; header = header->next)
        ohm_wipe(header->data, strlen(header->data)); /* some are credentials */
    curl_slist_free_all(job->headers);
    free(job->upload);
    free(job->body);
    free(job);
}

/* Makes room for `more` bytes, doubling up to what the request allows. */
static bool reserve(transfer *job, size_t more)
{
    if (more > job->body_max - job->body_len) {
        job->too_big = true;
        return false;
    }
    if (more <= job->body_cap - job->body_len)
        return true;
    size_t cap = job->body_cap ? job->body_cap : BODY_STEP;
    while (cap - job->body_len < more)
        cap *= 2;
    uint8_t *bigger = realloc(job->body, cap);
    job->no_memory = !bigger;
    if (!bigger)
        return false;
    job->body = bigger;
    job->body_cap = cap;
    return true;
}

static size_t on_body(char *bytes, size_t one, size_t len, void *ctx)
{
    transfer *job = ctx;
    (void)one; /* always 1 */
    if (!reserve(job, len))
        return 0;
    if (len > 0)
        memcpy(job->body + job->body_len, bytes, len);
    job->body_len += len;
    return len;
}

static bool add_headers(transfer *job, const ohm_http_request *request)
{
    /* No "Expect: 100-continue": a second round trip for nothing on bodies of this size. */
    static const char *const ours[] = { "Expect:", "Accept: application/json" };
    bool accepts = false;
    for (int i = 0; i < OHM_HTTP_HEADERS_MAX && request->headers[i]; i++)
        accepts = accepts || !strncasecmp(request->headers[i], "Accept:", 7);
    for (size_t i = 0; i < sizeof ours / sizeof *ours - accepts; i++) {
        struct curl_slist *longer = curl_slist_append(job->headers, ours[i]);
        if (!longer)
            return false;
        job->headers = longer;
    }
    for (int i = 0; i < OHM_HTTP_HEADERS_MAX && request->headers[i]; i++) {
        struct curl_slist *longer = curl_slist_append(job->headers, request->headers[i]);
        if (!longer)
            return false;
        job->headers = longer;
    }
    return true;
}

/* Sets one option; all of them exist in the oldest curl that Debian 12 has. */
#define SET(easy, option, value) (curl_easy_setopt(easy, option, value) == CURLE_OK)

static bool set_limits(transfer *job, const ohm_http_request *request)
{
    long timeout_ms = request->timeout_ms ? (long)request->timeout_ms : OHM_HTTP_TIMEOUT_MS;
    job->body_max = request->body_max ? request->body_max : OHM_HTTP_BODY_MAX;
    CURL *easy = job->easy;
    return SET(easy, CURLOPT_TIMEOUT_MS, timeout_ms) &&
           SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS) &&
           SET(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           SET(easy, CURLOPT_FOLLOWLOCATION, 0L) && SET(easy, CURLOPT_NOSIGNAL, 1L) &&
           /* A name server that is silent must not hold up whoever cancels or stops. */
           SET(easy, CURLOPT_QUICK_EXIT, 1L) && SET(easy, CURLOPT_SSL_VERIFYPEER, 1L) &&
           SET(easy, CURLOPT_SSL_VERIFYHOST, 2L) &&
           SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           SET(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)job->body_max);
}

static bool set_request(transfer *job, const ohm_http_request *request, const char *ca_file)
{
    CURL *easy = job->easy;
    bool good =
        SET(easy, CURLOPT_URL, request->url) && SET(easy, CURLOPT_HTTPHEADER, job->headers) &&
        SET(easy, CURLOPT_USERAGENT, "ohmstead/" OHM_VERSION) && SET(easy, CURLOPT_PRIVATE, job) &&
        SET(easy, CURLOPT_WRITEDATA, job) && SET(easy, CURLOPT_WRITEFUNCTION, on_body);
    if (good && ca_file)
        good = SET(easy, CURLOPT_CAINFO, ca_file);
    if (good && request->post)
        good = SET(easy, CURLOPT_POST, 1L) &&
               SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len) &&
               SET(easy, CURLOPT_POSTFIELDS, job->upload);
    return good;
}

static transfer *new_job(const ohm_http_request *request, const char *ca_file)
{
    transfer *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->retry_after_s = -1;
    job->easy = curl_easy_init();
    job->upload = malloc(request->body.len + 1);
    if (!job->easy || !job->upload)
        goto failed;
    if (request->body.len > 0)
        memcpy(job->upload, request->body.ptr, request->body.len);
    job->upload[request->body.len] = '\0';
    if (add_headers(job, request) && set_limits(job, request) && set_request(job, request, ca_file))
        return job;
failed:
    free_job(job);
    return NULL;
}

/* --- the thread ----------------------------------------------------------------------------- */

/* Reads what the owner needs, and hands the job back. The queue has room for every job there can
 * be, so this can't fail. */
static void finish(ohm_http *http, transfer *job, CURLcode code)
{
    job->code = code;
    (void)curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &job->status);
    curl_off_t retry_after_s = 0;
    bool has_header = false;
    struct curl_header *header = NULL;
    if (curl_easy_header(job->easy, "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        has_header = curl_easy_getinfo(job->easy, CURLINFO_RETRY_AFTER, &retry_after_s) == CURLE_OK;
    job->retry_after_s = has_header ? retry_after_s : -1;
    ohm_code pushed = ohm_queue_push(http->to_owner, ohm_span_of(&job, sizeof job));
    assert(pushed == OHM_OK);
}

static transfer **find_active(ohm_http *http, const transfer *wanted)
{
    for (int i = 0; i < OHM_HTTP_PENDING_MAX; i++)
        if (http->active[i] == wanted)
            return &http->active[i];
    return NULL;
}

static void end_active(ohm_http *http, transfer **place, CURLcode code)
{
    transfer *job = *place;
    *place = NULL;
    (void)curl_multi_remove_handle(http->multi, job->easy);
    finish(http, job, code);
}

/* Messages are new jobs, or nothing but a wake-up. Then the jobs that the owner gave up: it frees
 * none before it has it back, so looking at them is safe. */
static void take_messages(ohm_http *http)
{
    transfer *job;
    size_t len;
    while (ohm_queue_pop(http->to_thread, &job, sizeof job, &len) == OHM_OK) {
        if (!job)
            continue; /* only to wake up */
        transfer **place = find_active(http, NULL);
        assert(place); /* the owner counts */
        *place = job;
        if (curl_multi_add_handle(http->multi, job->easy) != CURLM_OK)
            end_active(http, place, CURLE_OUT_OF_MEMORY);
    }
    for (int i = 0; i < OHM_HTTP_PENDING_MAX; i++)
        if (http->active[i] && atomic_load(&http->active[i]->given_up))
            end_active(http, &http->active[i], CURLE_ABORTED_BY_CALLBACK);
}

static void take_results(ohm_http *http)
{
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(http->multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE)
            continue;
        transfer *job = NULL;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
        end_active(http, find_active(http, job), message->data.result);
    }
}

static void *run(void *ctx)
{
    ohm_http *http = ctx;
    ohm_fault_stack();
    while (!atomic_load(&http->stop)) {
        take_messages(http);
        int running = 0;
        (void)curl_multi_perform(http->multi, &running);
        take_results(http);
        struct curl_waitfd wake = { .fd = ohm_queue_fd(http->to_thread),
                                    .events = CURL_WAIT_POLLIN };
        (void)curl_multi_poll(http->multi, &wake, 1, IDLE_WAIT_MS, NULL);
    }
    for (int i = 0; i < OHM_HTTP_PENDING_MAX; i++)
        if (http->active[i])
            end_active(http, &http->active[i], CURLE_ABORTED_BY_CALLBACK);
    return NULL;
}

/* Signals are the loop thread's: none is delivered here. */
static ohm_err start_thread(ohm_http *http)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    (void)sigfillset(&all);
    int error = pthread_attr_init(&attributes);
    if (error)
        return ohm_err_errno(error);
    (void)pthread_attr_setstacksize(&attributes, STACK_LEN);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&http->thread, &attributes, run, http);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    if (error)
        return ohm_err_errno(error);
    (void)pthread_setname_np(http->thread, "net");
    return ohm_ok();
}

/* --- the owner ------------------------------------------------------------------------------ */

static void free_parts(ohm_http *http)
{
    if (http->multi)
        (void)curl_multi_cleanup(http->multi);
    ohm_queue_free(http->to_thread);
    ohm_queue_free(http->to_owner);
    free(http->ca_file);
    free(http);
    curl_global_cleanup();
}

static ohm_err make_parts(ohm_http *http, const char *ca_file)
{
    OHM_TRY(ohm_queue_new(QUEUE_LEN, &http->to_thread));
    OHM_TRY(ohm_queue_new(QUEUE_LEN, &http->to_owner));
    http->multi = curl_multi_init();
    http->ca_file = ca_file ? strdup(ca_file) : NULL;
    if (!http->multi || (ca_file && !http->ca_file))
        return ohm_fail(OHM_NO_MEMORY, 0, "no memory for the HTTP client");
    return start_thread(http);
}

ohm_err ohm_http_new(const char *ca_file, ohm_http **ret_http)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return ohm_fail(OHM_IO, 0, "the HTTP library does not start");
    ohm_http *http = calloc(1, sizeof *http);
    if (!http) {
        curl_global_cleanup();
        return ohm_fail(OHM_NO_MEMORY, 0, "no memory for the HTTP client");
    }
    http->next_id = 1;
    ohm_err err = make_parts(http, ca_file);
    if (ohm_failed(err))
        free_parts(http);
    else
        *ret_http = http;
    return err;
}

/* Wakes the thread by a message that says nothing. */
static void wake(ohm_http *http)
{
    const transfer *nothing = NULL;
    /* When the queue is full the thread is awake anyway. */
    ohm_code pushed = ohm_queue_push(http->to_thread, ohm_span_of(&nothing, sizeof nothing));
    assert(pushed == OHM_OK || pushed == OHM_BUSY);
}

void ohm_http_free(ohm_http *http)
{
    if (!http)
        return;
    atomic_store(&http->stop, true);
    wake(http);
    (void)pthread_join(http->thread, NULL);
    for (int i = 0; i < OHM_HTTP_PENDING_MAX; i++)
        free_job(http->pending[i].job);
    free_parts(http);
}

static bool has_scheme(const char *url, const char *scheme)
{
    return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

static ohm_code check_request(const ohm_http_request *request)
{
    if (strlen(request->url) > OHM_HTTP_URL_MAX)
        return OHM_TOO_BIG;
    if (!has_scheme(request->url, "http://") && !has_scheme(request->url, "https://"))
        return OHM_BAD_FORMAT;
    for (int i = 0; i < OHM_HTTP_HEADERS_MAX && request->headers[i]; i++)
        if (strpbrk(request->headers[i], "\r\n"))
            return OHM_BAD_FORMAT;
    return OHM_OK;
}

ohm_code ohm_http_send(ohm_http *http, const ohm_http_request *request, uint64_t *ret_id)
{
    assert(request->done);
    ohm_code code = check_request(request);
    if (code != OHM_OK)
        return code;
    pending *place = NULL;
    for (int i = 0; i < OHM_HTTP_PENDING_MAX && !place; i++)
        if (!http->pending[i].job)
            place = &http->pending[i];
    if (!place)
        return OHM_BUSY;
    transfer *job = new_job(request, http->ca_file);
    if (!job)
        return OHM_NO_MEMORY;
    job->id = http->next_id++;
    code = ohm_queue_push(http->to_thread, ohm_span_of(&job, sizeof job));
    if (code != OHM_OK) {
        free_job(job);
        return code;
    }
    *place = (pending){ job, job->id, request->done, request->ctx };
    *ret_id = job->id;
    return OHM_OK;
}

void ohm_http_cancel(ohm_http *http, uint64_t id)
{
    for (int i = 0; i < OHM_HTTP_PENDING_MAX; i++) {
        pending *place = &http->pending[i];
        if (!place->job || place->id != id)
            continue;
        place->done = NULL;
        atomic_store(&place->job->given_up, true);
        wake(http);
    }
}

int ohm_http_fd(const ohm_http *http)
{
    return ohm_queue_fd(http->to_owner);
}

static ohm_http_result result_of(const transfer *job, const char **what)
{
    *what = curl_easy_strerror(job->code); /* static text */
    if (job->too_big || job->code == CURLE_FILESIZE_EXCEEDED) {
        *what = "the answer is too long";
        return OHM_HTTP_TOO_BIG;
    }
    if (job->no_memory) {
        *what = "no memory for the answer";
        return OHM_HTTP_TOO_BIG;
    }
    switch ((int)job->code) {
    case CURLE_OK:
        return OHM_HTTP_ANSWERED;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
        return OHM_HTTP_OFFLINE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return OHM_HTTP_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return OHM_HTTP_TIMEOUT;
    default:
        return OHM_HTTP_BROKEN;
    }
}

static void deliver(const pending *was, const transfer *job)
{
    if (!was->done)
        return;
    ohm_http_response response = { .id = was->id,
                                   .status = (int)job->status,
                                   .retry_after_s = job->retry_after_s,
                                   .body = ohm_span_of(job->body, job->body_len) };
    response.result = result_of(job, &response.what);
    if (response.result != OHM_HTTP_ANSWERED)
        response.status = 0;
    was->done(was->ctx, &response);
}

void ohm_http_dispatch(ohm_http *http)
{
    transfer *job;
    size_t len;
    while (ohm_queue_pop(http->to_owner, &job, sizeof job, &len) == OHM_OK) {
        for (int i = 0; i < OHM_HTTP_PENDING_MAX; i++) {
            if (http->pending[i].job != job)
                continue;
            /* The place is free before `done` runs: it may send the next request. */
            pending was = http->pending[i];
            http->pending[i] = (pending){ .job = NULL };
            deliver(&was, job);
            break;
        }
        free_job(job);
    }
}

bool ohm_http_is_private(const char *url)
{
    static const char *const here[] = { "http://127.0.0.1", "http://localhost", "http://[::1]" };
    if (has_scheme(url, "https://"))
        return true;
    for (size_t i = 0; i < sizeof here / sizeof *here; i++) {
        if (!has_scheme(url, here[i]))
            continue;
        char next = url[strlen(here[i])];
        if (next == ':' || next == '/' || next == '\0')
            return strchr(url, '@') == NULL; /* "http://localhost:x@elsewhere" is elsewhere */
    }
    return false;
}
