/* The language of whoever sits at the terminal. */
#ifndef OHM_HOST_LANGUAGE_H
#define OHM_HOST_LANGUAGE_H

#include <stdbool.h>

/* Does the environment ask for French (LC_ALL, else LC_MESSAGES, else LANG)? */
bool ohm_language_french(void);

#endif
