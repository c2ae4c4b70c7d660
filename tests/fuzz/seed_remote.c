/* Answers of our own making as first inputs: usage: seed_remote FOLDER */
#include "seed.h"

static const char *const bodies[] = {
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{"
    "\"rollup\":"
    "\"avg_over_time\"},\"values\":[[1.999,\"1.5\"],[2.999,\"-2\"]]},{\"metric\":{\"rollup\":"
    "\"count_over_time\"},\"values\":[[1.999,\"3\"]]}]}}",
    "{\"status\":\"success\",\"data\":[{\"__name__\":\"ohmstead_power\",\"site\":\"s\",\"zone\":"
    "\"z\","
    "\"device\":\"d\"}]}",
    "{\"results\":[{\"series\":[{\"columns\":[\"time\",\"mean\",\"count\"],\"values\":"
    "[[2000,12.5,3],[3000,null,null]]}]}]}",
    "{\"results\":[{\"series\":[{\"columns\":[\"time\",\"power\"],\"values\":[[2000,12.5]]}]}]}",
    "{\"results\":[{\"series\":[{\"tags\":{\"device\":\"d\",\"site\":\"s\",\"zone\":\"z\"},"
    "\"columns\":"
    "[\"time\",\"last_power\"],\"values\":[[0,3.5]]}]}]}",
    "#datatype,string,long\r\n,result,table,_time,_value,rollup\r\n,_result,0,"
    "1970-01-01T00:00:01Z,12.5,mean\r\n\r\n,_field,site,zone,device\r\n,power,s,z,\"d, 1\"\r\n",
    "1000,1.25\n2000,NaN\n3000,1e2\n",
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof bodies / sizeof *bodies; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "remote-%zu", i);
        seed_write(argv[1], name, ohm_span_text(bodies[i]));
    }
    return 0;
}
