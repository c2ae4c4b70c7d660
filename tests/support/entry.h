/* Included before a test's own lines (tests/meson.build): its main() becomes a function of the
 * program `checks`, under the name that OHM_ENTRY gives. */
#ifndef OHM_TESTS_SUPPORT_ENTRY_H
#define OHM_TESTS_SUPPORT_ENTRY_H

int OHM_ENTRY(void);
#define main OHM_ENTRY

#endif
