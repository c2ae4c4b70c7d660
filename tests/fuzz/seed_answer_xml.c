/* Documents of our own making as first inputs: usage: seed_answer_xml FOLDER */
#include <stdio.h>

#include "host/file.h"

static const char *const bodies[] = {
    "<Publication_MarketDocument><type>A44</type><TimeSeries><currency_Unit.name>EUR"
    "</currency_Unit.name><curveType>A03</curveType><Period><timeInterval><start>2025-01-01T00:00Z"
    "</start><end>2025-01-01T02:00Z</end></timeInterval><resolution>PT15M</resolution><Point>"
    "<position>1</position><price.amount>61.2</price.amount></Point><Point><position>5</position>"
    "<price.amount>-4.5</price.amount></Point></Period></TimeSeries><TimeSeries><Period>"
    "<timeInterval><start>2025-01-01T00:00Z</start><end>2025-01-01T02:00Z</end></timeInterval>"
    "<resolution>PT60M</resolution><Point><position>2</position><price.amount>7</price.amount>"
    "</Point></Period></TimeSeries></Publication_MarketDocument>",
    "<Acknowledgement_MarketDocument><Reason><code>999</code><text>No data</text></Reason>"
    "</Acknowledgement_MarketDocument>",
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof bodies / sizeof *bodies; i++) {
        char path[OHM_PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/body%zu", argv[1], i);
        if (ohm_failed(ohm_file_write(path, ohm_span_text(bodies[i]), 0600)))
            return 1;
    }
    return 0;
}
