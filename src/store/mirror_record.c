/* What a mirror must not forget, as text in the store: where each device stands, and which revision
 * each series is in. */
#include <stdio.h>
#include <stdlib.h>

#include "host/log.h"
#include "store/mirror_own.h"

static const char *record_key(const ohm_mirror *m, char out[static OHM_STORE_KEY_MAX])
{
    (void)snprintf(out, OHM_STORE_KEY_MAX, "mirror/%s", m->config.id);
    return out;
}

/* "rev KEY QUANTITY N" for each series that is not in its first revision. */
static size_t save_revisions(const ohm_mirror *m, char *out, size_t cap)
{
    size_t len = 0;
    for (uint16_t i = 0; i < m->series_count; i++) {
        const ohm_mirrored *s = &m->series[i];
        if (s->revision > 0 && cap - len > OHM_MIRROR_RECORD_MAX)
            len += (size_t)snprintf(
                out + len, cap - len, "rev %s %s %u\n", m->todo.places[s->device].key,
                ohm_quantity_get((ohm_quantity_id)s->quantity)->name, (unsigned)s->revision);
    }
    return len;
}

void ohm_mirror_save(ohm_mirror *m)
{
    size_t cap = (size_t)(m->todo.count + m->series_count + 2) * OHM_MIRROR_RECORD_MAX;
    char *record = malloc(cap);
    if (!record)
        return;
    size_t len = 0;
    for (uint16_t i = 0; i < m->todo.count; i++) {
        if (m->todo.places[i].key[0] == '\0')
            continue;
        len += ohm_mirror_todo_save(&m->todo.places[i], record + len);
        record[len++] = '\n';
    }
    len += save_revisions(m, record + len, cap - len);
    len += (size_t)snprintf(record + len, cap - len, "changes %lld\n", (long long)m->changes_seen);
    char key[OHM_STORE_KEY_MAX];
    if (ohm_store_put(m->store, record_key(m, key), ohm_span_of(record, len)) == OHM_OK)
        m->todo.changed = false;
    free(record);
}

static void restore_revision(ohm_mirror *m, char *line)
{
    char device[OHM_MIRROR_KEY_MAX], quantity[64];
    unsigned revision;
    long long changes;
    if (sscanf(line, "changes %18lld", &changes) == 1)
        m->changes_seen = changes;
    if (sscanf(line, "rev %127s %63s %9u", device, quantity, &revision) != 3)
        return;
    ohm_quantity_id id = ohm_quantity_find(ohm_span_text(quantity));
    for (uint16_t i = 0; i < m->series_count; i++)
        if (m->series[i].quantity == id &&
            strcmp(m->todo.places[m->series[i].device].key, device) == 0)
            m->series[i].revision = revision;
}

ohm_err ohm_mirror_restore(ohm_mirror *m)
{
    uint8_t *record;
    size_t len;
    char key[OHM_STORE_KEY_MAX];
    ohm_err err = ohm_reader_get(m->reader, record_key(m, key), &record, &len);
    if (err.code == OHM_UNKNOWN)
        return ohm_ok();
    OHM_TRY(err);
    pthread_mutex_lock(&m->lock);
    err = ohm_mirror_todo_restore(&m->todo, ohm_span_of(record, len));
    if (ohm_failed(err))
        ohm_log(OHM_LOG_WARNING, "mirror %s record_line=%u why=%s", m->config.id, err.at, err.what);
    char *rest = NULL;
    for (char *line = strtok_r((char *)record, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest))
        restore_revision(m, line);
    pthread_mutex_unlock(&m->lock);
    free(record);
    return ohm_ok();
}
