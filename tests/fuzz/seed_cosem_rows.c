/* Columns and rows as first inputs: usage: seed_cosem_rows FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    static const uint8_t clock_code[] = { 0, 0, 1, 0, 0, 255 }, code[] = { 1, 0, 1, 8, 0, 255 };
    uint8_t bytes[256];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    if (argc != 2)
        return EXIT_FAILURE;
    ohm_put_u8(&w, 0);
    ohm_axdr_put_array(&w, 2);
    ohm_axdr_put_object(&w, 8, clock_code, 2);
    ohm_axdr_put_object(&w, 3, code, 2);
    bytes[0] = (uint8_t)(w.len - 1);
    ohm_axdr_put_array(&w, 2);
    ohm_axdr_put_structure(&w, 2);
    ohm_axdr_put_time(&w, &push_time);
    ohm_axdr_put_u32(&w, 1362);
    ohm_axdr_put_structure(&w, 2);
    ohm_axdr_put_null(&w);
    ohm_axdr_put_null(&w);
    seed_write(argv[1], "rows", ohm_writer_span(&w));
    return EXIT_SUCCESS;
}
