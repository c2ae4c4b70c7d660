#include "web/fault.h"

#include <assert.h>

static const ohm_fault_row rows[OHM_FAULTS_COUNT] = {
#define OHM_FAULT_ROW(id, status, word, english, french) [id] = { status, word, english, french },
    OHM_FAULTS(OHM_FAULT_ROW)
#undef OHM_FAULT_ROW
};

const ohm_fault_row *ohm_fault_get(ohm_fault fault)
{
    assert((unsigned)fault < OHM_FAULTS_COUNT);
    return &rows[fault];
}
