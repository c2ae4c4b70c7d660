/* Put before each file of the loadable extension (src/meson.build): there, SQLite is called
 * through the table of whoever loads us, which may have a library of its own. */
#ifndef OHM_STORE_EXTENSION_API_H
#define OHM_STORE_EXTENSION_API_H

#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT3

#endif
