#include "fetch/json_body.h"

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static ohm_err explain(const json_error_t *error)
{
    uint32_t at = error->position > 0 ? (uint32_t)error->position : 0;
    switch (json_error_code(error)) {
    case json_error_premature_end_of_input:
        return ohm_fail(OHM_BAD_FORMAT, at, "the body is cut short");
    case json_error_end_of_input_expected:
        return ohm_fail(OHM_BAD_FORMAT, at, "there is text after the end of the body");
    case json_error_duplicate_key:
        return ohm_fail(OHM_BAD_FORMAT, at, "the body says the same thing twice");
    case json_error_invalid_utf8:
        return ohm_fail(OHM_BAD_FORMAT, at, "the body is not UTF-8");
    case json_error_numeric_overflow:
        return ohm_fail(OHM_RANGE, at, "a number in the body is too big");
    case json_error_stack_overflow:
        return ohm_fail(OHM_TOO_BIG, at, "the body is nested too deeply");
    case json_error_out_of_memory:
        return ohm_fail(OHM_NO_MEMORY, at, "no memory to read the body");
    case json_error_unknown:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_syntax:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_character:
    case json_error_null_value:
    case json_error_null_byte_in_key:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return ohm_fail(OHM_BAD_FORMAT, at, "the body is not JSON");
}

static ohm_err load(ohm_span body, size_t max, bool lists, json_t **ret_root)
{
    if (body.len > max)
        return ohm_fail(OHM_TOO_BIG, (uint32_t)max, "the body is too big");
    size_t skip = body.len >= 3 && memcmp(body.ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    size_t at = skip;
    while (at < body.len && is_space(body.ptr[at]))
        at++;
    if (at == body.len)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the body is empty");
    if (body.ptr[at] == '<')
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)at, "the body is a web page, not JSON");

    json_error_t error;
    json_t *root = json_loadb((const char *)body.ptr + skip, body.len - skip,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!root) {
        ohm_err err = explain(&error);
        err.at += (uint32_t)skip;
        return err;
    }
    if (!json_is_object(root) && !(lists && json_is_array(root))) {
        json_decref(root);
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)at, "the body is not a JSON object");
    }
    *ret_root = root;
    return ohm_ok();
}

ohm_err ohm_json_body_load(ohm_span body, size_t max, json_t **ret_root)
{
    return load(body, max, false, ret_root);
}

ohm_err ohm_json_body_load_any(ohm_span body, size_t max, json_t **ret_root)
{
    return load(body, max, true, ret_root);
}

ohm_code ohm_json_body_int(const json_t *object, const char *key, int64_t min, int64_t max,
                           int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value))
        return OHM_UNKNOWN;
    if (!json_is_integer(value))
        return OHM_BAD_FORMAT;
    int64_t number = json_integer_value(value);
    if (number < min || number > max)
        return OHM_RANGE;
    *out = number;
    return OHM_OK;
}
