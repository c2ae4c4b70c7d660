#include "wire/push.h"

#include "wire/push_internal.h"

/* --- what the message shows of its sender --------------------------------------------------- */

/* How well a text names the meter: 1 is best, 0 is not at all. */
static int id_rank(const ohm_dlms_value *value)
{
    if (!value->has_obis || value->bytes.len == 0 || value->attribute > 2 ||
        ohm_obis_quantity(value->obis) != OHM_Q_METER_ID)
        return 0;
    if (value->obis[2] == 42)
        return 1; /* logical device name */
    if (value->obis[0] == 1)
        return 2;                       /* Kamstrup's number of the metering point's device */
    return value->obis[4] == 0 ? 3 : 4; /* serial numbers */
}

static void find_names(ohm_dlms_message *m, ohm_push_facts *facts)
{
    int best = 0;
    for (uint16_t i = 0; i < m->count; i++) {
        const ohm_dlms_value *value = &m->values[i];
        if (value->kind != OHM_DLMS_TEXT)
            continue;
        int rank = id_rank(value);
        if (rank > 0 && (best == 0 || rank < best)) {
            best = rank;
            m->id = value->bytes;
        }
        if (rank == 1)
            facts->device = value->bytes;
        bool names_list =
            value->has_obis && value->obis[2] == 0 && value->obis[3] == 2 && value->obis[4] == 129;
        if (names_list || (i == 0 && !value->has_obis))
            m->list_id = value->bytes;
    }
    /* Lists of pairs end with a bare serial number where they have one. */
    const ohm_dlms_value *last = &m->values[m->count - 1];
    if (best == 0 && m->count > 1 && !last->has_obis && last->kind == OHM_DLMS_TEXT)
        m->id = last->bytes;
    facts->list_id = m->list_id;
}

/* --- layouts -------------------------------------------------------------------------------- */

/* The types of a flat structure's elements; an empty span if it is not one or too long. */
static ohm_span flat_types(ohm_span body, uint8_t types[static OHM_PROFILE_ITEMS_MAX])
{
    ohm_axdr c = ohm_axdr_over(body);
    ohm_axdr_item item;
    const ohm_span none = { NULL, 0 };
    if (ohm_axdr_next(&c, &item) != OHM_OK || item.tag != OHM_AXDR_STRUCTURE ||
        item.count > OHM_PROFILE_ITEMS_MAX)
        return none;
    uint32_t count = item.count;
    for (uint32_t i = 0; i < count; i++) {
        if (ohm_axdr_next(&c, &item) != OHM_OK || item.tag == OHM_AXDR_ARRAY ||
            item.tag == OHM_AXDR_STRUCTURE)
            return none;
        types[i] = item.tag;
    }
    return (ohm_span){ types, count };
}

/* The name of a list that begins with it, as Norwegian ones do. */
static ohm_span leading_name(ohm_span body)
{
    ohm_axdr c = ohm_axdr_over(body);
    ohm_axdr_item top, first;
    ohm_code code = ohm_axdr_next(&c, &top);
    if (code == OHM_OK)
        code = ohm_axdr_next(&c, &first);
    if (code == OHM_OK && (first.tag == OHM_AXDR_OCTETS || first.tag == OHM_AXDR_TEXT))
        return first.bytes;
    return (ohm_span){ NULL, 0 };
}

/* The list of the best profile for exactly these elements, or NULL. */
static const ohm_profile_list *find_list(ohm_push_context *context, ohm_span body,
                                         ohm_dlms_message *m)
{
    context->facts.layout = OHM_PUSH_POSITIONAL;
    context->facts.list_id = leading_name(body);
    m->profile = ohm_push_choose(context);
    return m->profile ? ohm_profile_list_find(m->profile, context->facts.types) : NULL;
}

static ohm_code read_layout(ohm_push_context *context, ohm_span body, ohm_dlms_message *m,
                            const char **what)
{
    m->layout = OHM_PUSH_SELF_DESCRIBING;
    ohm_code code = ohm_push_read_described(m, body, context->memo, what);
    if (code != OHM_UNSUPPORTED)
        return code;

    m->layout = OHM_PUSH_TAGLESS;
    code = ohm_push_read_tagless(m, body);
    if (code != OHM_UNSUPPORTED)
        return code;

    uint8_t types[OHM_PROFILE_ITEMS_MAX];
    context->facts.types = flat_types(body, types);
    const ohm_profile_list *list =
        context->facts.types.len > 0 ? find_list(context, body, m) : NULL;
    context->facts.types = (ohm_span){ NULL, 0 };
    m->layout = OHM_PUSH_POSITIONAL;
    if (list)
        return ohm_push_read_positional(m, body, list);

    m->profile = NULL;
    m->layout = OHM_PUSH_ANY;
    code = ohm_push_read_pairs(m, body);
    if (code == OHM_UNSUPPORTED) {
        *what = "the body names no registers and no meter profile knows this list";
        return OHM_UNKNOWN;
    }
    return code;
}

ohm_code ohm_push_read(ohm_push_context *context, ohm_span body, ohm_dlms_message *m,
                       const char **what)
{
    m->count = 0;
    m->profile = NULL;
    m->id = m->list_id = (ohm_span){ NULL, 0 };
    *what = "the body does not follow its format";
    ohm_code code = read_layout(context, body, m, what);
    if (code == OHM_TOO_BIG)
        *what = "more values than a message may have";
    if (code != OHM_OK)
        return code == OHM_MORE ? OHM_BAD_FORMAT : code;

    if (m->count > 0)
        find_names(m, &context->facts);
    context->facts.layout = m->layout;
    if (!m->profile)
        m->profile = ohm_push_choose(context);
    for (uint16_t i = 0; i < m->count; i++)
        if (m->values[i].has_obis)
            ohm_push_identify(context->memo, m->profile, &m->values[i]);
    return OHM_OK;
}
