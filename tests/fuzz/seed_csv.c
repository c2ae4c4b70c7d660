/* Files as first inputs: usage: seed_csv FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    seed_write(argv[1], "curve",
               ohm_span_text("Identifiant PRM;Type de donnees;Grandeur physique;Grandeur metier;"
                             "Unite;Pas en minutes\r\n1;Courbe de charge;Energie active;"
                             "Consommation;W;\r\n\r\nHorodate;Valeur\r\n"
                             "2026-01-05T01:00:00+01:00;1200\r\n2026-01-05T01:30:00+01:00;\r\n"
                             "2026-01-05T02:00:00+01:00;1 300,5\r\n"));
    seed_write(argv[1], "index",
               ohm_span_text("Identifiant PRM;Type de donnees\n1;Index\n"
                             "Horodate;Type de releve;EAS F1;EAS D1;EAS T\n"
                             "2026-01-05 00:00;Arr\xc3\xaat\xc3\xa9;1;2;3\nPeriode;x\nDu;y\n"));
    seed_write(argv[1], "flat",
               ohm_span_text("Identifiant PRM;Unite;Horodate;Valeur;Nature;Pas\n"
                             "1;Wh;2026-03-29 02:00:00;692;E;PT30M\nDate;Valeur (en Wh)\n"
                             "01/02/2026;5\n"));
    seed_write(argv[1], "quoted",
               ohm_span_text("\xef\xbb\xbfsep=,\r\n\"a\"\"b\",\"c\r\nd\",\"e\"f\r\"g"));
    seed_write(argv[1], "wide",
               ohm_span_text("date;heure;P (kW);Index [Wh]\n25/10/2026;02:30;1,5;7\n"
                             "25/10/2026;02:30;x;\n"));
    seed_write(argv[1], "statistics",
               ohm_span_text("statistic_id,unit,start,mean,state,sum\n"
                             "s.a,kWh,26.01.2024 12:00,,5,6\ns.b,C,1767571200,1,,\n"));
    seed_write(argv[1], "annotated",
               ohm_span_text("#group,a\n,result,table,_time,_value,_field,_measurement,entity_id,t"
                             "\n,,0,2026-01-05T00:00:00Z,1e3,f,m,,x\n"));
    return EXIT_SUCCESS;
}
