/* Any APDU: an answer, an AARE or an Initiate response whose parts lie inside it, or a refusal. */
#include <stdlib.h>

#include "wire/cosem_acse.h"
#include "wire/cosem_apdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void inside(ohm_span whole, ohm_span part)
{
    if (part.len > 0 && (part.ptr < whole.ptr || part.ptr + part.len > whole.ptr + whole.len))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ohm_span apdu = { data, size };
    ohm_cosem_answer answer = { .form = OHM_COSEM_RESULT };
    ohm_cosem_list cursor = { 0, 0 };
    ohm_aare aare;
    ohm_initiate initiate;
    uint8_t error = 0;
    ohm_span value;
    if (ohm_cosem_answer_parse(apdu, &answer) == OHM_OK)
        inside(apdu, answer.data);
    while (answer.form == OHM_COSEM_LIST &&
           ohm_cosem_list_next(answer.data, &cursor, &error, &value) == OHM_OK)
        inside(apdu, value);
    if (ohm_cosem_aare_parse(apdu, &aare) == OHM_OK)
        inside(apdu, aare.initiate);
    return ohm_cosem_initiate_parse(apdu, &initiate) == OHM_OK && initiate.conformance >> 24;
}
